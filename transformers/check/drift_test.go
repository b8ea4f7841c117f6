package check

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/pipeline"
)

// rows makes a reading of rows "locator indicator region".
func rows(lines ...string) *pipeline.Reading {
	r := &pipeline.Reading{Complete: true}
	for _, line := range lines {
		f := strings.Fields(line)
		if f[1] == "?" {
			r.Refusals = append(r.Refusals, pipeline.Refusal{Locator: f[0], Label: f[2], Reason: pipeline.UnknownIndicator})
			continue
		}
		r.Observations = append(r.Observations, pipeline.Observation{Locator: f[0], Indicator: f[1], Region: f[2]})
	}
	return r
}

func TestWhatDoesNotLookLikeTheLastVersionIsHeld(t *testing.T) {
	before := rows("table[1]/tr[2]/td[2] gdp 140121", "table[1]/tr[3]/td[2] retail_sales 140121", "p[4] gdp.growth 140121")
	for name, c := range map[string]struct {
		baseline, next *pipeline.Reading
		want           pipeline.Yield
		held           string
	}{
		"the same labels go on":                 {before, before, pipeline.Yield{MaxDrift: 0}, ""},
		"a first reading has nothing to differ": {nil, before, pipeline.Yield{MaxDrift: 0}, ""},
		"other places of the same table go on": {before, rows("table[1]/tr[7]/td[9] gdp 140121", "table[1]/tr[3]/td[3] retail_sales 140121", "p[9] gdp.growth 140121"),
			pipeline.Yield{MaxDrift: 0}, ""},
		"a label that became another holds its table only": {before, rows("table[1]/tr[2]/td[2] budget_revenue 140121", "table[1]/tr[3]/td[2] retail_sales 140121", "p[4] gdp.growth 140121"),
			pipeline.Yield{MaxDrift: 30}, "table[1] labels_changed"},
		"a label that is refused now is another": {before, rows("table[1]/tr[2]/td[2] ? 生产总额", "table[1]/tr[3]/td[2] retail_sales 140121", "p[4] gdp.growth 140121"),
			pipeline.Yield{MaxDrift: 30}, "table[1] labels_changed"},
		"a few new labels go on": {before, rows("table[1]/tr[2]/td[2] gdp 140121", "table[1]/tr[3]/td[2] retail_sales 140121", "table[1]/tr[4]/td[2] budget_revenue 140121", "p[4] gdp.growth 140121"),
			pipeline.Yield{MaxDrift: 30}, ""},
		"a table that is gone is held":                                            {before, rows("p[4] gdp.growth 140121"), pipeline.Yield{MaxDrift: 30}, "table[1] table_gone"},
		"nothing at all after something holds the document, whatever is expected": {before, rows(), pipeline.Yield{MaxDrift: 100}, " too_few"},
		"a table of which nothing was ever read is not missed":                    {rows("table[1]/tr[1]/td[1] ? 房屋面积", "p[4] gdp 140121"), rows("p[4] gdp 140121"), pipeline.Yield{}, ""},
		"too few hold the document":                                               {nil, rows("p[4] gdp 140121"), pipeline.Yield{Min: 2}, " too_few"},
		"nothing at all is too few":                                               {nil, rows(), pipeline.Yield{Min: 1}, " too_few"},
		"too many hold the document":                                              {nil, before, pipeline.Yield{Max: 2}, " too_many"},
		"an expected indicator is missing":                                        {nil, before, pipeline.Yield{Indicators: []string{"gdp", "foreign_trade"}}, " lacks_indicator"},
	} {
		var got []string
		for _, h := range Drift(c.baseline, c.next, c.want) {
			got = append(got, h.Table+" "+h.Reason)
			if h.Detail == "" {
				t.Errorf("%s: nothing is said of %v", name, h)
			}
		}
		if strings.Join(got, ", ") != c.held {
			t.Errorf("%s: held %q, want %q", name, strings.Join(got, ", "), c.held)
		}
	}
}

func TestPlacesAreToldTheirTable(t *testing.T) {
	for locator, want := range map[string]string{
		"table[2]/tr[5]/td[3]":                               "table[2]",
		"p[12]":                                              "p",
		"/data/0/values/3/value":                             "/data",
		"/returndata/datanodes/17/data/strdata":              "/returndata/datanodes",
		"word/document.xml#table[1]/tr[2]/td[2]":             "word/document.xml#table[1]",
		"word/document.xml#p[3]":                             "word/document.xml#p",
		"pdf-text/1#page[2]/p[7]":                            "pdf-text/1#p",
		"xl/worksheets/sheet1.xml#B7>xl/sharedStrings.xml#4": "xl/worksheets/sheet1.xml#cells",
		"年.zip!xl/worksheets/sheet1.xml#B7":                  "年.zip!xl/worksheets/sheet1.xml#cells",
		"xls-text/1#阳城县!D4":                                  "xls-text/1#阳城县",
		"朔州.csv!row[3]/col[2]":                               "朔州.csv",
		"row[3]/col[2]":                                      "cells",
	} {
		if got := TableOf(locator); got != want {
			t.Errorf("%s is in %q, want %q", locator, got, want)
		}
	}
}

// A version is never held against itself.
func TestAReadingHasNoDriftFromItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &pipeline.Reading{Complete: true}
		for i := range rapid.IntRange(0, 30).Draw(t, "rows") {
			r.Observations = append(r.Observations, pipeline.Observation{
				Locator:   fmt.Sprintf("table[%d]/tr[%d]/td[1]", rapid.IntRange(1, 4).Draw(t, "table"), i),
				Indicator: rapid.SampledFrom([]string{"gdp", "retail_sales", "foreign_trade"}).Draw(t, "indicator"),
				Region:    rapid.SampledFrom([]string{"140121", "140122"}).Draw(t, "region"),
			})
		}
		if held := Drift(r, r, pipeline.Yield{}); len(held) != 0 {
			t.Fatalf("held %+v", held)
		}
	})
}
