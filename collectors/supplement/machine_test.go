package supplement

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhibiao/pipeline"
)

// machine runs a county, a city and two reviewers of the province against one desk
// whose process is killed at any write, and the line against what it hands over.
type machine struct {
	*office
	rt        *rapid.T
	cells     []Cell
	said      map[uint64]Accepted             // what an entry said at a revision
	accepted  map[string]map[string]Accepted  // by acceptance and cell, as entries tell it
	documents map[string]pipeline.RawDocument // by address, as the line keeps them
	order     []time.Time                     // fetched_at in the order of acceptance
	emitKill  int                             // 0 never, 1 before the line has it, 2 after
}

func (m *machine) killing(book *memoryBook) (stop func()) {
	if !rapid.Bool().Draw(m.rt, "kill") {
		return func() {}
	}
	return killAt(book, rapid.IntRange(0, 2).Draw(m.rt, "write"), rapid.Bool().Draw(m.rt, "after"))
}

// step runs what may be killed, and opens the desk anew after that.
func (m *machine) step(book *memoryBook, f func()) (died bool) {
	stop := m.killing(book)
	died = ends(f)
	stop()
	if died {
		m.reopen()
	}
	m.look()
	return died
}

// look notes what the entries say now, and checks what must always hold.
func (m *machine) look() {
	f, _, err := m.load(context.Background(), qingxu)
	if err != nil {
		m.rt.Fatal(err)
	}
	for key, r := range f.Cells {
		if r.Open == nil && r.Standing == nil {
			m.rt.Fatalf("%s has a record of nothing", key)
		}
		if r.Open != nil {
			if r.Open.State == Settled || r.Open.Acceptance != "" {
				m.rt.Fatalf("%s is open and accepted", key)
			}
			m.said[r.Open.Revision] = said(r.Open)
		}
		if e := r.Standing; e != nil {
			if e.State != Settled || e.Acceptance == "" {
				m.rt.Fatalf("%s stands without an acceptance: %+v", key, e)
			}
			if m.accepted[e.Acceptance] == nil {
				m.accepted[e.Acceptance] = map[string]Accepted{}
			}
			m.accepted[e.Acceptance][key] = said(e)
		}
	}
	for _, a := range f.Acceptances {
		if len(m.order) == 0 || a.At.After(m.order[len(m.order)-1]) {
			m.order = append(m.order, a.At)
		} else if !slices.ContainsFunc(m.order, a.At.Equal) {
			m.rt.Fatalf("acceptance %s is older than one before it", a.ID)
		}
	}
}

func said(e *Entry) Accepted {
	return Accepted{Cell: e.Cell, Kind: e.Kind, Value: e.Value, Unit: e.Unit, Reason: e.Reason}
}

func (m *machine) answer() Answer {
	return rapid.SampledFrom([]Answer{
		{Typed: "1"}, {Typed: "2"}, {Typed: "3"}, {Typed: "0", Zero: true}, {Kind: NotApplicable, Reason: "没有此类"}, {Same: true}, {Typed: "三"},
	}).Draw(m.rt, "answer")
}

func (m *machine) cell() Cell { return rapid.SampledFrom(m.cells).Draw(m.rt, "cell") }

func (m *machine) submits() {
	ctx, cell, answer := context.Background(), m.cell(), m.answer()
	var saved Draft
	m.step(m.drafts, func() {
		draft, err := m.Draft(ctx, clerk, qingxu)
		if err != nil {
			m.rt.Fatal(err)
		}
		draft.Answers[cell.String()] = answer
		if saved, err = m.SaveDraft(ctx, clerk, draft); err != nil {
			m.rt.Fatal(err)
		}
	})
	draft, err := m.Draft(ctx, clerk, qingxu)
	if err != nil || saved.Revision != 0 && draft.Answers[cell.String()].Typed != answer.Typed {
		m.rt.Fatalf("a draft that was answered for is lost: %+v (%v)", draft, err)
	}
	book := rapid.SampledFrom([]*memoryBook{m.entries, m.drafts}).Draw(m.rt, "book")
	m.step(book, func() {
		receipt, err := m.Submit(ctx, clerk, qingxu, draft.Revision)
		if err != nil {
			m.rt.Fatal(err)
		}
		for _, e := range receipt.Submitted {
			f, _, _ := m.load(ctx, qingxu)
			if r := f.at(e.Cell); r.Open == nil || !r.Open.says(&e) {
				m.rt.Fatalf("%s is said to be submitted and is not", e.Cell)
			}
		}
	})
}

