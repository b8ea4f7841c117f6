package public

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhibiao/pipeline"
)

func at(address string) *pipeline.Source {
	return pageSource(&pipeline.PageCollection{Pages: []pipeline.DirectPage{{URL: address + "/a"}}})
}

func TestAddressesInsideAreRefusedUnlessTheyAreAllowed(t *testing.T) {
	s := newSite(t)
	s.pages["/a"] = html(article("一"))
	options := Options{Clock: s.time.clock, Sleep: s.time.sleep}
	for _, address := range []string{s.URL, strings.Replace(s.URL, "127.0.0.1", "localhost", 1)} {
		if _, err := collect(t, at(address), options, pipeline.Window{}); !errors.Is(err, ErrNotPublic) || len(s.asked) != 0 {
			t.Fatalf("%s: got %v after %d requests, want the address refused", address, err, len(s.asked))
		}
	}
	options.AllowAddrs = []netip.AddrPort{netip.MustParseAddrPort(s.Listener.Addr().String())}
	if got, err := collect(t, at(s.URL), options, pipeline.Window{}); err != nil || len(got) != 1 {
		t.Fatalf("got %d documents and %v, want the page", len(got), err)
	}
}

func TestWhichAddressesArePublic(t *testing.T) {
	for address, want := range map[string]bool{
		"218.26.1.1": true, "2408:8400::1": true,
		"127.0.0.1": false, "10.0.0.1": false, "172.16.3.4": false, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "0.0.0.0": false, "224.0.0.1": false, "255.255.255.255": false, "198.18.0.1": false,
		"::1": false, "::": false, "fe80::1": false, "fd00::1": false, "ff02::1": false, "::ffff:127.0.0.1": false,
		"64:ff9b::7f00:1": false, "::ffff:100.64.0.1": false, "2002:7f00:1::": false,
	} {
		if got := isPublic(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is public: %v, want %v", address, got, want)
		}
	}
}

func TestCertificatesAreAlwaysChecked(t *testing.T) {
	var asked int
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		html(article("一"))(w, r)
	}))
	secure.Config.ErrorLog = nil
	t.Cleanup(secure.Close)
	f := &fakeTime{now: day}
	options := Options{
		AllowAddrs: []netip.AddrPort{netip.MustParseAddrPort(secure.Listener.Addr().String())},
		Clock:      f.clock, Sleep: f.sleep, CAs: x509.NewCertPool(),
	}
	_, err := collect(t, at(secure.URL), options, pipeline.Window{})
	if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "certificate") || asked != 0 || len(f.slept) != 0 {
		t.Fatalf("got %v after %d waits, want the certificate refused without a retry", err, len(f.slept))
	}
	options.CAs.AddCert(secure.Certificate())
	if got, err := collect(t, at(secure.URL), options, pipeline.Window{}); err != nil || len(got) != 1 {
		t.Fatalf("got %d documents and %v, want the page", len(got), err)
	}
}

func TestWithVirtualHostsNoOtherHostIsAsked(t *testing.T) {
	s := newSite(t)
	_, err := collect(t, at("http://www.example.com"), s.options(), pipeline.Window{})
	if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "virtual hosts") {
		t.Fatalf("got %v, want the host refused", err)
	}
	if _, err := New(direct("/a"), Options{Resolve: map[string]string{host: "192.168.1.1:80"}}); err == nil {
		t.Fatal("a virtual host may lead to an address that is not loopback")
	}
}

func TestAContactIsRequired(t *testing.T) {
	source := direct("/a")
	for contact, want := range map[string]string{
		"": "", " \r\n": "",
		"https://example.cn/contact": "zhibiao/1.0 (+https://example.cn/contact)",
		"省局\r\nX: y":                 "zhibiao/1.0 (+%E7%9C%81%E5%B1%80 X: y)",
	} {
		source.Impact.Contact = contact
		c, err := New(source, Options{})
		if (err == nil) != (want != "") || err == nil && c.agent != want {
			t.Errorf("contact %q: got %+v and %v, want %q", contact, c, err, want)
		}
	}
}

func TestThePauseBetweenTwoRequestsIsKept(t *testing.T) {
	tests := []struct {
		name                string
		interval, want, max time.Duration
		robots              string
		virtual             bool
	}{
		{"the default", 0, 3 * time.Second, 4 * time.Second, "", true},
		{"the source's", 10 * time.Second, 10 * time.Second, 12 * time.Second, "", true},
		{"a virtual host may be asked fast", time.Millisecond, 0, 2 * time.Millisecond, "", true},
		{"a real host is asked once a second at most", time.Millisecond, time.Second, 2 * time.Second, "", false},
		{"the Crawl-delay of robots.txt", time.Second, 20 * time.Second, 24 * time.Second, "User-agent: *\nCrawl-delay: 20", false},
		{"a Crawl-delay of days is five minutes", time.Second, 5 * time.Minute, 6 * time.Minute, "User-agent: *\nCrawl-delay: 99999", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t)
			s.pages["/robots.txt"] = func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(test.robots)) }
			s.pages["/a"], s.pages["/b"], s.pages["/c"] = html(article("一")), html(article("二")), status(404)
			source, options := direct("/a", "/b", "/c"), s.options()
			if !test.virtual {
				options.Resolve = nil
				options.AllowAddrs = []netip.AddrPort{netip.MustParseAddrPort(s.Listener.Addr().String())}
				for i := range source.Pages.Pages {
					source.Pages.Pages[i].URL = strings.Replace(source.Pages.Pages[i].URL, "http://"+host, s.URL, 1)
				}
			}
			source.Limits.Interval = test.interval
			if got, _ := collect(t, source, options, pipeline.Window{}); len(got) != 2 {
				t.Fatalf("got %d documents", len(got))
			}
			for i := 2; i < len(s.at); i++ { // the first pause is before robots.txt is known
				if pause := s.at[i].Sub(s.at[i-1]); pause < test.want || pause > test.max {
					t.Errorf("%s came %s after %s, want %s to %s", s.asked[i], pause, s.asked[i-1], test.want, test.max)
				}
			}
		})
	}
}

