// Package rebuild derives all rows of the warehouse again from the archive alone:
// bodies, metadata, archived readings and the order of versions. It reads, compares
// and loads through the very code of the pipeline, so that what it makes is what
// the pipeline should have made (promises 2, 3 and 4).
//
// A version that was read under the present rules is read afresh; one that older
// rules read is replayed from its archived reading, since a parser cannot be
// archived. Confirmations and runs are not in the archive and are not made.
package rebuild

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"zhibiao/pipeline"
	"zhibiao/pipeline/worker"
)

// ErrNoRules says that a source has no file any more. Its archived readings can
// be replayed; what was never read stays unread.
var ErrNoRules = errors.New("the source has no file")

// Config says what a rebuild works with. All fields but the last group are
// required.
type Config struct {
	Archive Archive
	// Rules returns what a source's documents are read with now, or ErrNoRules.
	Rules func(source string) (pipeline.Reader, *pipeline.Rules, error)
	// Derivation returns what present rules are registered as; it is only asked
	// where a version has no archived reading.
	Derivation func(ctx context.Context, source string) (pipeline.Derivation, error)
	Readings   worker.Readings
	Loader     pipeline.Loader
	Records    pipeline.RecordLoader

	Workers  int            // lineages at a time; 1
	MaxRows  int            // rows of one load at most; 100,000
	Progress func(Progress) // called now and then, from one goroutine
	Clock    func() time.Time
}

// Progress is how far a rebuild has come.
type Progress struct {
	Lineages, OfLineages int
	Versions, OfVersions int
	Rows                 uint64 // loaded
	Elapsed              time.Duration
}

// Report says what a rebuild did.
type Report struct {
	Lineages, Versions int
	Afresh, Replayed   int    // versions read under present rules, and replayed from older ones
	Rows               uint64 // observations loaded; a row loaded twice counts twice
	Refusals           uint64
	Refused            uint64 // rows that the warehouse can never store, as they were when first loaded
	Problems           []Problem
	Held               []Held // lineages that hold tables for review, in no order
	// Derivations are those that only readings name: of versions that waited while
	// the rules changed.
	Derivations map[string][]pipeline.Derivation
	Elapsed     time.Duration
}

// Lost counts the versions that could not be made again.
func (r *Report) Lost() int {
	lost := 0
	for _, p := range r.Problems {
		if p.Lost {
			lost++
		}
	}
	return lost
}

// Problem is something about one version that a person should look at.
type Problem struct {
	Source, Lineage, Version string
	Document, URL            string
	Lost                     bool // the version's rows could not be made
	Err                      error
}

func (p Problem) Error() string {
	what := "version " + p.Version
	if p.Source != "" {
		what += " of " + p.Source
	}
	if p.URL != "" {
		what += " (" + p.URL + ")"
	}
	return fmt.Sprintf("%s: %v", what, p.Err)
}

func (p Problem) Unwrap() error { return p.Err }

// Run makes the rows of the planned chains and loads them. The order of chains,
// chains that stand in the plan twice, the number of workers and the size of loads
// do not change what the warehouse holds afterwards. What is wrong with single
// versions is in the report; an error means that archive or warehouse could not be
// used, or that ctx ended, and then it can be run again from the start.
func Run(ctx context.Context, plan *Plan, config Config) (Report, error) {
	r := &running{config: config.withDefaults(), plan: plan, rules: map[string]present{}}
	r.report.Derivations = map[string][]pipeline.Derivation{}
	r.started = r.config.Clock()
	r.report.Problems = append(r.report.Problems, plan.Broken...)
	chains := make(chan Chain)
	made := make(chan worker.News, r.config.Workers)
	err := together(ctx,
		func(ctx context.Context) error { return feed(ctx, plan.Chains, chains) },
		func(ctx context.Context) error { return r.makeAll(ctx, chains, made) },
		func(ctx context.Context) error { return r.load(ctx, made) },
	)
	r.report.Elapsed = r.config.Clock().Sub(r.started)
	sortProblems(r.report.Problems)
	if err != nil {
		return r.report, fmt.Errorf("rebuilding: %w", err)
	}
	return r.report, nil
}

func (c Config) withDefaults() Config {
	if c.Workers < 1 {
		c.Workers = 1
	}
	if c.MaxRows < 1 {
		c.MaxRows = 100_000
	}
	if c.Progress == nil {
		c.Progress = func(Progress) {}
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return c
}

// together runs the functions at once, ends the others when one fails, and returns
// the first error.
func together(ctx context.Context, functions ...func(context.Context) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var all sync.WaitGroup
	for _, f := range functions {
		all.Go(func() {
			if err := f(ctx); err != nil {
				stop(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

func feed(ctx context.Context, chains []Chain, to chan<- Chain) error {
	defer close(to)
	for _, chain := range chains {
		select {
		case to <- chain:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// running is a rebuild under way.
type running struct {
	config  Config
	plan    *Plan
	started time.Time

	mu     sync.Mutex
	report Report
	rules  map[string]present
}

// makeAll lets the workers take chains until there are none, and closes made.
func (r *running) makeAll(ctx context.Context, chains <-chan Chain, made chan<- worker.News) error {
	defer close(made)
	workers := make([]func(context.Context) error, r.config.Workers)
	for i := range workers {
		workers[i] = func(ctx context.Context) error { return r.work(ctx, chains, made) }
	}
	return together(ctx, workers...)
}

func (r *running) work(ctx context.Context, chains <-chan Chain, made chan<- worker.News) error {
	for chain := range chains {
		if err := r.remake(ctx, chain, made); err != nil {
			return err
		}
		r.mu.Lock()
		r.report.Lineages++
		r.mu.Unlock()
	}
	return ctx.Err()
}

func (r *running) note(problem Problem) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Problems = append(r.report.Problems, problem)
}
