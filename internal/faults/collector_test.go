package faults_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"zhibiao/collectors/public"
	"zhibiao/configs"
	"zhibiao/internal/faults"
	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
	"zhibiao/pipeline/archive"
	"zhibiao/pipeline/stream"
	"zhibiao/pipeline/worker"
	"zhibiao/transformers"
)

// obligation is a document whose publication was confirmed: from then on each of its
// numbers is owed. It is written to the judge's own ledger before anything else
// happens.
type obligation struct {
	Source  string `json:"source"`
	Method  string `json:"method"`
	URL     string `json:"url"`
	Request string `json:"request,omitempty"`
	Night   int    `json:"night"`
}

// collector is the collecting role inside this process, which nobody kills: so it is
// known of each document whether it was confirmed.
type collector struct {
	town    *town
	broker  *stream.Broker
	archive *archive.Archive
	collect *worker.Collect
	set     *configs.Set
	memory  *public.Memory
}

func (w *town) newCollector() *collector {
	w.Helper()
	c := &collector{town: w}
	var err error
	w.check(func() error {
		c.broker, err = stream.Connect(w.Context(), w.brokerURL(), stream.Profile{MaxStore: 2 << 30, OnlyCheck: true, Replicas: len(w.cluster)}, zap.NewNop())
		return err
	})
	w.Cleanup(func() { c.broker.Close() })
	w.check(func() error { c.archive, err = archive.Open(w.archive); return err })
	w.Cleanup(func() { c.archive.Close() })
	w.check(func() error {
		c.collect, err = worker.NewCollect(w.Context(), c.archive, c.broker, now, zap.NewNop())
		return err
	})
	w.check(func() error { c.memory, err = public.OpenMemory(w.dir + "/publishers"); return err })
	w.check(func() error {
		c.set, err = configs.Load(configs.Overlay(configs.Default(), statsite.SourceFiles()))
		return err
	})
	return c
}

// check fails the test if a step does.
func (w *town) check(step func() error) {
	w.Helper()
	if err := step(); err != nil {
		w.Fatal(err)
	}
}

func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// run collects all sources once. A source that fails is tried again until it does
// not: its documents are owed only once they were confirmed.
func (c *collector) run() error {
	for _, name := range sources {
		var err error
		if !before(3*time.Minute, func() bool { err = c.runSource(name); return err == nil }) {
			return fmt.Errorf("collecting %s: %w", name, err)
		}
	}
	return nil
}

// begin is run beside the test, which has to receive its end.
func (c *collector) begin() <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- c.run() }()
	return ended
}

func (c *collector) runSource(name string) error {
	w := c.town
	ctx := w.Context()
	source, err := c.set.Source(name)
	if err != nil {
		return err
	}
	rules, err := c.set.Rules(name, transformers.Parser)
	if err != nil {
		return err
	}
	derivations, err := c.broker.Derivations(ctx)
	if err != nil {
		return err
	}
	derivation, err := derivations.Register(ctx, name, rules.ID, transformers.Parser, now())
	if err != nil {
		return err
	}
	resolve := map[string]string{}
	for _, host := range w.world.Hosts() {
		resolve[host] = w.site.Addr()
	}
	pages, err := public.New(source, public.Options{Resolve: resolve, Bodies: c.archive, Memory: c.memory, Logger: zap.NewNop(), Clock: now})
	if err != nil {
		return err
	}
	run, err := c.collect.Run(ctx, worker.Job{Source: *source, Collector: noting{pages, w}, Derivation: derivation, Trigger: "test"})
	if err == nil && len(run.Failures) > 0 {
		err = errors.New(run.Failures[0])
	}
	return err
}

// noting writes down what was confirmed.
type noting struct {
	pipeline.Collector
	town *town
}

func (n noting) Collect(ctx context.Context, window pipeline.Window, emit func(context.Context, pipeline.RawDocument) error) error {
	return n.Collector.Collect(ctx, window, func(ctx context.Context, doc pipeline.RawDocument) error {
		if err := emit(ctx, doc); err != nil {
			return err
		}
		return n.town.owes.Append(obligation{doc.Source, doc.Method, doc.URL, string(doc.RequestBody), n.town.world.Night()})
	})
}

// obligations reads back which numbers are owed.
func (w *town) obligations() []string {
	w.Helper()
	noted, err := faults.ReadLedger[obligation](w.dir + "/owed")
	if err != nil {
		w.Fatal(err)
	}
	owed := map[obligation]bool{}
	for _, o := range noted {
		owed[o] = true
	}
	var words []string
	for night := 1; night <= w.world.Night(); night++ {
		for fact := range w.world.Facts(night) {
			if slices.Contains(sources, fact.Source) && owed[obligation{fact.Source, fact.Method, fact.URL, fact.Request, night}] {
				words = append(words, inWords(fact))
			}
		}
	}
	return words
}
