package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

// Places between the durable steps of a load (failpoints).
const (
	AtGathered     = "load: gathered"
	AtLoaded       = "load: loaded"
	AtAcknowledged = "load: acknowledged"
)

// stageLoad names the dead letters of this loop.
const stageLoad = "load"

// LoadConfig are the settings of the loading loops.
type LoadConfig struct {
	MaxRows int // rows of one load at most; 100,000
	// Loads is how many loads of one stream may be under way: while one waits for the
	// warehouse, another is gathered and encoded; 2.
	Loads  int
	Linger time.Duration // from the first row of a load until it goes out; 2 s
	// Quiet is how long a drained stream may stay silent before what is gathered
	// goes out at once; Linger for a service, some milliseconds for a run that
	// somebody waits for.
	Quiet time.Duration
	// FirstPause and LastPause bound the pause after an attempt that failed, of which
	// jitter takes up to a half: 10 s and 1 min, so that a warehouse in trouble has no
	// more than one insert in 5 s from a process.
	FirstPause time.Duration
	LastPause  time.Duration
	// Holds is how many times one batch is offered to a loader that cannot take
	// it, before others get their turn; 8.
	Holds     int
	Grace     time.Duration // to finish the batch in hand after ctx ended; 15 s
	Intake    stream.IntakeConfig
	Failpoint Failpoint
}

func (c LoadConfig) withDefaults() LoadConfig {
	setDefault(&c.MaxRows, 100_000)
	setDefault(&c.Loads, 2)
	setDefault(&c.Linger, 2*time.Second)
	setDefault(&c.Quiet, c.Linger)
	setDefault(&c.FirstPause, 10*time.Second)
	setDefault(&c.LastPause, time.Minute)
	setDefault(&c.Holds, 8)
	setDefault(&c.Grace, defaultGrace)
	return c
}

// Load takes observations, refusals and records to the warehouse.
type Load struct {
	broker *stream.Broker
	loops  []interface{ run(context.Context) error }
}

// NewLoad makes the loading loops, one for each stream.
func NewLoad(broker *stream.Broker, loader pipeline.Loader, records pipeline.RecordLoader, log *zap.Logger, config LoadConfig) *Load {
	config = config.withDefaults()
	holdup := func(consumer string) holdup { return holdup{consumer: consumer, told: true} }
	breaker := &breaker{pauses: pauses{first: config.FirstPause, last: config.LastPause}}
	return &Load{broker: broker, loops: []interface{ run(context.Context) error }{
		&loading[pipeline.Observation]{
			broker: broker, config: config, consumer: stream.LoadObservations, breaker: breaker, holdup: holdup(stream.LoadObservations),
			log:    log.With(zap.String("loop", stream.LoadObservations)),
			decode: stream.AppendObservations, load: loader.Load,
			encode: func(rows []pipeline.Observation) ([]stream.Batch, error) {
				return stream.EncodeObservations(rows[0].Origin, rows)
			},
		},
		&loading[pipeline.Refusal]{
			broker: broker, config: config, consumer: stream.LoadRefusals, breaker: breaker, holdup: holdup(stream.LoadRefusals),
			log: log.With(zap.String("loop", stream.LoadRefusals)),
			decode: func(rows []pipeline.Refusal, payload []byte) ([]pipeline.Refusal, error) {
				decoded, err := stream.DecodeRefusals(payload)
				return append(rows, decoded...), err
			},
			load: records.LoadRefusals,
			encode: func(rows []pipeline.Refusal) ([]stream.Batch, error) {
				return stream.EncodeRefusals(rows[0].Origin, rows)
			},
		},
		&loading[pipeline.Record]{
			broker: broker, config: config, consumer: stream.LoadRecords, breaker: breaker, holdup: holdup(stream.LoadRecords),
			log: log.With(zap.String("loop", stream.LoadRecords)),
			decode: func(rows []pipeline.Record, payload []byte) ([]pipeline.Record, error) {
				record, err := stream.DecodeRecord(payload)
				return append(rows, record), err
			},
			load: records.LoadRecords,
			encode: func(rows []pipeline.Record) ([]stream.Batch, error) {
				batch, err := stream.EncodeRecord(rows[0], "")
				return []stream.Batch{batch}, err
			},
		},
	}}
}

// Run works until ctx ends, then finishes the batches in hand.
func (l *Load) Run(ctx context.Context) error {
	errs := make([]error, len(l.loops))
	var running sync.WaitGroup
	for i, loop := range l.loops {
		running.Go(func() { errs[i] = loop.run(ctx) })
	}
	running.Wait()
	return errors.Join(errs...)
}

// loading is the loop of one stream.
type loading[T any] struct {
	broker   *stream.Broker
	consumer string
	config   LoadConfig
	breaker  *breaker // of all loops: they load into one warehouse
	log      *zap.Logger
	decode   func(rows []T, payload []byte) ([]T, error) // appends
	encode   func(rows []T) ([]stream.Batch, error)
	load     func(ctx context.Context, rows []T) error
	emptied  sync.Pool   // of *[]T, room for the rows of a lot
	owes     atomic.Bool // gave back what it could not load

	mu     sync.Mutex // guards holdup
	holdup holdup
}

