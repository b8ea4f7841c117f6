package warehouse_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

// export loads rows in a given order, in parts of a size, and digests them.
func export(t testing.TB, w *warehouse.Warehouse, rows []pipeline.Observation, size int) map[warehouse.Slice]warehouse.Digest {
	t.Helper()
	if err := w.Conn().Exec(context.Background(), "TRUNCATE TABLE observation"); err != nil {
		t.Fatal(err)
	}
	loader := clickhouse.New(w.Conn())
	for part := range slices.Chunk(rows, size) {
		if err := loader.Load(context.Background(), part); err != nil {
			t.Fatal(err)
		}
	}
	digests, err := w.Exports()[0].Digests(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return digests
}

func TestAnExportDoesNotDependOnOrderPartsAndDuplicates(t *testing.T) {
	w := warehousetest.Open(t)
	rows := warehousetest.Many(11_000)
	want := export(t, w, rows, len(rows))
	if len(want) < 3 {
		t.Fatalf("only %d slices: the test shows too little", len(want))
	}
	for i := range 4 {
		random := rand.New(rand.NewPCG(uint64(i), 0))
		shuffled := append(slices.Clone(rows), rows[:random.IntN(len(rows))]...)
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		got := export(t, w, shuffled, 2000+random.IntN(5000))
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("order %d: digests %v, want %v", i, got, want)
		}
	}
}

// Every single change of a row changes its slice's digest and no other's, and is
// named with its row.
func TestEveryChangeOfARowIsNamed(t *testing.T) {
	live, again := warehousetest.Open(t), warehousetest.Open(t)
	rows := warehousetest.Many(600)
	export(t, again, rows, len(rows))
	changes := map[string]func(*pipeline.Observation){
		"value":       func(o *pipeline.Observation) { o.Value = "123456.789" },
		"value NULL":  func(o *pipeline.Observation) { o.Value = "" },
		"unit":        func(o *pipeline.Observation) { o.Unit = "万元" },
		"half_width":  func(o *pipeline.Observation) { o.HalfWidth = "0.5" },
		"status":      func(o *pipeline.Observation) { o.Status = pipeline.Final },
		"flags":       func(o *pipeline.Observation) { o.Flags = []pipeline.Flag{pipeline.FlagBreak} },
		"access":      func(o *pipeline.Observation) { o.Access = pipeline.AccessRestricted },
		"raw_text":    func(o *pipeline.Observation) { o.RawText += " " },
		"byte_length": func(o *pipeline.Observation) { o.ByteEnd++ },
		"key":         func(o *pipeline.Observation) { o.Locator += "!" },
	}
	random := rand.New(rand.NewPCG(7, 0))
	for name, change := range changes {
		changed := slices.Clone(rows)
		at := random.IntN(len(rows))
		change(&changed[at])
		export(t, live, changed, len(changed))
		difference, compared, err := warehouse.Compare(context.Background(), live.Exports(), again.Exports())
		if err != nil || difference == nil {
			t.Fatalf("changed %s of row %d: difference %v, %v", name, at, difference, err)
		}
		column, _, _ := strings.Cut(name, " ")
		if said := difference.String(); !strings.Contains(said, "region="+changed[at].Region) || name != "key" && !slices.Contains(difference.Columns, column) {
			t.Errorf("changed %s of row %d, told\n%s", name, at, said)
		}
		if difference.Differences != 1 || compared.Rows() < uint64(len(rows)) {
			t.Errorf("%d slices differ in %d rows, want 1", difference.Differences, compared.Rows())
		}
	}
}

// What a materialised view makes of the rows goes with the tables that change
// places, and goes on afterwards.
func TestTablesChangePlacesWithWhatViewsMakeOfThem(t *testing.T) {
	ctx := context.Background()
	live := warehousetest.Open(t)
	second, err := live.MakeSecond(ctx, live.Database()+"_second")
	if err != nil {
		t.Fatal(err)
	}
	defer live.DropSecond(ctx, second.Database())
	defer second.Close()
	for _, w := range []*warehouse.Warehouse{live, second} {
		for _, statement := range []string{
			"CREATE TABLE tally (indicator String, n UInt64) ENGINE = SummingMergeTree ORDER BY indicator",
			"CREATE MATERIALIZED VIEW to_tally TO tally AS SELECT indicator, count() AS n FROM observation GROUP BY indicator",
		} {
			if err := w.Conn().Exec(ctx, statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	rows := warehousetest.Many(300)
	export(t, live, rows[:100], 100)
	export(t, second, rows[:200], 200)
	if err := live.Exchange(ctx, second); err != nil {
		t.Fatal(err)
	}
	loader := clickhouse.New(live.Conn())
	if err := loader.Load(ctx, rows[200:]); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		database string
		want     uint64
	}{{live.Database(), 300}, {second.Database(), 100}} {
		for _, question := range []string{"SELECT count() FROM `%s`.observation FINAL", "SELECT sum(n) FROM `%s`.tally"} {
			var n uint64
			if err := live.Conn().QueryRow(ctx, fmt.Sprintf(question, c.database)).Scan(&n); err != nil || n != c.want {
				t.Errorf(question+": %d, %v, want %d", c.database, n, err, c.want)
			}
		}
	}
	seconds, err := live.Seconds(ctx)
	if err != nil || !slices.ContainsFunc(seconds, func(s warehouse.Second) bool { return s.Name == second.Database() && s.Replaced }) {
		t.Errorf("databases %v, %v, want the second as replaced", seconds, err)
	}
}
