package warehouse_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

func TestMigrateAppliesEachFileOnce(t *testing.T) {
	w, err := warehouse.Open(t.Context(), warehousetest.Config(warehousetest.NewDatabase(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	before, err := w.MigrationStatus(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first, err := w.Migrate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.Migrate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	after, err := w.MigrationStatus(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(first) == 0 || len(first) != len(before) || len(second) != 0 || len(after) != len(before) {
		t.Errorf("of %d files %d were applied first and %d again", len(before), len(first), len(second))
	}
	for i := range before {
		if before[i].Applied() || !after[i].Applied() {
			t.Errorf("%s: applied %v before and %v after", before[i].Name, before[i].Applied(), after[i].Applied())
		}
	}
}

func TestMigrateRepeatsAMigrationThatWasCutShort(t *testing.T) {
	w := warehousetest.Open(t)
	if err := w.Conn().Exec(t.Context(), "ALTER TABLE migration DELETE WHERE number = 3 SETTINGS mutations_sync = 2"); err != nil {
		t.Fatal(err)
	}
	done, err := w.Migrate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(done) != 1 || done[0].Number != 3 {
		t.Errorf("got %v, want migration 3 alone", done)
	}
}

func TestMigrateRefuses(t *testing.T) {
	files := func(change func(fstest.MapFS)) fs.FS {
		copied := fstest.MapFS{}
		names, err := fs.Glob(warehouse.MigrationFiles, "migrations/*.sql")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := fs.ReadFile(warehouse.MigrationFiles, name)
			if err != nil {
				t.Fatal(err)
			}
			copied[name] = &fstest.MapFile{Data: data}
		}
		change(copied)
		return copied
	}
	cases := []struct {
		name   string
		change func(fstest.MapFS)
		want   string
		code   int
	}{
		{"a file that changed after it was applied", func(f fstest.MapFS) {
			f["migrations/0002_refusal.sql"] = &fstest.MapFile{Data: []byte("SELECT 1")}
		}, "checking migration 0002_refusal.sql: it changed after it was applied", pipeline.ExitOurFault},
		{"a database that is newer than the files", func(f fstest.MapFS) {
			delete(f, "migrations/0012_open_refusals.sql")
		}, "which this zhibiao does not know", pipeline.ExitEnvironment},
	}
	w := warehousetest.Open(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := w.MigrateFrom(t.Context(), files(c.change))
			if err == nil || !strings.Contains(err.Error(), c.want) || pipeline.ExitCode(err) != c.code {
				t.Errorf("got %v (exit %d), want %q (exit %d)", err, pipeline.ExitCode(err), c.want, c.code)
			}
		})
	}
	t.Run("a statement that fails is named", func(t *testing.T) {
		_, err := w.MigrateFrom(t.Context(), files(func(f fstest.MapFS) {
			f["migrations/0013_broken.sql"] = &fstest.MapFile{Data: []byte("CREATE TABLE")}
		}))
		if err == nil || !strings.Contains(err.Error(), "applying migration 0013_broken.sql") {
			t.Errorf("got %v", err)
		}
	})
}

func TestEveryColumnOfATableIsExplained(t *testing.T) {
	w := warehousetest.Open(t)
	if got := texts(t, w, `SELECT concat(table, '.', name) FROM system.columns
		WHERE database = currentDatabase() AND comment = '' AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine != 'View')`); len(got) > 0 {
		t.Errorf("columns without a comment: %v", got)
	}
	if got := texts(t, w, "SELECT name FROM system.tables WHERE database = currentDatabase() AND comment = ''"); len(got) > 0 {
		t.Errorf("tables and views without a comment: %v", got)
	}
}

func TestEveryTableSurvivesPowerLoss(t *testing.T) {
	w := warehousetest.Open(t)
	for _, setting := range []string{"fsync_after_insert = 1", "fsync_part_directory = 1", "min_rows_to_fsync_after_merge = 1",
		"min_compressed_bytes_to_fsync_after_merge = 1", "non_replicated_deduplication_window = 10000"} {
		if got := texts(t, w, "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND position(create_table_query, '"+setting+"') = 0"); len(got) > 0 {
			t.Errorf("tables without %s: %v", setting, got)
		}
	}
}
