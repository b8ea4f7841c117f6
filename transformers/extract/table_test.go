package extract

import (
	"slices"
	"strings"
	"testing"

	"zhibiao/pipeline"
)

// rows makes a table of lines with cells between bars; the first cell of a line
// may be a caption before ##.
func rows(lines ...string) string {
	var b strings.Builder
	b.WriteString("<table>")
	for _, line := range lines {
		if caption, ok := strings.CutPrefix(line, "##"); ok {
			b.WriteString("<caption>" + caption + "</caption>")
			continue
		}
		b.WriteString("<tr>")
		for _, cell := range strings.Split(line, "|") {
			attributes := ""
			if span, text, ok := strings.Cut(cell, "~"); ok {
				attributes, cell = " "+span, text
			}
			b.WriteString("<td" + attributes + ">" + cell + "</td>")
		}
		b.WriteString("</tr>")
	}
	return b.String() + "</table>"
}

func TestTablesAreReadInAnyOrientation(t *testing.T) {
	const title = "平遥县2024年主要经济指标"
	for _, c := range []struct {
		name, title, table string
		want               []string
	}{
		{"indicators in rows, unit column, level and growth", title,
			rows("指标|单位|绝对量|比上年增长（%）", "地区生产总值|亿元|152.4|4.8", "一般公共预算收入|万元|62,100|-3.5"),
			[]string{"gdp A:period 2024 152.4", "gdp.growth A:period 2024 4.8", "budget_revenue A:period 2024 6.21", "budget_revenue.growth A:period 2024 -3.5"}},
		{"years in columns", title, rows("指标|单位|2020|2023年", "地区生产总值|万元|1202000|1479000", "年末常住人口|人|451200|449600"),
			[]string{"gdp A:period 2020 120.2", "gdp A:period 2023 147.9", "resident_population A:end 2020 45.12", "resident_population A:end 2023 44.96"}},
		{"years in rows, units in the head", title, rows("年份|地区生产总值（亿元）|年末常住人口（万人）", "2020|120.2|45.12", "2021|131.0|…"),
			[]string{"gdp A:period 2020 120.2", "resident_population A:end 2020 45.12", "gdp A:period 2021 131"}},
		{"regions in rows, two-row head, units in the caption", "2024年1-8月晋中市各县主要经济指标",
			rows("##单位：万元、%", "rowspan=2~地区|colspan=2~社会消费品零售总额|固定资产投资", "总量|同比增长|同比增长", "全市|3284615|2.7|-2.8", "平遥县|47218|1.8|3.0"),
			[]string{"140700 retail_sales M:ytd 2024-08 328.4615", "140700 retail_sales.growth M:ytd 2024-08 2.7", "140700 fixed_asset_investment.growth M:ytd 2024-08 -2.8",
				"retail_sales M:ytd 2024-08 4.7218", "retail_sales.growth M:ytd 2024-08 1.8", "fixed_asset_investment.growth M:ytd 2024-08 3"}},
		{"a growth column goes with the column before it", title, rows("县|地区生产总值（亿元）|同比增长（%）|社会消费品零售总额（亿元）|增速（%）", "平遥县|152.4|4.8|38.2|-0.9"),
			[]string{"gdp A:period 2024 152.4", "gdp.growth A:period 2024 4.8", "retail_sales A:period 2024 38.2", "retail_sales.growth A:period 2024 -0.9"}},
		{"the month beside the months before it", "平遥县2024年8月经济指标", rows("指标|单位|8月|1-8月|1-8月同比增长（%）", "一般公共预算收入|万元|4812|50367|6.4"),
			[]string{"budget_revenue M:period 2024-08 0.4812", "budget_revenue M:ytd 2024-08 5.0367", "budget_revenue.growth M:ytd 2024-08 6.4"}},
		{"sectors under the gross product", title, rows("指标|单位|2024年", "地区生产总值|亿元|152.4", "第一产业|亿元|21.1", "第二产业|亿元|58.1", "其中：工业|亿元|50.0", "第三产业|亿元|73.2"),
			[]string{"gdp A:period 2024 152.4", "primary_value_added A:period 2024 21.1", "secondary_value_added A:period 2024 58.1", "tertiary_value_added A:period 2024 73.2"}},
		{"sectors under something else", title, rows("指标|单位|2024年", "用电量|亿千瓦时|12.4", "第一产业|亿千瓦时|0.1", "固定资产投资|亿元|—", "第二产业|亿元|58.1"), nil},
		{"a growth column has the time of the column before it", "平遥县主要指标", rows("指标|单位|2024年5月|同比增长%|2024年1-5月|同比增长%", "一般公共预算收入|亿元|1.2|-12.0|6.1|-15.8"),
			[]string{"budget_revenue M:period 2024-05 1.2", "budget_revenue.growth M:period 2024-05 -12", "budget_revenue M:ytd 2024-05 6.1", "budget_revenue.growth M:ytd 2024-05 -15.8"}},
		{"a growth column behind several years is of the last", "平遥县主要指标", rows("指标|2024年|2023年|比上年增长（%）", "地区生产总值（亿元）|152.4|147.9|4.8"),
			[]string{"gdp A:period 2024 152.4", "gdp A:period 2023 147.9", "gdp.growth A:period 2024 4.8"}},
		{"rows of growth go with the row above", title, rows("指标|单位|2024年", "地区生产总值|亿元|152.4", "同比增长|%|4.8", "其中：税收收入|亿元|3.1", "同比增长|%|-2.0"),
			[]string{"gdp A:period 2024 152.4", "gdp.growth A:period 2024 4.8"}},
		{"a head that begins with digits", title, rows("年份|12315投诉举报量（件）", "2023年|386", "2024年|412"), []string{"complaints A:period 2023 386", "complaints A:period 2024 412"}},
		{"a row of units under the head", title, rows("指标|地区生产总值|常住人口", "单位|亿元|万人", "2023年|147.9|44.9"), []string{"gdp A:period 2023 147.9", "resident_population A:end 2023 44.9"}},
		{"categories only sort the rows", title, rows("类别|指标|数值", "品牌|有效注册商标数|1,318件"), []string{"registered_trademarks A:end 2024 1318"}},
		{"a growth goes with the cumulative column before it", "平遥县2024年12月财政收支", rows("##单位：万元", "项目|本月完成|累计完成|上年同期|增减%", "一般公共预算收入|5812|76034|73820|3.0"),
			[]string{"budget_revenue M:period 2024-12 0.5812", "budget_revenue M:ytd 2024-12 7.6034", "budget_revenue.growth M:ytd 2024-12 3"}},
		{"last year named as the base", title, rows("指标|2023年|2023年比2022年增长（%）", "地区生产总值（亿元）|147.9|4.7"), []string{"gdp A:period 2023 147.9", "gdp.growth A:period 2023 4.7"}},
		{"a number with its unit", title, rows("指标|2024年", "地区生产总值|152.4亿元", "地区生产总值增速|4.8%"), []string{"gdp A:period 2024 152.4", "gdp.growth A:period 2024 4.8"}},
		{"ranks, shares and last year's columns are other measures", title,
			rows("指标|单位|总量|位次|占比（%）|上年同期|增速（%）", "一般公共预算收入|万元|62100|4|12.1|64000|-3.5"),
			[]string{"budget_revenue A:period 2024 6.21", "budget_revenue.growth A:period 2024 -3.5"}},
		{"last year named by a word", title, rows("指标|单位|本年|上年", "地区生产总值|亿元|152.4|147.9", "社会消费品零售总额|亿元|38.2|38.5"),
			[]string{"gdp A:period 2024 152.4", "gdp A:period 2023 147.9", "retail_sales A:period 2024 38.2", "retail_sales A:period 2023 38.5"}},
		{"a caption as the first row", title, rows("colspan=2~表1 2023年主要指标 单位：亿元", "指标|数值", "地区生产总值|147.9"), []string{"gdp A:period 2023 147.9"}},
		{"two blocks side by side", title, rows("指标|数值|指标|数值", "地区生产总值（亿元）|152.4|社会消费品零售总额（亿元）|38.2"),
			[]string{"gdp A:period 2024 152.4", "retail_sales A:period 2024 38.2"}},
		{"quarters with the year of the row above", title, rows("时间|地区生产总值（亿元）", "2023年3季度|36.1", "4季度|38.0", "2024年1季度|31.2"),
			[]string{"gdp Q:period 2023-Q3 36.1", "gdp Q:period 2023-Q4 38", "gdp Q:period 2024-Q1 31.2"}},
		{"an unknown region is not the page's", title, rows("地区|地区生产总值（亿元）", "平遥县|152.4", "古城镇|12.1", "|164.5"), []string{"gdp A:period 2024 152.4"}},
		{"an unknown column is not the level", title, rows("指标|单位|2024年|完成进度", "地区生产总值|亿元|152.4|98.1"), []string{"gdp A:period 2024 152.4"}},
		{"the tables of another scope", title, rows("##民营经济主要指标", "指标|单位|2024年", "第一产业增加值|亿元|20.1"), nil},
		{"an indicator named by the caption alone", "2023年山西省各市情况", "<p>各市地区生产总值（单位：亿元）</p>" + rows("市|2022年|2023年", "太原市|5571.2|5573.7"),
			[]string{"140100 gdp A:period 2022 5571.2", "140100 gdp A:period 2023 5573.7"}},
		{"a table that is not about any of this", title, rows("索引号|140728/2025-1", "成文日期|2025"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, refusals := said(t, c.title, c.table)
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %s\nwant %s\nrefused %+v", strings.Join(got, " | "), strings.Join(c.want, " | "), refusals)
			}
		})
	}
}

func TestCellsInScopeAreRefusedWithWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		name, title, table string
		want               pipeline.Reason
	}{
		{"no unit", "平遥县2024年", rows("指标|2024年", "地区生产总值|152.4"), pipeline.MissingUnit},
		{"a unit that does not fit", "平遥县2024年", rows("指标|单位|2024年", "地区生产总值|万人|152.4"), pipeline.IncompatibleUnit},
		{"no period", "平遥县", rows("指标|数值", "地区生产总值（亿元）|152.4"), pipeline.MissingPeriod},
		{"no region", "2024年", rows("指标|数值", "地区生产总值（亿元）|152.4"), pipeline.MissingRegion},
		{"unknown region", "平遥县2024年", rows("地区|地区生产总值（亿元）", "平遥县|1", "古城镇|12.1"), pipeline.UnknownRegion},
		{"two numbers in a cell", "平遥县2024年", rows("指标|数值", "地区生产总值（亿元）|152.4 147.9", "年末常住人口（万人）|44.9"), pipeline.BadNumber},
		{"an unknown mark", "平遥县2024年", rows("指标|数值", "地区生产总值（亿元）|待核", "年末常住人口（万人）|44.9"), pipeline.UnknownAbsentMark},
		{"two periods of one cell", "平遥县2024年", rows("指标|1季度|2季度", "上半年地区生产总值（亿元）|31.2|35.1"), pipeline.UnknownPeriod},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, refusals := said(t, c.title, c.table)
			if !slices.ContainsFunc(refusals, func(r pipeline.Refusal) bool {
				return r.Reason == c.want && r.Table == "table[1]" && r.Indicator != "" && r.Count > 0
			}) {
				t.Errorf("want a refusal %s, have %+v", c.want, refusals)
			}
		})
	}
}

