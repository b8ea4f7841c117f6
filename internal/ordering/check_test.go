package ordering

import (
	"fmt"
	"strings"
	"testing"
)

func TestPlantedOrdersAreFound(t *testing.T) {
	cases := []struct{ name, sql, want string }{
		{"by value", "SELECT region, value FROM observation ORDER BY value DESC", "by value"},
		{"by value of a qualified name", "SELECT o.region, o.value FROM observation AS o ORDER BY o.value", "by o.value"},
		{"by an alias of a value", "SELECT region, value AS year FROM observation ORDER BY year", "by year"},
		{"by an alias without AS", "SELECT region, value v FROM observation ORDER BY v", "by v"},
		{"by position", "SELECT region, value FROM observation ORDER BY 2 DESC", "by 2"},
		{"by all columns", "SELECT value, region FROM observation ORDER BY ALL", "by value"},
		{"after the period, before the region", "SELECT region, value FROM observation ORDER BY period_start, value, region", "by value"},
		{"inside a tuple", "SELECT region, value FROM observation ORDER BY (indicator, value, region)", "by value"},
		{"by a function of a value", "SELECT region FROM observation ORDER BY round(toFloat64(value), 1)", "by round"},
		{"with a star", "SELECT * FROM observation ORDER BY value", "by value"},
		{"with the star of one table", "SELECT o.* FROM observation o JOIN source s ON s.name = o.source ORDER BY value", "by value"},
		{"with FINAL", "SELECT * FROM observation FINAL ORDER BY value", "by value"},
		{"with the region's name only", "SELECT r.name, o.value FROM observation AS o INNER JOIN region AS r ON r.code = o.region ORDER BY o.value", "by o.value"},
		{"with the region renamed", "SELECT region AS place_of, value FROM observation ORDER BY value", "by value"},
		{"by completeness", "SELECT region, count() FROM observation GROUP BY region ORDER BY count() DESC", "by count"},
		{"by completeness under a name", "SELECT region, countIf(value IS NULL) AS id FROM observation GROUP BY region ORDER BY id", "by id"},
		{"by lateness", "SELECT region, max(published_at) AS at FROM observation GROUP BY region ORDER BY at", "by at"},
		{"without showing the region that is grouped by", "SELECT sum(value) AS s FROM observation GROUP BY region ORDER BY s", "by s"},
		{"in a subquery", "SELECT region FROM region WHERE code IN (SELECT region FROM observation ORDER BY value DESC LIMIT 10)", "by value"},
		{"over a subquery", "SELECT * FROM (SELECT region, value AS id FROM observation) ORDER BY id", "by id"},
		{"over a common table expression", "WITH v AS (SELECT region, value AS id FROM observation) SELECT * FROM v ORDER BY id", "by id"},
		{"in one part of a union", "SELECT region, value FROM observation UNION ALL (SELECT region, value FROM observation ORDER BY value)", "by value"},
		{"the top of each indicator", "SELECT indicator, region, value FROM observation ORDER BY indicator, value DESC LIMIT 3 BY indicator", "by value"},
		{"by a column of a wide view", "SELECT * FROM county_year ORDER BY year, gdp", "by gdp"},
		{"from a table nobody knows", "SELECT * FROM somewhere ORDER BY amount", "by amount"},
		{"by a ranking window", "SELECT region, rank() OVER (PARTITION BY indicator ORDER BY value DESC) AS r FROM observation", "by value"},
		{"by a ranking window that shows no region", "SELECT value, row_number() OVER (ORDER BY value) FROM observation", "by value"},
		{"by a named window", "SELECT region, ntile(4) OVER w FROM observation WINDOW w AS (PARTITION BY period_end ORDER BY value)", "by value"},
		{"by a window in an order", "SELECT region FROM observation ORDER BY region, row_number() OVER (ORDER BY value)", "by value"},
		{"the leader of a period", "SELECT period_end, argMax(region, value) FROM observation GROUP BY period_end", "picks the region"},
		{"a sorted list in a cell", "SELECT arrayReverseSort(groupArray((value, region))) FROM observation", "lines up"},
		{"several regions by name", "SELECT region, value FROM observation WHERE region IN ('140121', '140122') ORDER BY value", "by value"},
		{"one region or another", "SELECT region, value FROM observation WHERE region = '140121' OR indicator = 'gdp' ORDER BY value", "by value"},
		{"in any case, over comments", "select region from observation /* ORDER BY region */ order -- by code\n by value", "by value"},
		{"in quotes of a command line", `zhibiao query "SELECT region, value FROM observation ORDER BY value"`, "by value"},
		{"a fragment without its SELECT", "FROM observation ORDER BY value DESC LIMIT 10", "by value"},
		{"in a view", "CREATE OR REPLACE VIEW best AS SELECT region, value FROM observation ORDER BY value COMMENT 'the best'", "by value"},
		{"behind a column that is called like a clause", "SELECT comment, format(region, '{}'), region, value FROM observation ORDER BY value", "by value"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			found := Check(c.sql)
			if len(found) != 1 || !strings.Contains(found[0].What, c.want) {
				t.Errorf("%s\ngot %v, want one finding with %q", c.sql, found, c.want)
			}
		})
	}
}

