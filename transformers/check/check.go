// Package check looks at the observations of one document for what cannot all be
// true. It only raises flags: nothing is rejected, since publishers print what
// they print.
package check

import (
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"zhibiao/pipeline"
)

// Flag returns the observations with FlagSuspect on those that conflict with
// another of the same key in the document, and on years of counties outside the
// catalogue's ranges.
func Flag(observations []pipeline.Observation, ranges Ranges) []pipeline.Observation {
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
		at := first.of(i)
		if at == i {
			continue
		}
		k := keyOf(o)
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

// isCountyYear reports whether the range of the catalogue applies: annual values
// of codes that are not a province's, a prefecture's or the nation's.
func isCountyYear(o *pipeline.Observation) bool {
	return o.Period.Freq == pipeline.Annual && !strings.HasSuffix(o.Region, "00")
}

// Ranges are those of a catalogue, by indicator. They are immutable.
type Ranges map[string]bounds

// RangesOf returns the ranges of a catalogue.
func RangesOf(catalogue []pipeline.Indicator) Ranges {
	ranges := make(Ranges, len(catalogue))
	for i := range catalogue {
		if catalogue[i].Low != "" || catalogue[i].High != "" {
			ranges[catalogue[i].Code] = boundsOf(&catalogue[i])
		}
	}
	return ranges
}

type bounds struct {
	hasLow, hasHigh bool
	low, high       decimal.Decimal
	// The same in millionths, where they are so small that this is exact.
	whole           bool
	lowest, highest int64
}

func boundsOf(indicator *pipeline.Indicator) bounds {
	b := bounds{hasLow: indicator.Low != "", hasHigh: indicator.High != "", low: exact(indicator.Low), high: exact(indicator.High)}
	lowest, low := millionths(indicator.Low)
	highest, high := millionths(indicator.High)
	b.lowest, b.highest, b.whole = lowest, highest, (low || !b.hasLow) && (high || !b.hasHigh)
	return b
}

// millionths reads a canonical decimal of at most twelve digits before the point
// and six behind it.
func millionths(text string) (int64, bool) {
	const digits, places = 12, 6
	integer, fraction, _ := strings.Cut(text, ".")
	if integer == "" || len(integer) > digits || len(fraction) > places {
		return 0, false
	}
	var room [digits + places]byte
	b := append(append(append(room[:0], integer...), fraction...), "000000"[len(fraction):]...)
	value, err := strconv.ParseInt(string(b), 10, 64)
	return value, err == nil
}

func (r Ranges) outside(o *pipeline.Observation) bool {
	b, ok := r[o.Indicator]
	if !ok || o.Value == "" {
		return false
	}
	if v, ok := millionths(o.Value); ok && b.whole {
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
