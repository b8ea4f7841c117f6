package schedule

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

// Backfill runs the windows of a plan. One process runs a backfill at a time.
type Backfill struct {
	Ledger   *stream.Backfills
	Clock    func() time.Time
	Parallel int // windows that run at once; 1
	// Collect runs one window. It returns when the window's documents are durable.
	Collect func(ctx context.Context, w Window, run string) (pipeline.Run, error)
	// Settle waits until what was collected is loaded, and makes room in the streams.
	// It is called after every settleEvery windows, and at the end.
	Settle func(ctx context.Context) error
	// Progress is told after each window, from one goroutine at a time.
	Progress func(Progress)
}

// settleEvery bounds what waits in the streams: they refuse what does not fit, and
// room is only made while nothing is on its way.
const settleEvery = 200

// Progress is how far a backfill has come.
type Progress struct {
	Windows   int // of the plan
	Done      int // with those of earlier attempts
	Failed    int // in this attempt
	Documents int // in this attempt
	Remaining time.Duration
}

// FailedWindow is a window that failed, and why.
type FailedWindow struct {
	Name    string
	Reasons []string
}

// Outcome is how an attempt at a backfill ended.
type Outcome struct {
	Progress
	Earlier       int            // windows that were done before this attempt
	FailedWindows []FailedWindow // in the order of the plan
}

// Run runs the windows that have not been done, in the order of the plan. A window
// that fails does not stop the others. The error means that our side could not do
// its work, or that ctx ended; the windows that ended until then are in the ledger.
func (b *Backfill) Run(ctx context.Context, id string, windows []Window) (Outcome, error) {
	results, err := b.Ledger.Results(ctx, id)
	if err != nil {
		return Outcome{}, err
	}
	var todo []int
	for i := range windows {
		if !results[i].Done {
			todo = append(todo, i)
		}
	}
	a := &attempt{
		Backfill: b, id: id, windows: windows, started: b.Clock(), todo: len(todo),
		failed: map[int]FailedWindow{}, progress: Progress{Windows: len(windows), Done: len(windows) - len(todo)},
	}
	earlier := a.progress.Done
	for batch := range slices.Chunk(todo, settleEvery) {
		if err = a.runBatch(ctx, batch); err != nil {
			break
		}
		if err = b.Settle(ctx); err != nil {
			break
		}
	}
	outcome := Outcome{Progress: a.progress, Earlier: earlier}
	for i := range windows {
		if f, is := a.failed[i]; is {
			outcome.FailedWindows = append(outcome.FailedWindows, f)
		}
	}
	return outcome, err
}

// attempt is one Run.
type attempt struct {
	*Backfill
	id      string
	windows []Window
	started time.Time
	todo    int

	mu       sync.Mutex
	failed   map[int]FailedWindow
	progress Progress
	ended    int
}

// runBatch runs windows side by side until all have ended or our side fails.
func (a *attempt) runBatch(ctx context.Context, batch []int) error {
	running, stop := context.WithCancelCause(ctx)
	defer stop(context.Canceled)
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(max(a.Parallel, 1), len(batch)) {
		workers.Go(func() {
			for i := range next {
				if err := a.runWindow(running, i); err != nil {
					stop(err)
				}
			}
		})
	}
	for _, i := range batch {
		select {
		case next <- i:
			continue
		case <-running.Done():
		}
		break
	}
	close(next)
	workers.Wait()
	return context.Cause(running)
}

// mostReasons and mostReason bound what the ledger keeps of why a window failed.
const (
	mostReasons = 5
	mostReason  = 400
)

// runWindow runs one window and enters its end.
func (a *attempt) runWindow(ctx context.Context, i int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	started := a.Clock()
	name := pipeline.ContentID("backfill", a.id, fmt.Sprint(i), started.UTC().Format(time.RFC3339Nano))
	run, err := a.Collect(ctx, a.windows[i], name)
	if err != nil {
		return err
	}
	result := stream.WindowResult{
		Done: len(run.Failures) == 0, Run: run.ID, Documents: run.Fetched, Failures: shortened(run.Failures), At: a.Clock().UTC(),
	}
	// promise 1: the window is done only after its documents are durable
	if err := a.Ledger.Finish(ctx, a.id, i, result); err != nil {
		return err
	}
	a.note(i, result)
	return nil
}

func shortened(failures []string) []string {
	var short []string
	for i, f := range failures {
		if i == mostReasons {
			return append(short, fmt.Sprintf("and %d more", len(failures)-i))
		}
		if letters := []rune(f); len(letters) > mostReason {
			f = string(letters[:mostReason]) + "…"
		}
		short = append(short, f)
	}
	return short
}

func (a *attempt) note(i int, result stream.WindowResult) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended++
	a.progress.Documents += result.Documents
	if result.Done {
		a.progress.Done++
	} else {
		a.progress.Failed++
		a.failed[i] = FailedWindow{Name: a.windows[i].Name, Reasons: result.Failures}
	}
	spent := a.Clock().Sub(a.started)
	a.progress.Remaining = spent / time.Duration(a.ended) * time.Duration(a.todo-a.ended)
	if a.Progress != nil {
		a.Progress(a.progress)
	}
}
