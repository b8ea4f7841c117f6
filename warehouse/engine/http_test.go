package engine

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ClickHouse/ch-go/compress"
	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"

	"zhibiao/warehouse/engine/account"
)

// answer is what a plain HTTP client sees.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // of reading the body
}

type call struct {
	method, query, body string // query is the URL's, with "query=…" and the rest
	header              map[string]string
	user, password      string // the writer by default
}

func ask(t *testing.T, e *Engine, c call) answer {
	t.Helper()
	if c.method == "" {
		c.method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(t.Context(), c.method, "http://"+e.HTTPAddr()+"/?"+c.query, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range c.header {
		request.Header.Set(name, value)
	}
	if c.user == "" {
		c.user, c.password = account.Writer, e.config.Accounts.Writer.Password
	}
	if c.user != "-" {
		request.SetBasicAuth(c.user, c.password)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(body), err}
}

func escaped(sql string) string { return "query=" + url.QueryEscape(sql) }

func zipped(text string) string {
	var buffer bytes.Buffer
	writer := gzip.NewWriter(&buffer)
	writer.Write([]byte(text))
	writer.Close()
	return buffer.String()
}

func framed(t *testing.T, text string) string {
	t.Helper()
	writer := compress.NewWriter(compress.LevelZero, compress.LZ4)
	if err := writer.Compress([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return string(writer.Data)
}

func TestAnInsertMayBeSplitBetweenURLAndBodyInAnyWay(t *testing.T) {
	conn := dial(t, shared, account.Writer, plainHTTP)
	cases := map[string]call{
		"all in the body, CSV":                  {body: "INSERT INTO %s FORMAT CSV\n1,a\n2,\"b;\n\n'\"\n"},
		"all in the body, VALUES":               {body: "INSERT INTO %s VALUES (1, 'a'), (2, 'b;\n\n\\'')"},
		"all in the body, a comment before":     {body: "/* INSERT INTO x FORMAT TSV */ INSERT INTO %s (n, s) SETTINGS max_threads = 1 FORMAT Values (1, 'a'), (2, 'b;\n\n\\'');"},
		"statement in the URL, rows in body":    {query: "INSERT INTO %s (n, s) FORMAT JSONEachRow", body: `{"n":1,"s":"a"}{"n":2,"s":"b;\n\n'"}`},
		"VALUES in the URL, rows in the body":   {query: "INSERT INTO %s VALUES", body: "(1, 'a'), (2, 'b;\n\n\\'')"},
		"FORMAT in the body":                    {query: "INSERT INTO %s", body: "FORMAT CSV\n1,a\n2,\"b;\n\n'\"\n"},
		"all in the URL":                        {query: "INSERT INTO %s VALUES (1, 'a'), (2, 'b;\n\n\\'')"},
		"gzip":                                  {query: "INSERT INTO %s FORMAT CSV", body: zipped("1,a\n2,\"b;\n\n'\"\n"), header: map[string]string{"Content-Encoding": "gzip"}},
		"ClickHouse's compressed blocks":        {query: "INSERT INTO %s FORMAT CSV&decompress=1", body: framed(t, "1,a\n2,\"b;\n\n'\"\n")},
		"ClickHouse's blocks, text in the body": {query: "&decompress=1", body: "framed"},
		"a SELECT":                              {body: "INSERT INTO %s SELECT * FROM values('n UInt64, s String', (1, 'a'), (2, 'b;\n\n\\''))"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			into := table(t, conn, "n UInt64, s String", "MergeTree ORDER BY n")
			sql, rest, _ := strings.Cut(c.query, "&")
			if strings.Contains(sql, "%s") {
				sql = fmt.Sprintf(sql, into)
			}
			c.query = escaped(sql) + "&" + rest
			if c.body == "framed" {
				c.body = framed(t, "INSERT INTO "+into+" FORMAT CSV\n1,a\n2,\"b;\n\n'\"\n")
			} else if strings.Contains(c.body, "%s") {
				c.body = fmt.Sprintf(c.body, into)
			}
			got := ask(t, shared, c)
			if got.status != http.StatusOK {
				t.Fatalf("status %d: %s", got.status, got.body)
			}
			var summary map[string]string
			if err := json.Unmarshal([]byte(got.header.Get("X-ClickHouse-Summary")), &summary); err != nil || summary["written_rows"] != "2" {
				t.Errorf("the summary is %s (%v)", got.header.Get("X-ClickHouse-Summary"), err)
			}
			if rows := scanOne[string](t, conn, "SELECT arrayStringConcat(groupArray(toString(n) || s), '|') FROM "+into); rows != "1a|2b;\n\n'" {
				t.Errorf("stored %q", rows)
			}
		})
	}
}

func TestDataThatBreakOffAreNotStored(t *testing.T) {
	conn := dial(t, shared, account.Writer, plainHTTP)
	into := table(t, conn, "n UInt64", "MergeTree ORDER BY n")
	raw, err := net.Dial("tcp", shared.HTTPAddr())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(raw, "POST /?%s HTTP/1.1\r\nHost: x\r\nX-ClickHouse-User: %s\r\nX-ClickHouse-Key: %s\r\nContent-Length: 1000\r\n\r\n1\n2\n3\n",
		escaped("INSERT INTO "+into+" FORMAT TSV"), account.Writer, shared.config.Accounts.Writer.Password)
	raw.(*net.TCPConn).CloseWrite()
	answer, _ := io.ReadAll(raw)
	raw.Close()
	if bytes.Contains(answer, []byte("200 OK")) {
		t.Errorf("a broken insert was answered with %s", answer)
	}
	if stored := scanOne[uint64](t, conn, "SELECT count() FROM "+into); stored != 0 {
		t.Errorf("%d rows of a broken insert are stored", stored)
	}
}

func TestResultsHaveOneHeaderInEveryFormat(t *testing.T) {
	const query = "SELECT number AS \"n\nm\", 'x' AS s FROM numbers(10) SETTINGS max_block_size = 3"
	cases := map[string]struct{ rows, first string }{
		"TSV":                           {"10", "0\tx"},
		"TSVWithNames":                  {"11", "n\\nm\ts"},
		"TabSeparatedWithNamesAndTypes": {"12", "n\\nm\ts"},
		"CSV":                           {"10", "0,\"x\""},
		"CSVWithNames":                  {"12", "\"n"}, // the name holds a line break
		"JSONEachRow":                   {"10", `{"n\nm":0,"s":"x"}`},
		"JSONCompactEachRowWithNames":   {"11", `["n\nm", "s"]`},
	}
	for format, want := range cases {
		t.Run(format, func(t *testing.T) {
			got := ask(t, shared, call{body: query + " FORMAT " + format})
			lines := strings.Split(strings.TrimSuffix(got.body, "\n"), "\n")
			if fmt.Sprint(len(lines)) != want.rows || lines[0] != want.first {
				t.Errorf("want %s lines beginning with %s, got %d: %s", want.rows, want.first, len(lines), got.body)
			}
		})
	}
	t.Run("JSON", func(t *testing.T) {
		var document struct {
			Data []map[string]any
			Rows int
		}
		got := ask(t, shared, call{body: query, query: "default_format=JSON"})
		if err := json.Unmarshal([]byte(got.body), &document); err != nil || document.Rows != 10 || len(document.Data) != 10 {
			t.Errorf("error %v in %s", err, got.body)
		}
		if kind := got.header.Get("Content-Type"); kind != "application/json; charset=UTF-8" {
			t.Errorf("the content type is %s", kind)
		}
	})
	t.Run("a header without rows", func(t *testing.T) {
		if got := ask(t, shared, call{body: "SELECT 1 AS a WHERE 0 FORMAT CSVWithNames"}); got.body != "\"a\"\n" {
			t.Errorf("got %q", got.body)
		}
	})
}

func TestAResultThatFailsHalfwayIsBrokenOff(t *testing.T) {
	for _, encoding := range []string{"", "gzip"} {
		got := ask(t, shared, call{body: "SELECT throwIf(number = 1000000) FROM numbers(1200000) FORMAT TSV", header: map[string]string{"Accept-Encoding": encoding}})
		if got.status != http.StatusOK || got.err == nil {
			t.Errorf("with encoding %q the client saw status %d and a complete body", encoding, got.status)
		}
		if encoding == "" && !strings.Contains(got.body, "\r\n__exception__\r\n"+got.header.Get("X-ClickHouse-Exception-Tag")+"\r\nCode: 395.") {
			t.Errorf("no exception block at the end of the body: %q", got.body[max(0, len(got.body)-300):])
		}
	}
}

func TestHTTPDetails(t *testing.T) {
	password := shared.config.Accounts.Writer.Password
	cases := map[string]struct {
		call   call
		status int
		body   string // its beginning
	}{
		"GET reads":                   {call{method: "GET", query: escaped("SELECT 1")}, 200, "1\n"},
		"GET does not write":          {call{method: "GET", query: escaped("CREATE TABLE x (a UInt8) ENGINE = Memory")}, 403, "Code: 164."},
		"no account":                  {call{user: "-", body: "SELECT 1"}, 401, "Code: 194."},
		"a wrong password":            {call{user: account.Writer, password: "wrong", body: "SELECT 1"}, 403, "Code: 516."},
		"an unknown account":          {call{user: "default", body: "SELECT 1"}, 403, "Code: 516."},
		"the account in headers":      {call{user: "-", body: "SELECT 2", header: map[string]string{"X-ClickHouse-User": account.Writer, "X-ClickHouse-Key": password}}, 200, "2\n"},
		"the account in the URL":      {call{user: "-", body: "SELECT 3", query: "user=" + account.Writer + "&password=" + password}, 200, "3\n"},
		"the account in two ways":     {call{body: "SELECT 3", query: "user=" + account.Writer + "&password=" + password}, 403, "Code: 516."},
		"parameters":                  {call{body: "SELECT {a:Array(UInt8)}, {s:String}", query: "param_a=[1,2]&param_s=x\\ty"}, 200, "[1,2]\tx\\ty\n"},
		"text in URL and body":        {call{query: escaped("SELECT 1"), body: "+ 1"}, 200, "2\n"},
		"a database":                  {call{body: "SELECT currentDatabase()", query: "database=system"}, 200, "system\n"},
		"an unknown database":         {call{body: "SELECT 1", query: "database=nope"}, 404, "Code: 81."},
		"an empty query":              {call{body: " "}, 400, "Code: 62."},
		"a session":                   {call{body: "SELECT 1", query: "session_id=a"}, 501, "Code: 48."},
		"SHOW":                        {call{body: "SHOW DATABASES LIKE 'system'"}, 200, "system\n"},
		"a setting in the URL":        {call{body: "SELECT getSetting('max_threads')", query: "max_threads=1"}, 200, "1\n"},
		"a setting that is none":      {call{body: "SELECT 1", query: "a-b=1"}, 400, "Code: 115."},
		"an unknown content encoding": {call{body: "SELECT 1", header: map[string]string{"Content-Encoding": "snappy"}}, 501, "Code: 48."},
		"damaged gzip":                {call{body: "SELECT 1", header: map[string]string{"Content-Encoding": "gzip"}}, 500, "Code: 1000."},
		"wait for the end":            {call{body: "SELECT throwIf(number = 1000000) FROM numbers(1200000) FORMAT TSV", query: "wait_end_of_query=1"}, 500, "Code: 395."},
		"a table that takes no rows":  {call{body: "INSERT INTO system.one FORMAT CSV\nx"}, 501, "Code: 48."},
		"a file of the client":        {call{body: "INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV"}, 501, "Code: 48."},
		"DELETE":                      {call{method: "DELETE", query: escaped("SELECT 1")}, 405, "Code: 501."},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			got := ask(t, shared, test.call)
			if got.status != test.status || !strings.HasPrefix(got.body, test.body) {
				t.Errorf("want %d %q, got %d %.300q", test.status, test.body, got.status, got.body)
			}
			if code := got.header.Get("X-ClickHouse-Exception-Code"); got.status != 200 && !strings.HasPrefix(got.body, "Code: "+code+".") {
				t.Errorf("the header says code %s for %.100q", code, got.body)
			}
		})
	}
	t.Run("the query id comes back", func(t *testing.T) {
		if got := ask(t, shared, call{body: "SELECT 1", query: "query_id=mine"}); got.header.Get("X-ClickHouse-Query-Id") != "mine" {
			t.Errorf("got %v", got.header)
		}
	})
	t.Run("ping needs no account", func(t *testing.T) {
		response, err := http.Get("http://" + shared.HTTPAddr() + "/ping")
		if err != nil {
			t.Fatal(err)
		}
		defer http.DefaultClient.CloseIdleConnections()
		defer response.Body.Close()
		if body, _ := io.ReadAll(response.Body); string(body) != "Ok.\n" {
			t.Errorf("ping says %q", body)
		}
	})
	t.Run("more data than allowed", func(t *testing.T) {
		limited := started(t, t.TempDir(), func(c *Config) { c.MaxBody, c.MaxQuery = 1<<20, 1000 })
		if got := ask(t, limited, call{body: "INSERT INTO FUNCTION null('s String') FORMAT TSV\n" + strings.Repeat("x\n", 1<<20)}); got.status != 413 {
			t.Errorf("a body of 2 MiB: %d %s", got.status, got.body)
		}
		if got := ask(t, limited, call{body: "SELECT '" + strings.Repeat("x", 600<<10) + "'"}); got.status != 400 || !strings.Contains(got.body, "longer than 1000 bytes") {
			t.Errorf("a query of 600 KiB: %d %.200s", got.status, got.body)
		}
	})
}

func TestOtherNativeClientsGetBlocksOfTheirRevision(t *testing.T) {
	const revision = 54460
	got := ask(t, shared, call{body: "SELECT number, 'x' AS s FROM numbers(10) SETTINGS max_block_size = 4", query: "default_format=Native&client_protocol_version=54460"})
	reader, rows := chproto.NewReader(strings.NewReader(got.body)), 0
	for rows < 10 {
		block := proto.NewBlock()
		if err := block.Decode(reader, revision); err != nil {
			t.Fatalf("after %d rows: %v", rows, err)
		}
		rows += block.Rows()
	}
}

func TestTheEngineListensOnLoopbackOnly(t *testing.T) {
	host, _, err := net.SplitHostPort(shared.HTTPAddr())
	if err != nil || !net.ParseIP(host).IsLoopback() {
		t.Errorf("the engine listens on %s", shared.HTTPAddr())
	}
	config := configFor(t.TempDir(), shared.config.Library)
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "[::]:0"} {
		config.HTTPAddr = address
		if e, err := Start(t.Context(), config); err == nil {
			e.Close(t.Context())
			t.Errorf("an engine started on %s", address)
		} else if !strings.Contains(err.Error(), "loopback") {
			t.Errorf("for %s the error is %v", address, err)
		}
	}
}

