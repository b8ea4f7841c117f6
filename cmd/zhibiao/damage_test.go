package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

// damage overwrites one byte in the middle of every file under a folder of the
// archive.
func damage(t *testing.T, folder string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		content[len(content)/2] ^= 0xff
		files++
		return os.WriteFile(path, content, 0o600)
	})
	if err != nil || files == 0 {
		t.Fatalf("damaged %d files of %s: %v", files, folder, err)
	}
}

// Readings can be made again from bodies: damaged ones cost nothing, and no dead
// letter (promise 5).
func TestDamagedReadingsAreMadeAgain(t *testing.T) {
	w := startWorld(t)
	w.collect()
	before := w.rows()
	damage(t, filepath.Join(w.dir, "archive", "readings"))
	w.world.SetNight(2)
	w.collect()
	w.compareWithTruth(2, before, demoSources...)
}

// A body that is lost holds up its own page, says so, and nothing else.
func TestALostBodyHoldsUpOnlyItsOwnPage(t *testing.T) {
	w := startWorld(t)
	w.collect(statsite.SourceYearbook)
	for _, folder := range []string{"bodies", "readings", "read"} {
		if err := os.RemoveAll(filepath.Join(w.dir, "archive", folder)); err != nil {
			t.Fatal(err)
		}
	}
	before := w.rows()
	w.world.SetNight(2)
	w.app.settings.Collect.Patience = 300 * time.Millisecond
	err := w.tryCollect(statsite.SourceYearbook, statsite.SourceTRS)
	if pipeline.ExitCode(err) != pipeline.ExitEnvironment || !strings.Contains(err.Error(), "nothing has moved") {
		t.Errorf("exit code %d, %v; want 3 and what waits", pipeline.ExitCode(err), err)
	}
	if added := len(w.rows()) - len(before); added < 40 {
		t.Errorf("%d rows of the other source came in, want all of its two nights", added)
	}
	broker, err := w.app.broker(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if dead, err := broker.DeadLetters(t.Context()); err != nil || dead != 0 {
		t.Errorf("%d dead letters, %v, want none", dead, err)
	}
}

// What was set aside is told, with its reason and exit code 4, and does not keep
// the janitor from its work.
func TestWhatIsSetAsideIsTold(t *testing.T) {
	w := startWorld(t)
	broker, err := w.app.broker(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	poison := stream.Batch{Subject: "observations.public", ID: "poison", Payload: []byte("no batch of rows")}
	if err := broker.Publish(t.Context(), poison); err != nil {
		t.Fatal(err)
	}
	err = w.tryCollect(statsite.SourceYearbook)
	if pipeline.ExitCode(err) != pipeline.ExitPartly || !strings.Contains(w.out.String(), "set aside: load: ") {
		t.Errorf("exit code %d, %v\n%s", pipeline.ExitCode(err), err, w.out)
	}
	if err := w.line.sweep(t.Context()); err != nil {
		t.Error(err)
	}
	depths, err := broker.Depths(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range depths {
		if d.Messages != 0 {
			t.Errorf("%s still holds %d messages", d.Stream, d.Messages)
		}
	}
}
