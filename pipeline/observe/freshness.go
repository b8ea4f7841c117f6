package observe

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Expectation is when a source should have been collected with success.
type Expectation struct {
	Source string
	// Last is the end of its last run without failures, zero for none.
	Last time.Time
	// Since is from when on it has been silent: Last or, where there is none, when it
	// could have succeeded first.
	Since time.Time
	// Next is when the schedule wanted the run after Since.
	Next time.Time
	// Reason is the first failure of the newest run, "" where that was well.
	Reason string
}

// Quarter is how long a source may be silent until that has a heading of its own.
const Quarter = 90 * 24 * time.Hour

// Silent is for how long the source has brought nothing.
func (e Expectation) Silent(now time.Time) time.Duration {
	if e.Since.IsZero() {
		return 0
	}
	return now.Sub(e.Since)
}

// Describe says for how long, since when and why the source is silent.
func (e Expectation) Describe(now time.Time) string {
	last := "never succeeded"
	if !e.Last.IsZero() {
		last = "last success " + e.Last.UTC().Format(time.RFC3339)
	}
	text := fmt.Sprintf("%s (silent for %s, %s, due %s", e.Source, days(e.Silent(now)), last, e.Next.UTC().Format(time.RFC3339))
	if e.Reason != "" {
		text += ": " + firstLine(e.Reason)
	}
	return text + ")"
}

// days says a duration in days, and in hours below two of them.
func days(d time.Duration) string {
	if d < 48*time.Hour {
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// Overdue returns the sources whose run is overdue by more than grace, those that
// have been silent for longest first.
func Overdue(expectations []Expectation, now time.Time, grace time.Duration) []Expectation {
	var late []Expectation
	for _, e := range expectations {
		if !e.Next.IsZero() && now.After(e.Next.Add(grace)) {
			late = append(late, e)
		}
	}
	slices.SortStableFunc(late, func(a, b Expectation) int { return cmp.Compare(b.Silent(now), a.Silent(now)) })
	return late
}

// Late reports the overdue sources, nil if none is. An overdue source is the
// operator's task (promise 10).
func Late(expectations []Expectation, now time.Time, grace time.Duration) error {
	late := Overdue(expectations, now, grace)
	if len(late) == 0 {
		return nil
	}
	return fmt.Errorf("%d sources were not collected in time, which is our task and no county's: %s; run `zhibiao collect --source NAME` and read what it says",
		len(late), describe(late, now))
}

// Broken reports the overdue sources that have been silent for a quarter or longer,
// nil if none has: a whole quarter of numbers is missing by now.
func Broken(expectations []Expectation, now time.Time, grace time.Duration) error {
	late := Overdue(expectations, now, grace)
	late = slices.DeleteFunc(late, func(e Expectation) bool { return e.Silent(now) < Quarter })
	if len(late) == 0 {
		return nil
	}
	return fmt.Errorf("%d sources have brought nothing for a quarter or longer, and nobody has mended them: %s; mend the source's file, or ask its publisher",
		len(late), describe(late, now))
}

func describe(late []Expectation, now time.Time) string {
	texts := make([]string, len(late))
	for i, e := range late {
		texts[i] = e.Describe(now)
	}
	return strings.Join(texts, ", ")
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
