package worker

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

// judge walks every chain from its head in the archive, reads it from its first
// version on, and compares what that must have published with the warehouse: no
// row missing, none too many, whatever happened on the way. It returns the rows.
func judge(t *testing.T, r *rig) int {
	t.Helper()
	heads, err := r.broker.Heads(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	err = heads.Each(context.Background(), func(_ string, head stream.Head) error {
		if head.Pending != "" {
			t.Errorf("version %s is still pending", head.Pending)
		}
		var chain []pipeline.Document
		for version := head.Version; version != ""; {
			doc, err := r.archive.Document(context.Background(), version)
			if err != nil {
				return err
			}
			chain = append(chain, doc)
			version = doc.Predecessor
		}
		slices.Reverse(chain)
		var baseline *pipeline.Reading
		for _, doc := range chain {
			reading, err := testReader{}.Read(doc, nil)
			if err != nil {
				return err
			}
			rows := testReadings.Diff(baseline, reading)
			for _, row := range rows {
				want[row.ID()] = true
			}
			testReadings.Stand(baseline, &reading, rows)
			baseline = &reading
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got := r.warehouse.Observations()
	for id := range want {
		if _, loaded := got[id]; !loaded {
			t.Errorf("row %s is lost", id)
		}
	}
	for id, row := range got {
		if !want[id] {
			t.Errorf("row %s (%s = %s of version %s) is too many", id, row.Indicator, row.Value, row.Origin.Version)
		}
	}
	return len(want)
}

var places = []string{
	AtBodyArchived, AtDocumentArchived, AtHeadPending, AtDocumentPlaced, AtDocumentPublished, AtHeadAdvanced,
	AtReadingArchived, AtObservationsPublished, AtRefusalsPublished, AtRecordPublished, AtDocumentAcknowledged,
	AtGathered, AtLoaded, AtAcknowledged,
}

// killer ends one goroutine at a place after a number of passes, and counts.
type killer struct {
	mu    sync.Mutex
	place string
	after int
	done  chan struct{}
}

func (k *killer) reach(name string) {
	k.mu.Lock()
	hit := name == k.place && k.after == 0
	if name == k.place {
		k.after--
	}
	k.mu.Unlock()
	if hit {
		close(k.done)
		runtime.Goexit()
	}
}

func TestNoKillLosesOrDoublesARow(t *testing.T) {
	rounds := 39
	if testing.Short() {
		rounds = 13
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	r := newRig(t)
	kills := map[string]int{}
	for round := range rounds {
		k := &killer{place: places[round%len(places)], after: random.IntN(3), done: make(chan struct{})}
		r.open(k.reach, true)
		for i := range 3 { // pages change, also back to what they said
			r.site.pages[fmt.Sprintf("%s%d", page, i)] = fmt.Sprintf("gdp%d %d\nx%d %d\n?label%d", i, random.IntN(2), i, round, round)
		}
		r.runUntilKilled()
		select {
		case <-k.done:
			kills[k.place]++
		case <-time.After(300 * time.Millisecond): // the place was not reached often enough
		}
		r.close()
	}
	r.open(nil, true)
	defer r.close()
	r.mustRun()
	if _, err := r.collect.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.awaitIdle()
	rows := judge(t, r)
	if len(r.dead()) != 0 {
		t.Errorf("%d dead letters, want none", len(r.dead())) // promise 5
	}
	total := 0
	for _, n := range kills {
		total += n
	}
	t.Logf("%d rows, %d kills: %v", rows, total, kills)
	if total < rounds/3 || rows < rounds {
		t.Errorf("%d kills and %d rows in %d rounds prove nothing", total, rows, rounds)
	}
}
