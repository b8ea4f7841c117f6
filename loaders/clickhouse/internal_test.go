package clickhouse

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/shopspring/decimal"
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
	now, value := time.UnixMilli(1), decimal.RequireFromString("1.5")
	base := []any{[]string{"a", "b"}, []time.Time{now}, []*time.Time{nil, &now}, []*decimal.Decimal{nil, &value}, []uint8{1}, []int8{-1},
		[]uint16{1}, []uint32{1}, []int64{1}, []bool{true}, [][]string{{"a"}, nil}, []map[string]string{{"k": "v"}}}
	token := tokenOf("t", base)
	if again := tokenOf("t", base); again != token {
		t.Error("the same content has two tokens")
	}
	other := decimal.RequireFromString("1.51")
	for i, changed := range map[int]any{
		0: []string{"ab", ""}, 1: []time.Time{time.UnixMilli(2)}, 2: []*time.Time{&now, nil}, 3: []*decimal.Decimal{nil, &other}, 4: []uint8{2}, 5: []int8{1},
		6: []uint16{2}, 7: []uint32{2}, 8: []int64{2}, 9: []bool{false}, 10: [][]string{nil, {"a"}}, 11: []map[string]string{{"k": "w"}},
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
