package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"zhibiao/warehouse/engine/internal/chdb"
	"zhibiao/warehouse/engine/internal/httpfront"
	"zhibiao/warehouse/engine/internal/nativefront"
	"zhibiao/warehouse/engine/internal/session"
)

const (
	childMarker  = "ZHIBIAO_ENGINE_CHILD"
	protocolHTTP = "http"
	protocolTCP  = "tcp"
	orderStop    = "stop"
)

// RunIfChild turns this process into the engine's child if it was started as
// one, and then never returns. Otherwise it returns at once.
func RunIfChild() {
	if os.Getenv(childMarker) == "" {
		return
	}
	// Only the parent's pipe ends the child: a service manager that signals the
	// whole group must not take the engine from a parent that still drains.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	if err := runChild(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func runChild() error {
	orders := bufio.NewReader(os.NewFile(ordersFD, "orders"))
	line, err := orders.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("reading the assignment: %w", err)
	}
	var order assignment
	if err := json.Unmarshal(line, &order); err != nil {
		return fmt.Errorf("reading the assignment: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go obey(orders, stop)

	answer := func(r report) error {
		reports := os.NewFile(reportsFD, "reports")
		defer reports.Close()
		return json.NewEncoder(reports).Encode(r)
	}
	fronts, err := openEngine(order)
	if err != nil {
		_ = answer(report{Error: err.Error()})
		return nil // the parent tells it
	}
	sockets, err := inheritSockets(order.Protocols)
	if err != nil {
		_ = answer(report{Error: err.Error()})
		return nil
	}
	if err := answer(report{Ready: true}); err != nil {
		return fmt.Errorf("reporting to the parent: %w", err)
	}
	return serveAll(ctx, fronts, sockets, order.Config.DrainTimeout)
}

// front answers one protocol until ctx ends, then lets running requests finish
// within grace.
type front interface {
	Serve(ctx context.Context, listener net.Listener, grace time.Duration) error
}

// serveAll ends with its first front, for the parent starts a whole child again.
func serveAll(ctx context.Context, fronts map[string]front, sockets map[string]net.Listener, grace time.Duration) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, len(fronts))
	for protocol, front := range fronts {
		go func() {
			defer stop()
			ended <- front.Serve(ctx, sockets[protocol], grace)
		}()
	}
	var failed error
	for range fronts {
		failed = errors.Join(failed, <-ended)
	}
	return failed
}

// obey waits for the parent's orders and ends the process when the parent is
// gone.
func obey(orders *bufio.Reader, stop func()) {
	for {
		line, err := orders.ReadString('\n')
		if err != nil {
			os.Exit(0)
		}
		if line == orderStop+"\n" {
			stop()
		}
	}
}

// openEngine maps the library, opens the data folder and makes the front of each
// protocol.
func openEngine(order assignment) (map[string]front, error) {
	config := order.Config
	file, err := writeServerConfig(config)
	if err != nil {
		return nil, err
	}
	library, err := chdb.Open(config.Library, []string{
		"--config-file=" + file,
		"--path=" + storePath(config.Dir),
		"--max_server_memory_usage=" + strconv.FormatUint(config.MaxMemory, 10),
	})
	if err != nil {
		return nil, err
	}
	gate, err := session.NewGate(library, session.Limits{
		Concurrent: config.MaxConcurrent, Memory: config.MaxMemory / 4 * 3,
		Materialized: config.MaxResult, Execution: config.MaxReaderTime,
		ReadRows: config.MaxReaderRows, ResultRows: config.MaxReaderResult,
	}, config.Settings, config.LoaderTables)
	if err != nil {
		return nil, err
	}
	logger := childLogger()
	return map[string]front{
		protocolHTTP: httpfront.New(httpfront.Config{
			Gate: gate, Accounts: order.Digests, Logger: logger,
			Query: config.MaxQuery, Body: config.MaxBody, Stall: config.Stall,
		}),
		protocolTCP: nativefront.New(nativefront.Config{
			Gate: gate, Accounts: order.Digests, Logger: logger,
			Query: config.MaxQuery, Body: config.MaxBody, Stall: config.Stall,
		}),
	}, nil
}

func storePath(dir string) string { return filepath.Join(dir, "store") }

// inheritSockets takes over the parent's listening sockets by protocol.
func inheritSockets(protocols []string) (map[string]net.Listener, error) {
	sockets := map[string]net.Listener{}
	for i, protocol := range protocols {
		file := os.NewFile(uintptr(socketsFD+i), protocol)
		listener, err := net.FileListener(file)
		file.Close()
		if err != nil {
			return nil, fmt.Errorf("taking over the socket for %s: %w", protocol, err)
		}
		sockets[protocol] = listener
	}
	for _, protocol := range []string{protocolHTTP, protocolTCP} {
		if sockets[protocol] == nil {
			return nil, errors.New("the parent handed over no socket for " + protocol)
		}
	}
	return sockets, nil
}

// childLogger writes to standard error, which the parent passes on.
func childLogger() *zap.Logger {
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.Lock(os.Stderr), zap.InfoLevel))
}