// decides lets a reviewer decide on what he has seen now, or some time ago.
func (m *machine) decides() {
	by := rapid.SampledFrom([]Actor{taiyuan, shanxi, shanxi2}).Draw(m.rt, "by")
	decisions := m.seen(by)
	m.step(m.entries, func() { m.check(m.decideNow(by, decisions)) })
}

func (m *machine) seen(by Actor) []Decision {
	waiting, err := m.Waiting(context.Background(), by)
	if err != nil {
		m.rt.Fatal(err)
	}
	var decisions []Decision
	for _, w := range waiting {
		act := rapid.SampledFrom([]Act{ActAccept, ActAccept, ActReturn, ActComment}).Draw(m.rt, "act")
		revision := w.Entry.Revision
		if rapid.IntRange(0, 4).Draw(m.rt, "stale") == 0 && revision > 1 {
			revision--
		}
		decisions = append(decisions, Decision{qingxu, w.Entry.Cell, revision, act, "请核对"})
	}
	return decisions
}

func (m *machine) decideNow(by Actor, decisions []Decision) []Decided {
	results, err := m.Decide(context.Background(), by, decisions)
	if err != nil {
		m.rt.Fatal(err)
	}
	return results
}

// check wants what was accepted to be what the reviewer had seen.
func (m *machine) check(results []Decided) {
	f, _, err := m.load(context.Background(), qingxu)
	if err != nil {
		m.rt.Fatal(err)
	}
	for _, r := range results {
		if r.Problem != nil {
			continue
		}
		if _, known := m.said[r.Revision]; !known {
			m.rt.Fatalf("a decision on %s held that was about no entry", r.Cell)
		}
		if e := f.at(r.Cell).Standing; r.Act == ActAccept && e != nil && e.Acceptance == r.Acceptance && !sameAccepted(said(e), m.said[r.Revision]) {
			m.rt.Fatalf("accepted was %+v, seen was %+v", said(e), m.said[r.Revision])
		}
	}
}

func sameAccepted(a, b Accepted) bool {
	return a.Cell == b.Cell && a.Kind == b.Kind && a.Value == b.Value && a.Unit == b.Unit && a.Reason == b.Reason
}

// decideBoth lets a second reviewer decide on the same entries while the first one's
// decision is on its way: just before it is stored.
func (m *machine) decideBoth() {
	first, second := m.seen(shanxi), m.seen(shanxi2)
	var other []Decided
	done := false
	m.entries.writes = func(after bool) {
		if !after && !done {
			done = true
			other = m.decideNow(shanxi2, second)
		}
	}
	results := m.decideNow(shanxi, first)
	m.entries.writes = nil
	m.look()
	m.check(results)
	for i := range results {
		for j := range other {
			if results[i].Cell == other[j].Cell && results[i].Revision == other[j].Revision && results[i].Problem == nil && other[j].Problem == nil {
				m.rt.Fatalf("two decisions on one revision of %s held", results[i].Cell)
			}
		}
	}
}

func (m *machine) withdraws() {
	cell := m.cell()
	f, _, err := m.load(context.Background(), qingxu)
	if err != nil {
		m.rt.Fatal(err)
	}
	if r := f.at(cell); r.Open != nil {
		m.step(m.entries, func() {
			if err := m.Withdraw(context.Background(), clerk, qingxu, cell, r.Open.Revision); err != nil {
				m.rt.Fatal(err)
			}
		})
	}
}

func (m *machine) collects() {
	m.emitKill = rapid.IntRange(0, 2).Draw(m.rt, "emit")
	m.step(m.entries, func() { m.collect() })
	m.emitKill = 0
}

func (m *machine) collect() {
	err := m.Collector().Collect(context.Background(), pipeline.Window{}, func(_ context.Context, raw pipeline.RawDocument) error {
		if m.emitKill == 1 {
			panic(killed{})
		}
		if before, again := m.documents[raw.URL]; again && (string(before.Body) != string(raw.Body) || !before.FetchedAt.Equal(raw.FetchedAt)) {
			m.rt.Fatalf("%s was handed over as another document", raw.URL)
		}
		m.documents[raw.URL] = raw
		if m.emitKill == 2 {
			panic(killed{})
		}
		return nil
	})
	if err != nil {
		m.rt.Fatal(err)
	}
}

