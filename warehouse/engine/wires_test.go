package engine

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"zhibiao/warehouse/engine/account"
)

// wire is a way to talk to an engine.
type wire struct {
	protocol    clickhouse.Protocol
	compression clickhouse.CompressionMethod
}

func (w wire) String() string {
	return fmt.Sprintf("%s with %s", w.protocol, w.compression)
}

var (
	plainHTTP = wire{clickhouse.HTTP, clickhouse.CompressionNone}
	plainTCP  = wire{clickhouse.Native, clickhouse.CompressionNone}
	// plain are both protocols.
	plain = []wire{plainHTTP, plainTCP}
	wires = []wire{
		plainHTTP, {clickhouse.HTTP, clickhouse.CompressionLZ4}, {clickhouse.HTTP, clickhouse.CompressionZSTD},
		{clickhouse.HTTP, clickhouse.CompressionGZIP}, {clickhouse.HTTP, clickhouse.CompressionDeflate}, {clickhouse.HTTP, clickhouse.CompressionBrotli},
		plainTCP, {clickhouse.Native, clickhouse.CompressionLZ4}, {clickhouse.Native, clickhouse.CompressionZSTD},
	}
)

// options connect clickhouse-go to an engine as it would to a server.
func options(e *Engine, name string, w wire) *clickhouse.Options {
	passwords := map[string]string{
		account.Writer: e.config.Accounts.Writer.Password,
		account.Loader: e.config.Accounts.Loader.Password,
		account.Reader: e.config.Accounts.Reader.Password,
	}
	options := &clickhouse.Options{
		Protocol: w.protocol, Addr: []string{e.HTTPAddr()},
		Auth: clickhouse.Auth{Username: name, Password: passwords[name]},
		// One idle connection each, so that goleak sees the end of all.
		MaxOpenConns: 4, MaxIdleConns: 1, DialTimeout: 20 * time.Second,
	}
	if w.protocol == clickhouse.Native {
		options.Addr = []string{e.TCPAddr()}
	}
	if w.compression != clickhouse.CompressionNone {
		options.Compression = &clickhouse.Compression{Method: w.compression, Level: 3}
	}
	return options
}

func dial(t *testing.T, e *Engine, name string, w wire) driver.Conn {
	t.Helper()
	conn, err := clickhouse.Open(options(e, name, w))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func mustExec(t *testing.T, conn driver.Conn, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if err := conn.Exec(context.Background(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func scanOne[T any](t *testing.T, conn driver.Conn, query string, args ...any) (value T) {
	t.Helper()
	if err := conn.QueryRow(context.Background(), query, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

var tableNumber atomic.Int64

// table creates a table for one test and drops it afterwards.
func table(t *testing.T, conn driver.Conn, columns, rest string) string {
	t.Helper()
	name := fmt.Sprintf("t%d", tableNumber.Add(1))
	mustExec(t, conn, "CREATE TABLE "+name+" ("+columns+") ENGINE = "+rest)
	t.Cleanup(func() { _ = conn.Exec(context.Background(), "DROP TABLE "+name+" SYNC") })
	return name
}
