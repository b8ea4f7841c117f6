package clickhouse_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

func origin(name string, night int) *pipeline.Origin {
	return warehousetest.Origin(pipeline.LineageID("county-bulletins", "GET", "http://tjj.example.cn/"+name, nil), name, night)
}

func count(t *testing.T, w *warehouse.Warehouse, sql string) uint64 {
	t.Helper()
	var n uint64
	if err := w.Conn().QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// content digests the distinct rows of the table, whatever their order.
const content = "SELECT toUInt64(sum(cityHash64(toString(tuple(*))))) FROM observation FINAL"

func TestLoadingTwiceEqualsLoadingOnce(t *testing.T) {
	w := warehousetest.Open(t)
	loader := clickhouse.New(w.Conn())
	rows := warehousetest.Many(2000)
	if err := loader.Load(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	once := count(t, w, content)
	random := rand.New(rand.NewPCG(7, 7))
	for range 3 { // in other orders and other batches, as a redelivery brings them
		random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for part := range slices.Chunk(rows, 700) {
			if err := loader.Load(t.Context(), part); err != nil {
				t.Fatal(err)
			}
		}
	}
	if twice := count(t, w, content); twice != once {
		t.Errorf("content changed from %d to %d", once, twice)
	}
	if n := count(t, w, "SELECT count() FROM observation FINAL"); n != 2000 {
		t.Errorf("%d rows, want 2000", n)
	}
}

func TestABatchIsOnePartOfEachSupplier(t *testing.T) {
	w := warehousetest.Open(t)
	if err := w.Conn().Exec(t.Context(), "SYSTEM STOP MERGES observation"); err != nil {
		t.Fatal(err)
	}
	rows := warehousetest.Many(100_000)
	for i := range rows {
		if i%1000 < 500 {
			rows[i].Origin = origin("filing", 1)
			rows[i].Origin.Supplier = pipeline.Province
			rows[i].Locator = fmt.Sprint(i)
		}
	}
	if err := clickhouse.New(w.Conn()).Load(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	if n := count(t, w, "SELECT count() FROM system.parts WHERE database = currentDatabase() AND table = 'observation' AND active"); n != 2 {
		t.Errorf("%d parts, want one of each supplier", n)
	}
	if n := count(t, w, "SELECT count() FROM observation"); n != 100_000 {
		t.Errorf("%d rows", n)
	}
}

func TestLoadNamesBadRowsAndLoadsTheRest(t *testing.T) {
	cases := []struct {
		name  string
		spoil func(*pipeline.Observation)
		want  string
	}{
		{"eleven decimals are refused, not cut", func(o *pipeline.Observation) { o.Value = "1.23456789012" }, "10 after the point"},
		{"a value with superfluous zeros is not canonical", func(o *pipeline.Observation) { o.Value = "1.50" }, "not a canonical decimal"},
		{"not a number", func(o *pipeline.Observation) { o.Value = "NaN" }, "not a canonical decimal"},
		{"a half width of eleven decimals", func(o *pipeline.Observation) { o.HalfWidth = "0.00000000005" }, "10 after the point"},
		{"a day before 1900", func(o *pipeline.Observation) { o.Period = pipeline.YearPeriod(1899, pipeline.Flow) }, "outside 1900 to 2299"},
		{"a day after 2299", func(o *pipeline.Observation) { o.Period = pipeline.YearPeriod(2300, pipeline.Flow) }, "outside 1900 to 2299"},
		{"a year that ends in November", func(o *pipeline.Observation) { o.Period.End = pipeline.DateOf(2024, 11, 30) }, "are not those of"},
		{"an unknown operation", func(o *pipeline.Observation) { o.Op = "delete" }, `operation "delete"`},
		{"an unknown status", func(o *pipeline.Observation) { o.Status = "" }, `status ""`},
		{"an unknown flag", func(o *pipeline.Observation) { o.Flags = []pipeline.Flag{"odd"} }, `flag "odd"`},
		{"flags out of order", func(o *pipeline.Observation) {
			o.Flags = []pipeline.Flag{pipeline.FlagSuspect, pipeline.FlagBreak}
		}, "not sorted"},
		{"an unknown access class", func(o *pipeline.Observation) { o.Access = "secret" }, `access "secret"`},
		{"text that is not UTF-8", func(o *pipeline.Observation) { o.RawText = "\xb5\xd8" }, "not UTF-8"},
		{"a separator in a name", func(o *pipeline.Observation) { o.Locator = "a\x1fb" }, "separator"},
		{"no indicator", func(o *pipeline.Observation) { o.Indicator = "" }, "indicator is empty"},
		{"no region", func(o *pipeline.Observation) { o.Region = "" }, "region is empty"},
		{"no unit", func(o *pipeline.Observation) { o.Unit = "" }, "unit is empty"},
		{"a range that ends before it starts", func(o *pipeline.Observation) { o.ByteEnd = o.ByteStart - 1 }, "ends before it starts"},
		{"a sign of two", func(o *pipeline.Observation) { o.Sign = 2 }, "sign 2"},
		{"a retraction of nothing", func(o *pipeline.Observation) { o.Op = pipeline.Retract }, "which row it is about"},
		{"no origin", func(o *pipeline.Observation) { o.Origin = nil }, "no origin"},
		{"an unknown supplier", func(o *pipeline.Observation) { o.Origin.Supplier = "city" }, `supplier "city"`},
		{"a document that is no hash", func(o *pipeline.Observation) { o.Origin.Document = strings.ToUpper(o.Origin.Document) }, "not a SHA-256"},
		{"a time in microseconds", func(o *pipeline.Observation) {
			o.Origin.KnownAt = o.Origin.KnownAt.Add(time.Microsecond)
		}, "whole milliseconds"},
		{"no time", func(o *pipeline.Observation) { o.Origin.FetchedAt = time.Time{} }, "fetched_at"},
		{"an unknown precision", func(o *pipeline.Observation) { o.Origin.PublishedAt.Precision = "month" }, `precision "month"`},
	}
	w := warehousetest.Open(t)
	loader := clickhouse.New(w.Conn())
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			batch := []pipeline.Observation{
				warehousetest.GDP(origin(fmt.Sprint("before", i), 0), "140727", "1"),
				warehousetest.GDP(origin(fmt.Sprint("bad", i), 0), "140727", "2"),
				warehousetest.GDP(origin(fmt.Sprint("after", i), 0), "140727", "3"),
			}
			c.spoil(&batch[1])
			before := count(t, w, "SELECT count() FROM observation FINAL")
			failed := failures(t, loader.Load(t.Context(), batch))
			if len(failed) != 1 || failed[1] == nil || !strings.Contains(failed[1].Error(), c.want) {
				t.Errorf("got %v, want row 1: %q", failed, c.want)
			}
			if n := count(t, w, "SELECT count() FROM observation FINAL"); n != before+2 {
				t.Errorf("%d rows were loaded, want 2", n-before)
			}
		})
	}
}

