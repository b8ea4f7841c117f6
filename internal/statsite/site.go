package statsite

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Site serves a world on loopback, keeps a log of requests and spoils answers on demand. It is safe for concurrent use.
type Site struct {
	OversizeBytes int64         // of FaultOversize; set before the first request. 64 MiB at first
	DripEvery     time.Duration // of FaultSlowDrip; set before the first request. 100 ms at first
	// Clock is what the site takes for the present when it names a date; set before
	// the first request. time.Now at first.
	Clock func() time.Time
	// Validators makes every page carry an ETag of its bytes, and answers 304 to who
	// has them; set before the first request.
	Validators bool

	world  *World
	server *http.Server
	addr   string
	done   chan struct{} // closed when the accept loop has ended
	stop   func() bool   // parts the site from its context

	mu     sync.Mutex
	faults map[faultKey]fault
	log    []LoggedRequest
	visits map[string]int // of hostile addresses
}

// LoggedRequest is one request that reached the site, also if its answer was spoiled.
type LoggedRequest struct {
	At        time.Time // of arrival
	Method    string
	Host      string // virtual host, without port
	Path      string // with the query, as sent
	Body      string // of a POST
	UserAgent string
	Condition string // If-None-Match, or If-Modified-Since
}

// Serve listens on a free port of loopback until the context ends or Close is called.
func Serve(ctx context.Context, world *World) (*Site, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening on loopback for the statistics site: %w", err)
	}
	s := &Site{OversizeBytes: 64 << 20, DripEvery: 100 * time.Millisecond, Clock: time.Now, world: world, addr: listener.Addr().String(),
		done: make(chan struct{}), faults: map[faultKey]fault{}, visits: map[string]int{}}
	s.server = &http.Server{Handler: http.HandlerFunc(s.handle), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: log.New(io.Discard, "", 0)}
	go func() {
		defer close(s.done)
		_ = s.server.Serve(listener) // ends with http.ErrServerClosed
	}()
	s.stop = context.AfterFunc(ctx, func() { _ = s.server.Close() })
	return s, nil
}

// Close ends all connections and waits for the accept loop. It may be called more than once.
func (s *Site) Close() error {
	s.stop()
	err := s.server.Close()
	<-s.done
	if err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("closing the statistics site: %w", err)
	}
	return nil
}

// Addr is where the site listens: an address and a port of loopback. It is no part of any link.
func (s *Site) Addr() string { return s.addr }

// World is what the site serves.
func (s *Site) World() *World { return s.world }

// DialContext connects any host under .example to the site and refuses every other, so that nothing leaves the machine.
// Use it as the DialContext of a http.Transport.
func (s *Site) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("dialling %q: %w", address, err)
	}
	if !strings.HasSuffix(strings.ToLower(host), ".example") {
		return nil, fmt.Errorf("dialling %s: the statistics site knows hosts under .example only: %w", host, syscall.EHOSTUNREACH)
	}
	if s.spoils(strings.ToLower(host), refusedPath) == FaultRefused {
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	}
	return (&net.Dialer{}).DialContext(ctx, network, s.addr)
}

// Client is a HTTP client whose connections all end at the site. Its idle connections are closed by CloseIdleConnections.
func (s *Site) Client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: s.DialContext}}
}

// Requests gives the log so far, in order of arrival.
func (s *Site) Requests() []LoggedRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// ForgetRequests empties the log.
func (s *Site) ForgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = nil
}

func (s *Site) handle(out http.ResponseWriter, r *http.Request) {
	host := virtualHost(r)
	if err := s.note(host, r); err != nil {
		http.Error(out, "unreadable body", http.StatusBadRequest)
		return
	}
	paths := []string{r.URL.RequestURI(), r.URL.Path}
	if r.URL.Path != "/robots.txt" {
		paths = append(paths, "")
	}
	if kind := s.spoils(host, paths...); kind != 0 {
		s.spoil(kind, out, r)
		return
	}
	switch {
	case s.hostile(host, out, r):
	case s.Validators && r.Method == http.MethodGet:
		s.serveValidated(out, r)
	default:
		s.world.serve(out, r)
	}
}

// serveValidated answers with an ETag, and without a body to who has it.
func (s *Site) serveValidated(out http.ResponseWriter, r *http.Request) {
	page := capture{header: http.Header{}, status: http.StatusOK}
	s.world.serve(&page, r)
	for name, values := range page.header {
		out.Header()[name] = values
	}
	if page.status == http.StatusOK {
		tag := fmt.Sprintf(`"%x"`, sha256.Sum256(page.body))
		out.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			out.Header().Del("Content-Length")
			out.WriteHeader(http.StatusNotModified)
			return
		}
	}
	out.WriteHeader(page.status)
	_, _ = out.Write(page.body)
}

// note logs a request and puts its body back.
func (s *Site) note(host string, r *http.Request) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxQuestion+1))
	if err != nil {
		return fmt.Errorf("reading the body of %s %s: %w", r.Method, r.URL, err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, LoggedRequest{At: time.Now(), Method: r.Method, Host: host, Path: r.URL.RequestURI(),
		Body: string(body), UserAgent: r.UserAgent(),
		Condition: cmp.Or(r.Header.Get("If-None-Match"), r.Header.Get("If-Modified-Since"))})
	return nil
}
