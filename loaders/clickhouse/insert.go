package clickhouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// table says how rows of one type are stored. checker returns a check that may
// remember what it has seen; partition names the partition that a row falls into;
// present, where set, asks whether a stored row is there.
type table[R any] struct {
	name      string
	columns   []column[R]
	checker   func() func(*R) error
	partition func(*R) string
	present   func(context.Context, driver.Conn, *R) (bool, error)
}

// column is a column with the values that rows have in it.
type column[R any] struct {
	name   string
	kind   string // ClickHouse type as sent
	values func([]*R) any
}

func field[R, T any](name, kind string, get func(*R) T) column[R] {
	return column[R]{name, kind, func(rows []*R) any {
		values := make([]T, len(rows))
		for i, r := range rows {
			values[i] = get(r)
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
	values := make([]any, len(t.columns))
	for i, c := range t.columns {
		values[i] = c.values(rows)
	}
	token := contentToken(t.name, values)
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

// send makes a new batch each time: one that failed cannot be used again, and Flush
// would cut the block in two.
func send[R any](ctx context.Context, conn driver.Conn, t table[R], values []any, token string) error {
	ctx = clickhouse.Context(ctx,
		clickhouse.WithColumnNamesAndTypes(t.described()),
		clickhouse.WithSettings(clickhouse.Settings{
			"async_insert":                    0,
			"insert_deduplication_token":      token,
			"max_partitions_per_insert_block": 1,
		}))
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO "+t.name+" ("+strings.Join(t.names(), ", ")+")")
	if err != nil {
		return err
	}
	for i := range values {
		if err := batch.Column(i).Append(values[i]); err != nil {
			_ = batch.Abort()
			return fmt.Errorf("appending column %s: %w", t.columns[i].name, err)
		}
	}
	return batch.Send()
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
