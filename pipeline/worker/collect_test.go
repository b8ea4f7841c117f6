package worker

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"zhibiao/pipeline"
	"zhibiao/pipeline/archive"
)

const page = "https://example.cn/page"

func TestAChangedPageIsANewVersionAndAnUnchangedOneAConfirmation(t *testing.T) {
	r := newRig(t)
	r.open(nil, true)
	defer r.close()
	r.site.pages[page] = "gdp 1\npopulation 5"
	if run := r.mustRun(); run.Fetched != 1 || run.New != 1 || run.Confirmed != 0 || len(run.Failures) != 0 {
		t.Errorf("first run: %+v", run)
	}
	if run := r.mustRun(); run.Fetched != 1 || run.New != 0 || run.Confirmed != 1 {
		t.Errorf("second run: %+v", run)
	}
	r.site.pages[page] = "gdp 2\npopulation 5\n?人均"
	r.mustRun()
	r.awaitIdle()
	r.expectValues("gdp", "1", "2")
	r.expectValues("population", "5")
	if got := r.warehouse.Refusals(); got != 1 {
		t.Errorf("%d refusals, want 1", got)
	}
	expectRecords(t, r, 2, 1, 3)
	for _, record := range r.warehouse.Records() {
		if d := record.Document; d != nil && d.Predecessor != "" && (d.Rows != 1 || d.Observations != 2 || d.Refusals != 1 || d.Reading == "") {
			t.Errorf("the second version is recorded as %+v", d)
		}
	}
}

func expectRecords(t *testing.T, r *rig, documents, confirmations, runs int) {
	t.Helper()
	d, c, n := 0, 0, 0
	for _, record := range r.warehouse.Records() {
		switch {
		case record.Document != nil:
			d++
		case record.Confirmation != nil:
			c++
		case record.Run != nil:
			n++
		}
	}
	if d != documents || c != confirmations || n != runs {
		t.Errorf("%d documents, %d confirmations, %d runs, want %d, %d, %d", d, c, n, documents, confirmations, runs)
	}
}

func TestFailuresOfTheSourceAreInTheRunAndOursAreErrors(t *testing.T) {
	r := newRig(t)
	r.open(nil, false)
	defer r.close()
	r.site.pages[page] = "gdp 1"
	r.site.err = errors.Join(errors.New("page 2: status 503"), errors.New("page 3: soft 404"))
	r.source.MinDocuments = 3
	run, err := r.run()
	if err != nil || run.New != 1 || len(run.Failures) != 3 || !strings.HasPrefix(run.Failures[2], "1 documents, a healthy run yields at least 3") {
		t.Errorf("got %+v, %v", run, err)
	}
	r.site.err, r.source.MinDocuments = nil, 1
	window := Job{Source: r.source, Collector: &site{clock: r.site.clock}, Derivation: testDerivation, Window: pipeline.Window{Regions: []string{"140000"}}}
	if run, err := r.collect.Run(t.Context(), window); err != nil || len(run.Failures) != 1 {
		t.Errorf("a window that yields nothing: got %+v, %v", run, err) // promise 6
	}
	job := Job{Source: r.source, Derivation: testDerivation, Collector: panicking{}}
	if run, err := r.collect.Run(t.Context(), job); err != nil || len(run.Failures) != 2 || !strings.Contains(run.Failures[0], "the collector of site panicked: nil map") {
		t.Errorf("a panic: got %+v, %v", run, err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if run, err := r.collect.Run(cancelled, Job{Source: r.source, Collector: r.site, Derivation: testDerivation}); err == nil || len(run.Failures) != 1 {
		t.Errorf("a cancelled run: got %+v, %v", run, err)
	}
}

type panicking struct{}

func (panicking) Collect(context.Context, pipeline.Window, func(context.Context, pipeline.RawDocument) error) error {
	panic("nil map")
}

// killAt ends the goroutine that reaches the place, once, as a kill would.
func killAt(place string, killed chan<- string) Failpoint {
	var once sync.Once
	return func(name string) {
		if name != place {
			return
		}
		kill := false
		once.Do(func() { kill = true })
		if kill {
			killed <- name
			runtime.Goexit()
		}
	}
}

// runUntilKilled runs a collection that may die on the way.
func (r *rig) runUntilKilled() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = r.run()
	}()
	<-done
}

func TestAPageThatGoesThereAndBackKeepsAllItsValues(t *testing.T) {
	// b is pending, perhaps published, when the process dies; when it is back, the
	// page says a again. Without the pending version the second a would be taken for
	// a confirmation, or have the predecessor of b.
	for _, place := range []string{AtHeadPending, AtDocumentPublished} {
		t.Run(place, func(t *testing.T) {
			r := newRig(t)
			r.open(nil, true)
			r.site.pages[page] = "gdp 1"
			r.mustRun()
			r.awaitIdle()
			r.close()

			killed := make(chan string, 1)
			r.open(killAt(place, killed), true)
			r.site.pages[page] = "gdp 2"
			r.runUntilKilled()
			<-killed
			r.close()

			r.open(nil, true)
			defer r.close()
			r.site.pages[page] = "gdp 1"
			if run := r.mustRun(); run.New != 1 {
				t.Errorf("the run after the kill: %+v, want a new version", run)
			}
			r.awaitIdle()
			r.expectValues("gdp", "1", "2", "1")
		})
	}
}

