package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"zhibiao/pipeline"
	"zhibiao/pipeline/observe"
	"zhibiao/warehouse"
)

// A source that is broken for a quarter is the first thing that status says, with how
// long it has been silent; one that is late follows; both are ours. A source that has
// only ever failed counts from its first run, however often the process began anew.
func TestStatusBeginsWithTheSourcesThatAreSilent(t *testing.T) {
	w := startWorld(t)
	run := func(name string, days int, failure string) {
		t.Helper()
		source, err := w.app.set.Source(name)
		if err != nil {
			t.Fatal(err)
		}
		source.Schedule, source.Verified = "30 2 * * *", "2025-01-01"
		failures := "[]"
		if failure != "" {
			failures = "['" + failure + "']"
		}
		at := now().Add(-time.Duration(days) * 24 * time.Hour).UTC().Format("2006-01-02 15:04:05.000")
		w.exec(fmt.Sprintf("INSERT INTO run (id, source, trigger, started_at, finished_at, failures) VALUES ('%s%d', '%s', 'nightly', '%s', '%s', %s)",
			name, days, name, at, at, failures))
	}
	quarter, week, never := demoSources[0], demoSources[1], demoSources[2]
	run(quarter, 120, "")
	run(quarter, 1, "blocked by a challenge")
	run(week, 7, "")
	run(never, 100, "unreachable")
	run(never, 1, "unreachable")
	status := w.statusText()
	for _, want := range []string{"BROKEN FOR A QUARTER OR LONGER: 2 sources", quarter + " (silent for 120 days", ": blocked by a challenge)",
		never + " (silent for 100 days, never succeeded", "overdue sources: ours to mend, no county's\n  " + week + " (silent for 7 days"} {
		if !strings.Contains(status, want) {
			t.Errorf("status does not say %q:\n%s", want, status)
		}
	}
	if !strings.HasPrefix(status, "BROKEN FOR A QUARTER") || strings.Contains(status, "all is well") {
		t.Errorf("status begins otherwise:\n%s", status)
	}
	findings := observe.NewHealth(w.app.sourcesChecks()...).Look(t.Context())
	if len(findings) != 2 || !strings.Contains(findings[0].Problem, "2 sources have brought nothing for a quarter") || strings.Contains(findings[0].Problem, week) ||
		!strings.Contains(findings[1].Problem, "3 sources were not collected in time") {
		t.Errorf("found %+v", findings)
	}
	run(quarter, 0, "")
	run(never, 0, "")
	if status := w.statusText(); strings.Contains(status, "BROKEN") {
		t.Errorf("what works again is still broken:\n%s", status)
	}
}

func TestOverdueNumbersAreCountedBySourceAndOnlyOurs(t *testing.T) {
	day := func(month int) pipeline.Date { return pipeline.DateOf(2025, month, 1) }
	got := sumBehind([]warehouse.Absent{
		{Move: "mend", Reason: "overdue", Sources: []string{"b"}, DueOn: day(5)},
		{Move: "mend", Reason: "overdue", Sources: []string{"a", "b"}, DueOn: day(3)},
		{Move: "mend", Reason: "never_verified", Sources: []string{"c"}, DueOn: day(1)},
		{Move: "county", Reason: "due", DueOn: day(1)},
		{Move: "mend", Reason: "overdue", Sources: []string{"d"}, DueOn: day(2)},
	})
	var text string
	for _, b := range got {
		text += fmt.Sprintf("%s %d %s, ", b.source, b.numbers, b.due)
	}
	if text != "d 1 2025-02-01, a 1 2025-03-01, b 2 2025-03-01, " {
		t.Errorf("got %s", text)
	}
}
