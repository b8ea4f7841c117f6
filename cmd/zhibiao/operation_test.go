package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"zhibiao/collectors/public"
	"zhibiao/pipeline"
	"zhibiao/pipeline/observe"
	"zhibiao/pipeline/stream"
)

func settingsOf(t *testing.T, text string) (settings, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return readSettings(t.TempDir(), file)
}

func TestTheSettingsOfOperationAreChecked(t *testing.T) {
	s, err := settingsOf(t, `
broker: {url: "tls://a:4222,tls://b:4222", seed_file: /s, ca_file: /c, replicas: 3}
archive: {dir: /shared}
observe: {listen: "127.0.0.1:9420", grace: 2h, tracing: {exporter: otlp, endpoint: "http://127.0.0.1:4318", sample: 0.1}}
log: {level: info}
disk: {percent: 10, bytes: 0}
alerts:
  every: 30s
  webhook: {url: "https://example.org/hook", token_file: /t}
  mail: {server: "mail:587", from: a@example.org, to: [b@example.org], user: u, password_file: /p}
`)
	if err != nil {
		t.Fatal(err)
	}
	if disk := s.Operation.disk("/d"); disk != (observe.Disk{Dir: "/d", Percent: 10}) {
		t.Errorf("the disk's guard is %+v", disk)
	}
	if n := len(s.Operation.channels()); n != 2 {
		t.Errorf("%d channels", n)
	}
	for text, want := range map[string]string{
		"observe: {listen: \"0.0.0.0:9420\"}":                               "observe.listen",
		"observe: {tracing: {exporter: smoke}}":                             "observe.tracing.exporter",
		"observe: {tracing: {exporter: otlp}}":                              "observe.tracing.endpoint",
		"observe: {tracing: {exporter: stdout, sample: 2}}":                 "observe.tracing.sample",
		"observe: {lisen: off}":                                             "lisen",
		"log: {level: loud}":                                                "log.level",
		"log: {level: fatal}":                                               "log.level",
		"disk: {percent: 100}":                                              "disk.percent",
		"alerts: {webhook: {url: nonsense}}":                                "alerts.webhook.url",
		"collect: {proxy: \"gopher://x\"}":                                  "collect.proxy",
		"collect: {ca_file: /does/not/exist}":                               "collect.ca_file",
		"collect: {patience: -1s}":                                          "collect.patience",
		"alerts: {every: -1s}":                                              "alerts.every",
		"alerts: {mail: {server: mail, from: a, to: [b]}}":                  "alerts.mail",
		"alerts: {mail: {server: \"m:25\", from: a}}":                       "alerts.mail",
		"alerts: {mail: {server: \"m:25\", from: a, to: [b], tls: x}}":      "alerts.mail.tls",
		"alerts: {mail: {server: \"m:25\", from: a, to: [b], user: u}}":     "password_file",
		"alerts: {mail: {server: \"m:25\", from: a, to: [b], password: p}}": "password",
	} {
		if _, err := settingsOf(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want a word on %s", text, err, want)
		}
	}
}

