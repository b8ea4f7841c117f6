// Command sizes prints how large the code is: lines of files and of functions
// at the median and at the 95th percentile, and the shares of tests and of
// comments. It is a place to look, not a verdict.
package main

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

type sizes struct {
	files, functions           []int
	lines, testLines, comments int
	longest                    []string
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "sizes:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	listed, err := exec.CommandContext(ctx, "git", "ls-files", "*.go").Output()
	if err != nil {
		return fmt.Errorf("listing the Go files that git tracks: %w", err)
	}
	var total sizes
	for _, name := range strings.Fields(string(listed)) {
		if err := total.add(name); err != nil {
			return err
		}
	}
	total.print()
	return nil
}

func (s *sizes) add(name string) error {
	source, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	lines := bytes.Count(source, []byte("\n"))
	switch {
	case strings.HasSuffix(name, "_test.go"):
		s.testLines += lines
		return nil
	case strings.HasSuffix(name, ".gen.go"):
		return nil
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.ParseComments)
	if err != nil {
		return fmt.Errorf("parsing %s: %w", name, err)
	}
	s.lines += lines
	s.files = append(s.files, lines)
	for _, group := range file.Comments {
		s.comments += set.Position(group.End()).Line - set.Position(group.Pos()).Line + 1
	}
	for _, declared := range file.Decls {
		if f, ok := declared.(*ast.FuncDecl); ok {
			length := set.Position(f.End()).Line - set.Position(f.Pos()).Line + 1
			s.functions = append(s.functions, length)
			if length > 60 {
				s.longest = append(s.longest, fmt.Sprintf("%4d  %s %s", length, filepath.ToSlash(name), f.Name.Name))
			}
		}
	}
	return nil
}

func (s *sizes) print() {
	fmt.Printf("files      %d, lines at the median %d, at p95 %d\n", len(s.files), percentile(s.files, 50), percentile(s.files, 95))
	fmt.Printf("functions  %d, lines at the median %d, at p95 %d\n", len(s.functions), percentile(s.functions, 50), percentile(s.functions, 95))
	fmt.Printf("lines      %d of code, %d of tests (%d %%), comments %d %%\n",
		s.lines, s.testLines, 100*s.testLines/max(s.lines, 1), 100*s.comments/max(s.lines, 1))
	slices.Sort(s.longest)
	slices.Reverse(s.longest)
	if len(s.longest) > 0 {
		fmt.Println("functions over 60 lines:")
		fmt.Println(strings.Join(s.longest, "\n"))
	}
}

func percentile(values []int, p int) int {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)*p/100]
}
