package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

// tableReader reads lines "table:key value" as rows of that table.
type tableReader struct{ rereadReader }

func (r tableReader) Read(doc pipeline.Document, rules *pipeline.Rules) (pipeline.Reading, error) {
	reading, err := r.rereadReader.Read(doc, rules)
	for i := range reading.Observations {
		o := &reading.Observations[i]
		table, key, _ := strings.Cut(o.Indicator, ":")
		o.Indicator, o.Locator = key, fmt.Sprintf("table[%s]/tr[%d]/td[1]", table, i)
	}
	return reading, err
}

// tableRules are the rules of tableReader with an expectation.
type tableRules struct {
	derivation pipeline.Derivation
	replace    map[string]string
	expect     pipeline.Yield
}

func (s *tableRules) rulesOf(context.Context, pipeline.Document) (pipeline.Reader, *pipeline.Rules, pipeline.Derivation, error) {
	return tableReader{rereadReader{s.replace}}, &pipeline.Rules{ID: s.derivation.ID, Expect: &s.expect}, s.derivation, nil
}

var strict = pipeline.Yield{MaxDrift: 30}

// show lets the page say something and collects it.
func (r *rig) show(s *tableRules, lines ...string) {
	r.t.Helper()
	r.site.pages[page] = strings.Join(lines, "\n")
	run, err := r.collect.Run(r.t.Context(), Job{Source: r.source, Collector: r.site, Derivation: s.derivation, Trigger: "manual"})
	if err != nil || len(run.Failures) > 0 {
		r.t.Fatalf("%v %v", err, run.Failures)
	}
	r.awaitIdle()
}

var pageLineage = pipeline.LineageID("site", "GET", page, nil)

