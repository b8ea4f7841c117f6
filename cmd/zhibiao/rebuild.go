package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/pipeline/rebuild"
	"zhibiao/pipeline/stream"
	"zhibiao/transformers"
	"zhibiao/warehouse"
)

// rebuildOptions are the flags of rebuild.
type rebuildOptions struct {
	verify, incomplete, dropOld, keep bool
	into                              string
	workers, maxRows                  int
	arrange                           func(*rebuild.Plan) // for tests: order and repetition
	made                              func() error        // for tests: before the comparison or the exchange
}

func rebuildCommand(c *cli) *cobra.Command {
	var o rebuildOptions
	command := &cobra.Command{
		Use:   "rebuild",
		Short: "Make the warehouse again from the archive alone, or verify that it equals that",
		Long: `Make all observations, refusals and documents again from the archive alone (bodies,
metadata, readings of older rules), into a second database beside the warehouse.

With --verify the two are compared by digest for every source and decade, the
first difference is named with both rows, and the second database is dropped:
exit code 0 says equal, 1 different. Without it the rebuilt tables take the place
of the warehouse's, which stay in the second database until rebuild --drop-old.

Confirmations and runs are not in the archive: they are not compared, and a rebuild
leaves those of the warehouse where they are.`,
		Example: `  zhibiao rebuild --verify
  zhibiao rebuild
  zhibiao rebuild --drop-old`,
	}
	flags := command.Flags()
	flags.BoolVar(&o.verify, "verify", false, "only compare, and change nothing")
	flags.StringVar(&o.into, "into", "", "name of the second database (default: the warehouse's name with the time)")
	flags.IntVar(&o.workers, "workers", runtime.GOMAXPROCS(0), "lineages that are made at a time")
	flags.IntVar(&o.maxRows, "max-rows", 100_000, "rows of one insert at most")
	flags.BoolVar(&o.keep, "keep", false, "with --verify: keep the second database, to look at it")
	flags.BoolVar(&o.incomplete, "incomplete", false, "put the rebuilt tables in place although some versions cannot be made again")
	flags.BoolVar(&o.dropOld, "drop-old", false, "only drop the databases that earlier rebuilds left")
	command.RunE = c.inFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error {
		if err := o.checkAlone(); err != nil {
			return pipeline.WithExit(pipeline.ExitYourInput, err)
		}
		if o.workers < 1 || o.maxRows < 1 {
			return pipeline.WithExit(pipeline.ExitYourInput, errors.New("--workers and --max-rows are at least 1"))
		}
		if o.dropOld {
			return c.dropOld(ctx, a)
		}
		return c.rebuild(ctx, a, o)
	})
	return command
}

// checkAlone refuses flags that say different things to do.
func (o rebuildOptions) checkAlone() error {
	switch {
	case o.dropOld && (o.verify || o.keep || o.incomplete || o.into != ""):
		return errors.New("--drop-old only drops what earlier rebuilds left: leave --verify, --keep, --incomplete and --into out, or run them for themselves")
	case o.verify && o.incomplete:
		return errors.New("--verify changes nothing, so --incomplete has nothing to allow: leave one of them out")
	case o.keep && !o.verify:
		return errors.New("--keep is of --verify: a rebuild without it keeps what the warehouse held before")
	}
	return nil
}

// rebuilding is one rebuild under way.
type rebuilding struct {
	cli      *cli
	line     *line
	live     *warehouse.Warehouse
	second   *warehouse.Warehouse
	register *register
	plan     *rebuild.Plan
	heads    []rebuild.Problem // lineages whose head in the broker is another one
	o        rebuildOptions
}

func (c *cli) rebuild(ctx context.Context, a *app, o rebuildOptions) (err error) {
	l, done, err := a.useLine(ctx)
	if err != nil {
		return err
	}
	defer done()
	free, err := l.occupy()
	if err != nil {
		return err
	}
	defer free()
	r := &rebuilding{cli: c, line: l, o: o}
	if r.live, err = a.warehouse(ctx); err != nil {
		return err
	}
	if r.register, err = a.register(ctx); err != nil {
		return err
	}
	if !o.verify && r.live.OnCluster() {
		return pipeline.WithExit(pipeline.ExitYourInput, errors.New("the warehouse is a cluster, where a rebuild cannot exchange tables: use rebuild --verify"))
	}
	if err := r.dropRemains(ctx); err != nil {
		return err
	}
	name := o.into
	if name == "" {
		name = r.live.SecondName(now())
	}
	if r.second, err = r.live.MakeSecond(ctx, name); err != nil {
		return err
	}
	defer r.second.Close()
	kept := false
	defer func() {
		if !kept {
			err = errors.Join(err, r.live.DropSecond(context.WithoutCancel(ctx), name))
		}
	}()
	report, err := r.make(ctx)
	if err != nil {
		return err
	}
	if o.verify {
		kept = o.keep
		return r.compare(ctx, report)
	}
	kept, err = r.replace(ctx, report)
	return err
}

