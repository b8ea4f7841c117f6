package clickhouse

import (
	"context"
	"crypto/sha256"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// table says how rows of one type are stored. checker returns a check that may
// remember what it has seen; partition names the partition that a row falls into;
// arrange, where set, tells the order of the table, in which to send rows saves the
// server more than it costs; present, where set, asks whether a stored row is there;
// dictionaries says that columns of codes are sent as such.
type table[R any] struct {
	name         string
	columns      []column[R]
	dictionaries bool
	checker      func() func(*R) error
	partition    func(*R) string
	arrange      func([]*R) []uint32
	present      func(context.Context, driver.Conn, *R) (bool, error)
	kept         *shelf
}

// column is a column with the values that rows have in it.
type column[R any] struct {
	name string
	kind string // ClickHouse type as sent
	// values are a slice of one value of each row, in the order of their indexes, or a
	// *native; they may lie in what an earlier call returned.
	values func(rows []*R, order []uint32, earlier any) any
}

func field[R, T any](name, kind string, get func(*R) T) column[R] {
	return column[R]{name, kind, func(rows []*R, order []uint32, earlier any) any {
		values, _ := earlier.([]T)
		values = slices.Grow(values[:0], len(rows))[:len(rows)]
		for i, at := range order {
			values[i] = get(rows[at])
		}
		return values
	}}
}

// insert stores the rows as one block in one INSERT and looks whether the last one
// is there. One block of one partition is stored whole or not at all, so one row
// speaks for all; what it catches is a server that took the block for a repetition of
// one that has been deleted since, and then the block goes out again under another
// token. That every row of every document is there is for the nightly reconciliation
// to see, which counts them.
func insert[R any](ctx context.Context, conn driver.Conn, t table[R], rows []*R) error {
	order := asTheyAre(len(rows))
	if t.arrange != nil {
		order = t.arrange(rows)
	}
	kept := t.kept.take(len(t.columns))
	defer t.kept.give(kept)
	values := kept.values
	digests := make([][sha256.Size]byte, len(values))
	inParallel(len(values), func(i int) {
		values[i] = t.columns[i].values(rows, order, values[i])
		digests[i] = digestColumn(values[i])
	})
	token := contentToken(t.name, digests)
	for attempt := 1; ; attempt++ {
		if err := send(ctx, conn, t, values, fmt.Sprintf("%s/%d", token, attempt)); err != nil {
			return err
		}
		if t.present == nil {
			return nil
		}
		there, err := t.present(ctx, conn, rows[len(rows)-1])
		switch {
		case err != nil:
			return fmt.Errorf("verifying the insert: %w", err)
		case there:
			return nil
		case attempt == maxAttempts:
			return fmt.Errorf("verifying the insert: answered with success %d times, but the rows are not there", attempt)
		}
	}
}

const maxAttempts = 3

func asTheyAre(rows int) []uint32 {
	order := make([]uint32, rows)
	for i := range order {
		order[i] = uint32(i)
	}
	return order
}

// send makes a new batch each time: one that failed cannot be used again, and Flush
// would cut the block in two.
func send[R any](ctx context.Context, conn driver.Conn, t table[R], values []any, token string) error {
	settings := clickhouse.Settings{
		"async_insert":                    0,
		"insert_deduplication_token":      token,
		"max_partitions_per_insert_block": 1,
	}
	if !t.dictionaries {
		settings["low_cardinality_allow_in_native_format"] = 0
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithColumnNamesAndTypes(t.described()), clickhouse.WithSettings(settings))
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO "+t.name+" ("+strings.Join(t.names(), ", ")+")")
	if err != nil {
		return err
	}
	failed := make([]error, len(values))
	columns := batch.Columns()
	inParallel(len(values), func(i int) { // a column knows nothing of the others
		if made, ok := values[i].(*native); ok {
			failed[i] = made.appendTo(columns[i], t.columns[i].kind)
			return
		}
		failed[i] = batch.Column(i).Append(values[i])
	})
	for i, err := range failed {
		if err != nil {
			_ = batch.Abort()
			return fmt.Errorf("appending column %s: %w", t.columns[i].name, err)
		}
	}
	return batch.Send()
}

// inParallel calls work for each of n columns and returns after the last.
func inParallel(n int, work func(i int)) {
	var group sync.WaitGroup
	var next atomic.Int64
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	group.Wait()
}

func (t table[R]) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

func (t table[R]) described() []clickhouse.ColumnNameAndType {
	described := make([]clickhouse.ColumnNameAndType, len(t.columns))
	for i, c := range t.columns {
		described[i] = clickhouse.ColumnNameAndType{Name: c.name, Type: c.kind}
	}
	return described
}
