package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

// stand lets next stand on the baseline: what it holds is not published and does
// not stand, and the refusals before it stay open (promise 6).
func (do Readings) stand(baseline, next *pipeline.Reading) {
	open := do.Open(*next)
	do.Stand(withStillOpen(baseline), &open, do.changes(baseline, &open))
	next.Standing, next.StillOpen = open.Standing, nil
	if !next.Complete || open.Complete {
		next.Refusals = open.Refusals
		return
	}
	own := map[string]bool{}
	for i := range next.Refusals {
		own[next.Refusals[i].Key()] = true
	}
	for _, r := range open.Refusals {
		if !own[r.Key()] {
			next.StillOpen = append(next.StillOpen, r)
		}
	}
}

// withStillOpen gives the baseline as the next version is compared with: what it
// could not close is open.
func withStillOpen(baseline *pipeline.Reading) *pipeline.Reading {
	if baseline == nil || len(baseline.StillOpen) == 0 {
		return baseline
	}
	all := *baseline
	all.Refusals = slices.Concat(baseline.Refusals, baseline.StillOpen)
	slices.SortStableFunc(all.Refusals, pipeline.CompareRefusals)
	return &all
}

// Accept makes the reading of doc, a version that releases what the one before it
// holds: that one's reading, which the person has seen, without the holds that the
// acceptance names. It is pure (promise 4).
func (do Readings) Accept(doc pipeline.Document, held *pipeline.Reading, acceptance pipeline.Acceptance) pipeline.Reading {
	next := *held
	next.Observations, next.Refusals = slices.Clone(held.Observations), slices.Clone(held.Refusals)
	next.Corrections = nil
	next.Origin.Version = doc.Version
	next = do.accepted(next, acceptance)
	do.stand(held, &next)
	next.Bind()
	return next
}

// accepted releases what an acceptance names. Nobody knew the numbers before.
func (do Readings) accepted(next pipeline.Reading, acceptance pipeline.Acceptance) pipeline.Reading {
	if len(acceptance.Tables) == 0 {
		return next
	}
	next = do.Release(next, acceptance.Tables)
	if at := acceptance.DecidedAt.UTC().Truncate(time.Millisecond); at.After(next.Origin.KnownAt) {
		next.Origin.KnownAt = at
	}
	next.Bind()
	return next
}

// release makes the reading of a version that accepts what its predecessor held.
func (t *Transform) release(ctx context.Context, doc pipeline.Document, baseline *pipeline.Reading) (pipeline.Reading, error) {
	if baseline == nil {
		return pipeline.Reading{}, pipeline.Permanent(fmt.Errorf("version %s accepts what is held, but nothing is before it", doc.Version))
	}
	acceptance, err := t.acceptance(ctx, doc)
	if err != nil {
		return pipeline.Reading{}, err
	}
	return t.do.Accept(doc, baseline, acceptance), nil
}

func (t *Transform) acceptance(ctx context.Context, doc pipeline.Document) (pipeline.Acceptance, error) {
	content, err := t.archive.Acceptance(ctx, doc.Accepts)
	if err != nil {
		return pipeline.Acceptance{}, t.waits(fmt.Errorf("fetching the acceptance of version %s: %w", doc.Version, err))
	}
	acceptance, err := pipeline.DecodeAcceptance(content)
	if err != nil {
		return pipeline.Acceptance{}, pipeline.RetryAfter(err, t.config.MissingPause)
	}
	return acceptance, nil
}

// tellHeld lets other processes know that a lineage holds something, or no longer
// does. What they are told may be old by then: the reading of the lineage's head
// decides.
func (t *Transform) tellHeld(ctx context.Context, doc pipeline.Document, baseline, next *pipeline.Reading) error {
	if len(next.Held) == 0 && (baseline == nil || len(baseline.Held) == 0) {
		return nil
	}
	states, err := t.broker.States(ctx)
	if err != nil {
		return err
	}
	if len(next.Held) == 0 {
		return states.ClearHeld(ctx, doc.Lineage)
	}
	return states.SetHeld(ctx, stream.HeldOf(doc, next.Held))
}

// ErrNotLast says that a version is not the last of its lineage any more.
var ErrNotLast = errors.New("a newer version came meanwhile")

// Accept archives a person's decision and puts a version on top of the lineage that
// releases what its last version holds, by the same steps as a document. Where that
// version is not the last any more, it is ErrNotLast and nothing is decided.
func (c *Collect) Accept(ctx context.Context, acceptance pipeline.Acceptance) (pipeline.Document, error) {
	next, err := c.accept(ctx, acceptance)
	if errors.Is(err, stream.ErrMoved) {
		err = ErrNotLast
	}
	if err != nil {
		return pipeline.Document{}, fmt.Errorf("accepting what version %s holds: %w", acceptance.Version, err)
	}
	return next, nil
}

func (c *Collect) accept(ctx context.Context, acceptance pipeline.Acceptance) (pipeline.Document, error) {
	leave, err := c.intake.enter(ctx)
	if err != nil {
		return pipeline.Document{}, err
	}
	defer leave()
	unlock, err := c.lineages.lock(ctx, acceptance.Lineage)
	if err != nil {
		return pipeline.Document{}, err
	}
	defer unlock()
	head, revision, err := c.heads.Get(ctx, acceptance.Lineage)
	if err == nil && head.Pending != "" {
		head, revision, err = c.complete(ctx, acceptance.Lineage, head.Pending, revision)
	}
	if err == nil && head.Version != acceptance.Version {
		err = ErrNotLast
	}
	if err != nil {
		return pipeline.Document{}, err
	}
	held, err := c.archive.Metadata(ctx, acceptance.Version)
	if err != nil {
		return pipeline.Document{}, err
	}
	content, err := acceptance.Encode()
	if err != nil {
		return pipeline.Document{}, err
	}
	hash, err := c.archive.PutAcceptance(ctx, content)
	if err != nil {
		return pipeline.Document{}, err
	}
	next, _, _, err := c.putOnTop(ctx, held.Accept(hash), head, revision)
	if errors.Is(err, stream.ErrMoved) {
		return c.movedOn(ctx, next, err)
	}
	return next, err
}

// movedOn tells whether somebody else completed the version or put another one in
// its place.
func (c *Collect) movedOn(ctx context.Context, next pipeline.Document, moved error) (pipeline.Document, error) {
	head, _, err := c.heads.Get(ctx, next.Lineage)
	if err != nil {
		return next, err
	}
	for version := cmp.Or(head.Pending, head.Version); version != next.Version; {
		if version == "" || version == next.Predecessor {
			return next, moved
		}
		doc, err := c.archive.Metadata(ctx, version)
		if err != nil {
			return next, err
		}
		version = doc.Predecessor
	}
	return next, nil
}

// putOnTop archives a version that brings no body, completes it, and returns it
// with the head that it is now.
func (c *Collect) putOnTop(ctx context.Context, doc pipeline.Document, head stream.Head, revision uint64) (pipeline.Document, stream.Head, uint64, error) {
	next, _, err := c.archive.PutDocument(ctx, doc)
	if err != nil {
		return next, head, 0, err
	}
	c.Failpoint.reach(AtDocumentArchived)
	head.Pending = next.Version
	if revision, err = c.heads.Advance(ctx, doc.Lineage, head, revision); err != nil {
		return next, head, 0, err
	}
	c.Failpoint.reach(AtHeadPending)
	head, revision, err = c.complete(ctx, doc.Lineage, next.Version, revision)
	return next, head, revision, err
}
