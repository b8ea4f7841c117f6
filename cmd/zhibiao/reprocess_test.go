package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
)

// yearbookLabel is the label of one indicator in one of its tables.
const yearbookLabel = "第一产业增加值"

// reopenWith closes the folder and opens it with other rules of the yearbook.
func (w *worldRun) reopenWith(rules string) {
	w.t.Helper()
	w.close()
	w.openWith(func() {
		file := filepath.Join(w.dir, "configs", "sources", statsite.SourceYearbook+".yaml")
		text, err := os.ReadFile(file)
		if err != nil {
			w.t.Fatal(err)
		}
		if err := os.WriteFile(file, append(text, rules...), 0o600); err != nil {
			w.t.Fatal(err)
		}
	})
	w.app.serveLine(w.line)
}

func (w *worldRun) reprocess() string {
	w.t.Helper()
	w.out.Reset()
	if err := w.cli.reprocess(w.t.Context(), w.app, nil, false); err != nil {
		w.t.Fatalf("reprocess: %v\n%s", err, w.out)
	}
	return w.out.String()
}

// latestOf are the values of a source that stand, in the words of a person.
func (w *worldRun) latestOf(table string) []string {
	w.t.Helper()
	var all []string
	for _, row := range w.ask(`SELECT indicator, region, toString(period_start), toString(period_end), ifNull(toString(value), 'NULL'), op FROM ` + table +
		` WHERE source = '` + statsite.SourceYearbook + `' ORDER BY ALL`) {
		all = append(all, strings.Join(row, " · "))
	}
	return all
}

// Rules change, are taken back, and change nothing: the latest is what the rules in
// force read, what was known before stays answerable, and the archive alone gives
// the same warehouse.
func TestReprocessingFollowsTheRulesThereAndBack(t *testing.T) {
	w := startWorld(t)
	w.twoNights()
	first := w.latestOf("latest_by_source")
	rows := w.rows()
	if len(first) == 0 {
		t.Fatal("the yearbook has nothing")
	}

	w.reopenWith("\nignore: [一个从未出现的指标]\n")
	if out := w.reprocess(); !strings.Contains(out, "0 values asserted, 0 withdrawn, 0 retracted") {
		t.Errorf("rules that read the same publish something:\n%s", out)
	}
	if diff := cmp.Diff(rows, w.rows()); diff != "" {
		t.Errorf("rules that read the same add rows:\n%s", firstLines(diff, 20))
	}
	w.mustBeEqual(rebuildOptions{})

	at := w.ask("SELECT toString(now64(3, 'UTC'))")[0][0]
	known := w.latestOf("as_known(at = '" + at + "')")
	w.reopenWith("\nignore: [" + yearbookLabel + "]\n")
	if out := w.reprocess(); strings.Contains(out, " 0 retracted") {
		t.Errorf("rules that ignore an indicator retract nothing:\n%s", out)
	}
	if gone := w.latestOf("latest_by_source"); len(gone) >= len(first) {
		t.Errorf("%d values stand, before there were %d", len(gone), len(first))
	}
	if diff := cmp.Diff(known, w.latestOf("as_known(at = '"+at+"')")); diff != "" || len(known) == 0 {
		t.Errorf("as known before the latest is another:\n%s", firstLines(diff, 20))
	}
	if err := w.line.reconciled(t.Context()); err != nil {
		t.Error(err)
	}
	w.mustBeEqual(rebuildOptions{})

	w.reopenWith("")
	w.reprocess()
	if diff := cmp.Diff(first, w.latestOf("latest_by_source")); diff != "" {
		t.Errorf("rules that were taken back end elsewhere:\n%s", firstLines(diff, 20))
	}
	w.mustBeEqual(rebuildOptions{})
	if out := w.reprocess(); !strings.Contains(out, "everything was read under the present rules") {
		t.Errorf("a second time there is something to do:\n%s", out)
	}
	w.collect() // and it goes on
	w.mustBeEqual(rebuildOptions{})
}

func TestReprocessRefusesASourceThatIsNot(t *testing.T) {
	code, _, stderr := zhibiao(t, "reprocess", "--source", "nobody", "--data", t.TempDir())
	if code != pipeline.ExitYourInput || !strings.Contains(stderr, "nobody") {
		t.Errorf("ended with %d: %s", code, stderr)
	}
}
