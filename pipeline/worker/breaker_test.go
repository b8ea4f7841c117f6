package worker

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// What one worker finished that began before another found the other side down says
// nothing of it: the pause is kept, and the probe after it decides.
func TestAnOlderSuccessDoesNotCutThePauseShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const pause = 10 * time.Second
		b := &breaker{pauses: pauses{first: pause, last: pause}}
		began := time.Now()
		b.fail()
		b.succeed()
		if err := b.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited < pause/2 {
			t.Errorf("the next attempt came after %s, want the pause of %s less its jitter", waited, pause)
		}
		b.succeed() // of the probe
		if err := b.closed(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A loop that gave back what it could not load, and finds nothing to probe with, must
// not keep the others waiting.
func TestADismissedBreakerIsClosed(t *testing.T) {
	b := &breaker{pauses: pauses{first: time.Hour, last: time.Hour}}
	b.fail()
	b.dismiss()
	soon, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := b.closed(soon); err != nil {
		t.Error(err)
	}
}
