package main

import (
	"bufio"
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"zhibiao/internal/statsite"
)

// The demo, killed at random moments again and again on one folder, ends with
// the rows that an undisturbed one has (promises 1, 3 and 7).
func TestADemoThatIsKilledGoesOnWhereItWas(t *testing.T) {
	const folders, killsEach = 3, 4
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	kills := 0
	for range folders {
		dir := t.TempDir()
		for range killsEach {
			if killDemo(t, dir, random.IntN(9), time.Duration(random.IntN(120))*time.Millisecond) {
				kills++
			}
		}
		if output, err := demoProcess(t, dir).CombinedOutput(); err != nil {
			t.Fatalf("after the kills the demo fails: %v\n%s", err, output)
		}
		checkFinishedDemo(t, dir)
	}
	if kills < folders*killsEach/2 {
		t.Errorf("only %d of %d demos were killed before they ended: the test shows too little", kills, folders*killsEach)
	}
}

// killDemo starts a demo, kills it a moment after it printed some lines, and
// reports whether it was still running.
func killDemo(t *testing.T, dir string, lines int, moment time.Duration) bool {
	t.Helper()
	command := demoProcess(t, dir)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	scanner := bufio.NewScanner(output)
	for range lines {
		if !scanner.Scan() {
			break
		}
	}
	killer := time.AfterFunc(moment, func() { command.Process.Kill() })
	defer killer.Stop()
	io.Copy(io.Discard, output)
	return command.Wait() != nil
}

// checkFinishedDemo compares all that a finished demo left with the truth.
func checkFinishedDemo(t *testing.T, dir string) {
	t.Helper()
	w := &worldRun{t: t, dir: dir, world: statsite.NewWorld(statsite.Config{Seed: demoSeed}), out: new(bytes.Buffer)}
	site, err := statsite.Serve(t.Context(), w.world)
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	w.site = site
	w.open()
	defer w.close()
	w.compareBothNights()
	if err := w.line.reconciled(t.Context()); err != nil {
		t.Error(err)
	}
	broker, err := w.app.broker(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if dead, err := broker.DeadLetters(t.Context()); err != nil || dead != 0 {
		t.Errorf("%d dead letters, %v", dead, err)
	}
}

// compareBothNights compares all rows with the facts of both nights.
func (w *worldRun) compareBothNights() {
	w.t.Helper()
	var want, got []string
	for night := 1; night <= demoNights; night++ {
		for _, f := range w.world.Truth(night) {
			if slices.Contains(demoSources, f.Source) {
				want = append(want, inWords(f))
			}
		}
	}
	for _, row := range w.rows() {
		got = append(got, row)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		w.t.Errorf("%d rows, the truth has %d", len(got), len(want))
	}
}

func demoProcess(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self, "demo", "--data", dir)
	command.Env = append(os.Environ(), asCommand+"=1")
	return command
}
