package main

import (
	"math/rand/v2"
	"strings"

	"zhibiao/collectors/supplement"
	"zhibiao/pipeline"
)

// handOverTwice plays a process that dies after the line has each document and before
// the desk strikes it off, and then one that goes on.
func (w *worldRun) handOverTwice(desk *supplement.Desk) {
	w.t.Helper()
	source, err := w.app.countySource()
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.line.runCollector(w.t.Context(), source, unstruck{desk}, pipeline.Window{}, "test"); err != nil {
		w.t.Fatal(err)
	}
	waiting, err := desk.Undelivered(w.t.Context())
	if err != nil || waiting == 0 {
		w.t.Fatalf("%d acceptances wait (%v)", waiting, err)
	}
	run, err := w.line.handOver(w.t.Context(), desk)
	if err != nil || run.New != 0 || run.Confirmed != waiting {
		w.t.Errorf("handed over again: %+v (%v), want %d confirmations", run, err, waiting)
	}
	if again, err := w.line.handOver(w.t.Context(), desk); err != nil || again.Fetched != 0 {
		w.t.Errorf("handed over a third time: %+v (%v)", again, err)
	}
	if err := w.line.awaitLoaded(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// checkStored wants every accepted entry in the warehouse exactly once, with its place.
func (w *worldRun) checkStored(want map[string]string) {
	w.t.Helper()
	rows := w.askAll(`SELECT concat(indicator, '~', region, '~', freq, '~', basis, '~', toString(toYear(period_end))), ifNull(toString(value), ''),
		arrayStringConcat(flags, ' '), locator, id FROM (SELECT id, * FROM observation FINAL) WHERE source = 'county-supplement'`)
	if len(rows) != len(want) {
		w.t.Errorf("%d rows are stored of %d accepted entries", len(rows), len(want))
	}
	seen := map[string]bool{}
	for _, row := range rows {
		value, accepted := want[row[0]]
		if !accepted || seen[row[0]] || value != row[1] || (value == "") != (row[2] == "not_available") || !strings.HasSuffix(row[3], "/value") {
			w.t.Errorf("stored is %v, accepted %q", row, value)
		}
		seen[row[0]] = true
	}
	w.checkTrace(rows[0][4], want[rows[0][0]])
}

// checkTrace follows a row to the passage of its document (promise 8).
func (w *worldRun) checkTrace(id, value string) {
	w.t.Helper()
	all, err := w.app.warehouse(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	traced, err := all.Trace(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	store, err := w.app.archive()
	if err != nil {
		w.t.Fatal(err)
	}
	o := traced.Observation
	body, err := store.Body(w.t.Context(), o.Origin.Document)
	if err != nil {
		w.t.Fatal(err)
	}
	printed := string(body[o.ByteStart:o.ByteEnd])
	if printed != o.RawText || value != "" && printed != value || !strings.HasPrefix(traced.Document.URL, "https://entries.zhibiao.invalid/") {
		w.t.Errorf("the passage is %q at %s, the row says %q", printed, traced.Document.URL, o.RawText)
	}
}

// correct gives some counties another number for what was accepted, and has it
// accepted.
func (w *worldRun) correct(random *rand.Rand, desk *supplement.Desk, counties []county, want map[string]string) {
	w.t.Helper()
	for _, c := range counties {
		draft, err := desk.Draft(w.t.Context(), c.clerk, c.region)
		if err != nil {
			w.t.Fatal(err)
		}
		for key := range want {
			if cell, err := supplement.ParseCell(key); err == nil && cell.Region == c.region && random.IntN(2) == 0 {
				draft.Answers[key] = supplement.Answer{Typed: "20"}
			}
		}
		if draft, err = desk.SaveDraft(w.t.Context(), c.clerk, draft); err != nil {
			w.t.Fatal(err)
		}
		if receipt, err := desk.Submit(w.t.Context(), c.clerk, c.region, draft.Revision); err != nil || len(receipt.Findings) > 0 {
			w.t.Fatalf("correcting %s: %+v, %v", c.region, receipt.Findings, err)
		}
	}
	w.acceptSome(random, desk, want)
	if _, err := w.line.handOver(w.t.Context(), desk); err != nil {
		w.t.Fatal(err)
	}
	if err := w.line.awaitLoaded(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// checkLatest wants the newest vintage of every entry to be what was accepted last.
func (w *worldRun) checkLatest(want map[string]string) {
	w.t.Helper()
	for _, row := range w.askAll(`SELECT concat(indicator, '~', region, '~', freq, '~', basis, '~', toString(toYear(period_end))), ifNull(toString(value), '')
		FROM latest_by_source WHERE source = 'county-supplement'`) {
		if want[row[0]] != row[1] {
			w.t.Errorf("the latest of %s is %q, accepted last was %q", row[0], row[1], want[row[0]])
		}
	}
}

func (w *worldRun) checkBurden(desk *supplement.Desk) {
	w.t.Helper()
	b, err := desk.Burden(w.t.Context())
	if err != nil || b.Asked == 0 || b.Held != 0 || b.Answered == 0 || b.Answered > b.Asked {
		w.t.Errorf("the burden is %+v (%v)", b, err)
	}
	if err := w.cli.burden(w.t.Context(), w.app); err != nil {
		w.t.Error(err)
	}
	if !strings.Contains(w.out.String(), "     0 of them were public, provincial or on the national platform") {
		w.t.Errorf("printed is\n%s", w.out)
	}
}
