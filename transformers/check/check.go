// Package check looks at the observations of one document for what cannot all be
// true. It only raises flags: nothing is rejected, since publishers print what
// they print.
package check

import (
	"hash/maphash"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"zhibiao/pipeline"
)

// Flag returns the observations with FlagSuspect on those that conflict with
// another of the same key in the document, and on years of counties outside the
// catalogue's range.
func Flag(observations []pipeline.Observation, catalogue []pipeline.Indicator) []pipeline.Observation {
	ranges := rangesOf(catalogue)
	first := newFirsts(observations)
	extents := map[key]*extent{} // of keys with several values
	for i := range observations {
		o := &observations[i]
		if isCountyYear(o) && ranges.outside(o) {
			o.Flags = pipeline.WithFlag(o.Flags, pipeline.FlagSuspect)
		}
		if o.Value == "" {
			continue
		}
		k := keyOf(o)
		at := first.of(k, i)
		if at == i {
			continue
		}
		if extents[k] == nil {
			extents[k] = newExtent(&observations[at])
		}
		extents[k].add(o)
	}
	for i := 0; len(extents) > 0 && i < len(observations); i++ {
		o := &observations[i]
		if e := extents[keyOf(o)]; e != nil && o.Value != "" && e.conflicts(o) {
			o.Flags = pipeline.WithFlag(o.Flags, pipeline.FlagSuspect)
		}
	}
	return observations
}

// extent is how far the intervals of the values of one key reach apart. A value
// conflicts with some other where its interval ends before the last begins, or
// begins behind the first end.
type extent struct {
	firstEnd decimal.Decimal
	lastFrom decimal.Decimal
}

func newExtent(o *pipeline.Observation) *extent {
	from, end := interval(o)
	return &extent{firstEnd: end, lastFrom: from}
}

func (e *extent) add(o *pipeline.Observation) {
	from, end := interval(o)
	e.firstEnd, e.lastFrom = decimal.Min(e.firstEnd, end), decimal.Max(e.lastFrom, from)
}

func (e *extent) conflicts(o *pipeline.Observation) bool {
	from, end := interval(o)
	return from.GreaterThan(e.firstEnd) || end.LessThan(e.lastFrom)
}

// interval is what a printed value can be rounded from.
func interval(o *pipeline.Observation) (from, end decimal.Decimal) {
	value, half := exact(o.Value), exact(o.HalfWidth)
	return value.Sub(half), value.Add(half)
}

// key is what values must share to conflict: pipeline.Observation.Key, without
// its text, and the vintage.
type key struct {
	indicator, region, dims, round string
	period                         pipeline.Period
	status                         pipeline.Status
}

func keyOf(o *pipeline.Observation) key {
	return key{o.Indicator, o.Region, o.Dims, o.Round, o.Period, o.Status}
}

// firsts finds the first observation of each key.
type firsts struct {
	seed         maphash.Seed
	observations []pipeline.Observation
	at           map[uint64]int // by hash of the key, or the next free number
}

func newFirsts(observations []pipeline.Observation) *firsts {
	return &firsts{maphash.MakeSeed(), observations, make(map[uint64]int, len(observations))}
}

// of returns the place of the first observation of the key of the one at i; i
// itself where it is the first.
func (f *firsts) of(k key, i int) int {
	for hash := maphash.Comparable(f.seed, k); ; hash++ {
		at, ok := f.at[hash]
		if !ok {
			f.at[hash] = i
			return i
		}
		if keyOf(&f.observations[at]) == k {
			return at
		}
	}
}

// isCountyYear reports whether the range of the catalogue applies: annual values
// of codes that are not a province's, a prefecture's or the nation's.
func isCountyYear(o *pipeline.Observation) bool {
	return o.Period.Freq == pipeline.Annual && !strings.HasSuffix(o.Region, "00")
}

// plausible are the ranges of a catalogue, read when the first value of an
// indicator is seen.
type plausible struct {
	indicators map[string]*pipeline.Indicator
	known      map[string]bounds
}

type bounds struct {
	hasLow, hasHigh bool
	low, high       decimal.Decimal
	// The same in thousandths, where they are so small that this is exact.
	whole           bool
	lowest, highest int64
}

func boundsOf(indicator *pipeline.Indicator) bounds {
	b := bounds{hasLow: indicator.Low != "", hasHigh: indicator.High != "", low: exact(indicator.Low), high: exact(indicator.High)}
	lowest, low := thousandths(indicator.Low)
	highest, high := thousandths(indicator.High)
	b.lowest, b.highest, b.whole = lowest, highest, (low || !b.hasLow) && (high || !b.hasHigh)
	return b
}

// thousandths reads a canonical decimal of at most twelve digits before the point
// and three behind it.
func thousandths(text string) (int64, bool) {
	const digits, places = 12, 3
	integer, fraction, _ := strings.Cut(text, ".")
	if integer == "" || len(integer) > digits || len(fraction) > places {
		return 0, false
	}
	value, err := strconv.ParseInt(integer+fraction+"000"[len(fraction):], 10, 64)
	return value, err == nil
}

func rangesOf(catalogue []pipeline.Indicator) *plausible {
	p := &plausible{indicators: make(map[string]*pipeline.Indicator, len(catalogue)), known: map[string]bounds{}}
	for i := range catalogue {
		if catalogue[i].Low != "" || catalogue[i].High != "" {
			p.indicators[catalogue[i].Code] = &catalogue[i]
		}
	}
	return p
}

func (p *plausible) outside(o *pipeline.Observation) bool {
	indicator := p.indicators[o.Indicator]
	if indicator == nil || o.Value == "" {
		return false
	}
	b, ok := p.known[o.Indicator]
	if !ok {
		b = boundsOf(indicator)
		p.known[o.Indicator] = b
	}
	if v, ok := thousandths(o.Value); ok && b.whole {
		return b.hasLow && v < b.lowest || b.hasHigh && v > b.highest
	}
	v := exact(o.Value)
	return b.hasLow && v.LessThan(b.low) || b.hasHigh && v.GreaterThan(b.high)
}

// exact reads a canonical decimal; other texts count as zero.
func exact(text string) decimal.Decimal {
	d, err := decimal.NewFromString(text)
	if err != nil {
		return decimal.Zero
	}
	return d
}
