package check

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/pipeline"
)

// conflict reports whether two values of one key cannot both be roundings of one
// number: their intervals value ± half-width do not meet. Values of different
// status or revision round are different vintages and do not conflict.
func conflict(a, b *pipeline.Observation) bool {
	if a.Value == "" || b.Value == "" || a.Status != b.Status || a.Round != b.Round || a.Key() != b.Key() {
		return false
	}
	distance := exact(a.Value).Sub(exact(b.Value)).Abs()
	return distance.GreaterThan(exact(a.HalfWidth).Add(exact(b.HalfWidth)))
}

// The flags are those that comparing each value with each other would raise.
func TestExactlyTheValuesThatConflictWithAnotherAreSuspect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		observations := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) pipeline.Observation {
			return pipeline.Observation{
				Indicator: rapid.SampledFrom([]string{"gdp", "tax"}).Draw(t, "indicator"),
				Region:    rapid.SampledFrom([]string{"140121", "140100"}).Draw(t, "region"),
				Period:    pipeline.YearPeriod(rapid.IntRange(2023, 2024).Draw(t, "year"), pipeline.Flow),
				Value:     rapid.SampledFrom([]string{"", "10", "10.2", "10.4", "11", "-3"}).Draw(t, "value"),
				HalfWidth: rapid.SampledFrom([]string{"", "0.05", "0.5"}).Draw(t, "half-width"),
				Status:    rapid.SampledFrom([]pipeline.Status{pipeline.First, pipeline.Final}).Draw(t, "status"),
			}
		}), 0, 12).Draw(t, "observations")
		flagged := Flag(slices.Clone(observations), nil)
		for i := range observations {
			want := false
			for j := range observations {
				want = want || i != j && conflict(&observations[i], &observations[j])
			}
			if got := slices.Contains(flagged[i].Flags, pipeline.FlagSuspect); got != want {
				t.Fatalf("value %d of %+v is suspect: %v, want %v", i, observations, got, want)
			}
		}
	})
}
