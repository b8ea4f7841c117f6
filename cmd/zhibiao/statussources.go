package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"zhibiao/pipeline"
	"zhibiao/pipeline/observe"
	"zhibiao/warehouse"
)

// neverVerified is what a source's file says that nobody has seen work.
const neverVerified = "never"

// printSources says before everything else which sources bring nothing, and which
// numbers are overdue although their source runs: all of it is our task and no
// county's (promise 10). It reports whether there was anything to say.
func (c *cli) printSources(ctx context.Context, a *app) (bool, error) {
	if _, err := a.reader(ctx); err != nil {
		return false, err
	}
	at := now()
	expected, err := a.expectations(ctx, at)
	if err != nil {
		return false, environment("asking the warehouse", err)
	}
	late := observe.Overdue(expected, at, a.settings.Operation.grace())
	broken := 0
	for broken < len(late) && late[broken].Silent(at) >= observe.Quarter { // the longest come first
		broken++
	}
	if broken > 0 {
		c.printf("BROKEN FOR A QUARTER OR LONGER: %d sources have brought nothing, and their numbers are missing\n", broken)
		c.printOverdue(late[:broken], at)
	}
	if len(late) > broken {
		c.printf("overdue sources: ours to mend, no county's\n")
		c.printOverdue(late[broken:], at)
	}
	behind, err := a.behind(ctx, at)
	if err != nil {
		return false, err
	}
	if len(behind) > 0 {
		c.printf("overdue numbers: their sources have run, and did not bring them; ours to mend, no county's\n")
	}
	for _, b := range behind {
		c.printf("  %-28s %d numbers, the first due on %s; zhibiao missing names them\n", b.source, b.numbers, b.due)
	}
	c.printIdle(a)
	return len(late)+len(behind) > 0, nil
}

func (c *cli) printOverdue(late []observe.Expectation, at time.Time) {
	for _, e := range late {
		c.printf("  %s\n    run zhibiao collect --source %s and read what it says\n", e.Describe(at), e.Source)
	}
}

// behindSource is a source whose numbers did not come within the lag of its file.
type behindSource struct {
	source  string
	numbers int
	due     pipeline.Date // of the first of them
}

// behindYears is how far back overdue numbers are looked for.
const behindYears = 2

// behind counts by source what is overdue and put to us, by name of the source.
func (a *app) behind(ctx context.Context, at time.Time) ([]behindSource, error) {
	reader, err := a.reader(ctx)
	if err != nil {
		return nil, err
	}
	today := pipeline.DateIn(at, shanghai)
	absent, err := reader.Missing(ctx, today, "", pipeline.DateOf(today.Year()-behindYears, 1, 1), today)
	if err != nil {
		return nil, environment("asking the warehouse", err)
	}
	return sumBehind(absent), nil
}

func sumBehind(absent []warehouse.Absent) []behindSource {
	found := map[string]*behindSource{}
	for _, missing := range absent {
		if missing.Move != "mend" || missing.Reason != "overdue" {
			continue
		}
		for _, source := range missing.Sources {
			b := found[source]
			if b == nil {
				b = &behindSource{source: source, due: missing.DueOn}
				found[source] = b
			}
			b.numbers++
			b.due = min(b.due, missing.DueOn)
		}
	}
	var all []behindSource
	for _, source := range slices.Sorted(maps.Keys(found)) {
		all = append(all, *found[source])
	}
	slices.SortStableFunc(all, func(a, b behindSource) int { return cmp.Compare(a.due, b.due) })
	return all
}

// printIdle names the sources with a schedule that do not run, because nobody has
// seen them work.
func (c *cli) printIdle(a *app) {
	var idle []string
	for _, s := range a.set.Sources() {
		if s.Schedule != "" && canFetch(s) && s.Verified == neverVerified {
			idle = append(idle, s.Name)
		}
	}
	if len(idle) > 0 {
		c.printf("not running: %d sources have a schedule, but nobody has seen them work (verified: never): %s\n", len(idle), strings.Join(idle, ", "))
	}
}
