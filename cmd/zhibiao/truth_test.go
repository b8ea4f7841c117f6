package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zhibiao/internal/statsite"
)

// Each published number is one row, nothing else is, and no run adds what is
// there already; a revision is a new vintage beside the old one.
func TestTheWarehouseHoldsExactlyWhatThePublishersPrinted(t *testing.T) {
	w := startWorld(t)
	all := append(slices.Clone(demoSources), statsite.SourceNBSArchive)

	w.collect()
	w.collectArchive()
	first := w.compareWithTruth(1, nil, all...)
	w.compareRefusals(1)

	w.collect()
	w.collectArchive()
	if again := w.rows(); !cmp.Equal(first, again) {
		t.Errorf("a second run changed the warehouse:\n%s", firstLines(cmp.Diff(first, again), 20))
	}

	w.world.SetNight(2)
	w.collect()
	w.collectArchive()
	w.compareWithTruth(2, first, all...)
	w.compareRefusals(2)
	w.checkWithdrawals()
	if err := w.line.reconciled(t.Context()); err != nil {
		t.Error(err)
	}
}

// compareRefusals compares the open refusals with those that the site provokes.
func (w *worldRun) compareRefusals(night int) {
	w.t.Helper()
	want := map[string]int{}
	for _, r := range w.world.Refusals(night) {
		want[r.Reason+" · "+r.URL] += r.Count
	}
	got := map[string]int{}
	for _, row := range w.ask(`SELECT r.reason, d.url, toString(r.numbers) FROM open_refusals AS r LEFT JOIN document AS d ON d.version = r.version`) {
		var numbers int
		fmt.Sscan(row[2], &numbers)
		got[row[0]+" · "+row[1]] += numbers
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("night %d: refused numbers differ (- wanted, + got):\n%s", night, diff)
	}
}

// checkWithdrawals looks at a value that a page no longer shows: it stays, and
// only the source that declares snapshot marks it, visibly.
func (w *worldRun) checkWithdrawals() {
	w.t.Helper()
	withdrawn := w.ask(`SELECT source, indicator, region, toString(value), arrayStringConcat(flags, ','), prior FROM latest_by_source WHERE op = 'withdraw'`)
	if len(withdrawn) != 1 || withdrawn[0][0] != statsite.SourceYearbook {
		w.t.Fatalf("withdrawn rows in latest_by_source: %v, want one of the yearbook", withdrawn)
	}
	row := withdrawn[0]
	if row[3] == "" || !strings.Contains(row[4], "withdrawn") {
		w.t.Errorf("the withdrawn value is not visible with its flag: %v", row)
	}
	prior := w.ask("SELECT toString(value), op FROM observation FINAL WHERE id = '" + row[5] + "'")
	if len(prior) != 1 || prior[0][0] != row[3] || prior[0][1] != "assert" {
		w.t.Errorf("the withdrawal leads to %v, want the row that printed %s", prior, row[3])
	}
	absent := w.ask(`SELECT indicator, region, toString(value) FROM latest_by_source
		WHERE source LIKE 'demo-communique-%' AND indicator = 'primary_value_added.growth' AND toYear(period_end) = 2022`)
	if len(absent) != 3 {
		w.t.Errorf("of the growth that pages no longer show %d values stand, want 3: %v", len(absent), absent)
	}
}
