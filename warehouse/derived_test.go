package warehouse_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"zhibiao/configs"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
)

// Worked examples of docs/rules-of-statistics.md.
func TestDerivedValues(t *testing.T) {
	examples(t, map[string]func(*testing.T, *warehouse.Warehouse, *configs.Set){
		"GDP per capita uses the mean population of this and last year end":  meanPopulation,
		"a missing input makes NULL with its name, zero is a value":          missingInput,
		"inputs share round, boundary and scope, and hand on their worst":    inputsShare,
		"a published value wins over a derived one, a hidden one too":        publishedWins,
		"a county and year is one row, blank where nothing is known":         wideRows,
		"the population before a renaming is found under the code of before": renamedPopulation,
	})
}

func meanPopulation(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	// 152.40 亿元 over the mean of 32.60 and 32.40 万人, 32.50, is 46,892.3… 元.
	put(t, w,
		figure(set, "gdp", "140703", year(2024), "152.40"),
		figure(set, "resident_population", "140703", yearEnd(2023), "32.60"),
		figure(set, "resident_population", "140703", yearEnd(2024), "32.40", func(o *pipeline.Observation) { o.Status = pipeline.Final }))
	same(t, lines(t, w, "value, unit, decimals, status, reason", "derived WHERE indicator = 'gdp_per_capita' AND toYear(period_end) = 2024"),
		"46892 元 0 first ")
	same(t, texts(t, w, "SELECT concat(i.slot, ' = ', toString(i.value)) FROM derived ARRAY JOIN inputs AS i WHERE indicator = 'gdp_per_capita' AND toYear(period_end) = 2024 ORDER BY i.slot"),
		"gdp = 152.4", "resident_population at the end of last year = 32.6", "resident_population at the end of this year = 32.4")
	// By hand: GDP in [152.395, 152.405], mean population in [32.495, 32.505]; at most
	// 152.405 / 32.495 × 10,000 = 46,901.06, which is 8.76 above, and 0.5 for rounding.
	width := decimal.RequireFromString(texts(t, w, "SELECT toString(half_width) FROM derived WHERE indicator = 'gdp_per_capita' AND toYear(period_end) = 2024")[0])
	if width.LessThan(decimal.RequireFromString("9.25")) || width.GreaterThan(decimal.RequireFromString("9.27")) {
		t.Errorf("half width %s, want 9.26", width)
	}
}

func missingInput(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	put(t, w,
		figure(set, "gdp", "140703", year(2024), "152.40"),
		figure(set, "resident_population", "140703", yearEnd(2024), "32.40"),
		figure(set, "gdp", "140727", year(2024), "60"),
		figure(set, "tertiary_value_added", "140727", year(2024), "0"),
		figure(set, "tertiary_value_added", "140728", year(2024), "7"),
		figure(set, "gdp", "140728", year(2024), "", flagged(pipeline.FlagNotAvailable)))
	same(t, lines(t, w, "region, indicator, value, reason", "derived WHERE indicator IN ('gdp_per_capita', 'tertiary_share') ORDER BY region, indicator"),
		"140703 gdp_per_capita – missing: resident_population at the end of last year",
		"140703 tertiary_share – missing: tertiary_value_added",
		"140727 gdp_per_capita – missing: resident_population at the end of last year, resident_population at the end of this year",
		"140727 tertiary_share 0 ", // zero is a value
		"140728 tertiary_share – missing: gdp")
}

