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
	return w.migrate(ctx, files)
}

// MigrationFiles are the files that Migrate uses.
var MigrationFiles fs.FS = migrationFiles

func TestMigrationsAreNumberedWithoutAGap(t *testing.T) {
	file := &fstest.MapFile{Data: []byte("SELECT 1")}
	cases := []struct {
		name string
		file string
		want string
	}{
		{"a number left out is refused", "migrations/0002_second.sql", "want number 0001"},
		{"a number without leading zeros is refused", "migrations/1_first.sql", "want number 0001"},
		{"a file without a number is refused", "migrations/first.sql", "want number 0001"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := readMigrations(fstest.MapFS{c.file: file})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if _, err := readMigrations(migrationFiles); err != nil {
		t.Error(err)
	}
}

func TestNoViewOrQueryOrdersByValue(t *testing.T) {
	migrations, err := readMigrations(migrationFiles)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, m := range migrations {
		texts[m.Name] = m.statement
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
