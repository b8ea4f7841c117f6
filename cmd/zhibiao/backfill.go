package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
	"zhibiao/pipeline/schedule"
	"zhibiao/pipeline/stream"
)

// backfillFlags are what a backfill is asked for.
type backfillFlags struct {
	source, from, to string
	regions          []string
	planOnly         bool
	parallel         int
	resume           string
}

func backfillCommand(c *cli) *cobra.Command {
	var f backfillFlags
	command := &cobra.Command{
		Use:   "backfill",
		Short: "Collect past periods, in windows, so that it can be stopped and resumed",
		Long: `Collect past periods of one source. The periods and regions are divided into
windows, each a run of its own; --plan only prints them, with the requests and
minutes that they take. What ended is in a ledger: --resume goes on with the
windows that failed or never ran, and only with those.`,
		Example: `  zhibiao backfill --source nbs-nation-month --from 2015 --to 2024 --plan
  zhibiao backfill --source nbs-nation-month --from 2015 --to 2024
  zhibiao backfill --resume nbs-nation-month-20261124-153000`,
	}
	flags := command.Flags()
	flags.StringVar(&f.source, "source", "", "source to backfill")
	flags.StringVar(&f.from, "from", "", "first period: 2015, 2015-Q1 or 2015-01")
	flags.StringVar(&f.to, "to", "", "last period: 2024, 2024-Q4 or 2024-12")
	flags.StringSliceVar(&f.regions, "region", nil, "GB/T 2260 code to ask for, may be repeated (default: all)")
	flags.BoolVar(&f.planOnly, "plan", false, "print the plan and end")
	flags.IntVar(&f.parallel, "parallel", 2, "windows that run at once; a host is asked by one at a time whatever it is")
	flags.StringVar(&f.resume, "resume", "", "go on with the backfill of this id")
	command.RunE = c.makingFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error {
		if err := f.check(); err != nil {
			return pipeline.WithExit(pipeline.ExitYourInput, err)
		}
		return c.backfill(ctx, a, f)
	})
	return command
}

const mostWindowsAtOnce = 32

func (f *backfillFlags) check() error {
	asked := f.source != "" || f.from != "" || f.to != "" || len(f.regions) > 0
	switch {
	case f.resume != "" && asked:
		return errors.New("--resume goes on with what the backfill was asked for: leave --source, --from, --to and --region out")
	case f.resume == "" && (f.source == "" || f.from == "" || f.to == ""):
		return errors.New("name --source, --from and --to, or --resume and the id of a backfill")
	case f.parallel < 1 || f.parallel > mostWindowsAtOnce:
		return fmt.Errorf("--parallel %d: want 1 to %d", f.parallel, mostWindowsAtOnce)
	}
	return nil
}

// backfill plans, and unless only the plan is asked for, runs.
func (c *cli) backfill(ctx context.Context, a *app, f backfillFlags) error {
	if f.planOnly && f.resume == "" {
		plan, ask, err := a.planBackfill(f)
		if err != nil {
			return err
		}
		c.tellFuture(f, ask)
		c.printPlan(a, plan, f.parallel)
		return nil
	}
	broker, err := a.broker(ctx)
	if err != nil {
		return err
	}
	ledger, err := broker.Backfills(ctx)
	if err != nil {
		return environment("asking the broker", err)
	}
	plan, entered, err := c.openBackfill(ctx, a, ledger, f)
	if err != nil {
		return err
	}
	results, err := ledger.Results(ctx, entered.ID)
	if err != nil {
		return environment("asking the broker", err)
	}
	left := len(plan.Windows) - countDone(results)
	if f.planOnly {
		c.printPlan(a, plan, f.parallel)
		c.printf("  done        %s, %d left\n", many(len(plan.Windows)-left, "window"), left)
		return nil
	}
	if left == 0 {
		c.printf("backfill %s: all %d windows are done, nothing is left\n", entered.ID, len(plan.Windows))
		return nil
	}
	l, done, err := a.useLine(ctx)
	if err != nil {
		return err
	}
	defer done()
	return c.guardBackfill(ctx, l, ledger, plan, entered.ID, f.parallel)
}

func countDone(results map[int]stream.WindowResult) int {
	done := 0
	for _, r := range results {
		if r.Done {
			done++
		}
	}
	return done
}