// A serve shows its health; status and doctor in it say what is wrong, alerts go out
// when it lasts, and again when it is mended.
func TestAServeTellsWhenItIsNotWell(t *testing.T) {
	alerts := make(chan observe.Alert, 8)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var a observe.Alert
		if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
			t.Error(err)
		}
		alerts <- a
	}))
	defer hook.Close()
	w := startWorld(t)
	w.app.settings.Operation.Alerts.Webhook.URL = hook.URL
	w.app.settings.Operation.Alerts.Every = 20 * time.Millisecond
	disk := observe.Disk{Dir: w.dir}
	w.app.guarding = &disk
	o, err := w.app.operate(t.Context(), "serve", w.line, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer o.close()
	ready := func() (int, string) {
		t.Helper()
		recorder := httptest.NewRecorder()
		for _, f := range o.ready.Look(t.Context()) {
			if f.Problem != "" {
				recorder.WriteHeader(http.StatusServiceUnavailable)
				recorder.Body.WriteString(f.Name + ": " + f.Problem)
			}
		}
		return recorder.Code, recorder.Body.String()
	}
	if code, body := ready(); code != 200 {
		t.Fatalf("a new folder is not well: %s", body)
	}
	broker, err := w.app.broker(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := broker.PublishLetter(t.Context(), stream.Letter{Stage: "transform", Reason: "bad", Subject: "documents.x", ID: "1", Payload: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it is told when found twice
		o.watcher.Look(t.Context())
	}
	if a := <-alerts; a.Check != "dead letters" || a.State != observe.StateProblem || !strings.Contains(a.Problem, "zhibiao dead list") {
		t.Errorf("the alert is %+v", a)
	}
	if err := w.cli.status(t.Context(), w.app); err != nil {
		t.Fatal(err)
	}
	if out := w.out.String(); !strings.Contains(out, "not well\n  dead letters") {
		t.Errorf("status printed\n%s", out)
	}
	w.out.Reset()
	err = w.cli.doctor(t.Context(), w.app, append(examinations, examination{"alerts", tryAlerts}))
	if pipeline.ExitCode(err) != pipeline.ExitEnvironment {
		t.Errorf("doctor ended with %v", err)
	}
	for _, want := range []string{"BAD  dead letters", "syncs a second", "ok   broker", "ok   last runs", "sent through 1 channel\n", "clock"} {
		if !strings.Contains(w.out.String(), want) {
			t.Errorf("doctor did not print %q in\n%s", want, w.out)
		}
	}
	if a := <-alerts; a.Check != "test" {
		t.Errorf("the test alert is %+v", a)
	}
	disk.Bytes = 1 << 62
	if code, body := ready(); code != 503 || !strings.Contains(body, "make room") {
		t.Errorf("with a full disk: %d %s", code, body)
	}
}

// While there is little space nothing new is collected, and a run under way stops.
func TestAFullDiskStopsCollecting(t *testing.T) {
	w := startWorld(t)
	disk := observe.Disk{Dir: w.dir, Bytes: 1 << 62}
	w.app.guarding = &disk
	if err := w.tryCollect(demoSources[0]); pipeline.ExitCode(err) != pipeline.ExitEnvironment || !strings.Contains(err.Error(), "make room") {
		t.Errorf("a run that begins on a full disk ends with %v", err)
	}
	source, err := w.app.set.Source(demoSources[0])
	if err != nil {
		t.Fatal(err)
	}
	inner, err := public.New(source, public.Options{Resolve: w.app.settings.Resolve, Pace: public.NewPace(), Logger: zap.NewNop(), Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	emitted := 0
	err = guarded{inner, source.Name, &disk}.Collect(t.Context(), demoWindow, func(context.Context, pipeline.RawDocument) error { emitted++; return nil })
	if err == nil || emitted != 0 {
		t.Errorf("a run on a full disk emitted %d documents and ended with %v", emitted, err)
	}
	disk.Bytes = 0
	w.collect(demoSources[0])
}

func TestASourceWithoutSuccessIsLateAfterItsTurn(t *testing.T) {
	w := startWorld(t)
	name := demoSources[0]
	source, err := w.app.set.Source(name)
	if err != nil {
		t.Fatal(err)
	}
	if source.Schedule == "" || source.Verified == "never" {
		source.Schedule, source.Verified = "30 2 * * *", "2025-01-01"
	}
	began := now().Add(-72 * time.Hour)
	late := func() error {
		t.Helper()
		expected, err := w.app.expectations(t.Context(), began)
		if err != nil {
			t.Fatal(err)
		}
		return observe.Late(expected, now(), time.Hour)
	}
	if err := late(); err == nil || !strings.Contains(err.Error(), name+" (silent for 3 days, never succeeded") {
		t.Errorf("three days without a run: %v", err)
	}
	w.collect(name)
	if err := late(); err != nil {
		t.Errorf("right after a run: %v", err)
	}
}

func TestTheDeployedSettingsAreSettings(t *testing.T) {
	files, err := filepath.Glob("../../deploy/zhibiao/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v %v", files, err)
	}
	for _, file := range files {
		if _, err := readSettings(t.TempDir(), file); err != nil {
			t.Error(err)
		}
	}
}

// The spans of a document hang together from its fetch to the load of its rows.
func TestATraceFollowsADocumentToTheWarehouse(t *testing.T) {
	w := startWorld(t)
	out := new(bytes.Buffer)
	stop, err := observe.StartTracing(t.Context(), observe.Tracing{Exporter: "stdout", Sample: 1}, out)
	if err != nil {
		t.Fatal(err)
	}
	w.collect(demoSources[1])
	w.close()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	traces := map[string]map[string]int{}
	for decoder := json.NewDecoder(out); decoder.More(); {
		var s struct {
			Name        string
			SpanContext struct{ TraceID string }
		}
		if err := decoder.Decode(&s); err != nil {
			t.Fatal(err)
		}
		if traces[s.SpanContext.TraceID] == nil {
			traces[s.SpanContext.TraceID] = map[string]int{}
		}
		traces[s.SpanContext.TraceID][s.Name]++
	}
	whole := 0
	for _, spans := range traces {
		if spans["document"] == 1 && spans["transform"] == 1 && spans["load-observations"] > 0 && spans["load-records"] > 0 {
			whole++
		}
	}
	if whole == 0 {
		t.Errorf("no trace is whole: %v", traces)
	}
}
