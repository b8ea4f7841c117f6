package warehouse_test

import (
	"testing"

	"zhibiao/configs"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
)

func TestChainedSeries(t *testing.T) {
	examples(t, map[string]func(*testing.T, *warehouse.Warehouse, *configs.Set){
		"a renamed county has one series, and the printed codes stay":      overRename,
		"over a merge only sums with all parts are given":                  overMerge,
		"a series stops at a break":                                        atBreak,
		"a series stops where the revision round changes":                  atRound,
		"nobody says what a part of a split region was":                    atSplit,
		"restated series are not chained with original ones":               restatedApart,
		"a sum is as closed, as provisional and as uncertain as its parts": worstOfParts,
	})
}

func chained(t *testing.T, w *warehouse.Warehouse, region string) []string {
	t.Helper()
	return lines(t, w, "toYear(period_end), value, method, parts.region, reason",
		"series_chained WHERE region = '"+region+"' ORDER BY period_end")
}

func overRename(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	put(t, w, figure(set, "gdp", "140726", year(2017), "80"), figure(set, "gdp", "140726", year(2018), "85"), figure(set, "gdp", "140703", year(2019), "90"))
	same(t, chained(t, w, "140703"), "2017 80 rename ['140726'] ", "2018 85 rename ['140726'] ", "2019 90 own ['140703'] ")
	same(t, chained(t, w, "140726"), "2017 80 own ['140726'] ", "2018 85 own ['140726'] ")
	same(t, lines(t, w, "region, value", "resolved ORDER BY region, period_end"), "140703 90", "140726 80", "140726 85")
}

func overMerge(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	// 潞州区 (2018) is what 城区 and 郊区 of 长治 were.
	put(t, w,
		figure(set, "gdp", "140402", year(2016), "100.5"), figure(set, "gdp", "140411", year(2016), "50.25"),
		figure(set, "gdp", "140402", year(2017), "110"), // 郊区 of 2017 is not known: no low sum
		figure(set, "gdp", "140403", year(2018), "180"),
		figure(set, "gdp.growth", "140402", year(2016), "7"), figure(set, "gdp.growth", "140411", year(2016), "5")) // growths are never added
	same(t, chained(t, w, "140403"), "2016 150.75 merge ['140402','140411'] ", "2017 – merge ['140402'] parts missing: 1 of 2", "2018 180 own ['140403'] ")
	same(t, lines(t, w, "half_width, derived", "series_chained WHERE region = '140403' AND toYear(period_end) = 2016"), "0.055 true") // 0.05 + 0.005
}

func atBreak(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	// The income survey changed in 2013: what is before it cannot be compared.
	put(t, w, figure(set, "urban_disposable_income", "140121", year(2011), "17000"), figure(set, "urban_disposable_income", "140121", year(2012), "19000"),
		figure(set, "urban_disposable_income", "140121", year(2013), "18500", flagged(pipeline.FlagBreak)), figure(set, "urban_disposable_income", "140121", year(2014), "20000"))
	same(t, chained(t, w, "140121"), "2013 18500 own ['140121'] ", "2014 20000 own ['140121'] ")
}

func atRound(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	put(t, w, figure(set, "resident_population", "140121", yearEnd(2018), "36", ofRound("")), figure(set, "resident_population", "140121", yearEnd(2019), "34", ofRound("census-2020")),
		figure(set, "resident_population", "140121", yearEnd(2020), "34.5", ofRound("census-2020")))
	same(t, chained(t, w, "140121"), "2019 34 own ['140121'] ", "2020 34.5 own ['140121'] ")
}

func atSplit(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	put(t, w, figure(set, "gdp", "140202", year(2017), "300"), figure(set, "gdp", "140213", year(2018), "250"))
	same(t, chained(t, w, "140213"), "2018 250 own ['140213'] ")
}

func restatedApart(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	put(t, w, figure(set, "gdp", "140402", year(2016), "100"), figure(set, "gdp", "140411", year(2016), "50"),
		figure(set, "gdp", "140403", year(2016), "149", flagged(pipeline.FlagRestatedBoundary)), figure(set, "gdp", "140403", year(2018), "180"))
	same(t, chained(t, w, "140403"), "2016 150 merge ['140402','140411'] ", "2018 180 own ['140403'] ")
	same(t, lines(t, w, "region, boundary, value", "resolved WHERE toYear(period_end) = 2016 AND region = '140403'"), "140403 restated 149")
}

func worstOfParts(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	final := func(o *pipeline.Observation) { o.Status = pipeline.Final }
	put(t, w, figure(set, "gdp", "140402", year(2016), "100", final), figure(set, "gdp", "140411", year(2016), "50", flagged(pipeline.FlagEstimated), classed(pipeline.AccessRestricted)))
	same(t, lines(t, w, "value, status, flags, access", "series_chained WHERE region = '140403'"), "150 first ['estimated'] restricted")
}
