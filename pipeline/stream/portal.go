package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Audit is the stream of who did what. Nothing in it can be deleted or purged.
const Audit = "AUDIT"

// Buckets of the pages, and the share of the broker's store of all that they keep.
const (
	accountsBucket = "ACCOUNTS"
	sessionsBucket = "SESSIONS"

	accountsPart = 1
	sessionsPart = 1
	auditPart    = 3
)

// SessionsAge is after how long the broker forgets a session or a failed log-in that
// nobody wrote anew.
const SessionsAge = 24 * time.Hour

// bucketAge is after how long a bucket forgets an entry; 0 is never.
func bucketAge(bucket string) time.Duration {
	if bucket == sessionsBucket {
		return SessionsAge
	}
	return 0
}

// Accounts returns the book of who may sign in.
func (b *Broker) Accounts(ctx context.Context) (*Book, error) { return b.book(ctx, accountsBucket) }

// Sessions returns the book of who has signed in, and of who failed to. It forgets
// what is older than SessionsAge.
func (b *Broker) Sessions(ctx context.Context) (*Book, error) { return b.book(ctx, sessionsBucket) }

// Remove drops a key. One that is not there is no error.
func (b *Book) Remove(ctx context.Context, key string) error {
	if err := b.bucket.Purge(ctx, key); err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
		return fmt.Errorf("removing %s of %s: %w", key, b.name, err)
	}
	return nil
}

const auditSubject = "audit"

// Trail is the audit stream: records that are appended one after another and never
// changed. It is safe for concurrent use.
type Trail struct {
	js     jetstream.JetStream
	stream jetstream.Stream
}

// Trail opens the audit stream.
func (b *Broker) Trail(ctx context.Context) (*Trail, error) {
	s, err := b.js.Stream(ctx, Audit)
	if err != nil {
		return nil, fmt.Errorf("opening the audit trail: %w", err)
	}
	return &Trail{b.js, s}, nil
}

// Last returns the newest record and its sequence; nil and 0 where there is none.
func (t *Trail) Last(ctx context.Context) ([]byte, uint64, error) {
	last, err := t.stream.GetLastMsgForSubject(ctx, auditSubject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("reading the end of the audit trail: %w", err)
	}
	return last.Data, last.Sequence, nil
}

// Append puts a record behind the one of the given sequence, 0 for an empty trail, and
// returns once it is durable (promise 1). ok is false where another record is there
// already; nothing is written then. After any other error it may have been written.
func (t *Trail) Append(ctx context.Context, record []byte, after uint64) (ok bool, err error) {
	message := nats.NewMsg(auditSubject)
	message.Data = record
	_, err = t.js.PublishMsg(ctx, message, jetstream.WithExpectLastSequence(after), jetstream.WithRetryAttempts(0))
	if lostRace(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("writing to the audit trail: %w", err)
	}
	return true, nil
}

// Span returns the sequences of the first record that is there and of the last that
// ever was; the first is above the last for an empty trail.
func (t *Trail) Span(ctx context.Context) (first, last uint64, err error) {
	info, err := t.stream.Info(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("measuring the audit trail: %w", err)
	}
	return max(info.State.FirstSeq, 1), info.State.LastSeq, nil
}

// Each calls visit with the records from a sequence on, oldest first, up to the one
// that is the last as it begins. A sequence without a record is left out.
func (t *Trail) Each(ctx context.Context, from uint64, visit func(sequence uint64, record []byte) error) error {
	first, last, err := t.Span(ctx)
	if err != nil {
		return err
	}
	for sequence := max(from, first); sequence <= last; sequence++ {
		message, err := t.stream.GetMsg(ctx, sequence)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("reading record %d of the audit trail: %w", sequence, err)
		}
		if err := visit(sequence, message.Data); err != nil {
			return err
		}
	}
	return nil
}
