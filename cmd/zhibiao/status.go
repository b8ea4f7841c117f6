package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

func statusCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show what is stored, what waits and what was set aside",
		RunE: c.inFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error {
			return c.status(ctx, a)
		}),
	}
}

func (c *cli) status(ctx context.Context, a *app) error {
	broker, err := a.broker(ctx)
	if err != nil {
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
	dead, err := broker.DeadLetters(ctx)
	if err != nil {
		return environment("asking the broker", err)
	}
	c.printf("  dead letters  %d\n", dead)

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
	free, total, err := diskSpace(a.dir)
	if err != nil {
		return environment("asking for disk space", err)
	}
	c.printf("disk\n  %d of %d GiB free\n", free>>30, total>>30)
	if a.engineRun != nil {
		c.printf("engine\n  http://%s, %d restarts\n", a.engineRun.HTTPAddr(), a.engineRun.Restarts())
	}
	return nil
}

// diskSpace returns the free and all bytes of the file system of a folder.
func diskSpace(dir string) (free, total uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}
