package warehouse_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

// Each of these is a way to a wrong number without an error. The first query shows
// that the engine still has the trap, the second that our views do not fall into it.

func asks(t *testing.T, w *warehouse.Warehouse, sql string, want ...string) {
	t.Helper()
	if got := texts(t, w, sql); !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", sql, got, want)
	}
}

func execute(t *testing.T, w *warehouse.Warehouse, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if err := w.Conn().Exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

func TestArgMaxBringsBackWhatBecameUnknownAndTheViewsDoNot(t *testing.T) {
	w := warehousetest.Open(t)
	page := lineage("page")
	first := warehousetest.GDP(warehousetest.Origin(page, "A", 0), "140727", "58.12")
	unknown := warehousetest.GDP(warehousetest.Origin(page, "B", 1), "140727", "")
	blank(&unknown)
	taken := warehousetest.GDP(warehousetest.Origin(page, "A", 0), "140728", "70")
	load(t, w, first, unknown, taken, warehousetest.Retract(warehousetest.Origin(page, "C", 2), taken))
	asks(t, w, "SELECT concat(region, ' ', toString(argMax(value, known_at))) FROM observation GROUP BY region ORDER BY region", "140727 58.12", "140728 70")
	asks(t, w, "SELECT concat(region, ' ', ifNull(toString(value), 'NULL')) FROM latest_by_source ORDER BY region", "140727 NULL")
	asks(t, w, "SELECT concat(region, ' ', ifNull(toString(value), 'NULL')) FROM resolved ORDER BY region", "140727 NULL")
}

func TestProductsOfDecimalsOverflowSilentlyAndDifferencesDoNot(t *testing.T) {
	w := warehousetest.Open(t)
	asks(t, w, "SELECT toString(toFloat64(toDecimal128('12345678901.5', 10) * toDecimal128('98765432109.5', 10)) < 1e21)", "1") // it is 1.2e21
	a, b := said("page", pipeline.Public, 0, "9999999999999999999999999999.9999999999"), said("table", pipeline.Public, 0, "1", final)
	load(t, w, a, b)
	asks(t, w, "SELECT toString(spread) FROM resolved", "9999999999999999999999999998.9999999999")
}

func TestATokenThatIsUsedAgainDropsOtherRowsAndTheLoadersDoesNot(t *testing.T) {
	w := warehousetest.Open(t)
	execute(t, w, "CREATE TABLE kept (n UInt32) ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 100")
	ctx := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": "batch 1"}))
	for n := range 2 {
		if err := w.Conn().Exec(ctx, fmt.Sprintf("INSERT INTO kept SELECT %d", n)); err != nil {
			t.Fatal(err)
		}
	}
	asks(t, w, "SELECT toString(count()) FROM kept", "1")
	load(t, w, said("page", pipeline.Public, 0, "1"))
	load(t, w, said("page", pipeline.Public, 0, "2"))
	asks(t, w, "SELECT toString(count()) FROM observation", "2")
}

func TestProjectionsOnReplacingTablesAreRefusedAndNoneIsUsed(t *testing.T) {
	w := warehousetest.Open(t)
	err := w.Conn().Exec(t.Context(), "CREATE TABLE kept (n UInt32, PROJECTION p (SELECT n ORDER BY n)) ENGINE = ReplacingMergeTree ORDER BY n")
	if err == nil || !strings.Contains(err.Error(), "deduplicate_merge_projection_mode") {
		t.Errorf("got %v", err)
	}
	asks(t, w, "SELECT name FROM system.projections WHERE database = currentDatabase()", []string{}...)
}

func TestFillsAndOuterJoinsPrintZerosAndTheViewsHaveNoRow(t *testing.T) {
	w := warehousetest.Open(t)
	var rows []pipeline.Observation
	for _, year := range []int{2022, 2024} {
		o := said("page", pipeline.Public, 0, "58.12")
		o.Period, o.ByteStart = pipeline.YearPeriod(year, pipeline.Flow), uint32(year)
		o.ByteEnd = o.ByteStart + 5
		rows = append(rows, o)
	}
	load(t, w, rows...)
	asks(t, w, "SELECT toString(v) FROM (SELECT toYear(period_end) AS year, assumeNotNull(value) AS v FROM resolved ORDER BY year WITH FILL)", "58.12", "0", "58.12")
	asks(t, w, "SELECT toString(assumeNotNull(value)) FROM (SELECT 2022 + number AS year FROM numbers(3)) AS years LEFT JOIN (SELECT toYear(period_end) AS year, assumeNotNull(value) AS value FROM resolved) AS numbers USING year ORDER BY year",
		"58.12", "0", "58.12")
	asks(t, w, "SELECT concat(toString(toYear(period_end)), ' ', toString(value), ' ', rule) FROM resolved ORDER BY period_end", "2022 58.12 only", "2024 58.12 only")
}

func TestDaysBefore1970BecomeAnotherDayAndOurPeriodsDoNot(t *testing.T) {
	w := warehousetest.Open(t)
	asks(t, w, "SELECT toString(toDate('1949-10-01'))", "1970-01-01")
	o := said("page", pipeline.Public, 0, "58.12")
	o.Period = pipeline.YearPeriod(1949, pipeline.Flow)
	load(t, w, o)
	for _, view := range []string{"latest_by_source", "resolved", "revisions", "as_known(at = '2026-01-01 00:00:00')"} {
		asks(t, w, "SELECT concat(toString(period_start), ' ', toString(period_end)) FROM "+view, "1949-01-01 1949-12-31")
	}
}
