package check

import (
	"maps"
	"slices"
	"strings"
	"time"

	"zhibiao/pipeline"
)

// Review decides what of a reading is held, against what its source's file expects
// and the last accepted version of each table, and notes in the reading: Expected,
// Held with the day since which, and the Carried labels of what is held. baseline is
// the reading of the version before, nil for a first one. It is pure (promise 4).
func Review(baseline, next *pipeline.Reading, want pipeline.Yield) {
	next.Expected = &want
	next.Held, next.Carried = Drift(baseline, next, want), nil
	if len(next.Held) == 0 {
		return
	}
	for i := range next.Held {
		next.Held[i].Since = since(baseline, next, next.Held[i].Table)
	}
	next.Carried = carry(accepted(baseline), next.Held)
}

// since is when the table was first held without a break.
func since(baseline, next *pipeline.Reading, table string) (first time.Time) {
	first = next.Origin.FetchedAt
	if baseline == nil {
		return first
	}
	for _, h := range baseline.Held {
		if h.Table == table && h.Since.Before(first) {
			first = h.Since
		}
	}
	return first
}

// carry keeps the accepted labels of what is held: all where the document is.
func carry(before labels, held []pipeline.Held) []pipeline.TableLabels {
	var carried []pipeline.TableLabels
	waits := waiting(held)
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if waits[""] || waits[name] {
			carried = append(carried, pipeline.TableLabels{Table: name, Labels: slices.Sorted(maps.Keys(before[name]))})
		}
	}
	return carried
}

// accepted are the labels of each table in its last accepted version, as the
// reading knows them: its own, and those it carries for what it holds.
func accepted(r *pipeline.Reading) labels {
	if r == nil {
		return nil
	}
	waits := waiting(r.Held)
	found := labels{}
	if !waits[""] {
		found = tables(r)
	}
	maps.DeleteFunc(found, func(name string, of map[string]bool) bool { return waits[name] || onlyRefused(of) })
	for _, c := range r.Carried {
		found[c.Table] = map[string]bool{}
		for _, label := range c.Labels {
			found[c.Table][label] = true
		}
	}
	return found
}

// onlyRefused reports whether a table had no number that could be held or missed.
func onlyRefused(of map[string]bool) bool {
	for label := range of {
		if !strings.HasPrefix(label, refusedLabel) {
			return false
		}
	}
	return true
}

func waiting(held []pipeline.Held) map[string]bool {
	waits := map[string]bool{}
	for _, h := range held {
		waits[h.Table] = true
	}
	return waits
}

// Open returns the reading as far as it goes on: without the rows of what it holds,
// and then no longer complete, since what a held version does not show is not
// withdrawn (promise 6).
func Open(reading pipeline.Reading) pipeline.Reading {
	if len(reading.Held) == 0 {
		return reading
	}
	waits := waiting(reading.Held)
	reading.Complete = false
	open := []pipeline.Observation{}
	for _, o := range reading.Observations {
		if !waits[""] && !waits[TableOf(o.Locator)] {
			open = append(open, o)
		}
	}
	reading.Observations = open
	return reading
}

// Release returns the reading without the holds that an acceptance names; one of
// the whole document releases everything.
func Release(reading pipeline.Reading, accepts []pipeline.Held) pipeline.Reading {
	named := waiting(accepts)
	var held []pipeline.Held
	for _, h := range reading.Held {
		if !named[""] && !named[h.Table] {
			held = append(held, h)
		}
	}
	waits := waiting(held)
	var carried []pipeline.TableLabels
	for _, c := range reading.Carried {
		if waits[""] || waits[c.Table] {
			carried = append(carried, c)
		}
	}
	reading.Held, reading.Carried = held, carried
	return reading
}
