package main

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
)

// standingInterval is how often the view latest is brought up to date. To look
// whether anything is to do costs the warehouse a few milliseconds.
const standingInterval = 2 * time.Second

// keepStanding brings the view latest up to date with what is loaded, until ctx ends.
func (a *app) keepStanding(ctx context.Context) error {
	ticker := time.NewTicker(standingInterval)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			err := a.refreshStanding(ctx)
			if err != nil && ctx.Err() == nil && !failing {
				a.log.Error("the latest values stay behind", zap.Error(err))
			}
			failing = err != nil
		}
	}
}

// refreshStanding brings the view latest up to date with what is loaded.
func (a *app) refreshStanding(ctx context.Context) error {
	w, err := a.warehouse(ctx)
	if err != nil {
		return err
	}
	if _, err := w.RefreshStanding(ctx); err != nil {
		return environment("bringing the latest values up to date", err)
	}
	return nil
}

// standingLate is from when on it is a fault that latest is behind.
const standingLate = 5 * time.Minute

// checkStanding tells when the view latest stays behind what is loaded.
func (a *app) checkStanding(ctx context.Context) error {
	w, err := a.warehouse(ctx)
	if err != nil {
		return err
	}
	behind, err := w.StandingBehind(ctx)
	if err != nil {
		return err
	}
	if late := time.Since(behind.Since); behind.Regions > 0 && late > standingLate {
		return fmt.Errorf("the view latest does not know what was loaded of %d regions up to %s ago: "+
			"the log of the process that loads says why; the view resolved is up to date", behind.Regions, late.Round(time.Minute))
	}
	return nil
}
