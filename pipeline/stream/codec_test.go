package stream

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhibiao/pipeline"
)

var anyTime = rapid.Custom(func(t *rapid.T) time.Time {
	return time.UnixMilli(rapid.Int64Range(-1e13, 1e14).Draw(t, "ms")).UTC()
})

var anyOrigin = rapid.Custom(func(t *rapid.T) *pipeline.Origin {
	text := rapid.String()
	origin := &pipeline.Origin{
		Source: "source", Supplier: pipeline.County, Lineage: text.Draw(t, "lineage"), Version: text.Draw(t, "version"),
		Document: text.Draw(t, "document"), FetchedAt: anyTime.Draw(t, "fetched"), KnownAt: anyTime.Draw(t, "known"),
		Derivation: text.Draw(t, "derivation"), DerivationNo: rapid.Uint16().Draw(t, "no"),
	}
	if rapid.Bool().Draw(t, "published") {
		origin.PublishedAt = pipeline.Stamp{At: anyTime.Draw(t, "at"), Precision: pipeline.PrecisionMinute}
	}
	return origin
})

func anyObservation(origin *pipeline.Origin) *rapid.Generator[pipeline.Observation] {
	return rapid.Custom(func(t *rapid.T) pipeline.Observation {
		text := rapid.String()
		o := pipeline.Observation{
			Origin: origin, Indicator: text.Draw(t, "indicator"), Region: text.Draw(t, "region"),
			Period: pipeline.Period{
				Freq: pipeline.Freq(text.Draw(t, "freq")), Basis: pipeline.Basis(text.Draw(t, "basis")),
				Start: pipeline.Date(rapid.Int32().Draw(t, "start")), End: pipeline.Date(rapid.Int32().Draw(t, "end")),
			},
			Dims: text.Draw(t, "dims"), Op: pipeline.Op(text.Draw(t, "op")), Value: text.Draw(t, "value"), Unit: text.Draw(t, "unit"),
			Decimals: rapid.Uint8().Draw(t, "decimals"), HalfWidth: text.Draw(t, "half"), Status: pipeline.Status(text.Draw(t, "status")),
			Round: text.Draw(t, "round"), Access: pipeline.Access(text.Draw(t, "access")), RawText: text.Draw(t, "raw"),
			RawUnit: text.Draw(t, "raw unit"), Factor: text.Draw(t, "factor"), Sign: pipeline.Sign(rapid.Int8().Draw(t, "sign")),
			Locator: text.Draw(t, "locator"), ByteStart: rapid.Uint32().Draw(t, "byte start"), ByteEnd: rapid.Uint32().Draw(t, "byte end"),
			Prior: text.Draw(t, "prior"),
		}
		for _, flag := range rapid.SliceOfN(text, 0, 4).Draw(t, "flags") {
			o.Flags = append(o.Flags, pipeline.Flag(flag))
		}
		return o
	})
}

func TestObservationsComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		origin := anyOrigin.Draw(t, "origin")
		rows := rapid.SliceOfN(anyObservation(origin), 0, 5).Draw(t, "rows")
		batches, err := EncodeObservations(origin, rows)
		if err != nil {
			t.Fatal(err)
		}
		var got []pipeline.Observation
		for _, batch := range batches {
			decoded, err := DecodeObservations(batch.Payload)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, decoded...)
		}
		if len(got) != len(rows) || len(rows) > 0 && !reflect.DeepEqual(got, rows) {
			t.Fatalf("got %+v, want %+v", got, rows)
		}
	})
}

// TestRowsAreReadAsGenerated holds the reading of rows by hand to the generated one,
// also of what is cut off or spoiled.
func TestRowsAreReadAsGenerated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var wire wireRow
		o := anyObservation(nil).Draw(t, "row")
		toWireRow(&wire, &o)
		message, err := wire.MarshalMsg(nil)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "spoiled") {
			message[rapid.IntRange(0, len(message)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
			message = message[:rapid.IntRange(0, len(message)).Draw(t, "length")]
		}
		var want wireRow
		rest, wantErr := want.UnmarshalMsg(message)
		var got pipeline.Observation
		reader := rowReader{text: string(message), rest: message}
		if err := reader.read(&got); (err == nil) != (wantErr == nil) {
			t.Fatalf("read by hand: %v, generated: %v", err, wantErr)
		}
		if wantErr != nil {
			return
		}
		var gotWire wireRow
		toWireRow(&gotWire, &got)
		if len(want.Flags) == 0 {
			want.Flags, gotWire.Flags = nil, nil
		}
		if !reflect.DeepEqual(gotWire, want) || len(reader.rest) != len(rest) {
			t.Fatalf("read by hand %+v, generated %+v", gotWire, want)
		}
	})
}

