package stream

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"zhibiao/pipeline"
)

// Backfill is what a backfill was asked for. Its windows follow from it and the
// source's file, whose part that they follow from is in Digest.
type Backfill struct {
	ID        string        `json:"id"`
	Source    string        `json:"source"`
	From      pipeline.Date `json:"from"`
	To        pipeline.Date `json:"to"`
	Regions   []string      `json:"regions,omitempty"`
	Windows   int           `json:"windows"`
	Digest    string        `json:"digest"` // of the plan
	CreatedAt time.Time     `json:"created_at"`
}

// WindowResult is how a window of a backfill ended. A window without one never ran
// to its end.
type WindowResult struct {
	Done      bool      `json:"done"`
	Run       string    `json:"run"`
	Documents int       `json:"documents"`
	Failures  []string  `json:"failures,omitempty"`
	At        time.Time `json:"at"`
}

// Backfills is the ledger of backfills and their windows.
type Backfills struct{ bucket jetstream.KeyValue }

// Backfills returns the ledger of backfills.
func (b *Broker) Backfills(ctx context.Context) (*Backfills, error) {
	bucket, err := b.js.KeyValue(ctx, backfillsBucket)
	if err != nil {
		return nil, fmt.Errorf("opening the ledger of backfills: %w", err)
	}
	return &Backfills{bucket}, nil
}

const planName = "plan"

func windowKey(id string, window int) string { return id + ".w" + strconv.Itoa(window) }

// Create enters a backfill; ErrMoved if the id is taken.
func (b *Backfills) Create(ctx context.Context, backfill Backfill) error {
	if _, err := writeEntry(ctx, b.bucket, backfill.ID+"."+planName, backfill, 0); err != nil {
		return fmt.Errorf("entering backfill %s: %w", backfill.ID, err)
	}
	return nil
}

// Get returns a backfill, and whether there is one of that id.
func (b *Backfills) Get(ctx context.Context, id string) (backfill Backfill, found bool, err error) {
	revision, err := readEntry(ctx, b.bucket, id+"."+planName, &backfill)
	if err != nil {
		return Backfill{}, false, fmt.Errorf("reading backfill %s: %w", id, err)
	}
	return backfill, revision > 0, nil
}

// List returns all backfills, oldest first.
func (b *Backfills) List(ctx context.Context) ([]Backfill, error) {
	keys, err := listKeys(ctx, b.bucket, "*."+planName)
	if err != nil {
		return nil, fmt.Errorf("listing backfills: %w", err)
	}
	var all []Backfill
	for _, key := range keys {
		backfill, found, err := b.Get(ctx, strings.TrimSuffix(key, "."+planName))
		if err != nil {
			return nil, err
		}
		if found {
			all = append(all, backfill)
		}
	}
	slices.SortFunc(all, func(x, y Backfill) int {
		return cmp.Or(x.CreatedAt.Compare(y.CreatedAt), cmp.Compare(x.ID, y.ID))
	})
	return all, nil
}

// Results returns how the windows ended that did, by their place in the plan.
func (b *Backfills) Results(ctx context.Context, id string) (map[int]WindowResult, error) {
	watcher, err := b.bucket.Watch(ctx, id+".*", jetstream.IgnoreDeletes())
	if err != nil {
		return nil, fmt.Errorf("reading the windows of backfill %s: %w", id, err)
	}
	defer func() { _ = watcher.Stop() }()
	results := map[int]WindowResult{}
	for {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case entry, open := <-watcher.Updates():
			if !open {
				return nil, fmt.Errorf("reading the windows of backfill %s: the broker ended the answer", id)
			}
			if entry == nil { // that was all
				return results, nil
			}
			number, isWindow := strings.CutPrefix(entry.Key(), id+".w")
			window, err := strconv.Atoi(number)
			if !isWindow || err != nil {
				continue
			}
			var result WindowResult
			if err := json.Unmarshal(entry.Value(), &result); err != nil {
				return nil, fmt.Errorf("reading window %d of backfill %s: %w", window, id, err)
			}
			results[window] = result
		}
	}
}

// Finish enters how a window ended, in the place of what was there.
func (b *Backfills) Finish(ctx context.Context, id string, window int, result WindowResult) error {
	content, err := json.Marshal(result)
	if err == nil {
		_, err = b.bucket.Put(ctx, windowKey(id, window), content)
	}
	if err != nil {
		return fmt.Errorf("entering the end of window %d of backfill %s: %w", window, id, err)
	}
	return nil
}

// Forget drops the backfills that were created before a time.
func (b *Backfills) Forget(ctx context.Context, before time.Time) error {
	all, err := b.List(ctx)
	if err != nil {
		return err
	}
	for _, backfill := range all {
		if !backfill.CreatedAt.Before(before) {
			continue
		}
		keys, err := listKeys(ctx, b.bucket, backfill.ID+".*")
		if err != nil {
			return fmt.Errorf("forgetting backfill %s: %w", backfill.ID, err)
		}
		for _, key := range keys {
			if err := b.bucket.Purge(ctx, key); err != nil {
				return fmt.Errorf("forgetting backfill %s: %w", backfill.ID, err)
			}
		}
	}
	return nil
}
