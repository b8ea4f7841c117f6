package faults_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"zhibiao/internal/faults"
	loader "zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/warehouse/warehousetest"
)

// olderServer starts Debian's clickhouse-server 18.16 and returns its address. The
// test is skipped where the package is neither installed nor in the cache.
func olderServer(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip("no folder for the cache of Debian's packages:", err)
	}
	var root string
	for _, candidate := range []string{"/", filepath.Join(cache, "zhibiao", "debian-clickhouse")} {
		if _, err := os.Stat(filepath.Join(candidate, "usr/sbin/clickhouse-server")); err == nil {
			root = candidate
			break
		}
	}
	if root == "" {
		t.Skip("Debian's clickhouse-server is not here; make cluster-test fetches it")
	}
	dir := t.TempDir()
	port, err := faults.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"config.xml": fmt.Sprintf(olderConfig, dir, port), "users.xml": olderUsers} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var libraries []string
	for _, folder := range []string{"usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "lib/aarch64-linux-gnu", "usr/lib", "lib"} {
		libraries = append(libraries, filepath.Join(root, folder))
	}
	server := exec.Command(filepath.Join(root, "usr/sbin/clickhouse-server"), "--config-file="+filepath.Join(dir, "config.xml"))
	server.Dir = dir
	server.Env = append(os.Environ(), "TZ=UTC")
	if root != "/" {
		server.Env = append(server.Env, "LD_LIBRARY_PATH="+strings.Join(libraries, ":"))
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	address := fmt.Sprintf("127.0.0.1:%d", port)
	direct := olderClient(t, address)
	eventually(t, time.Minute, "the server answers", func() bool { return direct.Exec(t.Context(), "SELECT 1") == nil })
	return address
}

const olderConfig = `<yandex>
    <logger><level>warning</level><log>%[1]s/server.log</log><errorlog>%[1]s/error.log</errorlog></logger>
    <listen_host>127.0.0.1</listen_host><tcp_port>%[2]d</tcp_port>
    <path>%[1]s/data/</path><tmp_path>%[1]s/tmp/</tmp_path>
    <users_config>users.xml</users_config><default_profile>default</default_profile><default_database>default</default_database>
    <timezone>UTC</timezone><mark_cache_size>16777216</mark_cache_size>
</yandex>
`

const olderUsers = `<yandex>
    <profiles><default><max_memory_usage>1000000000</max_memory_usage></default><bare><readonly>1</readonly></bare></profiles>
    <users>
        <default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default>
        <reader><password></password><networks><ip>127.0.0.1</ip></networks><profile>bare</profile><quota>default</quota></reader>
    </users>
    <quotas><default></default></quotas>
</yandex>
`

func olderClient(t *testing.T, address string) driver.Conn {
	t.Helper()
	return olderClientOf(t, address, "default")
}

