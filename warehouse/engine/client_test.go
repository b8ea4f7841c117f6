package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"

	"zhibiao/warehouse/engine/account"
)

func TestEveryTypeComesBackAsItWentInUnderEveryCompression(t *testing.T) {
	for _, w := range wires {
		t.Run(w.String(), func(t *testing.T) {
			conn := dial(t, shared, account.Writer, w)
			name := table(t, conn, `s String, lc LowCardinality(String), fs FixedString(8), d Nullable(Decimal(38,10)), day Date32,
				at DateTime64(3,'UTC'), u8 UInt8, u16 UInt16, u32 UInt32, u64 UInt64, i64 Int64, a Array(String), b Bool`, "MergeTree ORDER BY u64")
			founding := time.Date(1949, 10, 1, 0, 0, 0, 0, time.UTC)
			amount := decimal.RequireFromString("-1234567890123456789012345678.0123456789")
			batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO "+name)
			if err != nil {
				t.Fatal(err)
			}
			const rows = 2570 // 0x0A0A, a length that reads as an empty line
			for i := range rows {
				value := &amount
				if i%2 == 1 {
					value = nil
				}
				if err := batch.Append("质量\x00强县\n';\\", "太原", "12345678", value, founding, founding.Add(123*time.Millisecond),
					uint8(255), uint16(65535), uint32(1<<32-1), uint64(i), int64(-1<<63), []string{"a", "", "\r\n"}, i%2 == 0); err != nil {
					t.Fatal(err)
				}
			}
			if err := batch.Send(); err != nil {
				t.Fatal(err)
			}
			found, err := conn.Query(t.Context(), "SELECT * FROM "+name+" ORDER BY u64")
			if err != nil {
				t.Fatal(err)
			}
			defer found.Close()
			count := 0
			for ; found.Next(); count++ {
				var (
					s, lc, fs string
					d         *decimal.Decimal
					day, at   time.Time
					u8        uint8
					u16       uint16
					u32       uint32
					u64       uint64
					i64       int64
					a         []string
					b         bool
				)
				if err := found.Scan(&s, &lc, &fs, &d, &day, &at, &u8, &u16, &u32, &u64, &i64, &a, &b); err != nil {
					t.Fatal(err)
				}
				if s != "质量\x00强县\n';\\" || lc != "太原" || fs != "12345678" || !day.Equal(founding) || !at.Equal(founding.Add(123*time.Millisecond)) ||
					u8 != 255 || u16 != 65535 || u32 != 1<<32-1 || u64 != uint64(count) || i64 != -1<<63 ||
					!reflect.DeepEqual(a, []string{"a", "", "\r\n"}) || b != (count%2 == 0) || (d == nil) != (count%2 == 1) || d != nil && !d.Equal(amount) {
					t.Fatalf("row %d came back as %q %q %q %v %v %v %d %d %d %d %d %q %v", count, s, lc, fs, d, day, at, u8, u16, u32, u64, i64, a, b)
				}
			}
			if err := found.Err(); err != nil || count != rows {
				t.Fatalf("read %d of %d rows, error %v", count, rows, err)
			}
		})
	}
}

func TestClientSeesAServer(t *testing.T) {
	for _, w := range plain {
		t.Run(w.String(), func(t *testing.T) {
			conn := dial(t, shared, account.Writer, w)
			if err := conn.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			version, err := conn.ServerVersion()
			if err != nil {
				t.Fatal(err)
			}
			if version.Version.Major != 26 || version.Timezone == nil {
				t.Errorf("the server's identity is %+v", version)
			}
		})
	}
}

