// Package wide makes the view county_year out of the catalogue: one row a county and
// year, one column an indicator, for people who think in spreadsheets.
package wide

import (
	"fmt"
	"strings"

	"zhibiao/pipeline"
)

//go:generate go run ./generate ../..

// Names of the view and of the files that the generator writes.
const (
	Relation       = "county_year"
	Migration      = "warehouse/migrations/0040_county_year.sql"
	DictionaryFile = "warehouse/dictionary/county_year.yaml"
)

// generated is the first line of both files.
const generated = " Made from configs/indicators.csv by: go generate ./warehouse/wide\n"

const view = `--` + generated + `-- One row a county and year, one column an indicator: the public annual value, or the
-- year end's, published or derived; blank is unknown. Ordered by code only (promise 9).
CREATE OR REPLACE VIEW county_year AS
SELECT
    said.region AS region,
    tupleElement(arrayFirst(n -> said.year <= n.1, any(names.list)), 2) AS name,
    said.year AS year%s
FROM
(
    SELECT indicator, region, toYear(period_end) AS year, value
    FROM resolved_with_derived
    WHERE access = 'public' AND dims = '' AND boundary = 'original' AND NOT endsWith(region, '00')
        AND toMonth(period_end) = 12 AND toDayOfMonth(period_end) = 31
        AND (kind = 'stock' OR period_start = makeDate32(toYear(period_end), 1, 1))
        AND indicator IN (SELECT code FROM indicator)
) AS said
LEFT JOIN (SELECT code, arraySort(groupArray(tuple(valid_to, name))) AS list FROM region GROUP BY code) AS names ON names.code = said.region
GROUP BY said.region, said.year
ORDER BY region, year
COMMENT 'One row a county and year, one column an indicator of the catalogue'
`

// View returns the statement that makes the view.
func View(indicators []pipeline.Indicator) string {
	var columns strings.Builder
	for _, i := range annual(indicators) {
		fmt.Fprintf(&columns, ",\n    anyIf(said.value, said.indicator = '%s') AS %s", strings.ReplaceAll(i.Code, "'", "''"), Column(i.Code))
	}
	return fmt.Sprintf(view, columns.String())
}

// Columns returns the names of the view's columns, in order.
func Columns(indicators []pipeline.Indicator) []string {
	columns := []string{"region", "name", "year"}
	for _, i := range annual(indicators) {
		columns = append(columns, Column(i.Code))
	}
	return columns
}

// Column is the name of an indicator's column: gdp_growth for gdp.growth.
func Column(code string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, code)
}

// annual leaves out what is not printed for years.
func annual(indicators []pipeline.Indicator) []pipeline.Indicator {
	var list []pipeline.Indicator
	for _, i := range indicators {
		if i.Allows(pipeline.Annual, pipeline.Flow) || i.Allows(pipeline.Annual, pipeline.End) {
			list = append(list, i)
		}
	}
	return list
}

const dictionaryHead = `#` + generated + `relation: county_year
zh: 县域年度宽表，一县一年一行、一指标一列，按区划代码排列
en: One row a county and year, one column an indicator, ordered by code; public values, published or derived; blank is unknown.
columns:
  - {name: region, zh: 区划代码, en: GB/T 2260 code in force at the end of the year, unit: –, example: "140121"}
  - {name: name, zh: 名称, en: Name in that year, unit: –, example: 清徐县}
  - {name: year, zh: 年份, en: Year, unit: –, example: "2024"}
`

// Dictionary returns the view's file for package dictionary.
func Dictionary(indicators []pipeline.Indicator) string {
	var text strings.Builder
	text.WriteString(dictionaryHead)
	for _, i := range annual(indicators) {
		fmt.Fprintf(&text, "  - {name: %s, zh: %q, en: %q, unit: %q, example: %q}\n", Column(i.Code), i.NameZH, i.NameEN, i.Unit, example(i))
	}
	return text.String()
}

// example is the low end of the plausible range, which no county is known by.
func example(i pipeline.Indicator) string {
	if i.Low == "" {
		return "1"
	}
	return i.Low
}
