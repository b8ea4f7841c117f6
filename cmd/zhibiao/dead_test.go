package main

import (
	"strings"
	"testing"

	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

// bury sets rows of a source aside, as the loader does with what the warehouse
// refuses, and returns how many.
func (w *worldRun) bury(source string) {
	w.t.Helper()
	broker, err := w.app.broker(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	version := w.ask("SELECT version FROM document WHERE source = '" + source + "' ORDER BY version LIMIT 1")[0][0]
	store, err := w.app.archive()
	if err != nil {
		w.t.Fatal(err)
	}
	doc, err := store.Metadata(w.t.Context(), version)
	if err != nil {
		w.t.Fatal(err)
	}
	batch, err := stream.EncodeDocument(doc)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := broker.PublishLetter(w.t.Context(), stream.Letter{
		Stage: "transform", Reason: "the reader failed\nwith details", Subject: batch.Subject, ID: batch.ID, Attempts: 3, Payload: batch.Payload,
	}); err != nil {
		w.t.Fatal(err)
	}
}

// within runs a command line inside the open folder.
func (w *worldRun) within(args ...string) (int, string) {
	w.t.Helper()
	w.app.serveLine(w.line)
	w.out.Reset()
	c := &cli{stdout: w.out, stderr: w.out, serving: w.app}
	return c.execute(w.t.Context(), args), w.out.String()
}

func TestDeadLettersAreListedShownAndReplayedOnce(t *testing.T) {
	w := startWorld(t)
	w.collect(statsite.SourceYearbook)
	before := w.rows()
	w.bury(statsite.SourceYearbook)
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"dead", "list"}, 0, "3 attempts  document"},
		{[]string{"dead", "list", "--stage", "load"}, 0, "no dead letters"},
		{[]string{"dead", "list", "--source", statsite.SourceTRS}, 0, "no dead letters"},
		{[]string{"dead", "list", "--reason", "reader failed", "--format", "ndjson"}, 0, `"source":"demo-yearbook"`},
		{[]string{"dead", "list", "--stage", "nowhere"}, pipeline.ExitYourInput, "want transform or load"},
		{[]string{"dead", "show", "1"}, 0, "with details"},
		{[]string{"dead", "show", "7"}, pipeline.ExitYourInput, "none of this number"},
		{[]string{"dead", "replay"}, pipeline.ExitYourInput, "which letters?"},
		{[]string{"dead", "replay", "x"}, pipeline.ExitYourInput, "not the number"},
		{[]string{"dead", "replay", "7"}, pipeline.ExitYourInput, "no dead letter 7"},
		{[]string{"dead", "replay", "--release"}, pipeline.ExitYourInput, "--release goes with --source"},
		{[]string{"dead", "replay", "--source", statsite.SourceYearbook}, 0, "replayed 1 letter\neverything is loaded"},
		{[]string{"dead", "list"}, 0, "no dead letters"},
		{[]string{"dead", "list", "--all"}, 0, "(replayed "},
		{[]string{"dead", "replay", "1"}, 0, "was replayed before"},
		{[]string{"dead", "replay", "1", "--again"}, 0, "replayed 1 letter\n"},
	} {
		code, out := w.within(c.args...)
		if code != c.code || !strings.Contains(out, c.want) {
			t.Errorf("%s ended with %d, want %d and %q:\n%s", strings.Join(c.args, " "), code, c.code, c.want, out)
		}
	}
	if after := w.rows(); len(after) != len(before) {
		t.Errorf("%d rows after the replays, before there were %d", len(after), len(before))
	}
}

func TestAStoppedSourceIsNamedAndReleased(t *testing.T) {
	w := startWorld(t)
	broker, err := w.app.broker(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	states, err := broker.States(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := states.Stop(t.Context(), stream.Stopped{Source: statsite.SourceYearbook, Since: now(), Reason: "200 dead letters"}); err != nil {
		t.Fatal(err)
	}
	if err := w.tryCollect(statsite.SourceYearbook); pipeline.ExitCode(err) == 0 || !strings.Contains(w.out.String(), "is stopped since") {
		t.Errorf("a stopped source is fetched: %v\n%s", err, w.out)
	}
	if _, out := w.within("status"); !strings.Contains(out, "200 dead letters") {
		t.Errorf("status does not name the stopped source:\n%s", out)
	}
	if code, out := w.within("dead", "replay", "--release", "--source", statsite.SourceYearbook); code != 0 || !strings.Contains(out, "is fetched again") {
		t.Errorf("releasing ended with %d:\n%s", code, out)
	}
	w.collect(statsite.SourceYearbook)
}
