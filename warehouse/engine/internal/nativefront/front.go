// Package nativefront answers ClickHouse's native TCP protocol for the embedded
// engine, the protocol that clickhouse-go and clickhouse-client speak to a server.
//
// A query stands alone: settings come with it, and SET, USE and temporary tables
// do not outlive it.
package nativefront

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
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
	// Body is the most data of one statement after decompression, in bytes.
	Body int64
	// Stall is how long a client may neither send nor take data of a statement.
	Stall time.Duration
}

// Front serves connections.
type Front struct {
	config Config

	mutex  sync.Mutex
	open   map[*conn]bool // true while a statement runs
	ending bool
}

// New makes a front.
func New(config Config) *Front { return &Front{config: config, open: map[*conn]bool{}} }

const (
	helloTimeout = 10 * time.Second
	// idleTimeout is how long a connection may wait between statements.
	idleTimeout = time.Hour
	// mostConnections is far above what pools of clients need.
	mostConnections = 1024
	acceptPause     = 50 * time.Millisecond
)

// Serve answers on the listener until ctx ends, then lets running statements
// finish within grace.
func (f *Front) Serve(ctx context.Context, listener net.Listener, grace time.Duration) error {
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	closed := context.AfterFunc(ctx, func() { listener.Close() })
	defer closed()
	var connections sync.WaitGroup
	err := f.accept(ctx, listener, func(accepted net.Conn) {
		c := newConn(f, accepted)
		if !f.enter(c) {
			accepted.Close()
			return
		}
		connections.Go(func() {
			defer f.leave(c)
			c.serve(serving)
		})
	})
	f.endIdle()
	finished := make(chan struct{})
	go func() {
		connections.Wait()
		close(finished)
	}()
	limit := time.NewTimer(grace)
	defer limit.Stop()
	select {
	case <-finished:
	case <-limit.C:
		stop()
		f.closeAll()
		<-finished
		err = errors.Join(err, errors.New("serving the native protocol: statements were cut off after their time to finish"))
	}
	return err
}

// accept hands each connection to take until ctx ends.
func (f *Front) accept(ctx context.Context, listener net.Listener, take func(net.Conn)) error {
	for {
		accepted, err := listener.Accept()
		switch {
		case err == nil:
			take(accepted)
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("serving the native protocol: %w", err)
		default: // too many open files, or a client that is gone already
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(acceptPause):
			}
		}
	}
}

func (f *Front) enter(c *conn) bool {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.ending || len(f.open) >= mostConnections {
		return false
	}
	f.open[c] = false
	return true
}

func (f *Front) leave(c *conn) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	delete(f.open, c)
	c.socket.Close()
}

// busy notes whether a statement runs on the connection. It is false when the
// front ends and no further statement may begin.
func (f *Front) busy(c *conn, running bool) bool {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.ending {
		return false
	}
	f.open[c] = running
	return true
}

// endIdle closes the connections that wait; the others close after their
// statement.
func (f *Front) endIdle() {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.ending = true
	for c, running := range f.open {
		if !running {
			c.socket.Close()
		}
	}
}

func (f *Front) closeAll() {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for c := range f.open {
		c.socket.Close()
	}
}