func failures(t *testing.T, err error) map[int]error {
	t.Helper()
	var rows *pipeline.RowsError
	if !errors.As(err, &rows) {
		t.Fatalf("got %v, want a RowsError", err)
	}
	return rows.Failed
}

// constrained gives a warehouse whose server refuses values above 1,000 itself.
func constrained(t *testing.T) *warehouse.Warehouse {
	w := warehousetest.Open(t)
	if err := w.Conn().Exec(t.Context(), "ALTER TABLE observation ADD CONSTRAINT small CHECK ifNull(value, 0) <= 1000"); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestRowsThatTheServerRefusesAreFoundByHalving(t *testing.T) {
	w := constrained(t)
	batch := warehousetest.Many(300)
	for i := range batch {
		batch[i].Value = fmt.Sprint(i%1000 + 1)
	}
	bad := []int{0, 17, 18, 299}
	for _, i := range bad {
		batch[i].Value = "1001"
	}
	failed := failures(t, clickhouse.New(w.Conn()).Load(t.Context(), batch))
	if got := slices.Sorted(maps.Keys(failed)); !slices.Equal(got, bad) {
		t.Errorf("got rows %v, want %v", got, bad)
	}
	if n := count(t, w, "SELECT count() FROM observation FINAL"); n != 296 {
		t.Errorf("%d rows were loaded, want 296", n)
	}
}

func TestNoRowIsGivenUpWhereTheTableMayBeAtFault(t *testing.T) {
	w := constrained(t)
	batch := warehousetest.Many(300)
	for i := range batch {
		batch[i].Value = "1001"
	}
	loader := clickhouse.New(w.Conn())
	var rows *pipeline.RowsError
	if err := loader.Load(t.Context(), batch); err == nil || errors.As(err, &rows) {
		t.Fatalf("all rows refused and none accepted before: got %v, want an error that says nothing of the rows", err)
	}
	if err := loader.Load(t.Context(), batch[:1]); err == nil || errors.As(err, &rows) {
		t.Fatalf("the only row refused and none accepted before: got %v", err)
	}

	good := warehousetest.GDP(origin("good", 0), "140727", "7")
	if err := loader.Load(t.Context(), []pipeline.Observation{good}); err != nil {
		t.Fatal(err)
	}
	if failed := failures(t, loader.Load(t.Context(), batch[:1])); len(failed) != 1 {
		t.Errorf("a row refused after another was accepted: %v", failed)
	}

	if err := w.Conn().Exec(t.Context(), "ALTER TABLE observation ADD CONSTRAINT never CHECK 0"); err != nil {
		t.Fatal(err)
	}
	if err := loader.Load(t.Context(), batch); err == nil || errors.As(err, &rows) {
		t.Errorf("the table refuses everything since: got %v", err)
	}
}

func TestATokenOfRowsThatWereDeletedSinceDoesNotSwallowThem(t *testing.T) {
	w := warehousetest.Open(t)
	loader := clickhouse.New(w.Conn())
	rows := warehousetest.Many(100)
	for range 2 {
		if err := loader.Load(t.Context(), rows); err != nil {
			t.Fatal(err)
		}
		if n := count(t, w, "SELECT count() FROM observation FINAL"); n != 100 {
			t.Fatalf("%d rows, want 100", n)
		}
		if err := w.Conn().Exec(t.Context(), "ALTER TABLE observation DELETE WHERE 1 SETTINGS mutations_sync = 2"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnOutageSaysNothingOfTheRows(t *testing.T) {
	w := warehousetest.Open(t)
	loader := clickhouse.New(w.Conn())
	rows := warehousetest.Many(10)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	var refused *pipeline.RowsError
	if err := loader.Load(cancelled, rows); err == nil || errors.As(err, &refused) || pipeline.IsPermanent(err) {
		t.Errorf("cancelled: %v", err)
	}
	if err := w.Conn().Exec(t.Context(), "RENAME TABLE observation TO elsewhere"); err != nil {
		t.Fatal(err)
	}
	if err := loader.Load(t.Context(), rows); err == nil || errors.As(err, &refused) || pipeline.IsPermanent(err) {
		t.Errorf("without the table: %v", err)
	}
	if err := w.Conn().Exec(t.Context(), "RENAME TABLE elsewhere TO observation"); err != nil {
		t.Fatal(err)
	}
	if err := loader.Load(t.Context(), rows); err != nil {
		t.Errorf("after the outage: %v", err)
	}
}

func TestRefusalsOpenAndClose(t *testing.T) {
	w := warehousetest.Open(t)
	loader := clickhouse.New(w.Conn())
	first, second := origin("page", 0), origin("page", 1)
	unit := pipeline.Refusal{Origin: first, Reason: pipeline.UnknownUnit, Label: "粮食产量", Table: "table[1]", Count: 2, Quote: "5\xb6\xb7", ByteStart: 7, ByteEnd: 9}
	number := pipeline.Refusal{Origin: first, Reason: pipeline.BadNumber, Label: "油料产量", Count: 1}
	closed := unit
	closed.Origin, closed.Closed = second, true
	bad := number
	bad.Count = 0
	failed := failures(t, loader.LoadRefusals(t.Context(), []pipeline.Refusal{unit, bad, number}))
	if len(failed) != 1 || failed[1] == nil {
		t.Errorf("got %v, want row 1", failed)
	}
	for range 2 {
		if n := count(t, w, "SELECT count() FROM open_refusals"); n != 2 {
			t.Fatalf("%d open, want 2", n)
		}
		if err := loader.LoadRefusals(t.Context(), []pipeline.Refusal{number, unit}); err != nil {
			t.Fatal(err)
		}
	}
	if err := loader.LoadRefusals(t.Context(), []pipeline.Refusal{closed}); err != nil {
		t.Fatal(err)
	}
	if n := count(t, w, "SELECT count() FROM open_refusals WHERE reason = 'bad_number'"); n != 1 || count(t, w, "SELECT count() FROM open_refusals") != 1 {
		t.Errorf("%d open of the one that was not closed", n)
	}
	if n := count(t, w, "SELECT count() FROM refusal WHERE quote = '5\uFFFD'"); n == 0 {
		t.Error("a quote that is not UTF-8 was not made readable")
	}
}

func TestRecordsGoToTheirTables(t *testing.T) {
	w := warehousetest.Open(t)
	loader := clickhouse.New(w.Conn())
	o := origin("page", 0)
	started := warehousetest.Night(0)
	records := []pipeline.Record{
		{Document: &pipeline.DocumentRecord{Document: pipeline.Document{Version: o.Version, Lineage: o.Lineage, Source: o.Source, Supplier: o.Supplier, Access: pipeline.AccessPublic,
			FetchedAt: o.FetchedAt, Hash: o.Document, Context: map[string]string{"region": "140727"}, Derivation: pipeline.Derivation{ID: o.Derivation, No: 1}}, Rows: 3}},
		{},
		{Confirmation: &pipeline.Confirmation{Source: o.Source, Lineage: o.Lineage, Version: o.Version, Document: o.Document, ConfirmedAt: started.Add(time.Nanosecond)}},
		{Run: &pipeline.Run{ID: "run1", Source: o.Source, Trigger: "nightly", StartedAt: started}},
		{Run: &pipeline.Run{ID: "run1", Source: o.Source, Trigger: "nightly", StartedAt: started, FinishedAt: started.Add(time.Minute), Fetched: 3, Failures: []string{"page 4: 503"}}},
		{Run: &pipeline.Run{ID: "", Source: o.Source, StartedAt: started}},
	}
	for range 2 {
		failed := failures(t, loader.LoadRecords(t.Context(), records))
		if got := slices.Sorted(maps.Keys(failed)); !slices.Equal(got, []int{1, 5}) {
			t.Errorf("got rows %v, want 1 and 5: %v", got, failed)
		}
	}
	for table, want := range map[string]uint64{"document": 1, "confirmation": 1, "run": 1, "derivation": 1} {
		final := " FINAL"
		if table == "derivation" {
			final = ""
		}
		if n := count(t, w, "SELECT count() FROM "+table+final); n != want {
			t.Errorf("%d rows in %s, want %d", n, table, want)
		}
	}
	if n := count(t, w, "SELECT count() FROM run FINAL WHERE fetched = 3 AND failures = ['page 4: 503']"); n != 1 {
		t.Error("the end of the run does not stand over its start")
	}
}

func TestNothingToLoadIsNoError(t *testing.T) {
	w := warehousetest.Open(t)
	loader := clickhouse.New(w.Conn())
	if err := errors.Join(loader.Load(t.Context(), nil), loader.LoadRefusals(t.Context(), nil), loader.LoadRecords(t.Context(), nil)); err != nil {
		t.Error(err)
	}
}