// planBackfill makes the plan of a question.
func (a *app) planBackfill(f backfillFlags) (schedule.Plan, pipeline.Window, error) {
	source, err := a.set.Source(f.source)
	if err != nil {
		return schedule.Plan{}, pipeline.Window{}, pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	first, err := readPeriod("--from", f.from)
	if err != nil {
		return schedule.Plan{}, pipeline.Window{}, err
	}
	last, err := readPeriod("--to", f.to)
	if err != nil {
		return schedule.Plan{}, pipeline.Window{}, err
	}
	ask, err := a.window(f.regions, "")
	if err != nil {
		return schedule.Plan{}, ask, err
	}
	ask.From, ask.To = first.Start, last.End
	if today := todayInShanghai(); ask.From > today {
		return schedule.Plan{}, ask, pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("--from %s lies in the future: there is nothing to collect yet", f.from))
	}
	if ask.From > ask.To {
		return schedule.Plan{}, ask, pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("--from %s is after --to %s", f.from, f.to))
	}
	plan, err := schedule.NewPlan(source, ask, now())
	return plan, ask, pipeline.WithExit(pipeline.ExitYourInput, err)
}

func todayInShanghai() pipeline.Date {
	day := now().In(schedule.Shanghai)
	return pipeline.DateOf(day.Year(), int(day.Month()), day.Day())
}

// tellFuture says that periods which have not ended are not in the plan.
func (c *cli) tellFuture(f backfillFlags, ask pipeline.Window) {
	if today := todayInShanghai(); ask.To > today {
		c.printf("note: --to %s reaches beyond today, %s: what is published by now is collected, and later periods need another backfill or the nightly runs\n", f.to, today)
	}
}

// openBackfill finds the backfill to resume, or enters a new one.
func (c *cli) openBackfill(ctx context.Context, a *app, ledger *stream.Backfills, f backfillFlags) (schedule.Plan, stream.Backfill, error) {
	if f.resume != "" {
		return a.resumeBackfill(ctx, ledger, f.resume)
	}
	plan, ask, err := a.planBackfill(f)
	if err != nil {
		return plan, stream.Backfill{}, err
	}
	if err := ledger.Forget(ctx, now().Add(-backfillsKept)); err != nil {
		return plan, stream.Backfill{}, environment("asking the broker", err)
	}
	entered := stream.Backfill{
		Source: plan.Source.Name, From: ask.From, To: ask.To, Regions: ask.Regions,
		Windows: len(plan.Windows), Digest: plan.Digest(), CreatedAt: now().UTC().Truncate(time.Second),
	}
	stem := entered.Source + "-" + entered.CreatedAt.In(schedule.Shanghai).Format("20060102-150405")
	for n := 1; ; n++ {
		entered.ID = stem
		if n > 1 {
			entered.ID = fmt.Sprintf("%s-%d", stem, n)
		}
		err := ledger.Create(ctx, entered)
		if errors.Is(err, stream.ErrMoved) {
			continue // another one in the same second
		}
		if err != nil {
			return plan, entered, environment("asking the broker", err)
		}
		c.tellFuture(f, ask)
		c.printPlan(a, plan, f.parallel)
		c.printf("backfill %s; if it is stopped, go on with: zhibiao backfill --resume %s\n", entered.ID, entered.ID)
		return plan, entered, nil
	}
}

// backfillsKept is how long the ledger of a backfill is kept.
const backfillsKept = 180 * 24 * time.Hour

// resumeBackfill makes the plan of an entered backfill again, as of the day of it.
func (a *app) resumeBackfill(ctx context.Context, ledger *stream.Backfills, id string) (schedule.Plan, stream.Backfill, error) {
	input := func(format string, args ...any) error {
		return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf(format, args...))
	}
	entered, found, err := ledger.Get(ctx, id)
	if err == nil && !found {
		var all []stream.Backfill
		if all, err = ledger.List(ctx); err == nil {
			return schedule.Plan{}, entered, input("--resume %s: there is no such backfill; %s", id, knownBackfills(all))
		}
	}
	if err != nil {
		return schedule.Plan{}, entered, environment("asking the broker", err)
	}
	source, err := a.set.Source(entered.Source)
	if err != nil {
		return schedule.Plan{}, entered, pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	plan, err := schedule.NewPlan(source, pipeline.Window{From: entered.From, To: entered.To, Regions: entered.Regions}, entered.CreatedAt)
	if err != nil {
		return plan, entered, pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	if plan.Digest() != entered.Digest {
		return plan, entered, input("--resume %s: the file of source %s asks for other things than when the backfill began, so its windows mean something else now: begin a new one; what is archived already is only confirmed",
			id, entered.Source)
	}
	return plan, entered, nil
}

func knownBackfills(all []stream.Backfill) string {
	if len(all) == 0 {
		return "none was begun on this data folder"
	}
	const most = 5
	text := "the last ones are"
	for i, b := range all[max(0, len(all)-most):] {
		if i > 0 {
			text += ","
		}
		text += " " + b.ID
	}
	return text
}
