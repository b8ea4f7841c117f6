package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"zhibiao/pipeline"
)

// visits is a source for a backfill: which windows were asked for, and what fails.
type visits struct {
	mu     sync.Mutex
	asked  []string
	atOnce int
	most   int
	fails  map[string]bool
	breaks string // the window at which our side fails
	after  func(n int)
}

func (v *visits) collect(_ context.Context, w Window, run string) (pipeline.Run, error) {
	v.mu.Lock()
	v.asked = append(v.asked, w.Name)
	n := len(v.asked)
	v.atOnce++
	v.most = max(v.most, v.atOnce)
	v.mu.Unlock()
	defer func() {
		v.mu.Lock()
		v.atOnce--
		v.mu.Unlock()
	}()
	if v.after != nil {
		v.after(n)
	}
	if w.Name == v.breaks {
		return pipeline.Run{}, errors.New("the archive is full")
	}
	result := pipeline.Run{ID: run, Fetched: 2}
	if v.fails[w.Name] {
		result.Fetched, result.Failures = 0, []string{"unreachable " + w.Name}
	}
	return result, nil
}

func (v *visits) take() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	asked := v.asked
	v.asked = nil
	slices.Sort(asked)
	return asked
}

func someWindows(n int) []Window {
	windows := make([]Window, n)
	for i := range windows {
		windows[i] = Window{Name: fmt.Sprintf("w%03d", i)}
	}
	return windows
}

func newBackfill(t *testing.T, v *visits, parallel int) (b *Backfill, settled *int) {
	t.Helper()
	ledger, err := startLedger(t).broker.Backfills(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	settled = new(int)
	return &Backfill{Ledger: ledger, Clock: clockAt("2026-11-24 12:00").now, Parallel: parallel, Collect: v.collect,
		Settle: func(context.Context) error {
			if v.atOnce > 0 {
				t.Error("settled while windows ran")
			}
			*settled++
			return nil
		}}, settled
}

func TestAResumedBackfillRunsOnlyWhatFailedOrNeverRan(t *testing.T) {
	v := &visits{fails: map[string]bool{"w003": true, "w007": true}}
	b, _ := newBackfill(t, v, 3)
	windows := someWindows(10)
	first, err := b.Run(t.Context(), "id", windows)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.take()) != 10 || first.Done != 8 || len(first.FailedWindows) != 2 || first.FailedWindows[0].Name != "w003" || first.Documents != 16 {
		t.Errorf("first attempt: %+v", first)
	}
	delete(v.fails, "w003")
	second, err := b.Run(t.Context(), "id", windows)
	if err != nil {
		t.Fatal(err)
	}
	if asked := v.take(); !slices.Equal(asked, []string{"w003", "w007"}) || second.Done != 9 || second.Earlier != 8 {
		t.Errorf("second attempt asked for %v: %+v", asked, second)
	}
	v.fails = nil
	third, err := b.Run(t.Context(), "id", windows)
	if asked := v.take(); err != nil || !slices.Equal(asked, []string{"w007"}) || third.Done != 10 {
		t.Errorf("third attempt asked for %v: %+v %v", asked, third, err)
	}
	if fourth, err := b.Run(t.Context(), "id", windows); err != nil || len(v.take()) != 0 || fourth.Done != 10 {
		t.Errorf("fourth attempt: %+v %v", fourth, err)
	}
}

func TestParallelIsTheBound(t *testing.T) {
	var together sync.WaitGroup
	together.Add(3)
	v := &visits{after: func(n int) {
		if n <= 3 { // three run at once, or this waits for ever
			together.Done()
			together.Wait()
		}
	}}
	b, _ := newBackfill(t, v, 3)
	if _, err := b.Run(t.Context(), "id", someWindows(20)); err != nil {
		t.Fatal(err)
	}
	if v.most != 3 {
		t.Errorf("%d windows ran at once, want 3", v.most)
	}
}

func TestWhatIsLeftIsInTheLedgerWhenOurSideFails(t *testing.T) {
	v := &visits{breaks: "w005"}
	b, settled := newBackfill(t, v, 1)
	windows := someWindows(10)
	outcome, err := b.Run(t.Context(), "id", windows)
	if !contains(err, "the archive is full") || outcome.Done != 5 || *settled != 0 {
		t.Errorf("%+v %v, settled %d times", outcome, err, *settled)
	}
	v.take()
	v.breaks = ""
	outcome, err = b.Run(t.Context(), "id", windows)
	if asked := v.take(); err != nil || len(asked) != 5 || asked[0] != "w005" || outcome.Done != 10 {
		t.Errorf("resumed with %v: %+v %v", asked, outcome, err)
	}
}

func TestAStoppedBackfillEndsAfterWhatItHasInHand(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	v := &visits{after: func(n int) {
		if n == 4 {
			stop()
		}
	}}
	b, _ := newBackfill(t, v, 1)
	b.Collect = func(_ context.Context, w Window, run string) (pipeline.Run, error) { return v.collect(ctx, w, run) }
	outcome, err := b.Run(ctx, "id", someWindows(10))
	if !errors.Is(err, context.Canceled) || len(v.take()) != 4 {
		t.Errorf("%+v %v", outcome, err)
	}
}

func TestProgressIsToldAndStreamsAreSettledNowAndThen(t *testing.T) {
	v := &visits{}
	b, settled := newBackfill(t, v, 4)
	var told []Progress
	b.Progress = func(p Progress) { told = append(told, p) }
	const n = settleEvery + 10
	if _, err := b.Run(t.Context(), "id", someWindows(n)); err != nil {
		t.Fatal(err)
	}
	if len(told) != n || told[n-1].Done != n || told[n-1].Windows != n || told[0].Done != 1 {
		t.Errorf("told %d times, last %+v", len(told), told[len(told)-1])
	}
	if *settled != 2 {
		t.Errorf("settled %d times, want 2", *settled)
	}
}

func TestLongReasonsAreShortened(t *testing.T) {
	long := slices.Repeat([]string{string(slices.Repeat([]rune("长"), 1000))}, 9)
	short := shortened(long)
	if len(short) != mostReasons+1 || len([]rune(short[0])) != mostReason+1 || short[mostReasons] != "and 4 more" {
		t.Errorf("%d reasons, the first of %d letters, the last %q", len(short), len([]rune(short[0])), short[len(short)-1])
	}
}
