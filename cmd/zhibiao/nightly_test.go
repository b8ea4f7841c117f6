package main

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zhibiao/internal/statsite"
	"zhibiao/pipeline/schedule"
	"zhibiao/pipeline/stream"
)

// A serve that comes back after three nights catches them up with one run, which
// goes the way of all runs.
func TestMissedNightsAreCaughtUpOnceWhenTheServeIsBack(t *testing.T) {
	w := startWorld(t)
	w.close()
	w.openWith(func() {
		name := filepath.Join(w.dir, "configs", "sources", statsite.SourceYearbook+".yaml")
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		seen := strings.Replace(string(text), "verified: never\n", "verified: 2026-01-31\nschedule: \"30 2 * * *\"\n", 1)
		if err := os.WriteFile(name, []byte(seen), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	jobs, waiting, err := w.line.nightlyJobs()
	if err != nil || len(jobs) != 1 || waiting == 0 { // the bundled sources wait
		t.Fatalf("%d jobs, %d wait, %v", len(jobs), waiting, err)
	}
	broker, err := w.app.broker(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slots, err := broker.Slots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := slots.Since(t.Context(), statsite.SourceYearbook, now().AddDate(0, 0, -3)); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	scheduler, err := w.line.newScheduler(ctx, jobs)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- scheduler.Run(ctx) }()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	var all []stream.Slot
	for done := false; !done; <-ticker.C {
		if all, err = slots.Of(t.Context(), statsite.SourceYearbook, 100); err != nil {
			t.Fatal(err)
		}
		done = len(all) > 0 && all[len(all)-1].State == stream.SlotDone
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if len(all) != 3 || all[0].State != stream.SlotCovered || all[1].State != stream.SlotCovered || all[2].Trigger != schedule.CatchUp || all[2].Fetched == 0 {
		t.Errorf("slots %+v", all)
	}
	if err := w.line.awaitLoaded(t.Context()); err != nil {
		t.Fatal(err)
	}
	if runs := w.ask(`SELECT trigger, toString(count()) FROM run FINAL GROUP BY trigger`); len(runs) != 1 || runs[0][0] != schedule.CatchUp || runs[0][1] != "1" {
		t.Errorf("runs %v, want one that caught up", runs)
	}
	w.compareWithTruth(1, nil, statsite.SourceYearbook)
}

// A night over sources that have not changed asks for each page once, with what the
// publisher said of it the last time, reads nothing and loads no row.
func TestANightOverUnchangedSourcesReadsNothingAndLoadsNoRow(t *testing.T) {
	w := startWorld(t)
	w.site.Validators = true
	w.collect(statsite.SourceYearbook, statsite.SourceTRS)
	pages := map[string]bool{}
	for _, r := range w.site.Requests() {
		if r.Path != "/robots.txt" {
			pages[r.Host+r.Path] = true
		}
	}
	rows, work := w.rows(), w.workDone()
	if len(rows) == 0 || len(pages) < 10 {
		t.Fatalf("%d rows of %d pages: the test shows nothing", len(rows), len(pages))
	}

	w.site.ForgetRequests()
	w.collect(statsite.SourceYearbook, statsite.SourceTRS)
	asked := map[string]int{}
	inFull := 0
	for _, r := range w.site.Requests() {
		if asked[r.Host+r.Path]++; asked[r.Host+r.Path] > 1 {
			t.Errorf("%s%s was asked %d times", r.Host, r.Path, asked[r.Host+r.Path])
		}
		if r.Condition == "" && r.Path != "/robots.txt" {
			inFull++ // after the last page of a numbered list there is none, which is no page to remember
		}
	}
	if inFull > 1 || len(asked) < len(pages) {
		t.Errorf("%d of %d pages were asked in full", inFull, len(asked))
	}
	if after := w.workDone(); !slices.Equal(after, work) {
		t.Errorf("messages read and rows loaded were %v, after the second night %v", work, after)
	}
	if after := w.rows(); !maps.Equal(after, rows) {
		t.Errorf("%d rows, %d after the second night", len(rows), len(after))
	}
}

// workDone are the counters of documents read, and of observations and refusals loaded.
func (w *worldRun) workDone() []string {
	w.t.Helper()
	answer := httptest.NewRecorder()
	w.app.metrics.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	var counters []string
	for line := range strings.Lines(answer.Body.String()) {
		for _, counter := range []string{
			`zhibiao_deliveries_total{consumer="` + stream.Transform + `"`,
			`zhibiao_loaded_rows_total{outcome="done",table="observation"`, `zhibiao_loaded_rows_total{outcome="done",table="refusal"`,
		} {
			if strings.HasPrefix(line, counter) {
				counters = append(counters, strings.TrimSpace(line))
			}
		}
	}
	if len(counters) < 2 {
		w.t.Fatalf("the metrics count only %v", counters)
	}
	return counters
}

func TestScheduleSettingsAreChecked(t *testing.T) {
	for text, want := range map[string]string{
		"schedule: {jitter: 0s, catch_up: 48h, parallel: 2}\n": "",
		"schedule: {jitter: 7h}\n":                             "schedule: jitter: 7h0m0s is not between",
		"schedule: {catch_up: -1h}\n":                          "schedule: catch_up:",
		"schedule: {parallel: 100}\n":                          "schedule: parallel: 100 is not between",
		"schedule: {jiter: 1h}\n":                              "jiter",
	} {
		file := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := loadSettings(t.TempDir(), file)
		switch {
		case want == "" && (err != nil || s.Schedule.jitter() != 0):
			t.Errorf("%s: %v, jitter %s", text, err, s.Schedule.jitter())
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if got := (scheduleSettings{}).jitter(); got != defaultJitter {
		t.Errorf("default jitter %s", got)
	}
}
