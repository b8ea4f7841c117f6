package public

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Pace is what the collectors of a process know together of hosts: whose turn it
// is, how long a host is left alone, what its robots.txt says, and whether it sent
// a challenge. It gives out one request to a host at a time, and a pause between
// two.
type Pace struct {
	robots *robotsCache
	mu     sync.Mutex
	hosts  map[string]*hostPace
}

type hostPace struct {
	turn    chan struct{} // holds a token while a request is under way
	mu      sync.Mutex
	next    time.Time // before it, the host is left alone
	slow    int       // the pause is doubled so many times
	good    int       // answers since the last complaint
	blocked *PageError
	until   time.Time // of blocked
}

// NewPace returns a pace to be shared by collectors.
func NewPace() *Pace { return &Pace{robots: newRobotsCache(), hosts: map[string]*hostPace{}} }

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

const (
	// jitterShare is the part of the interval that a pause may be longer than it.
	jitterShare = 5
	// maxSlow is how often the pause is doubled at most; 16 times it is the end.
	maxSlow = 4
	// recovery is how many answers in a row halve the pause again.
	recovery = 10
)

// take waits for the host's turn and the pause after the request before, and
// returns what ends the turn. The pause after this request is the interval, longer
// for a host that complained, and a little more.
func (p *Pace) take(ctx context.Context, o *Options, name string, interval time.Duration) (end func(), err error) {
	h := p.host(name)
	select {
	case h.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	end = func() { <-h.turn }
	if wait := h.wait(o.Clock()); wait > 0 {
		if err := o.Sleep(ctx, wait); err != nil {
			end()
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		end()
		return nil, context.Cause(ctx)
	}
	h.rest(o.Clock(), interval)
	return end, nil
}

// rest begins the pause after a request.
func (h *hostPace) rest(now time.Time, interval time.Duration) {
	h.mu.Lock()
	pause := interval << h.slow
	h.mu.Unlock()
	if most := int64(interval / jitterShare); most > 0 {
		pause += time.Duration(rand.Int64N(most))
	}
	h.hold(now.Add(pause))
}

// complained notes a 429 or 503: the host is asked at half the rate from now on.
func (p *Pace) complained(name string) {
	h := p.host(name)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.slow, h.good = min(h.slow+1, maxSlow), 0
}

// answered notes a good answer; enough of them in a row double the rate again, up to
// the source's.
func (p *Pace) answered(name string) {
	h := p.host(name)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.good++; h.good >= recovery && h.slow > 0 {
		h.slow, h.good = h.slow-1, 0
	}
}

// block keeps all collectors from a host that sent a challenge, until then.
func (p *Pace) block(name string, challenge *PageError, until time.Time) {
	h := p.host(name)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.blocked, h.until = challenge, until
}

// blocking returns the challenge for which a host is not asked now, nil for none.
func (p *Pace) blocking(name string, now time.Time) *PageError {
	h := p.host(name)
	h.mu.Lock()
	defer h.mu.Unlock()
	if !now.Before(h.until) {
		return nil
	}
	return h.blocked
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

func (h *hostPace) wait(now time.Time) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.next.Sub(now)
}
