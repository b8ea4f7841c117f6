package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/pipeline/observe"
)

func statusCommand(c *cli) *cobra.Command {
	var burden bool
	command := &cobra.Command{
		Use:   "status",
		Short: "Show what is stored, what waits and what was set aside",
		RunE: c.inFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error {
			if burden {
				return c.burden(ctx, a)
			}
			return c.status(ctx, a)
		}),
	}
	command.Flags().BoolVar(&burden, "burden", false, "show instead what supplementing has cost the counties, in total")
	return command
}

func (c *cli) status(ctx context.Context, a *app) error {
	broker, err := a.broker(ctx)
	if err != nil {
		return err
	}
	ill, err := c.printSources(ctx, a)
	if err != nil {
		return err
	}
	waits, err := c.printHeld(ctx, a)
	if err != nil {
		return err
	}
	if err := c.printProblems(ctx, a, ill || waits); err != nil {
		return err
	}
	depths, err := broker.Depths(ctx)
	if err != nil {
		return environment("asking the broker", err)
	}
	c.printf("work waiting\n")
	for _, d := range depths {
		c.printf("  %-13s %-18s %6d waiting %5d in hand   stream %6d messages, %d of %d MiB\n",
			d.Stream, d.Consumer, d.Waiting, d.InHand, d.Messages, d.Bytes>>20, d.MaxBytes>>20)
	}
	dead, err := broker.OpenLetters(ctx)
	if err != nil {
		return environment("asking the broker", err)
	}
	c.printf("  dead letters  %d\n", dead)
	if err := c.printMarks(a); err != nil {
		return err
	}

	reader, err := a.reader(ctx)
	if err != nil {
		return err
	}
	holdings, err := reader.Holdings(ctx)
	if err != nil {
		return environment("asking the warehouse", err)
	}
	c.printf("stored\n")
	for _, h := range holdings {
		c.printf("  %-28s %6d documents %9d observations %5d open refusals   last known %s\n",
			h.Source, h.Documents, h.Observations, h.OpenRefusals, h.LastKnownAt.Format(time.RFC3339))
	}
	if len(holdings) == 0 {
		c.printf("  nothing yet: zhibiao collect brings something\n")
	}
	free, total, err := a.settings.Operation.disk(a.dir).Space()
	if err != nil {
		return environment("asking for disk space", err)
	}
	c.printf("disk\n  %d of %d GiB free\n", free>>30, total>>30)
	if a.engineRun != nil {
		c.printf("engine\n  http://%s and clickhouse://%s, %d restarts\n", a.engineRun.HTTPAddr(), a.engineRun.TCPAddr(), a.engineRun.Restarts())
	}
	return nil
}

// printProblems says what is wrong beside the sources, and what to do; told is set
// where something was wrong with those.
func (c *cli) printProblems(ctx context.Context, a *app, told bool) error {
	if _, err := a.reader(ctx); err != nil {
		return err
	}
	checks := append(a.checks(nil), a.deadCheck(), a.stoppedCheck(), a.roomCheck(), a.reconciliationCheck(),
		observe.Check{Name: "latest values", Look: a.checkStanding})
	if a.guarding == nil { // else it is among them
		checks = append(checks, observe.Check{Name: "disk", Look: func(context.Context) error { return a.settings.Operation.disk(a.dir).Check() }})
	}
	checks = slices.DeleteFunc(checks, func(c observe.Check) bool { return c.Name == lateSources || c.Name == brokenSources })
	problems := observe.Problems(observe.NewHealth(checks...).Look(ctx))
	if len(problems) == 0 {
		if !told {
			c.printf("all is well\n")
		}
		return nil
	}
	c.printf("not well\n")
	for _, p := range problems {
		c.printf("  %-18s %s\n", p.Name, p.Problem)
	}
	return nil
}

// printMarks names the sources whose publishers keep us out: their gaps go to the
// province, and nobody works around it.
func (c *cli) printMarks(a *app) error {
	known, err := a.publishers()
	if err != nil {
		return err
	}
	marks, err := known.Marks()
	if err != nil {
		return environment("reading what is known of publishers", err)
	}
	for _, m := range marks {
		c.printf("  %-13s %s since %s at %s: %s; ask the publisher, and ask the province for what is missing\n",
			m.Source, m.State, m.Since.Format(time.DateOnly), m.URL, m.Sign)
	}
	return nil
}
