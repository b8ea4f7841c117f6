package main

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"zhibiao/collectors/public"
	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/pipeline/worker"
	"zhibiao/transformers"
)

// line is the running way of a record: a transforming and a loading loop, and
// the collecting one that sources are run through.
type line struct {
	app     *app
	collect *worker.Collect
	pace    *public.Pace
	stop    context.CancelFunc
	done    sync.WaitGroup
	failed  chan error // first error of a loop
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
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := &line{app: a, collect: collect, pace: public.NewPace(), stop: stop, failed: make(chan error, 2)}
	l.run(running, "transforming", transform.Run)
	l.run(running, "loading", load.Run)
	return l, nil
}

func (l *line) run(ctx context.Context, doing string, loop func(context.Context) error) {
	l.done.Go(func() {
		if err := loop(ctx); err != nil && ctx.Err() == nil {
			l.failed <- environment(doing, err)
		}
	})
}

// close stops the loops once each has finished what it has in hand (promise 7).
func (l *line) close() {
	l.stop()
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
	waiting, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case err := <-l.failed:
			cancel(err)
		case <-waiting.Done():
		}
	}()
	if err := broker.AwaitIdle(waiting); err != nil {
		if cause := context.Cause(waiting); cause != nil {
			err = cause
		}
		return environment("waiting until everything is loaded", err)
	}
	return nil
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
