package clickhouse_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"zhibiao/loaders/clickhouse"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

// A delivery that was not acknowledged comes again in other batches: shifted, merged,
// split, overlapping, in another order. What is stored stays the same, by the account
// that may only insert.
func TestARetryMayHaveAnyBatchBoundaries(t *testing.T) {
	w := warehousetest.Open(t)
	loading, err := warehouse.Open(t.Context(), warehousetest.LoaderConfig(w.Database()))
	if err != nil {
		t.Fatal(err)
	}
	defer loading.Close()
	loader := clickhouse.New(loading.Conn())
	rows := warehousetest.Many(5000)
	if err := loader.Load(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	once := count(t, w, content)
	random := rand.New(rand.NewPCG(3, 11))
	for range 12 {
		from := random.IntN(len(rows))
		to := from + 1 + random.IntN(len(rows)-from)
		again := slices.Clone(rows[from:to])
		if random.IntN(2) == 0 {
			random.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		}
		again = append(again, again[:random.IntN(len(again))]...) // twice in one batch
		for part := range slices.Chunk(again, 1+random.IntN(len(again))) {
			if err := loader.Load(t.Context(), part); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := count(t, w, "SELECT count() FROM observation FINAL"); n != 5000 {
		t.Errorf("%d rows, want 5000", n)
	}
	if again := count(t, w, content); again != once {
		t.Errorf("the content changed from %d to %d", once, again)
	}
}

func TestARowIsStoredInTheOrderOfTheTable(t *testing.T) {
	w := warehousetest.Open(t)
	if err := w.Conn().Exec(t.Context(), "SYSTEM STOP MERGES observation"); err != nil {
		t.Fatal(err)
	}
	before := count(t, w, sortedBlocks)
	if err := clickhouse.New(w.Conn()).Load(t.Context(), warehousetest.Many(3000)); err != nil {
		t.Fatal(err)
	}
	if after := count(t, w, sortedBlocks); after != before+2 {
		t.Errorf("the engine found %d blocks in order, want two more than %d, that of the rows and that of table touched: loaders/clickhouse/arrange.go must follow the table's ORDER BY", after, before)
	}
}

// sortedBlocks counts the inserted blocks that needed no sorting.
const sortedBlocks = "SELECT toUInt64(sum(value)) FROM system.events WHERE event = 'MergeTreeDataWriterBlocksAlreadySorted'"

func TestTheTestsGiveTheLoaderItsTables(t *testing.T) {
	if got, want := warehousetest.LoaderTables, clickhouse.Tables(); !slices.Equal(got, want) {
		t.Errorf("warehousetest has %v, the loader %v", got, want)
	}
}
