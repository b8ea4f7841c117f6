package worker

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"testing"
	"time"

	"zhibiao/pipeline"
)

// An acceptance that is killed at any place ends as if it had not been (promises 1,
// 3 and 7).
func TestAnAcceptanceThatIsKilledGoesOn(t *testing.T) {
	want := acceptedRows(t, "")
	for _, place := range []string{AtDocumentArchived, AtHeadPending, AtDocumentPlaced, AtDocumentPublished, AtHeadAdvanced,
		AtReadingArchived, AtObservationsPublished, AtRefusalsPublished, AtRecordPublished, AtLoaded} {
		t.Run(place, func(t *testing.T) {
			if got := acceptedRows(t, place); !slices.Equal(got, want) {
				t.Errorf("killed it ends with\n%v\nwant\n%v", got, want)
			}
		})
	}
}

func acceptedRows(t *testing.T, place string) []string {
	t.Helper()
	r, s := newRig(t), &tableRules{derivation: testDerivation, expect: strict}
	r.rules = s.rulesOf
	r.open(nil, true)
	r.show(s, "1:gdp 1", "2:tax 1")
	r.show(s, "1:ghost 5", "2:tax 2")
	a := r.acceptance("table[1]")
	r.close()
	if place != "" {
		r.acceptUntil(place, a)
	}
	r.open(nil, true)
	defer r.close()
	if _, err := r.collect.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.collect.Accept(t.Context(), a); err != nil && !errors.Is(err, ErrNotLast) {
		t.Fatal(err)
	}
	r.awaitIdle()
	if told := r.told(); len(told) != 0 {
		t.Errorf("still told %+v", told)
	}
	if dead := r.dead(); len(dead) > 0 {
		t.Errorf("%d dead letters", len(dead))
	}
	return slices.Sorted(maps.Keys(r.warehouse.Observations()))
}

// acceptUntil accepts until a failpoint and stops all that goes through it.
func (r *rig) acceptUntil(place string, a pipeline.Acceptance) {
	r.t.Helper()
	reached := make(chan struct{}, 64)
	r.open(func(name string) {
		if name == place {
			reached <- struct{}{}
			runtime.Goexit()
		}
	}, true)
	go func() { _, _ = r.collect.Accept(context.Background(), a) }()
	select {
	case <-reached:
	case <-time.After(30 * time.Second):
		r.t.Fatalf("%s was not reached", place)
	}
	r.close()
}