func inputsShare(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	census := ofRound("census-2023")
	put(t, w,
		// another revision round
		figure(set, "gdp", "140121", year(2023), "100", census), figure(set, "tertiary_value_added", "140121", year(2023), "51"),
		// the same: status, flags and access are the worst of the inputs
		figure(set, "gdp", "140225", year(2023), "100", census, flagged(pipeline.FlagEstimated), func(o *pipeline.Observation) { o.Status = pipeline.CensusRevised }),
		figure(set, "tertiary_value_added", "140225", year(2023), "51.24", census, flagged(pipeline.FlagSuspect), classed(pipeline.AccessRestricted)),
		// restated boundaries are not mixed with original ones
		figure(set, "gdp", "140311", year(2023), "100", flagged(pipeline.FlagRestatedBoundary)), figure(set, "tertiary_value_added", "140311", year(2023), "51"),
		// nor one scope with another
		figure(set, "gdp", "140425", year(2023), "100", broken("scope=市本级")), figure(set, "tertiary_value_added", "140425", year(2023), "51"),
		// a divisor of zero
		figure(set, "gdp", "140524", year(2023), "0"), figure(set, "tertiary_value_added", "140524", year(2023), "51"),
		// values that a product of two Decimal128 would overflow on
		figure(set, "gdp", "140525", year(2023), "1234567890123456789.12"), figure(set, "tertiary_value_added", "140525", year(2023), "617283945061728394.56"))
	same(t, lines(t, w, "region, boundary, dims, value, status, flags, access, reason", "derived WHERE indicator = 'tertiary_share' ORDER BY region, boundary, dims"),
		"140121 original  – first [] public inputs of different revision rounds",
		"140225 original  51.2 first ['estimated','suspect'] restricted ",
		"140311 original  – first [] public missing: gdp",
		"140311 restated  – first ['restated_boundary'] public missing: tertiary_value_added",
		"140425 original  – first [] public missing: gdp",
		"140425 original scope=市本级 – first [] public missing: tertiary_value_added",
		"140524 original  – first [] public the divisor is zero",
		"140525 original  50 first [] public ")
}

func publishedWins(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	put(t, w,
		figure(set, "gdp", "140121", year(2023), "100"), figure(set, "tertiary_value_added", "140121", year(2023), "51.24"), figure(set, "tertiary_share", "140121", year(2023), "51.0"),
		figure(set, "gdp", "140225", year(2023), "100"), figure(set, "tertiary_value_added", "140225", year(2023), "51.24"), figure(set, "tertiary_share", "140225", year(2023), "", flagged(pipeline.FlagNotAvailable)),
		figure(set, "gdp", "140311", year(2023), "100"), figure(set, "tertiary_value_added", "140311", year(2023), "51.24"), figure(set, "tertiary_share", "140311", year(2023), "51.3", classed(pipeline.AccessSuppressed)))
	same(t, lines(t, w, "region, value, derived, source, access", "resolved_with_derived WHERE indicator = 'tertiary_share' ORDER BY region"),
		"140121 51 false county-bulletins public",
		"140225 51.2 true  public",
		"140311 – false county-bulletins suppressed")
}

func renamedPopulation(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	put(t, w,
		figure(set, "gdp", "140703", year(2019), "100"),
		figure(set, "resident_population", "140726", yearEnd(2018), "30"),
		figure(set, "resident_population", "140703", yearEnd(2019), "32"))
	same(t, lines(t, w, "region, value, reason", "derived WHERE indicator = 'gdp_per_capita' AND toYear(period_end) = 2019"),
		"140703 32258 ") // 100 ÷ 31 × 10,000
}

func wideRows(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	put(t, w,
		figure(set, "gdp", "140703", year(2019), "90"), figure(set, "gdp", "140726", year(2018), "85"), figure(set, "gdp", "140121", year(2019), "0"),
		figure(set, "tertiary_value_added", "140703", year(2019), "45"), figure(set, "resident_population", "140703", yearEnd(2019), "30"),
		figure(set, "budget_revenue", "140703", year(2019), "3", classed(pipeline.AccessRestricted)),
		figure(set, "retail_sales", "140703", pipeline.MonthPeriod(2019, 12, pipeline.Flow), "2"), // a month is no year
		figure(set, "retail_sales", "140703", year(2019), "20", broken("scope=市本级")), figure(set, "gdp", "140700", year(2019), "900"))
	same(t, lines(t, w, "region, name, year, gdp, tertiary_share, resident_population, budget_revenue, retail_sales", "county_year"),
		"140121 清徐县 2019 0 – – – –", "140703 太谷区 2019 90 50 30 – –", "140726 太谷县 2018 85 – – – –")
}
