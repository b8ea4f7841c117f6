package faults_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhibiao/internal/faults"
	"zhibiao/warehouse/engine"
	"zhibiao/warehouse/libchdb"
)

// How the matrix is run. Without flags it is the short form.
var (
	long   = flag.Bool("faults.long", false, "run every row of the matrix with several seeds, and go on where the ledger ends")
	ledger = flag.String("faults.ledger", "", "with -faults.long: file to which each finished run is added")
	only   = flag.String("faults.rows", "", "rows to run, separated by commas (default: all)")
	seeds  = flag.Int("faults.seeds", 0, "seeds of each row instead of the row's own number")
	first  = flag.Uint64("faults.seed", 0, "the first seed (default: 1 in the long form, the time in the short one)")
	given  = flag.String("faults.command", "", "the command to test (default: it is built from this tree)")
	budget = flag.Duration("faults.budget", 0, "with -faults.long: begin no run after so long")
)

// The command that is tested, and the embedded engine that plays a warehouse
// elsewhere; each is made when it is first asked for.
var (
	built     string // folder of the binary
	kept      string // folder of the engine
	elsewhere *engine.Engine
	accounts  engine.Accounts
)

func TestMain(m *testing.M) {
	engine.RunIfChild()
	faults.RunIfBroker()
	flag.Parse()
	code := m.Run()
	if elsewhere != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		if err := elsewhere.Close(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "closing the engine of the tests:", err)
		}
		cancel()
	}
	for _, folder := range []string{built, kept} {
		if folder != "" {
			os.RemoveAll(folder)
		}
	}
	os.Exit(code)
}

// zhibiao is the command as it ships: what is killed is what people run.
func zhibiao(t testing.TB) string {
	t.Helper()
	if *given != "" {
		return *given
	}
	if built == "" {
		dir, err := os.MkdirTemp("", "zhibiao-faults-")
		if err != nil {
			t.Fatal(err)
		}
		build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "zhibiao"), "zhibiao/cmd/zhibiao")
		if text, err := build.CombinedOutput(); err != nil {
			t.Fatalf("building the command: %v\n%s", err, text)
		}
		built = dir
	}
	return filepath.Join(built, "zhibiao")
}

// engineElsewhere is a warehouse that no process under test owns.
func engineElsewhere(t testing.TB) *engine.Engine {
	t.Helper()
	if elsewhere != nil {
		return elsewhere
	}
	library, err := libchdb.Path()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "faults-engine-")
	if err != nil {
		t.Fatal(err)
	}
	kept = dir
	if accounts, err = engine.LoadAccounts(filepath.Join(dir, "accounts.json")); err != nil {
		t.Fatal(err)
	}
	elsewhere, err = engine.Start(context.Background(), engine.Config{Dir: filepath.Join(dir, "warehouse"), Library: library, Accounts: accounts, MaxMemory: 2 << 30,
		LoaderTables: loaded})
	if err != nil {
		t.Fatal(err)
	}
	return elsewhere
}

// commit names the tree that is tested.
func commit() string {
	text, err := exec.Command("git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// eventually waits until a condition holds.
func eventually(t testing.TB, within time.Duration, what string, holds func() bool) {
	t.Helper()
	if !before(within, holds) {
		t.Fatalf("%s: not within %s", what, within)
	}
}

// before reports whether a condition comes to hold in time.
func before(within time.Duration, holds func() bool) bool {
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			return holds()
		case <-tick.C:
		}
	}
	return true
}

// pause lets time pass that is itself the fault: an outage, a random moment.
func pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
}
