package stream

import (
	"context"
	"errors"
	"testing"
	"time"
)

func mustLeases(t *testing.T, b *Broker, ttl time.Duration) *Leases {
	t.Helper()
	leases, err := b.Leases(t.Context(), ttl)
	if err != nil {
		t.Fatal(err)
	}
	return leases
}

// tryUntil takes the lease as soon as it can be had.
func tryUntil(ctx context.Context, l *Leases, name string, f func(context.Context) error) error {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := l.While(ctx, name, f)
		if !errors.Is(err, ErrHeld) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

func nothing(context.Context) error { return nil }

func TestALeaseHasOneHolderAndIsGivenBackAtOnce(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	a, b := mustLeases(t, e.Broker, time.Minute), mustLeases(t, e.Broker, time.Minute)
	err := a.While(t.Context(), "x", func(ctx context.Context) error {
		if err := b.While(ctx, "x", nothing); !errors.Is(err, ErrHeld) {
			t.Errorf("a second holder: %v", err)
		}
		if err := a.While(ctx, "x", nothing); !errors.Is(err, ErrHeld) {
			t.Errorf("the same process twice: %v", err)
		}
		return b.While(ctx, "y", nothing)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.While(t.Context(), "x", nothing); err != nil {
		t.Errorf("after it was given back: %v", err)
	}
}

func TestALeaseIsKeptForLongerThanItsTimeToLive(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	const ttl = 500 * time.Millisecond
	a, b := mustLeases(t, e.Broker, ttl), mustLeases(t, e.Broker, ttl)
	err := a.While(t.Context(), "x", func(ctx context.Context) error {
		trying, stop := context.WithTimeout(ctx, 4*ttl)
		defer stop()
		if err := tryUntil(trying, b, "x", nothing); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("taken from a holder who renews: %v", err)
		}
		return ctx.Err()
	})
	if err != nil {
		t.Error(err)
	}
}

func TestALeaseOfADeadHolderRunsOut(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	const ttl = 300 * time.Millisecond
	a, b := mustLeases(t, e.Broker, ttl), mustLeases(t, e.Broker, ttl)
	if _, err := a.take(t.Context(), "x", "dead"); err != nil { // and never renewed
		t.Fatal(err)
	}
	began := time.Now()
	if err := tryUntil(within(t, 30*time.Second), b, "x", nothing); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < ttl {
		t.Errorf("taken over after %s, before the time to live of %s", took, ttl)
	}
}

func TestAHolderWhoseLeaseWasTakenIsTold(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	a := mustLeases(t, e.Broker, 200*time.Millisecond)
	err := a.While(within(t, 30*time.Second), "x", func(ctx context.Context) error {
		var entry leaseEntry
		// What another process does that saw no renewal while this one was paused. A
		// renewal may come in between, so it tries again.
		for {
			revision, err := readEntry(t.Context(), a.bucket, "x", &entry)
			if err != nil {
				return err
			}
			if _, err = writeEntry(t.Context(), a.bucket, "x", leaseEntry{"other"}, revision); !errors.Is(err, ErrMoved) {
				break
			}
		}
		<-ctx.Done()
		return context.Cause(ctx)
	})
	if !errors.Is(err, ErrLeaseLost) {
		t.Errorf("the holder was told %v", err)
	}
	var entry leaseEntry
	if _, err := readEntry(t.Context(), a.bucket, "x", &entry); err != nil || entry.Holder != "other" {
		t.Errorf("the lease of the other was given away: %+v %v", entry, err)
	}
}

func TestForgottenLeasesAreFreeAtOnce(t *testing.T) {
	dir := t.TempDir()
	e := startEmbedded(t, dir, Profile{})
	a := mustLeases(t, e.Broker, time.Hour)
	for _, name := range []string{"scheduler", "run.a"} {
		if _, err := a.take(t.Context(), name, "killed"); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"scheduler", "run.a"} {
		if err := a.While(t.Context(), name, nothing); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