// A growth goes with what stands right before it, or with nothing.
func TestAGrowthIsOfWhatStandsBeforeIt(t *testing.T) {
	const title = "平遥县2024年主要经济指标"
	for _, c := range []struct {
		name, title, table string
		want               []string
	}{
		{"behind a month and a cumulative column", "平遥县2024年8月经济指标", rows("指标|单位|8月|1-8月|同比增长(%)", "社会消费品零售总额|万元|42000|320000|4.1"),
			[]string{"retail_sales M:period 2024-08 4.2", "retail_sales M:ytd 2024-08 32", "retail_sales.growth M:ytd 2024-08 4.1"}},
		{"behind a month and a cumulative column, ±", "平遥县2024年8月经济指标", rows("指标|单位|8月|1-8月|同比±%", "社会消费品零售总额|万元|42000|320000|4.1"),
			[]string{"retail_sales M:period 2024-08 4.2", "retail_sales M:ytd 2024-08 32", "retail_sales.growth M:ytd 2024-08 4.1"}},
		{"behind December and the year to it", "平遥县2024年12月经济指标", rows("指标|单位|12月|1-12月|增长%", "一般公共预算收入|万元|42000|320000|4.1"),
			[]string{"budget_revenue M:period 2024-12 4.2", "budget_revenue M:ytd 2024-12 32", "budget_revenue.growth M:ytd 2024-12 4.1"}},
		{"behind names with a month and a cumulative period", "平遥县2024年8月", rows("县区|8月一般公共预算收入（万元）|1-8月一般公共预算收入（万元）|增长%", "平遥县|1000|2000|5.1"),
			[]string{"budget_revenue M:period 2024-08 0.1", "budget_revenue M:ytd 2024-08 0.2", "budget_revenue.growth M:ytd 2024-08 5.1"}},
		{"a row under names with a month and a cumulative period", "平遥县2024年8月", rows("指标|单位|数值", "8月一般公共预算收入|万元|1000", "1-8月一般公共预算收入|万元|2000", "一般公共预算收入增长|%|5.1"),
			[]string{"budget_revenue M:period 2024-08 0.1", "budget_revenue M:ytd 2024-08 0.2", "budget_revenue.growth M:ytd 2024-08 5.1"}},
		{"behind a month called cumulative", "平遥县2024年9月", rows("指标|2024年8月|同比增长%|2024年8月累计|同比增长%", "一般公共预算收入（万元）|1000|3.1|2000|5.1"),
			[]string{"budget_revenue M:period 2024-08 0.1", "budget_revenue.growth M:period 2024-08 3.1", "budget_revenue M:ytd 2024-08 0.2", "budget_revenue.growth M:ytd 2024-08 5.1"}},
		{"behind several months", "平遥县2024年3月经济指标", rows("指标|单位|2月|3月|同比增长(%)", "一般公共预算收入|万元|1|2|4.1"),
			[]string{"budget_revenue M:period 2024-02 0.0001", "budget_revenue M:period 2024-03 0.0002"}},
		{"behind the same months of two years", "平遥县2024年经济指标", rows("指标|单位|2024年1-8月|2023年1-8月|同比增长(%)", "一般公共预算收入|万元|2|1|4.1"),
			[]string{"budget_revenue M:ytd 2024-08 0.0002", "budget_revenue M:ytd 2023-08 0.0001", "budget_revenue.growth M:ytd 2024-08 4.1"}},
		{"a row under the cumulative row", "平遥县2024年一般公共预算收入", rows("##单位：万元", "月份|1-2月|3月|4月", "当月|—|100|200", "累计|300|400|600", "同比增长（%）|1.1|1.2|1.3"),
			[]string{"budget_revenue M:period 2024-03 0.01", "budget_revenue M:period 2024-04 0.02", "budget_revenue M:ytd 2024-02 0.03", "budget_revenue M:ytd 2024-03 0.04", "budget_revenue M:ytd 2024-04 0.06",
				"budget_revenue.growth M:ytd 2024-02 1.1", "budget_revenue.growth M:ytd 2024-03 1.2", "budget_revenue.growth M:ytd 2024-04 1.3"}},
		{"behind a target", "平遥县主要经济指标", rows("指标|2024年完成|2025年目标|增长%", "地区生产总值（亿元）|152.4|160|5"), []string{"gdp A:period 2024 152.4"}},
		{"behind a plan and a forecast", "平遥县主要经济指标", rows("指标|2023年实绩|2024年预计|2025年计划|增长%", "地区生产总值（亿元）|147.9|152.4|160|5"), []string{"gdp A:period 2023 147.9"}},
		{"behind a plan under one name", title, rows("rowspan=2~县|colspan=3~地区生产总值（亿元）", "2024年|2025年目标|增长%", "平遥县|152.4|160|5"), []string{"gdp A:period 2024 152.4"}},
		{"behind a later year's column that is not understood", title, rows("指标|单位|2024年|2025年考核值|增长%", "地区生产总值|亿元|152.4|160|5"), []string{"gdp A:period 2024 152.4"}},
		{"of the year of the plan before it", title, rows("指标|单位|2024年完成|2025年安排|2025年增长%", "地区生产总值|亿元|152.4|160|5"), []string{"gdp A:period 2024 152.4"}},
		{"behind the share of a plan", title, rows("指标|单位|预算数|2024年|为预算%|增长%", "一般公共预算收入|万元|2|3|150|4.1"), []string{"budget_revenue A:period 2024 0.0003", "budget_revenue.growth A:period 2024 4.1"}},
		{"the average of the city's parts", title, rows("指标|单位|完成值|全市平均", "地区生产总值|亿元|152.4|200.1", "地区生产总值增速|%|4.8|5.0"),
			[]string{"gdp A:period 2024 152.4", "gdp.growth A:period 2024 4.8", "140700 gdp.growth A:period 2024 5"}},
		{"the sum of the city's parts", title, rows("县区|地区生产总值（亿元）", "全市合计|2000", "全市平均|200", "平遥县|152.4"), []string{"140700 gdp A:period 2024 2000", "gdp A:period 2024 152.4"}},
		{"a merged head that was saved without its merging", title, rows("县区|地区生产总值||一般公共预算收入|", "|总量（亿元）|增速（%）|总量（万元）|增速（%）", "平遥县|152.4|4.8|62100|-3.5"),
			[]string{"gdp A:period 2024 152.4", "gdp.growth A:period 2024 4.8", "budget_revenue A:period 2024 6.21", "budget_revenue.growth A:period 2024 -3.5"}},
		{"a name under a blank head is its own", title, rows("县区|地区生产总值||", "|总量（亿元）|增速（%）|一般公共预算收入（万元）", "平遥县|152.4|4.8|62100"),
			[]string{"gdp A:period 2024 152.4", "gdp.growth A:period 2024 4.8", "budget_revenue A:period 2024 6.21"}},
		{"counted from the year before", title, rows("指标|单位|2024年|比2023年增长（%）", "地区生产总值|亿元|152.4|4.8"), []string{"gdp A:period 2024 152.4", "gdp.growth A:period 2024 4.8"}},
		{"counted from an earlier year", title, rows("指标|单位|2024年|比2020年增长（%）", "地区生产总值|亿元|152.4|24.8"), []string{"gdp A:period 2024 152.4"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, refusals := said(t, c.title, c.table)
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %s\nwant %s\nrefused %+v", strings.Join(got, " | "), strings.Join(c.want, " | "), refusals)
			}
		})
	}
}
