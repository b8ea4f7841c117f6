package main

import (
	"context"
	"io/fs"
	"path"
	"regexp"
	"testing"
	"time"

	"zhibiao/configs"
	"zhibiao/pipeline"
	"zhibiao/pipeline/worker"
	"zhibiao/transformers"
)

// A document that is cut anywhere takes nothing away: of every source's example,
// cut at many places, nothing is withdrawn, nothing retracted by a later rereading,
// no other value published, and the whole document back again has nothing new to
// say (promise 6). To make it hard, each source declares that every document
// restates all there is; but for CSV, which has no end that could be missed, so that
// no source of it may declare that.
func TestACutDocumentTakesNothingAway(t *testing.T) {
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	folder, err := fs.Sub(configs.Default(), "sources")
	if err != nil {
		t.Fatal(err)
	}
	reader := transformers.New()
	for _, source := range set.Sources() {
		if _, err := fs.Stat(folder, configs.ExampleFolder(source.Name)); err != nil && !canFetch(source) {
			continue // its documents come from people
		}
		example, err := configs.ReadExample(folder, source.Name)
		if err != nil {
			t.Fatalf("%s: %v", source.Name, err)
		}
		rules, err := set.Rules(source.Name, transformers.Parser)
		if err != nil {
			t.Fatal(err)
		}
		all := *rules
		all.ID, all.Source.Snapshot = rules.ID+" restating all", []pipeline.SnapshotRule{{FromYear: 1949, ToYear: 2100}}
		for _, d := range example.Documents {
			t.Run(source.Name+"/"+d.File, func(t *testing.T) {
				c := cutting{t: t, reader: reader, rules: &all, raw: d.Raw(source)}
				if path.Ext(d.File) == ".csv" {
					c.rules = rules
				}
				c.everywhere()
			})
			if path.Ext(d.File) == ".html" { // as an interface hands out a part of a page
				t.Run(source.Name+"/"+d.File+" without its frame", func(t *testing.T) {
					c := cutting{t: t, reader: reader, rules: &all, raw: d.Raw(source)}
					c.raw.Body = frame.ReplaceAll(c.raw.Body, nil)
					c.everywhere()
				})
			}
		}
	}
}

var frame = regexp.MustCompile(`(?i)</?(?:html|body)[^>]*>`)

// cutting is one document that is cut.
type cutting struct {
	t      *testing.T
	reader pipeline.Reader
	rules  *pipeline.Rules
	raw    pipeline.RawDocument
}

var (
	cutRules = pipeline.Derivation{ID: "first", No: 1, Parser: transformers.Parser}
	newRules = pipeline.Derivation{ID: "second", No: 2, Parser: transformers.Parser}
)

func (c *cutting) everywhere() {
	c.t.Helper()
	whole, first := c.version(c.raw.Body, 1, "", nil)
	if len(first.Observations) == 0 {
		c.t.Fatal("the example says nothing, so that nothing could be taken away")
	}
	size, held := len(c.raw.Body), 0
	for _, at := range cuts(size) {
		cut, second := c.version(c.raw.Body[:at], 2, whole.Version, &first)
		news := readings.News(cut, &first, second, "")
		for _, row := range news.Rows {
			c.t.Errorf("cut at %d of %d: %s %s of %s = %s, printed %q", at, size, row.Op, row.Indicator, row.Region, row.Value, row.RawText)
		}
		if len(second.Held) > 0 {
			held++
		}
		back, third := c.version(c.raw.Body, 3, cut.Version, &second)
		if rows := readings.News(back, &second, third, "").Rows; len(rows) > 0 || len(third.Held) > 0 {
			c.t.Errorf("cut at %d of %d and whole again: %d rows, held %v", at, size, len(rows), third.Held)
		}
		c.reread(at, []worker.Past{{Document: whole, Rows: readings.News(whole, nil, first, "").Rows}, {Document: cut, Rows: news.Rows}})
	}
	c.t.Logf("%d bytes, %d observations: held at %d of %d cuts", size, len(first.Observations), held, len(cuts(size)))
}

// cuts are the places: the last bytes one by one, the others evenly.
func cuts(size int) []int {
	const even, last = 40, 24
	var all []int
	for i := range even {
		all = append(all, size*i/even)
	}
	for i := range min(last, size) {
		all = append(all, size-1-i)
	}
	return all
}

func (c *cutting) version(body []byte, hour int, predecessor string, before *pipeline.Reading) (pipeline.Document, pipeline.Reading) {
	c.t.Helper()
	raw := c.raw
	raw.Body, raw.FetchedAt = body, time.Date(2026, 1, 1, hour, 0, 0, 0, time.UTC)
	doc := pipeline.NewDocument(raw, predecessor, cutRules)
	next, err := readings.Next(c.reader, c.rules, c.rules.Expect, doc, before)
	if err != nil {
		c.t.Fatal(err)
	}
	return doc, next
}

// reread reads both versions again, as after a change of rules.
func (c *cutting) reread(at int, past []worker.Past) {
	c.t.Helper()
	again := past[1].Document.Reread(newRules)
	reading, err := readings.Reread(context.Background(), again, past, func(_ context.Context, doc pipeline.Document, before *pipeline.Reading) (pipeline.Reading, error) {
		doc.Derivation = newRules
		return readings.Next(c.reader, c.rules, c.rules.Expect, doc, before)
	})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, correction := range reading.Corrections {
		for _, row := range correction.Rows {
			c.t.Errorf("cut at %d and read again: %s %s = %s", at, row.Op, row.Indicator, row.Value)
		}
	}
}
