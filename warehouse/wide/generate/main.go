// Command generate writes the migration and the dictionary of the view county_year.
// Its argument is the root of the repository.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"zhibiao/configs"
	"zhibiao/warehouse/wide"
)

func main() {
	if err := generate(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "generating the view county_year:", err)
		os.Exit(1)
	}
}

func generate(root string) error {
	set, err := configs.Load(configs.Default())
	if err != nil {
		return err
	}
	for name, text := range map[string]string{wide.Migration: wide.View(set.Indicators()), wide.DictionaryFile: wide.Dictionary(set.Indicators())} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
