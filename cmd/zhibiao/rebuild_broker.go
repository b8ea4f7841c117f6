package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"zhibiao/pipeline"
	"zhibiao/pipeline/archive"
	"zhibiao/pipeline/rebuild"
	"zhibiao/pipeline/stream"
)

// register is what the broker remembers beside messages: the heads of lineages
// and the derivations of sources.
type register struct {
	store       *archive.Archive
	heads       *stream.Heads
	derivations *stream.Derivations
}

func (a *app) register(ctx context.Context) (*register, error) {
	store, err := a.archive()
	if err != nil {
		return nil, err
	}
	broker, err := a.broker(ctx)
	if err != nil {
		return nil, err
	}
	r := &register{store: store}
	if r.heads, err = broker.Heads(ctx); err != nil {
		return nil, environment("reading the heads", err)
	}
	if r.derivations, err = broker.Derivations(ctx); err != nil {
		return nil, environment("reading the derivations", err)
	}
	return r, nil
}

// restore gives the broker back what it lost of it, as after the loss of its
// folder: without heads the next fetch of a page would start its lineage anew, and
// numbers of derivations would be used twice. What is there stays.
func (r *register) restore(ctx context.Context, plan *rebuild.Plan) (heads, derivations int, err error) {
	for _, chain := range plan.Chains {
		doc, err := r.store.Metadata(ctx, chain.Head())
		if err != nil {
			return heads, derivations, environment("restoring heads", err)
		}
		_, restored, err := r.heads.Restore(ctx, chain.Lineage(), stream.HeadOf(doc))
		if err != nil {
			return heads, derivations, environment("restoring heads", err)
		}
		if restored {
			heads++
		}
	}
	derivations, err = r.restoreDerivations(ctx, plan.Derivations)
	return heads, derivations, err
}

func (r *register) restoreDerivations(ctx context.Context, known map[string][]pipeline.Derivation) (restored int, err error) {
	for _, source := range slices.Sorted(maps.Keys(known)) {
		added, err := r.derivations.Restore(ctx, source, known[source])
		if err != nil {
			return restored, environment("restoring derivations", err)
		}
		restored += added
	}
	return restored, nil
}

// compare tells every lineage whose head in the broker is not the archive's. The
// intake pauses meanwhile.
func (r *register) compare(ctx context.Context, plan *rebuild.Plan) ([]rebuild.Problem, error) {
	var problems []rebuild.Problem
	for _, chain := range plan.Chains {
		head, _, err := r.heads.Get(ctx, chain.Lineage())
		if err != nil {
			return nil, environment("reading the heads", err)
		}
		if head.Version != chain.Head() {
			problems = append(problems, rebuild.Problem{Lineage: chain.Lineage(), Version: chain.Head(),
				Err: fmt.Errorf("it is the last of its lineage, but the broker's head is %q; zhibiao rebuild restores heads that are lost", head.Version)})
		}
	}
	return problems, nil
}
