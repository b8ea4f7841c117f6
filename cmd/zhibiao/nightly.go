package main

import (
	"context"
	"fmt"

	"zhibiao/pipeline"
	"zhibiao/pipeline/schedule"
	"zhibiao/pipeline/stream"
)

// newGuard returns what keeps two runs of a source apart. A process that has the
// embedded broker is alone with it; with an external one the guard also holds
// against other processes.
func (a *app) newGuard(ctx context.Context, broker *stream.Broker) (*schedule.Guard, error) {
	leases, err := broker.Leases(ctx, 0)
	if err != nil {
		return nil, environment("preparing the schedule", err)
	}
	if a.embedded == nil {
		return schedule.NewGuard(leases), nil
	}
	if err := leases.Forget(ctx); err != nil {
		return nil, environment("preparing the schedule", err)
	}
	return schedule.NewGuard(nil), nil
}

// newScheduler returns the scheduler of the nightly runs.
func (l *line) newScheduler(ctx context.Context, jobs []schedule.Job) (*schedule.Scheduler, error) {
	broker, err := l.app.broker(ctx)
	if err != nil {
		return nil, err
	}
	slots, err := broker.Slots(ctx)
	if err != nil {
		return nil, environment("preparing the schedule", err)
	}
	leases, err := broker.Leases(ctx, 0)
	if err != nil {
		return nil, environment("preparing the schedule", err)
	}
	s := l.app.settings.Schedule
	scheduler, err := schedule.New(jobs, schedule.Config{
		Slots: slots, Leases: leases, Guard: l.guard, Clock: now, Logger: l.app.log,
		Jitter: s.jitter(), CatchUp: s.CatchUp, Parallel: s.Parallel, Alone: l.app.embedded != nil,
	})
	return scheduler, pipeline.WithExit(pipeline.ExitYourInput, err)
}

// nightlyJobs gives each scheduled source its run. A source that no person has
// seen to work is not sent to a publisher by itself; waiting counts these.
func (l *line) nightlyJobs() (jobs []schedule.Job, waiting int, err error) {
	for _, source := range l.app.set.Sources() {
		if source.Schedule == "" || !canFetch(source) {
			continue
		}
		if source.Verified == "never" {
			waiting++
			continue
		}
		if _, err := schedule.Parse(source.Schedule); err != nil {
			return nil, 0, pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("source %s: %w", source.Name, err))
		}
		jobs = append(jobs, schedule.Job{Name: source.Name, Expression: source.Schedule, Run: func(ctx context.Context, trigger string) (pipeline.Run, error) {
			return l.runSource(ctx, source, pipeline.Window{}, trigger)
		}})
	}
	return jobs, waiting, nil
}

// runNow runs a source once no other run of it is under way; told is called if
// that takes a wait.
func (l *line) runNow(ctx context.Context, source *pipeline.Source, window pipeline.Window, trigger string, told func(*schedule.BusyError)) (run pipeline.Run, err error) {
	err = l.guard.Wait(ctx, source.Name, trigger, told, func(ctx context.Context) error {
		run, err = l.runSource(ctx, source, window, trigger)
		return err
	})
	return run, err
}
