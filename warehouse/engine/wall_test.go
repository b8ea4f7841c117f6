package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/ext"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"zhibiao/warehouse/engine/account"
)

// walled makes a database with public and other rows, in a table and in all that
// can stand on one. The word "secret" and the number 20 are in no public row.
func walled(t *testing.T, conn driver.Conn) {
	t.Helper()
	mustExec(t, conn,
		"CREATE DATABASE walled",
		`CREATE TABLE walled.obs (k UInt64, v UInt64, s String, access LowCardinality(String)) ENGINE = ReplacingMergeTree ORDER BY k
			SETTINGS index_granularity = 8`,
		"CREATE TABLE walled.document (version String, access LowCardinality(String)) ENGINE = MergeTree ORDER BY version",
		"CREATE TABLE walled.refusal (version String, document String, quote String) ENGINE = MergeTree ORDER BY version",
		"CREATE TABLE walled.target (k UInt64, v UInt64, s String, access LowCardinality(String)) ENGINE = MergeTree ORDER BY k",
		"CREATE MATERIALIZED VIEW walled.moved TO walled.target AS SELECT k, v, s, access FROM walled.obs",
		"CREATE MATERIALIZED VIEW walled.inner ENGINE = MergeTree ORDER BY k AS SELECT k, v, s, access FROM walled.obs",
		"INSERT INTO walled.obs SELECT number, number * 10, 'open', 'public' FROM numbers(100) WHERE number != 2",
		"INSERT INTO walled.obs VALUES (2, 20, 'secret', 'restricted'), (1000, 20, 'secret', 'suppressed')",
		"INSERT INTO walled.document VALUES ('a', 'public'), ('b', 'restricted')",
		"INSERT INTO walled.refusal VALUES ('a', 'x', 'open'), ('b', 'x', 'secret'), ('c', 'x', 'secret')",
		"CREATE VIEW walled.renamed AS SELECT k, v AS w, s AS text FROM walled.obs",
		"CREATE VIEW walled.deeper AS SELECT max(w) AS m, groupUniqArray(text) AS texts FROM walled.renamed",
		"CREATE VIEW walled.latest AS SELECT * FROM walled.obs ORDER BY k, v DESC LIMIT 1 BY k",
		"CREATE VIEW walled.since AS SELECT * FROM walled.obs WHERE k >= {at:UInt64}",
		"CREATE VIEW walled.owned DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT * FROM walled.obs",
		"CREATE TABLE walled.merged (k UInt64, v UInt64, s String, access LowCardinality(String)) ENGINE = Merge(walled, '^obs$')",
		"CREATE TABLE walled.bare (k UInt64, v UInt64, s String) ENGINE = Merge(walled, '^obs$')",
		"CREATE TABLE walled.buffered AS walled.obs ENGINE = Buffer(walled, obs, 1, 10, 100, 10000, 1000000, 10000000, 100000000)",
		"CREATE TABLE walled.alias ENGINE = Alias(walled, obs)",
		"CREATE DICTIONARY walled.dict (k UInt64, s String) PRIMARY KEY k SOURCE(CLICKHOUSE(TABLE 'obs' DB 'walled')) LAYOUT(HASHED()) LIFETIME(0)",
		"CREATE TABLE walled.joined (k UInt64, s String) ENGINE = Join(ANY, LEFT, k)",
		"INSERT INTO walled.joined SELECT k, s FROM walled.obs",
	)
	t.Cleanup(func() { mustExec(t, conn, "DROP DATABASE walled SYNC") })
}

