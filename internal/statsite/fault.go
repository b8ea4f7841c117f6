package statsite

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// FaultKind is a way in which a page goes wrong.
type FaultKind int

// The kinds of fault.
const (
	FaultNotFound    FaultKind = iota + 1 // 404
	FaultServerError                      // 500
	FaultUnavailable                      // 503 with Retry-After: 1
	FaultTruncated                        // Content-Length of the whole page, half of its bytes, then the connection closes
	FaultOversize                         // the page behind Site.OversizeBytes of white space, without Content-Length
	FaultHTML                             // 200 with an HTML page of an error, also where JSON is promised
	FaultChallenge                        // 200 with a page that holds nothing but a script
	FaultReset                            // the connection is reset before an answer
	FaultSlowDrip                         // the page at one byte every Site.DripEvery
	FaultRefused                          // connections to the host are refused by Site.DialContext; the path is ignored
)

type faultKey struct{ host, path string }

type fault struct {
	kind FaultKind
	left int // answers still to spoil; negative: until cleared
}

// Fault spoils every answer of a path of a host until it is cleared. An empty path means all of the host,
// except robots.txt; a path with a query means this query only.
func (s *Site) Fault(host, path string, kind FaultKind) { s.FaultTimes(host, path, kind, -1) }

// FaultTimes spoils so many answers and then lets the page through. Of FaultRefused it counts connections.
func (s *Site) FaultTimes(host, path string, kind FaultKind, times int) {
	if kind < FaultNotFound || kind > FaultRefused {
		panic(fmt.Sprintf("statsite: no fault of kind %d", kind))
	}
	if kind == FaultRefused {
		path = refusedPath
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[faultKey{host, path}] = fault{kind, times}
}

// ClearFaults heals everything.
func (s *Site) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.faults)
}

// refusedPath keeps the fault of a host's connections apart from those of its pages.
const refusedPath = "\x00connect"

// spoils tells which fault the next answer has, 0 for none, and counts it.
func (s *Site) spoils(host string, paths ...string) FaultKind {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, path := range paths {
		key := faultKey{host, path}
		f, set := s.faults[key]
		if !set || f.left == 0 {
			continue
		}
		if f.left > 0 {
			f.left--
			s.faults[key] = f
		}
		return f.kind
	}
	return 0
}

// spoil answers with a fault instead of the page.
func (s *Site) spoil(kind FaultKind, out http.ResponseWriter, r *http.Request) {
	switch kind {
	case FaultNotFound:
		http.Error(out, "404 页面不存在", http.StatusNotFound)
	case FaultServerError:
		http.Error(out, "500 服务器内部错误", http.StatusInternalServerError)
	case FaultUnavailable:
		out.Header().Set("Retry-After", "1")
		http.Error(out, "503 服务不可用", http.StatusServiceUnavailable)
	case FaultHTML:
		out.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(out, "<!DOCTYPE html><html><head><title>系统维护</title></head><body><h1>系统维护中，请稍后访问</h1></body></html>")
	case FaultChallenge:
		out.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(out, challengePage)
	case FaultReset:
		reset(out)
	default:
		s.spoilBody(kind, out, r)
	}
}

// challengePage is what a firewall answers to what it takes for a robot: no text, a script that sets a cookie.
const challengePage = `<html><head><meta charset="utf-8"><script>var arg1='3BE67A9F5C2D81E0';` +
	`function reload(x){document.cookie="acw_sc__v2="+x;document.location.reload();}` +
	`reload(arg1.split("").reverse().join(""));</script></head><body></body></html>`

// reset closes the connection so that the peer sees ECONNRESET.
func reset(out http.ResponseWriter) {
	connection, _, err := http.NewResponseController(out).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, isTCP := connection.(*net.TCPConn); isTCP {
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}

// spoilBody sends the real page in a wrong way.
func (s *Site) spoilBody(kind FaultKind, out http.ResponseWriter, r *http.Request) {
	page := capture{header: http.Header{}, status: http.StatusOK}
	s.world.serve(&page, r)
	for name, values := range page.header {
		out.Header()[name] = values
	}
	switch kind {
	case FaultTruncated:
		out.WriteHeader(page.status)
		_, _ = out.Write(page.body[:len(page.body)/2])
		_ = http.NewResponseController(out).Flush() // or the abort takes the half with it
		panic(http.ErrAbortHandler)
	case FaultOversize:
		out.Header().Del("Content-Length")
		out.WriteHeader(page.status)
		s.flood(r.Context(), out, page.body)
	case FaultSlowDrip:
		out.WriteHeader(page.status)
		s.drip(r.Context(), out, page.body)
	}
}

// flood writes white space and then the page, until the peer has had enough.
func (s *Site) flood(ctx context.Context, out http.ResponseWriter, body []byte) {
	blank := []byte(strings.Repeat(" ", 64<<10))
	for sent := int64(0); sent < s.OversizeBytes && ctx.Err() == nil; sent += int64(len(blank)) {
		if _, err := out.Write(blank); err != nil {
			return
		}
	}
	_, _ = out.Write(body)
}

// drip writes byte by byte and ends with the request or the site.
func (s *Site) drip(ctx context.Context, out http.ResponseWriter, body []byte) {
	tick := time.NewTicker(s.DripEvery)
	defer tick.Stop()
	control := http.NewResponseController(out)
	for i := range body {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := out.Write(body[i : i+1]); err != nil {
			return
		}
		if err := control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return
		}
	}
}

// capture is a ResponseWriter that keeps the answer.
type capture struct {
	header http.Header
	status int
	body   []byte
}

func (c *capture) Header() http.Header    { return c.header }
func (c *capture) WriteHeader(status int) { c.status = status }
func (c *capture) Write(p []byte) (int, error) {
	c.body = append(c.body, p...)
	return len(p), nil
}
