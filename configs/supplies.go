package configs

import (
	"cmp"
	"slices"
	"strings"

	"zhibiao/pipeline"
)

// supplies checks what the keys of an entry say together: what a source can
// supply and when, so that what is missing is put to the right party.
func (c *checker) supplies(entries []suppliesFile) {
	for i, s := range entries {
		at := entry("supplies", i)
		if len(s.Indicators) == 0 || len(s.Regions) == 0 || len(s.Series) == 0 {
			c.problem(at, "write all three", "%s needs indicators, regions and series", at)
		}
		if s.FromYear == 0 || s.ToYear != 0 && s.ToYear < s.FromYear {
			c.problem(at, "write from_year, the first year, and to_year only where it has ended", "the years of %s are missing or turned round", at)
		}
		if s.LagDays == 0 {
			c.problem(at, "write the days from a period's end until it is published", "%s.lag_days is missing", at)
		}
		c.suppliedSeries(at, s)
	}
}

// suppliedSeries wants every series to be one that the catalogue lists for every
// indicator of the entry.
func (c *checker) suppliedSeries(at string, s suppliesFile) {
	for j, text := range s.Series {
		series, ok := parseSeries(text)
		if !ok {
			continue // told by its form
		}
		place := entry(at+".series", j)
		for _, code := range s.Indicators {
			if indicator := c.set.indicatorByCode[code]; indicator != nil && !indicator.Allows(series.Freq, series.Basis) {
				c.problem(place, "see the column series of indicators.csv", "%s: %s has no series %s", place, code, text)
			}
		}
	}
}

// parseSeries reads frequency:basis.
func parseSeries(text string) (pipeline.Series, bool) {
	freq, basis, _ := strings.Cut(text, ":")
	return pipeline.Series{Freq: pipeline.Freq(freq), Basis: pipeline.Basis(basis)},
		slices.Contains(frequencies, freq) && slices.Contains(bases, basis)
}

// supplies makes the pipeline's form; verified is the source's where the entry
// has none.
func (f *sourceFile) supplies() []pipeline.Supply {
	var list []pipeline.Supply
	for _, s := range f.Supplies {
		supply := pipeline.Supply{Indicators: s.Indicators, Regions: s.Regions, FromYear: s.FromYear, ToYear: s.ToYear,
			LagDays: s.LagDays, Verified: cmp.Or(s.Verified, f.Verified)}
		for _, text := range s.Series {
			series, _ := parseSeries(text)
			supply.Series = append(supply.Series, series)
		}
		list = append(list, supply)
	}
	return list
}
