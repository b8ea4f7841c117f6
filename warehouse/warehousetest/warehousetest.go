// Package warehousetest gives tests a real warehouse: one embedded engine for a test
// binary, and a database of its own for each test.
//
//	func TestMain(m *testing.M) { warehousetest.Main(m) }
package warehousetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"zhibiao/warehouse"
	"zhibiao/warehouse/engine"
	"zhibiao/warehouse/engine/account"
	"zhibiao/warehouse/libchdb"
)

var (
	running  *engine.Engine
	accounts engine.Accounts
	opened   atomic.Int64
)

// LoaderTables are those of package loaders/clickhouse, which a test there compares.
var LoaderTables = []string{"observation", "refusal", "document", "confirmation", "run", "touched", "standing_as_of"}

// Main runs the tests of a package beside an engine and exits. A missing library
// fails the tests with the command that installs it: a warehouse that was not tested
// is not a warehouse that works.
func Main(m *testing.M) {
	engine.RunIfChild()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "warehousetest-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = start(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "starting the engine for the tests:", err)
		return 1
	}
	code := m.Run()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := running.Close(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "closing the engine of the tests:", err)
		return 1
	}
	return code
}

func start(dir string) error {
	library, err := libchdb.Path()
	if err != nil {
		return err
	}
	accounts, err = engine.LoadAccounts(filepath.Join(dir, "accounts.json"))
	if err != nil {
		return err
	}
	running, err = engine.Start(context.Background(), engine.Config{
		Dir: filepath.Join(dir, "warehouse"), Library: library, Accounts: accounts, MaxMemory: 2 << 30,
		LoaderTables: LoaderTables,
	})
	return err
}

// Config returns the settings that open the named database with the account that
// writes.
func Config(database string) warehouse.Config {
	return warehouse.Config{
		URL:  "clickhouse://" + running.TCPAddr() + "/" + database,
		User: account.Writer, Password: accounts.Writer.Password,
	}
}

// LoaderConfig is Config with the account that inserts into the loader's tables.
func LoaderConfig(database string) warehouse.Config {
	config := Config(database)
	config.User, config.Password = account.Loader, accounts.Loader.Password
	return config
}

// ReaderConfig is Config with the account that only reads.
func ReaderConfig(database string) warehouse.Config {
	config := Config(database)
	config.User, config.Password = account.Reader, accounts.Reader.Password
	return config
}

// NewDatabase returns a name that no other test of the binary has.
func NewDatabase(tb testing.TB) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, tb.Name())
	return fmt.Sprintf("t%d_%s", opened.Add(1), name[:min(len(name), 40)])
}

// Open returns an empty, migrated warehouse that is dropped at the test's end.
func Open(tb testing.TB) *warehouse.Warehouse {
	tb.Helper()
	w, err := warehouse.Open(tb.Context(), Config(NewDatabase(tb)))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := w.Conn().Exec(context.Background(), "DROP DATABASE `"+w.Database()+"` SYNC"); err != nil {
			tb.Error(err)
		}
		if err := w.Close(); err != nil {
			tb.Error(err)
		}
	})
	if _, err := w.Migrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return w
}
