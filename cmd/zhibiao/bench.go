package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
	"zhibiao/warehouse/bench"
)

func benchCommand(c *cli) *cobra.Command {
	command := &cobra.Command{
		Use:   "bench",
		Short: "Measure this machine",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(benchWarehouseCommand(c))
	return command
}

func benchWarehouseCommand(c *cli) *cobra.Command {
	var dir string
	config := bench.Config{}
	command := &cobra.Command{
		Use:   "warehouse",
		Short: "Make observations in a folder of their own and ask the views, beside a plain table",
		Args:  asYourInput(cobra.NoArgs),
	}
	command.Flags().IntVar(&config.Rows, "rows", 1_000_000, "observations to make, about")
	command.Flags().Uint64Var(&config.Seed, "seed", 1, "decides the observations and the questions")
	command.Flags().IntVar(&config.Questions, "questions", 50, "questions of each kind")
	command.Flags().BoolVar(&config.Again, "again", false, "ask what an earlier run with the same rows and seed left in --dir")
	command.Flags().StringVar(&dir, "dir", "", "empty folder for the engine, kept afterwards (default: a temporary one, removed)")
	command.RunE = func(cmd *cobra.Command, _ []string) error {
		if config.Rows < 1 || config.Questions < 1 {
			return pipeline.WithExit(pipeline.ExitYourInput, errors.New("--rows and --questions must be at least 1"))
		}
		return c.benchWarehouse(cmd.Context(), dir, config)
	}
	return command
}

func (c *cli) benchWarehouse(ctx context.Context, dir string, config bench.Config) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "zhibiao-bench-"); err != nil {
			return environment("making a temporary folder", err)
		}
		defer os.RemoveAll(dir)
	} else if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 && !config.Again {
		return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("the folder %s is not empty; name an empty or new one with --dir", dir))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return environment("making the folder", err)
	}
	a, err := newApp(dir, settings{}, c.stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	w, err := a.warehouse(ctx)
	if err != nil {
		return err
	}
	progress := newProgressLine(c.stderr)
	config.Progress = progress.say
	started := time.Now()
	report, err := bench.Run(ctx, w, config)
	if err != nil {
		return environment("measuring", err)
	}
	progress.say("measured in %s", time.Since(started).Round(time.Second))
	fmt.Fprintln(c.stderr)
	return printBench(c.stdout, report, config.Rows)
}

// mostBytesPerRow is the target of an observation's storage.
const mostBytesPerRow = 20

// printBench prints what was measured and whether it meets its target. A target that
// is missed is a finding, not a failure of the command.
func printBench(to io.Writer, r bench.Report, asked int) error {
	fmt.Fprintf(to, "%d observations were made, --rows asked for %d (whole regions are made); the plain table has %d rows\n", r.Rows, asked, r.PlainRows)
	fmt.Fprintf(to, "%.2f bytes each, target ≤ %d: %s\n\n", r.BytesPerRow(), mostBytesPerRow, verdict(r.BytesPerRow() <= mostBytesPerRow))
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "question\tp50 ms\tp95 ms\tplain p50\tplain p95\tratio p95\ttarget\tverdict\trows\t")
	for _, q := range r.Results {
		target, met := "–", "–"
		if q.Target > 0 {
			target, met = fmt.Sprintf("≤ %.0f", q.Target), verdict(q.Ratio() <= q.Target)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%.1f\t%s\t%s\t%d\t\n", q.Name, milliseconds(q.Ours.P50), milliseconds(q.Ours.P95),
			milliseconds(q.Plain.P50), milliseconds(q.Plain.P95), q.Ratio(), target, met, q.AnswerRows)
	}
	return table.Flush()
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }
