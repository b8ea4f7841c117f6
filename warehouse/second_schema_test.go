package warehouse

import (
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
)

func TestASecondDatabaseGetsTheDerivedTablesAndWhatViewsMakeOfThem(t *testing.T) {
	table := func(name string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("CREATE TABLE IF NOT EXISTS " + name + "\n(\n    a String\n)\nENGINE = ReplacingMergeTree\nORDER BY a\n{{durable}}")}
	}
	files := fstest.MapFS{
		"migrations/0001_observation.sql": table("observation"),
		"migrations/0002_region.sql":      table("region"),
		"migrations/0003_newest.sql":      table("newest"),
		"migrations/0004_to_newest.sql":   {Data: []byte("CREATE MATERIALIZED VIEW IF NOT EXISTS to_newest TO newest AS\nSELECT a FROM observation")},
		"migrations/0005_latest.sql":      {Data: []byte("CREATE OR REPLACE VIEW latest AS\nSELECT a FROM newest")},
		"migrations/0006_wider.sql":       {Data: []byte("ALTER TABLE observation ADD COLUMN IF NOT EXISTS b String")},
	}
	chosen, err := derivedFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	got, err := fs.Glob(chosen, "migrations/*.sql")
	want := []string{"migrations/0001_observation.sql", "migrations/0003_newest.sql", "migrations/0004_to_newest.sql", "migrations/0006_wider.sql"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("chosen %v, %v, want %v", got, err, want)
	}
	if _, err := readMigrations(chosen); err != nil {
		t.Error(err)
	}
	shipped, err := derivedFiles(migrationFiles)
	if err != nil {
		t.Fatal(err)
	}
	all, err := readMigrations(shipped)
	if err != nil || len(all) < len(derivedTables) {
		t.Errorf("%d shipped migrations are chosen, %v, want at least the derived tables", len(all), err)
	}
}
