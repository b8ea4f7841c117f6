package public

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zhibiao/pipeline"
)

func tagged(tag string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		html(article("一"))(w, r)
	}
}

func remembering(t *testing.T, s *site) (Options, *shelf) {
	t.Helper()
	memory, err := OpenMemory(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	options, store := s.options(), &shelf{}
	options.Memory, options.Bodies = memory, store
	return options, store
}

func TestValidatorsAreKeptOnlyOnceTheDocumentIsDurable(t *testing.T) {
	s := newSite(t)
	s.pages["/a"] = tagged(`"1"`)
	options, store := remembering(t, s)
	c, err := New(direct("/a"), options)
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	if err := c.Collect(t.Context(), pipeline.Window{}, func(context.Context, pipeline.RawDocument) error { return full }); !errors.Is(err, full) {
		t.Fatal(err)
	}
	store.PutBody(t.Context(), []byte(article("一")))
	if got, err := collectWith(t.Context(), c, pipeline.Window{}); err != nil || len(got) != 1 || s.heads[len(s.heads)-1].Get("If-None-Match") != "" {
		t.Errorf("a page that was never durable is asked conditionally (%v)", err)
	}
}

func TestTheConditionOfAPageIsNotCarriedToAnother(t *testing.T) {
	s := newSite(t)
	s.pages["/a"], s.pages["/b"] = tagged(`"1"`), tagged(`"1"`)
	options, store := remembering(t, s)
	if _, err := collect(t, direct("/a"), options, pipeline.Window{}); err != nil {
		t.Fatal(err)
	}
	store.PutBody(t.Context(), []byte(article("一")))
	s.pages["/a"] = redirect("/b")
	got, err := collect(t, direct("/a"), options, pipeline.Window{})
	if last := s.heads[len(s.heads)-1]; err != nil || len(got) != 1 || last.Get("If-None-Match") != "" {
		t.Errorf("the target of a redirect was asked with %q: %v", last.Get("If-None-Match"), err)
	}
}

func TestA304ThatWasNotAskedForIsAnError(t *testing.T) {
	s := newSite(t)
	s.pages["/a"] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }
	if got, err := collect(t, direct("/a"), s.options(), pipeline.Window{}); len(got) != 0 || !errors.Is(err, ErrStatus) {
		t.Errorf("got %d documents and %v", len(got), err)
	}
}

func TestARecordingHoldsTheWholePageThoughItDidNotChange(t *testing.T) {
	s := newSite(t)
	s.pages["/a"] = tagged(`"1"`)
	options, store := remembering(t, s)
	if _, err := collect(t, direct("/a"), options, pipeline.Window{}); err != nil {
		t.Fatal(err)
	}
	store.PutBody(t.Context(), []byte(article("一")))
	dir := t.TempDir()
	options.Network = Record(dir)
	if _, err := collect(t, direct("/a"), options, pipeline.Window{}); err != nil {
		t.Fatal(err)
	}
	got, err := collect(t, direct("/a"), Options{Clock: s.time.clock, Sleep: s.time.sleep, Network: Replay(dir)}, pipeline.Window{})
	if err != nil || len(got) != 1 || string(got[0].Body) != article("一") {
		t.Errorf("got %d documents and %v from the recording", len(got), err)
	}
}

func TestADamagedMemoryCostsARequestInFull(t *testing.T) {
	s := newSite(t)
	s.pages["/a"] = tagged(`"1"`)
	options, store := remembering(t, s)
	collect(t, direct("/a"), options, pipeline.Window{})
	store.PutBody(t.Context(), []byte(article("一")))
	files, _ := filepath.Glob(filepath.Join(options.Memory.dir, pagesFolder, "*", "*.json"))
	if len(files) != 1 {
		t.Fatalf("the memory holds %v", files)
	}
	if err := os.WriteFile(files[0], []byte(`{"etag": "\"1`), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := collect(t, direct("/a"), options, pipeline.Window{})
	if err != nil || len(got) != 1 || s.heads[len(s.heads)-1].Get("If-None-Match") != "" {
		t.Errorf("got %d documents and %v", len(got), err)
	}
}

func TestAProxyIsAskedForPublicHostsOnly(t *testing.T) {
	s := newSite(t) // plays the proxy
	s.pages["/a"] = html(article("一"))
	s.pages["http://www.example.cn/a"] = html(article("一"))
	proxy, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	options := Options{Proxy: proxy, Clock: s.time.clock, Sleep: s.time.sleep}
	names := map[string][]netip.Addr{"www.example.cn": {netip.MustParseAddr("218.26.1.1")}, "rebound.example.cn": {netip.MustParseAddr("218.26.1.1"), netip.MustParseAddr("10.0.0.7")}}
	for address, want := range map[string]error{
		"http://www.example.cn": nil, "http://unknown.example.cn": nil, // is left to the proxy
		"http://rebound.example.cn": ErrNotPublic, "http://10.0.0.1": ErrNotPublic, "http://[::1]:80": ErrNotPublic,
		"http://intranet": ErrNotPublic, "http://db.internal": ErrNotPublic,
	} {
		options.Pace = NewPace()
		c, err := New(at(address), options)
		if err != nil {
			t.Fatal(err)
		}
		c.network.lookup = func(_ context.Context, _, name string) ([]netip.Addr, error) {
			if found := names[name]; found != nil {
				return found, nil
			}
			return nil, errors.New("no such host")
		}
		before := len(s.asked)
		got, err := collectWith(t.Context(), c, pipeline.Window{})
		if want == nil && (err != nil || len(got) != 1) || want != nil && (!errors.Is(err, want) || len(s.asked) != before) {
			t.Errorf("%s: got %d documents, %v and %d requests", address, len(got), err, len(s.asked)-before)
		}
	}
}

func TestAuthoritiesAreReadFromAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.pem")
	if _, err := ReadCAs(file); err == nil {
		t.Error("a missing file is accepted")
	}
	if err := os.WriteFile(file, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadCAs(file); err == nil || !strings.Contains(err.Error(), "PEM") {
		t.Errorf("got %v", err)
	}
}
