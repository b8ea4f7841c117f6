package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"zhibiao/pipeline"
)

// A rebuild that is killed at any moment leaves a warehouse that the next one
// makes whole.
func TestAKilledRebuildCanBeRunAgain(t *testing.T) {
	dir := t.TempDir()
	mustRun(t, "demo", "--data", dir)
	kills := 0
	for i := range 6 {
		command := exec.CommandContext(t.Context(), os.Args[0], "rebuild", "--data", dir)
		command.Env = append(os.Environ(), asCommand+"=1")
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		killer := time.AfterFunc(time.Duration(300+300*i)*time.Millisecond, func() { command.Process.Kill() })
		if command.Wait() != nil {
			kills++
		}
		killer.Stop()
	}
	if kills < 2 {
		t.Errorf("only %d rebuilds were killed before they ended: the test shows too little", kills)
	}
	mustRun(t, "rebuild", "--data", dir)
	if out := mustRun(t, "rebuild", "--verify", "--data", dir); !strings.Contains(out, "\nequal: ") {
		t.Errorf("after the kills:\n%s", out)
	}
	checkFinishedDemo(t, dir)
}

func TestARebuildRunsInsideTheServe(t *testing.T) {
	dir := t.TempDir()
	mustRun(t, "demo", "--data", dir)
	serve := startServe(t, dir)
	defer serve.Wait()
	defer serve.Process.Kill()
	if out := mustRun(t, "rebuild", "--verify", "--data", dir); !strings.Contains(out, "\nequal: ") {
		t.Errorf("verify through the serve:\n%s", out)
	}
	if out := mustRun(t, "rebuild", "--data", dir); !strings.Contains(out, "are in place") {
		t.Errorf("rebuild through the serve:\n%s", out)
	}
	if out := mustRun(t, "query", "--data", dir, "--format", "tsv", "SELECT count() > 300 AS many FROM latest_by_source"); out != "many\n1\n" && out != "many\ntrue\n" {
		t.Errorf("the views do not see the rebuilt tables: %q", out)
	}
}

func TestAForeignDatabaseIsNeverDropped(t *testing.T) {
	w := startWorld(t)
	w.exec("CREATE DATABASE mine")
	for _, name := range []string{"mine", "zhibiao", "a;b", ""} { // none is a rebuild's
		live, err := w.app.warehouse(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := live.MakeSecond(t.Context(), name); pipeline.ExitCode(err) != pipeline.ExitYourInput {
			t.Errorf("a second database %q: exit code %d, want 2: %v", name, pipeline.ExitCode(err), err)
		}
		if err := live.DropSecond(t.Context(), name); err != nil {
			t.Errorf("dropping %q: %v", name, err)
		}
	}
	if found := w.ask("SELECT name FROM system.databases WHERE name IN ('mine', 'zhibiao')"); len(found) != 2 {
		t.Errorf("databases %v, want both", found)
	}
}
