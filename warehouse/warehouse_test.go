package warehouse_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"

	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

// helloServer answers every query as a server of some version answers the client's
// first one.
func helloServer(t *testing.T, version string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		block := proto.NewBlock()
		for _, name := range []string{"displayName()", "version()", "revision()", "timezone()"} {
			kind := column.Type("String")
			if name == "revision()" {
				kind = "UInt32"
			}
			if err := block.AddColumn(name, kind); err != nil {
				t.Error(err)
			}
		}
		if err := block.Append("old", version, uint32(0), "UTC"); err != nil {
			t.Error(err)
		}
		revision, err := strconv.ParseUint(r.URL.Query().Get("client_protocol_version"), 10, 64)
		if err != nil {
			t.Error(err)
		}
		query, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if !strings.Contains(string(query), "version()") {
			revision = 0 // what the first answer said
		}
		var buffer chproto.Buffer
		if err := block.Encode(&buffer, revision); err != nil {
			t.Error(err)
		}
		w.Write(buffer.Buf)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestOpenRefusesAnOldServerAndNamesBothVersions(t *testing.T) {
	for _, version := range []string{"24.7.9.1", "23.8.16.40"} {
		_, err := warehouse.Open(t.Context(), warehouse.Config{URL: helloServer(t, version)})
		if err == nil {
			t.Fatalf("a server %s was accepted", version)
		}
		short := version[:strings.LastIndex(version, ".")]
		if !strings.Contains(err.Error(), short) || !strings.Contains(err.Error(), "24.8") || pipeline.ExitCode(err) != pipeline.ExitEnvironment {
			t.Errorf("got %q (exit %d), want both %s and 24.8 named", err, pipeline.ExitCode(err), short)
		}
	}
}

func TestOpenRefusesURLsThatItDoesNotUnderstand(t *testing.T) {
	cases := []struct{ name, url, want string }{
		{"another scheme", "mysql://localhost:3306/zhibiao", "want clickhouse://host:port/database"},
		{"no scheme", "localhost:8123", "want clickhouse://host:port/database"},
		{"no port", "http://localhost/zhibiao", "is not host:port"},
		{"a parameter", "http://localhost:8123/zhibiao?dial_timeout=1s", "takes no user, parameters"},
		{"a password", "http://me:secret@localhost:8123/zhibiao", "takes no user, parameters"},
		{"a database that would end the quotes", "http://localhost:8123/a`b", "is not a database name"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := warehouse.Open(t.Context(), warehouse.Config{URL: c.url})
			if err == nil || !strings.Contains(err.Error(), c.want) || pipeline.ExitCode(err) != pipeline.ExitYourInput {
				t.Errorf("got %v (exit %d), want %q", err, pipeline.ExitCode(err), c.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}

func TestOpenSaysThatNothingListens(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	_, err := warehouse.Open(t.Context(), warehouse.Config{URL: server.URL})
	if err == nil || pipeline.ExitCode(err) != pipeline.ExitEnvironment || !strings.Contains(err.Error(), server.URL) {
		t.Errorf("got %v (exit %d)", err, pipeline.ExitCode(err))
	}
}

func TestAReaderReadsAndDoesNotWrite(t *testing.T) {
	w := warehousetest.Open(t)
	row := warehousetest.GDP(warehousetest.Origin(lineage("page"), "A", 0), "140727", "58.12")
	load(t, w, row)
	reader, err := warehouse.Open(t.Context(), warehousetest.ReaderConfig(w.Database()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if got := texts(t, reader, latestValues); len(got) != 1 {
		t.Errorf("the reader sees %v", got)
	}
	if _, err := reader.Trace(t.Context(), row.ID()); err != nil {
		t.Error(err)
	}
	if _, err := reader.MigrationStatus(t.Context()); err != nil {
		t.Error(err)
	}
	for _, query := range warehouse.Examples() {
		rows, err := reader.Ask(t.Context(), query.SQL, nil)
		if err != nil {
			t.Errorf("example %s: %v", query.Name, err)
			continue
		}
		rows.Close()
	}
	if err := reader.Conn().Exec(t.Context(), "TRUNCATE TABLE observation"); err == nil {
		t.Error("the reader emptied a table")
	}
	if got := texts(t, w, "SELECT toString(count()) FROM observation"); got[0] != "1" {
		t.Errorf("%s rows are left", got[0])
	}
}
