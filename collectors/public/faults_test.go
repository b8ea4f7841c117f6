package public

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/simplifiedchinese"

	"zhibiao/pipeline"
)

func gzipped(body []byte) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(body)
	w.Close()
	return packed.Bytes()
}

func encoded(encoding string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", encoding)
		w.Write(body)
	}
}

// cut promises more bytes than it sends.
func cut(w http.ResponseWriter, _ *http.Request) {
	connection, buffer, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	defer connection.Close()
	fmt.Fprintf(buffer, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n<p>全年地区生产总值")
	buffer.Flush()
}

const challenge = `<html><head><title>请稍候</title></head><body><noscript>请开启JavaScript</noscript>` +
	`<script>var a="` + "x" + `";document.cookie="k="+a;location.reload()</script></body></html>`

func TestEveryFaultOfAPageIsToldApart(t *testing.T) {
	large := []byte(article(strings.Repeat("0123456789", 30<<10)))
	tests := []struct {
		name   string
		serve  http.HandlerFunc
		kind   error
		status int
		asked  int // how often the page is asked for
	}{
		{"a page that is gone", status(404), ErrStatus, 404, 1},
		{"a page that is forbidden", status(403), ErrStatus, 403, 1},
		{"a server that fails", status(500), ErrStatus, 500, 1},
		{"a gateway that fails is asked three times", status(502), ErrStatus, 502, 3},
		{"an answer without content", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, ErrStatus, 204, 1},
		{"an empty body is asked three times", html(""), ErrTruncated, 0, 3},
		{"a page of scripts with status 200", html(challenge), ErrBlocked, 200, 1},
		{"a challenge by its marker", html(`<html><body><p>正在验证您的浏览器</p><script>window.location="/?wzwschallenge=1"</script></body></html>`), ErrBlocked, 200, 1},
		{"status 412 of Ruishu", status(412), ErrBlocked, 412, 1},
		{"status 521 of Jiasule", status(521), ErrBlocked, 521, 1},
		{"status 202", status(202), ErrBlocked, 202, 1},
		{"a captcha with status 403", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(403)
			fmt.Fprint(w, "<html><body>请完成安全验证</body></html>")
		}, ErrBlocked, 403, 1},
		{"a page that is gone and speaks of captchas", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(404)
			fmt.Fprint(w, "<html><body>404 <script src=captcha.js></script></body></html>")
		}, ErrStatus, 404, 1},
		{"a body that is cut", cut, ErrTruncated, 0, 3},
		{"a gzip body that is cut", encoded("gzip", gzipped(large)[:500]), ErrTruncated, 0, 3},
		{"a body that is no gzip", encoded("gzip", large[:2000]), ErrEncoding, 0, 3},
		{"an unknown encoding", encoded("rot13", large[:2000]), ErrEncoding, 0, 3},
		{"a body over the limit", html(string(large)), ErrTooLarge, 0, 1},
		{"a body over the limit once it is inflated", encoded("gzip", gzipped(large)), ErrTooLarge, 0, 1},
		{"a body over the limit without a length", func(w http.ResponseWriter, _ *http.Request) {
			for range 64 {
				w.Write(large[:10<<10])
				w.(http.Flusher).Flush()
			}
		}, ErrTooLarge, 0, 1},
		{"a redirect to another host", redirect("http://elsewhere.example.cn/x"), ErrForeignHost, 0, 1},
		{"a redirect inside", redirect("http://127.0.0.1:9/x"), ErrForeignHost, 0, 1},
		{"a redirect to another port", redirect("http://" + host + ":8080/x"), ErrForeignHost, 0, 1},
		{"a redirect to a file", redirect("file:///etc/passwd"), ErrForeignHost, 0, 1},
		{"a redirect in a circle", redirect("/fault"), ErrRedirects, 0, 6},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t)
			s.pages["/fault"] = test.serve
			source := direct("/fault")
			source.Limits.MaxBody = 256 << 10
			got, err := collect(t, source, s.options(), pipeline.Window{})
			if len(got) != 0 {
				t.Errorf("%d documents were handed over, want none", len(got))
			}
			failed := failures(t, err)
			if len(failed) != 1 || !errors.Is(err, test.kind) {
				t.Fatalf("got failures %v, want one of kind %q", failed, test.kind)
			}
			var page *PageError
			if !errors.As(failed[0].Err, &page) || page.Status != test.status {
				t.Errorf("got %+v, want status %d", page, test.status)
			}
			if failed[0].URL != "http://"+host+"/fault" {
				t.Errorf("failure names %s", failed[0].URL)
			}
			if message := page.Error(); strings.Contains(message, "\n") || !strings.HasPrefix(message, "fetching ") || !strings.HasSuffix(message, "; "+page.advice()) || strings.Count(message, test.kind.Error()) != 1 {
				t.Errorf("message %q does not say where, what and what to do in one sentence", message)
			}
			if n := s.count("/fault"); n != test.asked {
				t.Errorf("asked %d times, want %d", n, test.asked)
			}
		})
	}
}

