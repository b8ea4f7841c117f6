package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"zhibiao/pipeline"
	"zhibiao/pipeline/schedule"
	"zhibiao/pipeline/stream"
	"zhibiao/pipeline/worker"
)

// politePause is the shortest pause between two requests to a publisher that the
// collector keeps; virtual hosts need none.
const politePause = time.Second

// windowsShown bounds how many windows a plan prints.
const windowsShown = 40

func (c *cli) printPlan(a *app, plan schedule.Plan, parallel int) {
	least := politePause
	if len(a.settings.Resolve) > 0 {
		least = 0
	}
	requests, takes := plan.Requests(parallel, least)
	atLeast := ""
	if plan.AtLeast {
		atLeast = " at least: how long the lists are is known when they are read"
	}
	c.printf("plan for %s\n", plan.Source.Name)
	c.printf("  windows     %d\n", len(plan.Windows))
	c.printf("  requests    %d%s\n", requests, atLeast)
	c.printf("  minutes     about %.1f, with a pause of %s between two requests to a host\n", takes.Minutes(), max(plan.Source.Limits.Interval, least))
	if plan.WholePages {
		c.printf("  periods     the pages of this source cannot be asked for periods: each place is read whole\n")
	}
	for i, w := range plan.Windows {
		if i == windowsShown {
			c.printf("  window      … and %d more\n", len(plan.Windows)-i)
			break
		}
		c.printf("  window      %s\n", w.Name)
	}
}

// guardBackfill runs the windows unless the backfill is under way already.
func (c *cli) guardBackfill(ctx context.Context, l *line, ledger *stream.Backfills, plan schedule.Plan, id string, parallel int) error {
	err := l.guard.Try(ctx, "backfill."+id, schedule.Backfilled, func(ctx context.Context) error {
		return c.runBackfill(ctx, l, ledger, plan, id, parallel)
	})
	var busy *schedule.BusyError
	if errors.As(err, &busy) {
		return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("backfill %s is running already", id))
	}
	return err
}

func (c *cli) runBackfill(ctx context.Context, l *line, ledger *stream.Backfills, plan schedule.Plan, id string, parallel int) error {
	collector, err := l.newCollector(plan.Source)
	if err != nil {
		return err
	}
	_, derivation, err := l.app.derivation(ctx, plan.Source.Name)
	if err != nil {
		return err
	}
	started := now()
	progress := newProgressLine(c.stdout)
	runner := &schedule.Backfill{
		Ledger: ledger, Clock: now, Parallel: parallel,
		Collect: func(ctx context.Context, w schedule.Window, run string) (pipeline.Run, error) {
			return l.runJob(ctx, worker.Job{
				Source: *plan.Source, Collector: collector, Window: w.Ask, Derivation: derivation, Trigger: schedule.Backfilled, RunID: run,
			})
		},
		Settle: func(ctx context.Context) error {
			if err := l.awaitLoaded(ctx); err != nil {
				return err
			}
			return l.sweep(ctx)
		},
		Progress: func(p schedule.Progress) {
			progress.say("%s %d of %d windows, %d failed, %d documents, about %s left",
				bar(p.Done+p.Failed, p.Windows), p.Done+p.Failed, p.Windows, p.Failed, p.Documents, p.Remaining.Round(time.Second))
		},
	}
	outcome, err := runner.Run(ctx, id, plan.Windows)
	progress.end()
	c.printf("backfill %s: %d of %s done, %d of them earlier, %s, %s\n",
		id, outcome.Done, many(outcome.Windows, "window"), outcome.Earlier, many(outcome.Documents, "document"), now().Sub(started).Round(10*time.Millisecond))
	return c.backfillEnd(ctx, l, id, outcome, err)
}

// backfillEnd tells what is left and chooses the exit code.
func (c *cli) backfillEnd(ctx context.Context, l *line, id string, outcome schedule.Outcome, err error) error {
	for _, w := range outcome.FailedWindows {
		c.printf("  failed: %s: %s\n", w.Name, strings.ReplaceAll(strings.Join(w.Reasons, "; "), "\n", " "))
	}
	if err != nil {
		return environment(fmt.Sprintf("backfilling (go on with: zhibiao backfill --resume %s)", id), err)
	}
	setAside, err := l.untoldLetters(ctx)
	if err != nil {
		return err
	}
	for _, letter := range setAside {
		c.printf("  set aside: %s: %s\n", letter.Stage, firstLine(letter.Reason))
	}
	switch {
	case len(outcome.FailedWindows) > 0:
		return pipeline.WithExit(pipeline.ExitPartly, fmt.Errorf("%d of %s failed; the reasons stand above; go on with: zhibiao backfill --resume %s",
			len(outcome.FailedWindows), many(outcome.Windows, "window"), id))
	case len(setAside) > 0:
		return pipeline.WithExit(pipeline.ExitPartly, errors.New(wereSetAside(len(setAside))+"; the reasons stand above"))
	}
	return nil
}

// bar draws how much is done in ten cells.
func bar(done, all int) string {
	const cells = 10
	full := cells * done / max(all, 1)
	return strings.Repeat("█", full) + strings.Repeat("░", cells-full)
}
