package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

// reread makes the reading of a version that reads its lineage again. All versions
// before it have a reading by now.
func (t *Transform) reread(ctx context.Context, doc pipeline.Document, _ *pipeline.Reading) (pipeline.Reading, error) {
	reader, rules, derivation, err := t.rules(ctx, doc)
	if err != nil {
		return pipeline.Reading{}, fmt.Errorf("finding the rules of %s: %w", doc.Source, err)
	}
	past, err := t.past(ctx, doc)
	if err != nil {
		return pipeline.Reading{}, err
	}
	return t.do.Reread(ctx, doc, past, func(ctx context.Context, doc pipeline.Document, baseline *pipeline.Reading) (pipeline.Reading, error) {
		return t.readUnder(ctx, reader, rules, derivation, doc, baseline)
	})
}

// past returns what the versions before doc have published, oldest first.
func (t *Transform) past(ctx context.Context, doc pipeline.Document) ([]Past, error) {
	var past []Past // newest first
	for version := doc.Predecessor; version != ""; {
		earlier, err := t.archive.Metadata(ctx, version)
		if err != nil {
			return nil, t.waits(fmt.Errorf("going back from version %s: %w", doc.Version, err))
		}
		past = append(past, Past{Document: earlier})
		version = earlier.Predecessor
	}
	slices.Reverse(past)
	var baseline *pipeline.Reading
	for i := range past {
		found, ok, err := t.fromArchive(ctx, past[i].Document.Version)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, pipeline.RetryAfter(fmt.Errorf(
				"version %s was published, but its reading is not in the archive: restore it from a backup", past[i].Document.Version), t.config.MissingPause)
		}
		if past[i].Document.Accepts != "" {
			if past[i].Accepted, err = t.acceptance(ctx, past[i].Document); err != nil {
				return nil, err
			}
		}
		past[i].Rows = t.do.News(past[i].Document, baseline, found.reading, found.hash).Rows
		baseline = &found.reading
	}
	return past, nil
}

// Reread puts a version on top of a lineage that reads it again under a derivation,
// and reports whether it did: a lineage whose last version was made under it is left
// alone, so what was killed is simply called again.
func (c *Collect) Reread(ctx context.Context, lineage string, derivation pipeline.Derivation) (bool, error) {
	leave, err := c.intake.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	unlock, err := c.lineages.lock(ctx, lineage)
	if err != nil {
		return false, err
	}
	defer unlock()
	for {
		head, revision, err := c.heads.Get(ctx, lineage)
		if err == nil && head.Pending != "" {
			head, revision, err = c.complete(ctx, lineage, head.Pending, revision)
		}
		if err == nil && (head.Version == "" || head.Derivation == derivation.ID) {
			return false, nil
		}
		if err == nil {
			_, _, _, err = c.reread(ctx, head, revision, derivation)
		}
		if errors.Is(err, stream.ErrMoved) {
			continue // somebody else put something on top
		}
		if err != nil {
			return false, fmt.Errorf("reading lineage %s again: %w", lineage, err)
		}
		return true, nil
	}
}

// reread puts the rereading version on top of a head without a pending version, by
// the same steps as a document. The derivation that it returns is the source's
// newest, so that it overrules all that was read before.
func (c *Collect) reread(ctx context.Context, head stream.Head, revision uint64, derivation pipeline.Derivation) (stream.Head, uint64, pipeline.Derivation, error) {
	doc, err := c.archive.Metadata(ctx, head.Version)
	if err != nil {
		return head, 0, derivation, err
	}
	if derivation, err = c.rules.Renew(ctx, doc.Source, derivation.ID, derivation.Parser, c.clock()); err != nil {
		return head, 0, derivation, err
	}
	_, head, revision, err = c.putOnTop(ctx, doc.Reread(derivation), head, revision)
	return head, revision, derivation, err
}