func redirect(target string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", target)
		w.WriteHeader(http.StatusFound)
	}
}

func TestABodyThatInflatesOutOfMeasureIsRefused(t *testing.T) {
	s := newSite(t)
	s.pages["/bomb"] = encoded("gzip", gzipped(bytes.Repeat([]byte("<p>0</p>"), 2<<20)))
	_, err := collect(t, direct("/bomb"), s.options(), pipeline.Window{})
	if !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "inflates") {
		t.Fatalf("got %v, want the ratio to be refused", err)
	}
}

func TestAHostWithoutAServerIsUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	f := &fakeTime{now: day}
	_, err = collect(t, direct("/a", "/b"), Options{Resolve: map[string]string{host: address}, Clock: f.clock, Sleep: f.sleep}, pipeline.Window{})
	if failed := failures(t, err); len(failed) != 2 || !errors.Is(failed[0].Err, ErrUnreachable) || !errors.Is(failed[1].Err, ErrUnreachable) {
		t.Fatalf("got %v, want two pages unreachable", err)
	}
}

func TestASlowServerIsGivenUpAfterTheTimeout(t *testing.T) {
	s := newSite(t)
	release := make(chan struct{})
	s.pages["/slow"] = func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
	defer close(release)
	source := direct("/slow")
	source.Limits.Timeout = 20 * time.Millisecond
	if _, err := collect(t, source, s.options(), pipeline.Window{}); !errors.Is(err, ErrUnreachable) {
		t.Fatalf("got %v, want unreachable", err)
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	tests := []struct {
		name, header string
		least        time.Duration
	}{
		{"seconds", "120", 2 * time.Minute},
		{"a date", day.Add(10 * time.Minute).Format(http.TimeFormat), 9 * time.Minute},
		{"more than an hour is an hour", "86400", time.Hour},
		{"a date of tomorrow is an hour", day.Add(24 * time.Hour).Format(http.TimeFormat), time.Hour},
		{"more than fits a number is an hour", "99999999999999999999999", time.Hour},
		{"nonsense is the usual wait", "soon", 2 * defaultInterval},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t)
			var times int
			s.pages["/busy"] = func(w http.ResponseWriter, r *http.Request) {
				if times++; times == 1 {
					w.Header().Set("Retry-After", test.header)
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				html(article("一"))(w, r)
			}
			got, err := collect(t, direct("/busy"), s.options(), pipeline.Window{})
			if err != nil || len(got) != 1 {
				t.Fatalf("got %d documents and %v, want one", len(got), err)
			}
			waited := s.at[2].Sub(s.at[1])
			if waited < test.least || waited > max(test.least*3/2, 2*time.Minute) {
				t.Errorf("waited %s, want about %s", waited, test.least)
			}
		})
	}
}

func TestABusyHostTellsWhenToTryAgain(t *testing.T) {
	s := newSite(t)
	s.pages["/busy"] = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusTooManyRequests)
	}
	_, err := collect(t, direct("/busy"), s.options(), pipeline.Window{})
	if wait, ok := pipeline.RetryDelay(err); !ok || wait != 10*time.Minute {
		t.Fatalf("got wait %s of %v, want 10 minutes", wait, err)
	}
}

