// Package portaltest has what the tests of the pages stand on instead of a broker:
// books and a trail in memory, which keep the contract of those of package stream.
package portaltest

import (
	"context"
	"slices"
	"strings"
	"sync"
)

// Book is a bucket in memory. It is safe for concurrent use.
type Book struct {
	mu       sync.Mutex
	entries  map[string]value
	revision uint64
	fail     error
}

type value struct {
	content  []byte
	revision uint64
}

// NewBook returns an empty book.
func NewBook() *Book { return &Book{entries: map[string]value{}} }

// Fail makes everything fail with err; nil mends it.
func (b *Book) Fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = err
}

// Get returns a value and its revision; nil and 0 where there is none.
func (b *Book) Get(_ context.Context, key string) ([]byte, uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v := b.entries[key]
	return slices.Clone(v.content), v.revision, b.fail
}

// Put writes a value where its revision is still the given one.
func (b *Book) Put(_ context.Context, key string, content []byte, revision uint64) (uint64, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil || b.entries[key].revision != revision {
		return 0, false, b.fail
	}
	b.revision++
	b.entries[key] = value{slices.Clone(content), b.revision}
	return b.revision, true, nil
}

// Keys returns the keys of a folder in their order.
func (b *Book) Keys(_ context.Context, folder string) ([]string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var keys []string
	for key := range b.entries {
		if rest, found := strings.CutPrefix(key, folder+"."); found && !strings.Contains(rest, ".") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys, b.fail
}

// Remove drops a key.
func (b *Book) Remove(_ context.Context, key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.entries, key)
	return b.fail
}

// Text returns all that the book holds, for tests of what it must not hold.
func (b *Book) Text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var text strings.Builder
	for key, v := range b.entries {
		text.WriteString(key + "=" + string(v.content) + "\n")
	}
	return text.String()
}

// Trail is an audit trail in memory, which a test may tamper with. Records[i] has
// sequence i+1; nil is one that was removed. It is safe for concurrent use through its
// methods.
type Trail struct {
	mu      sync.Mutex
	Records [][]byte
	// AfterAppend is called when a record was written; its error is returned.
	AfterAppend func() error
}

// Last returns the newest record and its sequence.
func (t *Trail) Last(context.Context) ([]byte, uint64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, record := range slices.Backward(t.Records) {
		if record != nil {
			return record, uint64(i + 1), nil
		}
	}
	return nil, 0, nil
}

// Append puts a record behind the one of the given sequence.
func (t *Trail) Append(_ context.Context, record []byte, after uint64) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if uint64(len(t.Records)) != after {
		return false, nil
	}
	t.Records = append(t.Records, slices.Clone(record))
	if t.AfterAppend != nil {
		if err := t.AfterAppend(); err != nil {
			return false, err
		}
	}
	return true, nil
}

// Span returns the sequences of the first and the last record.
func (t *Trail) Span(context.Context) (first, last uint64, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return 1, uint64(len(t.Records)), nil
}

// Each calls visit with the records from a sequence on.
func (t *Trail) Each(_ context.Context, from uint64, visit func(uint64, []byte) error) error {
	t.mu.Lock()
	records := slices.Clone(t.Records)
	t.mu.Unlock()
	for i, record := range records {
		if uint64(i+1) < from || record == nil {
			continue
		}
		if err := visit(uint64(i+1), record); err != nil {
			return err
		}
	}
	return nil
}