// sneaking are queries by which a reader might come to a row that is not public.
var sneaking = []string{
	"SELECT s, v FROM walled.obs",
	"SELECT s FROM walled.obs AS x",
	"SELECT s FROM walled.obs FINAL",
	"SELECT * FROM walled.obs WHERE access = 'restricted' OR 1",
	"SELECT s FROM walled.obs WHERE k = 2",
	"SELECT min(s), max(s) FROM walled.obs WHERE v = 20",
	"SELECT text, w FROM walled.renamed",
	"SELECT * FROM walled.deeper",
	"SELECT * FROM walled.latest",
	"SELECT * FROM walled.since(at = 0)",
	"SELECT * FROM walled.owned",
	"SELECT * FROM walled.target",
	"SELECT * FROM walled.moved",
	"SELECT * FROM walled.inner",
	"SELECT * FROM walled.merged",
	"SELECT * FROM walled.bare",
	"SELECT * FROM walled.buffered",
	"SELECT * FROM walled.alias",
	"SELECT * FROM walled.dict",
	"SELECT * FROM walled.joined",
	"SELECT * FROM walled.refusal",
	"SELECT * FROM (SELECT * FROM walled.refusal AS document) AS walled",
	"WITH document AS (SELECT 'b' AS version) SELECT * FROM walled.refusal",
	"SELECT * FROM dictionary('walled.dict')",
	"SELECT dictGet('walled.dict', 's', toUInt64(2))",
	"SELECT dictGetOrDefault('walled.dict', 's', toUInt64(2), 'x')",
	"SELECT arrayMap(dictGet, ['walled.dict'], ['s'], [toUInt64(2)])",
	"SELECT `dictGet`('walled.dict', 's', toUInt64(2))",
	"SELECT joinGet('walled.joined', 's', toUInt64(2))",
	"SELECT * FROM merge('walled', '^obs$')",
	"SELECT * FROM merge(REGEXP('walled'), 'obs')",
	"SELECT * FROM remote('127.0.0.1', 'walled', 'obs')",
	"SELECT * FROM cluster('default', 'walled', 'obs')",
	"SELECT * FROM clusterAllReplicas('default', walled.obs)",
	"SELECT * FROM loop(walled.obs) LIMIT 200",
	"SELECT * FROM view(SELECT * FROM walled.obs)",
	"SELECT * FROM viewIfPermitted(SELECT * FROM walled.obs ELSE null('s String'))",
	"SELECT * FROM mergeTreeIndex('walled', 'obs')",
	"SELECT * FROM mergeTreeProjection('walled', 'obs', 'p')",
	"SELECT * FROM mergeTreeTextIndex('walled', 'obs', 'i')",
	"SELECT n.number, o.s FROM numbers(1001) AS n LEFT JOIN walled.obs AS o ON n.number = o.k",
	"SELECT a.s, b.s FROM walled.obs AS a FULL JOIN walled.obs AS b ON a.k = b.k + 1",
	"SELECT o.s FROM walled.obs AS o RIGHT JOIN numbers(1001) AS n ON n.number = o.k",
	"SELECT s FROM walled.obs UNION ALL SELECT text FROM walled.renamed",
	"SELECT s FROM walled.obs EXCEPT SELECT 'open'",
	"SELECT (SELECT groupArray(s) FROM walled.obs)",
	"SELECT * FROM (SELECT s FROM walled.obs) ORDER BY s DESC LIMIT 1",
	"SELECT 'secret' WHERE 2 IN (SELECT k FROM walled.obs)",
	"SELECT 'secret' WHERE (2, 20, 'secret', 'restricted') IN walled.obs",
	"SELECT 'secret' WHERE EXISTS (SELECT 1 FROM walled.obs WHERE v = 20 AND s = 'secret')",
	"SELECT if(count() > 99, 'secret', '') FROM walled.obs",
	"SELECT if(max(k) > 99, 'secret', '') FROM walled.obs",
	"WITH RECURSIVE r AS (SELECT 0 AS n, '' AS t UNION ALL SELECT n + 1, s FROM r JOIN walled.obs AS o ON o.k = r.n + 1 WHERE n < 3) SELECT t FROM r",
	"SELECT * EXCEPT (v) FROM walled.obs",
	"SELECT COLUMNS('s') FROM walled.obs",
	"SELECT * FROM walled.obs LIMIT 200 OFFSET 0 WITH TIES",
	"SELECT lagInFrame(s, 1) OVER (ORDER BY k) FROM walled.obs",
	"SELECT s FROM walled.obs SETTINGS additional_table_filters = {}",
	"SELECT s FROM walled.obs SETTINGS additional_table_filters = {'walled.obs': '1'}",
	"SELECT s FROM walled.obs SETTINGS readonly = 0",
	"SELECT s FROM walled.obs SETTINGS enable_analyzer = 0",
	"SELECT s FROM walled.obs SETTINGS query_plan_merge_filters = 1",
	// A condition that fails on a row tells of it.
	"SELECT throwIf(s = 'secret') FROM walled.obs",
	"SELECT k FROM walled.obs WHERE throwIf(s = 'secret') = 0",
	"SELECT k FROM walled.obs PREWHERE throwIf(s = 'secret') = 0",
	"SELECT k FROM walled.obs /* */ prewhere throwIf(s = 'secret') = 0",
	"SELECT k FROM walled.obs WHERE v % 2 = 0 AND throwIf(s = 'secret') = 0 AND k > 1",
	"SELECT k FROM walled.obs WHERE k = 2 AND throwIf(s = 'secret') = 0",
	"SELECT count() FROM walled.obs FINAL WHERE throwIf(s = 'secret') = 0",
	"SELECT count() FROM walled.renamed WHERE throwIf(text = 'secret') = 0",
	"SELECT count() FROM walled.latest WHERE throwIf(s = 'secret') = 0",
	"SELECT count() FROM walled.since(at = 0) WHERE throwIf(s = 'secret') = 0",
	"SELECT count() FROM walled.moved WHERE throwIf(s = 'secret') = 0",
	"SELECT count() FROM walled.merged WHERE throwIf(s = 'secret') = 0",
	"SELECT count() FROM walled.buffered WHERE throwIf(s = 'secret') = 0",
	"SELECT count() FROM walled.alias WHERE throwIf(s = 'secret') = 0",
	"SELECT count() FROM walled.refusal WHERE throwIf(quote = 'secret') = 0",
	"SELECT count() FROM walled.obs AS a JOIN walled.obs AS b ON a.k = b.k WHERE throwIf(a.s = 'secret' OR b.s = 'secret') = 0",
	"SELECT count() FROM walled.obs AS a JOIN walled.obs AS b ON a.k = b.k AND throwIf(b.s = 'secret') = 0",
	"SELECT count() FROM numbers(1001) AS n LEFT JOIN walled.obs AS o ON n.number = o.k AND throwIf(o.s = 'secret') = 0",
	"SELECT count() FROM walled.obs GROUP BY throwIf(s = 'secret')",
	"SELECT sumIf(v, throwIf(s = 'secret') = 0) FROM walled.obs",
	"SELECT k FROM walled.obs ORDER BY throwIf(s = 'secret'), v LIMIT 1",
	"SELECT count() FROM walled.obs ARRAY JOIN [throwIf(s = 'secret')] AS z",
	"SELECT count() FROM walled.obs WHERE toUInt64(replaceOne(s, 'open', '1')) = 1",
	"SELECT count() FROM walled.obs WHERE intDiv(1, toInt64(v) - 20 + (s != 'secret') * 1000) = 7",
	"SELECT query FROM system.processes WHERE query LIKE '%secret%'",
	"SELECT last_error_message FROM system.errors",
}