func TestCurlWorksAsWithAServer(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	address := "http://" + shared.HTTPAddr() + "/"
	user := account.Writer + ":" + shared.config.Accounts.Writer.Password
	name := fmt.Sprintf("curl%d", tableNumber.Add(1))
	steps := []struct {
		name      string
		arguments []string
		want      string
		exit      int
	}{
		{"GET", []string{"-u", user, "-G", address, "--data-urlencode", "query=SELECT 1"}, "1\n", 0},
		{"POST", []string{"-u", user, address, "--data-binary", "SELECT 'é' AS a FORMAT JSONEachRow"}, "{\"a\":\"é\"}\n", 0},
		{"create", []string{"-u", user, address, "-d", "CREATE TABLE " + name + " (a UInt8) ENGINE = MergeTree ORDER BY a"}, "", 0},
		{"insert", []string{"-u", user, address + "?query=INSERT+INTO+" + name + "+FORMAT+CSV", "--data-binary", "1\n2\n"}, "", 0},
		{"read", []string{"-u", user, "--compressed", address, "-d", "SELECT sum(a) FROM " + name}, "3\n", 0},
		{"drop", []string{"-u", user, address, "-d", "DROP TABLE " + name + " SYNC"}, "", 0},
		{"error", []string{"-u", user, address, "-d", "SELECT nope"}, "Code: 47. DB::Exception", 0},
		{"error with -f", []string{"-f", "-u", user, address, "-d", "SELECT nope"}, "", 22},
		{"wrong password", []string{"-f", "-u", "zhibiao:no", address, "-d", "SELECT 1"}, "", 22},
		{"broken off", []string{"-u", user, address, "-o", os.DevNull, "-d", "SELECT throwIf(number = 1000000) FROM numbers(1200000)"}, "", 18},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			command := exec.CommandContext(t.Context(), curl, append([]string{"-sS"}, step.arguments...)...)
			output, err := command.Output()
			if command.ProcessState == nil {
				t.Fatal(err)
			}
			if exit := command.ProcessState.ExitCode(); exit != step.exit || !strings.HasPrefix(string(output), step.want) {
				t.Errorf("want exit %d and %q, got %d and %q (%v)", step.exit, step.want, exit, output, err)
			}
		})
	}
}
