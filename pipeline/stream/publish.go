package stream

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"zhibiao/pipeline"
)

const (
	attemptTimeout = 10 * time.Second
	firstRetry     = 50 * time.Millisecond
	lastRetry      = 5 * time.Second

	// Bounds of what PublishAll has under way, in bytes and messages: beyond them
	// the client stalls.
	maxUnderWay      = 32 << 20
	maxUnderWayCount = 256
	stallWait        = 30 * time.Second
)

// errTooLarge is the broker's code for a message above the stream's limit.
const errTooLarge jetstream.ErrorCode = 10054

// Publish returns once the broker has the batch on disk (promise 1), or had it
// already under the same id. A full stream, a timeout and a lost connection are
// back-pressure: the same id is sent again, with growing pauses, until ctx ends.
func (b *Broker) Publish(ctx context.Context, batch Batch) error {
	message := nats.NewMsg(batch.Subject)
	message.Data = batch.Payload
	return b.publish(ctx, message, batch.ID)
}

func (b *Broker) publish(ctx context.Context, message *nats.Msg, id string) error {
	pause, started := firstRetry, time.Now()
	traced(ctx, message)
	for attempt := 1; ; attempt++ {
		err := b.attempt(ctx, message, id)
		if err == nil {
			if attempt > 1 {
				b.log.Info("published after back-pressure", zap.String("subject", message.Subject), zap.Int("attempts", attempt))
			}
			b.published(message.Subject, time.Since(started))
			return nil
		}
		if hopeless(err) {
			return pipeline.Permanent(fmt.Errorf("publishing %s to %s: %w", id, message.Subject, err))
		}
		if errors.Is(err, nats.ErrConnectionClosed) {
			return fmt.Errorf("publishing %s to %s: %w", id, message.Subject, err)
		}
		if attempt == 1 && ctx.Err() == nil {
			b.log.Warn("broker takes no messages, trying again", zap.String("subject", message.Subject), zap.Error(err))
		}
		if !sleep(ctx, jittered(pause)) {
			return fmt.Errorf("publishing %s to %s (last answer: %w): %w", id, message.Subject, err, context.Cause(ctx))
		}
		pause = min(2*pause, lastRetry)
	}
}

func (b *Broker) attempt(ctx context.Context, message *nats.Msg, id string) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	_, err := b.js.PublishMsg(ctx, message, jetstream.WithMsgID(id), jetstream.WithRetryAttempts(0))
	return err
}

// hopeless reports whether no repetition can mend the error: the message itself
// is too large or its subject is none.
func hopeless(err error) bool {
	var answer *jetstream.APIError
	if errors.As(err, &answer) {
		return answer.ErrorCode == errTooLarge
	}
	return errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrBadSubject)
}

// PublishAll publishes many batches with several under way at a time and returns
// once the broker has confirmed each of them (promise 1).
func (b *Broker) PublishAll(ctx context.Context, batches []Batch) error {
	if len(batches) == 1 {
		return b.Publish(ctx, batches[0])
	}
	type sent struct {
		batch  Batch
		future jetstream.PubAckFuture
		at     time.Time
	}
	var underWay []sent
	bytes := 0
	settleOldest := func() error {
		oldest := underWay[0]
		underWay = underWay[1:]
		bytes -= len(oldest.batch.Payload)
		return b.confirm(ctx, oldest.batch, oldest.future, oldest.at)
	}
	for _, batch := range batches {
		for len(underWay) > 0 && (bytes+len(batch.Payload) > maxUnderWay || len(underWay) == maxUnderWayCount) {
			if err := settleOldest(); err != nil {
				return err
			}
		}
		message := nats.NewMsg(batch.Subject)
		message.Data = batch.Payload
		future, err := b.js.PublishMsgAsync(traced(ctx, message),
			jetstream.WithMsgID(batch.ID), jetstream.WithStallWait(stallWait))
		if err != nil {
			future = nil // confirm sends it again
		}
		underWay = append(underWay, sent{batch, future, time.Now()})
		bytes += len(batch.Payload)
	}
	for len(underWay) > 0 {
		if err := settleOldest(); err != nil {
			return err
		}
	}
	return nil
}

// confirm waits for the confirmation of a batch under way; without one the batch
// is published again under its id.
func (b *Broker) confirm(ctx context.Context, batch Batch, future jetstream.PubAckFuture, sent time.Time) error {
	if future == nil {
		return b.Publish(ctx, batch)
	}
	select {
	case <-future.Ok():
		b.published(batch.Subject, time.Since(sent))
		return nil
	case err := <-future.Err():
		b.log.Debug("publishing again", zap.String("subject", batch.Subject), zap.Error(err))
		return b.Publish(ctx, batch)
	case <-ctx.Done():
		return fmt.Errorf("publishing %s to %s: %w", batch.ID, batch.Subject, context.Cause(ctx))
	}
}

// jittered returns a duration between half of d and d.
func jittered(d time.Duration) time.Duration {
	return d/2 + rand.N(d/2+1)
}

// sleep waits for d and reports whether ctx is still alive.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
