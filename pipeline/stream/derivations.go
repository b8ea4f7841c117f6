package stream

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"zhibiao/pipeline"
)

// Derivations are the states of parser and rules that each source has had.
type Derivations struct{ bucket jetstream.KeyValue }

// Derivations returns the register of derivations.
func (b *Broker) Derivations(ctx context.Context) (*Derivations, error) {
	bucket, err := b.js.KeyValue(ctx, derivationsBucket)
	if err != nil {
		return nil, fmt.Errorf("opening the derivations: %w", err)
	}
	return &Derivations{bucket}, nil
}

// List returns a source's derivations in their order.
func (d *Derivations) List(ctx context.Context, source string) ([]pipeline.Derivation, error) {
	list, _, err := d.list(ctx, source)
	return list, err
}

func (d *Derivations) list(ctx context.Context, source string) ([]pipeline.Derivation, uint64, error) {
	var list []pipeline.Derivation
	revision, err := readEntry(ctx, d.bucket, source, &list)
	if err != nil {
		return nil, 0, fmt.Errorf("reading the derivations of %s: %w", source, err)
	}
	return list, revision, nil
}

// Register returns the derivation of an id within a source. A new id gets the next
// number and takes effect now; one seen before keeps its last registration.
func (d *Derivations) Register(ctx context.Context, source, id, parser string, now time.Time) (pipeline.Derivation, error) {
	return d.register(ctx, source, id, parser, now, func(at, _ int) bool { return at >= 0 })
}

// Renew is Register that gives an id which others have followed a new number: rules
// that went there and back overrule what was read in between.
func (d *Derivations) Renew(ctx context.Context, source, id, parser string, now time.Time) (pipeline.Derivation, error) {
	return d.register(ctx, source, id, parser, now, func(at, registered int) bool { return at == registered-1 })
}

// register returns the last registration of id if keep takes its place among all
// that are registered, -1 for none; else it adds one.
func (d *Derivations) register(ctx context.Context, source, id, parser string, now time.Time, keep func(at, registered int) bool) (pipeline.Derivation, error) {
	for {
		list, revision, err := d.list(ctx, source)
		if err != nil {
			return pipeline.Derivation{}, err
		}
		at := len(list) - 1
		for at >= 0 && list[at].ID != id {
			at--
		}
		if len(list) > 0 && keep(at, len(list)) {
			return list[at], nil
		}
		if len(list) >= math.MaxUint16 {
			return pipeline.Derivation{}, pipeline.Permanent(fmt.Errorf("registering a derivation of %s: there are %d already", source, len(list)))
		}
		next := pipeline.Derivation{
			ID: id, No: uint16(len(list) + 1), Parser: parser, EffectiveAt: now.UTC().Truncate(time.Millisecond),
		}
		_, err = writeEntry(ctx, d.bucket, source, append(list, next), revision)
		if errors.Is(err, ErrMoved) {
			continue
		}
		if err != nil {
			return pipeline.Derivation{}, fmt.Errorf("registering a derivation of %s: %w", source, err)
		}
		return next, nil
	}
}
