package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"zhibiao/internal/contract"
	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

func (r *rig) zap() *zap.Logger { return zap.NewNop() }

// publishRows publishes observations as the transforming loop does.
func publishRows(t *testing.T, r *rig, rows []pipeline.Observation) {
	t.Helper()
	batches, err := stream.EncodeObservations(rows[0].Origin, rows)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.broker.PublishAll(t.Context(), batches); err != nil {
		t.Fatal(err)
	}
}

// startLoad runs the loading loops with a loader until the returned function is
// called.
func startLoad(t *testing.T, r *rig, loader pipeline.Loader, config LoadConfig) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	load := NewLoad(r.broker.Broker, loader, r.warehouse, r.zap(), config)
	running.Go(func() {
		if err := load.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	return func() {
		cancel()
		running.Wait()
	}
}

// loaderFunc is a Loader.
type loaderFunc func(ctx context.Context, batch []pipeline.Observation) error

func (f loaderFunc) Load(ctx context.Context, batch []pipeline.Observation) error {
	return f(ctx, batch)
}

func TestAPoisonRowIsOneDeadLetterAndTheRestIsLoaded(t *testing.T) {
	r := newRig(t)
	r.open(nil, true)
	defer r.close()
	rows := contract.Batch("poison", 1500)
	rows[1234].Dims += contract.PoisonMark
	publishRows(t, r, rows)
	r.awaitIdle()
	if got := len(r.warehouse.Observations()); got != 1499 {
		t.Errorf("%d rows are loaded, want 1499", got)
	}
	dead := r.dead()
	if len(dead) != 1 || dead[0].Stage != "load" || !strings.Contains(dead[0].Reason, "not a list of k=v") {
		t.Fatalf("got %+v, want one letter with the reason", dead)
	}
	buried, err := stream.DecodeObservations(dead[0].Payload)
	if err != nil || len(buried) != 1 || buried[0].ID() != rows[1234].ID() {
		t.Errorf("the letter holds %+v, %v, want the refused row", buried, err)
	}
}

func TestAMessageThatCannotBeDecodedIsADeadLetter(t *testing.T) {
	r := newRig(t)
	r.open(nil, true)
	defer r.close()
	for _, subject := range []string{"observations.public", "refusals.site", "records.run"} {
		if err := r.broker.Publish(t.Context(), stream.Batch{Subject: subject, ID: subject, Payload: []byte("\x09no")}); err != nil {
			t.Fatal(err)
		}
	}
	publishRows(t, r, contract.Batch("good", 10))
	r.awaitIdle()
	if dead := r.dead(); len(dead) != 3 {
		t.Errorf("%d dead letters, want 3", len(dead))
	}
	if got := len(r.warehouse.Observations()); got != 10 {
		t.Errorf("%d rows, want 10", got)
	}
}

func TestAnOutageOfTheWarehouseMakesNoDeadLetter(t *testing.T) {
	r := newRig(t)
	r.open(nil, false)
	defer r.close()
	r.warehouse.SetDown(true)
	attempts := make(chan int, 1000)
	stop := startLoad(t, r, loaderFunc(func(ctx context.Context, batch []pipeline.Observation) error {
		attempts <- len(batch)
		return r.warehouse.Load(ctx, batch)
	}), LoadConfig{Quiet: time.Millisecond, FirstPause: time.Millisecond, LastPause: 5 * time.Millisecond, Holds: 3})
	defer stop()
	want := 0
	for i := range 10 {
		rows := contract.Batch(fmt.Sprint("outage", i), 50)
		want += len(rows)
		publishRows(t, r, rows)
	}
	for range 20 { // many times more often than a batch is held
		<-attempts
	}
	r.warehouse.SetDown(false)
	r.awaitIdle()
	if got := len(r.warehouse.Observations()); got != want {
		t.Errorf("%d rows, want %d", got, want)
	}
	if dead := r.dead(); len(dead) != 0 {
		t.Errorf("%d dead letters, want none", len(dead)) // promise 5
	}
}

func TestALoaderThatPanicsOrNamesRowsOutsideTheBatchIsAnOutage(t *testing.T) {
	r := newRig(t)
	r.open(nil, false)
	defer r.close()
	attempt := 0
	stop := startLoad(t, r, loaderFunc(func(ctx context.Context, batch []pipeline.Observation) error {
		switch attempt++; attempt {
		case 1:
			panic("broken")
		case 2:
			return &pipeline.RowsError{Failed: map[int]error{len(batch): errors.New("no such row")}}
		case 3:
			return pipeline.RetryAfter(errors.New("too many parts"), time.Millisecond)
		}
		return r.warehouse.Load(ctx, batch)
	}), LoadConfig{Quiet: time.Millisecond, FirstPause: time.Millisecond})
	defer stop()
	publishRows(t, r, contract.Batch("odd", 5))
	r.awaitIdle()
	if got, dead := len(r.warehouse.Observations()), len(r.dead()); got != 5 || dead != 0 {
		t.Errorf("%d rows and %d dead letters, want 5 and none", got, dead)
	}
}

func TestOneLoadIsOfOneSupplier(t *testing.T) {
	r := newRig(t)
	r.open(nil, false)
	defer r.close()
	for i, supplier := range []pipeline.Supplier{pipeline.Public, pipeline.County, pipeline.Province, pipeline.Public} {
		rows := contract.Batch(fmt.Sprint("supplier", i), 30)
		origin := *rows[0].Origin
		origin.Supplier = supplier
		for j := range rows {
			rows[j].Origin = &origin
		}
		publishRows(t, r, rows)
	}
	var mu sync.Mutex
	loads := map[pipeline.Supplier]int{}
	stop := startLoad(t, r, loaderFunc(func(ctx context.Context, batch []pipeline.Observation) error {
		mu.Lock()
		defer mu.Unlock()
		for i := range batch {
			if batch[i].Origin.Supplier != batch[0].Origin.Supplier {
				t.Errorf("a load holds rows of %s and of %s", batch[0].Origin.Supplier, batch[i].Origin.Supplier)
			}
		}
		loads[batch[0].Origin.Supplier]++
		return r.warehouse.Load(ctx, batch)
	}), LoadConfig{Quiet: 50 * time.Millisecond})
	r.awaitIdle()
	stop()
	if len(loads) != 3 || loads[pipeline.Public] != 1 {
		t.Errorf("loads by supplier %v, want one of each", loads)
	}
}

func TestSmallMessagesAreGatheredToLargeLoads(t *testing.T) {
	r := newRig(t)
	r.open(nil, false)
	defer r.close()
	for i := range 100 {
		publishRows(t, r, contract.Batch(fmt.Sprint("small", i), 5))
	}
	stop := startLoad(t, r, r.warehouse, LoadConfig{Quiet: 100 * time.Millisecond})
	r.awaitIdle()
	stop()
	if loads, rows := r.warehouse.Offered(); loads > 5 || rows != 500 {
		t.Errorf("%d loads of %d rows, want few of 500", loads, rows)
	}
}

func TestALoadHoldsNotMuchMoreThanItsRows(t *testing.T) {
	r := newRig(t)
	r.open(nil, false)
	defer r.close()
	publishRows(t, r, contract.Batch("large", 10_000))
	var mu sync.Mutex
	largest := 0
	stop := startLoad(t, r, loaderFunc(func(ctx context.Context, batch []pipeline.Observation) error {
		mu.Lock()
		defer mu.Unlock()
		largest = max(largest, len(batch))
		return r.warehouse.Load(ctx, batch)
	}), LoadConfig{MaxRows: 3000, Quiet: 20 * time.Millisecond})
	r.awaitIdle()
	stop()
	if largest < 3000 || largest >= 4000 {
		t.Errorf("the largest load has %d rows, want 3000 to 3999", largest)
	}
}

func TestWhileOneLoadIsWithTheWarehouseTheNextIsOfferedButNoThird(t *testing.T) {
	r := newRig(t)
	r.open(nil, false)
	defer r.close()
	for i := range 10 {
		publishRows(t, r, contract.Batch(fmt.Sprint("next", i), 10))
	}
	underWay, answer := make(chan struct{}, 10), make(chan struct{})
	var now atomic.Int32
	stop := startLoad(t, r, loaderFunc(func(ctx context.Context, batch []pipeline.Observation) error {
		defer now.Add(-1)
		if n := now.Add(1); n > 2 {
			t.Errorf("%d loads are under way", n)
		}
		underWay <- struct{}{}
		<-answer
		return r.warehouse.Load(ctx, batch)
	}), LoadConfig{MaxRows: 10, Quiet: time.Millisecond})
	<-underWay
	<-underWay // before the first was answered
	close(answer)
	r.awaitIdle()
	stop()
	if got := len(r.warehouse.Observations()); got != 100 {
		t.Errorf("%d rows, want 100", got)
	}
}

func TestAStormOfRedeliveriesLoadsEachRowOnce(t *testing.T) {
	r := newRig(t)
	r.profile.AckWait = 50 * time.Millisecond
	r.open(nil, false)
	defer r.close()
	var storm atomic.Bool // until enough rows came twice
	storm.Store(true)
	stop := startLoad(t, r, loaderFunc(func(ctx context.Context, batch []pipeline.Observation) error {
		err := r.warehouse.Load(ctx, batch)
		if _, offered := r.warehouse.Offered(); offered > 3*300 {
			storm.Store(false)
		}
		if storm.Load() {
			sleep(ctx, 120*time.Millisecond) // a slow warehouse
			return errors.Join(err, errors.New("the answer comes too late"))
		}
		return err
	}), LoadConfig{MaxRows: 40, Quiet: time.Millisecond, FirstPause: time.Millisecond, LastPause: time.Millisecond, Holds: 2,
		Intake: stream.IntakeConfig{Heartbeat: time.Hour}})
	for i := range 30 {
		publishRows(t, r, contract.Batch(fmt.Sprint("storm", i), 10))
	}
	r.awaitIdle()
	stop()
	_, offered := r.warehouse.Offered()
	if got := len(r.warehouse.Observations()); got != 300 || offered <= 600 {
		t.Errorf("%d rows of %d offered, want 300 of many more", got, offered)
	}
	if dead := r.dead(); len(dead) != 0 {
		t.Errorf("%d dead letters, want none", len(dead))
	}
}

func TestStoppingLoadsWhatIsGathered(t *testing.T) {
	r := newRig(t)
	r.open(nil, false)
	defer r.close()
	publishRows(t, r, contract.Batch("stop", 20))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	load := NewLoad(r.broker.Broker, loaderFunc(func(ctx context.Context, batch []pipeline.Observation) error {
		cancel() // the stop comes while the load is under way
		return r.warehouse.Load(ctx, batch)
	}), r.warehouse, r.zap(), LoadConfig{Quiet: time.Millisecond})
	if err := load.Run(ctx); err != nil {
		t.Fatal(err)
	}
	r.awaitIdle() // nothing is in hand, though nobody works any more: promise 7
	if got := len(r.warehouse.Observations()); got != 20 {
		t.Errorf("%d rows, want 20", got)
	}
}

func TestStoppingDuringAnOutageEndsAndGivesBack(t *testing.T) {
	r := newRig(t)
	r.profile.AckWait = time.Hour
	r.open(nil, false)
	defer r.close()
	publishRows(t, r, contract.Batch("stop", 20))
	held := make(chan struct{}, 100)
	stop := startLoad(t, r, loaderFunc(func(context.Context, []pipeline.Observation) error {
		held <- struct{}{}
		return errors.New("away")
	}), LoadConfig{Quiet: time.Millisecond, FirstPause: time.Hour, LastPause: time.Hour})
	<-held
	stop()
	stop = startLoad(t, r, r.warehouse, r.load)
	defer stop()
	r.awaitIdle()
	if got := len(r.warehouse.Observations()); got != 20 {
		t.Errorf("%d rows, want 20", got)
	}
}

func TestALoadThatIgnoresItsContextDoesNotHoldUpTheStopForEver(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	longer, done := outlive(ctx, 20*time.Millisecond)
	defer done()
	cancel()
	<-longer.Done()
	if cause := context.Cause(longer); !strings.Contains(cause.Error(), "stopping took longer than 20ms") {
		t.Errorf("got %v", cause)
	}
}
