package stream

import (
	"context"
	"fmt"
	"math"

	"github.com/nats-io/nats.go/jetstream"
)

// Swept is what the janitor took out of a stream.
type Swept struct {
	Stream   string
	Messages uint64
	Below    uint64 // sequence from which on messages stay
}

// Sweep makes room: it purges what every consumer of a stream has acknowledged,
// by sequence, and never more. Before that reconciled must confirm that the
// warehouse has what was acknowledged; its error leaves everything in place
// (promise 2).
func (b *Broker) Sweep(ctx context.Context, reconciled func(context.Context) error) ([]Swept, error) {
	floors := map[string]uint64{}
	// Floors first: what is acknowledged while reconciled looks stays until next time.
	for _, r := range roles {
		floor, err := b.floor(ctx, r.stream)
		if err != nil {
			return nil, err
		}
		floors[r.stream] = floor
	}
	if err := reconciled(ctx); err != nil {
		return nil, fmt.Errorf("sweeping the streams: not reconciled: %w", err)
	}
	var swept []Swept
	for _, r := range roles {
		done, err := b.sweepStream(ctx, r.stream, floors[r.stream])
		if err != nil {
			return swept, err
		}
		swept = append(swept, done)
	}
	return swept, nil
}

// floor returns the highest sequence up to which every consumer of a stream has
// acknowledged; 0 for a stream without consumers.
func (b *Broker) floor(ctx context.Context, name string) (uint64, error) {
	s, err := b.js.Stream(ctx, name)
	if err != nil {
		return 0, fmt.Errorf("looking for stream %s: %w", name, err)
	}
	floor := uint64(math.MaxUint64)
	consumers := s.ListConsumers(ctx)
	for info := range consumers.Info() {
		floor = min(floor, info.AckFloor.Stream)
	}
	if err := consumers.Err(); err != nil {
		return 0, fmt.Errorf("listing the consumers of %s: %w", name, err)
	}
	if floor == math.MaxUint64 {
		return 0, nil
	}
	return floor, nil
}

func (b *Broker) sweepStream(ctx context.Context, name string, floor uint64) (Swept, error) {
	s, err := b.js.Stream(ctx, name)
	if err != nil {
		return Swept{}, fmt.Errorf("looking for stream %s: %w", name, err)
	}
	before := s.CachedInfo().State
	below := min(floor, before.LastSeq) + 1
	if below <= before.FirstSeq || before.Msgs == 0 {
		return Swept{Stream: name, Below: before.FirstSeq}, nil
	}
	if err := s.Purge(ctx, jetstream.WithPurgeSequence(below)); err != nil {
		return Swept{}, fmt.Errorf("purging stream %s below %d: %w", name, below, err)
	}
	after, err := s.Info(ctx)
	if err != nil {
		return Swept{}, fmt.Errorf("looking for stream %s: %w", name, err)
	}
	messages := before.Msgs - min(before.Msgs, after.State.Msgs)
	return Swept{Stream: name, Messages: messages, Below: below}, nil
}
