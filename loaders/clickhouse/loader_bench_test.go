package clickhouse_test

import (
	"testing"
	"time"

	"zhibiao/loaders/clickhouse"
	"zhibiao/warehouse/warehousetest"
)

// The loader gathers 100,000 rows; each iteration loads as many new ones.
func BenchmarkLoad100k(b *testing.B) {
	w := warehousetest.Open(b)
	loader := clickhouse.New(w.Conn())
	const size = 100_000
	rows := warehousetest.Many(size)
	var at time.Duration
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		at += time.Minute
		for i := range rows {
			if i%500 == 0 {
				o := *rows[i].Origin
				o.FetchedAt, o.KnownAt = o.FetchedAt.Add(at), o.KnownAt.Add(at)
				for j := i; j < i+500; j++ {
					rows[j].Origin = &o
				}
			}
		}
		b.StartTimer()
		if err := loader.Load(b.Context(), rows); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*size/b.Elapsed().Seconds(), "rows/s")
}
