package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zhibiao/pipeline"
	"zhibiao/pipeline/archive"
	"zhibiao/pipeline/stream"
)

func TestADocumentThatTheReaderFailsAtIsADeadLetter(t *testing.T) {
	for body, want := range map[string]string{
		"fault": "failed 3 times: fault of the reader",
		"panic": "failed 3 times: the reader panicked: panic of the reader",
	} {
		t.Run(body, func(t *testing.T) {
			r := newRig(t)
			r.open(nil, true)
			defer r.close()
			r.site.pages = map[string]string{page + "1": body, page + "2": "gdp 2"}
			r.mustRun()
			r.awaitIdle()
			dead := r.dead()
			if len(dead) != 1 || dead[0].Stage != "transform" || !strings.Contains(dead[0].Reason, want) {
				t.Fatalf("got %+v, want one letter with %q", dead, want)
			}
			r.expectValues("gdp", "2")
		})
	}
}

func TestASuccessorOfAnUnreadableVersionIsSetAsideToo(t *testing.T) {
	// Its rows would be compared with a baseline that lacks a version.
	r := newRig(t)
	r.open(nil, true)
	defer r.close()
	for _, body := range []string{"gdp 1", "fault", "gdp 3"} {
		r.site.pages[page] = body
		r.mustRun()
		r.awaitIdle()
	}
	r.expectValues("gdp", "1")
	if dead := r.dead(); len(dead) != 2 {
		t.Errorf("%d dead letters, want 2", len(dead))
	}
}

func TestADocumentThatWaitedWhileTheRulesChangedIsReadUnderTheNewOnes(t *testing.T) {
	r := newRig(t)
	r.open(nil, false) // nobody reads
	r.site.pages[page] = "gdp 1"
	r.mustRun()
	r.close()
	newer := pipeline.Derivation{ID: "rules-2", No: 2, Parser: "test/2", EffectiveAt: time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)}
	r.rules = func(context.Context, pipeline.Document) (pipeline.Reader, *pipeline.Rules, pipeline.Derivation, error) {
		return testReader{}, &pipeline.Rules{ID: newer.ID}, newer, nil
	}
	r.open(nil, true)
	defer r.close()
	r.awaitIdle()
	r.expectValues("gdp", "1")
	for _, row := range r.warehouse.Observations() {
		if o := row.Origin; o.Derivation != newer.ID || o.DerivationNo != 2 || !o.KnownAt.Equal(newer.EffectiveAt) {
			t.Errorf("the row says derivation %s no %d known at %s, want the newer one", o.Derivation, o.DerivationNo, o.KnownAt)
		}
	}
}

// A version that was read and killed before it was published is published as it
// was read, whatever the rules are by then: one version has one reading.
func TestAReadingThatIsArchivedIsWhatIsPublished(t *testing.T) {
	r := newRig(t)
	r.open(nil, false)
	r.site.pages[page] = "gdp 1"
	r.mustRun()
	r.archiveReadingsOf(t)
	r.close()
	r.rules = func(context.Context, pipeline.Document) (pipeline.Reader, *pipeline.Rules, pipeline.Derivation, error) {
		return nil, nil, pipeline.Derivation{}, errors.New("nobody should ask for rules")
	}
	r.open(nil, true)
	defer r.close()
	r.awaitIdle()
	r.expectValues("gdp", "1")
}

// archiveReadingsOf reads all documents as a transforming loop does, and goes no
// further.
func (r *rig) archiveReadingsOf(t *testing.T) {
	t.Helper()
	transform := NewTransform(r.archive, r.broker.Broker, rulesOf, testReadings, r.zap(), TransformConfig{})
	heads, err := r.broker.Heads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	err = heads.Each(t.Context(), func(_ string, head stream.Head) error {
		doc, err := r.archive.Metadata(t.Context(), head.Version)
		if err != nil {
			return err
		}
		read++
		_, _, err = transform.readChain(t.Context(), doc)
		return err
	})
	if err != nil || read == 0 {
		t.Fatalf("read %d documents: %v", read, err)
	}
}

