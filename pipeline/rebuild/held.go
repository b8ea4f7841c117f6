package rebuild

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"zhibiao/pipeline"
)

// Held is a lineage whose last version holds tables for review.
type Held struct {
	Version string
	Tables  []pipeline.Held
}

// noteHeld tells what the last version of a lineage holds.
func (r *running) noteHeld(chain Chain, last *pipeline.Reading) {
	if last == nil || len(last.Held) == 0 {
		return
	}
	r.count(func(report *Report) {
		report.Held = append(report.Held, Held{Version: chain.Head(), Tables: last.Held})
	})
}

// release makes the reading of a version that accepts what the one before it holds.
// It is the same whatever the present rules are, since it reads nothing.
func (v *making) release(ctx context.Context, baseline *pipeline.Reading) (*pipeline.Reading, string, error) {
	var err error
	if v.accepted, err = v.acceptance(ctx); isDamage(err) && v.archived != nil {
		v.note(v.problem(false, fmt.Errorf("its rows were made from the archived reading: %w", err)))
		return v.replay()
	}
	switch {
	case isDamage(err):
		return nil, "", v.problem(true, err)
	case err != nil:
		return nil, "", err
	case baseline == nil:
		return nil, "", v.problem(true, errors.New("it accepts what is held, but nothing is before it"))
	}
	next := v.config.Readings.Accept(v.doc, baseline, v.accepted)
	encoded, err := v.config.Readings.Encode(&next)
	if err != nil {
		return nil, "", v.problem(true, err)
	}
	if v.archived != nil && !bytes.Equal(encoded, v.archived) {
		v.note(v.problem(false, fmt.Errorf("made afresh it does not say what its archived reading says: %s", firstDifference(v.archived, encoded))))
	}
	v.count(func(report *Report) { report.Afresh++ })
	return &next, pipeline.HashBody(encoded), nil
}

func (v *making) acceptance(ctx context.Context) (pipeline.Acceptance, error) {
	content, err := v.config.Archive.Acceptance(ctx, v.doc.Accepts)
	if err != nil {
		return pipeline.Acceptance{}, fmt.Errorf("fetching its acceptance: %w", err)
	}
	return pipeline.DecodeAcceptance(content)
}
