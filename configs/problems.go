package configs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with a configuration file, and how to mend it.
type Problem struct {
	File         string
	Line, Column int // from 1; 0 for the file as a whole
	What, Mend   string
}

// String returns file:line:column: what; how to mend. What is wrong with a file as a
// whole has no line.
func (p Problem) String() string {
	text := p.File + ": " + p.What
	if p.Line > 0 {
		text = fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, max(p.Column, 1), p.What)
	}
	if p.Mend != "" {
		text += "; " + p.Mend
	}
	return text
}

// Problems are all that is wrong with a configuration, by file and line.
type Problems []Problem

// Error lists the problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

func (p *Problems) add(file string, at position, mend, what string, args ...any) {
	*p = append(*p, Problem{File: file, Line: at.line, Column: at.column, What: fmt.Sprintf(what, args...), Mend: mend})
}

// err returns the problems in order, or nil if there are none.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return p
}

type position struct{ line, column int }

// nearest returns up to three of the known names that look like name, for error
// messages.
func nearest(name string, known []string) []string {
	type near struct {
		name     string
		distance int
	}
	var found []near
	for _, k := range known {
		if d := distance([]rune(name), []rune(k)); d <= min(3, (len([]rune(name))+1)/2) || name != "" && strings.Contains(k, name) {
			found = append(found, near{k, d})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})
	var names []string
	for _, f := range found[:min(3, len(found))] {
		names = append(names, f.name)
	}
	return names
}

// orNearest words a suggestion: "did you mean a, b?", or otherwise if nothing is
// near.
func orNearest(name string, known []string, otherwise string) string {
	if near := nearest(name, known); len(near) > 0 {
		return "did you mean " + strings.Join(near, ", ") + "?"
	}
	return otherwise
}

// distance is Levenshtein's: insertions, deletions and replacements.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			replaced := diagonal
			if x != y {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
