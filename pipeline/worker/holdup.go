package worker

import (
	"context"
	"time"

	"go.uber.org/zap"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

// holdup tells other processes that a loading loop is held up, and why.
type holdup struct {
	consumer string
	states   interface {
		SetLoading(ctx context.Context, l stream.Loading) error
		ClearLoading(ctx context.Context, consumer string) error
	}
	told     bool // that it is held up, or a process before this one may have
	since    time.Time
	attempts int
}

// tellTimeout bounds telling: a broker that is away too must not hold up the loop.
const tellTimeout = 2 * time.Second

// mayFetch waits until the loop may take messages: while the warehouse is away
// nothing is fetched but what the loop tries it with again. false says stop.
func (l *loading[T]) mayFetch(ctx context.Context) bool {
	if l.owes.Load() {
		return l.breaker.due(ctx) == nil
	}
	return l.breaker.closed(ctx) == nil
}

// nothingOwed notes that what was given back is with somebody else now, so that
// the other loops find out for themselves whether the warehouse is there.
func (l *loading[T]) nothingOwed() {
	if l.owes.Swap(false) {
		l.breaker.dismiss()
	}
}

// through notes that a load got through.
func (l *loading[T]) through(ctx context.Context) {
	l.breaker.succeed()
	l.owes.Store(false)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.holdup.told {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, tellTimeout)
	defer cancel()
	if err := l.holdup.states.ClearLoading(ctx, l.consumer); err != nil {
		l.log.Warn("status is behind", zap.Error(err))
		return
	}
	if l.holdup.attempts > 0 {
		l.log.Info("loading goes on", zap.Duration("after", time.Since(l.holdup.since)), zap.Int("attempts", l.holdup.attempts))
	}
	l.holdup = holdup{consumer: l.consumer, states: l.holdup.states}
}

// heldUp notes an attempt that failed and returns the pause until the next.
func (l *loading[T]) heldUp(ctx context.Context, rows int, err error) time.Duration {
	pause := l.breaker.fail()
	state := stream.LoadingWaits
	tell := l.log.Warn
	if pipeline.IsSetUp(err) {
		state, tell = stream.LoadingHalted, l.log.Error
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holdup.attempts == 0 {
		l.holdup.since = time.Now()
	}
	l.holdup.told = true
	l.holdup.attempts++
	tell("loading is held up", zap.String("state", string(state)), zap.Int("rows", rows),
		zap.Int("attempt", l.holdup.attempts), zap.Duration("pause", pause), zap.Error(err))
	ctx, cancel := context.WithTimeout(ctx, tellTimeout)
	defer cancel()
	if err := l.holdup.states.SetLoading(ctx, stream.Loading{
		Consumer: l.consumer, State: state, Since: l.holdup.since.UTC(), Tried: time.Now().UTC(), Attempts: l.holdup.attempts, Reason: err.Error(),
	}); err != nil {
		l.log.Warn("status is behind", zap.Error(err))
	}
	return pause
}
