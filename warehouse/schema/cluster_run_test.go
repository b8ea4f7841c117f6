package schema_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/schema"
)

// TestOnTwoServersOfDebian runs what is rendered for a cluster on the oldest servers
// that are at hand, two of Debian's 18.16 with its zookeeper, on a schema that is
// reduced to what they know. The statements that a cluster adds have not changed since.
func TestOnTwoServersOfDebian(t *testing.T) {
	s := startTwoServers(t)
	t.Run("a server older than 24.8 is refused with the minimum named", s.refusesOldServers)
	t.Run("two replicas of one shard", s.replicas)
	t.Run("a dimension is replaced on every server", s.replacesDimension)
	t.Run("two shards", s.shards)
	t.Run("a client goes on when a node is down", s.nodeDown)
}

func (s *twoServers) refusesOldServers(t *testing.T) {
	_, err := warehouse.Open(t.Context(), warehouse.Config{URL: "clickhouse://" + address(s.nodes[0].TCP) + "/default"})
	if err == nil || !strings.Contains(err.Error(), "server 18.16.1 is too old: zhibiao needs ClickHouse 24.8 or newer") || pipeline.ExitCode(err) != pipeline.ExitEnvironment {
		t.Errorf("got %v (exit %d)", err, pipeline.ExitCode(err))
	}
}

// reduced renders the reduced schema. 18.16 has neither OR REPLACE nor IF NOT EXISTS
// for a column.
func reduced(t *testing.T, c schema.Cluster, database string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "reduced", "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("found no file of the reduced schema: %v", err)
	}
	renderer := schema.NewRenderer(c, database)
	statements := []string{c.CreateDatabase(database)}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		statement, err := schema.Parse(string(text))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		rendered, err := renderer.Render(statement)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, r := range rendered {
			statements = append(statements, known.Replace(r))
		}
	}
	return statements
}

var known = strings.NewReplacer("CREATE OR REPLACE VIEW", "CREATE VIEW IF NOT EXISTS", "ADD COLUMN IF NOT EXISTS", "ADD COLUMN")

// migrate runs the statements on the first node alone, and twice those that 18.16 can
// run twice.
func (s *twoServers) migrate(t *testing.T, c schema.Cluster, database string) (a, b client) {
	t.Helper()
	statements := reduced(t, c, database)
	s.on(t, "default", 0).run(statements[0])
	a, b = s.on(t, database, 0), s.on(t, database, 1)
	creating := statements[1:]
	if at := slices.IndexFunc(creating, func(s string) bool { return strings.HasPrefix(s, "ALTER") }); at >= 0 {
		creating = creating[:at]
	}
	a.run(creating...)
	a.run(creating...)
	// Of an ALTER the servers run what is for the local table; they refuse it for a
	// distributed table, which newer ones do not, so that it is made again.
	a.run(statements[1+len(creating)], "DROP TABLE observation ON CLUSTER '"+c.Name+"'", creating[1])
	return a, b
}

// on is a client that fails the subtest.
func (s *twoServers) on(t *testing.T, database string, nodes ...int) client {
	c := s.client(database, nodes...)
	c.t = t
	return c
}

const tables = "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name IN ('observation', 'observation_local', 'indicator', 'by_region', 'by_region_local', 'fill_by_region', 'latest')"

// load sends observations of n regions as one block.
func (c client) load(n int, value string) {
	c.t.Helper()
	exact := decimal.RequireFromString(value)
	known := time.Date(2025, 3, 1, 2, 30, 0, 0, time.UTC)
	c.insert("observation (indicator, region, period_start, source, known_at, op, value, supplier)", n, func(i int) []any {
		return []any{"gdp", strconv.Itoa(140100 + i), known.AddDate(-1, 0, 0), "county-bulletins", known, "assert", &exact, "public"}
	})
}

func (c client) loadIndicator() {
	c.t.Helper()
	c.insert("indicator (code, name)", 1, func(int) []any { return []any{"gdp", "地区生产总值"} })
}

