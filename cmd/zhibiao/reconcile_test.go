package main

import (
	"strings"
	"testing"
	"time"

	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
	"zhibiao/pipeline/schedule"
)

// What the warehouse lost, rows and records of whole documents, comes back from the
// archive by itself, and then all three agree.
func TestAReconciliationLoadsAgainWhatTheWarehouseLost(t *testing.T) {
	w := startWorld(t)
	w.twoNights()
	if code, out := w.within("reconcile"); code != 0 || !strings.Contains(out, "archive, broker and warehouse agree") {
		t.Fatalf("before any loss: exit code %d\n%s", code, out)
	}
	w.exec("DELETE FROM observation WHERE source = 'demo-yearbook' AND indicator = 'gdp'")
	w.exec("DELETE FROM document WHERE source = 'demo-nbs'")
	w.exec("DELETE FROM observation WHERE source = 'demo-nbs'")
	code, out := w.within("reconcile")
	if code != 0 || !strings.Contains(out, "were not in the warehouse as the archive says") || !strings.Contains(out, "archive, broker and warehouse agree") {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	w.mustBeEqual(rebuildOptions{})
}

// A flipped bit and a row that nobody published cannot be mended: they are named, and
// status goes on saying so until they are.
func TestAReconciliationFailsLoudlyAtWhatItCannotMend(t *testing.T) {
	w := startWorld(t)
	w.twoNights()
	hash := w.flipOneBody(statsite.SourceYearbook)
	w.exec("INSERT INTO observation SELECT * REPLACE ('fake' AS locator) FROM observation WHERE source = 'demo-nbs' LIMIT 1")
	code, out := w.within("reconcile", "--all")
	if code != pipeline.ExitOurFault || !strings.Contains(out, hash) || !strings.Contains(out, "rows in the warehouse and") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if _, out := w.within("status"); !strings.Contains(out, "archive, broker and warehouse did not agree") {
		t.Errorf("status does not say so:\n%s", out)
	}
}

func TestEveryBodyIsReadWithinAMonth(t *testing.T) {
	day := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for _, version := range []string{"a", "nxq2ahifz4mc5rpe7d3jyk6b", "zzzzzzzz"} {
		read := 0
		for n := range 30 {
			if ofTheDay(version, day.AddDate(0, 0, n)) {
				read++
			}
		}
		if read != 1 {
			t.Errorf("version %s is read on %d of 30 days, want 1", version, read)
		}
	}
}

func TestAServeReconcilesOnceADayAfterFive(t *testing.T) {
	w := startWorld(t)
	w.collect()
	at := func(hour int) time.Time { return time.Date(2030, 5, 6, hour, 30, 0, 0, schedule.Shanghai) }
	if w.app.reconciliationDue(at(4)) || !w.app.reconciliationDue(at(5)) {
		t.Error("want it from five o'clock on")
	}
	if code, out := w.within("reconcile"); code != 0 {
		t.Fatal(out)
	}
	last, err := w.app.lastReconciliation()
	if err != nil {
		t.Fatal(err)
	}
	evening := time.Date(last.At.In(schedule.Shanghai).Year(), last.At.In(schedule.Shanghai).Month(), last.At.In(schedule.Shanghai).Day(), 23, 0, 0, 0, schedule.Shanghai)
	if w.app.reconciliationDue(evening) || !w.app.reconciliationDue(evening.AddDate(0, 0, 1)) {
		t.Error("want it once a day")
	}
}
