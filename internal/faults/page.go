package faults

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"
)

//go:embed page.tmpl
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// line is a row of the page's table.
type line struct {
	Entry
	Seeds, Faults, Kills             int
	Published, Loaded, Lost, Doubled int
	Wrong, Unkept                    int
	Recovery                         float64 // seconds, the longest
	From, Until                      time.Time
	Missing                          string
	Notes                            []string
}

// Date is the day of the runs, or the days.
func (l line) Date() string {
	first, last := l.From.Format(time.DateOnly), l.Until.Format(time.DateOnly)
	if first == last {
		return first
	}
	return first + " to " + last
}

// Page renders docs/reliability.md from the results of a long run; of several runs of
// one (row, seed) the last counts.
func Page(results []Result) (string, error) {
	latest := Latest(results)
	var data struct {
		Lines, Absent []line
		Kills, Runs   int
		Unkept        []Result
		Published     int
		Version       string
		From, Until   string
	}
	for _, e := range Catalogue {
		l := summarise(e, latest)
		switch {
		case l.Seeds == 0 && l.Missing != "":
			l.Elsewhere = "not run on this machine: " + l.Missing
			fallthrough
		case l.Seeds == 0:
			data.Absent = append(data.Absent, l)
			continue
		}
		data.Lines = append(data.Lines, l)
		data.Kills += l.Kills
		data.Runs += l.Seeds
		data.Published += l.Published
	}
	for _, r := range latest {
		if r.Missing == "" && !r.Kept() {
			data.Unkept = append(data.Unkept, r)
		}
	}
	if len(latest) > 0 {
		first := slices.MinFunc(latest, func(a, b Result) int { return a.At.Compare(b.At) })
		last := slices.MaxFunc(latest, func(a, b Result) int { return a.At.Compare(b.At) })
		data.From, data.Until, data.Version = first.At.Format(time.DateOnly), last.At.Format(time.DateOnly), last.Version
	}
	var text strings.Builder
	if err := page.Execute(&text, data); err != nil {
		return "", fmt.Errorf("rendering the page: %w", err)
	}
	return text.String(), nil
}

// summarise adds up the runs of a row.
func summarise(e Entry, results []Result) line {
	l := line{Entry: e}
	for _, r := range results {
		if r.Row != e.ID {
			continue
		}
		if r.Missing != "" {
			l.Missing = r.Missing
			continue
		}
		l.Seeds++
		l.Faults += r.Faults
		l.Kills += r.Kills
		l.Published += r.Published
		l.Loaded += r.Loaded
		l.Lost += r.Lost
		l.Doubled += r.Doubled
		l.Wrong += r.Wrong
		l.Recovery = max(l.Recovery, r.Recovery)
		if !r.Kept() {
			l.Unkept++
		}
		if l.From.IsZero() || r.At.Before(l.From) {
			l.From = r.At
		}
		if r.At.After(l.Until) {
			l.Until = r.At
		}
	}
	return l
}
