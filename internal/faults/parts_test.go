package faults_test

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"zhibiao/internal/faults"
)

func TestTheJudgeFindsWhatIsLostDoubledAndWrong(t *testing.T) {
	for _, c := range []struct {
		name                  string
		owed, possible, found []string
		lost, doubled, wrong  int
	}{
		{"all is there", []string{"a", "b"}, nil, []string{"b", "a"}, 0, 0, 0},
		{"one is missing", []string{"a", "b"}, nil, []string{"a"}, 1, 0, 0},
		{"one is there three times", []string{"a"}, nil, []string{"a", "a", "a"}, 0, 2, 0},
		{"one was never published", []string{"a"}, nil, []string{"a", "x"}, 0, 0, 1},
		{"one was published and not yet acknowledged", []string{"a"}, []string{"b"}, []string{"a", "b"}, 0, 0, 0},
		{"what is not yet owed is there twice", []string{"a"}, []string{"b"}, []string{"a", "b", "b"}, 0, 1, 0},
		{"nothing is there", []string{"a", "b"}, nil, nil, 2, 0, 0},
	} {
		v := faults.Judge(c.owed, c.possible, c.found)
		if v.Lost != c.lost || v.Doubled != c.doubled || v.Wrong != c.wrong || v.Kept() != (c.lost+c.doubled+c.wrong == 0) {
			t.Errorf("%s: %v", c.name, v)
		}
	}
}

func TestALedgerForgetsOnlyTheLineAtWhichItWasCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	ledger, err := faults.OpenLedger[faults.Result](path)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(3) {
		if err := ledger.Append(faults.Result{Row: "1", Seed: seed}); err != nil {
			t.Fatal(err)
		}
	}
	if err := ledger.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text[:len(text)-5], 0o600); err != nil {
		t.Fatal(err)
	}
	if known, err := faults.ReadLedger[faults.Result](path); err != nil || len(known) != 2 || known[1].Seed != 1 {
		t.Errorf("%v, %v", known, err)
	}
	if err := os.WriteFile(path, append([]byte("{broken\n"), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := faults.ReadLedger[faults.Result](path); err == nil {
		t.Error("a broken line in the middle is passed over")
	}
}

// echo is a server that sends back what it gets; end waits until it has ended.
func echo(t *testing.T) (address string, end func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer connection.Close()
				_, _ = io.Copy(connection, connection)
			})
		}
	})
	return listener.Addr().String(), func() {
		listener.Close()
		running.Wait()
	}
}

func TestTheProxyDoesWhatItsModeSays(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	target, end := echo(t)
	defer end()
	p, err := faults.NewProxy(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	dial := func() net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", p.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	hears := func(c net.Conn, text string, within time.Duration) error {
		if _, err := c.Write([]byte(text)); err != nil {
			return err
		}
		c.SetReadDeadline(time.Now().Add(within))
		_, err := io.ReadFull(c, make([]byte, len(text)))
		return err
	}
	isTimeout := func(err error) bool {
		var e net.Error
		return errors.As(err, &e) && e.Timeout()
	}
	const short, patient = 60 * time.Millisecond, 10 * time.Second

	c := dial()
	if err := hears(c, "passes", patient); err != nil {
		t.Fatalf("a proxy that passes: %v", err)
	}
	p.Set(faults.Stall)
	if err := hears(c, "stalls", short); !isTimeout(err) {
		t.Errorf("a proxy that stalls: %v", err)
	}
	p.Set(faults.Pass)
	c.SetReadDeadline(time.Now().Add(patient))
	if _, err := io.ReadFull(c, make([]byte, len("stalls"))); err != nil {
		t.Errorf("after the stall: %v", err)
	}
	p.Set(faults.Deaf)
	if err := hears(c, "answer", short); !isTimeout(err) {
		t.Errorf("a proxy that loses answers: %v", err)
	}
	p.Set(faults.Pass)
	if err := hears(c, "x", patient); err == nil || isTimeout(err) {
		t.Errorf("a connection that lost an answer goes on: %v", err)
	}
	c = dial()
	if err := hears(c, "x", patient); err != nil {
		t.Fatal(err)
	}
	p.CutAfter(7)
	if err := hears(c, strings.Repeat("y", 20), patient); err == nil || isTimeout(err) || p.Cuts() != 1 {
		t.Errorf("a connection that is cut after 7 bytes: %v, %d cuts", err, p.Cuts())
	}
	c = dial()
	if err := hears(c, "x", patient); err != nil {
		t.Fatal(err)
	}
	p.Freeze()
	if err := hears(c, "x", short); !isTimeout(err) {
		t.Errorf("a half-open connection: %v", err)
	}
	if err := hears(dial(), "x", patient); err != nil {
		t.Errorf("a new connection beside it: %v", err)
	}
	p.Set(faults.Down)
	if c, err := net.Dial("tcp", p.Addr()); err == nil {
		defer c.Close()
		if err := hears(c, "x", patient); err == nil || isTimeout(err) {
			t.Errorf("a proxy that is down: %v", err)
		}
	}
}

// The page says what its ledger says.
func TestThePageIsRenderedFromItsLedger(t *testing.T) {
	known, err := faults.ReadLedger[faults.Result]("testdata/ledger.jsonl")
	if err != nil || len(known) == 0 {
		t.Fatalf("%d runs, %v", len(known), err)
	}
	want, err := faults.Page(known)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/reliability.md is not what its ledger says: go run ./internal/faults/report > docs/reliability.md")
	}
}

func TestEveryRowThatRunsIsInTheCatalogue(t *testing.T) {
	listed := map[string]bool{}
	for _, e := range faults.Catalogue {
		listed[e.ID] = true
	}
	for _, r := range rows {
		if !listed[r.id] {
			t.Errorf("row %s has no entry in the catalogue", r.id)
		}
	}
}

// The last run of a seed counts, and what was not kept is told.
func TestThePageTellsWhatWasNotKept(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	page, err := faults.Page([]faults.Result{
		{Row: "1", Seed: 1, Lost: 3, Published: 1000, At: at},
		{Row: "1", Seed: 1, Published: 1000, Loaded: 1000, At: at},
		{Row: "3", Seed: 2, Published: 1000, Loaded: 999, Lost: 1, At: at},
		{Row: "11", Seed: 1, Missing: "strace is not installed", At: at},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| 1 | the collecting process is killed |", "| 1 | 0 | 1000 | 1000 | 0 | 0 | 0 | 0 | 0.0 s | 2026-01-02 |",
		"row 3, seed 2: 1 lost", "not run on this machine: strace is not installed",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q\n%s", want, page)
		}
	}
	if strings.Contains(page, "row 1, seed 1") {
		t.Error("a run that was repeated with success is told as not kept")
	}
}
