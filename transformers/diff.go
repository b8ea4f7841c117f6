package transformers

import (
	"cmp"
	"slices"

	"zhibiao/pipeline"
)

// Diff gives the rows by which next differs from what stands in its lineage:
// values that are new, changed or back after a withdrawal, and withdrawals of
// what a complete reading no longer shows inside a scope that it restates. A nil
// baseline is a first reading. Where a document prints a key several times, all its
// places are published again as soon as one of them changes, comes or goes: what
// the latest is must not depend on which of them was published when. Rows have
// next's origin, and are in CompareObservations order.
func Diff(baseline *pipeline.Reading, next pipeline.Reading) []pipeline.Observation {
	origin := next.Origin
	standing := standingByKey(baseline)
	printed := map[string][]*pipeline.Observation{}
	for i := range next.Observations {
		key := next.Observations[i].Key()
		printed[key] = append(printed[key], &next.Observations[i])
	}
	same := map[string]bool{}
	for key, places := range printed {
		same[key] = stands(standing[key], places)
	}
	var rows []pipeline.Observation
	for _, row := range next.Observations {
		if !same[row.Key()] {
			row.Origin = &origin
			rows = append(rows, row)
		}
	}
	rows = append(rows, withdrawals(baseline, &next, printed, &origin)...)
	slices.SortStableFunc(rows, pipeline.CompareObservations)
	return rows
}

// stands reports whether the places of a key say what stands already, one by one.
func stands(standing []*pipeline.Standing, places []*pipeline.Observation) bool {
	return slices.EqualFunc(standing, places, func(s *pipeline.Standing, o *pipeline.Observation) bool {
		return s.Op == pipeline.Assert && s.SameValue(o)
	})
}

// withdrawals returns a row for each key that stood and is gone. Absence alone
// withdraws nothing (promise 6): the reading must be complete, the key inside a
// declared scope, and no refusal may hide a number of its
// indicator.
func withdrawals(baseline *pipeline.Reading, next *pipeline.Reading, printed map[string][]*pipeline.Observation, origin *pipeline.Origin) []pipeline.Observation {
	if baseline == nil || !next.Complete {
		return nil
	}
	hidden := hiddenIndicators(next)
	last := map[string]*pipeline.Standing{}
	var keys []string
	for i := range baseline.Standing {
		s := &baseline.Standing[i]
		key := s.Key()
		if last[key] == nil {
			keys = append(keys, key)
		}
		last[key] = s
	}
	var rows []pipeline.Observation
	for _, key := range keys {
		s := last[key]
		if s.Op != pipeline.Assert || len(printed[key]) > 0 || hidden[s.Indicator] || !inScope(&s.Observation, next.Snapshot) {
			continue
		}
		row := s.Observation
		row.Origin, row.Op, row.Prior = origin, pipeline.Withdraw, s.ID
		row.Flags = pipeline.WithFlag(row.Flags, pipeline.FlagWithdrawn)
		row.ByteStart, row.ByteEnd = 0, 0
		rows = append(rows, row)
	}
	return rows
}

// hiddenIndicators are those of which a refused number may be the one that is
// missed. A number under the name of an unknown region or indicator is about
// something else: it hides nothing.
func hiddenIndicators(next *pipeline.Reading) map[string]bool {
	hidden := map[string]bool{}
	for _, r := range next.Refusals {
		if r.Indicator != "" && r.Reason != pipeline.UnknownRegion && r.Reason != pipeline.UnknownIndicator {
			hidden[r.Indicator] = true
		}
	}
	return hidden
}

func inScope(o *pipeline.Observation, scopes []pipeline.Scope) bool {
	for _, s := range scopes {
		if (len(s.Indicators) == 0 || slices.Contains(s.Indicators, o.Indicator)) &&
			(len(s.Regions) == 0 || slices.Contains(s.Regions, o.Region)) &&
			s.From <= o.Period.Start && o.Period.End <= s.To {
			return true
		}
	}
	return false
}

