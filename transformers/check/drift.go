package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"zhibiao/pipeline"
)

// Drift names what of a reading has to wait for a person: the document, where its
// yield is not what the source's file expects, and each table whose labels are
// others than those of its last accepted version. baseline is the reading of the
// version before, nil for a first one. It is pure, and the order is that of the
// tables' names.
func Drift(baseline, next *pipeline.Reading, want pipeline.Yield) []pipeline.Held {
	before, after := accepted(baseline), tables(next)
	if held := nothing(before, next); held != nil {
		return held
	}
	held := yield(next, want)
	for _, name := range slices.Sorted(maps.Keys(before)) {
		labels, still := after[name]
		if !still {
			held = append(held, pipeline.Held{Table: name, Reason: pipeline.HeldGone,
				Detail: fmt.Sprintf("its %d labels were there in the last accepted version, and none is now", len(before[name]))})
			continue
		}
		gone, come := minus(before[name], labels), minus(labels, before[name])
		changed, all := len(gone)+len(come), len(before[name])+len(come)
		if changed*100 > want.MaxDrift*all {
			held = append(held, pipeline.Held{Table: name, Reason: pipeline.HeldDrift,
				Detail: fmt.Sprintf("%d of %d labels differ from the last accepted version, more than %d %%: gone %s; new %s",
					changed, all, want.MaxDrift, some(gone), some(come))})
		}
	}
	return held
}

// nothing holds a document that suddenly says nothing, whatever is expected of it
// (promise 6).
func nothing(before labels, next *pipeline.Reading) []pipeline.Held {
	if len(before) == 0 || len(next.Observations) > 0 {
		return nil
	}
	return []pipeline.Held{{Reason: pipeline.HeldTooFew,
		Detail: fmt.Sprintf("no observation at all, and the last accepted version had %d tables", len(before))}}
}

// yield checks the document as a whole.
func yield(next *pipeline.Reading, want pipeline.Yield) []pipeline.Held {
	var held []pipeline.Held
	hold := func(reason, detail string, args ...any) {
		held = append(held, pipeline.Held{Reason: reason, Detail: fmt.Sprintf(detail, args...)})
	}
	found := len(next.Observations)
	if found < want.Min {
		hold(pipeline.HeldTooFew, "%d observations, at least %d are expected", found, want.Min)
	}
	if want.Max > 0 && found > want.Max {
		hold(pipeline.HeldTooMany, "%d observations, at most %d are expected", found, want.Max)
	}
	for _, code := range want.Indicators {
		if !slices.ContainsFunc(next.Observations, func(o pipeline.Observation) bool { return o.Indicator == code }) {
			hold(pipeline.HeldLacks, "there is no %s, which every document is expected to have", code)
		}
	}
	return held
}

// refusedLabel stands before labels that were not recognised.
const refusedLabel = "refused "

// labels are those of each table, by its name.
type labels map[string]map[string]bool

// tables collects the labels of each table: indicators, regions, and labels that
// were refused. Periods are none, since they move on by themselves.
func tables(r *pipeline.Reading) labels {
	found := labels{}
	add := func(table, label string) {
		if found[table] == nil {
			found[table] = map[string]bool{}
		}
		found[table][label] = true
	}
	for i := range r.Observations {
		o := &r.Observations[i]
		table := TableOf(o.Locator)
		add(table, o.Indicator)
		add(table, o.Region)
	}
	for i := range r.Refusals {
		if f := &r.Refusals[i]; f.Locator != "" && f.Label != "" {
			add(TableOf(f.Locator), refusedLabel+f.Label)
		}
	}
	return found
}

// TableOf names the table that a place is in: table[2], a part of a workbook, a
// list of an answer, or p for the running text of a document.
func TableOf(locator string) string {
	locator, _, _ = strings.Cut(locator, ">")
	part, place := "", locator
	if at := strings.LastIndex(locator, "#"); at >= 0 {
		part, place = locator[:at+1], locator[at+1:]
	}
	switch {
	case strings.HasPrefix(place, "/"):
		return part + list(place)
	case strings.HasPrefix(place, "table["):
		name, _, _ := strings.Cut(place, "/")
		return part + name
	case strings.HasPrefix(place, "p["), strings.HasPrefix(place, "page["):
		return part + "p"
	case strings.Contains(place, "!"):
		return part + place[:strings.LastIndex(place, "!")]
	}
	return part + "cells"
}

// list is a JSON pointer up to its first number.
func list(pointer string) string {
	segments := strings.Split(pointer, "/")
	for i, s := range segments {
		if s != "" && strings.Trim(s, "0123456789") == "" {
			return strings.Join(segments[:i], "/")
		}
	}
	return pointer
}

func minus(a, b map[string]bool) []string {
	var only []string
	for _, label := range slices.Sorted(maps.Keys(a)) {
		if !b[label] {
			only = append(only, label)
		}
	}
	return only
}

// some names a few of the labels.
func some(labels []string) string {
	const few = 5
	switch {
	case len(labels) == 0:
		return "none"
	case len(labels) > few:
		return fmt.Sprintf("%s and %d more", strings.Join(labels[:few], ", "), len(labels)-few)
	}
	return strings.Join(labels, ", ")
}
