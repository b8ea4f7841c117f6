package engine

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"zhibiao/warehouse/engine/account"
)

// caller is a client of the engine, as the table of calls uses it. Values come as
// texts: NULL, numbers and texts as they are, [a,b] for arrays and tuples, {k:v} for
// maps.
type caller interface {
	ping(ctx context.Context) error
	ask(ctx context.Context, c asked) ([][]string, error)
	// count reads a large result row by row.
	count(ctx context.Context, sql string) (int, error)
	run(ctx context.Context, sql string) error
	// insert stores n rows (number, '县number').
	insert(ctx context.Context, table string, n int) error
}

type asked struct {
	sql        string
	parameters map[string]string
	settings   map[string]string
}

// asks are the questions with small answers.
var asks = []struct {
	name string
	asked
	want [][]string
	code int // of the error wanted instead
}{
	{name: "numbers of every width", asked: asked{sql: `SELECT toUInt8(255), toInt8(-128), toUInt16(65535), toUInt32(4294967295), toUInt64(18446744073709551615),
			toInt64(-9223372036854775808), toUInt256('115792089237316195423570985008687907853269984665640564039457584007913129639935'), 0.5::Float64, true`},
		want: [][]string{{"255", "-128", "65535", "4294967295", "18446744073709551615", "-9223372036854775808",
			"115792089237316195423570985008687907853269984665640564039457584007913129639935", "0.5", "true"}}},
	{name: "exact decimals and NULL", asked: asked{sql: `SELECT toDecimal128('-1234567890123456789012345678.0123456789', 10), CAST(NULL, 'Nullable(Decimal(38, 10))'),
			CAST('58.12', 'Nullable(Decimal(38, 10))'), CAST(NULL, 'Nullable(String)'), CAST('', 'Nullable(String)')`},
		want: [][]string{{"-1234567890123456789012345678.0123456789", "NULL", "58.12", "NULL", ""}}},
	{name: "days and times", asked: asked{sql: `SELECT toDate32('1949-10-01'), toDate32('2299-12-31'), toDate('2024-02-29'),
			toDateTime64('2024-05-06 07:08:09.123', 3, 'UTC'), toDateTime('2024-05-06 07:08:09', 'UTC'), CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))')`},
		want: [][]string{{"1949-10-01", "2299-12-31", "2024-02-29", "2024-05-06 07:08:09.123", "2024-05-06 07:08:09", "NULL"}}},
	{name: "texts", asked: asked{sql: `SELECT '质量强县', 'a\tb\nc''d\\', toLowCardinality('太原'), CAST(NULL, 'LowCardinality(Nullable(String))'),
			toFixedString('abc', 3), CAST('b', 'Enum8(\'a\' = 1, \'b\' = 2)'), toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0')`},
		want: [][]string{{"质量强县", "a\tb\nc'd\\", "太原", "NULL", "abc", "b", "61f0c404-5cb3-11e7-907b-a6006ad3dba0"}}},
	{name: "arrays, tuples and maps", asked: asked{sql: `SELECT ['a', '', '县'], CAST(['x', NULL], 'Array(Nullable(String))'), CAST(['p', 'p'], 'Array(LowCardinality(String))'),
			[[1, 2], [], [3]], CAST([], 'Array(UInt8)'), (1, 'x'), map('k', toUInt64(7)), [(1, 'a'), (2, 'b')]`},
		want: [][]string{{"[a,,县]", "[x,NULL]", "[p,p]", "[[1,2],[],[3]]", "[]", "[1,x]", "{k:7}", "[[1,a],[2,b]]"}}},
	{name: "several rows", asked: asked{sql: "SELECT number, toString(number) FROM numbers(3) ORDER BY number"},
		want: [][]string{{"0", "0"}, {"1", "1"}, {"2", "2"}}},
	{name: "no rows", asked: asked{sql: "SELECT number AS n, 'x' AS s FROM numbers(10) WHERE number > 10"}},
	{name: "a statement that is no query", asked: asked{sql: "EXISTS TABLE system.one"}, want: [][]string{{"1"}}},
	{name: "parameters", asked: asked{sql: "SELECT {name:String}, {n:UInt64} + 1, {day:Date32}", parameters: map[string]string{"name": "o'clock — 县", "n": "7", "day": "1949-10-01"}},
		want: [][]string{{"o'clock — 县", "8", "1949-10-01"}}},
	{name: "settings", asked: asked{sql: "SELECT toString(getSetting('max_block_size'))", settings: map[string]string{"max_block_size": "7"}},
		want: [][]string{{"7"}}},
	{name: "an unknown table", asked: asked{sql: "SELECT * FROM nowhere"}, code: 60},
	{name: "an unknown column", asked: asked{sql: "SELECT nothing FROM system.one"}, code: 47},
	{name: "a mistake", asked: asked{sql: "SELECT FROM WHERE"}, code: 62},
	{name: "an unknown setting", asked: asked{sql: "SELECT 1", settings: map[string]string{"no_such_setting": "1"}}, code: 115},
	{name: "a failure on a row", asked: asked{sql: "SELECT throwIf(number = 3) FROM numbers(10)"}, code: 395},
}

