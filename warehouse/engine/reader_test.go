package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"zhibiao/warehouse/engine/account"
)

func TestTheReaderReadsTables(t *testing.T) {
	writer := dial(t, shared, account.Writer, plainHTTP)
	name := table(t, writer, "n UInt64, url String", "ReplacingMergeTree ORDER BY n")
	mustExec(t, writer, "INSERT INTO "+name+" VALUES (1, 'x')")
	reader := dial(t, shared, account.Reader, wire{clickhouse.HTTP, clickhouse.CompressionLZ4})
	for _, query := range []string{
		"SELECT n, url FROM " + name,
		"WITH 2 AS two SELECT n * two FROM " + name + " FINAL WHERE n IN (SELECT number FROM numbers(10))",
		"SELECT extract(url, '^(.)') FROM " + name,
		"(SELECT 1) UNION ALL (SELECT n FROM " + name + ")",
		"SHOW TABLES", "SHOW CREATE TABLE " + name, "DESCRIBE TABLE " + name, "EXPLAIN SELECT 1", "EXISTS TABLE " + name,
		"SELECT {p:String}, formatReadableSize(1), * FROM values('a String', 'b')",
	} {
		rows, err := reader.Query(clickhouse.Context(t.Context(), clickhouse.WithParameters(clickhouse.Parameters{"p": "a file"})), query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		for rows.Next() {
		}
		if err := rows.Err(); err != nil {
			t.Errorf("%s: %v", query, err)
		}
		rows.Close()
	}
}

func TestTheReaderDoesNothingElse(t *testing.T) {
	writer := dial(t, shared, account.Writer, plainHTTP)
	name := table(t, writer, "n UInt64", "MergeTree ORDER BY n")
	reader := dial(t, shared, account.Reader, plainHTTP)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	outfile := filepath.Join(t.TempDir(), "outfile")
	for _, query := range []string{
		"INSERT INTO " + name + " VALUES (1)",
		"INSERT INTO " + name + " SELECT 1",
		"INSERT INTO FUNCTION file('" + outfile + "', 'TSV', 'a String') VALUES ('x')",
		"CREATE TABLE x (a UInt8) ENGINE = Memory",
		"CREATE TEMPORARY TABLE x (a UInt8) ENGINE = Memory",
		"DROP TABLE " + name, "TRUNCATE TABLE " + name, "ALTER TABLE " + name + " DELETE WHERE 1", "OPTIMIZE TABLE " + name,
		"SET readonly = 0", "SET max_threads = 1", "USE system", "KILL QUERY WHERE 1", "SYSTEM FLUSH LOGS",
		"SELECT 1 SETTINGS readonly = 0", "SELECT 1 SETTINGS max_memory_usage = 0",
		"SELECT * FROM file('" + secret + "', 'TSV', 'a String')",
		"SELECT file('" + secret + "')",
		"SELECT `file`('" + secret + "')",
		"SELECT `\\x66ile`('" + secret + "')",
		"SELECT arrayMap(file, ['" + secret + "'])",
		"SELECT * APPLY(file) FROM (SELECT '" + secret + "' AS a)",
		"SELECT /* */ file /* */ ('" + secret + "')",
		"DESCRIBE TABLE file('" + secret + "')",
		"DESCRIBE TABLE url('http://127.0.0.1:1/')",
		"DESCRIBE TABLE url('http://127.0.0.1:1/') FORMAT Null",
		"EXPLAIN SELECT * FROM url('http://127.0.0.1:1/')",
		"SHOW TABLES WHERE name IN (SELECT * FROM s3('http://127.0.0.1:1/b/k', 'TSV', 'a String'))",
		"SELECT * FROM url('http://127.0.0.1:1/', 'TSV', 'a String')",
		"SELECT * FROM remote('127.0.0.1:1', 'system.one')",
		"SELECT * FROM s3('http://127.0.0.1:1/bucket/key', 'TSV', 'a String')",
		"SELECT * FROM s3Cluster('default', 'http://127.0.0.1:1/bucket/key', 'TSV', 'a String')",
		"SELECT * FROM fileCluster('default', '" + secret + "', 'TSV', 'a String')",
		"SELECT * FROM eval('SELECT 1')",
		"SELECT * FROM executable('ls', 'TSV', 'a String')",
		"SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
		"SELECT * FROM sqlite('" + secret + "', 't')",
		"SELECT * FROM filesystem('/')",
		"SELECT 1 INTO OUTFILE '" + outfile + "'",
		"SELECT 1 INTO/**/OUTFILE '" + outfile + "'",
		"BACKUP TABLE " + name + " TO File('" + outfile + "')",
		"SELECT 1; INSERT INTO " + name + " VALUES (1)",
		"SELECT 1 PARALLEL WITH INSERT INTO " + name + " VALUES (1)",
		"EXPLAIN AST SELECT 1; DROP TABLE " + name,
		"graph = 0 SELECT 1; SELECT file('" + secret + "')",
	} {
		rows, err := reader.Query(t.Context(), query)
		leaked := ""
		if err == nil {
			for rows.Next() {
				var text string
				if rows.Scan(&text) == nil {
					leaked += text
				}
			}
			err = rows.Err()
			rows.Close()
		}
		var exception *clickhouse.Exception
		if !errors.As(err, &exception) {
			t.Errorf("%s: the reader got %q, error %v", query, leaked, err)
			continue
		}
		// 62: it does not parse or is more than one statement.
		if exception.Code != 164 && exception.Code != 62 && exception.Code != 48 {
			t.Errorf("%s was refused with code %d: %s", query, exception.Code, exception.Message)
		}
	}
	if _, err := os.Stat(outfile); err == nil {
		t.Error("the reader wrote a file")
	}
	if rows := scanOne[uint64](t, writer, "SELECT count() FROM "+name); rows != 0 {
		t.Errorf("the reader inserted %d rows", rows)
	}
}

func TestTheReadersSettingsAreListedAndClamped(t *testing.T) {
	reader := func(query, body string) answer {
		return ask(t, shared, call{query: query, body: body, user: account.Reader, password: shared.config.Accounts.Reader.Password})
	}
	cases := map[string]struct{ query, body, want string }{
		"a free setting":              {"max_result_rows=5", "SELECT getSetting('max_result_rows')", "5\n"},
		"a setting below its ceiling": {"max_execution_time=7", "SELECT getSetting('max_execution_time')", "7\n"},
		"a setting above its ceiling": {"max_execution_time=100000", "SELECT getSetting('max_execution_time')", "300\n"},
		"no limit at all":             {"max_execution_time=0", "SELECT getSetting('max_execution_time')", "300\n"},
		"a limit that is none":        {"max_execution_time=0.0000009", "SELECT getSetting('max_execution_time')", "300\n"},
		"the smallest limit":          {"max_execution_time=0.000001", "SELECT getSetting('max_execution_time')", "Code: 159."},
		"nothing said":                {"", "SELECT getSetting('max_execution_time'), getSetting('readonly')", "300\t1\n"},
		"the weaker readonly":         {"readonly=2", "SELECT getSetting('readonly')", "1\n"},
		"no readonly":                 {"readonly=0", "SELECT 1", "Code: 164."},
		"a setting of the writer":     {"allow_ddl=1", "SELECT 1", "Code: 452."},
		"a setting that names a file": {"output_format_schema=/tmp/x&output_format_json_quote_64bit_integers=1", "SELECT 1", "Code: 452."},
		"a larger result in memory":   {"max_result_bytes=1000000000", "SELECT number FROM numbers(10000000) FORMAT JSON", "Code: 396."},
		"not a number":                {"max_threads=many", "SELECT 1", "Code: 72."},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			if got := reader(test.query, test.body); !strings.HasPrefix(got.body, test.want) {
				t.Errorf("want %q, got %q", test.want, got.body)
			}
		})
	}
}
