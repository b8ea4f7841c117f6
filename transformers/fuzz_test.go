package transformers

import (
	"testing"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
)

// Whatever a publisher sends, a reading is made of it, and its promises hold.
func FuzzRead(f *testing.F) {
	for _, c := range goldenCases(f) {
		read(f, c) // starts what is slow to start before the clock of an input runs
		f.Add(c.doc.Body, c.doc.URL, c.doc.RequestBody)
	}
	rules := testRules(f, pipeline.SourceRules{Prose: true, Region: "140728", Tables: []string{"表"}})
	f.Fuzz(func(t *testing.T, body []byte, url, request string) {
		doc := testDocument(pipeline.RawDocument{URL: url, RequestBody: []byte(request), Body: body})
		r, err := shared.Read(doc, rules)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range r.Observations {
			text, err := decode.RereadAt(body, "", o.Locator, o.ByteStart, o.ByteEnd)
			if err != nil || text != o.RawText {
				t.Fatalf("%s: bytes %d to %d decode to %q (%v), raw text is %q", o.Locator, o.ByteStart, o.ByteEnd, text, err, o.RawText)
			}
			checkValue(t, "fuzzed", &o)
		}
		rows := Diff(nil, r)
		Stand(nil, &r, rows)
		if again := Diff(&r, r); len(again) != 0 {
			t.Fatalf("the reading differs from itself: %+v", again)
		}
	})
}
