package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zhibiao/pipeline/observe"
	"zhibiao/pipeline/schedule"
	"zhibiao/warehouse"
)

// checks are what has to be well for this process to do its work. l is nil where
// no loops run.
func (a *app) checks(l *line) []observe.Check {
	all := []observe.Check{{Name: "broker", Look: a.lookAtBroker}, a.loadingCheck()}
	if a.opened() != nil {
		all = append(all, observe.Check{Name: "warehouse", Look: a.lookAtWarehouse})
		all = append(all, a.sourcesChecks()...)
	}
	if l != nil {
		all = append(all, observe.Check{Name: "workers", Look: func(context.Context) error { return l.failed() }})
	}
	if disk := a.guarding; disk != nil {
		all = append(all, observe.Check{Name: "disk", Look: func(context.Context) error { return disk.Check() }})
	}
	return all
}

func (a *app) lookAtBroker(ctx context.Context) error {
	broker, err := a.broker(ctx)
	if err != nil {
		return err
	}
	if a.embedded != nil {
		if err := a.embedded.Health(); err != nil {
			return fmt.Errorf("%w; it goes on by itself once it can store: is the disk full?", err)
		}
		return nil
	}
	if err := broker.Alive(ctx); err != nil {
		return fmt.Errorf("%w; what was published waits there, and goes on by itself", err)
	}
	return nil
}

// opened is the warehouse that this process has opened, nil for none.
func (a *app) opened() *warehouse.Warehouse {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.writing
}

func (a *app) lookAtWarehouse(ctx context.Context) error {
	if err := a.opened().Ping(ctx); err != nil {
		return fmt.Errorf("%w; rows wait in the broker and are loaded when it is back", err)
	}
	return nil
}

// Names of the checks on sources. Those silent for a quarter are a check of their
// own, so that an alert about them does not drown among the others.
const (
	lateSources   = "sources"
	brokenSources = "sources silent for a quarter"
)

// sourcesChecks ask the warehouse for the last runs of the sources that run by
// themselves. What was due before this process began is not held against a source
// that never ran.
func (a *app) sourcesChecks() []observe.Check {
	began := now()
	check := func(name string, judge func([]observe.Expectation, time.Time, time.Duration) error) observe.Check {
		return observe.Check{Name: name, Look: func(ctx context.Context) error {
			expected, err := a.expectations(ctx, began)
			if err != nil {
				return err
			}
			return judge(expected, now(), a.settings.Operation.grace())
		}}
	}
	return []observe.Check{check(brokenSources, observe.Broken), check(lateSources, observe.Late)}
}

// expectations say when each source that runs by itself was last collected, and when
// it should have been next. One that has only failed is expected since its first run.
func (a *app) expectations(ctx context.Context, began time.Time) ([]observe.Expectation, error) {
	runs, err := a.opened().LastRuns(ctx)
	if err != nil {
		return nil, err
	}
	var all []observe.Expectation
	for _, s := range a.set.Sources() {
		if s.Schedule == "" || !canFetch(s) || s.Verified == neverVerified {
			continue
		}
		expression, err := schedule.Parse(s.Schedule)
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", s.Name, err)
		}
		last := runs[s.Name]
		since := last.SucceededAt
		if since.IsZero() {
			since = began
			if !last.FirstAt.IsZero() && last.FirstAt.Before(began) {
				since = last.FirstAt
			}
		}
		all = append(all, observe.Expectation{
			Source: s.Name, Last: last.SucceededAt, Since: since, Next: expression.Next(since.In(schedule.Shanghai)), Reason: last.Failure,
		})
		if !last.SucceededAt.IsZero() {
			a.metrics.Succeeded(s.Name, last.SucceededAt)
		}
	}
	return all, nil
}

// deadCheck tells of messages that were set aside.
func (a *app) deadCheck() observe.Check {
	return observe.Check{Name: "dead letters", Look: func(ctx context.Context) error {
		broker, err := a.broker(ctx)
		if err != nil {
			return err
		}
		dead, err := broker.OpenLetters(ctx)
		if err != nil || dead == 0 {
			return err
		}
		return errors.New(wereSetAside(dead) + "; `zhibiao dead list` has the reasons, `zhibiao dead replay` tries again after the cause is mended")
	}}
}

// A stream that is as full as this, in percent, is told before publishing waits.
const fullStream = 80

// roomCheck tells of streams that are nearly full.
func (a *app) roomCheck() observe.Check {
	return observe.Check{Name: "room in the broker", Look: func(ctx context.Context) error {
		broker, err := a.broker(ctx)
		if err != nil {
			return err
		}
		depths, err := broker.Depths(ctx)
		if err != nil {
			return err
		}
		for _, d := range depths {
			if d.MaxBytes > 0 && d.Bytes*100 >= uint64(d.MaxBytes)*fullStream {
				return fmt.Errorf("stream %s has %d of %d MiB: collecting will wait when it is full; look why %s does not keep up (`zhibiao status`), or raise broker.max_store",
					d.Stream, d.Bytes>>20, d.MaxBytes>>20, d.Consumer)
			}
		}
		return nil
	}}
}
