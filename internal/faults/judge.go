package faults

import (
	"fmt"
	"slices"
	"strings"
)

// Verdict is what a judge finds. Lost, Doubled and Wrong are 0 where every promise
// was kept.
type Verdict struct {
	Owed    int // numbers that were acknowledged as received
	Found   int // rows of the warehouse
	Lost    int // owed, and not found
	Doubled int // found more than once
	Wrong   int // found, and never published
	// Examples are some of those that are not as they should be.
	Examples []string
}

// mostExamples bounds the examples of each kind.
const mostExamples = 3

// Judge compares rows, each in words that tell it from every other: all that is owed
// has to be found, nothing twice, and nothing but what is possible, which is all that
// was ever published. The order does not matter.
func Judge(owed, possible, found []string) Verdict {
	v := Verdict{Owed: len(owed), Found: len(found)}
	left := map[string]int{}
	for _, row := range found {
		left[row]++
	}
	published := map[string]bool{}
	for _, row := range slices.Concat(owed, possible) {
		published[row] = true
	}
	for _, row := range owed {
		if left[row] == 0 {
			v.Lost++
			v.example("lost", row, v.Lost)
		}
	}
	for row, times := range left {
		switch {
		case !published[row]:
			v.Wrong += times
			v.example("wrong", row, v.Wrong)
		case times > 1:
			v.Doubled += times - 1
			v.example("doubled", row, v.Doubled)
		}
	}
	return v
}

func (v *Verdict) example(kind, row string, n int) {
	if n <= mostExamples {
		v.Examples = append(v.Examples, kind+": "+row)
	}
}

// Kept reports whether the rows are as they should be.
func (v Verdict) Kept() bool { return v.Lost == 0 && v.Doubled == 0 && v.Wrong == 0 }

// String is one line, with the examples below it.
func (v Verdict) String() string {
	lines := append([]string{fmt.Sprintf("%d owed, %d found, %d lost, %d doubled, %d wrong", v.Owed, v.Found, v.Lost, v.Doubled, v.Wrong)}, v.Examples...)
	return strings.Join(lines, "\n\t")
}
