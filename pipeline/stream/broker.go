// Package stream is the broker as zhibiao uses it: which streams there are, how a
// message is published, taken and settled, and the few facts that advance by
// compare-and-set. It speaks JetStream only; the server may be embedded in this
// process or be a cluster elsewhere.
package stream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"zhibiao/pipeline"
)

const (
	requestTimeout = 10 * time.Second
	closeTimeout   = 5 * time.Second
)

// Broker is a connection to a broker whose topology was checked. It is safe for
// concurrent use.
type Broker struct {
	connection *nats.Conn
	js         jetstream.JetStream
	log        *zap.Logger
	profile    Profile
	closed     chan struct{}
	observer   Observer // nil counts nothing
}

// Connect connects to an external broker and makes or checks its topology. It
// waits for a broker that is still starting until ctx ends.
func Connect(ctx context.Context, url string, profile Profile, log *zap.Logger, options ...nats.Option) (*Broker, error) {
	if log == nil {
		log = zap.NewNop()
	}
	broker, err := connect(ctx, url, profile, log, options...)
	if err != nil {
		return nil, pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf("connecting to the broker: %w", err))
	}
	return broker, nil
}

const pingInterval = 15 * time.Second

func connect(ctx context.Context, url string, profile Profile, log *zap.Logger, options ...nats.Option) (*Broker, error) {
	b := &Broker{log: log, profile: profile.withDefaults(), closed: make(chan struct{})}
	all := append([]nats.Option{
		nats.Name("zhibiao"),
		nats.MaxReconnects(-1),
		nats.RetryOnFailedConnect(true),
		nats.ReconnectWait(500 * time.Millisecond),
		// A broker that is gone without a word is noticed at the third ping that it owes:
		// within a minute, where the client's default takes several.
		nats.PingInterval(pingInterval),
		nats.MaxPingsOutstanding(2),
		nats.ClosedHandler(func(*nats.Conn) { close(b.closed) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("broker disconnected", zap.Error(err))
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("broker connected again") }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Warn("broker connection", zap.Error(err))
		}),
	}, options...)
	var err error
	if b.connection, err = nats.Connect(url, all...); err != nil {
		return nil, err
	}
	b.js, err = jetstream.New(b.connection,
		jetstream.WithDefaultTimeout(requestTimeout), jetstream.WithPublishAsyncTimeout(requestTimeout))
	if err == nil {
		err = b.awaitConnection(ctx, url)
	}
	if err == nil {
		err = b.establish(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *Broker) awaitConnection(ctx context.Context, urls string) error {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for b.connection.Status() != nats.CONNECTED {
		if err := b.connection.LastError(); errors.Is(err, nats.ErrAuthorization) {
			return fmt.Errorf("signing in at the broker: %w: its configuration has to name this process's key", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no answer from %s: %w", redacted(urls), errors.Join(ctx.Err(), b.connection.LastError()))
		case <-ticker.C:
		}
	}
	return nil
}

// Close sends what is still buffered and disconnects. It is idempotent and ends
// within seconds also while the broker is away.
func (b *Broker) Close() error {
	if b.connection == nil || b.connection.IsClosed() {
		return nil
	}
	var err error
	if b.connection.Status() == nats.CONNECTED {
		err = b.connection.FlushTimeout(closeTimeout)
	}
	b.connection.Close()
	<-b.closed
	return err
}

// Subjects of the streams.

// DocumentsSubject is where versions of a source's documents go.
func DocumentsSubject(source string) (string, error) { return subject("documents", source) }

// ObservationsSubject is where a supplier's observations go.
func ObservationsSubject(supplier pipeline.Supplier) (string, error) {
	return subject("observations", string(supplier))
}

// RefusalsSubject is where a source's refusals go.
func RefusalsSubject(source string) (string, error) { return subject("refusals", source) }

// RecordsSubject is where records of a kind (document, confirmation, run) go.
func RecordsSubject(kind string) (string, error) { return subject("records", kind) }

// subject joins a prefix and one token; a token that would mean something to the
// broker is a permanent error.
func subject(prefix, token string) (string, error) {
	if token == "" || strings.ContainsAny(token, ".*> \t\r\n") {
		return "", pipeline.Permanent(fmt.Errorf("naming a subject %s.%s: the name may not be empty or hold . * > or spaces", prefix, token))
	}
	return prefix + "." + token, nil
}