func olderClientOf(t *testing.T, address, user string) driver.Conn {
	t.Helper()
	c, err := clickhouse.Open(&clickhouse.Options{Addr: []string{address}, Auth: clickhouse.Auth{Username: user}, DialTimeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// What the loader's table has and 18.16 knows: a replacing table of few columns.
const olderTable = `CREATE TABLE observation (indicator String, region String, period_start Date, value Nullable(Decimal(38, 10)), document FixedString(8))
	ENGINE = ReplacingMergeTree ORDER BY (indicator, region, period_start, document)`

var olderColumns = []clickhouse.ColumnNameAndType{
	{Name: "indicator", Type: "String"}, {Name: "region", Type: "String"}, {Name: "period_start", Type: "Date"},
	{Name: "value", Type: "Nullable(Decimal(38, 10))"}, {Name: "document", Type: "FixedString(8)"},
}

// send inserts n rows as the loader does: column by column, one block, once.
func send(ctx context.Context, c driver.Conn, n int) error {
	ctx = clickhouse.Context(ctx, clickhouse.WithColumnNamesAndTypes(olderColumns))
	batch, err := c.PrepareBatch(ctx, "INSERT INTO observation (indicator, region, period_start, value, document)")
	if err != nil {
		return err
	}
	defer batch.Close()
	for i := range n {
		if err := batch.Append("gdp", fmt.Sprintf("14%04d", i), time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), nil, fmt.Sprintf("%08d", i)); err != nil {
			return err
		}
	}
	return batch.Send()
}

// The native protocol against a server that is nobody's imitation: an insert, the
// classes of errors, an insert that is cut at any byte, an answer that is lost, and
// one that is given up. A new batch always makes it good, and nothing is there twice.
func TestTheNativeProtocolOfAnOlderServer(t *testing.T) {
	address := olderServer(t)
	direct := olderClient(t, address)
	if err := direct.Exec(t.Context(), olderTable); err != nil {
		t.Fatal(err)
	}
	proxy, err := faults.NewProxy(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	inserts := faults.NewInserts("observation")
	proxy.Watch(inserts.Filter)
	through := olderClient(t, proxy.Addr())
	const rows = 2000
	count := func() (n uint64) {
		t.Helper()
		if err := direct.QueryRow(t.Context(), "SELECT count() FROM observation FINAL").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for i, cut := range []int{1, 10, 300, 5_000, 20_000} {
		inserts.Next(1, faults.InsertFault{Half: cut})
		if err := send(t.Context(), through, rows); err == nil {
			t.Errorf("an insert that is cut after %d bytes succeeds", cut)
		}
		if n := count(); i == 0 && n != 0 {
			t.Errorf("%d rows of an insert that was cut at once are there", n)
		}
		if err := send(t.Context(), through, rows); err != nil {
			t.Errorf("after the cut: %v", err)
		}
	}
	inserts.Next(1, faults.InsertFault{Lose: true})
	if err := send(t.Context(), through, rows); err == nil {
		t.Error("an insert whose answer was lost succeeds")
	}
	proxy.Set(faults.Stall)
	given, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	if err := send(given, through, rows); !errors.Is(err, context.DeadlineExceeded) && err == nil {
		t.Errorf("an insert that is given up: %v", err)
	}
	cancel()
	proxy.Set(faults.Pass)
	proxy.Cut()
	if err := send(t.Context(), through, rows); err != nil {
		t.Errorf("after it was given up: %v", err)
	}
	if n := count(); n != rows {
		t.Errorf("%d rows, want %d", n, rows)
	}
}

// What such a server answers is told apart by its code, and the loader gives no row up
// to a server that is too old for it.
func TestTheErrorsOfAnOlderServerAreToldApart(t *testing.T) {
	address := olderServer(t)
	direct := olderClient(t, address)
	code := func(err error) int32 {
		var exception *clickhouse.Exception
		if !errors.As(err, &exception) {
			return 0
		}
		return exception.Code
	}
	if got := code(send(t.Context(), direct, 1)); got != 60 {
		t.Errorf("without a table: code %d, want 60", got)
	}
	if err := direct.Exec(t.Context(), olderTable); err != nil {
		t.Fatal(err)
	}
	if got := code(direct.Exec(t.Context(), "INSERT INTO observation (indicator, nonsense) VALUES ('a', 'b')")); got != 16 {
		t.Errorf("with a column that is not there: code %d, want 16", got)
	}
	if got := code(olderClientOf(t, address, "nobody").Exec(t.Context(), "SELECT 1")); got != 192 {
		t.Errorf("as an unknown user: code %d, want 192", got)
	}
	if got := code(send(t.Context(), olderClientOf(t, address, "reader"), 1)); got != 164 {
		t.Errorf("as one who may only read: code %d, want 164", got)
	}
	err := loader.New(direct).Load(t.Context(), warehousetest.Many(10))
	var refused *pipeline.RowsError
	if err == nil || errors.As(err, &refused) {
		t.Errorf("loading into a server of 2018: %v, want an error that blames no row", err)
	}
}
