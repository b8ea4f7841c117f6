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

// succeed closes the breaker. The success of a worker that began before the other
// side was found down does not: the other loops, and so the server, keep their pause.
func (b *breaker) succeed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open || b.probing {
		b.shut()
	}
}

// dismiss closes the breaker because the caller has nothing left to try the other
// side with: who has will find out.
func (b *breaker) dismiss() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shut()
}

func (b *breaker) shut() {
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

// wait returns once the caller may try the other side, or with ctx's error. While
// the other side is down the caller is the probe and has to report.
func (b *breaker) wait(ctx context.Context) error { return b.await(ctx, true, true) }

// due returns once somebody may try the other side; the caller is no probe.
func (b *breaker) due(ctx context.Context) error { return b.await(ctx, true, false) }

// closed returns once the other side is up.
func (b *breaker) closed(ctx context.Context) error { return b.await(ctx, false, false) }

// await waits until the breaker is closed or, where due says so, until a probe may
// start, which take begins.
func (b *breaker) await(ctx context.Context, due, take bool) error {
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
		if due && !b.probing && left <= 0 {
			b.probing = take
			b.mu.Unlock()
			return nil
		}
		if b.changed == nil {
			b.changed = make(chan struct{})
		}
		changed, untimed := b.changed, b.probing || !due
		b.mu.Unlock()
		b.rest(ctx, changed, untimed, left)
	}
}

func (b *breaker) rest(ctx context.Context, changed <-chan struct{}, untimed bool, left time.Duration) {
	var due <-chan time.Time
	if !untimed {
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
