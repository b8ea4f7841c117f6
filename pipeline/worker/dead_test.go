package worker

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"zhibiao/pipeline"
)

// mendedReader reads what testReader fails at once it is mended.
type mendedReader struct{ mended *atomic.Bool }

func (r mendedReader) Read(doc pipeline.Document, rules *pipeline.Rules) (pipeline.Reading, error) {
	if r.mended.Load() {
		doc.Body = []byte(strings.ReplaceAll(string(doc.Body), "fault", "gdp 2"))
	}
	return testReader{}.Read(doc, rules)
}

// A reader's fault sets a version and those that follow it aside; once the rules
// are mended a replay takes the lineage up where it was (promise 2).
func TestALineageGoesOnAfterItsLettersAreReplayed(t *testing.T) {
	r := newRig(t)
	mended := new(atomic.Bool)
	r.rules = func(context.Context, pipeline.Document) (pipeline.Reader, *pipeline.Rules, pipeline.Derivation, error) {
		return mendedReader{mended}, &pipeline.Rules{ID: testRules}, testDerivation, nil
	}
	r.open(nil, true)
	defer r.close()
	for _, body := range []string{"gdp 1", "fault", "gdp 3"} {
		r.site.pages[page] = body
		r.mustRun()
		r.awaitIdle()
	}
	dead := r.dead()
	if len(dead) != 2 || dead[0].Attempts != 3 {
		t.Fatalf("got %+v, want two letters of three attempts", dead)
	}
	r.expectValues("gdp", "1")
	mended.Store(true)
	for range 2 { // the second time nothing happens
		for _, letter := range dead {
			if _, err := r.broker.Replay(t.Context(), letter.Sequence, false); err != nil {
				t.Fatal(err)
			}
		}
		r.awaitIdle()
		r.expectValues("gdp", "1", "2", "3")
	}
	if again := r.dead(); len(again) != 2 {
		t.Errorf("%d letters after the replay, want the two that there were", len(again))
	}
	r.site.pages[page] = "gdp 4"
	r.mustRun()
	r.awaitIdle()
	r.expectValues("gdp", "1", "2", "3", "4")
}

func TestASourceWithTooManyLettersIsNotFetchedUntilItIsReleased(t *testing.T) {
	r := newRig(t)
	r.profile.LetterLimit = 3
	r.open(nil, true)
	defer r.close()
	for i := range 3 {
		r.site.pages[fmt.Sprintf("%s%d", page, i)] = "fault"
	}
	r.mustRun()
	r.awaitIdle()
	r.site.pages[page+"9"] = "gdp 9"
	run := r.mustRun()
	if run.Fetched != 0 || len(run.Failures) != 1 || !strings.Contains(run.Failures[0], "dead replay --source site") {
		t.Fatalf("got %+v, want a run that fetched nothing and says what to do", run)
	}
	states, err := r.broker.States(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := states.Release(t.Context(), "site"); err != nil {
		t.Fatal(err)
	}
	if run := r.mustRun(); run.Fetched != 4 || len(run.Failures) != 0 {
		t.Errorf("after the release got %+v, want four documents", run)
	}
	r.awaitIdle()
	r.expectValues("gdp", "9")
}

// A run under way ends when its source is stopped meanwhile.
func TestARunEndsWhenItsSourceIsStopped(t *testing.T) {
	r := newRig(t)
	r.profile.LetterLimit = 1
	r.open(nil, true)
	defer r.close()
	r.site.pages = map[string]string{page + "1": "fault", page + "2": "gdp 2"}
	waits := waitingSite{r.site, func() {
		states, err := r.broker.States(context.Background())
		if err != nil {
			t.Error(err)
			return
		}
		deadline := time.After(30 * time.Second)
		for {
			if stopped, _ := states.Stopped(context.Background(), "site"); stopped != nil {
				r.collect.stops.forget("site")
				return
			}
			select {
			case <-deadline:
				t.Error("the source was not stopped")
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}}
	run, err := r.collect.Run(t.Context(), Job{Source: r.source, Collector: waits, Derivation: testDerivation, Trigger: "manual"})
	if err != nil || run.Fetched != 1 || len(run.Failures) != 1 || !strings.Contains(run.Failures[0], "is stopped since") {
		t.Errorf("got %+v, %v, want one document and why the run ended", run, err)
	}
}

// waitingSite waits after each document.
type waitingSite struct {
	*site
	wait func()
}

func (s waitingSite) Collect(ctx context.Context, window pipeline.Window, emit func(context.Context, pipeline.RawDocument) error) error {
	return s.site.Collect(ctx, window, func(ctx context.Context, raw pipeline.RawDocument) error {
		err := emit(ctx, raw)
		if err == nil {
			s.wait()
		}
		return err
	})
}