// end lets everything come to its end and compares the documents with what was accepted.
func (m *machine) end() {
	m.collect()
	if err := m.Settle(context.Background()); err != nil {
		m.rt.Fatal(err)
	}
	if len(m.documents) != len(m.accepted) {
		m.rt.Fatalf("%d documents of %d acceptances", len(m.documents), len(m.accepted))
	}
	entries := 0
	for id, cells := range m.accepted {
		raw, ok := m.documents[DocumentURL(qingxu, id)]
		if !ok {
			m.rt.Fatalf("acceptance %s is no document", id)
		}
		var d document
		if err := json.Unmarshal(raw.Body, &d); err != nil {
			m.rt.Fatal(err)
		}
		entries += len(d.Entries)
		for _, e := range d.Entries {
			cell := fmt.Sprintf("%s~%s~%s~%s~%s", e.Indicator, e.Region, e.Freq, e.Basis, e.Period)
			want, ok := cells[cell]
			if !ok || want.inDocument().Value != e.Value {
				m.rt.Fatalf("document %s says %q of %s, accepted was %+v", id, e.Value, cell, want)
			}
			delete(cells, cell)
		}
		if len(cells) > 0 {
			m.rt.Fatalf("document %s lacks %v", id, cells)
		}
	}
	told := map[string]Act{}
	for _, e := range m.events {
		told[e.ID] = e.Act
	}
	accepts := 0
	for _, act := range told {
		if act == ActAccept {
			accepts++
		}
	}
	if accepts != entries {
		m.rt.Fatalf("%d entries were accepted, the audit trail knows of %d", entries, accepts)
	}
}

func TestEveryAcceptanceIsOneDocumentWhoeverActsAndWhateverIsKilled(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &machine{office: newOffice(t), rt: rt, cells: []Cell{brandsOf(2024), brandsOf(2025), officersOf(2025)},
			said: map[uint64]Accepted{}, accepted: map[string]map[string]Accepted{}, documents: map[string]pipeline.RawDocument{}}
		rt.Repeat(map[string]func(*rapid.T){
			"submit":   func(*rapid.T) { m.submits() },
			"decide":   func(*rapid.T) { m.decides() },
			"both":     func(*rapid.T) { m.decideBoth() },
			"withdraw": func(*rapid.T) { m.withdraws() },
			"collect":  func(*rapid.T) { m.collects() },
			"wait": func(rt *rapid.T) {
				m.now = m.now.Add(time.Duration(rapid.IntRange(-2, 200).Draw(rt, "hours")) * time.Hour)
			},
		})
		m.end()
	})
}

func TestOfManyReviewersAtOnceOneDecides(t *testing.T) {
	o := newOffice(t)
	o.submit(map[Cell]Answer{brandsOf(2024): {Typed: "3"}, brandsOf(2025): {Typed: "4"}, officersOf(2025): {Typed: "5"}})
	decisions := []Decision{o.on(brandsOf(2024), ActAccept, ""), o.on(brandsOf(2025), ActAccept, ""), o.on(officersOf(2025), ActAccept, "")}
	const reviewers = 8
	results := make([][]Decided, reviewers)
	var all sync.WaitGroup
	for i := range reviewers {
		all.Go(func() {
			order := slices.Clone(decisions)
			slices.Reverse(order[:1+i%3])
			got, err := o.Decide(t.Context(), shanxi, order)
			if err != nil {
				t.Error(err)
			}
			results[i] = got
		})
	}
	all.Wait()
	held := map[Cell]int{}
	for _, one := range results {
		for _, r := range one {
			if r.Problem == nil {
				held[r.Cell]++
			} else if r.Problem.Kind != Stale {
				t.Errorf("a reviewer was told %v", r.Problem)
			}
		}
	}
	for _, d := range decisions {
		if held[d.Cell] != 1 {
			t.Errorf("%d decisions on %s held", held[d.Cell], d.Cell)
		}
	}
	if documents := o.collected(); len(documents) != 1 {
		t.Errorf("%d documents, want 1", len(documents))
	}
}
