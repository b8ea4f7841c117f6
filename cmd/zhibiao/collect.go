package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"zhibiao/pipeline"
	"zhibiao/pipeline/schedule"
)

func collectCommand(c *cli) *cobra.Command {
	var sources, regions []string
	var period string
	command := &cobra.Command{
		Use:   "collect",
		Short: "Run sources now; returns when everything is loaded",
		Example: `  zhibiao collect --source nbs-nation-month
  zhibiao collect --region 140121 --period 2024`,
	}
	command.Flags().StringSliceVar(&sources, "source", nil, "source to run, may be repeated (default: all that can be fetched)")
	command.Flags().StringSliceVar(&regions, "region", nil, "GB/T 2260 code to ask for, may be repeated (default: all)")
	command.Flags().StringVar(&period, "period", "", "period to ask for: 2024, 2024-Q2 or 2024-08 (default: the recent ones)")
	command.RunE = c.makingFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error {
		chosen, err := a.chooseSources(sources)
		if err != nil {
			return err
		}
		window, err := a.window(regions, period)
		if err != nil {
			return err
		}
		l, done, err := a.useLine(ctx)
		if err != nil {
			return err
		}
		defer done()
		return c.collect(ctx, l, chosen, window, "manual")
	})
	return command
}

// chooseSources finds the named sources, or all that can be fetched.
func (a *app) chooseSources(names []string) ([]*pipeline.Source, error) {
	if len(names) == 0 {
		var all []*pipeline.Source
		for _, s := range a.set.Sources() {
			if canFetch(s) {
				all = append(all, s)
			}
		}
		return all, nil
	}
	var chosen []*pipeline.Source
	for _, name := range names {
		source, err := a.set.Source(name)
		if err == nil && !canFetch(source) {
			err = fmt.Errorf("source %s only reads archives: it names no place to fetch from", name)
		}
		if err != nil {
			return nil, pipeline.WithExit(pipeline.ExitYourInput, err)
		}
		chosen = append(chosen, source)
	}
	return chosen, nil
}

func canFetch(s *pipeline.Source) bool { return s.API != nil || s.Pages != nil }

// window reads the flags that say what part of the sources is asked for.
func (a *app) window(regions []string, label string) (pipeline.Window, error) {
	window := pipeline.Window{Regions: regions}
	known := map[string]bool{}
	for _, r := range a.set.Regions() {
		known[r.Code] = true
	}
	for _, code := range regions {
		if !known[code] {
			return window, pipeline.WithExit(pipeline.ExitYourInput,
				fmt.Errorf("--region %s: not a code of GB/T 2260 since 1981; six digits, such as 140121", code))
		}
	}
	if label == "" {
		return window, nil
	}
	p, err := readPeriod("--period", label)
	window.From, window.To = p.Start, p.End
	return window, err
}

// readPeriod reads the value of a flag that names a period.
func readPeriod(flag, label string) (pipeline.Period, error) {
	for _, freq := range []pipeline.Freq{pipeline.Annual, pipeline.Quarterly, pipeline.Monthly} {
		if p, err := pipeline.ParsePeriod(freq, pipeline.Flow, label); err == nil {
			return p, nil
		}
	}
	return pipeline.Period{}, pipeline.WithExit(pipeline.ExitYourInput,
		fmt.Errorf("%s %s: want a year, quarter or month: 2024, 2024-Q2 or 2024-08", flag, label))
}

// collect runs the sources one after the other, waits until all is loaded and
// prints a summary. A source that fails does not stop the others; the exit code
// is then 4, or 3 if none could be reached at all.
func (c *cli) collect(ctx context.Context, l *line, sources []*pipeline.Source, window pipeline.Window, trigger string) error {
	started := now()
	failed, fetched := 0, 0
	for _, source := range sources {
		run, err := l.runNow(ctx, source, window, trigger, func(busy *schedule.BusyError) { c.printf("%v; waiting until it is done\n", busy) })
		if err != nil {
			return err
		}
		c.printRun(run)
		fetched += run.Fetched
		if len(run.Failures) > 0 {
			failed++
		}
	}
	if err := l.awaitLoaded(ctx); err != nil {
		return err
	}
	setAside, err := l.untoldLetters(ctx)
	if err != nil {
		return err
	}
	if err := l.sweep(ctx); err != nil {
		l.app.log.Error("keeping house failed", zap.Error(err))
	}
	if len(setAside) > 0 {
		for _, letter := range setAside {
			c.printf("set aside: %s: %s\n", letter.Stage, firstLine(letter.Reason))
		}
		return pipeline.WithExit(pipeline.ExitPartly, errors.New(wereSetAside(len(setAside))+"; the reasons stand above"))
	}
	c.printf("everything is loaded, %s\n", now().Sub(started).Round(10*time.Millisecond))
	switch {
	case failed == 0:
		return nil
	case fetched == 0 && failed == len(sources):
		return pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf("no source yielded anything; the reasons stand above"))
	}
	return pipeline.WithExit(pipeline.ExitPartly, fmt.Errorf("%d of %s failed; the reasons stand above", failed, many(len(sources), "source")))
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func (c *cli) printRun(run pipeline.Run) {
	c.printf("%-28s %3d documents: %d new or changed, %d unchanged\n", run.Source, run.Fetched, run.New, run.Confirmed)
	for _, failure := range run.Failures {
		c.printf("  failed: %s\n", strings.ReplaceAll(failure, "\n", "\n          "))
	}
}
