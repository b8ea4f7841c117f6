package worker

import (
	"context"
	"sync"
	"time"

	"zhibiao/pipeline/stream"
)

// stopsFresh is how long an answer about a source is good for: a source that is
// fetched without a pause costs no question a document.
const stopsFresh = time.Second

// stops asks whether sources are stopped, now and then.
type stops struct {
	states *stream.States

	mu    sync.Mutex
	known map[string]stopAnswer
}

type stopAnswer struct {
	at      time.Time
	stopped *stream.Stopped
}

// check returns a *stream.StoppedError for a source that is stopped.
func (s *stops) check(ctx context.Context, source string) error {
	s.mu.Lock()
	answer, found := s.known[source]
	s.mu.Unlock()
	if !found || time.Since(answer.at) > stopsFresh {
		stopped, err := s.states.Stopped(ctx, source)
		if err != nil {
			return err
		}
		answer = stopAnswer{time.Now(), stopped}
		s.mu.Lock()
		s.known[source] = answer
		s.mu.Unlock()
	}
	if answer.stopped != nil {
		return &stream.StoppedError{Stopped: *answer.stopped}
	}
	return nil
}

// forget makes the next check ask.
func (s *stops) forget(source string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, source)
}