func (l *loading[T]) run(ctx context.Context) error {
	intake, err := l.broker.Intake(ctx, l.consumer, l.config.Intake)
	if ctx.Err() != nil && err != nil {
		return nil // stopped before it began
	}
	if err != nil {
		return fmt.Errorf("starting %s: %w", l.consumer, err)
	}
	defer intake.Stop()
	l.holdup.states, err = l.broker.States(ctx)
	if ctx.Err() != nil {
		return nil // stopped before it began
	}
	if err != nil {
		return fmt.Errorf("starting %s: %w", l.consumer, err)
	}
	var loads sync.WaitGroup
	defer loads.Wait()
	room := make(chan struct{}, l.config.Loads)
	for {
		room <- struct{}{} // each load ends, after its grace at the latest
		if !l.mayFetch(ctx) {
			return nil
		}
		lots := l.gather(ctx, intake)
		if len(lots) == 0 {
			l.nothingOwed()
			<-room
			continue
		}
		loads.Go(func() {
			defer func() { <-room }()
			for _, lot := range lots {
				l.settle(ctx, lot)
				l.empty(lot)
			}
		})
	}
}

// gather takes messages until there are enough rows, until Linger has passed
// since the first, or until the stream is drained and stays quiet.
func (l *loading[T]) gather(ctx context.Context, intake *stream.Intake) []*lot[T] {
	var lots []*lot[T]
	rows := 0
	wait, due := idleWait, time.Time{}
	for rows < l.config.MaxRows {
		message, err := intake.Next(ctx, wait)
		if err != nil || message == nil {
			break // stopping, or nothing more came in time
		}
		if due.IsZero() {
			due = time.Now().Add(l.config.Linger)
		}
		lots = l.lotOf(lots, message.Subject())
		rows += l.open(ctx, message, lots)
		wait = time.Until(due)
		if message.Behind() == 0 {
			wait = min(wait, l.config.Quiet)
		}
		if wait <= 0 {
			break
		}
	}
	l.config.Failpoint.reach(AtGathered)
	return slices.DeleteFunc(lots, func(lot *lot[T]) bool { return len(lot.parcels) == 0 })
}

// open decodes a message into the first of the lots and returns how many rows it
// has; one that cannot be read is set aside.
func (l *loading[T]) open(ctx context.Context, message *stream.Message, lots []*lot[T]) int {
	_ = message.Context(ctx) // one span a message, ended when it is settled; a load has many
	lot := lots[0]
	rows, err := l.decode(lot.rows, message.Payload())
	if err == nil {
		added := len(rows) - len(lot.rows)
		lot.rows = rows
		lot.parcels = append(lot.parcels, parcel{message, added})
		return added
	}
	l.log.Error("message set aside", zap.String("id", message.ID()), zap.Error(err))
	burying, cancel := outlive(ctx, l.config.Grace)
	defer cancel()
	if err := message.Bury(burying, stageLoad, err); err != nil {
		l.log.Warn("message comes back", zap.String("id", message.ID()), zap.Error(err))
	}
	return 0
}

// settle loads a lot and acknowledges its messages once they are durable. While the
// warehouse is away the loop holds them, takes nothing else, and offers them
// again with growing pauses (promise 5).
func (l *loading[T]) settle(ctx context.Context, lot *lot[T]) {
	working, cancel := outlive(ctx, l.config.Grace)
	defer cancel()
	var pause time.Duration
	for attempt := 1; attempt <= l.config.Holds; attempt++ {
		if l.breaker.wait(ctx) != nil && attempt > 1 {
			break // what is in hand when it is told to stop gets its first attempt
		}
		err := l.attempt(working, lot.rows)
		if err == nil || setAside(err, len(lot.rows)) {
			l.through(working)
			l.config.Failpoint.reach(AtLoaded)
			l.finish(working, lot, err)
			return
		}
		pause = l.heldUp(working, len(lot.rows), err)
		if asked, ok := pipeline.RetryDelay(err); ok && !sleep(ctx, asked) {
			break
		}
	}
	l.owes.Store(true)
	l.giveBack(ctx, lot.parcels, pause)
}

func (l *loading[T]) attempt(ctx context.Context, rows []T) (err error) {
	defer recovered("the loader", &err)
	return l.load(ctx, rows)
}

// setAside reports whether the loader's word on single rows can be followed: an
// index outside of the batch would bury the wrong row.
func setAside(err error, rows int) bool {
	var refused *pipeline.RowsError
	if !errors.As(err, &refused) {
		return false
	}
	for i := range refused.Failed {
		if i < 0 || i >= rows {
			return false
		}
	}
	return true
}

// giveBack returns the messages of a load that does not get through, each a
// little later than the one before, so that they are put together otherwise.
func (l *loading[T]) giveBack(ctx context.Context, parcels []parcel, pause time.Duration) {
	if ctx.Err() != nil {
		pause = 0
	}
	for i, p := range parcels {
		if err := p.message.Return(pause + pause/8*time.Duration(i%8)); err != nil {
			l.log.Warn("message comes back", zap.String("id", p.message.ID()), zap.Error(err))
		}
	}
}

// finish buries the rows that never will load and acknowledges the messages. A
// message whose rows could not be buried stays and is delivered again.
func (l *loading[T]) finish(ctx context.Context, lot *lot[T], err error) {
	var refused *pipeline.RowsError
	errors.As(err, &refused)
	first := 0
	for _, p := range lot.parcels {
		err := l.bury(ctx, p.message, lot.rows[first:first+p.rows], refused, first)
		if err == nil {
			err = p.message.Acknowledge() // promise 1
		} else {
			err = errors.Join(err, p.message.Return(l.config.FirstPause))
		}
		if err != nil {
			l.log.Warn("message comes back", zap.String("id", p.message.ID()), zap.Error(err))
		}
		first += p.rows
	}
	l.config.Failpoint.reach(AtAcknowledged)
}
