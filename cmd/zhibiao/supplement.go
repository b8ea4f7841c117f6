package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"zhibiao/collectors/supplement"
	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/audit"
)

// supplementSettings say how counties supplement.
type supplementSettings struct {
	// CityDays is how long a city may comment on or return an entry; 10.
	CityDays int `yaml:"city_days"`
}

func (s supplementSettings) check(problem func(format string, args ...any)) {
	const most = 90
	if s.CityDays < 0 || s.CityDays > most {
		problem("supplement.city_days: %d is not between 1 and %d; leave it out for 10", s.CityDays, most)
	}
}

// desk returns the desk at which counties supplement, opened once.
func (a *app) desk(ctx context.Context) (*supplement.Desk, error) {
	a.desking.Lock()
	defer a.desking.Unlock()
	if a.atDesk != nil {
		return a.atDesk, nil
	}
	opened, err := a.openDesk(ctx)
	if err == nil {
		a.atDesk = opened
	}
	return opened, err
}

func (a *app) openDesk(ctx context.Context) (*supplement.Desk, error) {
	store, err := a.archive()
	if err != nil {
		return nil, err
	}
	broker, err := a.broker(ctx)
	if err != nil {
		return nil, err
	}
	trail, err := a.audit(ctx)
	if err != nil {
		return nil, err
	}
	entries, err := broker.Entries(ctx)
	if err != nil {
		return nil, environment("opening the entries", err)
	}
	drafts, err := broker.Drafts(ctx)
	if err != nil {
		return nil, environment("opening the drafts", err)
	}
	return supplement.New(supplement.Config{
		Entries: entries, Drafts: drafts, Evidences: store, Numbers: countyNumbers{a}, Clock: now,
		Indicators: a.set.Indicators(), Units: a.set.Units(), CityDays: a.settings.Supplement.CityDays,
		Audit: func(ctx context.Context, e supplement.Event) error { return tellAudit(ctx, trail, e) },
	})
}

// tellAudit puts an event into the trail in the name of who did it, whoever ctx is for:
// it may be told later by somebody else.
func tellAudit(ctx context.Context, trail *audit.Log, e supplement.Event) error {
	role := account.Role(e.Role)
	ctx = account.With(audit.With(ctx, audit.By{Who: e.Account, Role: role, From: e.Address}), account.Account{Name: e.Account, Role: role})
	detail := map[string]string{"event": e.ID, "done_at": e.At.Format(time.RFC3339Nano)}
	if e.Detail != "" {
		detail["detail"] = e.Detail
	}
	return trail.Record(ctx, audit.Event{What: "entry." + string(e.Act), Object: e.Subject, Region: e.Region, Detail: detail})
}

// countySource returns the source that accepted entries belong to.
func (a *app) countySource() (*pipeline.Source, error) {
	source, err := a.set.Source(supplement.Source)
	return source, pipeline.WithExit(pipeline.ExitYourInput, err)
}

// handOver makes documents of what was accepted and is none yet.
func (l *line) handOver(ctx context.Context, desk *supplement.Desk) (pipeline.Run, error) {
	source, err := l.app.countySource()
	if err != nil {
		return pipeline.Run{}, err
	}
	run, err := l.runCollector(ctx, source, desk.Collector(), pipeline.Window{}, "accepted")
	if err == nil && len(run.Failures) > 0 {
		err = environment("handing over what was accepted", errors.New(run.Failures[0]))
	}
	return run, err
}

// deskInterval is how often the desk is looked at without a signal.
const deskInterval = time.Minute

// keepDesk makes documents of what is accepted, tells the audit trail what a killed
// process left untold, and keeps the warehouse's table of own indicators, until ctx
// ends.
func (l *line) keepDesk(ctx context.Context) error {
	desk, err := l.app.desk(ctx)
	if err != nil {
		return err
	}
	if err := l.app.showLocals(ctx, desk); err != nil && ctx.Err() == nil {
		l.app.log.Error("showing the counties' own indicators failed", zap.Error(err))
	}
	ticker := time.NewTicker(deskInterval)
	defer ticker.Stop()
	for {
		if err := l.tendDesk(ctx, desk); err != nil && ctx.Err() == nil {
			l.app.log.Error("tending the counties' entries failed", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-desk.Decided():
		}
	}
}

func (l *line) tendDesk(ctx context.Context, desk *supplement.Desk) error {
	waiting, err := desk.Undelivered(ctx)
	if err == nil && waiting > 0 {
		if err = l.app.showLocals(ctx, desk); err == nil {
			_, err = l.handOver(ctx, desk)
		}
	}
	return errors.Join(err, desk.Settle(ctx))
}

// showLocals brings the warehouse's table of own indicators up to date: those of the
// configuration and those that counties have added.
func (a *app) showLocals(ctx context.Context, desk *supplement.Desk) error {
	locals, err := desk.Locals(ctx)
	if err != nil || len(locals) == 0 {
		return err
	}
	w, err := a.warehouse(ctx)
	if err != nil {
		return err
	}
	expected := a.expected()
	expected.Locals = append(append([]pipeline.LocalIndicator(nil), expected.Locals...), locals...)
	if err := w.LoadExpectations(ctx, expected, expectedUntil(now())); err != nil {
		return fmt.Errorf("loading the own indicators of counties: %w", err)
	}
	return nil
}
