package export_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/dictionary"
	"zhibiao/warehouse/export"
	"zhibiao/warehouse/warehousetest"
)

func TestMain(m *testing.M) { warehousetest.Main(m) }

// loaded is a warehouse with three numbers of two counties, one of them negative, one
// unknown, one printed like a formula; and its reader.
func loaded(t *testing.T) (reader *warehouse.Warehouse) {
	t.Helper()
	w := warehousetest.Open(t)
	origin := warehousetest.Origin(pipeline.LineageID("county-bulletins", "GET", "http://tjj.example.cn/1", nil), "A", 0)
	origin.PublishedAt = pipeline.DayStamp(pipeline.DateOf(2025, 2, 20))
	plain := warehousetest.GDP(origin, "140123", "58.12")
	negative := warehousetest.GDP(origin, "140121", "-3.5")
	negative.RawText, negative.Locator, negative.Flags = "=3.5", "=cmd|' /C calc'!A0", []pipeline.Flag{pipeline.FlagBreak, pipeline.FlagEstimated}
	unknown := warehousetest.GDP(origin, "140121", "")
	unknown.Period, unknown.HalfWidth, unknown.Flags = pipeline.YearPeriod(1949, pipeline.Flow), "", []pipeline.Flag{pipeline.FlagNotAvailable}
	unknown.ByteStart, unknown.ByteEnd = 2000, 2003
	rows := []pipeline.Observation{plain, negative, unknown}
	for range 2 { // twice, so that a table without FINAL would show doubles
		if err := clickhouse.New(w.Conn()).Load(t.Context(), rows); err != nil {
			t.Fatal(err)
		}
	}
	dimensions(t, w)
	return open(t, w.Database())
}

