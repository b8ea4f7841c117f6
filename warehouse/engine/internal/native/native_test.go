package native

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"
	"testing/iotest"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// sample gives a value for a type, different from row to row.
var sample = []struct {
	kind  string
	value func(row int) any
}{
	{"UInt8", func(row int) any { return uint8(row) }},
	{"Int64", func(row int) any { return int64(-row) }},
	{"UInt256", func(row int) any { return *big.NewInt(int64(row)) }},
	{"String", func(row int) any { return strings.Repeat("县", row%90) }},
	{"FixedString(3)", func(int) any { return "abc" }},
	{"Decimal(38, 10)", func(row int) any { return decimal.New(int64(row), -2) }},
	{"Nullable(Decimal(9, 2))", func(row int) any { return []any{nil, decimal.New(5, -1)}[row%2] }},
	{"Nullable(String)", func(row int) any { return []any{nil, "x"}[row%2] }},
	{"LowCardinality(String)", func(row int) any { return []any{"太原", "", "大同"}[row%3] }},
	{"LowCardinality(Nullable(String))", func(row int) any { return []any{"太原", nil}[row%2] }},
	{"Array(String)", func(row int) any { return make([]string, row%3) }},
	{"Array(LowCardinality(String))", func(row int) any { return [][]string{{}, {"a", "b"}, {"a"}}[row%3] }},
	{"Array(Array(UInt16))", func(row int) any { return [][]uint16{{1, 2}, {}, {uint16(row)}} }},
	{"Map(String, UInt64)", func(row int) any { return map[string]uint64{"k": uint64(row)} }},
	{"Tuple(a UInt8, b Nullable(String))", func(row int) any { return []any{uint8(row), "t"} }},
	{"Enum8('a,(' = 1, 'b\\'' = 2)", func(int) any { return int8(1) }},
	{"SimpleAggregateFunction(max, UInt64)", func(row int) any { return uint64(row) }},
	{"Point", nil},
	{"Bool", func(row int) any { return row%2 == 0 }},
	{"Date32", nil}, {"DateTime64(3, 'UTC')", nil}, {"UUID", nil}, {"IPv6", nil},
}

func blockOf(t *rapid.T, rows int, kinds []int, revision uint64) []byte {
	block := proto.NewBlock()
	for _, kind := range kinds {
		if err := block.AddColumn("c", column.Type(sample[kind].kind)); err != nil {
			t.Fatal(err)
		}
	}
	for row := range rows {
		values := make([]any, len(kinds))
		for i, kind := range kinds {
			values[i] = sample[kind].value(row)
		}
		if err := block.Append(values...); err != nil {
			t.Fatal(err)
		}
	}
	buffer := new(chproto.Buffer)
	if err := block.Encode(buffer, revision); err != nil {
		t.Fatal(err)
	}
	return buffer.Buf
}

const modern = int(chproto.FeatureServerQueryTimeInProgress)

func TestABlockIsTheSameAtAnotherRevisionAndBack(t *testing.T) {
	var usable []int
	for i := range sample {
		if sample[i].value != nil {
			usable = append(usable, i)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(1, 700).Draw(t, "rows")
		kinds := rapid.SliceOfN(rapid.SampledFrom(usable), 1, 5).Draw(t, "kinds")
		old, recent := blockOf(t, rows, kinds, 0), blockOf(t, rows, kinds, uint64(modern))
		got, block, err := Copy(nil, NewMemory(old), 0, modern, 1<<30)
		if err != nil || !bytes.Equal(got, recent) || block.Rows != uint64(rows) || len(block.Columns) != len(kinds) {
			t.Fatalf("to the later revision: %v, %d rows", err, block.Rows)
		}
		slow := bufio.NewReaderSize(iotest.HalfReader(bytes.NewReader(append(recent, "next"...))), SourceSize)
		back, _, err := Copy([]byte("kept"), slow, modern, 0, 1<<30)
		if err != nil || !bytes.Equal(back, append([]byte("kept"), old...)) {
			t.Fatalf("and back: %v", err)
		}
		if rest, _ := io.ReadAll(slow); string(rest) != "next" {
			t.Fatalf("%q is left of what follows the block", rest)
		}
		cut := rapid.IntRange(1, len(recent)-1).Draw(t, "cut")
		if _, _, err := Copy(nil, NewMemory(recent[:cut]), modern, 0, 1<<30); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("a block cut after %d of %d bytes gave %v", cut, len(recent), err)
		}
		if _, _, err := Copy(nil, NewMemory(old), 0, 0, len(old)/2-100); !errors.Is(err, ErrTooLarge) && len(old) > 20_000 {
			t.Fatalf("a block above the limit gave %v", err)
		}
	})
}

func TestAStreamedBlockComesWholeAndInPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := blockOf(t, rapid.IntRange(1, 20_000).Draw(t, "rows"), []int{3, 8, 3, 12}, 0)
		var got []byte
		pieces := 0
		_, _, err := Stream(nil, NewMemory(old), 0, 0, 1<<30, func(piece []byte) error {
			got, pieces = append(got, piece...), pieces+1
			return nil
		})
		if err != nil || !bytes.Equal(got, old) {
			t.Fatalf("%v; %d bytes of %d", err, len(got), len(old))
		}
		if pieces == 1 && len(old) > 4*pieceSize {
			t.Fatalf("%d bytes came in one piece", len(old))
		}
	})
}

func TestAColumnWhoseEndIsNotKnownIsDecoded(t *testing.T) {
	block := proto.NewBlock()
	for _, kind := range []string{"Variant(String, UInt64)", "UInt8"} {
		if err := block.AddColumn("v", column.Type(kind)); err != nil {
			t.Fatal(err)
		}
	}
	for _, value := range []any{"a", uint64(7), nil} {
		if err := block.Append(value, uint8(1)); err != nil {
			t.Fatal(err)
		}
	}
	old, recent := new(chproto.Buffer), new(chproto.Buffer)
	if err := errors.Join(block.Encode(old, 0), block.Encode(recent, uint64(modern))); err != nil {
		t.Fatal(err)
	}
	got, _, err := Copy(nil, NewMemory(old.Buf), 0, modern, 1<<20)
	if err != nil || !bytes.Equal(got, recent.Buf) {
		t.Errorf("got %v, %q, want %q", err, got, recent.Buf)
	}
	got, _, err = Copy(nil, bufio.NewReaderSize(bytes.NewReader(recent.Buf), SourceSize), modern, 0, 1<<20)
	if err != nil || !bytes.Equal(got, old.Buf) {
		t.Errorf("got %v, %q, want %q", err, got, old.Buf)
	}
}

func TestShapesOfTypes(t *testing.T) {
	for name, want := range map[string]kind{
		"UInt8": fixed, "DateTime64(3, 'Asia/Shanghai')": fixed, "Enum16('a)' = 1)": fixed, "Decimal(76, 3)": fixed, "IntervalDay": fixed,
		"String": text, "Nullable(FixedString(3))": nullable, "Array(Nothing)": array, "Nested(a UInt8, b String)": array,
		"Map(LowCardinality(String), Array(UInt8))": array, "Tuple()": tuple, "Tuple(`b, (` Nullable(String))": tuple, "LowCardinality(Nullable(String))": coded,
		"Polygon": array, "SimpleAggregateFunction(anyLast, Nullable(String))": nullable,
		"AggregateFunction(sum, UInt64)": opaque, "JSON": opaque, "Dynamic": opaque, "Variant(UInt8, String)": opaque,
		"Array(JSON)": opaque, "Map(String, Dynamic)": opaque, "Nullable(": opaque, "": opaque, "FixedString(x)": opaque,
		"Decimal(99, 1)": opaque, strings.Repeat("Array(", 100) + "UInt8" + strings.Repeat(")", 100): opaque,
	} {
		if got := shapeOf(name).kind; got != want {
			t.Errorf("%.60s has the shape %d, want %d", name, got, want)
		}
	}
}

func FuzzCopy(f *testing.F) {
	f.Add([]byte{1, 0, 2, 255, 255, 255, 255, 0, 1, 1, 1, 'a', 5, 'U', 'I', 'n', 't', '8', 0, 7}, false)
	f.Add([]byte{1, 0, 2, 255, 255, 255, 255, 0, 1, 2, 1, 'a', 6, 'S', 't', 'r', 'i', 'n', 'g', 0, 1, 'x', 0}, true)
	f.Add([]byte{1, 0, 2, 255, 255, 255, 255, 0, 0, 0}, true)
	f.Fuzz(func(t *testing.T, data []byte, buffered bool) {
		var in Source = NewMemory(data)
		if buffered {
			in = bufio.NewReaderSize(bytes.NewReader(data), SourceSize)
		}
		const limit = 1 << 20
		copied, block, err := Copy(nil, in, modern, 0, limit)
		if len(copied) > limit+len(data)+64 {
			t.Fatalf("%d bytes came from %d", len(copied), len(data))
		}
		if err != nil {
			return
		}
		// What was read once is read again the same.
		again, same, err := Copy(nil, NewMemory(copied), 0, 0, 2*limit)
		if err != nil || same.Rows != block.Rows || !bytes.Equal(again, copied) {
			t.Fatalf("read again: %v", err)
		}
	})
}
