package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"zhibiao/collectors/public"
	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
	"zhibiao/pipeline/worker"
	"zhibiao/transformers"
)

// line is the running way of a record: a transforming and a loading loop, and
// the collecting one that sources are run through.
type line struct {
	app     *app
	collect *worker.Collect
	pace    *public.Pace
	loops   context.Context // ends with the error of the first loop that fails
	stop    context.CancelCauseFunc
	done    sync.WaitGroup

	mu   sync.Mutex
	told uint64 // sequence of the last dead letter that a command has told
}

// quiet is how long a drained stream stays silent before the rows gathered so far
// go to the warehouse.
const quiet = 20 * time.Millisecond

// startLine opens what the line needs, completes what a killed process left
// behind, and starts the loops. They run until stop is called.
func (a *app) startLine(ctx context.Context) (*line, error) {
	store, err := a.archive()
	if err != nil {
		return nil, err
	}
	broker, err := a.broker(ctx)
	if err != nil {
		return nil, err
	}
	w, err := a.warehouse(ctx)
	if err != nil {
		return nil, err
	}
	collect, err := worker.NewCollect(ctx, store, broker, now, a.log)
	if err != nil {
		return nil, environment("preparing to collect", err)
	}
	if _, err := collect.Recover(ctx); err != nil { // promise 7
		return nil, environment("taking up where an earlier run stopped", err)
	}
	loader := clickhouse.New(w.Conn())
	transform := worker.NewTransform(store, broker, a.rulesOf(), readings, a.log, worker.TransformConfig{})
	load := worker.NewLoad(broker, loader, loader, a.log, worker.LoadConfig{Quiet: quiet})
	l := &line{app: a, collect: collect, pace: public.NewPace()}
	if l.told, err = broker.LastLetter(ctx); err != nil {
		return nil, environment("asking the broker", err)
	}
	l.loops, l.stop = context.WithCancelCause(context.WithoutCancel(ctx))
	l.run("transforming", transform.Run)
	l.run("loading", load.Run)
	return l, nil
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
	collector, err := public.New(source, public.Options{
		Resolve: l.app.settings.Resolve,
		Pace:    l.pace,
		Logger:  l.app.log,
		Clock:   now,
	})
	if err != nil {
		return pipeline.Run{}, pipeline.WithExit(pipeline.ExitYourInput, err)
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
	run, err := l.collect.Run(ctx, worker.Job{
		Source: *source, Collector: collector, Window: window, Derivation: derivation, Trigger: trigger,
	})
	if err != nil {
		return run, environment("collecting "+source.Name, err)
	}
	l.app.log.Info("collected", zap.String("source", source.Name), zap.Int("fetched", run.Fetched), zap.Int("new", run.New))
	return run, nil
}

// awaitLoaded returns when everything that was published is in the warehouse.
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
	return nil
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
}
