package warehouse_test

import (
	"testing"

	"zhibiao/configs"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
)

func TestFindings(t *testing.T) {
	examples(t, map[string]func(*testing.T, *warehouse.Warehouse, *configs.Set){
		"a printed growth contradicts the levels only outside their rounding":       growthAgainstLevels,
		"a real growth says nothing of levels at current prices":                    realGrowth,
		"growth is not checked over rounds, breaks, boundaries or unequal spans":    growthNotChecked,
		"parts contradict their total only outside rounding, and only all together": partsAgainstTotal,
		"growth over a renaming has last year's level under the code of then":       growthOverRename,
		"shares add up to 100":         sharesAddUp,
		"a hidden value finds nothing": hiddenFindsNothing,
	})
}

const found = "region, check, value, low, high"

func growthAgainstLevels(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	// 10.5 (10.45–10.55) after 10.0 (9.95–10.05) is a growth between 3.98 % and 6.03 %.
	put(t, w,
		figure(set, "retail_sales", "140121", year(2023), "10.0"), figure(set, "retail_sales", "140121", year(2024), "10.5"), figure(set, "retail_sales.growth", "140121", year(2024), "6.0"),
		figure(set, "retail_sales", "140225", year(2023), "10.0"), figure(set, "retail_sales", "140225", year(2024), "10.5"), figure(set, "retail_sales.growth", "140225", year(2024), "8.0"),
		figure(set, "retail_sales", "140311", year(2023), "10.0"), figure(set, "retail_sales", "140311", year(2024), "10.5"), figure(set, "retail_sales.growth", "140311", year(2024), "-5.0"))
	same(t, lines(t, w, found, "finding ORDER BY region"),
		"140225 growth 8 3.9800995 6.03015075",
		"140311 growth -5 3.9800995 6.03015075")
	same(t, lines(t, w, "rule, length(inputs)", "finding ORDER BY region LIMIT 1"), "growth_of:retail_sales 3")
}

func realGrowth(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	put(t, w, figure(set, "gdp", "140121", year(2023), "100"), figure(set, "gdp", "140121", year(2024), "103"), figure(set, "gdp.growth", "140121", year(2024), "5.6"))
	same(t, lines(t, w, found, "finding"))
}

func growthNotChecked(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	ytd := func(y, month int) pipeline.Period { return pipeline.MonthPeriod(y, month, pipeline.YearToDate) }
	put(t, w,
		figure(set, "retail_sales", "140121", year(2023), "10", ofRound("census-2023")), figure(set, "retail_sales", "140121", year(2024), "20"), figure(set, "retail_sales.growth", "140121", year(2024), "5"),
		figure(set, "retail_sales", "140225", year(2023), "10"), figure(set, "retail_sales", "140225", year(2024), "20", flagged(pipeline.FlagBreak)), figure(set, "retail_sales.growth", "140225", year(2024), "5"),
		figure(set, "retail_sales", "140311", year(2023), "10", flagged(pipeline.FlagRestatedBoundary)), figure(set, "retail_sales", "140311", year(2024), "20"), figure(set, "retail_sales.growth", "140311", year(2024), "5"),
		figure(set, "retail_sales", "140425", ytd(2023, 8), "10"), figure(set, "retail_sales", "140425", ytd(2024, 9), "20"), figure(set, "retail_sales.growth", "140425", ytd(2024, 9), "5"),
		// 1—2月 of a leap year meets 1—2月 of the year before
		figure(set, "retail_sales", "140524", ytd(2023, 2), "10.0"), figure(set, "retail_sales", "140524", ytd(2024, 2), "20.0"), figure(set, "retail_sales.growth", "140524", ytd(2024, 2), "5.0"))
	same(t, lines(t, w, found, "finding ORDER BY region"), "140524 growth 5 98.50746268 101.50753768")
}

func partsAgainstTotal(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	industries := func(region, gdp, primary, secondary, tertiary string) []pipeline.Observation {
		rows := []pipeline.Observation{figure(set, "gdp", region, year(2024), gdp), figure(set, "primary_value_added", region, year(2024), primary), figure(set, "secondary_value_added", region, year(2024), secondary)}
		if tertiary != "" {
			rows = append(rows, figure(set, "tertiary_value_added", region, year(2024), tertiary))
		}
		return rows
	}
	put(t, w, industries("140121", "152.4", "21.1", "58.1", "73.0")...) // 152.2 ± 0.15 against 152.4 ± 0.05: rounding
	put(t, w, industries("140225", "152.5", "21.1", "58.1", "73.0")...) // 152.2 ± 0.15 against 152.5 ± 0.05: not
	put(t, w, industries("140311", "152.4", "21.1", "58.1", "")...)     // a part is not known
	same(t, lines(t, w, "rule, "+found, "finding ORDER BY region"), "industries_of_gdp 140225 total 152.5 152.05 152.35")
}

func sharesAddUp(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	put(t, w, figure(set, "primary_share", "140121", year(2024), "13.9"), figure(set, "secondary_share", "140121", year(2024), "38.1"), figure(set, "tertiary_share", "140121", year(2024), "47.9"),
		figure(set, "primary_share", "140225", year(2024), "13.9"), figure(set, "secondary_share", "140225", year(2024), "38.1"), figure(set, "tertiary_share", "140225", year(2024), "57.9"))
	same(t, lines(t, w, "rule, "+found, "finding"), "shares_of_gdp 140225 total 100 109.75 110.05")
}

func hiddenFindsNothing(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	put(t, w, figure(set, "retail_sales", "140121", year(2023), "10", suppressed), figure(set, "retail_sales", "140121", year(2024), "20"), figure(set, "retail_sales.growth", "140121", year(2024), "5"))
	same(t, lines(t, w, found, "finding"))
}

func growthOverRename(t *testing.T, w *warehouse.Warehouse, set *configs.Set) {
	put(t, w,
		figure(set, "retail_sales", "140726", year(2018), "10.0"), figure(set, "retail_sales", "140703", year(2019), "10.5"), figure(set, "retail_sales.growth", "140703", year(2019), "8.0"),
		figure(set, "retail_sales", "140703", year(2020), "11.0"), figure(set, "retail_sales.growth", "140703", year(2020), "4.8"),
		// 潞州区 is 城区 and 郊区 of before: no level of last year is its own
		figure(set, "retail_sales", "140402", year(2017), "10.0"), figure(set, "retail_sales", "140411", year(2017), "10.0"),
		figure(set, "retail_sales", "140403", year(2018), "30.0"), figure(set, "retail_sales.growth", "140403", year(2018), "5.0"))
	same(t, lines(t, w, "region, period_end, value, low, high", "finding"), "140703 2019-12-31 8 3.9800995 6.03015075")
}