func TestParametersAndSettingsReachTheEngine(t *testing.T) {
	for _, w := range plain {
		t.Run(w.String(), func(t *testing.T) {
			conn := dial(t, shared, account.Writer, w)
			ctx := clickhouse.Context(t.Context(), clickhouse.WithParameters(clickhouse.Parameters{"name": "o'clock", "n": "7"}))
			var text string
			var number uint64
			if err := conn.QueryRow(ctx, "SELECT {name:String}, {n:UInt64} + 1").Scan(&text, &number); err != nil {
				t.Fatal(err)
			}
			if text != "o'clock" || number != 8 {
				t.Errorf("got %q and %d", text, number)
			}
			ctx = clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"max_block_size": 7, "log_comment": "it's \\ here"}))
			var size, comment string
			if err := conn.QueryRow(ctx, "SELECT toString(getSetting('max_block_size')), getSetting('log_comment')").Scan(&size, &comment); err != nil {
				t.Fatal(err)
			}
			if size != "7" || !strings.HasSuffix(comment, " it's \\ here") {
				t.Errorf("settings are %q and %q", size, comment)
			}
		})
	}
}

func TestErrorsKeepClickHousesCode(t *testing.T) {
	cases := map[string]struct {
		query string
		code  int32
	}{
		"an unknown table":                        {"SELECT * FROM nowhere", 60},
		"a word that is no statement":             {"bogus", 62},
		"two statements":                          {"SELECT 1; SELECT 2", 62},
		"a failure in the first block":            {"SELECT throwIf(number = 3) FROM numbers(10)", 395},
		"a failure after a million rows":          {"SELECT number, throwIf(number = 1000000) FROM numbers(1200000)", 395},
		"a file of the client":                    {"SELECT 1 INTO OUTFILE '/tmp/zhibiao-outfile'", 48},
		"a statement that needs too much memory":  {"SELECT groupArray(toString(number)) FROM numbers(100000000) SETTINGS max_memory_usage = 10000000", 241},
		"an unknown setting in the text":          {"SELECT 1 SETTINGS no_such_setting = 1", 115},
		"a table that exists already":             {"CREATE TABLE system.one (a UInt8) ENGINE = Memory", 57},
		"a whole result that does not fit memory": {"SELECT number FROM numbers(10000000) FORMAT JSON", 396},
	}
	for name, test := range cases {
		for _, w := range wires {
			if w.protocol == clickhouse.Native && strings.Contains(test.query, "FORMAT JSON") {
				continue // the native protocol has one format, which streams
			}
			t.Run(name+" by "+w.String(), func(t *testing.T) {
				conn := dial(t, shared, account.Writer, w)
				rows, err := conn.Query(t.Context(), test.query)
				if err == nil {
					for rows.Next() {
					}
					err = rows.Err()
					rows.Close()
				}
				var exception *clickhouse.Exception
				if !errors.As(err, &exception) || exception.Code != test.code {
					t.Errorf("want code %d, got %v", test.code, err)
				}
			})
		}
	}
}

func TestAnUnknownSettingOfTheRequestIsNamed(t *testing.T) {
	for _, w := range plain {
		t.Run(w.String(), func(t *testing.T) {
			conn := dial(t, shared, account.Writer, w)
			ctx := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"no_such_setting": 1}))
			err := conn.Exec(ctx, "SELECT 1")
			var exception *clickhouse.Exception
			if !errors.As(err, &exception) || exception.Code != 115 || !strings.Contains(exception.Message, "no_such_setting") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestExternalTablesTravelWithTheQuery(t *testing.T) {
	for _, w := range plain {
		t.Run(w.String(), func(t *testing.T) {
			for _, name := range []string{account.Writer, account.Reader} {
				t.Run(name, func(t *testing.T) {
					conn := dial(t, shared, name, w)
					ctx := clickhouse.Context(t.Context(), clickhouse.WithExternalTable(externalTable(t)))
					var sum uint64
					if err := conn.QueryRow(ctx, "SELECT sum(n) FROM wanted WHERE name LIKE '县%'").Scan(&sum); err != nil {
						t.Fatal(err)
					}
					if sum != 45 {
						t.Errorf("the sum is %d", sum)
					}
				})
			}
		})
	}
}

func TestALeavingClientEndsItsQuery(t *testing.T) {
	for _, w := range plain {
		t.Run(w.String(), func(t *testing.T) {
			conn := dial(t, shared, account.Writer, w)
			const running = "SELECT count() FROM system.processes WHERE query LIKE '%leaving%' AND query NOT LIKE '%processes%'"
			ctx, leave := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() {
				ended <- conn.Exec(ctx, "SELECT 'leaving', max(sleepEachRow(0.01)) FROM numbers(100000) SETTINGS max_block_size = 10, function_sleep_max_microseconds_per_block = 0 FORMAT Null")
			}()
			awaitCount(t, conn, running, 1)
			leave()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("the client got %v", err)
			}
			awaitCount(t, conn, running, 0)
		})
	}
}

