package schedule

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"go.uber.org/zap"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

// fire runs what is due for a source. While the source is busy nothing is claimed,
// so that the slot is caught up when it no longer is.
func (s *Scheduler) fire(ctx context.Context, t *turn, what due) error {
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	err := s.config.Guard.Try(ctx, t.job.Name, s.trigger(t, what), func(held context.Context) error {
		slot, err := s.claim(held, t, what)
		if errors.Is(err, stream.ErrMoved) {
			return nil // another scheduler was first
		}
		if err != nil {
			return err
		}
		return s.run(ctx, held, t, slot)
	})
	var busy *BusyError
	if errors.As(err, &busy) {
		return nil
	}
	return err
}

// trigger tells a night that comes in time from one that is caught up.
func (s *Scheduler) trigger(t *turn, what due) string {
	if what.takeUp != nil || len(what.missed) > 0 || s.config.Clock().Sub(what.slot.Add(t.wait)) > lateness {
		return CatchUp
	}
	return Nightly
}

// claim makes the slot ours before anything is fetched. The missed ones before it
// are claimed first: once the newest is ours, a scheduler that was paused finds
// none of them free.
func (s *Scheduler) claim(ctx context.Context, t *turn, what due) (stream.Slot, error) {
	now := s.config.Clock().UTC()
	if what.takeUp != nil {
		slot := *what.takeUp
		slot.State, slot.Trigger, slot.Holder, slot.ClaimedAt, slot.FinishedAt = stream.SlotRunning, CatchUp, s.holder, now, time.Time{}
		slot.Attempt++
		return s.config.Slots.Update(ctx, slot)
	}
	for _, at := range what.missed {
		_, err := s.config.Slots.Claim(ctx, stream.Slot{
			Source: t.job.Name, At: at.UTC(), State: stream.SlotCovered, Holder: s.holder, CoveredBy: what.slot.UTC(), ClaimedAt: now,
		})
		if err != nil && !errors.Is(err, stream.ErrMoved) {
			return stream.Slot{}, err
		}
	}
	return s.config.Slots.Claim(ctx, stream.Slot{
		Source: t.job.Name, At: what.slot.UTC(), State: stream.SlotRunning, Trigger: s.trigger(t, what), Holder: s.holder, Attempt: 1, ClaimedAt: now,
	})
}

// settleWithin bounds the writing of a slot's end, also after ctx ended.
const settleWithin = 10 * time.Second

// run runs the job of a claimed slot and enters its end.
func (s *Scheduler) run(ctx, held context.Context, t *turn, slot stream.Slot) error {
	run, err := runJob(held, t.job, slot.Trigger)
	slot.FinishedAt = s.config.Clock().UTC()
	slot.Run, slot.Fetched, slot.Failures = run.ID, run.Fetched, len(run.Failures)
	switch {
	case err != nil && held.Err() != nil:
		slot.State = stream.SlotInterrupted // promise 7: it is taken up again
	case err != nil:
		slot.State, slot.Error = stream.SlotFailed, err.Error()
	default:
		slot.State = stream.SlotDone
	}
	for _, failure := range run.Failures {
		s.config.Logger.Error("source failed", zap.String("source", t.job.Name), zap.String("failure", failure))
	}
	settling, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	if _, settled := s.config.Slots.Update(settling, slot); settled != nil {
		err = errors.Join(err, settled)
	}
	return err
}

// runJob turns a panic of the job into its error.
func runJob(ctx context.Context, job Job, trigger string) (run pipeline.Run, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("the run of %s panicked: %v\n%s", job.Name, value, debug.Stack())
		}
	}()
	return job.Run(ctx, trigger)
}
