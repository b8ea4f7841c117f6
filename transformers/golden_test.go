package transformers

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"zhibiao/pipeline"
)

var update = flag.Bool("update", false, "write testdata/*/want.ndjson from what is read now")

// A golden folder holds a document, what its source's file says, and every line
// that must come out of it.
func TestGoldenFoldersAreReadAsWritten(t *testing.T) {
	for _, c := range goldenCases(t) {
		t.Run(c.name, func(t *testing.T) {
			got := lines(t, read(t, c))
			path := filepath.Join(c.dir, "want.ndjson")
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := readFile(t, path); !bytes.Equal(got, want) {
				t.Errorf("reading differs from %s\n--- got\n%s--- want\n%s", path, got, want)
			}
		})
	}
}

func lines(t *testing.T, r pipeline.Reading) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\"complete\":%t,\"ignored\":%d}\n", r.Complete, len(r.Ignored))
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	for _, o := range r.Observations {
		row := struct {
			Indicator, Region, Period, Value, Unit, Raw, Sign, Half, Status, Locator string
			Flags                                                                    []pipeline.Flag `json:",omitempty"`
			At                                                                       [2]uint32
		}{o.Indicator, o.Region, fmt.Sprintf("%s:%s %s", o.Period.Freq, o.Period.Basis, o.Period.Label()), o.Value, o.Unit,
			o.RawText + " " + o.RawUnit, fmt.Sprintf("%+d×%s", o.Sign, o.Factor), o.HalfWidth, string(o.Status) + o.Round, o.Locator, o.Flags,
			[2]uint32{o.ByteStart, o.ByteEnd}}
		if err := encoder.Encode(row); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range r.Refusals {
		row := struct {
			Refused                                 pipeline.Reason
			Label, Indicator, Table, Locator, Quote string
			Count                                   int
		}{r.Reason, r.Label, r.Indicator, r.Table, r.Locator, r.Quote, r.Count}
		if err := encoder.Encode(row); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}
