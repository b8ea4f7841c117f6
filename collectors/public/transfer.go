package public

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// rateGrace is how long a transfer may take before its rate counts.
const rateGrace = 10 * time.Second

// errSlow is why a transfer was given up.
var errSlow = errors.New("the transfer stands still or trickles")

// steady is a body that must keep coming: a byte within idle, and after the grace
// a least rate on average. One goroutine reads it.
type steady struct {
	source  io.Reader
	idle    time.Duration
	rate    int64 // bytes a second
	grace   time.Duration
	begun   time.Time
	count   int64
	alarm   *time.Timer
	silent  atomic.Bool // the alarm has rung
	trickle error       // why it was given up, if it was for its rate
}

// watch begins to watch a body; silence ends the request by cancel. The caller
// calls fault when the body was read.
func (r *run) watch(body io.Reader, cancel context.CancelCauseFunc) *steady {
	s := &steady{source: body, idle: r.limits.Idle, rate: r.limits.MinRate, grace: r.grace, begun: time.Now()}
	s.alarm = time.AfterFunc(s.idle, func() {
		s.silent.Store(true)
		cancel(errSlow)
	})
	return s
}

// fault ends the watch and returns why the transfer was given up, nil where it was
// not.
func (s *steady) fault() error {
	s.alarm.Stop()
	if s.trickle == nil && s.silent.Load() {
		return fmt.Errorf("%w: no byte for %s", errSlow, s.idle)
	}
	return s.trickle
}

// Read implements io.Reader.
func (s *steady) Read(into []byte) (int, error) {
	n, err := s.source.Read(into)
	s.count += int64(n)
	if err != nil {
		return n, err
	}
	if passed := time.Since(s.begun); passed > s.grace && float64(s.count) < float64(s.rate)*passed.Seconds() {
		s.trickle = fmt.Errorf("%w: %d bytes in %s", errSlow, s.count, passed.Round(time.Millisecond))
		return n, s.trickle
	}
	s.alarm.Reset(s.idle)
	return n, nil
}
