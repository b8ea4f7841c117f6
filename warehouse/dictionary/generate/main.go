// Command generate writes the dictionary into the documents that hold it, between
// their marks: go generate ./warehouse/dictionary.
package main

import (
	"fmt"
	"os"

	"zhibiao/warehouse/dictionary"
)

func main() {
	for _, name := range os.Args[1:] {
		if err := write(name); err != nil {
			fmt.Fprintln(os.Stderr, "generate:", err)
			os.Exit(1)
		}
	}
}

func write(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	relations, err := dictionary.Read(os.DirFS("."))
	if err != nil {
		return err
	}
	next, err := dictionary.Insert(text, relations)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return os.WriteFile(name, next, 0o644)
}