func TestAPendingVersionOfAPageThatIsGoneIsCompletedAtTheStart(t *testing.T) {
	r := newRig(t)
	killed := make(chan string, 1)
	r.open(killAt(AtHeadPending, killed), false)
	r.site.pages[page] = "gdp 1"
	r.runUntilKilled()
	<-killed
	r.close()
	r.open(nil, true)
	defer r.close()
	for round, want := range []int{1, 0} {
		if n, err := r.collect.Recover(t.Context()); err != nil || n != want {
			t.Errorf("round %d completed %d, %v, want %d", round, n, err, want)
		}
	}
	r.awaitIdle()
	r.expectValues("gdp", "1")
}

func TestTheTimeOfTheFirstFetchSurvivesAKill(t *testing.T) {
	for _, place := range []string{AtDocumentArchived, AtHeadPending, AtDocumentPlaced, AtDocumentPublished, AtHeadAdvanced} {
		t.Run(place, func(t *testing.T) {
			r := newRig(t)
			killed := make(chan string, 1)
			r.open(killAt(place, killed), false)
			r.site.pages[page] = "gdp 1"
			r.runUntilKilled()
			<-killed
			r.close()
			first := r.site.clock()
			r.open(nil, true)
			defer r.close()
			r.mustRun()
			r.awaitIdle()
			r.expectValues("gdp", "1")
			for _, row := range r.warehouse.Observations() {
				if !row.Origin.FetchedAt.Before(first) {
					t.Errorf("fetched at %v, want the time before the kill at %v", row.Origin.FetchedAt, first)
				}
			}
		})
	}
}

func TestASuccessorIsNeverOlderThanWhatItFollowsThoughTheClockGoesBack(t *testing.T) {
	r := newRig(t)
	r.open(nil, true)
	defer r.close()
	r.site.pages[page] = "gdp 1"
	r.mustRun()
	clock := r.site.clock
	r.site.clock = func() time.Time { return clock().Add(-time.Hour) }
	r.site.pages[page] = "gdp 2"
	r.mustRun()
	r.awaitIdle()
	fetched := map[string]time.Time{}
	for _, row := range r.warehouse.Observations() {
		fetched[row.Value] = row.Origin.FetchedAt
	}
	if !fetched["2"].After(fetched["1"]) {
		t.Errorf("the new value was fetched at %v, the one before it at %v", fetched["2"], fetched["1"])
	}
}

func TestManyProcessesOnOneLineageMakeOneChain(t *testing.T) {
	r := newRig(t)
	r.open(nil, true)
	defer r.close()
	const processes, rounds = 4, 6
	var working sync.WaitGroup
	for p := range processes {
		second, err := archive.Open(r.dir + "/archive")
		if err != nil {
			t.Fatal(err)
		}
		defer second.Close()
		// An own Collect has an own lock, as another process would.
		collect, err := NewCollect(t.Context(), second, r.broker.Broker, r.site.clock, zap.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		working.Go(func() {
			for round := range rounds {
				own := &site{pages: map[string]string{page: "gdp " + string(rune('1'+(p+round)%3))}, clock: r.site.clock}
				if _, err := collect.Run(t.Context(), Job{Source: r.source, Collector: own, Derivation: testDerivation, Trigger: "manual"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	working.Wait()
	r.awaitIdle()
	judge(t, r)
	if got := len(r.warehouse.Observations()); got < 3 {
		t.Errorf("only %d rows: the processes did not meet", got)
	}
}

func TestStoppingFinishesTheDocumentInHand(t *testing.T) {
	r := newRig(t)
	r.site.pages = map[string]string{page + "1": "gdp 1", page + "2": "gdp 2"}
	ctx, cancel := context.WithCancel(t.Context())
	r.open(func(name string) {
		if name == AtBodyArchived {
			cancel()
		}
	}, true)
	defer r.close()
	run, err := r.collect.Run(ctx, Job{Source: r.source, Collector: r.site, Derivation: testDerivation, Trigger: "manual"})
	if err == nil || run.New != 1 {
		t.Errorf("got %+v, %v, want one document and the error of the stop", run, err)
	}
	r.awaitIdle()
	r.expectValues("gdp", "1") // promise 7
	expectRecords(t, r, 1, 0, 1)
}

func TestALockIsForOneKeyAndLeavesNothing(t *testing.T) {
	var locks keyedLock
	unlock, err := locks.lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	other, err := locks.lock(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	other()
	waiting, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := locks.lock(waiting, "a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
	unlock()
	again, err := locks.lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	again()
	if len(locks.locks) != 0 {
		t.Errorf("%d locks are left", len(locks.locks))
	}
}