func TestOnePageThatFailsDoesNotEndTheRun(t *testing.T) {
	s := newSite(t)
	s.pages["/a"], s.pages["/b"], s.pages["/c"] = html(article("一")), status(500), html(article("三"))
	got, err := collect(t, direct("/a", "/b", "/c"), s.options(), pipeline.Window{})
	if urls := strings.Join(urlsOf(got), " "); urls != "/a /c" {
		t.Errorf("handed over %s, want /a /c", urls)
	}
	if failed := failures(t, err); len(failed) != 1 || failed[0].URL != "http://"+host+"/b" {
		t.Errorf("got failures %v, want /b", failed)
	}
}

func TestAnErrorOfTheEmitterEndsTheRun(t *testing.T) {
	s := newSite(t)
	s.pages["/a"], s.pages["/b"] = html(article("一")), html(article("二"))
	c, err := New(direct("/a", "/b"), s.options())
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	err = c.Collect(t.Context(), pipeline.Window{}, func(context.Context, pipeline.RawDocument) error { return full })
	if !errors.Is(err, full) || s.count("/b") != 0 {
		t.Fatalf("got %v and asked for /b %d times, want the emitter's error at once", err, s.count("/b"))
	}
}

func TestAChallengeStopsTheHostForAnHour(t *testing.T) {
	s := newSite(t)
	s.pages["/a"], s.pages["/b"] = html(challenge), html(article("二"))
	c, err := New(direct("/a", "/b"), s.options())
	if err != nil {
		t.Fatal(err)
	}
	got, err := collectWith(t.Context(), c, pipeline.Window{})
	if len(got) != 0 || s.count("/b") != 0 {
		t.Errorf("the host was asked again after its challenge")
	}
	if failed := failures(t, err); len(failed) != 2 || !errors.Is(failed[1].Err, ErrBlocked) {
		t.Errorf("got failures %v, want both pages blocked", failed)
	}
	if wait, ok := pipeline.RetryDelay(err); !ok || wait != blockedWait {
		t.Errorf("got wait %s, want %s", wait, blockedWait)
	}
	s.pages["/a"] = html(article("一"))
	if got, _ = collectWith(t.Context(), c, pipeline.Window{}); len(got) != 0 || s.count("/a") != 1 {
		t.Errorf("the host was asked within the hour")
	}
	s.time.sleep(t.Context(), blockedWait)
	if got, err = collectWith(t.Context(), c, pipeline.Window{}); err != nil || len(got) != 2 {
		t.Errorf("next run: got %d documents and %v, want 2", len(got), err)
	}
}

func TestAHostIsStoppedAfterFiveErrorsInARow(t *testing.T) {
	s := newSite(t)
	var paths []string
	for i := range 8 {
		path := fmt.Sprintf("/p%d", i)
		paths = append(paths, path)
		s.pages[path] = status(500)
	}
	_, err := collect(t, direct(paths...), s.options(), pipeline.Window{})
	failed := failures(t, err)
	if len(failed) != 8 || errors.Is(failed[4].Err, ErrStopped) || !errors.Is(failed[5].Err, ErrStopped) || s.count("/p5") != 0 {
		t.Fatalf("got %v, want five errors and three pages not asked", failed)
	}
}

func TestAnAnswerBetweenErrorsKeepsTheHost(t *testing.T) {
	s := newSite(t)
	var paths []string
	for i := range 9 {
		path := fmt.Sprintf("/p%d", i)
		paths = append(paths, path)
		s.pages[path] = status(500)
	}
	s.pages["/p3"], s.pages["/p8"] = html(article("四")), html(article("九"))
	got, err := collect(t, direct(paths...), s.options(), pipeline.Window{})
	if len(got) != 2 || errors.Is(err, ErrStopped) {
		t.Fatalf("got %v and %v, want /p3 and /p8 and no stop", urlsOf(got), err)
	}
}

