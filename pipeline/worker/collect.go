package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

// Places between the durable steps of a document (failpoints).
const (
	AtBodyArchived      = "collect: body archived"
	AtDocumentArchived  = "collect: document archived"
	AtHeadPending       = "collect: head pending"
	AtDocumentPlaced    = "collect: document placed"
	AtDocumentPublished = "collect: document published"
	AtHeadAdvanced      = "collect: head advanced"
)

// Job is one run of one source.
type Job struct {
	Source     pipeline.Source
	Collector  pipeline.Collector
	Window     pipeline.Window
	Derivation pipeline.Derivation // that new documents are made under
	Trigger    string              // nightly, manual, backfill, demo
	RunID      string              // "" makes one of source, trigger and time
}

// Collect archives and publishes what collectors hand over. It is safe for
// concurrent use; one of them belongs to a process, because it keeps one fetch of
// a lineage in flight.
type Collect struct {
	archive   Archive
	broker    *stream.Broker
	heads     *stream.Heads
	clock     func() time.Time
	log       *zap.Logger
	lineages  keyedLock
	intake    gate
	stops     stops
	rules     *stream.Derivations
	Grace     time.Duration // to finish a document after ctx ended; 15 s
	Failpoint Failpoint
}

// NewCollect makes the collecting loop.
func NewCollect(ctx context.Context, archive Archive, broker *stream.Broker, clock func() time.Time, log *zap.Logger) (*Collect, error) {
	heads, err := broker.Heads(ctx)
	if err != nil {
		return nil, err
	}
	states, err := broker.States(ctx)
	if err != nil {
		return nil, err
	}
	derivations, err := broker.Derivations(ctx)
	if err != nil {
		return nil, err
	}
	return &Collect{
		rules: derivations, archive: archive, broker: broker, heads: heads, clock: clock, log: log, Grace: defaultGrace,
		stops: stops{states: states, known: map[string]stopAnswer{}},
	}, nil
}

// Run runs a job and publishes the record of it. What is wrong with the source is
// in the run's failures; an error means that our side could not do its work: the
// archive, the broker, or ctx ended.
func (c *Collect) Run(ctx context.Context, job Job) (pipeline.Run, error) {
	started := c.clock()
	run := pipeline.Run{ID: job.RunID, Source: job.Source.Name, Trigger: job.Trigger, StartedAt: started.UTC().Truncate(time.Millisecond)}
	if run.ID == "" {
		run.ID = pipeline.ContentID("run", job.Source.Name, job.Trigger, started.UTC().Format(time.RFC3339Nano))
	}
	ours := c.collect(ctx, job, &run)
	if ours == nil && ctx.Err() != nil {
		ours = fmt.Errorf("collecting %s: %w", job.Source.Name, context.Cause(ctx))
	}
	if ours != nil {
		run.Failures = append(run.Failures, ours.Error())
	} else if least := leastDocuments(job); run.Fetched < least {
		run.Failures = append(run.Failures, fmt.Sprintf( // promise 6
			"%d documents, a healthy run yields at least %d: look whether the source changed", run.Fetched, least))
	}
	run.FinishedAt = c.clock().UTC().Truncate(time.Millisecond)
	finishing, cancel := outlive(ctx, c.Grace)
	defer cancel()
	leave, err := c.intake.enter(finishing)
	if err != nil {
		return run, errors.Join(ours, fmt.Errorf("recording the run of %s: %w", job.Source.Name, err))
	}
	defer leave()
	if err := c.record(finishing, pipeline.Record{Run: &run}, run.ID); err != nil {
		ours = errors.Join(ours, fmt.Errorf("recording the run of %s: %w", job.Source.Name, err))
	}
	return run, ours
}

// leastDocuments is what the run must yield to be healthy. A window asks for a
// part only, but for something.
func leastDocuments(job Job) int {
	window := job.Window
	if window.From == 0 && window.To == 0 && len(window.Regions) == 0 {
		return job.Source.MinDocuments
	}
	return min(1, job.Source.MinDocuments)
}

// collect visits the source. The source's failures go to the run, ours are
// returned.
func (c *Collect) collect(ctx context.Context, job Job, run *pipeline.Run) (ours error) {
	emit := func(emitting context.Context, raw pipeline.RawDocument) error {
		if ours == nil {
			ours = c.emit(emitting, job, run, raw)
		}
		return ours
	}
	c.stops.forget(job.Source.Name) // it may have been released just now
	err := c.stops.check(ctx, job.Source.Name)
	if err == nil {
		err = c.visit(ctx, job, emit)
	}
	var stopped *stream.StoppedError
	if errors.As(ours, &stopped) {
		err, ours = stopped, nil // the source's failure, not ours
	}
	if err != nil && ours == nil && ctx.Err() == nil {
		run.Failures = append(run.Failures, failures(err)...)
	}
	return ours
}

func (c *Collect) visit(ctx context.Context, job Job, emit func(context.Context, pipeline.RawDocument) error) (err error) {
	defer recovered("the collector of "+job.Source.Name, &err)
	return job.Collector.Collect(ctx, job.Window, emit)
}

// failures takes joined errors apart.
func failures(err error) []string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok && !slices.Contains(joined.Unwrap(), nil) && isPlainJoin(err, joined.Unwrap()) {
		var all []string
		for _, part := range joined.Unwrap() {
			all = append(all, failures(part)...)
		}
		return all
	}
	return []string{err.Error()}
}

// isPlainJoin tells errors.Join from fmt.Errorf with several %w, whose own words
// would be lost.
func isPlainJoin(err error, parts []error) bool {
	return err.Error() == errors.Join(parts...).Error()
}

