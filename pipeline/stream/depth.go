package stream

import (
	"context"
	"fmt"
	"time"
)

// Depth is how much work waits at one place.
type Depth struct {
	Stream   string
	Consumer string
	Waiting  uint64 // messages never delivered yet
	InHand   int    // delivered and not settled
	Again    int    // of those in hand, delivered more than once
	Messages uint64 // in the stream, acknowledged ones that were not swept included
	Bytes    uint64
	MaxBytes int64
}

// Idle reports whether nothing waits there.
func (d Depth) Idle() bool { return d.Waiting == 0 && d.InHand == 0 }

// Depths returns the depth at each consumer, in the order in which work flows.
func (b *Broker) Depths(ctx context.Context) ([]Depth, error) {
	depths := make([]Depth, 0, len(roles))
	for _, r := range roles {
		depth, err := b.depth(ctx, r)
		if err != nil {
			return nil, err
		}
		depths = append(depths, depth)
	}
	return depths, nil
}

func (b *Broker) depth(ctx context.Context, r role) (Depth, error) {
	consumer, err := b.js.Consumer(ctx, r.stream, r.consumer)
	if err != nil {
		return Depth{}, fmt.Errorf("measuring %s: %w", r.consumer, err)
	}
	s, err := b.js.Stream(ctx, r.stream)
	if err != nil {
		return Depth{}, fmt.Errorf("measuring %s: %w", r.stream, err)
	}
	info, stored := consumer.CachedInfo(), s.CachedInfo()
	return Depth{
		Stream: r.stream, Consumer: r.consumer,
		Waiting: info.NumPending, InHand: info.NumAckPending, Again: info.NumRedelivered,
		Messages: stored.State.Msgs, Bytes: stored.State.Bytes, MaxBytes: stored.Config.MaxBytes,
	}, nil
}

// DeadLetters returns how many dead letters there are.
func (b *Broker) DeadLetters(ctx context.Context) (uint64, error) {
	s, err := b.js.Stream(ctx, Dead)
	if err != nil {
		return 0, fmt.Errorf("counting dead letters: %w", err)
	}
	return s.CachedInfo().State.Msgs, nil
}

// Idle reports whether all that was published is processed to its end. The
// consumers are asked in the order in which work flows, and each stage publishes
// before it acknowledges, so nothing slips by between two of them.
func (b *Broker) Idle(ctx context.Context) (bool, error) {
	for _, r := range roles {
		consumer, err := b.js.Consumer(ctx, r.stream, r.consumer)
		if err != nil {
			return false, fmt.Errorf("measuring %s: %w", r.consumer, err)
		}
		if info := consumer.CachedInfo(); info.NumPending > 0 || info.NumAckPending > 0 {
			return false, nil
		}
	}
	return true, nil
}

// AwaitIdle waits until Idle, looking every few milliseconds. The workers must
// run.
func (b *Broker) AwaitIdle(ctx context.Context) error {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		idle, err := b.Idle(ctx)
		if err != nil || idle {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting until all is loaded: %w", context.Cause(ctx))
		case <-ticker.C:
		}
	}
}