// awaitCount asks until the count is as wanted. Each question waits on the
// server for a tenth of a second, so that the loop does not spin.
func awaitCount(t *testing.T, conn driver.Conn, query string, want uint64) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		got := scanOne[uint64](t, conn, query)
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s stayed %d, want %d", query, got, want)
		}
		mustExec(t, conn, "SELECT sleep(0.1) FORMAT Null")
	}
}

func TestASparseResultIsComplete(t *testing.T) {
	for _, w := range plain {
		t.Run(w.String(), func(t *testing.T) {
			conn := dial(t, shared, account.Writer, w)
			rows, err := conn.Query(t.Context(), "SELECT number FROM numbers(50000000) WHERE number % 25000000 = 3")
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			var found []uint64
			for rows.Next() {
				var number uint64
				if err := rows.Scan(&number); err != nil {
					t.Fatal(err)
				}
				found = append(found, number)
			}
			slices.Sort(found)
			if err := rows.Err(); err != nil || !slices.Equal(found, []uint64{3, 25000003}) {
				t.Errorf("found %v, error %v", found, err)
			}
		})
	}
}

func TestTheLimitOfResultsDoesNotStopAnInsertOfASelect(t *testing.T) {
	for _, w := range plain {
		t.Run(w.String(), func(t *testing.T) {
			conn := dial(t, shared, account.Writer, w)
			into := table(t, conn, "n UInt64", "MergeTree ORDER BY n")
			mustExec(t, conn, "INSERT INTO "+into+" SELECT number FROM numbers(10000000)") // 80 MB, the limit is 64 MiB
			if n := scanOne[uint64](t, conn, "SELECT count() FROM "+into); n != 10_000_000 {
				t.Errorf("%d rows are stored", n)
			}
		})
	}
}

func TestStatementsAtTheSameTimeDoNotMix(t *testing.T) {
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			conn := dial(t, shared, []string{account.Writer, account.Reader}[worker%2], wires[worker%len(wires)])
			for i := range 40 {
				mine := fmt.Sprintf("%d-%d", worker, i)
				ctx := clickhouse.Context(t.Context(), clickhouse.WithParameters(clickhouse.Parameters{"mine": mine, "n": fmt.Sprint(i)}))
				var text string
				var sum, length uint64
				if err := conn.QueryRow(ctx, "SELECT {mine:String}, sum(number), count() FROM numbers({n:UInt64} + 1)").Scan(&text, &sum, &length); err != nil {
					t.Error(err)
					return
				}
				if text != mine || sum != uint64(i*(i+1)/2) || length != uint64(i+1) {
					t.Errorf("%s was answered with %s, %d, %d", mine, text, sum, length)
				}
			}
		})
	}
	group.Wait()
}

func TestALargeResultStreamsInBoundedMemory(t *testing.T) {
	e := started(t, t.TempDir(), nil) // one whose memory no other test has used
	before := peakMemory(t, e)
	const rows = 5_000_000
	request := e.request(t, "SELECT number, repeat('x', 100) FROM numbers(5000000) FORMAT TSV")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var lines, size int
	piece := make([]byte, 1<<20)
	for err == nil {
		var n int
		n, err = response.Body.Read(piece)
		lines, size = lines+bytes.Count(piece[:n], []byte{'\n'}), size+n
	}
	if !errors.Is(err, io.EOF) || lines != rows {
		t.Fatalf("read %d rows, error %v", lines, err)
	}
	grown := peakMemory(t, e) - before
	t.Logf("a result of %d MB: the engine's peak memory was %d MB before and grew by %d MB", size>>20, before>>20, grown>>20)
	if grown > 250<<20 {
		t.Errorf("the engine's peak memory grew by %d MB", grown>>20)
	}
}