// leaks reports what of a row that is not public shows in a query's result or
// error. An error may quote the query itself, so only the failing of throwIf and the
// text of a value tell.
func leaks(ctx context.Context, conn driver.Conn, query string) string {
	rows, err := conn.Query(ctx, query)
	var found []string
	if err == nil {
		defer rows.Close()
		for rows.Next() {
			values := make([]any, len(rows.Columns()))
			for i, kind := range rows.ColumnTypes() {
				values[i] = newOf(kind)
			}
			if err := rows.Scan(values...); err != nil {
				return "scanning: " + err.Error()
			}
			if text := fmt.Sprint(dereferenced(values)...); strings.Contains(text, "secret") {
				found = append(found, text)
			}
		}
		err = rows.Err()
	}
	var exception *clickhouse.Exception
	if errors.As(err, &exception) {
		switch {
		case exception.Code == 395 || exception.Code == 153: // throwIf, division by zero
			found = append(found, exception.Message)
		case exception.Code == 6 && strings.Contains(exception.Message, "'secret' as"):
			found = append(found, exception.Message)
		}
	} else if err != nil {
		return "not an answer of the engine: " + err.Error()
	}
	return strings.Join(found, "; ")
}

func TestAReaderFindsNoRowThatIsNotPublic(t *testing.T) {
	writer := dial(t, shared, account.Writer, plainTCP)
	walled(t, writer)
	for _, w := range plain {
		reader := dial(t, shared, account.Reader, w)
		for relation, want := range map[string]uint64{
			"obs": 99, "renamed": 99, "latest": 99, "since(at = 50)": 50, "owned": 99, "target": 99, "moved": 99, "inner": 99,
			"merged": 99, "buffered": 99, "alias": 99, "refusal": 1, "document": 1,
		} {
			if n := scanOne[uint64](t, reader, "SELECT count() FROM walled."+relation); n != want {
				t.Errorf("by %s the reader sees %d rows of %s, want %d", w, n, relation, want)
			}
		}
		for _, query := range sneaking {
			if leaked := leaks(t.Context(), reader, query); leaked != "" {
				t.Errorf("by %s, %s\n\tleaked %s", w, query, leaked)
			}
		}
	}
	// The queries do find what is there: the writer gets it by most of them.
	caught := 0
	for _, query := range sneaking {
		if leaks(t.Context(), writer, query) != "" {
			caught++
		}
	}
	if caught < len(sneaking)/2 {
		t.Errorf("only %d of %d queries find a row at all", caught, len(sneaking))
	}
}

