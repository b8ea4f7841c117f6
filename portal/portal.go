// Package portal answers on HTTP for people and their spreadsheets. So far it has one
// thing to give: exports of the warehouse's tables and views.
//
//	GET /export/                         what can be exported
//	GET /export/VIEW.csv                 also .parquet; ?region= ?indicator= (each may be
//	                                     repeated) ?from= ?to= ?at= ?column=
//	GET /export/VIEW.dictionary.csv      what the columns mean
//
// It reads with the reader's account. Until it has accounts of its own it listens on
// loopback only and answers only to loopback names, so that no other site's page can
// reach it through a name that it controls.
package portal

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"go.uber.org/zap"

	"zhibiao/warehouse"
)

// Config says what the pages stand on.
type Config struct {
	// Reader opens the warehouse with the account that only reads.
	Reader func(context.Context) (*warehouse.Warehouse, error)
	Logger *zap.Logger
	// MaxExports is how many exports run at once; 4. More are told to come again.
	MaxExports int
	// Stall is how long a client may take no data; 1 min.
	Stall time.Duration
	// Drain is how long running answers may take when the server ends; 10 s.
	Drain time.Duration
}

func (c Config) withDefaults() Config {
	if c.MaxExports == 0 {
		c.MaxExports = 4
	}
	if c.Stall == 0 {
		c.Stall = time.Minute
	}
	if c.Drain == 0 {
		c.Drain = 10 * time.Second
	}
	if c.Logger == nil {
		c.Logger = zap.NewNop()
	}
	return c
}

// CheckAddress refuses an address that other machines can reach: there are no accounts
// yet.
func CheckAddress(address string) error {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil || !parsed.Addr().IsLoopback() {
		return fmt.Errorf("%q is not a loopback address with a port, such as 127.0.0.1:8420: the pages have no accounts yet, so they are for this machine only", address)
	}
	return nil
}

// Listen opens the pages' socket.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	if err := CheckAddress(address); err != nil {
		return nil, err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on %s for the pages: %w", address, err)
	}
	return listener, nil
}

// Serve answers until ctx ends, then lets running answers finish for Drain.
func Serve(ctx context.Context, listener net.Listener, config Config) error {
	config = config.withDefaults()
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	server := &http.Server{
		Handler: Handler(config), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 64 << 10, BaseContext: func(net.Listener) context.Context { return running },
		ErrorLog: zap.NewStdLog(config.Logger),
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return fmt.Errorf("serving the pages: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(running, config.Drain)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		server.Close() // ends what is still running; its clients see a cut answer
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the pages: %w", err)
	}
	return nil
}

// Handler answers the requests of all pages.
func Handler(config Config) http.Handler {
	config = config.withDefaults()
	exports := &exports{config: config, places: make(chan struct{}, config.MaxExports)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /export/{$}", exports.list)
	mux.HandleFunc("GET /export/{file}", exports.serve)
	return onlyLoopbackNames(mux)
}

// onlyLoopbackNames refuses requests under another host's name: a page of that host
// would reach us through a name that resolves to 127.0.0.1.
func onlyLoopbackNames(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, fmt.Sprintf("these pages answer as localhost or 127.0.0.1, not as %q", host), http.StatusMisdirectedRequest)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
