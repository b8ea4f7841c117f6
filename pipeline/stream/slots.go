package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// SlotState is how far a slot of a schedule has come.
type SlotState string

// The states of a slot. Only running and interrupted ones may still change.
const (
	SlotRunning     SlotState = "running"
	SlotDone        SlotState = "done"
	SlotFailed      SlotState = "failed"      // our side could not do its work
	SlotInterrupted SlotState = "interrupted" // stopped in order before it was done
	SlotCovered     SlotState = "covered"     // missed, and caught up by the run of a later slot
)

// Slot is one time at which a source's schedule fires, and what became of it.
type Slot struct {
	Source     string    `json:"source"`
	At         time.Time `json:"at"` // by the schedule, without jitter
	State      SlotState `json:"state"`
	Trigger    string    `json:"trigger,omitempty"` // nightly, catch-up
	Holder     string    `json:"holder,omitempty"`  // process that claimed it
	Attempt    int       `json:"attempt,omitempty"` // counted from 1
	CoveredBy  time.Time `json:"covered_by,omitzero"`
	ClaimedAt  time.Time `json:"claimed_at"`
	FinishedAt time.Time `json:"finished_at,omitzero"`
	Run        string    `json:"run,omitempty"`
	Fetched    int       `json:"fetched,omitempty"`  // documents
	Failures   int       `json:"failures,omitempty"` // of the source
	Error      string    `json:"error,omitempty"`    // of our side

	revision uint64
}

// Slots is the ledger of what the schedules have fired. A slot is claimed by
// making its key, so no slot is claimed twice, whatever a paused process believes.
type Slots struct{ bucket jetstream.KeyValue }

// Slots returns the ledger of slots.
func (b *Broker) Slots(ctx context.Context) (*Slots, error) {
	bucket, err := b.js.KeyValue(ctx, slotsBucket)
	if err != nil {
		return nil, fmt.Errorf("opening the ledger of slots: %w", err)
	}
	return &Slots{bucket}, nil
}

const (
	slotForm  = "20060102T150405Z"
	sinceName = "since"
)

func slotKey(source string, at time.Time) string { return source + "." + at.UTC().Format(slotForm) }

type sinceEntry struct {
	Since time.Time `json:"since"`
}

// Since returns when the source was first scheduled; the first call says now.
// Slots before it were not missed.
func (s *Slots) Since(ctx context.Context, source string, now time.Time) (time.Time, error) {
	key := source + "." + sinceName
	for {
		var entry sinceEntry
		revision, err := readEntry(ctx, s.bucket, key, &entry)
		if err == nil && revision == 0 {
			entry.Since = now.UTC()
			_, err = writeEntry(ctx, s.bucket, key, entry, 0)
		}
		if errors.Is(err, ErrMoved) {
			continue
		}
		if err != nil {
			return time.Time{}, fmt.Errorf("reading since when %s is scheduled: %w", source, err)
		}
		return entry.Since, nil
	}
}

// Claim makes the slot the caller's; ErrMoved if it was claimed before, by
// whomever.
func (s *Slots) Claim(ctx context.Context, slot Slot) (Slot, error) {
	slot.revision = 0
	return s.write(ctx, "claiming", slot)
}

// Update writes a slot that was claimed or listed; ErrMoved if somebody wrote it
// since.
func (s *Slots) Update(ctx context.Context, slot Slot) (Slot, error) {
	if slot.revision == 0 {
		return slot, fmt.Errorf("updating slot %s of %s: it was never claimed", slot.At.Format(time.RFC3339), slot.Source)
	}
	return s.write(ctx, "updating", slot)
}

func (s *Slots) write(ctx context.Context, doing string, slot Slot) (Slot, error) {
	revision, err := writeEntry(ctx, s.bucket, slotKey(slot.Source, slot.At), slot, slot.revision)
	if err != nil {
		return slot, fmt.Errorf("%s slot %s of %s: %w", doing, slot.At.Format(time.RFC3339), slot.Source, err)
	}
	slot.revision = revision
	return slot, nil
}

// Of returns the source's slots by time, and drops the oldest so that keep remain.
func (s *Slots) Of(ctx context.Context, source string, keep int) ([]Slot, error) {
	keys, err := listKeys(ctx, s.bucket, source+".*")
	if err != nil {
		return nil, fmt.Errorf("listing the slots of %s: %w", source, err)
	}
	keys = slices.DeleteFunc(keys, func(key string) bool { return key == source+"."+sinceName })
	slices.Sort(keys) // their form sorts by time
	for len(keys) > keep {
		if err := s.bucket.Purge(ctx, keys[0]); err != nil {
			return nil, fmt.Errorf("dropping the slot %s: %w", keys[0], err)
		}
		keys = keys[1:]
	}
	var all []Slot
	for _, key := range keys {
		var slot Slot
		revision, err := readEntry(ctx, s.bucket, key, &slot)
		if err != nil {
			return nil, fmt.Errorf("reading the slot %s: %w", key, err)
		}
		if revision > 0 {
			slot.revision = revision
			all = append(all, slot)
		}
	}
	return all, nil
}

// listKeys returns the keys that match a filter, in no order.
func listKeys(ctx context.Context, bucket jetstream.KeyValue, filter string) ([]string, error) {
	lister, err := bucket.ListKeysFiltered(ctx, filter)
	if err != nil {
		return nil, err
	}
	defer func() { _ = lister.Stop() }()
	var keys []string
	for key := range lister.Keys() {
		keys = append(keys, key)
	}
	return keys, ctx.Err()
}
