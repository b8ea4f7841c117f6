package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"zhibiao/warehouse/engine/account"
)

func TestAKilledChildLosesNoAcknowledgedBatch(t *testing.T) {
	for _, w := range plain {
		t.Run(w.String(), func(t *testing.T) { killUnderLoad(t, w) })
	}
}

func killUnderLoad(t *testing.T, w wire) {
	const (
		writers = 3
		kills   = 4
		rows    = 500 // of a batch
	)
	e := started(t, t.TempDir(), nil)
	conn := dial(t, e, account.Writer, w)
	mustExec(t, conn, "CREATE TABLE load (writer UInt64, batch UInt64, row UInt64) ENGINE = ReplacingMergeTree ORDER BY (writer, batch, row)")

	ctx, stop := context.WithCancel(t.Context())
	progress := make(chan struct{}, 1<<16) // one for each acknowledged batch
	acknowledged := make([]uint64, writers)
	retries := make([]int, writers)
	var group sync.WaitGroup
	for writer := range writers {
		group.Go(func() {
			conn := dial(t, e, account.Writer, w)
			for batch := uint64(0); ctx.Err() == nil; {
				if err := sendBatch(conn, uint64(writer), batch, rows); err != nil {
					retries[writer]++ // nothing is known: the same batch again
					continue
				}
				batch++
				acknowledged[writer] = batch
				progress <- struct{}{}
			}
		})
	}
	await := func(batches int) {
		for range batches {
			select {
			case <-progress:
			case <-time.After(20 * time.Second):
				t.Error("no batch was acknowledged for 20 s")
				return
			}
		}
	}
	for kill := range kills {
		await(10 + 7*kill)
		if err := syscall.Kill(childOf(t, e.config.Dir), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		// A batch that was under way at the kill may count as progress; ten cannot.
		await(10)
		if got := e.Restarts(); got != int64(kill+1) {
			t.Errorf("after %d kills there were %d restarts", kill+1, got)
		}
	}
	stop()
	group.Wait()

	// One batch may be stored beyond the last acknowledged one, whole.
	var total uint64
	for writer, batches := range acknowledged {
		query := fmt.Sprintf("SELECT count(), uniqExact(batch, row) FROM load FINAL WHERE writer = %d AND batch < %d", writer, batches)
		var stored, distinct uint64
		if err := conn.QueryRow(t.Context(), query).Scan(&stored, &distinct); err != nil {
			t.Fatal(err)
		}
		if stored != batches*rows || distinct != stored {
			t.Errorf("writer %d: %d rows stored, %d distinct, %d acknowledged", writer, stored, distinct, batches*rows)
		}
		total += batches
	}
	if partial := scanOne[uint64](t, conn, fmt.Sprintf("SELECT count() FROM (SELECT writer, batch FROM load FINAL GROUP BY ALL HAVING count() != %d)", rows)); partial != 0 {
		t.Errorf("%d batches are stored in part", partial)
	}
	if slices.Max(retries) == 0 {
		t.Error("no kill interrupted an insert: the test proves nothing")
	}
	t.Logf("%d batches acknowledged, retries by writer %v", total, retries)
}

func sendBatch(conn driver.Conn, writer, number, rows uint64) error {
	ctx := clickhouse.Context(context.Background(), clickhouse.WithColumnNamesAndTypes([]clickhouse.ColumnNameAndType{
		{Name: "writer", Type: "UInt64"}, {Name: "batch", Type: "UInt64"}, {Name: "row", Type: "UInt64"},
	}))
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO load (writer, batch, row)")
	if err != nil {
		return err
	}
	for row := range rows {
		if err := batch.Append(writer, number, row); err != nil {
			return err
		}
	}
	return batch.Send()
}

func TestAConnectionWhileTheChildIsDeadIsServedByTheNext(t *testing.T) {
	for name, try := range map[string]func(*testing.T, *Engine) (string, error){"http": tryAsk, "native": tryNative} {
		t.Run(name, func(t *testing.T) { killBetweenConnections(t, try) })
	}
}

func killBetweenConnections(t *testing.T, try func(*testing.T, *Engine) (string, error)) {
	e := started(t, t.TempDir(), nil)
	for range 3 {
		if err := syscall.Kill(childOf(t, e.config.Dir), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		// A connection that the dying child had taken is reset; all later ones
		// wait for the next child.
		resets := 0
		for {
			body, err := try(t, e)
			if err == nil {
				if body != "1\n" {
					t.Errorf("got %q", body)
				}
				break
			}
			if resets++; resets > 1 || errors.Is(err, syscall.ECONNREFUSED) {
				t.Fatal(err)
			}
		}
	}
}

func tryNative(t *testing.T, e *Engine) (string, error) {
	conn, err := clickhouse.Open(options(e, account.Writer, plainTCP))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	var one uint8
	err = conn.QueryRow(t.Context(), "SELECT 1").Scan(&one)
	return fmt.Sprintf("%d\n", one), err
}

func tryAsk(t *testing.T, e *Engine) (string, error) {
	request := e.request(t, "SELECT 1")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

func TestDataSurviveACloseAndTheSettingsOfMergeTreeAreInForce(t *testing.T) {
	dir := t.TempDir()
	e := started(t, dir, nil)
	conn := dial(t, e, account.Writer, plainHTTP)
	mustExec(t, conn, "CREATE TABLE kept (n UInt64) ENGINE = MergeTree ORDER BY n", "INSERT INTO kept VALUES (1), (2)")
	// The second table shows that the count tells the settings apart.
	mustExec(t, conn, "CREATE TABLE careless (n UInt64) ENGINE = MergeTree ORDER BY n SETTINGS fsync_after_insert = 0, fsync_part_directory = 0")
	for name, wanted := range map[string]bool{"kept": true, "careless": false} {
		before := fsyncs(t, conn)
		mustExec(t, conn, "INSERT INTO "+name+" VALUES (3)")
		if synced := fsyncs(t, conn) > before; synced != wanted {
			t.Errorf("an INSERT into the table %s was synced to disk: %v", name, synced)
		}
	}
	conn.Close()
	if err := e.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(t.Context()); err != nil {
		t.Errorf("closing again: %v", err)
	}
	if left := childrenIn(t, e.config.Dir); len(left) != 0 {
		t.Errorf("children %v run after Close", left)
	}
	e = started(t, dir, nil)
	conn = dial(t, e, account.Writer, plainHTTP)
	if n := scanOne[uint64](t, conn, "SELECT count() FROM kept"); n != 3 {
		t.Errorf("%d rows after opening again", n)
	}
	for _, name := range []string{"fsync_after_insert", "fsync_part_directory", "min_rows_to_fsync_after_merge", "min_compressed_bytes_to_fsync_after_merge"} {
		if value := scanOne[string](t, conn, "SELECT value FROM system.merge_tree_settings WHERE name = '"+name+"'"); value != "1" {
			t.Errorf("%s is %s", name, value)
		}
	}
	if value := scanOne[string](t, conn, "SELECT toString(getSetting('async_insert'))"); value != "false" && value != "0" {
		t.Errorf("async_insert is %s", value)
	}
}

// fsyncs counts the engine's calls of fsync and fdatasync.
func fsyncs(t *testing.T, conn driver.Conn) uint64 {
	return scanOne[uint64](t, conn, "SELECT sum(value) FROM system.events WHERE event IN ('FileSync', 'DirectorySync')")
}

func TestAnEngineThatCannotStartSaysWhy(t *testing.T) {
	damaged := filepath.Join(t.TempDir(), "libchdb.so")
	if err := os.WriteFile(damaged, []byte("not a library"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		change func(*Config)
		want   string
	}{
		"the library is missing":         {func(c *Config) { c.Library = "/nowhere/libchdb.so" }, "/nowhere/libchdb.so"},
		"the library is damaged":         {func(c *Config) { c.Library = damaged }, "loading the engine library"},
		"a setting is unknown":           {func(c *Config) { c.Settings = map[string]string{"no_such_setting": "1"} }, "no_such_setting"},
		"the folder cannot be made":      {func(c *Config) { c.Dir = "/proc/nothing" }, "/proc/nothing"},
		"the accounts have no passwords": {func(c *Config) { c.Accounts = Accounts{} }, "passwords"},
		"the address is taken":           {func(c *Config) { c.HTTPAddr = shared.HTTPAddr() }, "address already in use"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			config := configFor(t.TempDir(), shared.config.Library)
			test.change(&config)
			e, err := Start(t.Context(), config)
			if err == nil {
				e.Close(t.Context())
				t.Fatal("the engine started")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestAnEngineThatKeepsDyingIsGivenUp(t *testing.T) {
	dir := t.TempDir()
	library := filepath.Join(dir, "libchdb.so")
	if err := os.Symlink(shared.config.Library, library); err != nil {
		t.Fatal(err)
	}
	config := configFor(dir, library)
	config.longestPause = 20 * time.Millisecond
	e, err := Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(library); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(childOf(t, e.config.Dir), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-e.Done():
	case <-time.After(30 * time.Second):
		t.Fatal("the engine is still tried")
	}
	if err := e.Err(); err == nil || !strings.Contains(err.Error(), "given up") || !strings.Contains(err.Error(), e.config.Dir) {
		t.Errorf("the error is %v", err)
	}
	if err := e.Close(t.Context()); err == nil {
		t.Error("Close hides that the engine was given up")
	}
}
