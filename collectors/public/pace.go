package public

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Pace gives out turns: one request to a host at a time, and a pause between
// two.
type Pace struct {
	mu    sync.Mutex
	hosts map[string]*hostPace
}

type hostPace struct {
	turn chan struct{} // holds a token while a request is under way
	mu   sync.Mutex
	next time.Time // before it, the host is left alone
}

// NewPace returns a pace to be shared by collectors.
func NewPace() *Pace { return &Pace{hosts: map[string]*hostPace{}} }

func (p *Pace) host(name string) *hostPace {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.hosts[name]
	if h == nil {
		h = &hostPace{turn: make(chan struct{}, 1)}
		p.hosts[name] = h
	}
	return h
}

// jitterShare is the part of the interval that a pause may be longer than it.
const jitterShare = 5

// take waits for the host's turn and the pause after the request before, and
// returns what ends the turn. The pause after this request is the interval and
// a little more.
func (p *Pace) take(ctx context.Context, o *Options, name string, interval time.Duration) (end func(), err error) {
	h := p.host(name)
	select {
	case h.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	end = func() { <-h.turn }
	if wait := h.until(o.Clock()); wait > 0 {
		if err := o.Sleep(ctx, wait); err != nil {
			end()
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		end()
		return nil, context.Cause(ctx)
	}
	pause := interval
	if most := int64(interval / jitterShare); most > 0 {
		pause += time.Duration(rand.Int64N(most))
	}
	h.hold(o.Clock().Add(pause))
	return end, nil
}

// hold leaves the host alone until t at least.
func (p *Pace) hold(name string, t time.Time) { p.host(name).hold(t) }

func (h *hostPace) hold(t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t.After(h.next) {
		h.next = t
	}
}

func (h *hostPace) until(now time.Time) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.next.Sub(now)
}
