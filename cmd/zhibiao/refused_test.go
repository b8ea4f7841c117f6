package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhibiao/pipeline"
	"zhibiao/warehouse/bench"
)

// Command lines that are refused before anything is touched or asked.
func TestWhatCannotBeMeantIsRefusedBeforeItBegins(t *testing.T) {
	dir, foreign, page := t.TempDir(), t.TempDir(), writeTemporary(t, "page.html", someCommunique)
	if err := os.WriteFile(filepath.Join(foreign, "notes.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"http:// or https://", []string{"extract", page, "--url", "nonsense"}},
		{"http:// or https://", []string{"extract", page, "--url", "ftp://a.example/x"}},
		{"http:// or https://", []string{"extract", page, "--url", "https:///x"}},
		{"--drop-old only drops", []string{"rebuild", "--drop-old", "--verify"}},
		{"--drop-old only drops", []string{"rebuild", "--drop-old", "--into", "x"}},
		{"--keep is of --verify", []string{"rebuild", "--keep"}},
		{"is a folder", []string{"export", "resolved", "--out", dir}},
		{"there is no folder", []string{"export", "resolved", "--out", filepath.Join(dir, "none", "a.csv")}},
		{"lies in the future", []string{"backfill", "--source", "nbs-nation-month", "--from", "2999", "--to", "2999", "--plan"}},
	} {
		code, _, stderr := zhibiao(t, append(c.args, "--data", dir)...)
		if code != pipeline.ExitYourInput || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit code %d, want 2 and %q in\n%s", c.args, code, c.want, stderr)
		}
	}
	code, _, stderr := zhibiao(t, "demo", "--data", foreign)
	if code != pipeline.ExitYourInput || !strings.Contains(stderr, "not a demo's folder (it holds notes.txt)") {
		t.Errorf("a demo in a foreign folder: exit code %d\n%s", code, stderr)
	}
	if entries, err := os.ReadDir(foreign); err != nil || len(entries) != 1 {
		t.Errorf("the foreign folder holds %v, %v", entries, err)
	}
}

func TestAPlanSaysThatItEndsToday(t *testing.T) {
	out := mustRun(t, "backfill", "--source", "nbs-nation-month", "--from", "2020", "--to", "2999", "--plan", "--data", t.TempDir())
	if !strings.Contains(out, "note: --to 2999 reaches beyond today") {
		t.Errorf("the plan does not say so:\n%s", out)
	}
	if out := mustRun(t, "backfill", "--source", "nbs-nation-month", "--from", "2020", "--to", "2021", "--plan", "--data", t.TempDir()); strings.Contains(out, "note:") {
		t.Errorf("a plan of the past says\n%s", out)
	}
}

func TestAMeasurementSaysWhichTargetsAreMet(t *testing.T) {
	result := func(name string, ours time.Duration, target float64) bench.Result {
		return bench.Result{Name: name, Target: target, Ours: bench.Times{P95: ours}, Plain: bench.Times{P95: time.Millisecond}}
	}
	var out bytes.Buffer
	err := printBench(&out, bench.Report{Rows: 34_830, PlainRows: 10, Bytes: 34_830 * 30, Results: []bench.Result{
		result("quick", 2*time.Millisecond, 3), result("slow", 4*time.Millisecond, 3), result("free", 9*time.Millisecond, 0),
	}}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"34830 observations were made, --rows asked for 1000", "30.00 bytes each, target ≤ 20: missed", "quick … ≤ 3 met 0", "slow … ≤ 3 missed 0", "free … – – 0"} {
		first, last, _ := strings.Cut(line, " … ")
		found := false
		for got := range strings.Lines(out.String()) {
			got = strings.Join(strings.Fields(got), " ")
			found = found || strings.HasPrefix(got, first) && strings.HasSuffix(got, last)
		}
		if !found && !strings.Contains(out.String(), line) {
			t.Errorf("%q is not in\n%s", line, out.String())
		}
	}
}