func (r *rig) headDocument() pipeline.Document {
	r.t.Helper()
	heads, err := r.broker.Heads(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	head, _, err := heads.Get(context.Background(), pageLineage)
	if err != nil {
		r.t.Fatal(err)
	}
	doc, err := r.archive.Metadata(context.Background(), head.Version)
	if err != nil {
		r.t.Fatal(err)
	}
	return doc
}

// told is what other processes know to be held.
func (r *rig) told() []stream.Held {
	r.t.Helper()
	states, err := r.broker.States(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	held, err := states.AllHeld(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	return held
}

var acceptedAt = time.Date(2029, 5, 1, 0, 0, 0, 0, time.UTC)

func (r *rig) acceptance(tables ...string) pipeline.Acceptance {
	doc := r.headDocument()
	a := pipeline.Acceptance{Schema: pipeline.AcceptanceSchema, Source: doc.Source, Lineage: doc.Lineage, Version: doc.Version, Document: doc.Hash,
		Reason: "the labels were renamed", By: "tester", DecidedAt: acceptedAt}
	for _, table := range tables {
		a.Tables = append(a.Tables, pipeline.Held{Table: table})
	}
	return a
}

func (r *rig) accept(tables ...string) {
	r.t.Helper()
	if _, err := r.collect.Accept(r.t.Context(), r.acceptance(tables...)); err != nil {
		r.t.Fatal(err)
	}
	r.awaitIdle()
}

func (r *rig) expectLatest(want map[string]string) {
	r.t.Helper()
	if got := latest(r.warehouse.Observations(), farFuture); !maps.Equal(got, want) {
		r.t.Errorf("the latest is %v, want %v", got, want)
	}
}

// expectNothingTaken fails where anything was withdrawn or retracted (promise 6).
func (r *rig) expectNothingTaken() {
	r.t.Helper()
	for _, row := range r.warehouse.Observations() {
		if row.Op != pipeline.Assert {
			r.t.Errorf("%s %s = %s", row.Op, row.Indicator, row.Value)
		}
	}
}

func TestAHeldTableWaitsWhileTheOthersGoOnUntilItIsAccepted(t *testing.T) {
	r, s := newRig(t), &tableRules{derivation: testDerivation, expect: strict}
	r.rules = s.rulesOf
	r.open(nil, true)
	r.show(s, "1:gdp 1", "2:tax 1", "?x")
	r.show(s, "1:ghost 5", "2:tax 2")
	r.expectLatest(map[string]string{"gdp": "1", "tax": "2"})
	second := r.headDocument()
	told := r.told()
	if len(told) != 1 || told[0].Version != second.Version || len(told[0].Tables) != 1 || told[0].Tables[0].Table != "table[1]" ||
		told[0].Tables[0].Reason != pipeline.HeldDrift || !told[0].Tables[0].Since.Equal(second.FetchedAt) {
		t.Fatalf("told %+v", told)
	}
	r.close()
	r.open(nil, true) // a restart changes nothing
	r.show(s, "1:ghost 6", "2:tax 2")
	r.expectLatest(map[string]string{"gdp": "1", "tax": "2"})
	if told := r.told(); len(told) != 1 || told[0].Version == second.Version || !told[0].Tables[0].Since.Equal(second.FetchedAt) {
		t.Errorf("told %+v, want the newest version, held since the first", told)
	}
	r.accept("table[1]")
	r.expectLatest(map[string]string{"gdp": "1", "tax": "2", "ghost": "6"})
	if told := r.told(); len(told) != 0 {
		t.Errorf("still told %+v", told)
	}
	if got := latest(r.warehouse.Observations(), acceptedAt.Add(-time.Second)); got["ghost"] != "" {
		t.Error("the released value counts as known before it was accepted")
	}
	decision, err := r.archive.Acceptance(t.Context(), r.headDocument().Accepts)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := pipeline.DecodeAcceptance(decision); err != nil || a.Reason != "the labels were renamed" {
		t.Errorf("archived %s, %v", decision, err)
	}
	r.show(s, "1:ghost 7", "2:tax 2")
	r.expectLatest(map[string]string{"gdp": "1", "tax": "2", "ghost": "7"})
	r.expectNothingTaken()
	defer r.close()
	if dead := r.dead(); len(dead) != 0 {
		t.Errorf("dead letters: %s", dead[0].Reason)
	}
}

func TestAVersionThatLooksAsAcceptedEndsTheHold(t *testing.T) {
	r, s := newRig(t), &tableRules{derivation: testDerivation, expect: strict}
	r.rules = s.rulesOf
	r.open(nil, true)
	defer r.close()
	r.show(s, "1:gdp 1", "2:tax 1")
	r.show(s, "1:ghost 5")
	if told := r.told(); len(told) != 1 || len(told[0].Tables) != 2 {
		t.Fatalf("told %+v, want a table with other labels and one that is gone", told)
	}
	r.show(s, "1:gdp 3", "2:tax 3")
	if told := r.told(); len(told) != 0 {
		t.Errorf("still told %+v", told)
	}
	r.expectLatest(map[string]string{"gdp": "3", "tax": "3"})
	r.expectNothingTaken()
}

func TestWhatIsNotTheLastVersionCannotBeAccepted(t *testing.T) {
	r, s := newRig(t), &tableRules{derivation: testDerivation, expect: strict}
	r.rules = s.rulesOf
	r.open(nil, true)
	defer r.close()
	r.show(s, "1:gdp 1")
	r.show(s, "1:ghost 5")
	seen := r.acceptance("table[1]")
	r.show(s, "1:ghost 6")
	if _, err := r.collect.Accept(t.Context(), seen); !errors.Is(err, ErrNotLast) {
		t.Errorf("accepting an older version: %v", err)
	}
	r.expectLatest(map[string]string{"gdp": "1"})
	r.accept("table[1]")
	if _, err := r.collect.Accept(t.Context(), seen); !errors.Is(err, ErrNotLast) {
		t.Errorf("accepting twice: %v", err)
	}
	r.expectLatest(map[string]string{"gdp": "1", "ghost": "6"})
}

// What is refused in a held version closes nothing, and what is mended closes when
// it is accepted.
func TestRefusalsOfAHeldVersionCloseWhenItIsAccepted(t *testing.T) {
	do := testReadings
	do.DiffRefusals = func(baseline *pipeline.Reading, next pipeline.Reading) []pipeline.Refusal {
		var rows []pipeline.Refusal
		if baseline == nil || !next.Complete {
			return rows
		}
		for _, f := range baseline.Refusals {
			if !slices.ContainsFunc(next.Refusals, func(g pipeline.Refusal) bool { return f.Key() == g.Key() }) {
				f.Closed = true
				rows = append(rows, f)
			}
		}
		return rows
	}
	stand := do.Stand
	do.Stand = func(baseline, next *pipeline.Reading, rows []pipeline.Observation) {
		stand(baseline, next, rows)
		if baseline != nil && !next.Complete {
			next.Refusals = append(slices.Clone(next.Refusals), baseline.Refusals...)
		}
	}
	read := func(before *pipeline.Reading, body string, minute int) (pipeline.Document, *pipeline.Reading) {
		doc := pipeline.NewDocument(pipeline.RawDocument{Source: "site", Method: "GET", URL: page, Body: []byte(body),
			FetchedAt: time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC)}, fmt.Sprint(minute), testDerivation)
		next, err := do.Next(tableReader{}, nil, &strict, doc, before)
		if err != nil {
			t.Fatal(err)
		}
		return doc, &next
	}
	_, first := read(nil, "1:gdp 1\n?old", 1)
	doc, second := read(first, "1:ghost 5", 2)
	if rows := do.News(doc, first, *second, "").Refusals; len(rows) != 0 || len(second.Refusals) != 0 || len(second.StillOpen) != 1 {
		t.Fatalf("closed %v, own %v, still open %v", rows, second.Refusals, second.StillOpen)
	}
	accepting := doc.Accept("a")
	third := do.Accept(accepting, second, pipeline.Acceptance{Tables: second.Held, DecidedAt: acceptedAt})
	news := do.News(accepting, second, third, "")
	if len(news.Refusals) != 1 || !news.Refusals[0].Closed || len(third.StillOpen) != 0 {
		t.Errorf("closed %v, still open %v", news.Refusals, third.StillOpen)
	}
	if len(news.Rows) != 1 || news.Rows[0].Indicator != "ghost" || news.Rows[0].Origin.Version != accepting.Version || second.Observations[0].Origin.Version == accepting.Version {
		t.Errorf("rows %+v", news.Rows)
	}
	if !news.Document.Complete {
		t.Error("what was accepted as a whole is complete")
	}
}

// Rules that know the new label end the hold without anybody's acceptance.
func TestMendedRulesReadWhatWasHeld(t *testing.T) {
	r := newRig(t)
	old := &tableRules{derivation: derivationNo(1), expect: strict}
	mended := &tableRules{derivation: derivationNo(2), replace: map[string]string{"1:gdp2 5": "1:gdp 5"}, expect: strict}
	r.rules = old.rulesOf
	r.open(nil, true)
	r.show(old, "1:gdp 1", "2:tax 1")
	r.show(old, "1:gdp2 5", "2:tax 2")
	r.expectLatest(map[string]string{"gdp": "1", "tax": "2"})
	r.close()
	r.rules = mended.rulesOf
	r.open(nil, true)
	defer r.close()
	if again, err := r.collect.Reread(t.Context(), pageLineage, mended.derivation); err != nil || !again {
		t.Fatal(again, err)
	}
	r.awaitIdle()
	r.expectLatest(map[string]string{"gdp": "5", "tax": "2"})
	r.expectNothingTaken()
	if told := r.told(); len(told) != 0 {
		t.Errorf("still told %+v", told)
	}
}

// A rereading reviews again, and what was accepted stays accepted: nothing that was
// released is taken back.
func TestARereadingKeepsWhatWasAcceptedAndHoldsTheRest(t *testing.T) {
	r := newRig(t)
	old := &tableRules{derivation: derivationNo(1), expect: strict}
	other := &tableRules{derivation: derivationNo(2), replace: map[string]string{"2:tax 2": "2:tax 3"}, expect: strict}
	r.rules = old.rulesOf
	r.open(nil, true)
	r.show(old, "1:gdp 1", "2:tax 1", "3:pop 1")
	r.show(old, "1:ghost 5", "2:tax 2", "3:spook 9")
	r.accept("table[1]")
	want := map[string]string{"gdp": "1", "ghost": "5", "tax": "2", "pop": "1"}
	r.expectLatest(want)
	r.close()
	r.rules = other.rulesOf
	r.open(nil, true)
	defer r.close()
	if again, err := r.collect.Reread(t.Context(), pageLineage, other.derivation); err != nil || !again {
		t.Fatal(again, err)
	}
	r.awaitIdle()
	want["tax"] = "3"
	r.expectLatest(want)
	r.expectNothingTaken()
	if told := r.told(); len(told) != 1 || len(told[0].Tables) != 1 || told[0].Tables[0].Table != "table[3]" {
		t.Fatalf("told %+v", told)
	}
	r.accept("table[3]")
	want["spook"] = "9"
	r.expectLatest(want)
}
