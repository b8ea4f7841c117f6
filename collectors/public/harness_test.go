package public

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"zhibiao/pipeline"
)

func TestMain(m *testing.M) {
	if os.Getenv(serverMark) != "" {
		servePages()
		return
	}
	goleak.VerifyTestMain(m)
}

// host is the virtual host of most tests.
const host = "tjj.example.cn"

// day is when the tests' clock begins.
var day = time.Date(2026, 10, 3, 2, 0, 0, 0, time.UTC)

// fakeTime is a clock that only moves when somebody sleeps.
type fakeTime struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func (f *fakeTime) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fakeTime) sleep(ctx context.Context, d time.Duration) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
	f.slept = append(f.slept, d)
	return ctx.Err()
}

// site is a publisher on loopback. Pages that it does not know are 404, also
// robots.txt.
type site struct {
	*httptest.Server
	time  *fakeTime
	mu    sync.Mutex
	pages map[string]http.HandlerFunc
	asked []string // method, path and query, in order
	at    []time.Time
	heads []http.Header
}

func newSite(t *testing.T) *site {
	s := &site{time: &fakeTime{now: day}, pages: map[string]http.HandlerFunc{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.Method+" "+r.URL.RequestURI())
	s.at = append(s.at, s.time.clock())
	s.heads = append(s.heads, r.Header.Clone())
	page := s.pages[r.URL.RequestURI()]
	if page == nil {
		page = s.pages[r.URL.Path]
	}
	s.mu.Unlock()
	if page == nil {
		http.NotFound(w, r)
		return
	}
	page(w, r)
}

// count returns how often a path was asked for.
func (s *site) count(path string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.asked {
		if strings.HasSuffix(line, " "+path) {
			n++
		}
	}
	return n
}

// options connect a collector with the site under the virtual hosts.
func (s *site) options(hosts ...string) Options {
	resolve := map[string]string{host: s.Listener.Addr().String()}
	for _, name := range hosts {
		resolve[name] = s.Listener.Addr().String()
	}
	return Options{Resolve: resolve, Clock: s.time.clock, Sleep: s.time.sleep}
}

func html(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, text)
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "failed", code) }
}

// article is a page that is a document.
func article(words string) string {
	return "<html><head><title>公报</title></head><body><p>" + words +
		strings.Repeat("全年地区生产总值按不变价格计算比上年增长。", 5) + "</p></body></html>"
}

// direct is a source of pages named directly by their path.
func direct(paths ...string) *pipeline.Source {
	pages := &pipeline.PageCollection{}
	for _, path := range paths {
		pages.Pages = append(pages.Pages, pipeline.DirectPage{URL: "http://" + host + path, Title: path})
	}
	return pageSource(pages)
}

func pageSource(pages *pipeline.PageCollection) *pipeline.Source {
	return &pipeline.Source{
		Name: "example", Pages: pages,
		Impact: pipeline.Impact{Contact: "mailto:data@example.cn"},
	}
}

// collect runs a source and returns what it handed over.
func collect(t *testing.T, source *pipeline.Source, options Options, window pipeline.Window) ([]pipeline.RawDocument, error) {
	t.Helper()
	c, err := New(source, options)
	if err != nil {
		t.Fatalf("making the collector: %v", err)
	}
	return collectWith(t.Context(), c, window)
}

func collectWith(ctx context.Context, c *Collector, window pipeline.Window) ([]pipeline.RawDocument, error) {
	var got []pipeline.RawDocument
	err := c.Collect(ctx, window, func(_ context.Context, document pipeline.RawDocument) error {
		got = append(got, document)
		return nil
	})
	return got, err
}

// failures returns the failures of a run.
func failures(t *testing.T, err error) []PageFailure {
	t.Helper()
	var collected *CollectError
	if !errors.As(err, &collected) {
		t.Fatalf("got error %v, want a *CollectError", err)
	}
	return collected.Failures
}

func urlsOf(documents []pipeline.RawDocument) (urls []string) {
	for _, document := range documents {
		urls = append(urls, strings.TrimPrefix(document.URL, "http://"+host))
	}
	return urls
}
