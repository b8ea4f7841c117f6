package faults_test

import (
	"time"
)

// redelivery is how soon a message in the hands of a killed worker comes back.
const redelivery = 3 * time.Second

func rowTransformerKilled(t *trial) { roleKilled(t, "transform") }
func rowLoaderKilled(t *trial)      { roleKilled(t, "load") }

// roleKilled kills the process of one role again and again while documents come in,
// and once more after that.
func roleKilled(t *trial, role string) {
	w := newTown(t, redelivery)
	workers := map[string]*roleProcess{}
	for _, r := range []string{"transform", "load"} {
		workers[r] = w.startWorker(r)
	}
	c := w.newCollector()
	for night := 1; night <= 2; night++ {
		w.world.SetNight(night)
		collected := c.begin()
		for range killsANight() {
			if !w.atWork() {
				break // killing who has nothing to do proves nothing
			}
			pause(time.Duration(t.random.IntN(150)) * time.Millisecond)
			workers[role].kill()
		}
		w.check(func() error { return <-collected })
		w.faultEnded()
		w.awaitIdle(2 * time.Minute)
	}
	w.judge()
}

// atWork waits a little until something is on its way, and reports whether it is.
func (w *town) atWork() bool {
	return before(5*time.Second, func() bool {
		idle, err := w.operator.Idle(w.Context())
		return err == nil && !idle
	})
}
