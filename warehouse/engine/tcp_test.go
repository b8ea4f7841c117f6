package engine

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"

	"zhibiao/warehouse/engine/account"
)

// knock sends bytes to the native interface and gives the reader of the answer.
func knock(t *testing.T, e *Engine, packets ...[]byte) (*bufio.Reader, net.Conn) {
	t.Helper()
	socket, err := net.Dial("tcp", e.TCPAddr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	if err := socket.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for _, packet := range packets {
		if _, err := socket.Write(packet); err != nil {
			t.Fatal(err)
		}
	}
	return bufio.NewReaderSize(socket, 1<<18), socket // as large as the buffer of ch-go, which then takes it over
}

func helloOf(user, password, database string, version int) []byte {
	buffer := new(chproto.Buffer)
	chproto.ClientHello{Name: "test", Major: 1, ProtocolVersion: version, Database: database, User: user, Password: password}.Encode(buffer)
	return buffer.Buf
}

// exceptionIn reads an exception and the end of the connection after it.
func exceptionIn(t *testing.T, in *bufio.Reader) chproto.Exception {
	t.Helper()
	var exception chproto.Exception
	if code, err := in.ReadByte(); err != nil || code != byte(chproto.ServerCodeException) {
		t.Fatalf("want an exception, got packet %d, error %v", code, err)
	}
	if err := exception.DecodeAware(chproto.NewReader(in), 54460); err != nil {
		t.Fatal(err)
	}
	return exception
}

func TestANativeClientIsRefusedAtTheDoor(t *testing.T) {
	writer := shared.config.Accounts.Writer.Password
	for name, test := range map[string]struct {
		hello []byte
		code  chproto.Error
	}{
		"a wrong password":            {helloOf(account.Writer, "wrong", "", 54460), 516},
		"no password":                 {helloOf(account.Reader, "", "", 54460), 516},
		"the user of a fresh server":  {helloOf("default", "", "", 54460), 516},
		"another account's password":  {helloOf(account.Writer, shared.config.Accounts.Reader.Password, "", 54460), 516},
		"another server of a cluster": {helloOf(" INTERSERVER SECRET ", "", "", 54460), 516},
		"an unknown database":         {helloOf(account.Writer, writer, "nowhere", 54460), 81},
		"a client of 2018":            {helloOf(account.Writer, writer, "", 54405), 99},
		"another protocol":            {[]byte("GET / HTTP/1.1\r\n\r\n"), 101},
		"a name without end":          {append([]byte{0}, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), 1002},
	} {
		t.Run(name, func(t *testing.T) {
			in, _ := knock(t, shared, test.hello)
			if got := exceptionIn(t, in); got.Code != test.code {
				t.Errorf("want code %d, got %d: %s", test.code, got.Code, got.Message)
			}
			if _, err := in.ReadByte(); err == nil {
				t.Error("the connection stays open")
			}
		})
	}
}

func TestAnUnexpectedPacketEndsTheConnectionWithAWord(t *testing.T) {
	addendum := []byte{0} // an empty quota key
	for _, packet := range [][]byte{{99}, {byte(chproto.ClientTablesStatusRequest)}, {byte(chproto.ClientCodeData), 0}} {
		in, _ := knock(t, shared, helloOf(account.Reader, shared.config.Accounts.Reader.Password, "", 54460), addendum, packet)
		var hello chproto.ServerHello
		if code, err := in.ReadByte(); err != nil || code != byte(chproto.ServerCodeHello) {
			t.Fatalf("got packet %d, error %v", code, err)
		}
		if err := hello.DecodeAware(chproto.NewReader(in), 54460); err != nil || hello.Major != 26 {
			t.Fatalf("got %+v, error %v", hello, err)
		}
		if got := exceptionIn(t, in); got.Code != 101 {
			t.Errorf("packet %d: got code %d: %s", packet[0], got.Code, got.Message)
		}
	}
}

func TestAConnectionOutlivesTheErrorsOfItsStatements(t *testing.T) {
	options := options(shared, account.Writer, plainTCP)
	options.MaxOpenConns, options.MaxIdleConns = 1, 1
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	name := table(t, conn, "n UInt64, CONSTRAINT small CHECK n < 10", "MergeTree ORDER BY n")
	for round := range 3 {
		for _, query := range []string{"SELECT * FROM nowhere", "INSERT INTO nowhere VALUES (1)", "SELECT number, throwIf(number = 500000) FROM numbers(600000)", "bogus"} {
			if err := drain(t.Context(), conn, query); err == nil {
				t.Errorf("%s succeeded", query)
			}
		}
		batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO "+name)
		if err != nil {
			t.Fatal(err)
		}
		for n := range uint64(100_000) {
			if err := batch.Append(n); err != nil {
				t.Fatal(err)
			}
		}
		if err := batch.Send(); codeOf(err) != 469 {
			t.Fatalf("round %d: a batch that breaks a rule gave %v", round, err)
		}
		if _, err := conn.PrepareBatch(t.Context(), "INSERT INTO "+name+" (nothing)"); codeOf(err) != 16 {
			t.Errorf("an unknown column gave %v", err)
		}
		mustExec(t, conn, "INSERT INTO "+name+" VALUES (1), (2)", "INSERT INTO "+name+" (n) FORMAT CSV 3\n4\n")
		if n := scanOne[uint64](t, conn, "SELECT count() FROM "+name); n != uint64(4*(round+1)) {
			t.Errorf("round %d: %d rows", round, n)
		}
	}
}

func TestProgressIsTold(t *testing.T) {
	conn := dial(t, shared, account.Writer, plainTCP)
	var rows, calls uint64
	ctx := clickhouse.Context(t.Context(), clickhouse.WithProgress(func(p *clickhouse.Progress) { rows, calls = rows+p.Rows, calls+1 }))
	if err := drain(ctx, conn, "SELECT number FROM numbers(3000000)"); err != nil {
		t.Fatal(err)
	}
	// The engine tells its progress by pieces of the result and drops what it read
	// between the last two.
	if rows == 0 || rows > 3_000_000 || calls < 2 {
		t.Errorf("%d rows were told of in %d packets", rows, calls)
	}
}

func TestWhatCannotLastIsRefused(t *testing.T) {
	conn := dial(t, shared, account.Writer, plainTCP)
	for _, statement := range []string{"SET max_threads = 1", "USE system"} {
		if err := conn.Exec(t.Context(), statement); codeOf(err) != 48 || !strings.Contains(err.Error(), "stands alone") {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

func TestClosingLetsANativeStatementFinishAndClosesIdleOnes(t *testing.T) {
	e := started(t, t.TempDir(), nil)
	writer := dial(t, e, account.Writer, plainTCP)
	_, idle := knock(t, e, helloOf(account.Reader, e.config.Accounts.Reader.Password, "", 54460), []byte{0})
	mustExec(t, writer, "SELECT 1")
	ended := make(chan error, 1)
	go func() {
		ended <- drain(context.Background(), writer, "SELECT 'finishing', sleepEachRow(0.1) FROM numbers(20) SETTINGS max_block_size = 1")
	}()
	watcher := dial(t, e, account.Writer, plainHTTP)
	awaitCount(t, watcher, "SELECT count() FROM system.processes WHERE query LIKE '%finishing%' AND query NOT LIKE '%processes%'", 1)
	if err := e.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the running statement ended with %v", err)
	}
	if rest, err := io.ReadAll(idle); err != nil || len(rest) == 0 {
		t.Errorf("the idle connection had %d bytes and ended with %v", len(rest), err)
	}
	if _, err := net.Dial("tcp", e.TCPAddr()); err == nil {
		t.Error("the address is still answered")
	}
}

func TestAnInsertThatBreaksOffStoresNothing(t *testing.T) {
	conn := dial(t, shared, account.Writer, plainTCP)
	name := table(t, conn, "n UInt64", "MergeTree ORDER BY n")
	batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO "+name)
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint64(10_000) {
		if err := batch.Append(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Flush(); err != nil { // a whole block, but not the end of the data
		t.Fatal(err)
	}
	if err := batch.Abort(); err != nil {
		t.Fatal(err)
	}
	awaitCount(t, conn, "SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO "+name+"%'", 0)
	if n := scanOne[uint64](t, conn, fmt.Sprintf("SELECT count() FROM %s", name)); n != 0 {
		t.Errorf("%d rows are stored", n)
	}
}
