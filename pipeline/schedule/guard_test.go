package schedule

import (
	"context"
	"sync"
	"testing"
	"time"
)

func TestAManualRunAndTheNightDoNotOverlap(t *testing.T) {
	l, c := startLedger(t), clockAt("2026-11-20 12:00")
	n := &nights{clock: c}
	s := l.newScheduler(t, c, nil, n.job("s", "30 2 * * *"))
	s.lookAndWait(t.Context())
	c.set("2026-11-21 02:30")
	guard := s.config.Guard
	err := guard.Wait(t.Context(), "s", Manual, nil, func(context.Context) error {
		s.lookAndWait(t.Context()) // the night comes while the manual run is under way
		n.want(t)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.lookAndWait(t.Context())
	n.want(t, firing{"11-21 02:30", Nightly})
}

func TestAManualRunWaitsForTheNightAndSaysSo(t *testing.T) {
	guard := NewGuard(nil)
	inside, finish := make(chan struct{}), make(chan struct{})
	var nightOver bool
	var running sync.WaitGroup
	running.Go(func() {
		guard.Try(t.Context(), "s", Nightly, func(context.Context) error {
			close(inside)
			<-finish
			nightOver = true
			return nil
		})
	})
	<-inside
	err := guard.Wait(t.Context(), "s", Manual, func(busy *BusyError) {
		if busy.With != Nightly || busy.Source != "s" {
			t.Errorf("told %v", busy)
		}
		close(finish)
	}, func(context.Context) error {
		if !nightOver {
			t.Error("the manual run began before the night was over")
		}
		return nil
	})
	running.Wait()
	if err != nil {
		t.Error(err)
	}
}

func TestAGuardWithLeasesHoldsAgainstOtherProcesses(t *testing.T) {
	l := startLedger(t)
	here, there := NewGuard(l.leases(t, time.Minute)), NewGuard(l.leases(t, time.Minute))
	err := here.Try(t.Context(), "s", Nightly, func(ctx context.Context) error {
		return there.Try(ctx, "s", Manual, func(context.Context) error {
			t.Error("two processes run one source")
			return nil
		})
	})
	if !contains(err, "another process") {
		t.Errorf("got %v", err)
	}
	if err := there.Try(t.Context(), "s", Manual, func(context.Context) error { return nil }); err != nil {
		t.Errorf("after the other process: %v", err)
	}
}
