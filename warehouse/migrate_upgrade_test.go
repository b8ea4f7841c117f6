package warehouse_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

// shipped are the migrations of this version with a number up to last, as an older
// version would have had them.
func shipped(t *testing.T, last string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	paths, err := fs.Glob(warehouse.MigrationFiles, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := fs.ReadFile(warehouse.MigrationFiles, path)
		if err != nil {
			t.Fatal(err)
		}
		if path[len("migrations/"):] <= last+"_~" {
			files[path] = file(string(text))
		}
	}
	return files
}

// everyRow is an order-independent account of all that observation holds.
const everyRow = "SELECT concat(toString(count()), ' ', toString(groupBitXor(cityHash64(id, toString(value), raw_text, toString(known_at), op, locator)))) FROM observation FINAL"

func TestRowsOfAnOlderDatabaseStay(t *testing.T) {
	rows := warehousetest.Many(2000)
	newest := warehousetest.Open(t)
	load(t, newest, rows...)
	for _, last := range []string{"0001", "0005", "0009", "0019"} {
		t.Run("that had the migrations up to "+last, func(t *testing.T) {
			w := openEmpty(t)
			migrate(t, w, shipped(t, last))
			execute(t, w, "INSERT INTO observation SELECT * FROM `"+newest.Database()+"`.observation") // a loader of today wants the tables of today
			before := texts(t, w, everyRow)
			done, err := w.Migrate(t.Context())
			if err != nil || len(done) != len(shipped(t, "9999"))-len(shipped(t, last)) {
				t.Fatalf("applied %v: %v", names(done), err)
			}
			if after := texts(t, w, everyRow); !slices.Equal(before, after) || !strings.HasPrefix(after[0], "2000 ") {
				t.Errorf("the rows were %v and are %v", before, after)
			}
			load(t, w, rows...) // promise 3, over the upgrade
			if again := texts(t, w, everyRow); !slices.Equal(before, again) {
				t.Errorf("loaded again the rows are %v, want %v", again, before)
			}
			if got := texts(t, w, "SELECT toString(count() > 0) FROM latest_by_source"); got[0] != "1" {
				t.Error("the newest view sees none of the rows that were loaded before it")
			}
			refresh(t, w)
			if got := texts(t, w, "SELECT toString(count() > 0) FROM latest"); got[0] != "1" {
				t.Error("latest has none of the rows that were loaded before it")
			}
		})
	}
}

// A next version adds a column and a table that a materialised view fills, with what is
// there already, and lets a view show the column.
func TestTheNextVersionMayAddAColumnAndAFilledTable(t *testing.T) {
	w := warehousetest.Open(t)
	origin := warehousetest.Origin(lineage("a.html"), "a", 1)
	load(t, w, warehousetest.GDP(origin, "140121", "123.45"), warehousetest.GDP(origin, "140122", "67.8"))
	before := texts(t, w, everyRow)

	next := shipped(t, "9999")
	next["migrations/9001_observation_note.sql"] = file("ALTER TABLE observation ADD COLUMN IF NOT EXISTS note LowCardinality(String) DEFAULT 'none' COMMENT 'Remark' AFTER op")
	next["migrations/9002_by_region.sql"] = file("CREATE TABLE IF NOT EXISTS by_region (region LowCardinality(String), indicator LowCardinality(String), value Nullable(Decimal(38, 10)))\nENGINE = ReplacingMergeTree\nORDER BY (region, indicator)\n{{durable}}")
	next["migrations/9003_fill_by_region.sql"] = file("CREATE MATERIALIZED VIEW IF NOT EXISTS fill_by_region TO by_region AS SELECT region, indicator, value FROM observation WHERE op = 'assert'")
	next["migrations/9004_by_region_before.sql"] = file("INSERT INTO by_region SELECT region, indicator, value FROM observation FINAL WHERE op = 'assert'")
	next["migrations/9005_notes.sql"] = file("CREATE OR REPLACE VIEW notes AS SELECT id, note FROM observation")
	if got := migrate(t, w, next); len(got) != 5 {
		t.Fatalf("applied %v", got)
	}
	if after := texts(t, w, everyRow); !slices.Equal(before, after) {
		t.Errorf("the rows were %v and are %v", before, after)
	}
	load(t, w, warehousetest.GDP(origin, "140123", "9.1"))
	if got := texts(t, w, "SELECT region FROM by_region FINAL ORDER BY region"); !slices.Equal(got, []string{"140121", "140122", "140123"}) {
		t.Errorf("the filled table has %v, want old and new rows", got)
	}
	if got := texts(t, w, "SELECT DISTINCT note FROM notes"); !slices.Equal(got, []string{"none"}) {
		t.Errorf("the new column holds %v", got)
	}
	if _, err := w.Migrate(t.Context()); err == nil || pipeline.ExitCode(err) != pipeline.ExitYourInput || !strings.Contains(err.Error(), "9001_observation_note.sql") {
		t.Errorf("the version before does not refuse the newer database: %v", err)
	}
}
