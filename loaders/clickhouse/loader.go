// Package clickhouse loads observations, refusals and the records of the pipeline's
// own work into ClickHouse. Every table replaces rows of equal key by equal rows, so
// loading twice equals loading once (promise 3); that, and not the deduplication of
// blocks, is what a redelivery relies on.
package clickhouse

import (
	"context"
	"fmt"
	"sync"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"zhibiao/pipeline"
)

// Loader implements pipeline.Loader and pipeline.RecordLoader. It is safe for
// concurrent use; the connection stays the caller's.
type Loader struct {
	conn driver.Conn

	mu        sync.Mutex
	witnesses map[string]any // by table, a row that was accepted; see settle
}

var (
	_ pipeline.Loader       = (*Loader)(nil)
	_ pipeline.RecordLoader = (*Loader)(nil)
)

// Tables are the tables that a loader inserts into or reads, by name.
func Tables() []string {
	return []string{observations.name, refusals.name, documents.name, confirmations.name, runs.name, touched, standingAsOf}
}

// New returns a loader that writes through conn into its database, whose schema
// package warehouse has migrated.
func New(conn driver.Conn) *Loader {
	return &Loader{conn: conn, witnesses: map[string]any{}}
}

// Load stores observations; see pipeline.Loader. The batch is split by supplier, so
// that one INSERT is one block of one partition, which is what ClickHouse makes
// atomic; up to a million rows a batch are sensible, 100,000 are fast.
func (l *Loader) Load(ctx context.Context, batch []pipeline.Observation) error {
	rows := make([]*pipeline.Observation, len(batch))
	for i := range batch {
		rows[i] = &batch[i]
	}
	failed := map[int]error{}
	if err := load(ctx, l, observations, numbered(rows), failed); err != nil {
		return err
	}
	if err := l.touch(ctx, rows, failed); err != nil {
		return err
	}
	return verdict(failed)
}

// LoadRefusals stores refusals; see pipeline.RecordLoader.
func (l *Loader) LoadRefusals(ctx context.Context, batch []pipeline.Refusal) error {
	rows := make([]*pipeline.Refusal, len(batch))
	for i := range batch {
		rows[i] = &batch[i]
	}
	failed := map[int]error{}
	if err := load(ctx, l, refusals, numbered(rows), failed); err != nil {
		return err
	}
	return verdict(failed)
}

// LoadRecords stores documents, confirmations and runs; see pipeline.RecordLoader.
func (l *Loader) LoadRecords(ctx context.Context, batch []pipeline.Record) error {
	var (
		documentRows     []row[pipeline.DocumentRecord]
		confirmationRows []row[pipeline.Confirmation]
		runRows          []row[pipeline.Run]
		failed           = map[int]error{}
	)
	for i, r := range batch {
		switch {
		case r.Document != nil && r.Confirmation == nil && r.Run == nil:
			documentRows = append(documentRows, row[pipeline.DocumentRecord]{i, r.Document})
		case r.Document == nil && r.Confirmation != nil && r.Run == nil:
			confirmationRows = append(confirmationRows, row[pipeline.Confirmation]{i, r.Confirmation})
		case r.Document == nil && r.Confirmation == nil && r.Run != nil:
			runRows = append(runRows, row[pipeline.Run]{i, r.Run})
		default:
			failed[i] = fmt.Errorf("checking record: want exactly one of document, confirmation and run")
		}
	}
	if err := load(ctx, l, documents, documentRows, failed); err != nil {
		return err
	}
	if err := load(ctx, l, confirmations, confirmationRows, failed); err != nil {
		return err
	}
	if err := load(ctx, l, runs, runRows, failed); err != nil {
		return err
	}
	return verdict(failed)
}

// row is a row with its place in the caller's batch.
type row[R any] struct {
	index int
	value *R
}

func numbered[R any](values []*R) []row[R] {
	rows := make([]row[R], len(values))
	for i, v := range values {
		rows[i] = row[R]{i, v}
	}
	return rows
}

func verdict(failed map[int]error) error {
	if len(failed) == 0 {
		return nil
	}
	return &pipeline.RowsError{Failed: failed}
}

// load checks the rows, splits the good ones by partition and stores each part. Rows
// that can never be stored go into failed.
func load[R any](ctx context.Context, l *Loader, t table[R], rows []row[R], failed map[int]error) error {
	var order []string
	parts := map[string][]row[R]{}
	check := t.checker()
	for _, r := range rows {
		if err := check(r.value); err != nil {
			failed[r.index] = err
			continue
		}
		partition := t.partition(r.value)
		part, seen := parts[partition]
		if !seen {
			order = append(order, partition)
			part = make([]row[R], 0, len(rows)) // nearly always there is one partition
		}
		parts[partition] = append(part, r)
	}
	for _, partition := range order {
		if err := settle(ctx, l, t, parts[partition], failed); err != nil {
			return fmt.Errorf("loading %d rows into %s: %w", len(parts[partition]), t.name, err)
		}
	}
	return nil
}
