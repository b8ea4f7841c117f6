// Package worker holds the three loops of the pipeline: collect, transform and
// load. They have one shape: take something, make the next hop durable, and only
// then acknowledge or advance (promise 1). What they take apart and put together
// comes in through interfaces.
package worker

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"zhibiao/pipeline"
)

// Archive is what the loops keep documents and readings in.
type Archive interface {
	PutBody(ctx context.Context, body []byte) (hash string, err error)
	Body(ctx context.Context, hash string) ([]byte, error)
	PutDocument(ctx context.Context, doc pipeline.Document) (stored pipeline.Document, created bool, err error)
	Metadata(ctx context.Context, version string) (pipeline.Document, error)
	Place(ctx context.Context, version string) error
	PutReading(ctx context.Context, version string, reading []byte) (hash string, err error)
	Reading(ctx context.Context, version string) (reading []byte, ok bool, err error)
	PutAcceptance(ctx context.Context, acceptance []byte) (hash string, err error)
	Acceptance(ctx context.Context, hash string) ([]byte, error)
}

// Failpoint is called at named places between two durable steps; tests stop a
// worker there. nil does nothing.
type Failpoint func(name string)

func (f Failpoint) reach(name string) {
	if f != nil {
		f(name)
	}
}

// defaultGrace is how long a loop that was told to stop may work on what it has
// in hand (promise 7).
const defaultGrace = 15 * time.Second

// outlive returns a context that goes on for grace after ctx ends, so that what
// is in hand is finished, but never without bound.
func outlive(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(grace, func() { cancel(fmt.Errorf("stopping took longer than %s", grace)) })
		context.AfterFunc(longer, func() { timer.Stop() })
	})
	return longer, func() {
		stop()
		cancel(context.Canceled)
	}
}

// recovered turns a panic into an error with its place.
func recovered(what string, err *error) {
	if value := recover(); value != nil {
		*err = fmt.Errorf("%s panicked: %v\n%s", what, value, debug.Stack())
	}
}

// pauses are growing waits with jitter between two bounds.
type pauses struct {
	first, last time.Duration
	next        time.Duration
}

func (p *pauses) take() time.Duration {
	if p.next == 0 {
		p.next = p.first
	}
	pause := p.next/2 + rand.N(p.next/2+1)
	p.next = min(2*p.next, p.last)
	return pause
}

func (p *pauses) reset() { p.next = 0 }

// sleep waits for d and reports whether ctx is still alive.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
