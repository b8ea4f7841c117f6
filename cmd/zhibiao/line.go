package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"zhibiao/collectors/public"
	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/pipeline/archive"
	"zhibiao/pipeline/schedule"
	"zhibiao/pipeline/stream"
	"zhibiao/pipeline/worker"
	"zhibiao/transformers"
	"zhibiao/transformers/check"
)

// line is the running way of a record: a transforming and a loading loop, and
// the collecting one that sources are run through.
type line struct {
	app     *app
	collect *worker.Collect
	pace    *public.Pace
	known   *public.Memory // of publishers, between runs
	bodies  *archive.Archive
	guard   *schedule.Guard
	loops   context.Context // ends with the error of the first loop that fails
	stop    context.CancelCauseFunc
	done    sync.WaitGroup

	occupied atomic.Bool // by a rebuild or a backup

	mu   sync.Mutex
	told uint64 // sequence of the last dead letter that a command has told
}

// quiet is how long a drained stream stays silent before the rows gathered so far
// go to the warehouse.
const quiet = 20 * time.Millisecond

// startLine opens what the line needs, completes what a killed process left
// behind, and starts the loops. They run until stop is called.
func (a *app) startLine(ctx context.Context) (*line, error) {
	return a.startRoles(ctx, stream.Roles()...)
}

// startRoles is startLine for some of the line's roles.
func (a *app) startRoles(ctx context.Context, roles ...stream.Role) (*line, error) {
	store, err := a.archive()
	if err != nil {
		return nil, err
	}
	broker, err := a.broker(ctx)
	if err != nil {
		return nil, err
	}
	l := &line{app: a, pace: public.NewPace()}
	if l.told, err = broker.LastLetter(ctx); err != nil {
		return nil, environment("asking the broker", err)
	}
	loops := map[string]func(context.Context) error{}
	for _, role := range roles {
		switch role {
		case stream.CollectRole:
			err = l.prepareCollect(ctx, store, broker)
		case stream.TransformRole:
			loops["transforming"] = worker.NewTransform(store, broker, a.rulesOf(), readings, a.log, worker.TransformConfig{}).Run
		case stream.LoadRole:
			var loader *clickhouse.Loader
			if loader, err = a.loader(ctx); err == nil {
				counted := a.metrics.Loader(loader, loader)
				loops["loading"] = worker.NewLoad(broker, counted, counted, a.log, worker.LoadConfig{Quiet: quiet}).Run
			}
		}
		if err != nil {
			return nil, err
		}
	}
	l.loops, l.stop = context.WithCancelCause(context.WithoutCancel(ctx))
	for doing, loop := range loops {
		l.run(doing, loop)
	}
	return l, nil
}

// prepareCollect makes the collecting loop, completes what a killed process left
// behind, and makes what keeps two runs of a source apart.
func (l *line) prepareCollect(ctx context.Context, store *archive.Archive, broker *stream.Broker) (err error) {
	if l.collect, err = worker.NewCollect(ctx, store, broker, now, l.app.log); err != nil {
		return environment("preparing to collect", err)
	}
	if _, err := l.collect.Recover(ctx); err != nil { // promise 7
		return environment("taking up where an earlier run stopped", err)
	}
	if l.known, err = l.app.publishers(); err != nil {
		return err
	}
	l.bodies = store
	l.guard, err = l.app.newGuard(ctx, broker)
	return err
}