func TestHonestOrdersPass(t *testing.T) {
	cases := []struct{ name, sql string }{
		{"by code", "SELECT region, value FROM observation ORDER BY indicator, region, period_start"},
		{"by the region's name", "SELECT r.name, o.value FROM observation o JOIN region r ON r.code = o.region ORDER BY r.name, o.value"},
		{"a county and its own past", "SELECT region, period_start, value FROM observation WHERE region = '140121' AND indicator = 'gdp' ORDER BY value"},
		{"a county by parameter", "SELECT * FROM observation WHERE region = {region:String} ORDER BY value DESC LIMIT 1"},
		{"over a subquery of one county", "SELECT * FROM (SELECT region, value FROM observation WHERE region IN ('140121')) ORDER BY value"},
		{"values inside each region", "SELECT region, value FROM observation ORDER BY region, value"},
		{"vintages of each key", "SELECT * FROM observation ORDER BY indicator, region, known_at DESC, value LIMIT 1 BY indicator, region"},
		{"vintages by a window inside the key", "SELECT region, row_number() OVER (PARTITION BY indicator, region ORDER BY known_at, value) AS vintage FROM observation ORDER BY vintage, region"},
		{"what is no region", "SELECT reason, sum(numbers) AS n FROM refusal GROUP BY reason ORDER BY n DESC"},
		{"how many regions an indicator has", "SELECT indicator, uniqExact(region) AS regions FROM observation GROUP BY indicator ORDER BY regions DESC"},
		{"the winner inside a region's key", "SELECT region, argMax(value, known_at) FROM observation GROUP BY region ORDER BY region"},
		{"losers inside a region's key", "SELECT region, arraySort(groupArray((source, value))) FROM observation GROUP BY indicator, region"},
		{"the sorting key of a table", "CREATE TABLE t (region String, value Int8) ENGINE = MergeTree ORDER BY (value, region)"},
		{"a literal that speaks of it", "SELECT 'never ORDER BY the figure' AS advice, region FROM observation ORDER BY region"},
		{"tables of the server", "SELECT name, total_rows FROM system.tables ORDER BY total_rows"},
		{"no order at all", "SELECT region, value FROM observation LIMIT 5"},
		{"a star without its exceptions", "SELECT * EXCEPT (value) FROM observation ORDER BY region, indicator"},
		{"prose", "Put them in the order by which they were printed"},
		{"a moving average", "SELECT region, avg(value) OVER (PARTITION BY region ORDER BY period_start ROWS 2 PRECEDING) FROM observation"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if found := Check(c.sql); len(found) > 0 {
				t.Errorf("%s\ngot %v", c.sql, found)
			}
		})
	}
}

func TestAFindingNamesItsLine(t *testing.T) {
	found := Check("SELECT region\nFROM observation\nORDER BY\n  value")
	if len(found) != 1 || found[0].Line != 4 {
		t.Errorf("got %v, want line 4", found)
	}
}

// A view over views over views is judged in a moment: what was worked out once is
// remembered. Without that this test would not end.
func TestDeepQueriesAreJudged(t *testing.T) {
	sql := "SELECT region, value AS v0 FROM observation"
	for i := range 40 {
		sql = fmt.Sprintf("SELECT region, v%d + v%d AS v%d, v%d * v%d AS w FROM (%s)", i, i, i+1, i+1, i+1, sql)
	}
	if found := Check(sql + " ORDER BY w"); len(found) != 1 {
		t.Errorf("got %v", found)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("SELECT (((")
	f.Add("WITH a AS (SELECT 1) SELECT * FROM a, a AS b ORDER BY 99, (a), ()")
	f.Add("SELECT x AS y, y AS x ORDER BY x")
	f.Add(") 'open \\")
	f.Fuzz(func(_ *testing.T, sql string) { Check(sql) })
}
