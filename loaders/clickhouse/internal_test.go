package clickhouse

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Columns returns the columns that are sent to each table, for a test against the
// schema.
func Columns() map[string][]string {
	return map[string][]string{
		"observation": observations.names(), "refusal": refusals.names(), "document": documents.names(),
		"confirmation": confirmations.names(), "run": runs.names(),
	}
}

func TestOnlySomeErrorsBlameTheData(t *testing.T) {
	for code, want := range map[int32]bool{
		38: true, 469: true, 407: true, 117: true, // parse, constraint, overflow, data
		159: false, 209: false, 210: false, 241: false, 242: false, 243: false, 252: false, 999: false, 1002: false, 60: false, 53: false, 0: false,
	} {
		err := fmt.Errorf("loading: %w", &clickhouse.Exception{Code: code})
		if got := blamesData(err); got != want {
			t.Errorf("code %d: %v, want %v", code, got, want)
		}
	}
	if blamesData(io.ErrUnexpectedEOF) || blamesData(errors.New("driver: bad connection")) {
		t.Error("an error of the connection blames the data")
	}
}

func TestTheTokenTellsContentsApart(t *testing.T) {
	now := time.UnixMilli(1)
	base := []any{[]string{"a", "b"}, []time.Time{now}, []*time.Time{nil, &now}, []uint16{1}, []uint32{1}, []int64{1}, []bool{true}, [][]string{{"a"}, nil}, []map[string]string{{"k": "v"}}, &native{bytes: []byte{1}}}
	token := tokenOf("t", base)
	if again := tokenOf("t", base); again != token {
		t.Error("the same content has two tokens")
	}
	for i, changed := range map[int]any{
		0: []string{"ab", ""}, 1: []time.Time{time.UnixMilli(2)}, 2: []*time.Time{&now, nil}, 3: []uint16{2}, 4: []uint32{2}, 5: []int64{2},
		6: []bool{false}, 7: [][]string{nil, {"a"}}, 8: []map[string]string{{"k": "w"}}, 9: &native{bytes: []byte{2}},
	} {
		columns := append([]any{}, base...)
		columns[i] = changed
		if tokenOf("t", columns) == token {
			t.Errorf("column %d of %T: another content has the same token", i, changed)
		}
	}
	if tokenOf("u", base) == token {
		t.Error("another table has the same token")
	}
}

func tokenOf(table string, columns []any) string {
	digests := make([][sha256.Size]byte, len(columns))
	for i := range columns {
		digests[i] = digestColumn(columns[i])
	}
	return contentToken(table, digests)
}
