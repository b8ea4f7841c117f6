package engine

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/ext"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"zhibiao/warehouse/engine/account"
)

func externalTable(t *testing.T) *ext.Table {
	t.Helper()
	wanted, err := ext.NewTable("wanted", ext.Column("n", "UInt64"), ext.Column("name", "LowCardinality(String)"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if err := wanted.Append(uint64(i), fmt.Sprintf("县%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	return wanted
}

// childOf finds the process of an engine's child by its folder.
func childOf(t *testing.T, dir string) int {
	t.Helper()
	pids := childrenIn(t, dir)
	if len(pids) != 1 {
		t.Fatalf("%d children run in %s, want 1", len(pids), dir)
	}
	return pids[0]
}

func childrenIn(t *testing.T, dir string) (pids []int) {
	t.Helper()
	commands, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range commands {
		command, err := os.ReadFile(file)
		if err != nil || !bytes.HasPrefix(command, []byte("zhibiao-engine\x00")) {
			continue
		}
		process := filepath.Dir(file)
		if folder, err := os.Readlink(filepath.Join(process, "cwd")); err == nil && folder == dir {
			pid, err := strconv.Atoi(filepath.Base(process))
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}

// peakMemory is the most memory the child ever had resident, in bytes.
func peakMemory(t *testing.T, e *Engine) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", childOf(t, e.config.Dir)))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(status), "\n") {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kilobytes << 10
		}
	}
	t.Fatal("the child's status has no VmHWM")
	return 0
}

// request is a POST of the writer with a statement.
func (e *Engine) request(t *testing.T, sql string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+e.HTTPAddr()+"/", strings.NewReader(sql))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(account.Writer, e.config.Accounts.Writer.Password)
	return request
}

// newOf gives a pointer to scan a value of a column into.
func newOf(kind driver.ColumnType) any { return reflect.New(kind.ScanType()).Interface() }

func dereferenced(pointers []any) []any {
	values := make([]any, len(pointers))
	for i, pointer := range pointers {
		value := reflect.ValueOf(pointer).Elem()
		for value.Kind() == reflect.Pointer && !value.IsNil() {
			value = value.Elem()
		}
		values[i] = value.Interface()
	}
	return values
}
