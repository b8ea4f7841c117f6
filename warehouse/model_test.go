package warehouse_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"zhibiao/pipeline"
)

// The model says in Go, from the words of the design and not from the SQL, what the
// views must answer for a set of rows.

// view is a moment from which the rows are looked at.
type view struct{ known, published time.Time }

var endOfTime = time.Date(2299, 12, 31, 0, 0, 0, 0, time.UTC)

// now is the view without limits.
var now = view{endOfTime, endOfTime}

func (v view) sees(o pipeline.Observation) bool {
	public := o.Origin.FetchedAt
	if o.Origin.PublishedAt.Known() {
		public = o.Origin.PublishedAt.At
	}
	return !o.Origin.KnownAt.After(v.known) && !public.After(v.published)
}

// saidBySource returns what each source says of each number.
func saidBySource(rows []pipeline.Observation, v view) []pipeline.Observation {
	lastOfLineage := map[string]pipeline.Observation{}
	for _, o := range rows {
		if !v.sees(o) {
			continue
		}
		key := strings.Join([]string{o.Key(), o.Origin.Source, o.Origin.Lineage}, "|")
		if other, ok := lastOfLineage[key]; !ok || fetchedLater(o, other) > 0 {
			lastOfLineage[key] = o
		}
	}
	best := map[string]pipeline.Observation{}
	for _, o := range lastOfLineage {
		if o.Op == pipeline.Retract {
			continue
		}
		key := strings.Join([]string{o.Key(), o.Origin.Source, boundaryOf(o)}, "|")
		if other, ok := best[key]; !ok || standsHigher(o, other) > 0 {
			best[key] = o
		}
	}
	return slices.Collect(maps.Values(best))
}

// fetchedLater compares two rows of one lineage.
func fetchedLater(a, b pipeline.Observation) int {
	return cmp.Or(
		a.Origin.FetchedAt.Compare(b.Origin.FetchedAt),
		cmp.Compare(a.Origin.DerivationNo, b.Origin.DerivationNo),
		strings.Compare(a.Origin.Document, b.Origin.Document),
		cmp.Compare(a.ByteStart, b.ByteStart),
		strings.Compare(a.Locator, b.Locator),
		strings.Compare(string(a.Op), string(b.Op)))
}

// standsHigher compares what two lineages of one source say.
func standsHigher(a, b pipeline.Observation) int {
	return cmp.Or(
		cmp.Compare(finality(a), finality(b)),
		publishedLater(a, b),
		a.Origin.FetchedAt.Compare(b.Origin.FetchedAt),
		strings.Compare(a.Origin.Document, b.Origin.Document),
		strings.Compare(a.Origin.Lineage, b.Origin.Lineage))
}

func finality(o pipeline.Observation) int {
	return map[pipeline.Status]int{pipeline.CensusRevised: 2, pipeline.Final: 1}[o.Status]
}