func TestNoConnectionOutlivesARun(t *testing.T) {
	s := &site{time: &fakeTime{now: day}, pages: map[string]http.HandlerFunc{"/a": html(article("一"))}}
	closed := make(chan struct{}, 8)
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			closed <- struct{}{}
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	if _, err := collect(t, direct("/a"), s.options(), pipeline.Window{}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Fatal("the connection is still open")
	}
}

func TestPagesThatAreGoneDoNotStopAHost(t *testing.T) {
	s := newSite(t)
	s.pages["/last"] = html(article("末"))
	got, err := collect(t, direct("/1", "/2", "/3", "/4", "/5", "/6", "/last"), s.options(), pipeline.Window{})
	if len(got) != 1 || len(failures(t, err)) != 6 {
		t.Fatalf("got %d documents and %v, want 1 and six pages gone", len(got), err)
	}
}

func TestTheRequestsOfARunAreLimited(t *testing.T) {
	s := newSite(t)
	s.pages["/a"], s.pages["/b"], s.pages["/c"] = html(article("一")), html(article("二")), html(article("三"))
	source := direct("/a", "/b", "/c")
	source.Limits.MaxRequests = 3 // robots.txt is one of them
	got, err := collect(t, source, s.options(), pipeline.Window{})
	if len(got) != 2 || !errors.Is(err, ErrBudget) || s.count("/c") != 0 {
		t.Fatalf("got %d documents and %v, want 2 and the budget used up", len(got), err)
	}
}

func packed(t *testing.T, open func(io.Writer) io.WriteCloser, body []byte) []byte {
	t.Helper()
	var into bytes.Buffer
	w := open(&into)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return into.Bytes()
}

func bare(t *testing.T, into io.Writer) io.WriteCloser {
	w, err := flate.NewWriter(into, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func zst(t *testing.T, into io.Writer) io.WriteCloser {
	w, err := zstd.NewWriter(into, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestBodiesAreHandedOverByteForByte(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(article("太原市")))
	if err != nil {
		t.Fatal(err)
	}
	sheet := append([]byte("PK\x03\x04"), bytes.Repeat([]byte{0xff, 0x00, 0xc4, 0xea, 0x81}, 400)...)
	sheet = append(sheet, "PK\x05\x06"...)
	tests := []struct {
		name, mediaType, encoding string
		sent, want                []byte
	}{
		{"a gb2312 header", "text/html; charset=gb2312", "", gbk, gbk},
		{"a false utf-8 header", "text/html; charset=utf-8", "", gbk, gbk},
		{"a workbook with a charset", "application/vnd.ms-excel; charset=gbk", "", sheet, sheet},
		{"no media type", "", "", gbk, gbk},
		{"a broken media type", "text/html; charset=;;", "", gbk, gbk},
		{"a gzip media type that is no encoding", "application/gzip", "", gzipped(gbk), gzipped(gbk)},
		{"gzip", "text/html; charset=gb2312", "gzip", gzipped(gbk), gbk},
		{"zlib deflate", "text/html", "deflate", packed(t, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, gbk), gbk},
		{"bare deflate", "text/html", "deflate", packed(t, func(w io.Writer) io.WriteCloser { return bare(t, w) }, gbk), gbk},
		{"zstd, although it was not asked for", "text/html", "zstd", packed(t, func(w io.Writer) io.WriteCloser { return zst(t, w) }, gbk), gbk},
		{"gzip within gzip", "text/html", "gzip, gzip", gzipped(gzipped(gbk)), gbk},
		{"brotli", "text/html; charset=gb2312", "br", packed(t, func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }, gbk), gbk},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t)
			s.pages["/table.xml.gz"] = func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = nil
				if test.mediaType != "" {
					w.Header().Set("Content-Type", test.mediaType)
				}
				if test.encoding != "" {
					w.Header().Set("Content-Encoding", test.encoding)
				}
				w.Write(test.sent)
			}
			got, err := collect(t, direct("/table.xml.gz"), s.options(), pipeline.Window{})
			if err != nil || len(got) != 1 {
				t.Fatalf("got %d documents and %v", len(got), err)
			}
			if !bytes.Equal(got[0].Body, test.want) {
				t.Errorf("the body was changed: %d bytes, want %d", len(got[0].Body), len(test.want))
			}
			if got[0].MediaType != test.mediaType {
				t.Errorf("media type %q, want %q", got[0].MediaType, test.mediaType)
			}
		})
	}
}

