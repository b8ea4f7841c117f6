// Command lint judges all shipped SQL below a folder (by default the current one)
// against promise 9: no query lines up regions by value. It prints what it found and
// ends with 1 if that is anything.
package main

import (
	"fmt"
	"os"

	"zhibiao/internal/ordering"
)

func main() {
	folder := "."
	if len(os.Args) > 1 {
		folder = os.Args[1]
	}
	findings, err := ordering.Shipped(os.DirFS(folder))
	if err != nil {
		fmt.Fprintln(os.Stderr, "lint:", err)
		os.Exit(1)
	}
	for _, f := range findings {
		fmt.Println(f)
	}
	if len(findings) > 0 {
		os.Exit(1)
	}
}