// withLine opens the folder that c has locked and runs the line on it for as long
// as f takes.
func (c *cli) withLine(ctx context.Context, s settings, f func(*line) error) (err error) {
	a, err := newApp(c.dataDir, s, c.stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	l, err := a.startLine(ctx)
	if err != nil {
		return err
	}
	defer l.close()
	return f(l)
}

func (l *line) run(doing string, loop func(context.Context) error) {
	l.done.Go(func() {
		if err := loop(l.loops); err != nil {
			l.stop(environment(doing, err))
		}
	})
}

// errStopped is why the loops end when the line is closed in order.
var errStopped = errors.New("the line was stopped")

// failed returns the error of the loop that failed, nil while none did.
func (l *line) failed() error {
	if err := context.Cause(l.loops); err != nil && !errors.Is(err, errStopped) {
		return err
	}
	return nil
}

// close stops the loops once each has finished what it has in hand (promise 7).
func (l *line) close() {
	l.stop(errStopped)
	l.done.Wait()
}

// runSource collects one source and returns the run's record.
func (l *line) runSource(ctx context.Context, source *pipeline.Source, window pipeline.Window, trigger string) (pipeline.Run, error) {
	collector, err := l.newCollector(source)
	if err != nil {
		return pipeline.Run{}, err
	}
	return l.runCollector(ctx, source, collector, window, trigger)
}

// runCollector registers the derivation under which the source is read now and
// runs a collector for it.
func (l *line) runCollector(ctx context.Context, source *pipeline.Source, collector pipeline.Collector, window pipeline.Window, trigger string) (pipeline.Run, error) {
	_, derivation, err := l.app.derivation(ctx, source.Name)
	if err != nil {
		return pipeline.Run{}, err
	}
	return l.runJob(ctx, worker.Job{Source: *source, Collector: collector, Window: window, Derivation: derivation, Trigger: trigger})
}

// runJob is the way of every run, whatever triggered it.
func (l *line) runJob(ctx context.Context, job worker.Job) (pipeline.Run, error) {
	source := &job.Source
	if disk := l.app.guarding; disk != nil {
		if err := disk.Check(); err != nil {
			return pipeline.Run{}, environment("collecting "+source.Name, err)
		}
	}
	job.Collector = guarded{job.Collector, source.Name, l.app.guarding}
	run, err := l.collect.Run(ctx, job)
	l.app.metrics.Ran(run, err)
	if err != nil {
		return run, environment("collecting "+source.Name, err)
	}
	l.app.log.Info("collected", zap.String("source", source.Name), zap.Int("fetched", run.Fetched), zap.Int("new", run.New))
	return run, nil
}

// awaitLoaded returns when everything that was published is in the warehouse, and
// in the view latest.
func (l *line) awaitLoaded(ctx context.Context) error {
	broker, err := l.app.broker(ctx)
	if err != nil {
		return err
	}
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.loops, cancel)()
	if err := broker.AwaitIdle(waiting, l.app.settings.patience()); err != nil {
		if failed := l.failed(); failed != nil {
			return failed
		}
		return environment("waiting until everything is loaded", err)
	}
	return l.app.refreshStanding(ctx)
}

// maxLettersTold bounds how many dead letters one command tells.
const maxLettersTold = 20

// untoldLetters returns the dead letters that came since the line was started and
// that no command has told yet.
func (l *line) untoldLetters(ctx context.Context) ([]stream.Letter, error) {
	broker, err := l.app.broker(ctx)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	letters, err := broker.Letters(ctx, l.told+1, maxLettersTold)
	if err != nil {
		return nil, environment("asking the broker for dead letters", err)
	}
	if len(letters) > 0 {
		l.told = letters[len(letters)-1].Sequence
	}
	return letters, nil
}

// rulesOf finds what a document is read with: the present rules of its source,
// registered as a derivation when they are first used.
func (a *app) rulesOf() worker.RulesOf {
	reader := transformers.New()
	return func(ctx context.Context, doc pipeline.Document) (pipeline.Reader, *pipeline.Rules, pipeline.Derivation, error) {
		rules, derivation, err := a.derivation(ctx, doc.Source)
		return reader, rules, derivation, err
	}
}

// derivation returns the present rules of a source and what they are registered
// as.
func (a *app) derivation(ctx context.Context, source string) (*pipeline.Rules, pipeline.Derivation, error) {
	rules, err := a.set.Rules(source, transformers.Parser)
	if err != nil {
		return nil, pipeline.Derivation{}, pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	broker, err := a.broker(ctx)
	if err != nil {
		return nil, pipeline.Derivation{}, err
	}
	derivations, err := broker.Derivations(ctx)
	if err != nil {
		return nil, pipeline.Derivation{}, environment("reading the derivations", err)
	}
	derivation, err := derivations.Register(ctx, source, rules.ID, transformers.Parser, now())
	if err != nil {
		return nil, pipeline.Derivation{}, environment("registering the derivation of "+source, err)
	}
	return rules, derivation, nil
}

// readings is what the workers do with readings beside making them.
var readings = worker.Readings{
	Encode:       transformers.EncodeReading,
	Decode:       transformers.DecodeReading,
	Diff:         transformers.Diff,
	Stand:        transformers.Stand,
	DiffRefusals: transformers.DiffRefusals,
	Review:       check.Review,
	Open:         check.Open,
	Release:      check.Release,
}
