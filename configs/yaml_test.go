package configs

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzSourceFile reads any text as a source's file: it is a source or has
// problems, each with a place.
func FuzzSourceFile(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yaml")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	set := defaults(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		var problems Problems
		var file sourceFile
		c := checker{document: readYAML("x.yaml", text, &file, &problems), set: set}
		if c.broken {
			if len(problems) == 0 {
				t.Fatal("broken, but nothing is wrong")
			}
			return
		}
		c.source(&file)
		if len(problems) == 0 {
			addressesOf(&file)
			file.source("x")
		}
		for _, p := range problems {
			if p.Line < 1 || p.What == "" {
				t.Errorf("no place: %+v", p)
			}
		}
	})
}
