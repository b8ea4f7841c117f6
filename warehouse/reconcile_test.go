package warehouse_test

import (
	"testing"

	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

func TestReconcileFindsTheVersionWhoseRowIsMissing(t *testing.T) {
	w := warehousetest.Open(t)
	loader := clickhouse.New(w.Conn())
	whole, short, unrecorded := warehousetest.Origin(lineage("a"), "A", 0), warehousetest.Origin(lineage("b"), "B", 0), warehousetest.Origin(lineage("c"), "C", 0)
	first, second := warehousetest.GDP(whole, "140727", "1"), warehousetest.GDP(whole, "140728", "2")
	third, late := warehousetest.GDP(short, "140727", "3"), warehousetest.GDP(short, "140728", "4")
	load(t, w, first, second, third)
	load(t, w, first) // a duplicate is not a second row
	if err := loader.LoadRecords(t.Context(), []pipeline.Record{record(whole, second, first), record(short, third, late), record(whole, second, first)}); err != nil {
		t.Fatal(err)
	}
	gaps, err := w.Reconcile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := warehouse.Gap{Source: short.Source, Lineage: short.Lineage, Version: short.Version, Document: short.Document, Recorded: 2, Present: 1}
	if len(gaps) != 1 || gaps[0] != want {
		t.Fatalf("got %+v, want %+v", gaps, want)
	}

	load(t, w, late)
	if gaps, err = w.Reconcile(t.Context()); err != nil || len(gaps) != 0 {
		t.Fatalf("after the row came: %+v, %v", gaps, err)
	}
	load(t, w, warehousetest.GDP(unrecorded, "140727", "5"))
	if gaps, err = w.Reconcile(t.Context()); err != nil || len(gaps) != 1 || gaps[0].Recorded != 0 || gaps[0].Present != 1 {
		t.Fatalf("rows without a record: %+v, %v", gaps, err)
	}
}

func TestReconcileFindsOtherRowsOfTheSameNumber(t *testing.T) {
	w := warehousetest.Open(t)
	origin := warehousetest.Origin(lineage("a"), "A", 0)
	load(t, w, warehousetest.GDP(origin, "140727", "1"))
	published := warehousetest.GDP(origin, "140728", "1")
	if err := clickhouse.New(w.Conn()).LoadRecords(t.Context(), []pipeline.Record{record(origin, published)}); err != nil {
		t.Fatal(err)
	}
	gaps, err := w.Reconcile(t.Context())
	if err != nil || len(gaps) != 1 || gaps[0].Recorded != 1 || gaps[0].Present != 1 {
		t.Errorf("got %+v, %v, want the version whose one row is another", gaps, err)
	}
}

func TestHoldingsCountDistinctRowsOfEachSource(t *testing.T) {
	w := warehousetest.Open(t)
	origin := warehousetest.Origin(lineage("a"), "A", 0)
	row := warehousetest.GDP(origin, "140727", "1")
	load(t, w, row)
	load(t, w, row, warehousetest.GDP(origin, "140728", "2"))
	loader := clickhouse.New(w.Conn())
	if err := loader.LoadRecords(t.Context(), []pipeline.Record{record(origin, row, warehousetest.GDP(origin, "140728", "2"))}); err != nil {
		t.Fatal(err)
	}
	if err := loader.LoadRefusals(t.Context(), []pipeline.Refusal{{Origin: origin, Reason: pipeline.UnknownUnit, Label: "粮食产量", Count: 3}}); err != nil {
		t.Fatal(err)
	}
	got, err := w.Holdings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := warehouse.Holding{Source: "county-bulletins", Documents: 1, Observations: 2, OpenRefusals: 1, LastKnownAt: origin.KnownAt}
	if len(got) != 1 || !got[0].LastKnownAt.Equal(want.LastKnownAt) {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	if got[0].LastKnownAt = want.LastKnownAt; got[0] != want {
		t.Errorf("got %+v, want %+v", got[0], want)
	}
}
