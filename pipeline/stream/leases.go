package stream

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// ErrHeld says that somebody else holds a lease.
var ErrHeld = errors.New("somebody else holds the lease")

// ErrLeaseLost is why the context of a holder ends who could not renew in time.
var ErrLeaseLost = errors.New("the lease was lost")

// DefaultLeaseTTL is after how long without a renewal a lease may be taken over.
const DefaultLeaseTTL = 30 * time.Second

// renewals is how many renewals a holder tries within the time to live.
const renewals = 5

// Leases give a name to one holder at a time among all processes of a broker. No
// clock of another machine is believed: a lease has run out for somebody who has
// seen it unchanged for the time to live on its own monotonic clock, and is lost
// for a holder who has not renewed it for less than that. A holder that was paused
// may believe in its lease for a moment; what must never happen twice needs a
// claim of its own (Slots). It is safe for concurrent use.
type Leases struct {
	bucket jetstream.KeyValue
	ttl    time.Duration
	log    *zap.Logger

	mu   sync.Mutex
	seen map[string]sighting
}

// sighting is when a state of a lease was first seen.
type sighting struct {
	revision uint64
	at       time.Time
}

type leaseEntry struct {
	Holder string `json:"holder,omitempty"` // "" once it was given back
}

// Leases returns the leases of the broker; ttl 0 is DefaultLeaseTTL.
func (b *Broker) Leases(ctx context.Context, ttl time.Duration) (*Leases, error) {
	bucket, err := b.js.KeyValue(ctx, leasesBucket)
	if err != nil {
		return nil, fmt.Errorf("opening the leases: %w", err)
	}
	if ttl == 0 {
		ttl = DefaultLeaseTTL
	}
	return &Leases{bucket: bucket, ttl: ttl, log: b.log, seen: map[string]sighting{}}, nil
}

// While runs f while this call holds the lease, and gives it back after f. f's
// context ends with ErrLeaseLost when the lease could not be renewed; it is renewed
// until f returns, also while f drains after ctx ended. The error is ErrHeld if
// somebody else holds the lease, else the broker's or f's.
func (l *Leases) While(ctx context.Context, name string, f func(context.Context) error) error {
	holder := rand.Text()
	revision, err := l.take(ctx, name, holder)
	if err != nil {
		return fmt.Errorf("taking the lease %s: %w", name, err)
	}
	held, lose := context.WithCancelCause(ctx)
	defer lose(context.Canceled)
	stop, ended := make(chan struct{}), make(chan uint64)
	go func() { ended <- l.renew(context.WithoutCancel(ctx), name, holder, revision, stop, lose) }()
	defer func() {
		close(stop)
		if revision := <-ended; revision > 0 {
			l.giveBack(context.WithoutCancel(ctx), name, revision)
		}
	}()
	return f(held)
}

// Forget drops all leases. It is for the only process that can use the broker, as
// it starts: no lease of a process before it can still be held.
func (l *Leases) Forget(ctx context.Context) error {
	keys, err := l.bucket.ListKeys(ctx)
	if err != nil {
		return fmt.Errorf("forgetting the leases of earlier processes: %w", err)
	}
	defer func() { _ = keys.Stop() }()
	for name := range keys.Keys() {
		if err := l.bucket.Delete(ctx, name); err != nil {
			return fmt.Errorf("forgetting the lease %s of an earlier process: %w", name, err)
		}
	}
	return ctx.Err()
}

func (l *Leases) take(ctx context.Context, name, holder string) (uint64, error) {
	var entry leaseEntry
	revision, err := readEntry(ctx, l.bucket, name, &entry)
	if err != nil {
		return 0, err
	}
	if entry.Holder != "" && !l.ranOut(name, revision) {
		return 0, ErrHeld
	}
	revision, err = writeEntry(ctx, l.bucket, name, leaseEntry{holder}, revision)
	if errors.Is(err, ErrMoved) {
		return 0, ErrHeld
	}
	return revision, err
}

// ranOut reports whether the revision has been seen unchanged for the time to
// live, and remembers when it was first seen.
func (l *Leases) ranOut(name string, revision uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	first, known := l.seen[name]
	if !known || first.revision != revision {
		l.seen[name] = sighting{revision, time.Now()}
		return false
	}
	return time.Since(first.at) >= l.ttl
}

// renew keeps the lease until stop is closed, and returns its revision. It returns
// 0 and calls lose if the lease is somebody else's or could not be renewed.
func (l *Leases) renew(ctx context.Context, name, holder string, revision uint64, stop <-chan struct{}, lose context.CancelCauseFunc) uint64 {
	step := l.ttl / renewals
	ticker := time.NewTicker(step)
	defer ticker.Stop()
	renewed := time.Now()
	for {
		select {
		case <-stop:
			return revision
		case <-ticker.C:
		}
		began := time.Now()
		next, err := l.renewOnce(ctx, name, holder, revision, step)
		switch {
		case err == nil:
			revision, renewed = next, began
		case errors.Is(err, ErrMoved) || time.Since(renewed) > l.ttl-step:
			l.log.Warn("lease lost", zap.String("lease", name), zap.Error(err))
			lose(fmt.Errorf("%w: %s: %w", ErrLeaseLost, name, err))
			<-stop
			return 0
		}
	}
}

func (l *Leases) renewOnce(ctx context.Context, name, holder string, revision uint64, within time.Duration) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	next, err := writeEntry(ctx, l.bucket, name, leaseEntry{holder}, revision)
	if !errors.Is(err, ErrMoved) {
		return next, err
	}
	// Perhaps an earlier renewal arrived and only its answer was lost.
	var entry leaseEntry
	revision, err = readEntry(ctx, l.bucket, name, &entry)
	if err == nil && entry.Holder != holder {
		return 0, ErrMoved
	}
	return revision, err
}

// giveBack makes the lease free at once; where that fails it runs out.
func (l *Leases) giveBack(ctx context.Context, name string, revision uint64) {
	ctx, cancel := context.WithTimeout(ctx, l.ttl/renewals)
	defer cancel()
	if _, err := writeEntry(ctx, l.bucket, name, leaseEntry{}, revision); err != nil && !errors.Is(err, ErrMoved) {
		l.log.Warn("giving a lease back failed; it runs out by itself", zap.String("lease", name), zap.Error(err))
	}
}
