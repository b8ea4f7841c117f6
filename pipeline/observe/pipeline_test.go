package observe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

func startBroker(t *testing.T) *stream.Broker {
	t.Helper()
	e, err := stream.StartEmbedded(t.Context(), stream.Config{Dir: t.TempDir(), MaxStore: 256 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e.Broker
}

// passOne publishes a document's message under ctx, takes it and acknowledges it.
func passOne(ctx context.Context, t *testing.T, b *stream.Broker) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := b.Publish(ctx, stream.Batch{Subject: "documents.test", ID: pipeline.ContentID(t.Name()), Payload: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	in, err := b.Intake(ctx, stream.Transform, stream.IntakeConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Stop()
	message, err := in.Next(ctx, time.Minute)
	if err != nil || message == nil {
		t.Fatalf("nothing came: %v", err)
	}
	_ = message.Context(context.Background())
	if err := message.AcknowledgeConfirmed(ctx); err != nil {
		t.Fatal(err)
	}
}

type span struct {
	Name        string
	SpanContext struct{ TraceID, SpanID string }
	Parent      struct{ TraceID, SpanID string }
}

func TestATraceGoesAlongWithAMessage(t *testing.T) {
	b := startBroker(t)
	var out bytes.Buffer
	stop, err := StartTracing(t.Context(), Tracing{Exporter: "stdout", Sample: 1}, &out)
	if err != nil {
		t.Fatal(err)
	}
	ctx, root := otel.Tracer("test").Start(t.Context(), "document")
	passOne(ctx, t, b)
	root.End()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	spans := map[string]span{}
	for decoder := json.NewDecoder(&out); ; {
		var s span
		err := decoder.Decode(&s)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		spans[s.Name] = s
	}
	document, transform := spans["document"], spans["transform"]
	if transform.Parent.SpanID != document.SpanContext.SpanID || transform.SpanContext.TraceID != document.SpanContext.TraceID || document.SpanContext.SpanID == "" {
		t.Errorf("the spans are %+v", spans)
	}
}

func TestTracesReachACollectorOverOTLP(t *testing.T) {
	var posts, bytes atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/v1/traces" {
			posts.Add(1)
			bytes.Add(int64(len(body)))
		}
	}))
	defer s.Close()
	stop, err := StartTracing(t.Context(), Tracing{Exporter: "otlp", Endpoint: s.URL, Sample: 1}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	_, root := otel.Tracer("test").Start(t.Context(), "document")
	root.End()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if posts.Load() != 1 || bytes.Load() == 0 {
		t.Errorf("%d posts with %d bytes", posts.Load(), bytes.Load())
	}
	if _, err := StartTracing(t.Context(), Tracing{Exporter: "smoke"}, io.Discard); err == nil {
		t.Error("an unknown exporter is let pass")
	}
}

type fakeLoader struct{ err error }

func (f fakeLoader) Load(context.Context, []pipeline.Observation) error     { return f.err }
func (f fakeLoader) LoadRefusals(context.Context, []pipeline.Refusal) error { return f.err }
func (f fakeLoader) LoadRecords(context.Context, []pipeline.Record) error   { return f.err }

// scrape returns the samples of a scrape, by name with labels.
func scrape(t *testing.T, m *Metrics) map[string]string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	samples := map[string]string{}
	for line := range strings.Lines(w.Body.String()) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), " "); found && strings.HasPrefix(name, "zhibiao_") {
			samples[name] = value
		}
	}
	return samples
}

func TestMetricsCountWhatHappens(t *testing.T) {
	b := startBroker(t)
	m := NewMetrics("v1")
	b.Observe(m)
	m.WatchBroker(b)
	m.WatchDisk(Disk{Dir: t.TempDir()})
	m.WatchRestarts(func() int64 { return 3 })
	passOne(t.Context(), t, b)
	down := errors.New("down")
	rows := make([]pipeline.Observation, 10)
	for _, c := range []struct{ answer, want error }{
		{nil, nil}, {down, down}, {&pipeline.RowsError{Failed: map[int]error{3: down}}, nil},
	} {
		if err := m.Loader(fakeLoader{c.answer}, fakeLoader{c.answer}).Load(t.Context(), rows); !errors.Is(err, c.answer) {
			t.Errorf("the loader's answer %v became %v", c.answer, err)
		}
	}
	finished := time.Unix(1_700_000_000, 0)
	m.Ran(pipeline.Run{Source: "s", New: 2, Confirmed: 5, FinishedAt: finished}, nil)
	m.Ran(pipeline.Run{Source: "s", New: 1, Failures: []string{"blocked"}, FinishedAt: finished.Add(time.Hour)}, nil)
	m.Found([]Finding{{Name: "broker"}, {Name: "warehouse", Problem: "away"}})

	got := scrape(t, m)
	for sample, want := range map[string]string{
		`zhibiao_deliveries_total{consumer="transform",outcome="acknowledged"}`: "1",
		`zhibiao_publish_seconds_count{kind="documents"}`:                       "1",
		`zhibiao_loaded_rows_total{outcome="done",table="observation"}`:         "19",
		`zhibiao_loaded_rows_total{outcome="failed",table="observation"}`:       "10",
		`zhibiao_loaded_rows_total{outcome="refused",table="observation"}`:      "1",
		`zhibiao_documents_total{outcome="new",source="s"}`:                     "3",
		`zhibiao_documents_total{outcome="confirmed",source="s"}`:               "5",
		`zhibiao_runs_total{outcome="done",source="s"}`:                         "1",
		`zhibiao_runs_total{outcome="failed",source="s"}`:                       "1",
		`zhibiao_source_last_success_timestamp_seconds{source="s"}`:             "1.7e+09",
		`zhibiao_check_healthy{check="broker"}`:                                 "1",
		`zhibiao_check_healthy{check="warehouse"}`:                              "0",
		`zhibiao_waiting_messages{consumer="transform"}`:                        "0",
		`zhibiao_broker_up`:             "1",
		`zhibiao_dead_letters`:          "0",
		`zhibiao_engine_restarts_total`: "3",
	} {
		if got[sample] != want {
			t.Errorf("%s is %q, want %q", sample, got[sample], want)
		}
	}
	for _, file := range []string{"prometheus/rules.yml", "grafana/zhibiao.json"} {
		for _, name := range metricsNamed(t, file) {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(got)), func(sample string) bool { return sample == name || strings.HasPrefix(sample, name+"{") }) {
				t.Errorf("%s asks for %s, which there is not", file, name)
			}
		}
	}
	if t.Failed() {
		t.Logf("samples:\n%s", strings.Join(slices.Sorted(maps.Keys(got)), "\n"))
	}
}

func TestABrokerThatIsAwayShowsAsDownAndFreezesNothing(t *testing.T) {
	b := startBroker(t)
	m := NewMetrics("v1")
	m.WatchBroker(b)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	got := scrape(t, m)
	if got["zhibiao_broker_up"] != "0" {
		t.Errorf("broker up is %q", got["zhibiao_broker_up"])
	}
	if _, there := got[`zhibiao_waiting_messages{consumer="transform"}`]; there {
		t.Error("a depth of before is shown")
	}
}

// metricsNamed returns the metrics of ours that a deployed file asks for.
func metricsNamed(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../deploy", file))
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`zhibiao_[a-z_]+`).FindAllString(string(text), -1)
	if len(names) == 0 {
		t.Errorf("%s asks for nothing", file)
	}
	return names
}
