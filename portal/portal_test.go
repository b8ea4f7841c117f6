package portal_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/portal"
	"zhibiao/portal/audit"
	"zhibiao/portal/portaltest"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

func TestMain(m *testing.M) { warehousetest.Main(m) }

func reading(t *testing.T) portal.Config {
	t.Helper()
	w := warehousetest.Open(t)
	row := warehousetest.GDP(warehousetest.Origin(pipeline.LineageID("s", "GET", "http://tjj.example.cn/1", nil), "A", 0), "140121", "58.12")
	if err := clickhouse.New(w.Conn()).Load(t.Context(), []pipeline.Observation{row}); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"INSERT INTO indicator (code, name_zh, unit) VALUES ('gdp', '地区生产总值', '亿元')",
		"INSERT INTO region (code, name, valid_from, valid_to) VALUES ('140121', '清徐县', 1981, 9999)",
	} {
		if err := w.Conn().Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	reader, err := warehouse.Open(t.Context(), warehousetest.ReaderConfig(w.Database()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reader.Close() })
	return onMemory(portal.Config{Reader: func(context.Context) (*warehouse.Warehouse, error) { return reader, nil }})
}

// onMemory makes pages for this machine only, whose accounts are in memory.
func onMemory(config portal.Config) portal.Config {
	config.Accounts, config.Sessions = portaltest.NewBook(), portaltest.NewBook()
	config.Audit = audit.NewLog(&portaltest.Trail{}, nil)
	config.Access.Local = true
	return config
}

func handlerOf(t *testing.T, config portal.Config) http.Handler {
	t.Helper()
	handler, err := portal.Handler(config)
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

func get(t *testing.T, handler http.Handler, target string) (int, string, http.Header) {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	request.Host = "127.0.0.1:8420"
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer.Code, answer.Body.String(), answer.Header()
}

func TestExports(t *testing.T) {
	handler := handlerOf(t, reading(t))
	cases := []struct {
		name, target string
		status       int
		want         string
	}{
		{"the list names the views", "/export/", 200, "/export/observation.csv\t"},
		{"CSV", "/export/observation.csv?region=140121&indicator=gdp&from=2024&to=2024&column=region&column=value", 200, "\ufeffregion,value\n140121,58.12\n"},
		{"no rows", "/export/observation.csv?to=1990&column=region", 200, "\ufeffregion\n"},
		{"Parquet", "/export/observation.parquet", 200, "PAR1"},
		{"the dictionary", "/export/observation.dictionary.csv?column=value", 200, "observation,value,数值,"},
		{"an unknown view", "/export/ranking.csv", 400, `"ranking"`},
		{"an unknown format", "/export/observation.xls", 400, `"xls"`},
		{"no format", "/export/observation", 400, "unknown format"},
		{"an unknown parameter", "/export/observation.csv?order=value", 400, `unknown parameter "order"`},
		{"an unknown parameter of the dictionary", "/export/observation.dictionary.csv?region=140121", 400, `unknown parameter "region"`},
		{"an unknown parameter of the list", "/export/?sort=1", 400, `unknown parameter "sort"`},
		{"a parameter twice", "/export/observation.csv?from=2020&from=2021", 400, "parameter from"},
		{"an empty parameter", "/export/observation.csv?from=", 400, "parameter from"},
		{"an unknown column", "/export/observation.csv?column=score", 400, `"score"`},
		{"an unknown region", "/export/observation.csv?region=140121&region=149999", 400, `"149999"`},
		{"an unknown indicator", "/export/observation.csv?indicator=rating", 400, `"rating"`},
		{"parameters that cannot be read", "/export/observation.csv?region=%zz", 400, "parameters"},
		{"another page", "/elsewhere", 404, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			status, body, _ := get(t, handler, c.target)
			if status != c.status || !strings.Contains(body, c.want) {
				t.Errorf("got %d %q, want %d with %q", status, body, c.status, c.want)
			}
		})
	}
}

func TestAnExportIsAFileToKeep(t *testing.T) {
	_, _, header := get(t, handlerOf(t, reading(t)), "/export/observation.csv")
	for name, want := range map[string]string{
		"Content-Type":           "text/csv; charset=utf-8; header=present",
		"Content-Disposition":    `attachment; filename="observation.csv"`,
		"X-Content-Type-Options": "nosniff",
		"Cache-Control":          "no-store",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestOnlyLoopbackNamesAreAnswered(t *testing.T) {
	handler := handlerOf(t, onMemory(portal.Config{}))
	for host, want := range map[string]int{
		"localhost:8420": 200, "127.0.0.1": 200, "[::1]:8420": 200,
		"evil.example:8420": 421, "127.0.0.1.evil.example": 421, "192.0.2.1:8420": 421, "": 421,
	} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/export/", nil)
		request.Host = host
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code != want {
			t.Errorf("host %q got %d, want %d", host, answer.Code, want)
		}
	}
}

func TestOtherMachinesAreReachedByTLSOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:8420", ":8420", "192.0.2.1:8420", "[::]:8420", "localhost:8420", "127.0.0.1"} {
		if listener, err := portal.Listen(t.Context(), address, portal.Access{}, nil); err == nil {
			listener.Close()
			t.Errorf("%s was taken", address)
		} else if !strings.Contains(err.Error(), "127.0.0.1:8420") && !strings.Contains(err.Error(), "pages.certificate") {
			t.Errorf("%s: %v does not say what to do", address, err)
		}
	}
	if err := portal.CheckReach("0.0.0.0:8420", true); err != nil {
		t.Errorf("with a certificate: %v", err)
	}
}

func TestAnUnreachableWarehouseIsNotTheUsersFault(t *testing.T) {
	config := onMemory(portal.Config{Reader: func(context.Context) (*warehouse.Warehouse, error) {
		return nil, pipeline.WithExit(pipeline.ExitEnvironment, errors.New("the warehouse is away"))
	}})
	if status, body, _ := get(t, handlerOf(t, config), "/export/observation.csv"); status != 503 || !strings.Contains(body, "away") {
		t.Errorf("got %d %q", status, body)
	}
}

func TestTooManyExportsAreToldToComeAgain(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	config := onMemory(portal.Config{MaxExports: 1, Reader: func(context.Context) (*warehouse.Warehouse, error) {
		close(entered)
		<-leave
		return nil, errors.New("enough")
	}})
	handler := handlerOf(t, config)
	first := make(chan struct{})
	go func() {
		defer close(first)
		get(t, handler, "/export/observation.csv")
	}()
	<-entered
	status, _, header := get(t, handler, "/export/observation.csv")
	close(leave)
	<-first
	if status != 503 || header.Get("Retry-After") == "" {
		t.Errorf("got %d, Retry-After %q", status, header.Get("Retry-After"))
	}
}

func TestServeAnswersAndEnds(t *testing.T) {
	listener, err := portal.Listen(t.Context(), "127.0.0.1:0", portal.Access{Local: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- portal.Serve(ctx, listener, onMemory(portal.Config{Drain: time.Second})) }()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String()+"/export/", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil || answer.StatusCode != 200 || len(body) == 0 {
		t.Errorf("got %d, %v", answer.StatusCode, err)
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String()); err == nil {
		connection.Close()
		t.Error("it still listens")
	}
}
