package check

import (
	"slices"
	"testing"

	"zhibiao/pipeline"
)

var catalogue = []pipeline.Indicator{{Code: "gdp", Low: "5", High: "3000"}, {Code: "rate"}}

func observation(indicator, region, value, half string) pipeline.Observation {
	return pipeline.Observation{Indicator: indicator, Region: region, Period: pipeline.YearPeriod(2024, pipeline.Flow), Value: value, HalfWidth: half, Status: pipeline.First}
}

func TestConflictsAndRangesRaiseAFlag(t *testing.T) {
	final := observation("rate", "140728", "9", "0.05")
	final.Status = pipeline.Final
	quarter := observation("gdp", "140728", "1", "0.05")
	quarter.Period = pipeline.QuarterPeriod(2024, 1, pipeline.Flow)
	for _, c := range []struct {
		name string
		in   []pipeline.Observation
		want []bool // suspect
	}{
		{"roundings of one number agree", []pipeline.Observation{observation("rate", "140728", "3.4", "0.05"), observation("rate", "140728", "3.43", "0.005")}, []bool{false, false}},
		{"intervals that only touch agree", []pipeline.Observation{observation("rate", "140728", "3", "0.5"), observation("rate", "140728", "4", "0.5")}, []bool{false, false}},
		{"values that do not meet conflict", []pipeline.Observation{observation("rate", "140728", "3.4", "0.05"), observation("rate", "140728", "3.6", "0.05")}, []bool{true, true}},
		{"another region is another key", []pipeline.Observation{observation("rate", "140728", "3.4", "0.05"), observation("rate", "140727", "9", "0.05")}, []bool{false, false}},
		{"another status is another vintage", []pipeline.Observation{observation("rate", "140728", "3.4", "0.05"), final}, []bool{false, false}},
		{"below a county's range", []pipeline.Observation{observation("gdp", "140728", "4.9", "0.05")}, []bool{true}},
		{"at its bounds", []pipeline.Observation{observation("gdp", "140728", "5", "0.5"), observation("gdp", "140727", "3000", "0.5")}, []bool{false, false}},
		{"above it", []pipeline.Observation{observation("gdp", "140728", "3000.1", "0.05")}, []bool{true}},
		{"a prefecture has no range", []pipeline.Observation{observation("gdp", "140700", "5000", "0.5")}, []bool{false}},
		{"a quarter has no range", []pipeline.Observation{quarter}, []bool{false}},
		{"unknown values have no range", []pipeline.Observation{observation("gdp", "140728", "", "")}, []bool{false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i, o := range Flag(c.in, RangesOf(catalogue)) {
				if got := slices.Contains(o.Flags, pipeline.FlagSuspect); got != c.want[i] {
					t.Errorf("observation %d: suspect %t, want %t", i, got, c.want[i])
				}
			}
		})
	}
}
