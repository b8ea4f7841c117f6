package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"zhibiao/warehouse/libchdb"
)

// shared is the engine of the tests that only use it; tests that kill or close
// one start their own.
var shared *Engine

func TestMain(m *testing.M) {
	RunIfChild()
	runIfRival()
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	library, err := libchdb.Path()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	dir, err := os.MkdirTemp("", "engine-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	shared, err = Start(context.Background(), configFor(dir, library))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := shared.Close(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func configFor(dir, library string) Config {
	accounts, err := LoadAccounts(filepath.Join(dir, "accounts.json"))
	if err != nil {
		panic(err)
	}
	return Config{
		Dir: filepath.Join(dir, "warehouse"), Library: library, Accounts: accounts,
		MaxMemory: 2 * gibibyte, MaxResult: 64 << 20, DrainTimeout: 5 * time.Second,
		LoaderTables: []string{"loaded"}, MaxReaderRows: 1_000_000_000, MaxReaderResult: 1_000_000,
	}
}

// started gives an engine of the test's own and closes it at the end.
func started(t *testing.T, dir string, change func(*Config)) *Engine {
	t.Helper()
	config := configFor(dir, shared.config.Library)
	if change != nil {
		change(&config)
	}
	e, err := Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := e.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return e
}
