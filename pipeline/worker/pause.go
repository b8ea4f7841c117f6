package worker

import (
	"context"
	"errors"
	"sync"
)

// Pause stops the intake: it waits until no document and no record is being
// published, and lets none in until resume is called. What collectors have in hand
// waits. It is for a moment at which broker, archive and warehouse say the same,
// so resume soon. A second Pause waits for the first to resume. resume may be
// called more than once.
func (c *Collect) Pause(ctx context.Context) (resume func(), err error) {
	return c.intake.close(ctx)
}

// gate is what documents pass through on their way in. The zero value is open.
type gate struct {
	mu     sync.Mutex
	opened chan struct{} // closed when the gate opens again; nil while it is open
	inside int
	empty  chan struct{} // closed when the last one leaves a closed gate
}

var errGateWait = errors.New("the intake is paused by a rebuild or a backup")

// enter waits until the gate is open; leave must be called.
func (g *gate) enter(ctx context.Context) (leave func(), err error) {
	for {
		g.mu.Lock()
		opened := g.opened
		if opened == nil {
			g.inside++
			g.mu.Unlock()
			return g.leave, nil
		}
		g.mu.Unlock()
		select {
		case <-opened:
		case <-ctx.Done():
			return nil, errors.Join(errGateWait, context.Cause(ctx))
		}
	}
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside--; g.inside == 0 && g.empty != nil {
		close(g.empty)
		g.empty = nil
	}
}

// close shuts the gate and waits until nobody is inside.
func (g *gate) close(ctx context.Context) (open func(), err error) {
	for {
		g.mu.Lock()
		if g.opened == nil {
			break
		}
		opened := g.opened
		g.mu.Unlock()
		select {
		case <-opened:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	g.opened = make(chan struct{})
	open = sync.OnceFunc(g.open)
	if g.inside == 0 {
		g.mu.Unlock()
		return open, nil
	}
	empty := make(chan struct{})
	g.empty = empty
	g.mu.Unlock()
	select {
	case <-empty:
		return open, nil
	case <-ctx.Done():
		open()
		return nil, context.Cause(ctx)
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.opened)
	g.opened, g.empty = nil, nil
}
