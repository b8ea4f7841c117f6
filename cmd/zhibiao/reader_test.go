package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
	"zhibiao/warehouse/engine"
)

// With a warehouse elsewhere the pages ask with the account of the settings that sees
// public rows only; without one they refuse, rather than show what the loader sees.
func TestThePagesOfAWarehouseElsewhereAskWithItsReader(t *testing.T) {
	w := startWorld(t)
	w.collect(statsite.SourceYearbook)
	w.exec("ALTER TABLE observation UPDATE access = 'restricted' WHERE indicator = 'gdp' SETTINGS mutations_sync = 2")
	accounts, err := engine.LoadAccounts(w.app.accountsFile())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	secret := func(name, password string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	elsewhere := w.app.settings
	elsewhere.Warehouse.URL, elsewhere.Warehouse.User = w.app.engineURL(), "zhibiao"
	elsewhere.Warehouse.PasswordFile = secret("writer", accounts.Writer.Password)
	ask := func(s settings) (uint64, error) {
		a, err := newApp(dir, s, new(bytes.Buffer))
		if err != nil {
			t.Fatal(err)
		}
		defer a.close()
		reader, err := a.publicReader(t.Context())
		if err != nil {
			return 0, err
		}
		var restricted uint64
		err = reader.Conn().QueryRow(t.Context(), "SELECT countIf(access != 'public') FROM observation").Scan(&restricted)
		return restricted, err
	}
	if _, err := ask(elsewhere); pipeline.ExitCode(err) != pipeline.ExitEnvironment || !strings.Contains(err.Error(), "warehouse.reader") {
		t.Errorf("without a reader: %v", err)
	}
	elsewhere.Warehouse.Reader.User, elsewhere.Warehouse.Reader.PasswordFile = "reader", secret("reader", accounts.Reader.Password)
	if restricted, err := ask(elsewhere); err != nil || restricted > 0 {
		t.Errorf("the reader sees %d restricted rows, %v", restricted, err)
	}
}
