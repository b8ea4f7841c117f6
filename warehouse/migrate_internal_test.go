package warehouse

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// MigrateFrom lets the tests migrate with files of their own.
func (w *Warehouse) MigrateFrom(ctx context.Context, files fs.FS) ([]Migration, error) {
	return w.migrate(ctx, files, func(Migration) {})
}

// MigrationFiles are the files that Migrate uses.
var MigrationFiles fs.FS = migrationFiles

// StatusOf is MigrationStatus with files of the test's own.
func (w *Warehouse) StatusOf(ctx context.Context, files fs.FS) ([]Migration, error) {
	return w.migrationStatus(ctx, files)
}

func TestAFileThatIsNoMigrationIsNamed(t *testing.T) {
	view := &fstest.MapFile{Data: []byte("CREATE OR REPLACE VIEW one AS SELECT 1")}
	cases := []struct {
		name  string
		files fstest.MapFS
		want  string
	}{
		{"a number without leading zeros", fstest.MapFS{"migrations/1_first.sql": view}, "migration 1_first.sql: want a number of four digits"},
		{"a file without a number", fstest.MapFS{"migrations/first.sql": view}, "migration first.sql: want a number of four digits"},
		{"a number that begins at nothing", fstest.MapFS{"migrations/0000_first.sql": view}, "migration 0000_first.sql: want a number"},
		{"a number that occurs twice", fstest.MapFS{"migrations/0002_a.sql": view, "migrations/0002_b.sql": view}, "migration 0002_b.sql: it has the number of 0002_a.sql"},
		{"two statements", fstest.MapFS{"migrations/0001_two.sql": {Data: []byte("CREATE OR REPLACE VIEW one AS SELECT 1; SELECT 2")}}, "migration 0001_two.sql: there is more than one statement"},
		{"a statement that cannot be repeated", fstest.MapFS{"migrations/0001_one.sql": {Data: []byte("CREATE TABLE one (a UInt8) ENGINE = Log")}}, "migration 0001_one.sql: a statement that begins with \"CREATE TABLE one (\" cannot be applied twice"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := readMigrations(c.files)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if all, err := readMigrations(migrationFiles); err != nil || len(all) == 0 {
		t.Errorf("the %d files of this version: %v", len(all), err)
	}
}

func TestNoViewOrQueryOrdersByValue(t *testing.T) {
	migrations, err := readMigrations(migrationFiles)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, m := range migrations {
		texts[m.Name] = m.statement.Text
	}
	for _, q := range NamedQueries() {
		texts[q.Name] = q.SQL
	}
	for name, text := range texts {
		for i, rest := range strings.Split(text, "ORDER BY")[1:] {
			clause := rest
			for _, end := range []string{"LIMIT", "ROWS", "COMMENT", "SETTINGS"} {
				clause, _, _ = strings.Cut(clause, end)
			}
			for word := range strings.FieldsFuncSeq(clause, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
				if word == "value" || word == "previous_value" || word == "half_width" {
					t.Errorf("%s: ORDER BY %d orders by %s (promise 9)", name, i+1, word)
				}
			}
		}
	}
}

func TestAQueryNeedsBothTitles(t *testing.T) {
	for _, text := range []string{"SELECT 1", "-- 只有一个标题\nSELECT 1", "-- 一\n-- one\n"} {
		if _, err := parseQuery("sample", text); err == nil {
			t.Errorf("%q was read without an error", text)
		}
	}
	for _, q := range NamedQueries() {
		if q.TitleZH == "" || q.TitleEN == "" || strings.Contains(q.SQL, "--") {
			t.Errorf("query %s: titles %q and %q, statement %q", q.Name, q.TitleZH, q.TitleEN, q.SQL)
		}
	}
}