func standingByKey(baseline *pipeline.Reading) map[string][]*pipeline.Standing {
	byKey := map[string][]*pipeline.Standing{}
	if baseline == nil {
		return byKey
	}
	for i := range baseline.Standing {
		s := &baseline.Standing[i]
		byKey[s.Key()] = append(byKey[s.Key()], s)
	}
	return byKey
}

// Stand fills next.Standing: what stood in the baseline, overlaid with the rows
// of next that are published (all of Diff's, or fewer where tables are held). In
// an incomplete reading the baseline's refusals stay open too: it cannot know
// that they are mended. Standing is ordered by key and occurrence.
func Stand(baseline *pipeline.Reading, next *pipeline.Reading, rows []pipeline.Observation) {
	standing := map[string][]pipeline.Standing{}
	for key, list := range standingByKey(baseline) {
		for _, s := range list {
			standing[key] = append(standing[key], *s)
		}
	}
	published := map[string][]pipeline.Standing{}
	for i := range rows {
		published[rows[i].Key()] = append(published[rows[i].Key()], stand(&rows[i]))
	}
	for key, places := range published {
		slices.SortStableFunc(places, func(a, b pipeline.Standing) int { return pipeline.CompareObservations(a.Observation, b.Observation) })
		standing[key] = places
	}
	next.Standing = ordered(standing)
	if baseline != nil && !next.Complete {
		next.Refusals = stillOpen(baseline, next)
	}
}

func stand(row *pipeline.Observation) pipeline.Standing {
	s := pipeline.Standing{ID: row.ID(), Observation: *row}
	s.Origin = nil
	return s
}

func ordered(standing map[string][]pipeline.Standing) []pipeline.Standing {
	keys := make([]string, 0, len(standing))
	for key := range standing {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	all := make([]pipeline.Standing, 0, len(keys))
	for _, key := range keys {
		all = append(all, standing[key]...)
	}
	return all
}

func stillOpen(baseline, next *pipeline.Reading) []pipeline.Refusal {
	all := slices.Clone(next.Refusals)
	open := map[string]bool{}
	for i := range all {
		open[all[i].Key()] = true
	}
	for _, r := range baseline.Refusals {
		if r.Reason != pipeline.NoObservationFound && r.Table+r.Label != "" && !r.Closed && !open[r.Key()] {
			r.Origin = &next.Origin
			all = append(all, r)
		}
	}
	slices.SortStableFunc(all, pipeline.CompareRefusals)
	return all
}

// DiffRefusals gives the refusals by which next differs from the baseline: new
// and changed ones, and as closed those that a complete reading no longer has. A
// document that was refused as a whole, or cut off, closes nothing. Rows have
// next's origin, and are in CompareRefusals order.
func DiffRefusals(baseline *pipeline.Reading, next pipeline.Reading) []pipeline.Refusal {
	origin := next.Origin
	before := map[string]pipeline.Refusal{}
	if baseline != nil {
		for _, r := range baseline.Refusals {
			before[r.Key()] = r
		}
	}
	var rows []pipeline.Refusal
	still := map[string]bool{}
	for _, r := range next.Refusals {
		still[r.Key()] = true
		if old, ok := before[r.Key()]; !ok || !sameRefusal(old, r) {
			r.Origin = &origin
			rows = append(rows, r)
		}
	}
	if baseline != nil && next.Complete {
		for _, r := range baseline.Refusals {
			if !still[r.Key()] {
				r.Closed, r.Origin = true, &origin
				rows = append(rows, r)
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b pipeline.Refusal) int {
		return cmp.Or(pipeline.CompareRefusals(a, b), cmp.Compare(boolRank(a.Closed), boolRank(b.Closed)))
	})
	return rows
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sameRefusal compares what a person acts on; a place that only moved within the
// page is the same.
func sameRefusal(a, b pipeline.Refusal) bool {
	return a.Indicator == b.Indicator && a.Detail == b.Detail && a.Count == b.Count && a.Quote == b.Quote
}