func TestTheWallStandsAroundTablesThatAppearLater(t *testing.T) {
	writer := dial(t, shared, account.Writer, plainTCP)
	reader := dial(t, shared, account.Reader, plainTCP)
	scanOne[uint8](t, reader, "SELECT 1") // the filters are made
	mustExec(t, writer,
		"CREATE TABLE later (s String, access String) ENGINE = MergeTree ORDER BY s",
		"INSERT INTO later VALUES ('open', 'public'), ('secret', 'restricted')")
	t.Cleanup(func() { mustExec(t, writer, "DROP TABLE later SYNC") })
	if n := scanOne[uint64](t, reader, "SELECT count() FROM later"); n != 1 {
		t.Errorf("of a new table the reader sees %d rows", n)
	}
	mustExec(t, writer, "RENAME TABLE later TO later2")
	if n := scanOne[uint64](t, reader, "SELECT count() FROM later2"); n != 1 {
		t.Errorf("of a renamed table the reader sees %d rows", n)
	}
	mustExec(t, writer, "RENAME TABLE later2 TO later")
}

func TestAReaderNamesNoFunctionByAParameter(t *testing.T) {
	for _, w := range plain {
		reader := dial(t, shared, account.Reader, w)
		for _, name := range []string{"file", "dictGet"} {
			ctx := clickhouse.Context(t.Context(), clickhouse.WithParameters(clickhouse.Parameters{"f": name}))
			var found []string
			if err := reader.QueryRow(ctx, "SELECT arrayMap({f:Identifier}, ['/etc/hostname'])").Scan(&found); err == nil {
				t.Errorf("by %s the reader called %s and got %v", w, name, found)
			}
		}
	}
}

func TestAReadersOwnTableIsNoWayAroundTheWall(t *testing.T) {
	writer := dial(t, shared, account.Writer, plainTCP)
	walled(t, writer)
	own, err := ext.NewTable("document", ext.Column("version", "String"), ext.Column("access", "String"))
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"a", "b", "c"} {
		if err := own.Append(version, "public"); err != nil {
			t.Fatal(err)
		}
	}
	for _, w := range plain {
		reader := dial(t, shared, account.Reader, w)
		ctx := clickhouse.Context(t.Context(), clickhouse.WithExternalTable(own))
		if leaked := leaks(ctx, reader, "SELECT * FROM walled.refusal"); leaked != "" {
			t.Errorf("by %s: %s", w, leaked)
		}
	}
}

func TestAReadersRowsAreLimited(t *testing.T) {
	writer := dial(t, shared, account.Writer, plainTCP)
	mustExec(t, writer, "CREATE TABLE large (n UInt64) ENGINE = Memory", "INSERT INTO large SELECT 1 FROM numbers(100000)")
	t.Cleanup(func() { mustExec(t, writer, "DROP TABLE large SYNC") })
	for _, w := range plain {
		reader := dial(t, shared, account.Reader, w)
		for query, code := range map[string]int32{
			"SELECT number FROM numbers(1000001)":                                396, // of the result
			"SELECT count() FROM numbers(1000000001)":                            158, // read
			"SELECT max(a.n) FROM large a, large b, (SELECT 1 AS x) c, large d":  159, // time, with the setting below
			"SELECT groupArray(toString(number)) FROM numbers(1000000000)":       241, // memory
			"SELECT count() FROM large SETTINGS max_rows_to_read = 0":            164,
			"SELECT count() FROM large SETTINGS max_result_rows = 1000000000000": 164,
		} {
			ctx := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"max_execution_time": 1, "max_memory_usage": 100 << 20}))
			if code != 159 {
				ctx = clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"max_memory_usage": 100 << 20}))
			}
			err := drain(ctx, reader, query)
			var exception *clickhouse.Exception
			if !errors.As(err, &exception) || exception.Code != code {
				t.Errorf("by %s, %s: want code %d, got %v", w, query, code, err)
			}
		}
	}
}

func drain(ctx context.Context, conn driver.Conn, query string) error {
	rows, err := conn.Query(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}
