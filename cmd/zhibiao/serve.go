package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
	"zhibiao/portal"
)

func serveCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run broker, warehouse, schedule and workers in one process",
		Long: `Run broker, warehouse, schedule and workers in one process, until SIGTERM or
SIGINT. Other commands on the same data folder run inside it meanwhile.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.serving != nil {
				return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("a serve has %s open already", c.serving.dir))
			}
			return c.serve(cmd.Context())
		},
	}
}

func (c *cli) serve(ctx context.Context) error {
	settings, err := loadSettings(c.dataDir, c.configFile)
	if err != nil {
		return pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	lock, err := lockFolder(c.dataDir, "serve")
	if err != nil {
		return pipeline.WithExit(pipeline.ExitEnvironment, err)
	}
	defer lock.release()
	disk := settings.Operation.disk(c.dataDir)
	return c.withLine(ctx, settings, func(l *line) error {
		l.app.guarding = &disk
		return c.serveFolder(ctx, l)
	})
}

// serveFolder serves an open folder until ctx ends or a part of it fails.
func (c *cli) serveFolder(ctx context.Context, l *line) error {
	a := l.app
	a.serveLine(l)
	jobs, waiting, err := l.nightlyJobs()
	if err != nil {
		return err
	}
	scheduler, err := l.newScheduler(ctx, jobs)
	if err != nil {
		return err
	}
	control, err := listenControl(ctx, a)
	if err != nil {
		return environment("opening the control socket", err)
	}
	config, certificate, err := a.pages(ctx)
	if err != nil {
		return errors.Join(err, control.Close())
	}
	pages, err := portal.Listen(ctx, a.settings.Pages.Listen, config.Access, certificate)
	if err != nil {
		control.Close()
		return environment("opening the pages", err)
	}
	o, err := a.operate(ctx, "serve", l, c.stderr)
	if err != nil {
		return errors.Join(err, control.Close(), pages.Close())
	}
	defer o.close()
	c.printf("serving %s\n", c.dataDir)
	c.printf("pages      %s  (accounts by zhibiao account add)\n", a.settings.Pages.address(pages.Addr()))
	if a.engineRun != nil {
		c.printf("warehouse  http://%s and clickhouse://%s  (accounts in %s)\n", a.engineRun.HTTPAddr(), a.engineRun.TCPAddr(), a.accountsFile())
	}
	c.printf("schedule   %d sources run by themselves, %d wait until someone has seen them work (verified: never)\n", len(jobs), waiting)
	if at := o.address(); at != "" {
		c.printf("health     http://%s/readyz and /metrics\n", at)
	}
	c.printf("ready\n")
	return runUntilFirst(ctx,
		func(ctx context.Context) error { return serveControl(ctx, control, a) },
		func(ctx context.Context) error {
			return portal.Serve(ctx, pages, config)
		},
		func(ctx context.Context) error { return a.keepAnchor(ctx, config.Audit) },
		scheduler.Run,
		func(ctx context.Context) error { return c.keepHouse(ctx, l) },
		func(ctx context.Context) error { return l.keepDesk(ctx) },
		l.watchFilings,
		func(ctx context.Context) error { return l.watch(ctx) },
		func(ctx context.Context) error { return a.watchBroker(ctx) },
		a.keepStanding,
		o.run,
	)
}

// watch ends the serve when a part of it cannot go on.
func (l *line) watch(ctx context.Context) error {
	var engineEnded <-chan struct{}
	if l.app.engineRun != nil {
		engineEnded = l.app.engineRun.Done()
	}
	select {
	case <-ctx.Done():
		return nil
	case <-l.loops.Done():
		return l.failed()
	case <-engineEnded:
		return environment("keeping the warehouse running", l.app.engineRun.Err())
	}
}

// brokerInterval is how often the embedded broker's health is looked at.
const brokerInterval = 10 * time.Second

// watchBroker restarts the embedded broker when it cannot store any more, as after
// a full disk.
func (a *app) watchBroker(ctx context.Context) error {
	if a.embedded != nil {
		a.embedded.Watch(ctx, brokerInterval)
	}
	return nil
}

// runUntilFirst runs the functions until ctx ends or one of them fails, then ends
// the others and returns the first error.
func runUntilFirst(ctx context.Context, functions ...func(context.Context) error) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	results := make(chan error, len(functions))
	for _, f := range functions {
		go func() { results <- f(running) }()
	}
	var first error
	for range functions {
		if err := <-results; err != nil {
			if first == nil {
				first = err
			}
			stop()
		}
	}
	return first
}
