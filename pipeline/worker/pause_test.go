package worker

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// While the intake is paused nothing is published, and what waited comes in when
// it goes on.
func TestAPausedIntakeLetsNothingInUntilItGoesOn(t *testing.T) {
	r := newRig(t)
	r.open(nil, true)
	defer r.close()
	r.site.pages[page] = "gdp 1"
	r.mustRun()
	r.awaitIdle()
	resume, err := r.collect.Pause(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.site.pages[page] = "gdp 2"
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if _, err := r.run(); err != nil {
			t.Error(err)
		}
	}()
	r.expectValues("gdp", "1")
	select {
	case <-ended:
		t.Error("a run ended while the intake was paused")
	default:
	}
	resume()
	resume() // once more does no harm
	<-ended
	r.awaitIdle()
	r.expectValues("gdp", "1", "2")
}

func TestTheGateWaitsForThoseInsideAndForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		leave, err := g.enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var closed atomic.Int32
		opens := make(chan func(), 2)
		for range 2 {
			go func() {
				open, err := g.close(context.Background())
				if err != nil {
					t.Error(err)
					return
				}
				closed.Add(1)
				opens <- open
			}()
		}
		synctest.Wait()
		if n := closed.Load(); n != 0 {
			t.Errorf("%d closed it while one was inside", n)
		}
		entered := make(chan struct{})
		go func() {
			leave, err := g.enter(context.Background())
			if err != nil {
				t.Error(err)
				return
			}
			leave()
			close(entered)
		}()
		leave()
		for want := range int32(2) {
			synctest.Wait()
			if n := closed.Load(); n != want+1 {
				t.Errorf("%d have closed it, want %d", n, want+1)
			}
			(<-opens)()
		}
		<-entered
	})
}

func TestWhoWaitsAtTheGateGoesWithItsContext(t *testing.T) {
	var g gate
	leave, err := g.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.close(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("closing: %v, want that it was cancelled", err)
	}
	leave()
	open, err := g.close(t.Context())
	if err != nil {
		t.Fatalf("a close that was given up keeps the gate: %v", err)
	}
	if _, err := g.enter(ended); !errors.Is(err, errGateWait) {
		t.Errorf("entering: %v, want that it is paused", err)
	}
	open()
}