// make makes the rows of everything that is placed now, at a moment at which the
// warehouse has all of it. What arrives afterwards is not in the plan, and not in
// the snapshot either.
func (r *rebuilding) make(ctx context.Context) (rebuild.Report, error) {
	if err := r.cut(ctx); err != nil {
		return rebuild.Report{}, err
	}
	if r.o.arrange != nil {
		r.o.arrange(r.plan)
	}
	report, err := r.run(ctx, r.plan)
	report.Problems = append(report.Problems, r.heads...)
	if err == nil && r.o.made != nil {
		err = r.o.made()
	}
	return report, err
}

func (r *rebuilding) cut(ctx context.Context) error {
	resume, err := r.cli.quiet(ctx, r.line)
	if err != nil {
		return err
	}
	defer resume()
	if r.plan, err = r.look(ctx); err != nil {
		return err
	}
	if r.o.verify {
		if r.heads, err = r.register.compare(ctx, r.plan); err != nil {
			return err
		}
	} else if err := r.restoreRegister(ctx); err != nil {
		return err
	}
	if r.o.verify && !r.live.OnCluster() {
		if err := r.live.Snapshot(ctx, r.second); err != nil {
			return environment("taking a snapshot of the warehouse", err)
		}
	}
	return nil
}

// restoreRegister gives the broker back what it lost, before anything is read.
func (r *rebuilding) restoreRegister(ctx context.Context) error {
	heads, derivations, err := r.register.restore(ctx, r.plan)
	if err == nil && heads+derivations > 0 {
		r.cli.printf("the broker had lost %s of lineages and %s: restored from the archive\n", many(heads, "head"), many(derivations, "derivation"))
	}
	return err
}

// quiet pauses the intake of the line and waits until everything that was
// published is loaded: broker, archive and warehouse say the same until resume.
// What waits for a file that the archive has lost does not keep it: nothing moves
// then either, and held tells what waits.
func (l *line) quiet(ctx context.Context) (resume func(), held string, err error) {
	resume, err = l.collect.Pause(ctx)
	if err != nil {
		return nil, "", environment("pausing the intake", err)
	}
	err = l.awaitLoaded(ctx)
	var stalled *stream.StalledError
	if errors.As(err, &stalled) {
		return resume, stalled.Error(), nil
	}
	if err != nil {
		resume()
		return nil, "", err
	}
	return resume, "", nil
}

// quiet is the line's, and tells what waits.
func (c *cli) quiet(ctx context.Context, l *line) (resume func(), err error) {
	resume, held, err := l.quiet(ctx)
	if held != "" {
		c.printf("going on although %s\n", held)
	}
	return resume, err
}

// occupy lets one rebuild or backup at a time work on the line.
func (l *line) occupy() (free func(), err error) {
	if !l.occupied.CompareAndSwap(false, true) {
		return nil, pipeline.WithExit(pipeline.ExitEnvironment, errors.New("a rebuild or a backup is at work on this folder: wait until it ends"))
	}
	return func() { l.occupied.Store(false) }, nil
}

func (r *rebuilding) look(ctx context.Context) (*rebuild.Plan, error) {
	store, err := r.line.app.archive()
	if err != nil {
		return nil, err
	}
	cut, err := rebuild.NewCut(ctx, store)
	if err != nil {
		return nil, environment("looking at the archive", err)
	}
	plan, err := rebuild.NewPlan(ctx, store, cut)
	if err != nil {
		return nil, environment("looking at the archive", err)
	}
	return plan, nil
}

// unchanged refuses a comparison without a snapshot during which somebody else brought documents.
func (r *rebuilding) unchanged(ctx context.Context) error {
	later, err := r.look(ctx)
	if err == nil && later.Versions != r.plan.Versions {
		err = environment("verifying", fmt.Errorf("%d versions came in meanwhile from other workers: stop them, or try again", later.Versions-r.plan.Versions))
	}
	return err
}

// run makes the planned versions and loads them into the second database.
func (r *rebuilding) run(ctx context.Context, plan *rebuild.Plan) (rebuild.Report, error) {
	a := r.line.app
	store, err := a.archive()
	if err != nil {
		return rebuild.Report{}, err
	}
	loader := clickhouse.New(r.second.Conn())
	show := newProgressLine(r.cli.stderr)
	defer show.end()
	reader := transformers.New()
	return rebuild.Run(ctx, plan, rebuild.Config{
		Archive: store,
		Rules: func(source string) (pipeline.Reader, *pipeline.Rules, error) {
			if _, err := a.set.Source(source); err != nil {
				return nil, nil, fmt.Errorf("%w: %w", rebuild.ErrNoRules, err)
			}
			rules, err := a.set.Rules(source, transformers.Parser)
			return reader, rules, err
		},
		Derivation: func(ctx context.Context, source string) (pipeline.Derivation, error) {
			_, derivation, err := a.derivation(ctx, source)
			return derivation, err
		},
		Readings: readings,
		Loader:   loader,
		Records:  loader,
		Workers:  r.o.workers,
		MaxRows:  r.o.maxRows,
		Clock:    now,
		Progress: func(p rebuild.Progress) {
			show.say("rebuilding: %d of %d versions, %d rows, %.0f rows a second", p.Versions, p.OfVersions, p.Rows, float64(p.Rows)/max(p.Elapsed.Seconds(), 0.001))
		},
	})
}
