package supplementtest

import (
	desk "zhibiao/collectors/supplement"
	"zhibiao/pipeline"
)

// Regions of the house.
var Regions = []pipeline.Region{
	{Code: "140000", Name: "山西省", Level: "province"}, {Code: "140100", Name: "太原市", Level: "prefecture", Province: "山西省"},
	{Code: "140121", Name: "清徐县", Level: "county", City: "太原市"}, {Code: "140122", Name: "阳曲县", Level: "county", City: "太原市"},
	{Code: "140728", Name: "平遥县", Level: "county", City: "晋中市"}, {Code: "410122", Name: "中牟县", Level: "county", City: "郑州市"},
}

// Indicators of the house.
var Indicators = []pipeline.Indicator{
	{Code: "gdp", Task: "economy", NameZH: "地区生产总值", NameEN: "Gross regional product", Unit: "亿元",
		Series: []pipeline.Series{{Freq: pipeline.Annual, Basis: pipeline.Flow}}, Supplier: "public", Low: "5", High: "3000"},
	{Code: "officers", Task: "enterprises", NameZH: "设立首席质量官企业数", NameEN: "Enterprises with a chief quality officer", Unit: "家",
		Series: []pipeline.Series{{Freq: pipeline.Annual, Basis: pipeline.End}}, Supplier: "county", Low: "0", High: "1000"},
	{Code: "brands", Task: "brands", NameZH: "一县一品特色品牌数", NameEN: "One-county-one-product brands", Unit: "个",
		Series: []pipeline.Series{{Freq: pipeline.Annual, Basis: pipeline.End}}, Supplier: "county", Low: "0", High: "20"},
}

// Units of the house.
var Units = []pipeline.Unit{{Symbol: "个", Dimension: "count", Factor: "1"}, {Symbol: "家", Dimension: "count", Factor: "1"},
	{Symbol: "亿元", Dimension: "money", Factor: "100000000"}}

// Qingxu and others are codes of counties.
const (
	Qingxu  = "140121"
	Yangqu  = "140122"
	Pingyao = "140728"
)

// Brands returns the cell of a county's brands at the end of a year.
func Brands(region string, year int) desk.Cell {
	return desk.Cell{Indicator: "brands", Region: region, Period: pipeline.YearPeriod(year, pipeline.End)}
}

// Officers returns the cell of a county's chief quality officers.
func Officers(region string, year int) desk.Cell {
	return desk.Cell{Indicator: "officers", Region: region, Period: pipeline.YearPeriod(year, pipeline.End)}
}

// GDP returns a known value of a county, with one that loses against it.
func GDP(region string, year int) desk.Known {
	id := func(n uint32) string { return pipeline.ObservationID(pipeline.HashBody([]byte(region)), n, 1, "key") }
	return desk.Known{Cell: desk.Cell{Indicator: "gdp", Region: region, Period: pipeline.YearPeriod(year, pipeline.Flow)}, Value: "320.5", Unit: "亿元",
		Supplier: pipeline.Public, Source: "county-communique", SourceTitle: "统计公报", ID: id(uint32(year)), Printed: "320.5", Locator: "p[3]",
		Reason: "统计部门的数先于其他", Others: []desk.Other{{Source: "yearbook", Supplier: pipeline.Public, Value: "321.0", ID: id(uint32(year) + 5000)}}, Spread: "0.5"}
}

// Gaps are what only a county can supply.
func Gaps(region string) []desk.Gap {
	return []desk.Gap{{Cell: Officers(region, 2025), Move: desk.MoveCounty}, {Cell: Brands(region, 2024), Move: desk.MoveCounty}, {Cell: Brands(region, 2025), Move: desk.MoveCounty}}
}
