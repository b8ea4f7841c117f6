package engine

import (
	"context"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"zhibiao/warehouse/engine/account"
)

func benchDial(b *testing.B, name, password string) driver.Conn {
	b.Helper()
	conn, err := clickhouse.Open(&clickhouse.Options{
		Protocol: clickhouse.HTTP, Addr: []string{shared.HTTPAddr()},
		Auth: clickhouse.Auth{Username: name, Password: password}, MaxOpenConns: 16, MaxIdleConns: 16,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return conn
}

// A query of one row by its key: what a page of the portal asks.
func BenchmarkPointQuery(b *testing.B) {
	writer := benchDial(b, account.Writer, shared.config.Accounts.Writer.Password)
	ctx := context.Background()
	if err := writer.Exec(ctx, "CREATE TABLE IF NOT EXISTS bench_points (n UInt64, s String) ENGINE = MergeTree ORDER BY n"); err != nil {
		b.Fatal(err)
	}
	if err := writer.Exec(ctx, "INSERT INTO bench_points SELECT number, toString(number) FROM numbers(1000000)"); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = writer.Exec(ctx, "DROP TABLE bench_points SYNC") })
	for name, password := range map[string]string{account.Writer: shared.config.Accounts.Writer.Password, account.Reader: shared.config.Accounts.Reader.Password} {
		b.Run(name, func(b *testing.B) {
			conn := benchDial(b, name, password)
			b.ReportAllocs()
			for b.Loop() {
				var text string
				if err := conn.QueryRow(ctx, "SELECT s FROM bench_points WHERE n = 777777 LIMIT 1").Scan(&text); err != nil || text != "777777" {
					b.Fatal(text, err)
				}
			}
		})
	}
}

// An INSERT of 100,000 rows: what the loader sends.
func BenchmarkInsert100k(b *testing.B) {
	conn := benchDial(b, account.Writer, shared.config.Accounts.Writer.Password)
	ctx := context.Background()
	if err := conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS bench_rows (n UInt64, s LowCardinality(String)) ENGINE = ReplacingMergeTree ORDER BY n"); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Exec(ctx, "DROP TABLE bench_rows SYNC") })
	numbers, texts := make([]uint64, 100_000), make([]string, 100_000)
	for i := range numbers {
		numbers[i], texts[i] = uint64(i), "太原"
	}
	b.ReportAllocs()
	for b.Loop() {
		batch, err := conn.PrepareBatch(ctx, "INSERT INTO bench_rows")
		if err != nil {
			b.Fatal(err)
		}
		if err := batch.Column(0).Append(numbers); err != nil {
			b.Fatal(err)
		}
		if err := batch.Column(1).Append(texts); err != nil {
			b.Fatal(err)
		}
		if err := batch.Send(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(numbers)*b.N)/b.Elapsed().Seconds(), "rows/s")
}
