package schedule

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"zhibiao/pipeline/stream"
)

// BusyError says what a source is busy with.
type BusyError struct {
	Source string
	With   string // trigger of the run, "" where another process runs it
}

func (e *BusyError) Error() string {
	if e.With == "" {
		return fmt.Sprintf("source %s is being collected by another process", e.Source)
	}
	return fmt.Sprintf("source %s is being collected already (%s)", e.Source, e.With)
}

// Guard lets one run of a source at a time pass, whatever triggered it. It is safe
// for concurrent use; all runs of a process share one.
type Guard struct {
	leases *stream.Leases
	mu     sync.Mutex
	busy   map[string]*occupation
}

type occupation struct {
	with string
	over chan struct{}
}

// NewGuard returns a guard. With leases it also holds against other processes;
// nil is for a process that has the broker for itself.
func NewGuard(leases *stream.Leases) *Guard {
	return &Guard{leases: leases, busy: map[string]*occupation{}}
}

// Try runs f unless the source is busy, which is a *BusyError. f's context also
// ends when the source's lease is lost.
func (g *Guard) Try(ctx context.Context, source, trigger string, f func(context.Context) error) error {
	leave, err := g.enter(source, trigger)
	if err != nil {
		return err
	}
	defer leave()
	if g.leases == nil {
		return f(ctx)
	}
	err = g.leases.While(ctx, "run."+source, f)
	if errors.Is(err, stream.ErrHeld) {
		return &BusyError{Source: source}
	}
	return err
}

// otherProcess is how often a run looks whether another process is done.
const otherProcess = time.Second

// Wait runs f once the source is not busy any more; told, if not nil, is called
// once if that takes a wait.
func (g *Guard) Wait(ctx context.Context, source, trigger string, told func(*BusyError), f func(context.Context) error) error {
	for {
		err := g.Try(ctx, source, trigger, f)
		var busy *BusyError
		if !errors.As(err, &busy) {
			return err
		}
		if told != nil {
			told(busy)
			told = nil
		}
		if err := g.awaitChange(ctx, source); err != nil {
			return fmt.Errorf("waiting because %w: %w", busy, err)
		}
	}
}

// awaitChange waits until this process's run of the source is over, at most for the
// moment after which another process's is looked at again.
func (g *Guard) awaitChange(ctx context.Context, source string) error {
	g.mu.Lock()
	present := g.busy[source]
	g.mu.Unlock()
	timer := time.NewTimer(otherProcess)
	defer timer.Stop()
	var over <-chan struct{}
	if present != nil {
		over = present.over
	}
	select {
	case <-over:
	case <-timer.C:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

func (g *Guard) enter(source, trigger string) (leave func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if present := g.busy[source]; present != nil {
		return nil, &BusyError{Source: source, With: present.with}
	}
	mine := &occupation{with: trigger, over: make(chan struct{})}
	g.busy[source] = mine
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.busy, source)
		close(mine.over)
	}, nil
}
