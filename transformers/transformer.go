// Package transformers reads documents: a Transformer is a Reader, and Diff,
// Stand and DiffRefusals say by what a reading differs from the one before it.
// Everything here is pure: no network, no clock, no randomness, no map order
// (promise 4).
package transformers

import (
	"bytes"
	"fmt"
	"runtime/debug"
	"sync"

	"zhibiao/pipeline"
	"zhibiao/transformers/check"
	"zhibiao/transformers/decode"
)

// Parser is the version of the parser: part of a derivation's id. It changes
// whenever the same document and rules may give another reading.
const Parser = "2026-11-24.3"

// Transformer reads documents of all sources. It is safe for use by several
// goroutines.
type Transformer struct {
	mu       sync.Mutex
	compiled map[string]*compiled // by the id of the rules
}

type compiled struct {
	once      sync.Once
	documents documentReader
	ranges    check.Ranges
	err       error
}

// New returns a Transformer.
func New() *Transformer { return &Transformer{compiled: map[string]*compiled{}} }

var _ pipeline.Reader = (*Transformer)(nil)

// Read reads one document under one set of rules. Rules of one ID are compiled
// once. What is wrong with the document is in Reading.Refusals; an error is a
// fault of rules or reader, and names the document.
func (t *Transformer) Read(doc pipeline.Document, rules *pipeline.Rules) (reading pipeline.Reading, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			reading, err = pipeline.Reading{}, fmt.Errorf("reading document %s of %s: panic: %v\n%s", doc.Hash, doc.URL, fault, debug.Stack())
		}
	}()
	known, err := t.known(rules)
	if err != nil {
		return pipeline.Reading{}, fmt.Errorf("reading document %s of %s: %w", doc.Hash, doc.URL, err)
	}
	result := known.documents.Document(&doc)
	reading = pipeline.Reading{
		Schema:       pipeline.ReadingSchema,
		Origin:       *doc.Origin(),
		Complete:     result.Complete,
		Observations: check.Flag(result.Observations, known.ranges),
		Refusals:     result.Refusals,
		Ignored:      result.Ignored,
	}
	if hasEnd(doc.Body) {
		reading.Snapshot = scopes(rules.Source.Snapshot)
	}
	if reading.Observations == nil {
		reading.Observations = []pipeline.Observation{}
	}
	if reading.Refusals == nil {
		reading.Refusals = []pipeline.Refusal{}
	}
	reading.Bind()
	return reading, nil
}

// htmlTail is how much of a page is searched for its end, in bytes: what counters and
// comments follow it.
const htmlTail = 4 << 10

// hasEnd reports whether a body shows by its form where it ends. Of one that does not,
// a shorter document cannot be told from a part of it, so nothing is taken for gone
// (promise 6).
func hasEnd(body []byte) bool {
	switch decode.FormOf(body) {
	case decode.FormText, decode.FormEmpty:
		return false
	case decode.FormHTML:
		return bytes.Contains(bytes.ToLower(body[max(0, len(body)-htmlTail):]), []byte("</html"))
	}
	return true // containers have a directory, JSON its last bracket; without it they are not read
}

// known returns the rules in the form in which they are read by.
func (t *Transformer) known(rules *pipeline.Rules) (*compiled, error) {
	if rules.ID == "" { // rules without a name are nobody else's
		c := &compiled{}
		c.compile(rules)
		return c, c.err
	}
	t.mu.Lock()
	c, ok := t.compiled[rules.ID]
	if !ok {
		c = &compiled{}
		t.compiled[rules.ID] = c
	}
	t.mu.Unlock()
	c.once.Do(func() {
		c.err = fmt.Errorf("compiling rules %s: it panicked", rules.ID)
		c.compile(rules)
	})
	return c, c.err
}

func (c *compiled) compile(rules *pipeline.Rules) {
	c.ranges = check.RangesOf(rules.Indicators)
	c.documents, c.err = compileDocuments(rules)
}

// Years that stand for an open end of a snapshot.
const (
	firstYear = 1
	lastYear  = 9999
)

func scopes(rules []pipeline.SnapshotRule) []pipeline.Scope {
	var all []pipeline.Scope
	for _, r := range rules {
		from, to := r.FromYear, r.ToYear
		if from == 0 {
			from = firstYear
		}
		if to == 0 {
			to = lastYear
		}
		all = append(all, pipeline.Scope{Indicators: r.Indicators, Regions: r.Regions,
			From: pipeline.DateOf(from, 1, 1), To: pipeline.DateOf(to, 12, 31)})
	}
	return all
}