func TestTheTableOfCalls(t *testing.T) {
	clients := callers(t)
	for _, name := range sortedNames(clients) {
		client := clients[name]
		t.Run(name, func(t *testing.T) {
			if err := client.ping(t.Context()); err != nil {
				t.Fatal("ping:", err)
			}
			for _, c := range asks {
				t.Run(c.name, func(t *testing.T) {
					rows, err := client.ask(t.Context(), c.asked)
					if c.code != 0 {
						if codeOf(err) != c.code {
							t.Errorf("want code %d, got %v, rows %q", c.code, err, rows)
						}
						return
					}
					if same := len(rows)+len(c.want) == 0 || reflect.DeepEqual(rows, c.want); err != nil || !same {
						t.Errorf("got  %q, error %v\nwant %q", rows, err, c.want)
					}
				})
			}
			t.Run("a large result", func(t *testing.T) { callLarge(t, client) })
			t.Run("a failure in mid-stream", func(t *testing.T) {
				n, err := client.count(t.Context(), "SELECT number, throwIf(number = 2000000) FROM numbers(2100000)")
				// Node ends a compressed response that breaks off before the message in it.
				cut := err != nil && name == "@clickhouse/client, compressed"
				if codeOf(err) != 395 && !cut {
					t.Errorf("want code 395, got %v after %d rows", err, n)
				}
			})
			t.Run("an insert", func(t *testing.T) { callInsert(t, client) })
			t.Run("a cancelled query", func(t *testing.T) { callCancel(t, client, name) })
		})
	}
}

func callLarge(t *testing.T, client caller) {
	const rows = 1_000_000
	n, err := client.count(t.Context(), fmt.Sprintf("SELECT number, '质量强县' FROM numbers(%d)", rows))
	if err != nil || n != rows {
		t.Errorf("read %d of %d rows, error %v", n, rows, err)
	}
}

func callInsert(t *testing.T, client caller) {
	const rows = 100_000
	writer := dial(t, shared, account.Writer, plainTCP)
	into := table(t, writer, "n UInt64, s LowCardinality(String), twice UInt64 ALIAS n * 2, kind String DEFAULT 'd'", "MergeTree ORDER BY n")
	if err := client.insert(t.Context(), into, rows); err != nil {
		t.Fatal(err)
	}
	right := scanOne[uint64](t, writer, "SELECT countIf(s = '县' || toString(n) AND kind = 'd' AND twice = 2 * n) FROM "+into)
	distinct := scanOne[uint64](t, writer, "SELECT uniqExact(n) FROM "+into)
	if right != rows || distinct != rows {
		t.Errorf("%d rows are right and %d different, of %d", right, distinct, rows)
	}
}

func callCancel(t *testing.T, client caller, name string) {
	writer := dial(t, shared, account.Writer, plainTCP)
	mark := "cancelled by " + strings.ReplaceAll(name, "'", "")
	running := "SELECT count() FROM system.processes WHERE position(query, '" + mark + "') > 0 AND position(query, 'processes') = 0"
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	ended := make(chan error, 1)
	go func() {
		ended <- client.run(ctx, "SELECT '"+mark+"', max(sleepEachRow(0.01)) FROM numbers(100000) SETTINGS max_block_size = 10, function_sleep_max_microseconds_per_block = 0")
	}()
	awaitCount(t, writer, running, 1)
	leave()
	if err := <-ended; err == nil {
		t.Error("the client saw no error")
	}
	awaitCount(t, writer, running, 0)
}
