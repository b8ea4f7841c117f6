package warehouse_test

import (
	"fmt"
	"strings"
	"testing"

	"zhibiao/configs"
	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

func TestSuppressionAndQuartiles(t *testing.T) {
	examples(t, map[string]func(*testing.T, *warehouse.Warehouse, *configs.Set){
		"a cell of too few respondents takes another county of the prefecture with it": hiddenCounty,
		"of two hidden parts neither follows from the total":                           hiddenPair,
		"a hidden break-down takes another of its dimension with it":                   hiddenBreakDown,
		"what cannot be added gives nothing away":                                      hiddenRate,
		"what is derived from a hidden cell is hidden":                                 hiddenInput,
		"quartiles are of at least ten counties and never an end":                      quartilesOfTen,
		"a county stands against its own past and the quartiles":                       ownPast,
	})
}

var suppressed = classed(pipeline.AccessSuppressed)

func hiddenCounty(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	put(t, w, figure(set, "testing_revenue", "140700", year(2024), "9"),
		figure(set, "testing_revenue", "140703", year(2024), "3"), figure(set, "testing_revenue", "140727", year(2024), "1", suppressed), figure(set, "testing_revenue", "140728", year(2024), "5"),
		figure(set, "testing_revenue", "140121", year(2024), "7"), figure(set, "testing_revenue", "140703", year(2023), "2"))
	same(t, lines(t, w, "region, toYear(period_end), value, flags, access", "disclosed ORDER BY region, period_end"),
		"140121 2024 7 [] public", "140700 2024 9 [] public",
		"140703 2023 2 [] public", "140703 2024 – ['suppressed'] suppressed", // 9 − 3 − 5 would be the hidden 1
		"140727 2024 – ['suppressed'] suppressed", "140728 2024 5 [] public")
	same(t, lines(t, w, "region, why", "suppression ORDER BY region"), "140703 complementary", "140727 primary")
	reader, err := warehouse.Open(t.Context(), warehousetest.ReaderConfig(w.Database()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	same(t, lines(t, reader, "region, value", "disclosed WHERE toYear(period_end) = 2024 ORDER BY region"), "140121 7", "140700 9", "140728 5")
}

func hiddenPair(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	put(t, w, figure(set, "testing_revenue", "140703", year(2024), "3"), figure(set, "testing_revenue", "140727", year(2024), "1", suppressed), figure(set, "testing_revenue", "140728", year(2024), "2", suppressed))
	same(t, lines(t, w, "region, value", "disclosed ORDER BY region"), "140703 3", "140727 –", "140728 –")
}

func hiddenBreakDown(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	put(t, w, figure(set, "testing_revenue", "140703", year(2024), "10"),
		figure(set, "testing_revenue", "140703", year(2024), "6", broken("sector=food")), figure(set, "testing_revenue", "140703", year(2024), "3", broken("sector=steel")),
		figure(set, "testing_revenue", "140703", year(2024), "1", broken("sector=toys"), suppressed))
	same(t, lines(t, w, "dims, value", "disclosed ORDER BY dims"), " 10", "sector=food –", "sector=steel 3", "sector=toys –")
}

func hiddenRate(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	put(t, w, figure(set, "complaints_resolved", "140703", year(2024), "90"), figure(set, "complaints_resolved", "140727", year(2024), "95", suppressed))
	same(t, lines(t, w, "region, value", "disclosed ORDER BY region"), "140703 90", "140727 –")
}

func hiddenInput(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	put(t, w, figure(set, "complaints", "140703", year(2024), "40", suppressed), figure(set, "resident_population", "140703", yearEnd(2023), "20"), figure(set, "resident_population", "140703", yearEnd(2024), "20"))
	same(t, lines(t, w, "value, access, reason", "derived WHERE indicator = 'complaints_per_10k' AND toYear(period_end) = 2024"), "– suppressed an input is suppressed")
	put(t, w, figure(set, "gdp", "140703", year(2024), "40", suppressed), figure(set, "tertiary_value_added", "140703", year(2024), "20"))
	same(t, lines(t, w, "value, access, reason", "derived WHERE indicator = 'tertiary_share'"), "– suppressed an input is suppressed")
}

// counties are n counties of Shanxi by code.
func counties(set *configs.Set, n int) []string {
	var codes []string
	for _, r := range set.Regions() {
		if r.Level == "county" && r.Province == "山西省" && r.To == 0 && len(codes) < n {
			codes = append(codes, r.Code)
		}
	}
	return codes
}

func quartilesOfTen(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	var rows []pipeline.Observation
	for i, code := range counties(set, 11) {
		rows = append(rows, figure(set, "gdp", code, year(2024), fmt.Sprint(100-9*i)))
		if i < 9 {
			rows = append(rows, figure(set, "gdp", code, year(2023), fmt.Sprint(100-9*i)))
		}
	}
	rows = append(rows, figure(set, "gdp", "140100", year(2024), "5000"), figure(set, "local:140121:vinegar", "140121", year(2024), "5", func(o *pipeline.Observation) { o.Unit = "家" }))
	put(t, w, rows...)
	// 10, 19, 28, … 100: the quartiles of eleven are the 3½th, 6th and 8½th.
	same(t, lines(t, w, "indicator, toYear(period_end), counties, lower_quartile, median, upper_quartile", "quartiles ORDER BY period_end"),
		"gdp 2023 9 – – –", "gdp 2024 11 32.5 55 77.5")
	if err := clickhouse.New(w.Conn()).Load(t.Context(), []pipeline.Observation{figure(set, "gdp", counties(set, 12)[11], year(2024), "1")}); err != nil {
		t.Fatal(err)
	}
	same(t, lines(t, w, "counties, lower_quartile, median, upper_quartile", "quartiles WHERE toYear(period_end) = 2024"), "12 25.75 50.5 75.25")
}

func ownPast(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	var rows []pipeline.Observation
	for i, code := range counties(set, 12) {
		rows = append(rows, figure(set, "gdp", code, year(2019), fmt.Sprint(100+i)))
	}
	put(t, w, append(rows, figure(set, "gdp", "140726", year(2018), "80"), figure(set, "gdp", "140703", year(2019), "90"),
		figure(set, "gdp", "140703", year(2020), "95", ofRound("census-2023")),
		figure(set, "resident_population", "140703", yearEnd(2019), "30"), figure(set, "resident_population", "140703", yearEnd(2020), "31"),
		figure(set, "retail_sales", "140703", pipeline.MonthPeriod(2019, 2, pipeline.YearToDate), "5"), figure(set, "retail_sales", "140703", pipeline.MonthPeriod(2020, 2, pipeline.YearToDate), "6"))...)
	same(t, lines(t, w, "indicator, period_end, value, year_before, change, counties, median", "county_profile(county = '140703') WHERE indicator IN ('gdp', 'resident_population', 'retail_sales') ORDER BY indicator, period_end"),
		"gdp 2018-12-31 80 – – 1 –",
		"gdp 2019-12-31 90 80 10 13 105",
		"gdp 2020-12-31 95 – – 1 –", // another revision round
		"resident_population 2019-12-31 30 – – 1 –",
		"resident_population 2020-12-31 31 30 1 1 –",
		"retail_sales 2019-02-28 5 – – 1 –",
		"retail_sales 2020-02-29 6 5 1 1 –")
	same(t, lines(t, w, "indicator, period_end, value, reason", "county_profile(county = '140703') WHERE indicator = 'gdp_per_capita' AND period_end = '2019-12-31'"),
		"gdp_per_capita 2019-12-31 – missing: resident_population at the end of last year")
	same(t, lines(t, w, "indicator, period_end", "county_profile(county = '140703') WHERE isNull(value) AND empty(flags) AND reason = ''"))
}

// What a reader may ask that rests on observations; %s is the hidden cell's condition.
var hiddenAsked = []string{
	"SELECT toString(region) FROM observation WHERE %s",
	"SELECT toString(region) FROM observation FINAL WHERE %s",
	"SELECT toString(region) FROM latest_by_source WHERE %s",
	"SELECT toString(region) FROM latest WHERE %s",
	"SELECT toString(region) FROM standing WHERE %s",
	"SELECT toString(region) FROM resolved WHERE %s",
	"SELECT toString(region) FROM resolved WHERE %s SETTINGS additional_table_filters = {}",
	"SELECT toString(region) FROM as_known(at = '2030-01-01 00:00:00') WHERE %s",
	"SELECT toString(region) FROM as_published(at = '2030-01-01 00:00:00') WHERE %s",
	"SELECT toString(region) FROM revisions WHERE %s",
	"SELECT toString(region) FROM conflicts WHERE %s",
	"SELECT toString(region) FROM disclosed WHERE %s AND isNotNull(value)",
	"SELECT toString(region) FROM resolved_with_derived WHERE %s AND isNotNull(value)",
	"SELECT toString(region) FROM series_chained WHERE %s AND isNotNull(value)",
	"WITH suppression AS (SELECT * FROM observation LIMIT 0) SELECT toString(region) FROM observation WHERE %s",
	"SELECT toString(throwIf(raw_text = '3.25')) FROM observation WHERE indicator = 'testing_revenue' AND NOT (%s)",
	"SELECT toString(sum(value)) FROM observation WHERE %s HAVING count() > 0",
	"SELECT toString(region) FROM view(SELECT * FROM observation) WHERE %s",
	"SELECT toString(a.region) FROM observation AS a INNER JOIN observation AS b ON a.id = b.id WHERE a.%s",
}

func TestNoWayOfAskingShowsAReaderTheCellThatWouldGiveAnotherAway(t *testing.T) {
	w, set := configured(t)
	stock := "registered_trademarks"
	put(t, w,
		figure(set, "testing_revenue", "140700", year(2024), "9"),
		figure(set, "testing_revenue", "140703", year(2024), "3.25"), figure(set, "testing_revenue", "140703", year(2024), "3.5", from("yearbook")),
		figure(set, "testing_revenue", "140727", year(2024), "1", suppressed), figure(set, "testing_revenue", "140728", year(2024), "5"),
		// the same cell printed as a fourth quarter's end, and as December's
		figure(set, stock, "140703", yearEnd(2024), "3.25"), figure(set, stock, "140703", pipeline.MonthPeriod(2024, 12, pipeline.End), "3.25", from("yearbook")),
		figure(set, stock, "140727", yearEnd(2024), "1", suppressed))
	reader, err := warehouse.Open(t.Context(), warehousetest.ReaderConfig(w.Database()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for _, indicator := range []string{"testing_revenue", stock} {
		same(t, lines(t, w, "region, why", "suppression WHERE indicator = '"+indicator+"' ORDER BY region"), "140703 complementary", "140727 primary")
		for _, asked := range hiddenAsked {
			for _, region := range []string{"140703", "140727"} {
				sql := fmt.Sprintf(asked, "region = '"+region+"' AND indicator = '"+indicator+"'")
				rows, err := reader.Ask(t.Context(), sql, nil)
				if err != nil {
					if !strings.Contains(err.Error(), "Cannot modify 'additional_table_filters'") {
						t.Errorf("%s: %v", sql, err)
					}
					continue
				}
				for rows.Next() {
					if !strings.Contains(asked, "throwIf") {
						t.Errorf("a reader sees a hidden cell by: %s", sql)
					}
				}
				if err := rows.Err(); err != nil {
					t.Errorf("%s: %v", sql, err)
				}
				rows.Close()
			}
		}
	}
	same(t, lines(t, reader, "region, value", "resolved WHERE indicator = 'testing_revenue' ORDER BY region"), "140700 9", "140728 5")
	// To the account that sees all rows the cells are there: the questions do find them.
	for _, asked := range hiddenAsked[:3] {
		if got := texts(t, w, fmt.Sprintf(asked, "region = '140703' AND indicator = 'testing_revenue'")); len(got) == 0 {
			t.Errorf("nobody finds the cell by: %s", asked)
		}
	}
}

// A share that is hidden is not shown by way of its formula either.
func TestAReaderGetsNoDerivedValueForAHiddenOne(t *testing.T) {
	w, set := configured(t)
	put(t, w, figure(set, "gdp", "140703", year(2024), "40"), figure(set, "tertiary_value_added", "140703", year(2024), "20"),
		figure(set, "tertiary_share", "140703", year(2024), "50", suppressed))
	reader, err := warehouse.Open(t.Context(), warehousetest.ReaderConfig(w.Database()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for name, account := range map[string]*warehouse.Warehouse{"the reader": reader, "the writer": w} {
		if got := lines(t, account, "value, access", "resolved_with_derived WHERE indicator = 'tertiary_share'"); fmt.Sprint(got) != "[– suppressed]" {
			t.Errorf("%s gets %v", name, got)
		}
	}
}
