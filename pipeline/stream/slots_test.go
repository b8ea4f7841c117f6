package stream

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zhibiao/pipeline"
)

func mustSlots(t *testing.T, b *Broker) *Slots {
	t.Helper()
	slots, err := b.Slots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slots
}

func TestASlotIsClaimedByOneOfMany(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	slots := mustSlots(t, e.Broker)
	at := time.Date(2026, 11, 24, 2, 30, 0, 0, time.UTC)
	var won atomic.Int32
	var claiming sync.WaitGroup
	for range 8 {
		claiming.Go(func() {
			_, err := slots.Claim(t.Context(), Slot{Source: "s", At: at, State: SlotRunning})
			switch {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, ErrMoved):
				t.Error(err)
			}
		})
	}
	claiming.Wait()
	if won.Load() != 1 {
		t.Errorf("%d claims succeeded", won.Load())
	}
}

func TestASlotIsUpdatedOnlyAsItWasSeen(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	slots := mustSlots(t, e.Broker)
	claimed, err := slots.Claim(t.Context(), Slot{Source: "s", At: time.Unix(1000, 0).UTC(), State: SlotRunning})
	if err != nil {
		t.Fatal(err)
	}
	done := claimed
	done.State = SlotDone
	if done, err = slots.Update(t.Context(), done); err != nil {
		t.Fatal(err)
	}
	if _, err := slots.Update(t.Context(), claimed); !errors.Is(err, ErrMoved) {
		t.Errorf("an older sight of the slot was written: %v", err)
	}
	if _, err := slots.Update(t.Context(), Slot{Source: "s", At: time.Unix(2000, 0)}); err == nil {
		t.Error("a slot that was never claimed was updated")
	}
	all, err := slots.Of(t.Context(), "s", 10)
	if err != nil || len(all) != 1 || all[0] != done {
		t.Errorf("listed %+v %v, want %+v", all, err, done)
	}
}

func TestTheLedgerKeepsTheNewestSlotsAndTheFirstDay(t *testing.T) {
	dir := t.TempDir()
	e := startEmbedded(t, dir, Profile{})
	slots := mustSlots(t, e.Broker)
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, source := range []string{"s", "s-other"} {
		if since, err := slots.Since(t.Context(), source, first); err != nil || !since.Equal(first) {
			t.Fatalf("since %s, %v", since, err)
		}
		for day := range 5 {
			if _, err := slots.Claim(t.Context(), Slot{Source: source, At: first.AddDate(0, 0, day), State: SlotDone}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 2 {
		kept, err := slots.Of(t.Context(), "s", 3)
		if err != nil || len(kept) != 3 || !kept[0].At.Equal(first.AddDate(0, 0, 2)) {
			t.Errorf("kept %+v, %v", kept, err)
		}
	}
	if others, err := slots.Of(t.Context(), "s-other", 10); err != nil || len(others) != 5 {
		t.Errorf("the other source has %d slots, %v", len(others), err)
	}
	if since, err := slots.Since(t.Context(), "s", first.AddDate(1, 0, 0)); err != nil || !since.Equal(first) {
		t.Errorf("since %s, %v: want the first day", since, err)
	}
}

func TestABackfillRemembersItsWindowsUntilItIsForgotten(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	ledger, err := e.Backfills(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	old := Backfill{ID: "a-20260101-000000", Source: "a", From: pipeline.DateOf(2015, 1, 1), To: pipeline.DateOf(2024, 12, 31),
		Regions: []string{"140121"}, Windows: 12, Digest: "d", CreatedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	recent := old
	recent.ID, recent.CreatedAt = "a-20260601-000000", old.CreatedAt.AddDate(0, 5, 0)
	for _, b := range []Backfill{recent, old} {
		if err := ledger.Create(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if err := ledger.Create(t.Context(), old); !errors.Is(err, ErrMoved) {
		t.Errorf("an id was given twice: %v", err)
	}
	failed := WindowResult{Run: "r1", Failures: []string{"unreachable"}, At: old.CreatedAt}
	done := WindowResult{Done: true, Run: "r2", Documents: 3, At: old.CreatedAt}
	for _, step := range []struct {
		window int
		result WindowResult
	}{{0, done}, {11, failed}, {11, done}, {3, failed}} {
		if err := ledger.Finish(t.Context(), old.ID, step.window, step.result); err != nil {
			t.Fatal(err)
		}
	}
	results, err := ledger.Results(t.Context(), old.ID)
	if diff := cmp.Diff(map[int]WindowResult{0: done, 11: done, 3: failed}, results); err != nil || diff != "" {
		t.Errorf("results: %v\n%s", err, diff)
	}
	if all, err := ledger.List(t.Context()); err != nil || !cmp.Equal(all, []Backfill{old, recent}) {
		t.Errorf("listed %+v, %v", all, err)
	}
	if err := ledger.Forget(t.Context(), old.CreatedAt.AddDate(0, 1, 0)); err != nil {
		t.Fatal(err)
	}
	if all, err := ledger.List(t.Context()); err != nil || !cmp.Equal(all, []Backfill{recent}) {
		t.Errorf("after forgetting %+v, %v", all, err)
	}
	if results, err := ledger.Results(t.Context(), old.ID); err != nil || len(results) != 0 {
		t.Errorf("after forgetting %v, %v", results, err)
	}
}
