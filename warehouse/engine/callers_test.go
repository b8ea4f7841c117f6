package engine

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"zhibiao/warehouse/engine/account"
)

// callers are all clients that the machine has.
func callers(t *testing.T) map[string]caller {
	clients := map[string]caller{}
	for _, w := range wires {
		clients["clickhouse-go, "+w.String()] = goCaller{dial(t, shared, account.Writer, w)}
	}
	for _, w := range plain {
		db := clickhouse.OpenDB(options(shared, account.Writer, w))
		db.SetMaxIdleConns(1)
		t.Cleanup(func() { db.Close() })
		clients["database/sql, "+w.String()] = sqlCaller{db}
	}
	if path, err := exec.LookPath("curl"); err != nil {
		t.Log("curl is not installed: its calls are left out")
	} else {
		clients["curl"] = curlCaller{path, nil}
		clients["curl, compressed"] = curlCaller{path, []string{"--compressed"}}
	}
	if folder, err := javascript(t); err != nil {
		t.Logf("the official JavaScript client is not available, its calls are left out: %v", err)
	} else {
		clients["@clickhouse/client"] = scriptCaller{folder, false}
		clients["@clickhouse/client, compressed"] = scriptCaller{folder, true}
	}
	return clients
}

func sortedNames(clients map[string]caller) []string { return slices.Sorted(maps.Keys(clients)) }

// javascript fetches the client that package-lock.json pins and gives its folder.
func javascript(t *testing.T) (string, error) {
	folder := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "call.cjs"} {
		content, err := os.ReadFile(filepath.Join("testdata", "javascript", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return "", fmt.Errorf("%s is not installed", program)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	npm.Dir = folder
	npm.WaitDelay = 5 * time.Second
	if output, err := npm.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci: %w: %s", err, bytes.TrimSpace(output))
	}
	return folder, nil
}

type goCaller struct{ conn driver.Conn }

func (g goCaller) ping(ctx context.Context) error { return g.conn.Ping(ctx) }

func (g goCaller) ask(ctx context.Context, c asked) ([][]string, error) {
	rows, err := g.conn.Query(goContext(ctx, c), c.sql)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if len(rows.Columns()) == 0 {
		return nil, errors.New("the result has no columns")
	}
	var found [][]string
	for rows.Next() {
		values := make([]any, len(rows.Columns()))
		for i, kind := range rows.ColumnTypes() {
			values[i] = newOf(kind)
		}
		if err := rows.Scan(values...); err != nil {
			return nil, err
		}
		row := make([]string, len(values))
		for i, value := range values {
			row[i] = textOf(reflect.ValueOf(value), rows.ColumnTypes()[i].DatabaseTypeName())
		}
		found = append(found, row)
	}
	return found, rows.Err()
}

func goContext(ctx context.Context, c asked) context.Context {
	settings := clickhouse.Settings{}
	for name, value := range c.settings {
		settings[name] = value
	}
	return clickhouse.Context(ctx, clickhouse.WithSettings(settings), clickhouse.WithParameters(c.parameters))
}

func (g goCaller) count(ctx context.Context, sql string) (n int, err error) {
	rows, err := g.conn.Query(ctx, sql)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}

func (g goCaller) run(ctx context.Context, sql string) error { return g.conn.Exec(ctx, sql) }

func (g goCaller) insert(ctx context.Context, table string, n int) error {
	batch, err := g.conn.PrepareBatch(ctx, "INSERT INTO "+table+" (n, s)")
	if err != nil {
		return err
	}
	for i := range n {
		if err := batch.Append(uint64(i), "县"+strconv.Itoa(i)); err != nil {
			return err
		}
	}
	return batch.Send()
}

type sqlCaller struct{ db *sql.DB }

func (s sqlCaller) ping(ctx context.Context) error { return s.db.PingContext(ctx) }

func (s sqlCaller) ask(ctx context.Context, c asked) ([][]string, error) {
	rows, err := s.db.QueryContext(goContext(ctx, c), c.sql)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	kinds, err := rows.ColumnTypes()
	if err != nil || len(kinds) == 0 {
		return nil, errors.Join(err, errors.New("the result has no columns"))
	}
	var found [][]string
	for rows.Next() {
		values := make([]any, len(kinds))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			return nil, err
		}
		row := make([]string, len(values))
		for i, value := range values {
			row[i] = textOf(reflect.ValueOf(value), kinds[i].DatabaseTypeName())
		}
		found = append(found, row)
	}
	return found, rows.Err()
}

func (s sqlCaller) count(ctx context.Context, sql string) (n int, err error) {
	rows, err := s.db.QueryContext(ctx, sql)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}

func (s sqlCaller) run(ctx context.Context, sql string) error {
	_, err := s.db.ExecContext(ctx, sql)
	return err
}

func (s sqlCaller) insert(ctx context.Context, table string, n int) error {
	scope, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	batch, err := scope.PrepareContext(ctx, "INSERT INTO "+table+" (n, s)")
	if err != nil {
		return errors.Join(err, scope.Rollback())
	}
	for i := range n {
		if _, err := batch.ExecContext(ctx, uint64(i), "县"+strconv.Itoa(i)); err != nil {
			return errors.Join(err, scope.Rollback())
		}
	}
	return scope.Commit()
}

var anyCode = regexp.MustCompile(`Code: (\d+)\.`)

// codeOf finds ClickHouse's code in whatever a client makes of an error.
func codeOf(err error) int {
	var exception *clickhouse.Exception
	if errors.As(err, &exception) {
		return int(exception.Code)
	}
	if err == nil {
		return 0
	}
	if found := anyCode.FindStringSubmatch(err.Error()); found != nil {
		code, _ := strconv.Atoi(found[1])
		return code
	}
	return -1
}