func TestThePauseIsLongerByAPartThatDiffers(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 50 {
		h := &hostPace{}
		h.rest(day, time.Second)
		pause := h.wait(day)
		if seen[pause] = true; pause < time.Second || pause >= time.Second+time.Second/jitterShare {
			t.Errorf("the pause is %s, want a second and less than a fifth more", pause)
		}
	}
	if len(seen) == 1 {
		t.Error("every pause is the same")
	}
}

func TestCollectorsThatShareAPaceTakeTurns(t *testing.T) {
	s := newSite(t)
	s.pages["/a"], s.pages["/b"] = html(article("一")), html(article("二"))
	options := s.options()
	options.Pace = NewPace()
	for _, path := range []string{"/a", "/b"} {
		if _, err := collect(t, direct(path), options, pipeline.Window{}); err != nil {
			t.Fatal(err)
		}
	}
	for i := 1; i < len(s.at); i++ {
		if pause := s.at[i].Sub(s.at[i-1]); pause < defaultInterval {
			t.Errorf("%s came %s after the request before", s.asked[i], pause)
		}
	}
}

func TestCookiesBelongToOneRunOfOneSource(t *testing.T) {
	s := newSite(t)
	s.pages["/a"] = func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "of", Value: "first", Path: "/"})
		html(article("一"))(w, r)
	}
	s.pages["/b"] = html(article("二"))
	options := s.options()
	options.Pace = NewPace() // shared, as in one process
	first, second := direct("/a", "/b"), direct("/b")
	second.Name = "another"
	for _, test := range []struct {
		source *pipeline.Source
		want   string
	}{{first, "of=first"}, {second, ""}} {
		if _, err := collect(t, test.source, options, pipeline.Window{}); err != nil {
			t.Fatal(err)
		}
		if got := s.heads[len(s.heads)-1].Get("Cookie"); got != test.want {
			t.Errorf("%s asked for /b with the cookie %q, want %q", test.source.Name, got, test.want)
		}
	}
}

func TestWaitingForATurnEndsWithTheContext(t *testing.T) {
	pace, f := NewPace(), &fakeTime{now: day}
	options := Options{Clock: f.clock, Sleep: f.sleep}
	end, err := pace.take(t.Context(), &options, host, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := pace.take(ctx, &options, host, time.Second); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context canceled", err)
	}
}

func TestStatsCountWhatWasAsked(t *testing.T) {
	s := newSite(t)
	body := []byte(article(strings.Repeat("一", 3000)))
	s.pages["/a"], s.pages["/b"] = encoded("gzip", gzipped(body)), status(502)
	c, err := New(direct("/a", "/b"), s.options())
	if err != nil {
		t.Fatal(err)
	}
	collectWith(t.Context(), c, pipeline.Window{})
	got := c.Stats()
	want := Stats{Requests: int64(len(s.asked)), Retries: 2, Documents: 1, Bytes: got.Bytes}
	if got != want || got.Bytes < int64(len(gzipped(body))) || got.Bytes > int64(len(body)) {
		t.Errorf("got %+v, want %+v and the bytes on the wire", got, want)
	}
}

func TestARunIsReplayedFromItsRecording(t *testing.T) {
	s, _ := bureau(t, answerJSON)
	dir := t.TempDir()
	options := s.options("data.example.cn")
	options.Network = Record(dir)
	source := apiSource(nation(pipeline.Annual))
	recorded, err := collect(t, source, options, pipeline.Window{})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	options = Options{Clock: s.time.clock, Sleep: s.time.sleep, Network: Replay(dir)}
	replayed, err := collect(t, source, options, pipeline.Window{})
	if err != nil || len(replayed) != len(recorded) {
		t.Fatalf("got %d documents and %v, want %d", len(replayed), err, len(recorded))
	}
	for i := range replayed {
		if !bytes.Equal(replayed[i].Body, recorded[i].Body) || replayed[i].Lineage() != recorded[i].Lineage() || replayed[i].MediaType != recorded[i].MediaType {
			t.Errorf("document %d differs from its recording", i)
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, file := range files {
		text, _ := os.ReadFile(file)
		if !strings.HasPrefix(string(text), recordLine) || strings.Contains(string(text), "JSESSIONID") {
			t.Errorf("%s does not say that it is recorded, or holds a cookie", file)
		}
	}
	window := pipeline.Window{From: pipeline.DateOf(2016, 1, 1), To: pipeline.DateOf(2016, 12, 31)}
	if _, err := collect(t, source, options, window); !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "record it first") {
		t.Errorf("got %v, want to be told to record", err)
	}
}

func TestARecordingKeepsTheBodyAsItCame(t *testing.T) {
	s := newSite(t)
	dir := t.TempDir()
	s.pages["/a"] = encoded("gzip", gzipped([]byte(article("一"))))
	options := s.options()
	options.Network = Record(dir)
	if _, err := collect(t, direct("/a"), options, pipeline.Window{}); err != nil {
		t.Fatal(err)
	}
	options.Network = Replay(dir)
	got, err := collect(t, direct("/a"), options, pipeline.Window{})
	if err != nil || len(got) != 1 || string(got[0].Body) != article("一") {
		t.Fatalf("got %d documents and %v", len(got), err)
	}
}