func TestRowsAreAppendedOrNotAtAll(t *testing.T) {
	rows := testRows(testOrigin(), 3)
	payload := observationBatches(t, rows)[0].Payload
	room := make([]pipeline.Observation, 1, 10)
	room[0] = rows[2]
	full := room[:cap(room)]
	for i := range full[1:] { // what an earlier use left
		full[i+1].Flags, full[i+1].Prior = []pipeline.Flag{"old"}, "old"
	}
	got, err := AppendObservations(room, payload)
	if err != nil || len(got) != 4 || !reflect.DeepEqual(got[1:], rows) || !reflect.DeepEqual(got[0], rows[2]) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := AppendObservations(room, payload[:len(payload)-1]); err == nil || len(got) != 1 {
		t.Errorf("of a broken message %d rows stay, %v", len(got), err)
	}
}

func TestRefusalsComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		origin, text := anyOrigin.Draw(t, "origin"), rapid.String()
		want := []pipeline.Refusal{{
			Origin: origin, Closed: rapid.Bool().Draw(t, "closed"), Reason: pipeline.Reason(text.Draw(t, "reason")),
			Label: text.Draw(t, "label"), Table: text.Draw(t, "table"), Indicator: text.Draw(t, "indicator"), Detail: text.Draw(t, "detail"),
			Count: rapid.Int().Draw(t, "count"), Quote: text.Draw(t, "quote"), Locator: text.Draw(t, "locator"),
			ByteStart: rapid.Uint32().Draw(t, "start"), ByteEnd: rapid.Uint32().Draw(t, "end"),
		}}
		batches, err := EncodeRefusals(origin, want)
		if err != nil || len(batches) != 1 {
			t.Fatal(err)
		}
		got, err := DecodeRefusals(batches[0].Payload)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, %v, want %+v", got, err, want)
		}
	})
}

// TestEveryFieldIsOnTheWire fails where a field is added to the vocabulary and
// forgotten here.
func TestEveryFieldIsOnTheWire(t *testing.T) {
	for _, pair := range []struct {
		vocabulary, wire any
		elsewhere        int // fields of vocabulary minus fields of wire
	}{
		{pipeline.Origin{}, wireOrigin{}, -1},      // the stamp has two
		{pipeline.Observation{}, wireRow{}, 1 - 3}, // origin apart; the period has four
		{pipeline.Refusal{}, wireRefusal{}, 1},     // origin apart
	} {
		v, w := reflect.TypeOf(pair.vocabulary), reflect.TypeOf(pair.wire)
		if v.NumField()-w.NumField() != pair.elsewhere {
			t.Errorf("%s has %d fields, %s %d", v.Name(), v.NumField(), w.Name(), w.NumField())
		}
	}
}

func TestBatchesKeepTheirBounds(t *testing.T) {
	origin := testOrigin()
	long := testRows(origin, 40)
	for i := range long {
		long[i].Dims = strings.Repeat("x", 20_000)
	}
	huge := testRows(origin, 3)
	huge[1].Dims = strings.Repeat("x", maxBytes+1)
	for name, test := range map[string]struct {
		rows []pipeline.Observation
		want []int
	}{
		"by rows":                {testRows(origin, 2500), []int{1000, 1000, 500}},
		"by bytes":               {long, []int{13, 13, 13, 1}},
		"a row above the bound":  {huge, []int{1, 1, 1}},
		"exactly full":           {testRows(origin, 1000), []int{1000}},
		"nothing makes no batch": {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			batches, err := EncodeObservations(origin, test.rows)
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			ids := map[string]bool{}
			for _, batch := range batches {
				got = append(got, batch.Rows)
				ids[batch.ID] = true
				if len(batch.Payload) > maxBytes+16 && batch.Rows > 1 {
					t.Errorf("a batch of %d rows has %d bytes", batch.Rows, len(batch.Payload))
				}
			}
			if !reflect.DeepEqual(got, test.want) || len(ids) != len(test.want) {
				t.Errorf("got batches of %v rows with %d ids, want %v", got, len(ids), test.want)
			}
			again, _ := EncodeObservations(origin, test.rows)
			if !reflect.DeepEqual(batches, again) {
				t.Error("the same rows gave other batches")
			}
		})
	}
}

