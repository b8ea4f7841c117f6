package stream

import (
	"context"
	"fmt"
	"strings"
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

// LastLetter returns the sequence of the newest dead letter that there ever was, 0
// for none.
func (b *Broker) LastLetter(ctx context.Context) (uint64, error) {
	s, err := b.js.Stream(ctx, Dead)
	if err != nil {
		return 0, fmt.Errorf("looking for the last dead letter: %w", err)
	}
	return s.CachedInfo().State.LastSeq, nil
}

// Idle reports whether all that was published is processed to its end. The
// consumers are asked in the order in which work flows, and each stage publishes
// before it acknowledges, so nothing slips by between two of them.
func (b *Broker) Idle(ctx context.Context) (bool, error) {
	_, waiting, err := b.progress(ctx)
	return err == nil && len(waiting) == 0, err
}

// StalledError says that nothing moves any more although something waits.
type StalledError struct {
	Patience time.Duration
	Depths   []Depth // where something waits
}

func (e *StalledError) Error() string {
	var places []string
	for _, d := range e.Depths {
		places = append(places, fmt.Sprintf("%d messages of %s", d.Waiting+uint64(d.InHand), d.Stream))
	}
	return fmt.Sprintf("nothing has moved for %s while %s wait; they stay in the broker and go on with the next run; the log says what holds them up",
		e.Patience, strings.Join(places, " and "))
}

// AwaitIdle waits until Idle, looking every few milliseconds. The workers must
// run. Where nothing is acknowledged or published for as long as patience, it gives
// up with a *StalledError; zero waits for ever.
func (b *Broker) AwaitIdle(ctx context.Context, patience time.Duration) error {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	var last string
	moved := time.Now()
	for {
		progress, waiting, err := b.progress(ctx)
		if err != nil || len(waiting) == 0 {
			return err
		}
		if progress != last {
			last, moved = progress, time.Now()
		} else if patience > 0 && time.Since(moved) > patience {
			return &StalledError{Patience: patience, Depths: waiting}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting until all is loaded: %w", context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

// progress returns what changes whenever a message is published or acknowledged,
// and the places where something waits.
func (b *Broker) progress(ctx context.Context) (string, []Depth, error) {
	var text strings.Builder
	var waiting []Depth
	for _, r := range roles {
		depth, floor, err := b.unfinished(ctx, r)
		if err != nil {
			return "", nil, err
		}
		fmt.Fprintf(&text, "%d %d;", depth.Waiting+uint64(depth.InHand), floor)
		if !depth.Idle() {
			waiting = append(waiting, depth)
		}
	}
	return text.String(), waiting, nil
}

// unfinished returns what waits at a consumer, and up to where it has settled all.
// The server counts a message for the consumer a moment after it has confirmed it to
// the publisher, so the stream is asked first, and what the consumer was not given
// of it waits too.
func (b *Broker) unfinished(ctx context.Context, r role) (Depth, uint64, error) {
	s, err := b.js.Stream(ctx, r.stream)
	if err != nil {
		return Depth{}, 0, fmt.Errorf("measuring %s: %w", r.stream, err)
	}
	consumer, err := b.js.Consumer(ctx, r.stream, r.consumer)
	if err != nil {
		return Depth{}, 0, fmt.Errorf("measuring %s: %w", r.consumer, err)
	}
	info, stored := consumer.CachedInfo(), s.CachedInfo().State
	depth := Depth{Stream: r.stream, Consumer: r.consumer, Waiting: info.NumPending, InHand: info.NumAckPending}
	if depth.Idle() && stored.Msgs > 0 && info.Delivered.Stream < stored.LastSeq {
		depth.Waiting = min(stored.Msgs, stored.LastSeq-info.Delivered.Stream)
	}
	return depth, info.AckFloor.Stream, nil
}
