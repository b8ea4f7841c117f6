package clickhouse_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

// Loading from memory beside the engine's own INSERT SELECT of equal rows, in the
// same order, into an equal table; in turn, so that a noisy machine slows both. The
// ratio must stay above 0.4.
func BenchmarkLoad(b *testing.B) {
	for _, writers := range []int{1, 2} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) { benchmarkLoad(b, writers) })
	}
}

func benchmarkLoad(b *testing.B, writers int) {
	const (
		size    = 100_000 // of a batch: what the loader gathers
		batches = 6
	)
	w := warehousetest.Open(b)
	rows := make([][]pipeline.Observation, batches)
	for i := range rows {
		rows[i] = later(warehousetest.Many(size), time.Duration(i)*time.Minute)
	}
	run := func(statement string) time.Duration {
		began := time.Now()
		if err := w.Conn().Exec(b.Context(), statement); err != nil {
			b.Fatal(statement, err)
		}
		return time.Since(began)
	}
	source := warehousetest.NewDatabase(b)
	run("CREATE DATABASE " + source)
	b.Cleanup(func() { _ = w.Conn().Exec(context.Background(), "DROP DATABASE "+source+" SYNC") })
	run("CREATE TABLE " + source + ".observation AS observation ENGINE = Memory")
	fill(b, source, rows, 1)
	run("CREATE TABLE copied AS observation")
	var loaded, copied time.Duration
	b.ReportAllocs()
	for b.Loop() {
		run("TRUNCATE TABLE observation SYNC")
		loaded += fill(b, w.Database(), rows, writers)
		run("TRUNCATE TABLE copied SYNC")
		copied += run("INSERT INTO copied SELECT * FROM " + source + ".observation")
	}
	total := float64(b.N * size * batches)
	b.ReportMetric(total/loaded.Seconds(), "loaded_rows/s")
	b.ReportMetric(total/copied.Seconds(), "copied_rows/s")
	b.ReportMetric(copied.Seconds()/loaded.Seconds(), "ratio")
}

// fill loads the batches into the database's observation with the account that may.
func fill(b *testing.B, database string, batches [][]pipeline.Observation, writers int) time.Duration {
	b.Helper()
	w, err := warehouse.Open(b.Context(), warehousetest.LoaderConfig(database))
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	loader := clickhouse.New(w.Conn())
	began := time.Now()
	var group sync.WaitGroup
	for writer := range writers {
		group.Go(func() {
			for i := writer; i < len(batches); i += writers {
				if err := loader.Load(b.Context(), batches[i]); err != nil {
					b.Error(err)
				}
			}
		})
	}
	group.Wait()
	return time.Since(began)
}

// later moves the documents of the rows by a span, which makes the rows new ones.
func later(rows []pipeline.Observation, by time.Duration) []pipeline.Observation {
	moved := map[*pipeline.Origin]*pipeline.Origin{}
	for i := range rows {
		origin := rows[i].Origin
		if moved[origin] == nil {
			o := *origin
			o.FetchedAt, o.KnownAt = o.FetchedAt.Add(by), o.KnownAt.Add(by)
			moved[origin] = &o
		}
		rows[i].Origin = moved[origin]
	}
	return rows
}
