package warehouse_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhibiao/pipeline"
	"zhibiao/warehouse/warehousetest"
)

// anyObservation draws rows with every field set to something a loader accepts.
var anyObservation = rapid.Custom(func(t *rapid.T) pipeline.Observation {
	text := rapid.StringMatching(`[a-z0-9.:\p{Han}<>&'"\\ ]{0,12}`)
	name := rapid.StringMatching(`[a-z]{1,8}(:[\p{Han}]{1,4})?`)
	decimal := rapid.OneOf(rapid.Just(""), rapid.StringMatching(`-?[1-9][0-9]{0,27}(\.[0-9]{0,9}[1-9])?`), rapid.StringMatching(`-?0\.[0-9]{0,9}[1-9]`))
	instant := rapid.Map(rapid.Int64Range(-1_000_000_000_000, 8_000_000_000_000), func(ms int64) time.Time { return time.UnixMilli(ms).UTC() })
	basis := rapid.SampledFrom([]pipeline.Basis{pipeline.Flow, pipeline.YearToDate, pipeline.End})
	year := rapid.IntRange(1901, 2298)
	origin := &pipeline.Origin{
		Source: name.Draw(t, "source"), Supplier: rapid.SampledFrom([]pipeline.Supplier{pipeline.Public, pipeline.Province, pipeline.County}).Draw(t, "supplier"),
		Lineage: name.Draw(t, "lineage"), Version: name.Draw(t, "version"),
		Document: pipeline.HashBody([]byte(text.Draw(t, "body"))), FetchedAt: instant.Draw(t, "fetched"), KnownAt: instant.Draw(t, "known"),
		Derivation: name.Draw(t, "derivation"), DerivationNo: rapid.Uint16().Draw(t, "derivation no"),
	}
	if rapid.Bool().Draw(t, "published") {
		origin.PublishedAt = pipeline.Stamp{At: instant.Draw(t, "published at"), Precision: pipeline.PrecisionMinute}
	}
	o := pipeline.Observation{
		Origin: origin, Indicator: name.Draw(t, "indicator"), Region: name.Draw(t, "region"), Dims: text.Draw(t, "dims"),
		Op: pipeline.Assert, Value: decimal.Draw(t, "value"), Unit: name.Draw(t, "unit"), Decimals: rapid.Uint8().Draw(t, "decimals"),
		HalfWidth: decimal.Draw(t, "half width"), Status: rapid.SampledFrom([]pipeline.Status{pipeline.First, pipeline.Provisional, pipeline.Final, pipeline.CensusRevised}).Draw(t, "status"),
		Round: text.Draw(t, "round"), Access: pipeline.AccessRestricted, RawText: text.Draw(t, "raw text"), RawUnit: text.Draw(t, "raw unit"),
		Factor: decimal.Draw(t, "factor"), Sign: rapid.SampledFrom([]pipeline.Sign{pipeline.Minus, pipeline.Plus}).Draw(t, "sign"),
		Locator: text.Draw(t, "locator"), ByteStart: rapid.Uint32Max(1<<31).Draw(t, "byte"), Prior: "",
	}
	o.ByteEnd = o.ByteStart + rapid.Uint32Max(99).Draw(t, "length")
	if rapid.Bool().Draw(t, "flagged") {
		o.Flags = []pipeline.Flag{pipeline.FlagBreak, pipeline.FlagEstimated}
	}
	switch rapid.IntRange(0, 3).Draw(t, "freq") {
	case 0:
		o.Period = pipeline.YearPeriod(year.Draw(t, "year"), basis.Draw(t, "basis"))
	case 1:
		o.Period = pipeline.QuarterPeriod(year.Draw(t, "year"), rapid.IntRange(1, 4).Draw(t, "quarter"), basis.Draw(t, "basis"))
	case 2:
		o.Period = pipeline.MonthPeriod(year.Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"), basis.Draw(t, "basis"))
	default:
		day := pipeline.DateOf(year.Draw(t, "year"), 1, rapid.IntRange(1, 366).Draw(t, "day"))
		o.Period = pipeline.Period{Freq: pipeline.Daily, Basis: basis.Draw(t, "basis"), Start: day, End: day}
	}
	return o
})

func TestTheColumnIDIsTheIDThatGoComputes(t *testing.T) {
	w := warehousetest.Open(t)
	rows := make([]pipeline.Observation, 1000)
	want := map[string]pipeline.Observation{}
	for i := range rows {
		rows[i] = anyObservation.Example(i)
		rows[i].ByteStart += uint32(i) // no two of one key
		rows[i].ByteEnd += uint32(i)
		want[rows[i].ID()] = rows[i]
	}
	load(t, w, rows...)
	got := texts(t, w, "SELECT id FROM observation")
	slices.Sort(got)
	if expected := sortedKeys(want); !slices.Equal(got, expected) {
		t.Fatalf("%d ids of the warehouse differ from %d of Go; first %v and %v", len(got), len(expected), got[:1], expected[:1])
	}
	for _, id := range got[:100] {
		traced, err := w.Trace(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if o := want[id]; !reflect.DeepEqual(traced.Observation, o) {
			t.Fatalf("traced %s\n got %+v %+v\nwant %+v %+v", id, traced.Observation, *traced.Observation.Origin, o, *o.Origin)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func TestDaysAndDecimalsAreStoredExactly(t *testing.T) {
	w := warehousetest.Open(t)
	origin := warehousetest.Origin(lineage("yearbook"), "yearbook", 0)
	var rows []pipeline.Observation
	for i, value := range []string{"1.2345678901", "-0.0000000001", "9999999999999999999999999999.9999999999", "0", ""} {
		o := warehousetest.GDP(origin, "140727", value)
		o.Period = pipeline.Period{Freq: pipeline.Daily, Basis: pipeline.End, Start: pipeline.DateOf(1949, 10, 1), End: pipeline.DateOf(1949, 10, 1)}
		o.ByteStart, o.ByteEnd = uint32(i), uint32(i)
		rows = append(rows, o)
	}
	load(t, w, rows...)
	got := texts(t, w, "SELECT concat(toString(period_start), ' ', ifNull(toString(value), 'NULL')) FROM observation ORDER BY byte_start")
	want := []string{"1949-10-01 1.2345678901", "1949-10-01 -0.0000000001", "1949-10-01 9999999999999999999999999999.9999999999", "1949-10-01 0", "1949-10-01 NULL"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	traced, err := w.Trace(t.Context(), rows[2].ID())
	if err != nil {
		t.Fatal(err)
	}
	if traced.Observation.Value != rows[2].Value {
		t.Errorf("read back %s, want %s", traced.Observation.Value, rows[2].Value)
	}
}