func (s *twoServers) replicas(t *testing.T) {
	a, b := s.migrate(t, schema.Cluster{Name: "pair", Shard: "{pair_shard}"}, "replicated")
	for _, node := range []client{a, b} {
		if got := node.number(tables); got != 7 {
			t.Fatalf("a node has %d of 7 tables after one ON CLUSTER", got)
		}
	}

	a.load(50, "1.25")
	b.becomes(50, "SELECT count() FROM observation_local")
	b.becomes(50, "SELECT count() FROM by_region_local")
	a.load(50, "1.25")
	b.load(50, "1.25")
	a.loadIndicator()
	b.becomes(1, "SELECT count() FROM indicator")
	for name, node := range map[string]client{"a": a, "b": b} {
		if got := node.number("SELECT count() FROM observation_local"); got != 50 {
			t.Errorf("node %s has %d rows after the same block was sent three times, want 50", name, got)
		}
		if got := node.number("SELECT count() FROM latest WHERE value = toDecimal128('1.25', 10)"); got != 50 {
			t.Errorf("node %s answers %d latest values, want 50", name, got)
		}
	}
	if got := b.number("SELECT countIf(empty(flags)) FROM observation"); got != 50 {
		t.Errorf("the column that an ALTER on one node added is in %d of 50 rows on the other", got)
	}
	if got := b.number("SELECT uniqExact(id) FROM observation"); got != 50 {
		t.Errorf("the alias id tells %d of 50 rows apart over the distributed table", got)
	}
}

// replacesDimension replaces a whole table from a table of one server, as dimensions
// are loaded: the parts reach the other replicas.
func (s *twoServers) replacesDimension(t *testing.T) {
	a, b := s.on(t, "replicated", 0), s.on(t, "replicated", 1)
	a.run("CREATE TABLE indicator_next AS indicator ENGINE = MergeTree ORDER BY code")
	a.insert("indicator_next (code, name)", 3, func(i int) []any { return []any{"new" + strconv.Itoa(i), "新"} })
	a.run("ALTER TABLE indicator REPLACE PARTITION tuple() FROM indicator_next", "DROP TABLE indicator_next")
	b.becomes(3, "SELECT count() FROM indicator WHERE startsWith(code, 'new')")
	b.becomes(3, "SELECT count() FROM indicator")
}

func (s *twoServers) shards(t *testing.T) {
	a, b := s.migrate(t, schema.Cluster{Name: "halves", Shard: "{halves_shard}"}, "sharded")
	a.load(200, "7")
	onA, onB := a.number("SELECT count() FROM observation_local"), b.number("SELECT count() FROM observation_local")
	if onA == 0 || onB == 0 || onA+onB != 200 {
		t.Errorf("of 200 rows the shards have %d and %d", onA, onB)
	}
	for name, node := range map[string]client{"a": a, "b": b} {
		if got := node.number("SELECT count() FROM observation"); got != 200 {
			t.Errorf("node %s sees %d of the 200 rows of both shards", name, got)
		}
	}
	a.loadIndicator()
	b.becomes(1, "SELECT count() FROM indicator")
	if got := b.number("SELECT count() FROM (SELECT region, name FROM observation ANY INNER JOIN (SELECT code AS indicator, name FROM sharded.indicator) USING indicator)"); got != 200 {
		t.Errorf("the join with a table that is whole on every node gives %d rows, want 200", got)
	}

	// The same key from another node and in another block falls on the same shard, so
	// that the engine can merge it.
	b.load(150, "7")
	if got := a.number("SELECT count() FROM observation FINAL"); got != 200 {
		t.Errorf("FINAL over both shards gives %d rows, want 200", got)
	}
	if got := a.number("SELECT count() FROM by_region FINAL"); got != 200 {
		t.Errorf("the materialised views filled %d rows, want 200", got)
	}
}

func (s *twoServers) nodeDown(t *testing.T) {
	before := s.on(t, "replicated", 1, 0)
	rows := before.number("SELECT count() FROM observation")
	s.nodes[1].running.kill()
	eventually(t, "the other node answers", func() error {
		var n uint64
		if err := before.conn.QueryRow(t.Context(), "SELECT count() FROM observation").Scan(&n); err != nil || n != rows {
			return errors.Join(fmt.Errorf("got %d, want %d", n, rows), err)
		}
		return nil
	})
	before.load(60, "2.5")
	if got := before.number("SELECT count() FROM observation"); got != rows+60 {
		t.Errorf("with one node down there are %d rows, want %d", got, rows+60)
	}
	s.startNode(1)
	s.on(t, "replicated", 1).becomes(rows+60, "SELECT count() FROM observation_local")
}
