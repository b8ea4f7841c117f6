package warehouse_test

import (
	"fmt"
	"strings"
	"testing"

	"zhibiao/configs"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

// gapsWorld is a county of the pool and one indicator of each supplier, with two
// public sources of which one was seen to work, and a waiver.
func gapsWorld(t *testing.T) (*warehouse.Warehouse, *configs.Set) {
	t.Helper()
	w := warehousetest.Open(t)
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	series := []pipeline.Series{{Freq: pipeline.Annual, Basis: pipeline.Flow}}
	supplies := func(verified string, indicators ...string) []pipeline.Supply {
		return []pipeline.Supply{{Indicators: indicators, Regions: []string{"1407"}, Series: series, FromYear: 2000, LagDays: 120, Verified: verified}}
	}
	sources := []*pipeline.Source{
		{Name: "county-bulletins", Rules: pipeline.SourceRules{Supplier: pipeline.Public}, Verified: "2025-01-31", Supplies: supplies("2025-01-31", "gdp", "retail_sales")},
		{Name: "yearbook", Rules: pipeline.SourceRules{Supplier: pipeline.Public}, Verified: "never", Supplies: supplies("never", "gdp", "budget_revenue")},
	}
	e := expected(set)
	e.Sources = sources
	e.Programmes = []pipeline.Programme{{ID: "pool", FromYear: 2024, Members: []pipeline.Member{{Region: "140703", From: pipeline.DateOf(2024, 1, 1)}}}}
	e.Gaps.Waivers = []pipeline.Waiver{{Indicators: []string{"gi_trademarks"}, Regions: []string{"140703"}, From: pipeline.DateOf(2024, 1, 1),
		Kind: pipeline.WaiverNotApplicable, Reason: "无地理标志", Decided: pipeline.DateOf(2025, 6, 1)}}
	e.Locals = []pipeline.LocalIndicator{{Code: "local:140703:vinegar", Region: "140703", NameZH: "醋坊数", Owner: "太谷区市场监督管理局", Definition: "年末在营", Unit: "家"}}
	if err := w.LoadDimensions(t.Context(), set.Indicators(), set.Regions(), sources); err != nil {
		t.Fatal(err)
	}
	if err := w.LoadExpectations(t.Context(), e, pipeline.DateOf(2025, 12, 31)); err != nil {
		t.Fatal(err)
	}
	return w, set
}

const looked = "indicator IN ('gdp', 'retail_sales', 'budget_revenue', 'tax_share_of_budget_revenue', 'registered_trademarks', 'chief_quality_officer_enterprises', 'enterprises_assisted', 'gi_trademarks', 'gdp_per_capita', 'quality_loss_rate') AND toYear(period_end) = 2024"

func TestWhatIsMissingOnADayAndWhoseMoveItIs(t *testing.T) {
	w, set := gapsWorld(t)
	moves := func(day string) []string {
		t.Helper()
		return lines(t, w, "indicator, move, reason, due_on, sources, unit, note", "missing(on = '"+day+"') WHERE "+looked+" ORDER BY indicator")
	}
	same(t, moves("2024-12-31")) // the year has not ended
	same(t, moves("2025-03-01"),
		"budget_revenue mend never_verified 2025-04-30 ['yearbook']  ",
		"chief_quality_officer_enterprises wait not_due 2025-06-29 []  ",
		"enterprises_assisted nobody report 2025-03-01 []  ",
		"gdp wait not_due 2025-04-30 ['county-bulletins','yearbook']  ",
		"gi_trademarks mend no_source 2025-06-29 []  ",
		"registered_trademarks wait not_due 2025-05-30 [] 知识产权部门 ",
		"retail_sales wait not_due 2025-04-30 ['county-bulletins']  ",
		"tax_share_of_budget_revenue mend no_source 2025-06-29 []  ")
	put(t, w, figure(set, "gdp", "140703", year(2024), "0"), // zero is a value
		figure(set, "retail_sales", "140703", year(2024), "", flagged(pipeline.FlagNotAvailable)), // a blank is none
		figure(set, "budget_revenue", "140703", year(2024), "7", broken("scope=市本级")))             // nor is another scope
	same(t, moves("2025-07-01"),
		"budget_revenue mend never_verified 2025-04-30 ['yearbook']  ",
		"chief_quality_officer_enterprises county due 2025-06-29 []  ",
		"enterprises_assisted nobody report 2025-03-01 []  ",
		"gi_trademarks nobody waived_not_applicable 2025-06-29 []  无地理标志",
		"registered_trademarks province due 2025-05-30 [] 知识产权部门 ",
		"retail_sales mend overdue 2025-04-30 ['county-bulletins']  ",
		"tax_share_of_budget_revenue mend no_source 2025-06-29 []  ")
	put(t, w, figure(set, "registered_trademarks", "140703", yearEnd(2024), "", flagged(pipeline.FlagNotApplicable)))
	if got := moves("2025-07-01"); len(got) != 6 || strings.Contains(strings.Join(got, ""), "registered_trademarks") {
		t.Errorf("what somebody said does not apply is asked for again: %v", got)
	}
	if got := moves("2025-03-01"); len(got) != 6 {
		t.Errorf("what came in on the evening of that day is missing on it: %v", got)
	}
	if got := moves("2025-02-28"); len(got) != 8 {
		t.Errorf("what came in a day later is there already: %v", got)
	}
}

func TestAStockOfTheYearEndMeetsTheStockOfDecember(t *testing.T) {
	w, set := gapsWorld(t)
	put(t, w, figure(set, "business_entities", "140703", pipeline.MonthPeriod(2024, 12, pipeline.End), "1.2"),
		figure(set, "gdp", "140703", pipeline.QuarterPeriod(2024, 4, pipeline.YearToDate), "90"),
		figure(set, "primary_value_added", "140703", pipeline.QuarterPeriod(2024, 4, pipeline.Flow), "30")) // a fourth quarter is no year
	same(t, lines(t, w, "indicator", "missing(on = '2025-07-01') WHERE indicator IN ('business_entities', 'gdp', 'primary_value_added') AND toYear(period_end) = 2024"), "primary_value_added")
}

func TestCoverageCountsValuesAndNotHowTheyCame(t *testing.T) {
	w, set := gapsWorld(t)
	coverage := func() []string {
		t.Helper()
		return lines(t, w, "indicator, source, supplier, expected, present_count, share", "coverage WHERE indicator IN ('gdp', 'retail_sales', 'gi_trademarks', 'registered_trademarks', 'gdp_per_capita') ORDER BY indicator, source")
	}
	// The day of the run lies after all expectations of 2024 and 2025.
	same(t, coverage(),
		"gdp county-bulletins public 2 0 0", "gdp yearbook public 2 0 0",
		"registered_trademarks  province 2 0 0", "retail_sales county-bulletins public 2 0 0") // gi_trademarks is waived
	put(t, w, figure(set, "gdp", "140703", year(2024), "0"), figure(set, "gdp", "140703", year(2025), "", flagged(pipeline.FlagNotAvailable)),
		figure(set, "gdp", "140703", pipeline.QuarterPeriod(2024, 4, pipeline.YearToDate), "1"), // the same span a second time
		figure(set, "retail_sales", "140703", year(2024), "1", from("yearbook")),
		figure(set, "registered_trademarks", "140703", yearEnd(2024), "7"), figure(set, "registered_trademarks", "140703", yearEnd(2025), "7"),
		figure(set, "gdp", "140121", year(2024), "5"), // expected of nobody
		figure(set, "local:140703:vinegar", "140703", yearEnd(2024), "12", func(o *pipeline.Observation) { o.Unit = "家" }))
	same(t, coverage(),
		"gdp county-bulletins public 2 1 50", "gdp yearbook public 2 0 0",
		"registered_trademarks  province 2 2 100", "retail_sales county-bulletins public 2 0 0")
	same(t, lines(t, w, "count()", "coverage WHERE share > 100 OR startsWith(indicator, 'local:')"), "0")
	same(t, lines(t, w, "region, name_zh, value, unit", "local_value"), "140703 醋坊数 12 家")
	if columns := texts(t, w, "SELECT name FROM system.columns WHERE database = currentDatabase() AND table IN ('coverage', 'quartiles') AND position(name, 'region') > 0"); len(columns) > 0 {
		t.Errorf("a region stands in a view that must not line up regions: %v", columns)
	}
}

func TestLoadingTheSameExpectationsAgainChangesNothing(t *testing.T) {
	w, set := configured(t)
	parts := "SELECT concat(table, ' ', name) FROM system.parts WHERE database = currentDatabase() AND active AND table IN ('expectation', 'programme', 'formula', 'identity', 'region_chain', 'capability') ORDER BY table"
	before := fmt.Sprint(texts(t, w, parts))
	if err := w.LoadExpectations(t.Context(), expected(set), pipeline.DateOf(2025, 12, 31)); err != nil {
		t.Fatal(err)
	}
	if after := fmt.Sprint(texts(t, w, parts)); before != after {
		t.Errorf("written again:\n%s\n%s", before, after)
	}
	if err := w.LoadExpectations(t.Context(), expected(set), pipeline.DateOf(2023, 12, 31)); err != nil {
		t.Fatal(err)
	}
	same(t, lines(t, w, "max(period_end)", "expectation"), "2023-12-31")
	none := expected(set)
	none.Programmes, none.Locals, none.Formulas, none.Identities = nil, nil, nil, nil
	if err := w.LoadExpectations(t.Context(), none, pipeline.DateOf(2023, 12, 31)); err != nil {
		t.Fatal(err)
	}
	same(t, lines(t, w, "count()", "(SELECT indicator FROM expectation UNION ALL SELECT programme FROM programme UNION ALL SELECT indicator FROM formula)"), "0")
}
