package worker

import (
	"context"
	"sync"
	"time"
)

// breaker stops the intake of all workers of a loop while the other side is
// down. After a pause one worker goes on as a probe; its success lets all go on.
// A loop that does not get through pauses longer each time.
type breaker struct {
	mu      sync.Mutex
	pauses  pauses
	open    bool          // the other side is down
	probing bool          // one worker tries
	until   time.Time     // when the next probe may start
	changed chan struct{} // closed at each change; nil without waiters
}

// fail notes an outage and returns the pause until the next probe.
func (b *breaker) fail() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open && !b.probing {
		return time.Until(b.until) // found by a worker that began before
	}
	pause := b.pauses.take()
	b.open, b.probing, b.until = true, false, time.Now().Add(pause)
	b.announce()
	return pause
}

// succeed closes the breaker.
func (b *breaker) succeed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open {
		b.open, b.probing = false, false
		b.announce()
	}
	b.pauses.reset()
}

// pass notes that a worker found nothing to try the other side with; another may
// probe.
func (b *breaker) pass() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.probing {
		b.probing = false
		b.announce()
	}
}

func (b *breaker) announce() {
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

// wait returns once the caller may take work, or with ctx's error.
func (b *breaker) wait(ctx context.Context) error {
	for {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b.mu.Lock()
		if !b.open {
			b.mu.Unlock()
			return nil
		}
		left := time.Until(b.until)
		if !b.probing && left <= 0 {
			b.probing = true
			b.mu.Unlock()
			return nil
		}
		if b.changed == nil {
			b.changed = make(chan struct{})
		}
		changed, probing := b.changed, b.probing
		b.mu.Unlock()
		b.rest(ctx, changed, probing, left)
	}
}

func (b *breaker) rest(ctx context.Context, changed <-chan struct{}, probing bool, left time.Duration) {
	var due <-chan time.Time
	if !probing {
		timer := time.NewTimer(left)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-changed:
	case <-due:
	}
}
