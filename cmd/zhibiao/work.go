package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

func workCommand(c *cli) *cobra.Command {
	var names []string
	var newSeed string
	command := &cobra.Command{
		Use:   "work",
		Short: "Do a part of the work against a broker and a warehouse elsewhere",
		Long: `Do a part of the work against a broker and a warehouse elsewhere, until SIGTERM or
SIGINT. Start as many as are wanted, on as many machines: they share the work.

  collect    runs the schedule; of several one fires, the others stand by
  transform  reads documents; needs the archive (archive.dir on a shared disk)
  load       brings rows to the warehouse; needs warehouse.url

One process with the operator's account, a serve with the same URLs, keeps house.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.serving != nil {
				return pipeline.WithExit(pipeline.ExitYourInput, errors.New("a worker is a process of its own"))
			}
			if newSeed != "" {
				return c.makeSeed(newSeed, names)
			}
			return c.work(cmd.Context(), names)
		},
	}
	command.Flags().StringArrayVar(&names, "role", nil, "collect, transform or load; may be given more than once")
	command.Flags().StringVar(&newSeed, "new-seed", "", "write a new nkey seed to this file, print its public key, and end")
	return command
}

// makeSeed makes what a process signs in at the broker with.
func (c *cli) makeSeed(file string, roles []string) error {
	if len(roles) > 0 {
		return pipeline.WithExit(pipeline.ExitYourInput, errors.New("--new-seed: leave --role out; the broker's configuration says which role a key has"))
	}
	key, err := stream.NewSeed(file)
	if err != nil {
		return pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	c.printf("%s\n", key)
	return nil
}

// parseRoles reads the roles in the order in which work flows, each once.
func parseRoles(names []string) ([]stream.Role, error) {
	if len(names) == 0 {
		return nil, errors.New("--role: want at least one of collect, transform and load")
	}
	asked := map[stream.Role]bool{}
	for _, name := range names {
		role, err := stream.ParseRole(name)
		if err != nil {
			return nil, fmt.Errorf("--role: %w", err)
		}
		asked[role] = true
	}
	return slices.DeleteFunc(stream.Roles(), func(r stream.Role) bool { return !asked[r] }), nil
}

// workSettings checks that what the roles need lies outside of this process.
func (c *cli) workSettings(roles []stream.Role) (settings, error) {
	s, err := loadSettings(c.dataDir, c.configFile)
	switch {
	case err != nil:
	case s.Broker.URL == "":
		err = errors.New("work needs broker.url in the settings: the embedded broker belongs to one process, which `zhibiao serve` is")
	case slices.Contains(roles, stream.LoadRole) && s.Warehouse.URL == "":
		err = errors.New("the role load needs warehouse.url in the settings: the embedded engine belongs to one process, which `zhibiao serve` is")
	}
	return s, err
}

func (c *cli) work(ctx context.Context, names []string) (err error) {
	roles, err := parseRoles(names)
	if err != nil {
		return pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	s, err := c.workSettings(roles)
	if err != nil {
		return pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	if err := os.MkdirAll(c.dataDir, 0o700); err != nil { // not locked: workers share it
		return environment("making the data folder", err)
	}
	a, err := newApp(c.dataDir, s, c.stderr)
	if err != nil {
		return err
	}
	a.roles = roles
	disk := s.Operation.disk(c.dataDir)
	a.guarding = &disk
	defer func() { err = errors.Join(err, a.close()) }()
	l, err := a.startRoles(ctx, roles...)
	if err != nil {
		return err
	}
	defer l.close()
	return c.workOn(ctx, l, roles)
}

// workOn works until ctx ends or a part fails.
func (c *cli) workOn(ctx context.Context, l *line, roles []stream.Role) error {
	a := l.app
	name := strings.TrimPrefix(stream.InboxPrefix(roles...), "_INBOX.")
	o, err := a.operate(ctx, "work-"+name, l, c.stderr)
	if err != nil {
		return err
	}
	defer o.close()
	parts := []func(context.Context) error{l.watch, o.run}
	c.printf("working    %s\n", name)
	if slices.Contains(roles, stream.CollectRole) {
		jobs, waiting, err := l.nightlyJobs()
		if err != nil {
			return err
		}
		scheduler, err := l.newScheduler(ctx, jobs)
		if err != nil {
			return err
		}
		parts = append(parts, scheduler.Run)
		c.printf("schedule   %d sources run by themselves, %d wait until someone has seen them work (verified: never)\n", len(jobs), waiting)
	}
	if slices.Contains(roles, stream.LoadRole) {
		parts = append(parts, a.keepStanding)
	}
	if at := o.address(); at != "" {
		c.printf("health     http://%s/readyz and /metrics\n", at)
	}
	c.printf("ready\n")
	return runUntilFirst(ctx, parts...)
}
