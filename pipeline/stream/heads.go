package stream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"zhibiao/pipeline"
)

// ErrMoved says that a compare-and-set lost: somebody else wrote first. Read
// again.
var ErrMoved = errors.New("somebody else was first")

// Head is how far a lineage has come. While Pending is set, that version is
// archived and perhaps published: whoever finds it publishes it again under its
// id and completes it before putting a version of his own on top. So no two
// versions ever have the same predecessor.
type Head struct {
	Version    string    `json:"version,omitempty"`    // last published version, "" for none
	Document   string    `json:"document,omitempty"`   // hash of its body
	Derivation string    `json:"derivation,omitempty"` // that it was made under
	Pending    string    `json:"pending,omitempty"`    // version that is being published
	FetchedAt  time.Time `json:"fetched_at,omitzero"`  // of Version
}

// HeadOf returns the head of a lineage whose last published version is doc.
func HeadOf(doc pipeline.Document) Head {
	return Head{Version: doc.Version, Document: doc.Hash, Derivation: doc.Derivation.ID, FetchedAt: doc.FetchedAt}
}

// Heads are the heads of all lineages.
type Heads struct{ bucket jetstream.KeyValue }

// Heads returns the heads of all lineages.
func (b *Broker) Heads(ctx context.Context) (*Heads, error) {
	bucket, err := b.js.KeyValue(ctx, headsBucket)
	if err != nil {
		return nil, fmt.Errorf("opening the heads: %w", err)
	}
	return &Heads{bucket}, nil
}

// Get returns a lineage's head and its revision; both are zero for a new lineage.
func (h *Heads) Get(ctx context.Context, lineage string) (head Head, revision uint64, err error) {
	revision, err = readEntry(ctx, h.bucket, lineage, &head)
	if err != nil {
		return Head{}, 0, fmt.Errorf("reading the head of %s: %w", lineage, err)
	}
	return head, revision, nil
}

// Advance sets a lineage's head where its revision is still the given one, and
// returns the new revision; otherwise ErrMoved.
func (h *Heads) Advance(ctx context.Context, lineage string, head Head, revision uint64) (uint64, error) {
	next, err := writeEntry(ctx, h.bucket, lineage, head, revision)
	if err != nil {
		return 0, fmt.Errorf("advancing the head of %s: %w", lineage, err)
	}
	return next, nil
}

// Each calls visit with every lineage's head, in no order.
func (h *Heads) Each(ctx context.Context, visit func(lineage string, head Head) error) error {
	keys, err := h.bucket.ListKeys(ctx)
	if err != nil {
		return fmt.Errorf("listing the heads: %w", err)
	}
	defer func() { _ = keys.Stop() }()
	for lineage := range keys.Keys() {
		head, revision, err := h.Get(ctx, lineage)
		if err != nil {
			return err
		}
		if revision == 0 {
			continue
		}
		if err := visit(lineage, head); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func readEntry(ctx context.Context, bucket jetstream.KeyValue, key string, value any) (uint64, error) {
	entry, err := bucket.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	decoder := json.NewDecoder(bytes.NewReader(entry.Value()))
	decoder.DisallowUnknownFields() // promise 11
	if err := decoder.Decode(value); err != nil {
		return 0, pipeline.Permanent(err)
	}
	return entry.Revision(), nil
}

func writeEntry(ctx context.Context, bucket jetstream.KeyValue, key string, value any, revision uint64) (uint64, error) {
	content, err := json.Marshal(value)
	if err != nil {
		return 0, pipeline.Permanent(err)
	}
	var next uint64
	if revision == 0 {
		next, err = bucket.Create(ctx, key, content)
	} else {
		next, err = bucket.Update(ctx, key, content, revision)
	}
	if lostRace(err) {
		return 0, ErrMoved
	}
	return next, err
}

func lostRace(err error) bool {
	if errors.Is(err, jetstream.ErrKeyExists) {
		return true
	}
	var answer *jetstream.APIError
	return errors.As(err, &answer) && answer.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence
}
