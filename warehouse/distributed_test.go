package warehouse_test

import (
	"regexp"
	"slices"
	"testing"

	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

// The clauses of a cluster that the engine can parse but not run: it has no Keeper.
var (
	onCluster   = regexp.MustCompile(` ON CLUSTER '[^']*'`)
	replicated  = regexp.MustCompile(`Replicated(\w*MergeTree)\('[^']*', '[^']*'(?:, )?`)
	distributed = regexp.MustCompile(`(?s) AS \S+\nENGINE = Distributed\('[^']*', ('[^']*'), ('[^']*'), (.*?\))\)(\nCOMMENT.*)?$`)
)

// overRemote makes the cluster's schema in a database of the engine: replicated tables
// without their replicas, distributed tables over servers that are all the engine
// itself.
func overRemote(t *testing.T, servers string) *warehouse.Warehouse {
	t.Helper()
	w := openEmpty(t)
	files, err := warehouse.RenderMigrations(exampleCluster, w.Database())
	if err != nil {
		t.Fatal(err)
	}
	tables := 0
	for _, f := range files {
		for _, s := range f.Statements {
			s = onCluster.ReplaceAllString(s, "")
			s = replicated.ReplaceAllString(s, "$1(")
			if distributed.MatchString(s) {
				tables++
				s = distributed.ReplaceAllString(s, " AS remote('"+servers+"', $1, $2, $3)")
			}
			if err := w.Conn().Exec(t.Context(), s); err != nil {
				t.Fatalf("%s: %v\n%s", f.Name, err, s)
			}
		}
	}
	if tables == 0 {
		t.Fatal("no table is distributed")
	}
	return w
}

// copyRows fills the tables of one database with the rows of another; what is sharded
// goes to the local table, which materialised views read.
func copyRows(t *testing.T, from, to *warehouse.Warehouse) {
	t.Helper()
	filled := texts(t, to, "SELECT splitByChar('.', extract(create_table_query, ' TO ([^ ]+)'))[-1] FROM system.tables WHERE database = currentDatabase() AND engine = 'MaterializedView'")
	for _, table := range texts(t, from, "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name != 'migration'") {
		target := table
		if len(texts(t, to, "SELECT name FROM system.tables WHERE database = currentDatabase() AND name = '"+table+"_local'")) > 0 {
			target += "_local"
		}
		if slices.Contains(filled, target) {
			continue
		}
		if err := to.Conn().Exec(t.Context(), "INSERT INTO "+target+" SELECT * FROM `"+from.Database()+"`."+table); err != nil {
			t.Fatalf("copying %s: %v", table, err)
		}
	}
}

// Views are written for one server. Over distributed tables each has to give the same
// rows, and to be allowed: joins of two distributed tables are not, unless a setting
// says how.
func TestDistributedTablesGiveTheSameViews(t *testing.T) {
	plain := warehousetest.Open(t)
	load(t, plain, warehousetest.Many(400)...)
	origin, later := warehousetest.Origin(lineage("a.html"), "a", 1), warehousetest.Origin(lineage("a.html"), "b", 2)
	first := warehousetest.GDP(origin, "140121", "123.45")
	load(t, plain, first, warehousetest.GDP(origin, "140122", "67.8"), warehousetest.Retract(later, first), warehousetest.GDP(later, "140122", "68"))
	one, two := overRemote(t, "127.0.0.1"), overRemote(t, "127.0.0.1,127.0.0.1")
	copyRows(t, plain, one)

	const setting = " SETTINGS distributed_product_mode = 'global'"
	views := texts(t, plain, "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View' AND position(create_table_query, '{') = 0 ORDER BY name")
	if !slices.Contains(views, "latest_by_source") {
		t.Fatalf("found the views %v", views)
	}
	for _, view := range views {
		digest := "SELECT concat(toString(count()), ' ', toString(groupBitXor(cityHash64(toString(tuple(*)))))) FROM " + view
		want, got := texts(t, plain, digest), texts(t, one, digest+setting)
		if !slices.Equal(want, got) {
			t.Errorf("%s gives %v over a distributed table, %v over a plain one", view, got, want)
		}
		texts(t, two, "EXPLAIN SELECT * FROM "+view+setting) // fails the test where it is refused
	}
	if got := texts(t, one, "SELECT toString(count() > 50) FROM latest_by_source"); got[0] != "1" {
		t.Error("the views were compared on next to no values")
	}
}

// A session may stand in another database, as that of a chart or of another server.
func TestAViewIsFoundFromEveryDatabase(t *testing.T) {
	w, other := warehousetest.Open(t), openEmpty(t)
	for _, view := range texts(t, w, "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View' AND position(create_table_query, '{') = 0") {
		texts(t, other, "SELECT toString(tuple(*)) FROM `"+w.Database()+"`."+view+" LIMIT 1")
	}
}
