package warehouse_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

// sample is a schema of a table and a view over it; a change of nil leaves a file out.
func sample(changes ...fstest.MapFS) fstest.MapFS {
	files := fstest.MapFS{
		"migrations/0001_harvest.sql": file("CREATE TABLE IF NOT EXISTS harvest (year UInt16, tons UInt32)\nENGINE = ReplacingMergeTree\nORDER BY year\n{{durable}}"),
		"migrations/0005_good.sql":    file("CREATE OR REPLACE VIEW good AS\nSELECT year FROM harvest WHERE tons > 10"),
	}
	for _, change := range changes {
		for name, f := range change {
			files["migrations/"+name] = f
			if f == nil {
				delete(files, "migrations/"+name)
			}
		}
	}
	return files
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// openEmpty opens a database of the test's own that has no tables yet.
func openEmpty(t *testing.T) *warehouse.Warehouse {
	t.Helper()
	return openNamed(t, warehousetest.NewDatabase(t))
}

func openNamed(t *testing.T, database string) *warehouse.Warehouse {
	t.Helper()
	w, err := warehouse.Open(t.Context(), warehousetest.Config(database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func names(migrations []warehouse.Migration) []string {
	list := make([]string, len(migrations))
	for i, m := range migrations {
		list[i] = m.Name
	}
	return list
}

func migrate(t *testing.T, w *warehouse.Warehouse, files fs.FS) []string {
	t.Helper()
	done, err := w.MigrateFrom(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	return names(done)
}

func TestMigrateAppliesEachFileOnce(t *testing.T) {
	w := openEmpty(t)
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
		if before[i].State != warehouse.MigrationPending || after[i].State != warehouse.MigrationApplied || after[i].AppliedAt.IsZero() {
			t.Errorf("%s: %s before and %s after, at %s", before[i].Name, before[i].State, after[i].State, after[i].AppliedAt)
		}
	}
}

func TestMigrateRepeatsWhatWasCutShort(t *testing.T) {
	w := openEmpty(t)
	broken := sample(fstest.MapFS{"0003_broken.sql": file("CREATE OR REPLACE VIEW broken AS SELECT no_such_column FROM harvest")})
	done, err := w.MigrateFrom(t.Context(), broken)
	if err == nil || !strings.Contains(err.Error(), "applying migration 0003_broken.sql") || !slices.Equal(names(done), []string{"0001_harvest.sql"}) {
		t.Fatalf("got %v after %v", err, names(done))
	}
	if got := migrate(t, w, sample()); !slices.Equal(got, []string{"0005_good.sql"}) {
		t.Errorf("the mended files applied %v, want the rest alone", got)
	}

	// Applied, but cut off before it was recorded.
	if err := w.Conn().Exec(t.Context(), "ALTER TABLE migration DELETE WHERE number = 1 SETTINGS mutations_sync = 2"); err != nil {
		t.Fatal(err)
	}
	if got := migrate(t, w, sample()); !slices.Equal(got, []string{"0001_harvest.sql"}) {
		t.Errorf("applied %v, want the table again", got)
	}
}

func TestMigrateReplacesAViewThatChanged(t *testing.T) {
	w := openEmpty(t)
	migrate(t, w, sample())
	changed := sample(fstest.MapFS{"0005_good.sql": file("CREATE OR REPLACE VIEW good AS\nSELECT year, tons FROM harvest WHERE tons > 20")})
	status, err := w.StatusOf(t.Context(), changed)
	if err != nil {
		t.Fatal(err)
	}
	if m := status[1]; m.State != warehouse.MigrationPending || m.AppliedAt.IsZero() {
		t.Errorf("the view is %s, applied at %s; want pending with the time of what stands", m.State, m.AppliedAt)
	}
	if got := migrate(t, w, changed); !slices.Equal(got, []string{"0005_good.sql"}) {
		t.Errorf("applied %v, want the view alone", got)
	}
	if got := texts(t, w, "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'good' ORDER BY position"); !slices.Equal(got, []string{"year", "tons"}) {
		t.Errorf("the view has the columns %v", got)
	}
	if got := migrate(t, w, changed); len(got) != 0 {
		t.Errorf("applied %v again", got)
	}
}

func TestACommentInAFileChangesNothing(t *testing.T) {
	w := openEmpty(t)
	migrate(t, w, sample())
	commented := sample(fstest.MapFS{"0001_harvest.sql": file("-- What was harvested.\nCREATE TABLE IF NOT EXISTS harvest\n(\n    year UInt16, -- of the harvest\n    tons UInt32\n)\nENGINE = ReplacingMergeTree ORDER BY year\n{{durable}};\n")})
	if got := migrate(t, w, commented); len(got) != 0 {
		t.Errorf("applied %v", got)
	}
}

func TestMigrateRefusesBeforeItDoesAnything(t *testing.T) {
	cases := []struct {
		name  string
		files fstest.MapFS
		want  string
		state warehouse.MigrationState
	}{
		{"a table whose file changed after it was applied",
			sample(fstest.MapFS{"0001_harvest.sql": file("CREATE TABLE IF NOT EXISTS harvest (year UInt32, tons UInt32) ENGINE = ReplacingMergeTree ORDER BY year {{durable}}")}),
			"checking migration 0001_harvest.sql: it differs from what database", warehouse.MigrationChanged},
		{"another file under an applied number",
			sample(fstest.MapFS{"0005_good.sql": nil, "0005_better.sql": file("CREATE OR REPLACE VIEW better AS SELECT 1")}),
			"checking migration 0005_better.sql: it differs", warehouse.MigrationChanged},
		{"a database that is newer than the files",
			sample(fstest.MapFS{"0005_good.sql": nil}),
			"has 0005_good.sql, which this zhibiao does not know", warehouse.MigrationUnknown},
	}
	w := openEmpty(t)
	migrate(t, w, sample())
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.files["migrations/0009_never.sql"] = file("CREATE OR REPLACE VIEW never AS SELECT 1")
			done, err := w.MigrateFrom(t.Context(), c.files)
			if err == nil || !strings.Contains(err.Error(), c.want) || pipeline.ExitCode(err) != pipeline.ExitYourInput || len(done) > 0 {
				t.Errorf("got %v (exit %d) after %v, want %q (exit %d)", err, pipeline.ExitCode(err), names(done), c.want, pipeline.ExitYourInput)
			}
			status, err := w.StatusOf(t.Context(), c.files)
			if err != nil || !slices.ContainsFunc(status, func(m warehouse.Migration) bool { return m.State == c.state && !m.AppliedAt.IsZero() }) {
				t.Errorf("no migration is %s in %v: %v", c.state, status, err)
			}
		})
	}
}

func TestMigratorsAtOnceEndWithTheSameTables(t *testing.T) {
	const migrators, views = 4, 6
	files := sample()
	for i := range views {
		files[fmt.Sprintf("migrations/001%d_view.sql", i)] = file(fmt.Sprintf("CREATE OR REPLACE VIEW view%d AS SELECT year + %d AS later FROM harvest", i, i))
	}
	database := warehousetest.NewDatabase(t)
	connections := make([]*warehouse.Warehouse, migrators)
	for i := range connections {
		connections[i] = openNamed(t, database)
	}
	for round := range 3 { // in later rounds the views differ
		for i := range views {
			name := fmt.Sprintf("migrations/001%d_view.sql", i)
			files[name] = file(string(files[name].Data) + fmt.Sprintf(" WHERE year > %d", round))
			files[name].Data = []byte(strings.Replace(string(files[name].Data), fmt.Sprintf(" WHERE year > %d", round-1), "", 1))
		}
		failures := make([]error, migrators)
		var running sync.WaitGroup
		for i, w := range connections {
			running.Go(func() { _, failures[i] = w.MigrateFrom(t.Context(), files) })
		}
		running.Wait()
		for i, err := range failures {
			if err != nil {
				t.Errorf("round %d, migrator %d: %v", round, i, err)
			}
		}
		if got := migrate(t, connections[0], files); len(got) != 0 {
			t.Errorf("round %d left %v to do", round, got)
		}
		want := fmt.Sprint(views)
		if got := texts(t, connections[0], fmt.Sprintf("SELECT toString(count()) FROM system.tables WHERE database = currentDatabase() AND position(create_table_query, 'year > %d') > 0", round)); got[0] != want {
			t.Errorf("after round %d %s of %s views are the newest", round, got[0], want)
		}
	}
}

func TestAnAccountThatOnlyReadsMayOpenWhatIsUpToDate(t *testing.T) {
	database := warehousetest.NewDatabase(t)
	migrate(t, openNamed(t, database), sample())
	reader, err := warehouse.Open(t.Context(), warehousetest.ReaderConfig(database))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if got := migrate(t, reader, sample()); len(got) != 0 {
		t.Errorf("the reader applied %v", got)
	}
	if _, err := reader.MigrateFrom(t.Context(), sample(fstest.MapFS{"0009_new.sql": file("CREATE OR REPLACE VIEW new AS SELECT 1")})); err == nil {
		t.Error("the reader applied a view")
	}
}

func TestEveryColumnOfATableIsExplained(t *testing.T) {
	w := warehousetest.Open(t)
	if got := texts(t, w, `SELECT concat(table, '.', name) FROM system.columns
		WHERE database = currentDatabase() AND comment = '' AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine NOT LIKE '%View')`); len(got) > 0 {
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
