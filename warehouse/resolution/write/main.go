// Command write puts the migrations of package resolution into a folder.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"zhibiao/warehouse/resolution"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: write FOLDER")
		os.Exit(2)
	}
	for name, text := range resolution.Files() {
		if err := os.WriteFile(filepath.Join(os.Args[1], name), []byte(text), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "writing the views:", err)
			os.Exit(1)
		}
	}
}
