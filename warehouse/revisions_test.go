package warehouse_test

import (
	"slices"
	"testing"

	"zhibiao/pipeline"
	"zhibiao/warehouse/warehousetest"
)

const changes = `SELECT concat(toString(vintage), ': ', ifNull(toString(value), 'NULL'), ' in [', ifNull(toString(low), ''), ', ', ifNull(toString(high), ''), '] after ',
	toString(days_since_first), ' days, change ', ifNull(toString(change), 'NULL'), ' ', multiIf(beyond_rounding IS NULL, 'unknown', beyond_rounding, 'beyond', 'within')) FROM revisions ORDER BY vintage`

func TestRevisionsSayHowANumberChanged(t *testing.T) {
	w := warehousetest.Open(t)
	page := lineage("page")
	vintage := func(body string, night int, value string, change ...func(*pipeline.Observation)) pipeline.Observation {
		o := warehousetest.GDP(warehousetest.Origin(page, body, night), "140727", value)
		for _, c := range change {
			c(&o)
		}
		return o
	}
	rows := []pipeline.Observation{
		vintage("A", 0, "58.12"),
		vintage("B", 30, "58.1", rounded),
		vintage("C", 60, "60.3"),
		vintage("D", 90, "66", census),
		vintage("E", 120, "60.4"),
		vintage("F", 150, "", blank),
	}
	load(t, w, rows[3:]...)
	load(t, w, rows...)
	got := texts(t, w, changes)
	want := []string{
		"1: 58.12 in [58.115, 58.125] after 0 days, change NULL unknown",
		"2: 58.1 in [58.05, 58.15] after 30 days, change -0.02 within",
		"3: 60.3 in [60.295, 60.305] after 60 days, change 2.2 beyond",
		"4: 66 in [65.995, 66.005] after 90 days, change NULL unknown",
		"5: 60.4 in [60.395, 60.405] after 120 days, change 0.1 beyond",
		"6: NULL in [, ] after 150 days, change NULL unknown",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
