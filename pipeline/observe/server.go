package observe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// Listen opens the address of the health pages, host:port.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening for health and metrics on %s: %w", address, err)
	}
	return listener, nil
}

// shutdownWithin is how long answers may take after ctx ended.
const shutdownWithin = 5 * time.Second

// Serve answers until ctx ends:
//
//	/healthz  200 while the process runs
//	/readyz   200 if all checks are well, else 503; a line for each, with the reason
//	/metrics  Prometheus
func Serve(ctx context.Context, listener net.Listener, health *Health, metrics *Metrics) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { ready(w, r, health) })
	mux.Handle("GET /metrics", metrics.Handler())
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return fmt.Errorf("serving health and metrics: %w", err)
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWithin)
	defer cancel()
	err := server.Shutdown(ending)
	if served := <-done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

func ready(w http.ResponseWriter, r *http.Request, health *Health) {
	status := http.StatusOK
	var body strings.Builder
	for _, f := range health.Look(r.Context()) {
		if f.Problem == "" {
			fmt.Fprintf(&body, "ok   %s\n", f.Name)
			continue
		}
		status = http.StatusServiceUnavailable
		fmt.Fprintf(&body, "BAD  %s: %s\n", f.Name, strings.ReplaceAll(f.Problem, "\n", "; "))
	}
	plain(w, status, body.String())
}

func plain(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // a client that is gone needs no answer
}