// A reading of older rules that is damaged cannot be made again: what follows it
// waits, and is not compared with something else.
func TestADamagedReadingOfOlderRulesLetsItsFollowersWait(t *testing.T) {
	r := newRig(t)
	r.open(nil, false)
	defer r.close()
	r.site.pages[page] = "gdp 1"
	r.mustRun()
	r.archiveReadingsOf(t)
	files, err := filepath.Glob(filepath.Join(r.dir, "archive", "readings", "*", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("readings %v, %v, want one", files, err)
	}
	if err := os.WriteFile(files[0], []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.site.pages[page] = "gdp 2"
	r.mustRun()
	newer := pipeline.Derivation{ID: "rules-2", No: 2, Parser: "test/2", EffectiveAt: time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)}
	transform := NewTransform(r.archive, r.broker.Broker, func(context.Context, pipeline.Document) (pipeline.Reader, *pipeline.Rules, pipeline.Derivation, error) {
		return testReader{}, &pipeline.Rules{ID: newer.ID}, newer, nil
	}, testReadings, r.zap(), TransformConfig{})
	heads, err := r.broker.Heads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = heads.Each(t.Context(), func(_ string, head stream.Head) error {
		doc, err := r.archive.Metadata(t.Context(), head.Version)
		if err != nil {
			return err
		}
		_, _, err = transform.readChain(t.Context(), doc)
		return err
	})
	if _, waits := pipeline.RetryDelay(err); !waits || !strings.Contains(err.Error(), "restore it from a backup") {
		t.Errorf("err = %v, want that it waits and what to do", err)
	}
}

// failingArchive is away while down.
type failingArchive struct {
	*archive.Archive
	down   atomic.Bool
	failed chan struct{}
}

func (a *failingArchive) Body(ctx context.Context, hash string) ([]byte, error) {
	if a.down.Load() {
		select {
		case a.failed <- struct{}{}:
		default:
		}
		return nil, errors.New("input/output error")
	}
	return a.Archive.Body(ctx, hash)
}

func TestAnArchiveThatIsAwayHoldsUpAndKillsNothing(t *testing.T) {
	r := newRig(t)
	r.open(nil, false)
	defer r.close()
	away := &failingArchive{Archive: r.archive, failed: make(chan struct{})}
	away.down.Store(true)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	transform := NewTransform(away, r.broker.Broker, rulesOf, testReadings, r.zap(), TransformConfig{FirstPause: time.Millisecond, LastPause: 5 * time.Millisecond})
	load := NewLoad(r.broker.Broker, r.warehouse, r.warehouse, r.zap(), r.load)
	running.Go(func() { _ = transform.Run(ctx) })
	running.Go(func() { _ = load.Run(ctx) })
	defer running.Wait()
	defer cancel()
	for i := range 20 {
		r.site.pages[fmt.Sprint(page, i)] = fmt.Sprintf("gdp %d", i)
	}
	r.mustRun()
	for range 10 {
		<-away.failed
	}
	away.down.Store(false)
	r.awaitIdle()
	if got := judge(t, r); got != 20 {
		t.Errorf("%d rows, want 20", got)
	}
	if dead := r.dead(); len(dead) != 0 {
		t.Errorf("%d dead letters, want none", len(dead)) // promise 5
	}
}

func TestMissingReadingsOfPredecessorsAreMadeAgain(t *testing.T) {
	r := newRig(t)
	r.open(nil, false) // nobody reads: five versions wait
	for i := range 5 {
		r.site.pages[page] = fmt.Sprintf("gdp %d\nx 7", i%2)
		r.mustRun()
	}
	r.close()
	r.open(nil, true)
	defer r.close()
	r.awaitIdle()
	r.expectValues("gdp", "0", "1", "0", "1", "0")
	r.expectValues("x", "7")
	judge(t, r)
}

func TestTheBreakerLetsOneProbeThrough(t *testing.T) {
	b := &breaker{pauses: pauses{first: time.Millisecond, last: time.Millisecond}}
	b.fail()
	if err := b.wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	blocked, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := b.wait(blocked); err == nil {
		t.Fatal("a second worker probes at the same time")
	}
	b.pass() // the probe found nothing to do
	if err := b.wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error)
	go func() { waiting <- b.wait(t.Context()) }()
	b.succeed()
	if err := <-waiting; err != nil {
		t.Error(err)
	}
}
