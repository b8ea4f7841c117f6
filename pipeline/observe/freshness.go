package observe

import (
	"fmt"
	"strings"
	"time"
)

// Expectation is when a source should have been collected with success.
type Expectation struct {
	Source string
	// Last is the end of its last run without failures, zero for none.
	Last time.Time
	// Next is when the schedule wanted the run after Last.
	Next time.Time
	// Reason is the first failure of the newest run, "" where that was well.
	Reason string
}

// Late reports the sources whose run is overdue by more than grace, by name in the
// order given; nil if none is. An overdue source is the operator's task (promise 10).
func Late(expectations []Expectation, now time.Time, grace time.Duration) error {
	var late []string
	for _, e := range expectations {
		if e.Next.IsZero() || !now.After(e.Next.Add(grace)) {
			continue
		}
		last := "never"
		if !e.Last.IsZero() {
			last = "last " + e.Last.UTC().Format(time.RFC3339)
		}
		text := fmt.Sprintf("%s (%s, due %s", e.Source, last, e.Next.UTC().Format(time.RFC3339))
		if e.Reason != "" {
			text += ": " + firstLine(e.Reason)
		}
		late = append(late, text+")")
	}
	if len(late) == 0 {
		return nil
	}
	return fmt.Errorf("%d sources were not collected in time: %s; run `zhibiao collect --source NAME` and read what it says",
		len(late), strings.Join(late, ", "))
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
