// Package check looks at the observations of one document for what cannot all be
// true. It only raises flags: nothing is rejected, since publishers print what
// they print.
package check

import (
	"strings"

	"github.com/shopspring/decimal"

	"zhibiao/pipeline"
)

// Flag returns the observations with FlagSuspect on those that conflict with
// another of the same key in the document, and on years of counties outside the
// catalogue's range.
func Flag(observations []pipeline.Observation, catalogue []pipeline.Indicator) []pipeline.Observation {
	ranges := make(map[string]*pipeline.Indicator, len(catalogue))
	for i := range catalogue {
		ranges[catalogue[i].Code] = &catalogue[i]
	}
	byKey := map[string][]int{}
	for i := range observations {
		o := &observations[i]
		if indicator := ranges[o.Indicator]; indicator != nil && isCountyYear(o) && outside(o.Value, indicator.Low, indicator.High) {
			o.Flags = pipeline.WithFlag(o.Flags, pipeline.FlagSuspect)
		}
		byKey[o.Key()] = append(byKey[o.Key()], i)
	}
	for i := range observations {
		for _, j := range byKey[observations[i].Key()] {
			if i != j && Conflict(&observations[i], &observations[j]) {
				observations[i].Flags = pipeline.WithFlag(observations[i].Flags, pipeline.FlagSuspect)
			}
		}
	}
	return observations
}

// Conflict reports whether two values of one key cannot both be roundings of one
// number: their intervals value ± half-width do not meet. Values of different
// status or revision round are different vintages and do not conflict.
func Conflict(a, b *pipeline.Observation) bool {
	if a.Value == "" || b.Value == "" || a.Status != b.Status || a.Round != b.Round {
		return false
	}
	distance := exact(a.Value).Sub(exact(b.Value)).Abs()
	return distance.GreaterThan(exact(a.HalfWidth).Add(exact(b.HalfWidth)))
}

// isCountyYear reports whether the range of the catalogue applies: annual values
// of codes that are not a province's, a prefecture's or the nation's.
func isCountyYear(o *pipeline.Observation) bool {
	return o.Period.Freq == pipeline.Annual && !strings.HasSuffix(o.Region, "00")
}

func outside(value, low, high string) bool {
	if value == "" {
		return false
	}
	v := exact(value)
	return low != "" && v.LessThan(exact(low)) || high != "" && v.GreaterThan(exact(high))
}

// exact reads a canonical decimal; other texts count as zero.
func exact(text string) decimal.Decimal {
	d, err := decimal.NewFromString(text)
	if err != nil {
		return decimal.Zero
	}
	return d
}
