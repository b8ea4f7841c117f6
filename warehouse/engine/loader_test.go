package engine

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"zhibiao/warehouse/engine/account"
)

func TestTheLoaderInsertsIntoItsTablesAndReadsThem(t *testing.T) {
	writer := dial(t, shared, account.Writer, plainTCP)
	mustExec(t, writer, "CREATE TABLE loaded (n UInt64, s LowCardinality(String), twice UInt64 ALIAS n * 2, made UInt64 MATERIALIZED n + 1) ENGINE = MergeTree ORDER BY n")
	t.Cleanup(func() { mustExec(t, writer, "DROP TABLE loaded SYNC") })
	for i, w := range plain {
		loader := dial(t, shared, account.Loader, w)
		for _, into := range []string{"INSERT INTO loaded (s, n)", "INSERT INTO `default`.`loaded` (`s`, n)"} {
			ctx := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{
				"async_insert": 0, "insert_deduplication_token": into + w.String(), "max_partitions_per_insert_block": 1,
			}))
			batch, err := loader.PrepareBatch(ctx, into)
			if err != nil {
				t.Fatal(w, into, err)
			}
			if err := batch.Append("太原", uint64(i)); err != nil {
				t.Fatal(err)
			}
			if err := batch.Send(); err != nil {
				t.Fatal(w, into, err)
			}
		}
		ctx := clickhouse.Context(t.Context(), clickhouse.WithParameters(clickhouse.Parameters{"n": "0", "name": "file"}))
		var count uint64
		if err := loader.QueryRow(ctx, "SELECT count() FROM loaded WHERE n >= {n:UInt64} AND s != {name:String} AND n IN (SELECT n FROM default.loaded)").Scan(&count); err != nil || count != uint64(2*(i+1)) {
			t.Errorf("by %s the loader counts %d rows, error %v", w, count, err)
		}
	}
}

func TestTheLoaderDoesNothingElse(t *testing.T) {
	writer := dial(t, shared, account.Writer, plainTCP)
	other := table(t, writer, "n UInt64", "MergeTree ORDER BY n")
	mustExec(t, writer, "CREATE TABLE loaded (n UInt64) ENGINE = MergeTree ORDER BY n", "CREATE VIEW loader_view AS SELECT * FROM "+other)
	t.Cleanup(func() { mustExec(t, writer, "DROP VIEW loader_view SYNC", "DROP TABLE loaded SYNC") })
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	outfile := filepath.Join(t.TempDir(), "outfile")
	for _, query := range []string{
		"CREATE TABLE x (a UInt8) ENGINE = Memory", "CREATE TEMPORARY TABLE x (a UInt8) ENGINE = Memory", "CREATE DATABASE x",
		"DROP TABLE loaded", "TRUNCATE TABLE loaded", "ALTER TABLE loaded DELETE WHERE 1", "OPTIMIZE TABLE loaded", "RENAME TABLE loaded TO x",
		"DELETE FROM loaded WHERE 1", "SYSTEM STOP MERGES", "KILL QUERY WHERE 1", "SET readonly = 0", "USE system",
		"SELECT * FROM " + other, "SELECT * FROM loader_view", "SELECT * FROM system.tables", "SELECT * FROM information_schema.tables",
		"SELECT 1 IN " + other, "SELECT (SELECT count() FROM " + other + ")", "SELECT l.n FROM loaded AS l JOIN " + other + " AS o ON l.n = o.n",
		"WITH loaded AS (SELECT * FROM " + other + ") SELECT * FROM loaded",
		"SELECT * FROM view(SELECT * FROM " + other + ")", "SELECT * FROM merge('default', '.*')", "SELECT * FROM numbers(1)",
		"SELECT * FROM file('" + secret + "', 'TSV', 'a String')", "SELECT file('" + secret + "')", "SELECT arrayMap(file, ['" + secret + "'])",
		"SELECT * FROM url('http://127.0.0.1:1/', 'TSV', 'a String')", "SELECT * FROM remote('127.0.0.1:1', 'system.one')",
		"SELECT n FROM loaded INTO OUTFILE '" + outfile + "'", "SELECT 1; DROP TABLE loaded",
		"SHOW TABLES", "DESCRIBE TABLE " + other, "SHOW CREATE TABLE " + other, "EXPLAIN SELECT * FROM " + other,
		"INSERT INTO loaded SELECT n FROM " + other, "INSERT INTO loaded SELECT number FROM numbers(1)",
		"INSERT INTO loaded VALUES (1)", "INSERT INTO loaded VALUES (length(file('" + secret + "')))", "INSERT INTO loaded FORMAT CSV 1",
		"INSERT INTO " + other + " VALUES (1)", "INSERT INTO FUNCTION file('" + outfile + "', 'TSV', 'a String') VALUES ('x')",
		"INSERT INTO TABLE FUNCTION file('" + outfile + "', 'TSV', 'a String') VALUES ('x')",
		"INSERT INTO loaded SETTINGS readonly = 0 VALUES (1)", "INSERT INTO loaded FROM INFILE '" + secret + "' FORMAT TSV",
		"BACKUP TABLE loaded TO File('" + outfile + "')",
	} {
		for _, w := range plain {
			err := drain(t.Context(), dial(t, shared, account.Loader, w), query)
			var exception *clickhouse.Exception
			if !errors.As(err, &exception) {
				t.Errorf("by %s, %s: the loader got no refusal but %v", w, query, err)
			} else if c := exception.Code; c != 164 && c != 497 && c != 62 && c != 48 {
				t.Errorf("by %s, %s was refused with code %d: %s", w, query, c, exception.Message)
			}
		}
	}
	for _, w := range plain {
		loader := dial(t, shared, account.Loader, w)
		for _, into := range []string{"INSERT INTO " + other, "INSERT INTO system.one", "INSERT INTO loaded (n) SETTINGS max_threads = 1"} {
			batch, err := loader.PrepareBatch(t.Context(), into)
			if err == nil {
				if err = batch.Append(uint64(1)); err == nil {
					err = batch.Send()
				}
			}
			if err == nil {
				t.Errorf("by %s the loader could %s", w, into)
			}
		}
		ctx := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"format_schema": "x"}))
		if err := drain(ctx, loader, "SELECT n FROM loaded"); err == nil {
			t.Errorf("by %s the loader chose a setting that it may not", w)
		}
	}
	if _, err := os.Stat(outfile); err == nil {
		t.Error("the loader wrote a file")
	}
	for _, name := range []string{other, "loaded"} {
		if rows := scanOne[uint64](t, writer, "SELECT count() FROM "+name); rows != 0 {
			t.Errorf("%d rows came into %s", rows, name)
		}
	}
}
