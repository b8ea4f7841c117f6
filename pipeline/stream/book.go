package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
)

// Buckets of the counties' supplements and their share of the broker's store.
const (
	entriesBucket = "ENTRIES"
	draftsBucket  = "DRAFTS"

	entriesPart = 1
	draftsPart  = 1
)

// Book is a bucket of values that are written by compare-and-set, whatever they are.
// Put returns once the value is durable (promise 1). It is safe for concurrent use.
type Book struct {
	bucket jetstream.KeyValue
	name   string
}

// Entries returns the book of what counties have entered, and what became of it.
func (b *Broker) Entries(ctx context.Context) (*Book, error) { return b.book(ctx, entriesBucket) }

// Drafts returns the book of what counties have not submitted yet.
func (b *Broker) Drafts(ctx context.Context) (*Book, error) { return b.book(ctx, draftsBucket) }

func (b *Broker) book(ctx context.Context, name string) (*Book, error) {
	bucket, err := b.js.KeyValue(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("opening the bucket %s: %w", name, err)
	}
	return &Book{bucket, name}, nil
}

// Get returns a value and its revision; nil and 0 where there is none.
func (b *Book) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	entry, err := b.bucket.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("reading %s of %s: %w", key, b.name, err)
	}
	return entry.Value(), entry.Revision(), nil
}

// Put writes a value where its revision is still the given one, 0 for a key that is
// not there, and returns the new revision. ok is false where somebody else wrote
// first; nothing is changed then.
func (b *Book) Put(ctx context.Context, key string, value []byte, revision uint64) (next uint64, ok bool, err error) {
	if revision == 0 {
		next, err = b.bucket.Create(ctx, key, value)
	} else {
		next, err = b.bucket.Update(ctx, key, value, revision)
	}
	if lostRace(err) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("writing %s of %s: %w", key, b.name, err)
	}
	return next, true, nil
}

// Keys returns the keys of a folder, such as file for file.140121, in their order.
func (b *Book) Keys(ctx context.Context, folder string) ([]string, error) {
	keys, err := listKeys(ctx, b.bucket, folder+".*")
	if err != nil {
		return nil, fmt.Errorf("listing %s of %s: %w", folder, b.name, err)
	}
	slices.Sort(keys)
	return keys, nil
}