// emit makes a document durable: archived, published, and the head of its lineage
// advanced, in this order (promises 1 and 7).
func (c *Collect) emit(ctx context.Context, job Job, run *pipeline.Run, raw pipeline.RawDocument) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	ctx, cancel := outlive(ctx, c.Grace)
	defer cancel()
	leave, err := c.intake.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if err := c.stops.check(ctx, job.Source.Name); err != nil {
		return err
	}
	lineage := raw.Lineage()
	unlock, err := c.lineages.lock(ctx, lineage)
	if err != nil {
		return err
	}
	defer unlock()
	run.Fetched++
	hash, err := c.archive.PutBody(ctx, raw.Body)
	if err != nil {
		return err
	}
	c.Failpoint.reach(AtBodyArchived)
	for {
		isNew, err := c.place(ctx, job, run.ID, raw, hash)
		switch {
		case errors.Is(err, stream.ErrMoved):
			continue // the loser reads the head again
		case err != nil:
			return fmt.Errorf("collecting %s of %s: %w", raw.URL, job.Source.Name, err)
		case isNew:
			run.New++
		default:
			run.Confirmed++
		}
		return nil
	}
}

// place puts the document on top of its lineage, or confirms the head that says
// the same.
func (c *Collect) place(ctx context.Context, job Job, run string, raw pipeline.RawDocument, hash string) (isNew bool, err error) {
	lineage := raw.Lineage()
	head, revision, err := c.heads.Get(ctx, lineage)
	if err != nil {
		return false, err
	}
	if head.Pending != "" {
		// Somebody died, or is still at it, between pending and published: that
		// version comes first, or two versions would have one predecessor.
		if head, revision, err = c.complete(ctx, lineage, head.Pending, revision); err != nil {
			return false, err
		}
	}
	if head.Document == hash {
		return false, c.record(ctx, pipeline.Record{Confirmation: &pipeline.Confirmation{
			Source: raw.Source, Lineage: lineage, Version: head.Version, Document: hash,
			ConfirmedAt: raw.FetchedAt.UTC().Truncate(time.Millisecond),
		}}, run)
	}
	derivation := job.Derivation
	if head.Version != "" && head.Derivation != derivation.ID {
		// What is there is read under the new rules before what is new.
		if head, revision, derivation, err = c.reread(ctx, head, revision, derivation); err != nil {
			return false, err
		}
	}
	if least := head.FetchedAt.Add(time.Millisecond); raw.FetchedAt.Before(least) {
		raw.FetchedAt = least // the clock went back: a successor is never older than what it follows
	}
	doc, _, err := c.archive.PutDocument(ctx, pipeline.NewDocument(raw, head.Version, derivation))
	if err != nil {
		return false, err
	}
	c.Failpoint.reach(AtDocumentArchived)
	head.Pending = doc.Version
	if revision, err = c.heads.Advance(ctx, lineage, head, revision); err != nil {
		return false, err
	}
	c.Failpoint.reach(AtHeadPending)
	_, _, err = c.complete(ctx, lineage, doc.Version, revision)
	if errors.Is(err, stream.ErrMoved) {
		return true, nil // it is published, and somebody else completed it for us
	}
	return true, err
}

// complete marks the pending version of a lineage as placed, publishes it from the
// archive and then advances the head to it. The mark comes first: what the
// archive does not call placed was never published.
func (c *Collect) complete(ctx context.Context, lineage, pending string, revision uint64) (stream.Head, uint64, error) {
	doc, err := c.archive.Metadata(ctx, pending)
	if err != nil {
		return stream.Head{}, 0, fmt.Errorf("completing the pending version of %s: %w", lineage, err)
	}
	if err := c.archive.Place(ctx, pending); err != nil {
		return stream.Head{}, 0, fmt.Errorf("completing the pending version of %s: %w", lineage, err)
	}
	c.Failpoint.reach(AtDocumentPlaced)
	batch, err := stream.EncodeDocument(doc)
	if err != nil {
		return stream.Head{}, 0, err
	}
	if err := c.broker.Publish(ctx, batch); err != nil {
		return stream.Head{}, 0, err
	}
	c.Failpoint.reach(AtDocumentPublished)
	head := stream.HeadOf(doc)
	revision, err = c.heads.Advance(ctx, lineage, head, revision) // promise 1: after the PubAck
	if err != nil {
		return stream.Head{}, 0, err
	}
	c.Failpoint.reach(AtHeadAdvanced)
	return head, revision, nil
}

// Recover completes the pending versions of all lineages, as a process does when
// it starts: a page that is never fetched again would leave its last version
// unpublished. It returns how many they were.
func (c *Collect) Recover(ctx context.Context) (int, error) {
	completed := 0
	err := c.heads.Each(ctx, func(lineage string, head stream.Head) error {
		if head.Pending == "" {
			return nil
		}
		unlock, err := c.lineages.lock(ctx, lineage)
		if err != nil {
			return err
		}
		defer unlock()
		head, revision, err := c.heads.Get(ctx, lineage)
		if err != nil || head.Pending == "" {
			return err
		}
		_, _, err = c.complete(ctx, lineage, head.Pending, revision)
		if errors.Is(err, stream.ErrMoved) {
			return nil // somebody else completes it
		}
		completed++
		return err
	})
	if err != nil {
		return completed, fmt.Errorf("completing pending versions: %w", err)
	}
	return completed, nil
}

func (c *Collect) record(ctx context.Context, record pipeline.Record, run string) error {
	batch, err := stream.EncodeRecord(record, run)
	if err != nil {
		return err
	}
	return c.broker.Publish(ctx, batch)
}
