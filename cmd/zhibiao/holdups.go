package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zhibiao/pipeline/observe"
	"zhibiao/pipeline/stream"
)

// loadingCheck tells of loading loops, of whichever process, that do not get
// through, and what to do.
func (a *app) loadingCheck() observe.Check {
	return observe.Check{Name: "loading", Look: func(ctx context.Context) error {
		states, err := a.states(ctx)
		if err != nil {
			return err
		}
		held, err := states.Loadings(ctx)
		if err != nil {
			return err
		}
		var problems []error
		for _, l := range held {
			if l.Stale(now()) {
				continue
			}
			what := "waits for the warehouse"
			if l.State == stream.LoadingHalted {
				what = "is halted, because the warehouse is not set up for it"
			}
			problems = append(problems, fmt.Errorf("%s %s since %s, %d attempts: %s; everything stays in the broker, and it goes on by itself",
				l.Consumer, what, l.Since.Format(time.RFC3339), l.Attempts, firstLine(l.Reason)))
		}
		return errors.Join(problems...)
	}}
}

// stoppedCheck tells of sources that were stopped because too much of them was set
// aside.
func (a *app) stoppedCheck() observe.Check {
	return observe.Check{Name: "stopped sources", Look: func(ctx context.Context) error {
		states, err := a.states(ctx)
		if err != nil {
			return err
		}
		stopped, err := states.AllStopped(ctx)
		if err != nil {
			return err
		}
		var problems []error
		for _, s := range stopped {
			problems = append(problems, &stream.StoppedError{Stopped: s})
		}
		return errors.Join(problems...)
	}}
}

func (a *app) states(ctx context.Context) (*stream.States, error) {
	broker, err := a.broker(ctx)
	if err != nil {
		return nil, err
	}
	return broker.States(ctx)
}