// publishedLater: an unknown publication is before every known one.
func publishedLater(a, b pipeline.Observation) int {
	known := func(o pipeline.Observation) int {
		if o.Origin.PublishedAt.Known() {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(known(a), known(b)), a.Origin.PublishedAt.At.Compare(b.Origin.PublishedAt.At))
}

func boundaryOf(o pipeline.Observation) string {
	if slices.Contains(o.Flags, pipeline.FlagRestatedBoundary) {
		return "restated"
	}
	return "original"
}

func kindOf(o pipeline.Observation) string {
	if o.Period.Basis == pipeline.End {
		return "stock"
	}
	return "flow"
}

// spanStart is the first day that values are compared by.
func spanStart(o pipeline.Observation) pipeline.Date {
	if o.Period.Basis == pipeline.End {
		return o.Period.End
	}
	return o.Period.Start
}

// decision is a line of the view resolved.
type decision struct {
	winner   pipeline.Observation
	losers   []pipeline.Observation
	rule     string
	spread   string
	disjoint bool
}

// resolve decides between the sources.
func resolve(rows []pipeline.Observation, rules []pipeline.PrecedenceRule, v view) []decision {
	byKey := map[string][]pipeline.Observation{}
	for _, o := range saidBySource(rows, v) {
		key := fmt.Sprint(o.Indicator, o.Region, o.Dims, kindOf(o), spanStart(o), o.Period.End, boundaryOf(o))
		byKey[key] = append(byKey[key], o)
	}
	var all []decision
	for _, candidates := range byKey {
		rule := ruleFor(candidates[0], rules, v)
		slices.SortFunc(candidates, func(a, b pipeline.Observation) int {
			order, _ := believed(a, b, rule)
			return order
		})
		d := decision{winner: candidates[0], losers: candidates[1:], rule: "only"}
		if len(candidates) > 1 {
			_, d.rule = believed(candidates[0], candidates[1], rule)
		}
		d.compare(candidates)
		all = append(all, d)
	}
	return all
}

// ruleFor returns the names of the sources that the newest rule in effect believes.
func ruleFor(o pipeline.Observation, rules []pipeline.PrecedenceRule, v view) []string {
	var newest *pipeline.PrecedenceRule
	for i, r := range rules {
		effective := r.Effective.Time()
		if !slices.Contains(r.Indicators, o.Indicator) || o.Period.End < r.From || o.Period.End > r.To ||
			effective.After(v.known) || effective.After(v.published) || effective.After(time.Now()) {
			continue
		}
		if newest == nil || r.Effective > newest.Effective {
			newest = &rules[i]
		}
	}
	if newest == nil {
		return nil
	}
	return newest.Sources
}

// believed is negative where a is believed before b, with what decided.
func believed(a, b pipeline.Observation, sources []string) (int, string) {
	falseFirst := func(a, b bool) int {
		switch {
		case a == b:
			return 0
		case b:
			return -1
		}
		return 1
	}
	place := func(o pipeline.Observation) int {
		if i := slices.Index(sources, o.Origin.Source); i >= 0 {
			return i
		}
		return len(sources)
	}
	for _, step := range []struct {
		rule  string
		order int
	}{
		{"number", falseFirst(a.Value == "", b.Value == "")},
		{"supplier", falseFirst(a.Origin.Supplier == pipeline.County, b.Origin.Supplier == pipeline.County)},
		{"status", -cmp.Compare(finality(a), finality(b))},
		{"precedence", cmp.Compare(place(a), place(b))},
		{"published", -publishedLater(a, b)},
		{"name", strings.Compare(a.Origin.Source, b.Origin.Source)},
		{"frequency", cmp.Or(cmp.Compare(a.Period.Freq, b.Period.Freq), cmp.Compare(a.Period.Basis, b.Period.Basis))},
	} {
		if step.order != 0 {
			return step.order, step.rule
		}
	}
	return 0, "equal"
}

// compare finds the spread of the values of the winner's revision round, and whether
// any two of their intervals have nothing in common.
func (d *decision) compare(candidates []pipeline.Observation) {
	var numbers, lows, highs []decimal.Decimal
	for _, o := range candidates {
		if o.Value == "" || o.Round != d.winner.Round {
			continue
		}
		value, width := decimal.RequireFromString(o.Value), decimal.Zero
		if o.HalfWidth != "" {
			width = decimal.RequireFromString(o.HalfWidth)
		}
		numbers, lows, highs = append(numbers, value), append(lows, value.Sub(width)), append(highs, value.Add(width))
	}
	d.spread = "NULL"
	if len(numbers) > 0 {
		d.spread = slices.MaxFunc(numbers, decimal.Decimal.Cmp).Sub(slices.MinFunc(numbers, decimal.Decimal.Cmp)).String()
	}
	for i := range lows {
		for j := range highs {
			d.disjoint = d.disjoint || lows[i].GreaterThan(highs[j])
		}
	}
}

// access is that of the most closed value of the line.
func (d *decision) access() pipeline.Access {
	closed := []pipeline.Access{pipeline.AccessPublic, pipeline.AccessRestricted, pipeline.AccessSuppressed}
	most := slices.Index(closed, d.winner.Access)
	for _, o := range d.losers {
		most = max(most, slices.Index(closed, o.Access))
	}
	return closed[most]
}