func TestARowThatNoMessageHoldsIsPermanent(t *testing.T) {
	rows := testRows(testOrigin(), 1)
	rows[0].Dims = strings.Repeat("x", maxWorkMessage)
	if _, err := EncodeObservations(rows[0].Origin, rows); !pipeline.IsPermanent(err) {
		t.Errorf("got %v, want a permanent error", err)
	}
}

func TestMessagesThatCannotBeReadArePermanentErrors(t *testing.T) {
	rows := testRows(testOrigin(), 2)
	good := observationBatches(t, rows)[0].Payload
	otherSchema := bytes.Clone(good)
	otherSchema[0] = 9
	for name, payload := range map[string][]byte{
		"empty": nil, "only a schema": {Schema}, "another schema": otherSchema, "cut off": good[:len(good)-3],
		"something behind": append(bytes.Clone(good), 0), "not ours": []byte("hello"),
	} {
		if _, err := DecodeObservations(payload); !pipeline.IsPermanent(err) {
			t.Errorf("%s: got %v, want a permanent error", name, err)
		}
		if _, err := DecodeRefusals(payload); !pipeline.IsPermanent(err) {
			t.Errorf("%s as refusals: got %v, want a permanent error", name, err)
		}
		if _, err := DecodeDocument(payload); !pipeline.IsPermanent(err) {
			t.Errorf("%s as document: got %v, want a permanent error", name, err)
		}
		if _, err := DecodeRecord(payload); !pipeline.IsPermanent(err) {
			t.Errorf("%s as record: got %v, want a permanent error", name, err)
		}
	}
	_, err := DecodeObservations(otherSchema)
	if want := "schema 9 is unknown"; !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestDocumentsAndRecordsComeBackAsTheyWere(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_123).UTC()
	doc := pipeline.NewDocument(pipeline.RawDocument{
		Source: "s", Supplier: pipeline.Public, Access: pipeline.AccessPublic, Method: "GET", URL: "https://example.cn/a?b=1&c=<2>",
		Title: "公报", FetchedAt: at, Body: []byte("x"), Context: map[string]string{pipeline.ContextRegion: "140000"},
	}, "", pipeline.Derivation{ID: "d", No: 1, EffectiveAt: at})
	batch, err := EncodeDocument(doc)
	if err != nil || batch.ID != doc.Version || batch.Subject != "documents.s" {
		t.Fatalf("got %+v, %v", batch, err)
	}
	got, err := DecodeDocument(batch.Payload)
	doc.Body = nil
	if err != nil || !reflect.DeepEqual(got, doc) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, record := range []pipeline.Record{
		{Document: &pipeline.DocumentRecord{Document: doc, Complete: true, Rows: 3}},
		{Confirmation: &pipeline.Confirmation{Source: "s", Lineage: "l", ConfirmedAt: at}},
		{Run: &pipeline.Run{ID: "r", StartedAt: at, FinishedAt: at, Failures: []string{"x"}}},
	} {
		batch, err := EncodeRecord(record, "run")
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeRecord(batch.Payload)
		if err != nil || !reflect.DeepEqual(got, record) {
			t.Errorf("got %+v, %v, want %+v", got, err, record)
		}
	}
	if _, err := EncodeRecord(pipeline.Record{}, ""); !pipeline.IsPermanent(err) {
		t.Errorf("an empty record: got %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	rows := testRows(testOrigin(), 3)
	f.Add(observationBatches(f, rows)[0].Payload)
	refusals, err := EncodeRefusals(rows[0].Origin, []pipeline.Refusal{{Reason: pipeline.UnknownUnit, Label: "x", Count: 1}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(refusals[0].Payload)
	f.Add([]byte("\x01{\"run\":{}}"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		if rows, err := DecodeObservations(payload); err == nil && len(rows) > 0 {
			batches, err := EncodeObservations(rows[0].Origin, rows)
			if err != nil {
				return // a supplier that is no subject
			}
			again, err := DecodeObservations(batches[0].Payload)
			if err != nil || !reflect.DeepEqual(again, rows[:len(again)]) {
				t.Errorf("decoded, encoded and decoded again: %v", err)
			}
		} else if err != nil && !pipeline.IsPermanent(err) {
			t.Errorf("got %v, want a permanent error", err)
		}
		_, _ = DecodeRefusals(payload)
		_, _ = DecodeRecord(payload)
		_, _ = DecodeDocument(payload)
	})
}
