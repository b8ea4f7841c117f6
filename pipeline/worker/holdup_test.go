package worker

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"zhibiao/internal/contract"
	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

// handed is a delivery that notes what becomes of it.
type handed struct{ acknowledged, returned int }

func (h *handed) ID() string                 { return "id" }
func (h *handed) Subject() string            { return "observations.public" }
func (h *handed) Acknowledge() error         { h.acknowledged++; return nil }
func (h *handed) Return(time.Duration) error { h.returned++; return nil }

// saidStates remembers what loops tell.
type saidStates struct {
	mu      sync.Mutex
	held    map[string]stream.Loading
	cleared int
}

func (s *saidStates) SetLoading(_ context.Context, l stream.Loading) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[l.Consumer] = l
	return nil
}

func (s *saidStates) ClearLoading(_ context.Context, consumer string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.held, consumer)
	s.cleared++
	return nil
}

// Fault rows 17 and 18: the warehouse is away, or refuses, for six hours. Three
// loops of a process together try no more than once in 5 s after the first attempt
// of each, by which they find out; nothing becomes a dead
// letter, the state says what is wrong, and everything is loaded afterwards by
// itself (promise 5).
func TestAnOutageOfHoursMakesNoDeadLetterAndFewAttempts(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want stream.LoadingState
	}{
		"away":                   {errors.New("connection refused"), stream.LoadingWaits},
		"not set up for loading": {pipeline.SetUp(errors.New("code 60: no table")), stream.LoadingHalted},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { outageOfHours(t, c.err, c.want) })
		})
	}
}

func outageOfHours(t *testing.T, fault error, want stream.LoadingState) {
	const outage = 6 * time.Hour
	started := time.Now()
	var mu sync.Mutex
	var attempts []time.Time
	loader := func(context.Context, []pipeline.Observation) error {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(started) > outage {
			return nil
		}
		attempts = append(attempts, time.Now())
		return fault
	}
	states := &saidStates{held: map[string]stream.Loading{}}
	config := LoadConfig{}.withDefaults()
	breaker := &breaker{pauses: pauses{first: config.FirstPause, last: config.LastPause}}
	var loops sync.WaitGroup
	var messages []*handed
	for _, consumer := range []string{stream.LoadObservations, stream.LoadRefusals, stream.LoadRecords} {
		message := &handed{}
		messages = append(messages, message)
		l := &loading[pipeline.Observation]{config: config, consumer: consumer, breaker: breaker, log: zap.NewNop(), load: loader,
			holdup: holdup{consumer: consumer, states: states}}
		lot := &lot[pipeline.Observation]{parcels: []parcel{{message, 10}}, rows: contract.Batch(consumer, 10)}
		loops.Go(func() {
			for message.acknowledged == 0 && l.mayFetch(t.Context()) {
				l.settle(t.Context(), lot)
			}
		})
	}
	<-time.After(outage / 2)
	states.mu.Lock()
	fresh := 0
	for consumer, held := range states.held {
		if held.State != want || held.Reason != fault.Error() {
			t.Errorf("after three hours the state of %s is %+v, want %s", consumer, held, want)
		}
		if !held.Stale(time.Now()) { // those that wait for the others to get through say nothing
			fresh++
		}
	}
	states.mu.Unlock()
	if fresh == 0 {
		t.Error("after three hours no loop says that it is held up")
	}
	loops.Wait()
	if len(attempts) < 100 {
		t.Errorf("%d attempts in six hours: nobody looks whether the warehouse is back", len(attempts))
	}
	for i := 1; i < len(attempts); i++ {
		if attempts[i].Equal(started) {
			continue // the first of another loop, begun before any had failed
		}
		if gap := attempts[i].Sub(attempts[i-1]); gap < 5*time.Second {
			t.Fatalf("attempt %d came %s after the one before", i, gap)
		}
	}
	if late := time.Since(started.Add(outage)); late > 3*config.LastPause {
		t.Errorf("everything was loaded %s after the end of the outage", late)
	}
	for _, message := range messages {
		if message.acknowledged != 1 {
			t.Errorf("a message was acknowledged %d times", message.acknowledged)
		}
	}
	if len(states.held) > 0 {
		t.Errorf("after the outage the states are %+v", states.held)
	}
}
