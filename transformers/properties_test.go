package transformers

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/shopspring/decimal"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
	"zhibiao/transformers/recognise"
)

func allCases(t testing.TB) []testCase {
	return append(goldenCases(t), sharedCases(t, "sets/dev", "samples/nbs_easyquery", "samples/nbs_2026", "samples/html", "samples/lists", "samples/csv")...)
}

func TestReadingTwiceGivesTheSameBytes(t *testing.T) {
	for _, c := range allCases(t) {
		first, err := shared.Read(c.doc, c.rules)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		second, err := shared.Read(c.doc, c.rules)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		a, b := encoded(t, &first), encoded(t, &second)
		if !bytes.Equal(a, b) {
			t.Errorf("%s: two readings differ:\n%s\n%s", c.name, a, b)
		}
		back, err := DecodeReading(a)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if again := encoded(t, back); !bytes.Equal(a, again) {
			t.Errorf("%s: decoding and encoding changes a reading:\n%s\n%s", c.name, a, again)
		}
	}
}

func encoded(t testing.TB, r *pipeline.Reading) []byte {
	t.Helper()
	data, err := EncodeReading(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEveryObservationLeadsBackToItsPrintedNumber(t *testing.T) {
	count := 0
	for _, c := range allCases(t) {
		for _, o := range read(t, c).Observations {
			count++
			text, err := decode.RereadAt(c.doc.Body, c.doc.MediaType, o.Locator, o.ByteStart, o.ByteEnd)
			if err != nil || text != o.RawText {
				t.Errorf("%s %s: bytes %d to %d decode to %q (%v), raw text is %q", c.name, o.Locator, o.ByteStart, o.ByteEnd, text, err, o.RawText)
			}
			checkValue(t, c.name, &o)
		}
	}
	if count == 0 {
		t.Fatal("no observation was checked")
	}
}

// checkValue holds an observation against the contract of its fields.
func checkValue(t testing.TB, name string, o *pipeline.Observation) {
	t.Helper()
	number, err := recognise.ParseNumber(o.RawText)
	switch o.RawText { // zeros in words
	case "持平":
		number, err = recognise.Number{Decimal: "0", Decimals: 1}, nil
	case "零":
		number, err = recognise.Number{Decimal: "0"}, nil
	}
	if err != nil {
		t.Errorf("%s %s: raw text %q is no number: %v", name, o.Locator, o.RawText, err)
		return
	}
	factor := decimal.NewFromInt(1)
	if o.Factor != "" {
		factor = decimal.RequireFromString(o.Factor)
	}
	want := decimal.RequireFromString(number.Decimal).Mul(factor).Mul(decimal.NewFromInt(int64(o.Sign)))
	if !want.Equal(decimal.RequireFromString(o.Value)) {
		t.Errorf("%s %s: %s × %s × %d is %s, value is %s", name, o.Locator, o.RawText, o.Factor, o.Sign, want, o.Value)
	}
	if err := pipeline.CheckDecimal(o.Value); err != nil {
		t.Errorf("%s %s: %v", name, o.Locator, err)
	}
	if err := o.Period.Valid(); err != nil {
		t.Errorf("%s %s: %v", name, o.Locator, err)
	}
	// The number format of a workbook's cell says how many decimals are printed.
	if o.HalfWidth == "" || o.Unit == "" || o.Region == "" || o.Status == "" || o.Access == "" || o.Decimals != number.Decimals && !strings.Contains(o.Locator, "#") || !slices.IsSorted(o.Flags) {
		t.Errorf("%s %s: a field is not filled: %+v", name, o.Locator, o)
	}
}

func TestRowsAreInTheOrderOfAReading(t *testing.T) {
	for _, c := range allCases(t) {
		r := read(t, c)
		if !slices.IsSortedFunc(r.Observations, pipeline.CompareObservations) || !slices.IsSortedFunc(r.Refusals, pipeline.CompareRefusals) {
			t.Errorf("%s: rows are out of order", c.name)
		}
	}
}

func TestAReadingDiffersInNothingFromItself(t *testing.T) {
	for _, c := range allCases(t) {
		r := read(t, c)
		rows := Diff(nil, r)
		if len(rows) != len(r.Observations) {
			t.Errorf("%s: a first reading of %d observations publishes %d rows", c.name, len(r.Observations), len(rows))
		}
		Stand(nil, &r, rows)
		if again := Diff(&r, r); len(again) != 0 {
			t.Errorf("%s: a reading differs from itself by %d rows, first %+v", c.name, len(again), again[0])
		}
		if again := DiffRefusals(&r, r); len(again) != 0 {
			t.Errorf("%s: a reading differs from itself by %d refusals", c.name, len(again))
		}
		before := encoded(t, &r)
		next := r
		Stand(&r, &next, nil)
		if !bytes.Equal(before, encoded(t, &next)) {
			t.Errorf("%s: standing again changes the reading", c.name)
		}
	}
}

func TestDocumentsAreReadAlikeByManyGoroutines(t *testing.T) {
	cases := goldenCases(t)
	want := make([][]byte, len(cases))
	for i, c := range cases {
		r := read(t, c)
		want[i] = encoded(t, &r)
	}
	transformer := New()
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i, c := range slices.Backward(cases) {
				r, err := transformer.Read(c.doc, c.rules)
				if err != nil {
					t.Errorf("%s: %v", c.name, err)
					return
				}
				if data, _ := EncodeReading(&r); !bytes.Equal(data, want[i]) {
					t.Errorf("%s: read differently beside other documents", c.name)
				}
			}
		})
	}
	group.Wait()
}

func TestAPanicOfTheReaderNamesTheDocument(t *testing.T) {
	c := goldenCases(t)[0]
	c.doc.Body = []byte("<p>x")
	_, err := New().Read(c.doc, nil)
	if err == nil || !strings.Contains(err.Error(), c.doc.Hash) {
		t.Errorf("want an error that names document %s, have %v", c.doc.Hash, err)
	}
}