// dimensions fills the tables that codes are checked against.
func dimensions(t *testing.T, w *warehouse.Warehouse) {
	t.Helper()
	indicators := []pipeline.Indicator{{Code: "gdp", NameZH: "地区生产总值", NameEN: "GDP", Unit: "亿元"}}
	regions := []pipeline.Region{{Code: "140121", Name: "清徐县", Level: "county", From: 1981}, {Code: "140123", Name: "娄烦县", Level: "county", From: 1981}}
	for _, statement := range []string{
		"INSERT INTO indicator (code, name_zh, unit) VALUES ('" + indicators[0].Code + "', '地区生产总值', '亿元')",
		"INSERT INTO region (code, name, valid_from, valid_to) VALUES ('" + regions[0].Code + "', '清徐县', 1981, 9999), ('" + regions[1].Code + "', '娄烦县', 1981, 9999)",
	} {
		if err := w.Conn().Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

func open(t *testing.T, database string) *warehouse.Warehouse {
	t.Helper()
	reader, err := warehouse.Open(t.Context(), warehousetest.ReaderConfig(database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reader.Close() })
	return reader
}

func write(t *testing.T, w *warehouse.Warehouse, request export.Request, format string) []byte {
	t.Helper()
	rows, err := export.Open(t.Context(), w, request)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := rows.Write(&out, format); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestCSVIsOrderedByRegionAndHarmless(t *testing.T) {
	w := loaded(t)
	request := export.Request{View: "observation", Columns: []string{"value", "region", "period_start", "raw_text", "flags", "locator", "published_at"}}
	want := "\ufeffvalue,region,period_start,raw_text,flags,locator,published_at\n" +
		",140121,1949-01-01,,[not_available],table[1]/tr[2]/td[3],2025-02-20 00:00:00.000\n" +
		"-3.5,140121,2024-01-01,'=3.5,\"[break, estimated]\",'=cmd|' /C calc'!A0,2025-02-20 00:00:00.000\n" +
		"58.12,140123,2024-01-01,58.12,[],table[1]/tr[2]/td[3],2025-02-20 00:00:00.000\n"
	if got := string(write(t, w, request, "csv")); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAnExportIsNarrowed(t *testing.T) {
	w := loaded(t)
	cases := []struct {
		name    string
		request export.Request
		want    string
	}{
		{"by region", export.Request{Regions: []string{"140123"}}, "140123 58.12"},
		{"by two regions", export.Request{Regions: []string{"140123", "140121"}, From: "2024"}, "140121 -3.5; 140123 58.12"},
		{"by indicator and last period", export.Request{Indicators: []string{"gdp"}, To: "2023-12"}, "140121 "},
		{"to nothing", export.Request{From: "2025"}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.request.View, c.request.Columns = "observation", []string{"region", "value"}
			records, err := csv.NewReader(bytes.NewReader(write(t, w, c.request, "csv"))).ReadAll()
			if err != nil || records[0][0] != "\ufeffregion" {
				t.Fatalf("%v, %v", records, err)
			}
			var got []string
			for _, r := range records[1:] {
				got = append(got, strings.Join(r, " "))
			}
			if strings.Join(got, "; ") != c.want {
				t.Errorf("got %v, want %s", got, c.want)
			}
		})
	}
}

func TestUnknownCodesAreNamed(t *testing.T) {
	w := loaded(t)
	for want, request := range map[string]export.Request{
		`unknown region "149999"`:    {View: "observation", Regions: []string{"140121", "149999"}},
		`unknown indicator "rating"`: {View: "observation", Indicators: []string{"rating"}},
		`unknown table or view`:      {View: "system.tables"},
	} {
		_, err := export.Open(t.Context(), w, request)
		if err == nil || !strings.Contains(err.Error(), want) || pipeline.ExitCode(err) != pipeline.ExitYourInput {
			t.Errorf("got %v (exit %d), want %s and exit 2", err, pipeline.ExitCode(err), want)
		}
	}
	rows, err := export.Open(t.Context(), w, export.Request{View: "observation"})
	if err != nil {
		t.Fatal(err)
	}
	if err := rows.Write(io.Discard, "xls"); err == nil || !strings.Contains(err.Error(), "xls") {
		t.Errorf("got %v", err)
	}
}

// Every table and view can be written in every format, whatever its types, also
// without rows.
func TestEveryViewIsWritten(t *testing.T) {
	w := loaded(t)
	for _, view := range export.Views() {
		for _, format := range export.Formats {
			request := export.Request{View: view}
			relation, _ := dictionary.Find(view)
			for _, p := range relation.Parameters {
				if p.Name == "county" {
					request.Regions = []string{"140121"}
				} else {
					request.At = "2030-01-01"
				}
			}
			if got := write(t, w, request, format); len(got) == 0 {
				t.Errorf("%s.%s is empty", view, format)
			}
		}
	}
}

func TestTheDictionaryGoesWithTheColumns(t *testing.T) {
	relation, err := export.Describe(export.Request{View: "observation", Columns: []string{"sign", "value"}})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := export.WriteDictionary(&out, relation); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(records) != 4 || records[2][1] != "sign" || records[2][5] != "'-1" || records[3][2] != "数值" {
		t.Errorf("got %v, %v", records, err)
	}
}

// The engine itself reads the Parquet file and finds what the table holds.
func TestParquetHoldsWhatTheTableHolds(t *testing.T) {
	w := loaded(t)
	writer, err := warehouse.Open(t.Context(), warehousetest.Config(w.Database()))
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	for _, request := range []export.Request{{View: "observation"}, {View: "region"}, {View: "document"}, {View: "open_refusals"}} {
		file := filepath.Join(t.TempDir(), "a.parquet")
		if err := os.WriteFile(file, write(t, w, request, "parquet"), 0o644); err != nil {
			t.Fatal(err)
		}
		relation, _ := export.Describe(request)
		var list []string
		for _, c := range relation.Columns {
			list = append(list, "`"+c.Name+"`")
		}
		columns := strings.Join(list, ", ")
		final := map[bool]string{true: " FINAL"}[request.View != "region" && request.View != "open_refusals"]
		read := texts(t, writer, fmt.Sprintf("SELECT toString(tuple(%s)) FROM file('%s', Parquet)", columns, file))
		want := texts(t, writer, fmt.Sprintf("SELECT toString(tuple(%s)) FROM %s%s", columns, request.View, final))
		slices.Sort(read)
		slices.Sort(want)
		if !slices.Equal(read, want) {
			t.Errorf("%s\nfile  %v\ntable %v", request.View, read, want)
		}
	}
}

func texts(t *testing.T, w *warehouse.Warehouse, sql string) []string {
	t.Helper()
	rows, err := w.Ask(t.Context(), sql, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// Memory does not grow with the export: however many rows are written.
func TestAnExportStreams(t *testing.T) {
	w := warehousetest.Open(t)
	if err := clickhouse.New(w.Conn()).Load(t.Context(), warehousetest.Many(50_000)); err != nil {
		t.Fatal(err)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(20)) // so that the heap is mostly what is in use
	for _, format := range export.Formats {
		rows, err := export.Open(t.Context(), w, export.Request{View: "observation"})
		if err != nil {
			t.Fatal(err)
		}
		peak := &peakWriter{}
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		started := time.Now()
		if err := rows.Write(peak, format); err != nil {
			t.Fatal(err)
		}
		grown := int64(peak.peak) - int64(before.HeapAlloc)
		t.Logf("%s: %d bytes written, heap grew by at most %d bytes, %s", format, peak.written, grown, time.Since(started))
		if peak.written < 1<<20 || grown > 32<<20 {
			t.Errorf("%s: %d bytes written, the heap grew by %d", format, peak.written, grown)
		}
	}
}

// peakWriter counts bytes and remembers the greatest heap.
type peakWriter struct {
	written, seen int64
	peak          uint64
}

func (p *peakWriter) Write(piece []byte) (int, error) {
	p.written += int64(len(piece))
	if p.written-p.seen > 64<<10 {
		p.seen = p.written
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		p.peak = max(p.peak, now.HeapAlloc)
	}
	return len(piece), nil
}
