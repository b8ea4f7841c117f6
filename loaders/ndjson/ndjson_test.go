package ndjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"zhibiao/pipeline"
)

func observation() pipeline.Observation {
	return pipeline.Observation{
		Indicator: "gdp", Region: "140727", Period: pipeline.QuarterPeriod(2024, 2, pipeline.YearToDate),
		Op: pipeline.Assert, Value: "58.12", Unit: "亿元", Status: pipeline.First, RawText: "58.12", RawUnit: "亿元",
		Sign: pipeline.Plus, Locator: "table[1]/tr[2]/td[3]", ByteStart: 1210, ByteEnd: 1215,
	}
}

func TestWriteGivesTheAgreedFields(t *testing.T) {
	missing := observation()
	missing.Value, missing.RawText, missing.RawUnit, missing.Flags = "", "…", "", []pipeline.Flag{pipeline.FlagNotAvailable}
	retracted := observation()
	retracted.Op = pipeline.Retract
	cases := []struct {
		name         string
		observations []pipeline.Observation
		refusals     []pipeline.Refusal
		want         string
	}{
		{"a value is an exact decimal and the quote has its unit", []pipeline.Observation{observation()}, nil,
			`{"kind":"observation","indicator":"gdp","region":"140727","freq":"Q","basis":"ytd","period":"2024-Q2","value":"58.12","unit":"亿元","status":"first","flags":[],"quote":"58.12亿元","locator":"table[1]/tr[2]/td[3]","byte_start":1210,"byte_end":1215}`},
		{"no value is null and a flag says why", []pipeline.Observation{missing}, nil,
			`{"kind":"observation","indicator":"gdp","region":"140727","freq":"Q","basis":"ytd","period":"2024-Q2","value":null,"unit":"亿元","status":"first","flags":["not_available"],"quote":"…","locator":"table[1]/tr[2]/td[3]","byte_start":1210,"byte_end":1215}`},
		{"a retraction says that it is one", []pipeline.Observation{retracted}, nil,
			`{"kind":"observation","op":"retract","indicator":"gdp","region":"140727","freq":"Q","basis":"ytd","period":"2024-Q2","value":"58.12","unit":"亿元","status":"first","flags":[],"quote":"58.12亿元","locator":"table[1]/tr[2]/td[3]","byte_start":1210,"byte_end":1215}`},
		{"a refusal keeps < and & readable", nil, []pipeline.Refusal{{Reason: pipeline.UnknownUnit, Label: "a<b & c", Detail: "add the unit", Count: 2, Quote: "5 斗", ByteStart: 7, ByteEnd: 8}},
			`{"kind":"refusal","reason":"unknown_unit","label":"a<b & c","detail":"add the unit","count":2,"quote":"5 斗","byte_start":7,"byte_end":8}`},
		{"nothing gives nothing", nil, nil, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := Write(&out, c.observations, c.refusals); err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSuffix(out.String(), "\n"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestLoaderWritesWholeLines(t *testing.T) {
	var out bytes.Buffer
	loader := New(&out)
	if err := loader.Load(t.Context(), []pipeline.Observation{observation(), observation()}); err != nil {
		t.Fatal(err)
	}
	if err := loader.LoadRefusals(t.Context(), []pipeline.Refusal{{Reason: pipeline.BadNumber, Count: 1}}); err != nil {
		t.Fatal(err)
	}
	if err := loader.LoadRecords(t.Context(), []pipeline.Record{{Run: &pipeline.Run{ID: "r1"}}, {Confirmation: &pipeline.Confirmation{Lineage: "l"}}, {Document: &pipeline.DocumentRecord{Rows: 2}}}); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for line := range strings.Lines(out.String()) {
		var head struct{ Kind string }
		if err := json.Unmarshal([]byte(line), &head); err != nil {
			t.Fatalf("reading line %q: %v", line, err)
		}
		kinds = append(kinds, head.Kind)
	}
	if got, want := strings.Join(kinds, " "), "observation observation refusal run confirmation document"; got != want {
		t.Errorf("got kinds %s, want %s", got, want)
	}
}

type brokenWriter struct{}

var errBroken = errors.New("pipe is closed")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestAWriterThatFailsIsReported(t *testing.T) {
	if err := New(brokenWriter{}).Load(t.Context(), []pipeline.Observation{observation()}); !errors.Is(err, errBroken) {
		t.Errorf("got %v, want %v", err, errBroken)
	}
	if err := New(&bytes.Buffer{}).LoadRecords(t.Context(), []pipeline.Record{{}}); err == nil {
		t.Error("an empty record was written without an error")
	}
}
