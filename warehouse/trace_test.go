package warehouse_test

import (
	"fmt"
	"strings"
	"testing"

	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

func record(o *pipeline.Origin, rows ...pipeline.Observation) pipeline.Record {
	return pipeline.Record{Document: &pipeline.DocumentRecord{
		Document: pipeline.Document{
			Version: o.Version, Lineage: o.Lineage, Source: o.Source, Supplier: o.Supplier, Access: pipeline.AccessPublic,
			Method: "GET", URL: "http://tjj.example.cn/2025/bulletin.html", Title: "2024年统计公报", FetchedAt: o.FetchedAt, Hash: o.Document,
			Context: map[string]string{pipeline.ContextRegion: "140727"}, Derivation: pipeline.Derivation{ID: o.Derivation, No: o.DerivationNo, Parser: "html/1"},
		},
		Complete: true, Observations: len(rows), Rows: len(rows), RowsDigest: pipeline.RowsDigest(rows),
	}}
}

func TestTraceLeadsFromAnIDToThePlaceInTheDocument(t *testing.T) {
	w := warehousetest.Open(t)
	row := warehousetest.GDP(warehousetest.Origin(lineage("page"), "A", 0), "140727", "58.12")
	load(t, w, row)
	load(t, w, row, warehousetest.GDP(row.Origin, "140728", "7")) // delivered again, in another batch

	traced, err := w.Trace(t.Context(), " "+strings.ToUpper(row.ID()))
	if err != nil {
		t.Fatal(err)
	}
	if traced.ID != row.ID() || traced.Observation.Locator != row.Locator || traced.Observation.Origin.Document != row.Origin.Document || traced.Recorded {
		t.Errorf("got %+v before the record was loaded", traced)
	}
	if err := clickhouse.New(w.Conn()).LoadRecords(t.Context(), []pipeline.Record{record(row.Origin, row)}); err != nil {
		t.Fatal(err)
	}
	if traced, err = w.Trace(t.Context(), row.ID()); err != nil {
		t.Fatal(err)
	}
	if !traced.Recorded || traced.Document.URL != "http://tjj.example.cn/2025/bulletin.html" || traced.Document.Title != "2024年统计公报" || traced.Document.Parser != "html/1" {
		t.Errorf("got %+v", traced.Document)
	}
}

func TestTraceRefuses(t *testing.T) {
	w := warehousetest.Open(t)
	row := warehousetest.GDP(warehousetest.Origin(lineage("page"), "A", 0), "140727", "58.12")
	twin := row
	origin := *row.Origin
	origin.Derivation = pipeline.ContentID("derivation", "another that got the same number")
	twin.Origin = &origin
	load(t, w, row, twin)
	absent := row
	absent.Region = "140728"
	cases := []struct{ name, id, want string }{
		{"what is no id", "gdp-140727", "an observation's id has 24 letters"},
		{"an id that no row has", absent.ID(), "no observation has this id"},
		{"an id that two rows share", row.ID(), "2 observations share this id"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := w.Trace(t.Context(), c.id)
			if err == nil || !strings.Contains(err.Error(), c.want) || pipeline.ExitCode(err) != pipeline.ExitYourInput {
				t.Errorf("got %v (exit %d), want %q", err, pipeline.ExitCode(err), c.want)
			}
		})
	}
}

func TestTraceUsesTheSkipIndex(t *testing.T) {
	w := warehousetest.Open(t)
	rows := warehousetest.Many(50_000)
	for i := range rows {
		rows[i].Indicator = fmt.Sprintf("indicator%03d", i/500) // one a document
	}
	load(t, w, rows...)
	id := rows[12_345].ID()
	parts, err := pipeline.ParseObservationID(id)
	if err != nil {
		t.Fatal(err)
	}
	var sql string
	for _, q := range warehouse.NamedQueries() {
		if q.Name == "trace" {
			sql = q.SQL
		}
	}
	plan, err := w.Ask(t.Context(), "EXPLAIN indexes = 1 "+sql, warehouse.Parameters{
		"prefix": parts.DocumentPrefix, "byte_start": parts.ByteStart, "derivation_no": parts.DerivationNo, "id": id})
	if err != nil {
		t.Fatal(err)
	}
	defer plan.Close()
	var lines []string
	for plan.Next() {
		var line string
		if err := plan.Scan(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, strings.TrimSpace(line))
	}
	text := strings.Join(lines, "\n")
	_, skip, found := strings.Cut(text, "Name: document_prefix")
	if !found {
		t.Fatalf("the plan does not use the index:\n%s", text)
	}
	var granules, of int
	_, counts, _ := strings.Cut(skip, "Granules: ")
	if _, err := fmt.Sscanf(counts, "%d/%d", &granules, &of); err != nil {
		t.Fatalf("reading the plan: %v\n%s", err, text)
	}
	if granules > 2 || of < 6 {
		t.Errorf("the index leaves %d of %d granules, want at most 2 of at least 6:\n%s", granules, of, text)
	}
}