func TestAPanicBelowIsAFailureOfThePage(t *testing.T) {
	s := newSite(t)
	s.pages["/a"], s.pages["/b"] = html(article("一")), html(article("二"))
	options := s.options()
	options.Network = func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(request *http.Request) (*http.Response, error) {
			if request.URL.Path == "/a" {
				panic("slice bounds out of range")
			}
			return next.RoundTrip(request)
		})
	}
	got, err := collect(t, direct("/a", "/b"), options, pipeline.Window{})
	if len(got) != 1 || !strings.Contains(err.Error(), "slice bounds") {
		t.Fatalf("got %d documents and %v, want /b and the panic as a failure", len(got), err)
	}
}

func TestTheEndOfTheContextEndsTheWaitingAtOnce(t *testing.T) {
	s := newSite(t)
	s.pages["/a"], s.pages["/b"] = html(article("一")), html(article("二"))
	options := s.options()
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("shutting down")
	options.Sleep = func(ctx context.Context, _ time.Duration) error {
		cancel(stop)
		return sleep(ctx, time.Hour) // the real one: it must not wait
	}
	c, err := New(direct("/a", "/b"), options)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	_, err = collectWith(ctx, c, pipeline.Window{})
	if !errors.Is(err, stop) || time.Since(begun) > 5*time.Second {
		t.Fatalf("got %v after %s, want the cause of the end at once", err, time.Since(begun))
	}
	var collected *CollectError
	if errors.As(err, &collected) {
		t.Error("the end of the context is reported as failures of pages")
	}
}

func TestTheEndOfTheContextEndsARequestUnderWay(t *testing.T) {
	s := newSite(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.pages["/a"] = func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}
	c, err := New(direct("/a"), s.options())
	if err != nil {
		t.Fatal(err)
	}
	if _, err = collectWith(ctx, c, pipeline.Window{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context canceled", err)
	}
}

func TestTheEndOfTheContextEndsATransferUnderWay(t *testing.T) {
	s := newSite(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.pages["/a"] = func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "<html>")
		w.(http.Flusher).Flush()
		cancel()
		<-r.Context().Done()
	}
	c, err := New(direct("/a", "/b"), s.options())
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	_, err = collectWith(ctx, c, pipeline.Window{})
	if !errors.Is(err, context.Canceled) || s.count("/b") != 0 || time.Since(begun) > 5*time.Second {
		t.Fatalf("got %v after %s, want context canceled at once", err, time.Since(begun))
	}
}

func TestEnvironmentVariablesOfCollyHaveNoEffect(t *testing.T) {
	t.Setenv("COLLY_MAX_BODY_SIZE", "10")
	t.Setenv("COLLY_DISALLOWED_DOMAINS", host)
	t.Setenv("COLLY_FOLLOW_REDIRECTS", "no")
	t.Setenv("COLLY_DETECT_CHARSET", "yes")
	t.Setenv("COLLY_USER_AGENT", "somebody else")
	t.Setenv("COLLY_MAX_REQUESTS", "1")
	t.Setenv("COLLY_CACHE_DIR", t.TempDir())
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:9")
	s := newSite(t)
	s.pages["/a"], s.pages["/b"] = redirect("/b"), html(article("一"))
	s.pages["/c"] = html(article("三"))
	got, err := collect(t, direct("/a", "/c"), s.options(), pipeline.Window{})
	if err != nil || len(got) != 2 || string(got[0].Body) != article("一") {
		t.Fatalf("got %d documents and %v, want both pages whole", len(got), err)
	}
	for i, head := range s.heads {
		if agent := head.Get("User-Agent"); agent != "zhibiao/1.0 (+mailto:data@example.cn)" {
			t.Errorf("request %s says it is %q", s.asked[i], agent)
		}
	}
}
