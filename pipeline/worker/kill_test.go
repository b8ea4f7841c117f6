package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"zhibiao/pipeline"
)

// The child of TestAKilledProcessLosesNothing: the test binary itself, told so by
// this variable, which names the folder.
const childFolder = "ZHIBIAO_KILL_TEST_FOLDER"

// ledger is a loader that appends ids to a file and syncs it before it answers:
// the judge's own record of what was durable.
type ledger struct{ file *os.File }

func (l ledger) Load(_ context.Context, batch []pipeline.Observation) error {
	writer := bufio.NewWriter(l.file)
	for i := range batch {
		if err := json.NewEncoder(writer).Encode(ledgerRow{batch[i].ID(), batch[i]}); err != nil {
			return err
		}
	}
	return errors.Join(writer.Flush(), l.file.Sync())
}

type ledgerRow struct {
	ID  string
	Row pipeline.Observation
}

func openLedger(dir string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, "ledger"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = file.WriteString("\n") // ends the line at which the one before was killed
	}
	return file, err
}

// TestKilledChild is no test of its own: it runs the pipeline until it is killed.
func TestKilledChild(t *testing.T) {
	dir := os.Getenv(childFolder)
	if dir == "" {
		t.Skip("only as a child")
	}
	file, err := openLedger(dir)
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t)
	r.dir = dir
	base := time.Now()
	r.site.clock = func() time.Time { return base.Add(time.Since(base)) }
	r.open(nil, false)
	startLoad(t, r, ledger{file}, r.load)
	transform := NewTransform(r.archive, r.broker.Broker, rulesOf, testReadings, r.zap(), TransformConfig{Workers: 2})
	go func() { _ = transform.Run(context.Background()) }()
	fmt.Println("working")
	for round := 0; ; round++ {
		for i := range 5 {
			r.site.pages[fmt.Sprint(page, i)] = fmt.Sprintf("gdp%d %d\nx%d %d", i, rand.IntN(2), i, time.Now().UnixNano())
		}
		r.mustRun()
	}
}

func TestAKilledProcessLosesNothing(t *testing.T) {
	kills := 12
	if testing.Short() {
		kills = 3
	}
	dir := t.TempDir()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for range kills {
		killChild(t, dir, time.Duration(50+random.IntN(700))*time.Millisecond)
	}
	r := newRig(t)
	r.dir = dir
	r.open(nil, true)
	defer r.close()
	if _, err := r.collect.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.awaitIdle()
	mergeLedger(t, r, dir)
	rows := judge(t, r)
	t.Logf("%d rows after %d kills", rows, kills)
	if rows < 10*kills {
		t.Errorf("%d rows in %d lives prove nothing", rows, kills)
	}
	if dead := r.dead(); len(dead) != 0 {
		t.Errorf("%d dead letters, want none: %s", len(dead), dead[0].Reason) // promise 5
	}
}

// killChild lets a child work for a while and kills it with SIGKILL.
func killChild(t *testing.T, dir string, life time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKilledChild$", "-test.v")
	child.Env = append(os.Environ(), childFolder+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	working := make(chan struct{})
	var said []byte
	reading.Go(func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			said = append(append(said, lines.Bytes()...), '\n')
			if lines.Text() == "working" {
				close(working)
				break
			}
		}
		rest, _ := io.ReadAll(out)
		said = append(said, rest...)
	})
	select {
	case <-working:
		sleep(ctx, life)
	case <-time.After(30 * time.Second):
		t.Error("the child does not work")
	}
	cancel()
	reading.Wait()
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("the child ended by itself: %v\n%s", err, said)
	}
}

// mergeLedger loads what the killed processes had made durable into the
// warehouse; the same row in both is the same row.
func mergeLedger(t *testing.T, r *rig, dir string) {
	t.Helper()
	content, err := os.Open(filepath.Join(dir, "ledger"))
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	lines := bufio.NewScanner(content)
	for lines.Scan() {
		var row ledgerRow
		if json.Unmarshal(lines.Bytes(), &row) != nil {
			continue // the line at which one was killed
		}
		r.warehouse.Put(row.ID, row.Row)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}
