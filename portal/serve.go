package portal

import (
	"context"
	"crypto/tls"
	"embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"go.uber.org/zap"
)

//go:embed templates/*.html
var templates embed.FS

// CheckAddress refuses an address that other machines can reach.
func CheckAddress(address string) error {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil || !parsed.Addr().IsLoopback() {
		return fmt.Errorf("%q is not a loopback address with a port, such as 127.0.0.1:8420: it is for this machine only", address)
	}
	return nil
}

// CheckReach refuses an address that other machines can reach without TLS: protected
// by neither a certificate of the pages' own nor a proxy in front that has one.
func CheckReach(address string, protected bool) error {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%q is not an address with a port, such as 127.0.0.1:8420", address)
	}
	if !parsed.Addr().IsLoopback() && !protected {
		return fmt.Errorf("%q is not a loopback address: passwords would cross the network in the clear; set pages.certificate and pages.key, or pages.trusted_proxy to the addresses of a proxy that people reach by https", address)
	}
	return nil
}

// Listen opens the pages' socket. certificate nil listens without TLS, which an address
// that other machines can reach allows only with a proxy in front.
func Listen(ctx context.Context, address string, access Access, certificate *tls.Certificate) (net.Listener, error) {
	if err := CheckReach(address, certificate != nil || len(access.Proxies) > 0); err != nil {
		return nil, err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on %s for the pages: %w", address, err)
	}
	if certificate == nil {
		return listener, nil
	}
	return tls.NewListener(listener, &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{*certificate}, NextProtos: []string{"http/1.1"},
	}), nil
}

// Serve answers until ctx ends, then lets running answers finish for Drain.
func Serve(ctx context.Context, listener net.Listener, config Config) error {
	config = config.withDefaults()
	handler, err := Handler(config)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: time.Minute,
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
