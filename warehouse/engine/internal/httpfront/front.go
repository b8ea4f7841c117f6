// Package httpfront answers ClickHouse's HTTP interface for the embedded
// engine, so that clickhouse-go, curl, Grafana and other clients work with it as
// with a server.
package httpfront

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"

	"zhibiao/warehouse/engine/account"
	"zhibiao/warehouse/engine/internal/session"
)

// Config of a front. All fields are required.
type Config struct {
	Gate     *session.Gate
	Accounts account.Digests
	Logger   *zap.Logger
	// Query is the longest text of a statement, in bytes.
	Query int64
	// Body is the most data of one request after decompression, in bytes.
	Body int64
	// Stall is how long a client may neither send nor take data.
	Stall time.Duration
}

// Front is an http.Handler.
type Front struct{ config Config }

// New makes a front.
func New(config Config) *Front { return &Front{config: config} }

const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	headerBytes   = 1 << 20 // a statement may stand in the URL
)

// Serve answers on the listener until ctx ends, then lets running requests
// finish within grace.
func (f *Front) Serve(ctx context.Context, listener net.Listener, grace time.Duration) error {
	server := &http.Server{
		Handler:           f,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          zap.NewStdLog(f.config.Logger),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving HTTP: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := server.Shutdown(drain)
	if err != nil {
		server.Close()
	}
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// ServeHTTP answers one request.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-ClickHouse-Server-Display-Name", "zhibiao")
	switch r.URL.Path {
	case "/ping", "/replicas_status":
		fmt.Fprint(w, "Ok.\n")
		return
	case "/", "/query":
	default:
		http.Error(w, "There is no handle "+r.URL.Path+"\nUse / or /ping for health checks, and / for queries.", http.StatusNotFound)
		return
	}
	if r.Method == http.MethodGet && r.URL.RawQuery == "" {
		fmt.Fprint(w, "Ok.\n")
		return
	}
	reply := &reply{writer: w, request: r, stall: f.config.Stall}
	if err := f.answer(reply, r); err != nil {
		reply.fail(err)
	}
}

func (f *Front) answer(reply *reply, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost {
		return session.Exception(501, "UNSUPPORTED_METHOD", "the method "+r.Method+" is not answered here; use GET or POST")
	}
	name, err := f.authenticate(r)
	if err != nil {
		return err
	}
	incoming, err := f.read(reply.writer, r)
	if err != nil {
		return err
	}
	if incoming.queryID == "" {
		incoming.queryID = newQueryID()
	}
	header := reply.writer.Header()
	header.Set("X-ClickHouse-Query-Id", incoming.queryID)
	header.Set("X-ClickHouse-Timezone", f.config.Gate.Timezone)
	reply.prepare(incoming)
	return f.run(r.Context(), name, incoming, reply)
}

func newQueryID() string {
	var id [16]byte
	rand.Read(id[:])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
