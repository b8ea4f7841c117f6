package clickhouse_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"zhibiao/internal/contract"
	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

func TestTheLoaderKeepsItsContract(t *testing.T) {
	contract.CheckLoader(t, func(t *testing.T) contract.Store {
		w := warehousetest.Open(t)
		conn := &deafConn{Conn: w.Conn()}
		rename := func(from, to string) {
			if err := w.Conn().Exec(context.Background(), "RENAME TABLE "+from+" TO "+to); err != nil {
				t.Error(err)
			}
		}
		return contract.Store{
			Loader: clickhouse.New(conn),
			Rows:   func(ctx context.Context) (map[string]int, error) { return rowsByID(ctx, w) },
			Outage: func() func() {
				rename("observation", "elsewhere")
				return func() { rename("elsewhere", "observation") }
			},
			LostAnswer: func() { conn.deaf.Store(true) },
			Poison:     func(o *pipeline.Observation) { o.Value = "1.23456789012" },
		}
	})
}

func rowsByID(ctx context.Context, w *warehouse.Warehouse) (map[string]int, error) {
	rows, err := w.Conn().Query(ctx, "SELECT id, count() FROM observation FINAL GROUP BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[string]int{}
	for rows.Next() {
		var (
			id string
			n  uint64
		)
		if err := rows.Scan(&id, &n); err != nil {
			return nil, err
		}
		counts[id] = int(n)
	}
	return counts, rows.Err()
}

// deafConn stores one batch and then hears a broken connection.
type deafConn struct {
	driver.Conn
	deaf atomic.Bool
}

func (c *deafConn) PrepareBatch(ctx context.Context, query string, options ...driver.PrepareBatchOption) (driver.Batch, error) {
	batch, err := c.Conn.PrepareBatch(ctx, query, options...)
	return &deafBatch{batch, c}, err
}

type deafBatch struct {
	driver.Batch
	conn *deafConn
}

func (b *deafBatch) Send() error {
	err := b.Batch.Send()
	if b.conn.deaf.CompareAndSwap(true, false) {
		return errors.Join(err, errors.New("reading the answer: connection reset by peer"))
	}
	return err
}
