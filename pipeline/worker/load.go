package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
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
	MaxRows int           // rows of one load at most; 100,000
	Linger  time.Duration // from the first row of a load until it goes out; 2 s
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
			decode: stream.DecodeObservations, load: loader.Load,
			encode: func(rows []pipeline.Observation) ([]stream.Batch, error) {
				return stream.EncodeObservations(rows[0].Origin, rows)
			},
		},
		&loading[pipeline.Refusal]{
			broker: broker, config: config, consumer: stream.LoadRefusals, breaker: breaker, holdup: holdup(stream.LoadRefusals),
			log:    log.With(zap.String("loop", stream.LoadRefusals)),
			decode: stream.DecodeRefusals, load: records.LoadRefusals,
			encode: func(rows []pipeline.Refusal) ([]stream.Batch, error) {
				return stream.EncodeRefusals(rows[0].Origin, rows)
			},
		},
		&loading[pipeline.Record]{
			broker: broker, config: config, consumer: stream.LoadRecords, breaker: breaker, holdup: holdup(stream.LoadRecords),
			log: log.With(zap.String("loop", stream.LoadRecords)),
			decode: func(payload []byte) ([]pipeline.Record, error) {
				record, err := stream.DecodeRecord(payload)
				return []pipeline.Record{record}, err
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
	holdup   holdup
	owes     bool // gave back what it could not load
	log      *zap.Logger
	decode   func(payload []byte) ([]T, error)
	encode   func(rows []T) ([]stream.Batch, error)
	load     func(ctx context.Context, rows []T) error
}

// parcel is a message with its rows.
type parcel[T any] struct {
	message delivery
	rows    []T
}

// delivery is a message in hand, as stream.Message is.
type delivery interface {
	ID() string
	Subject() string
	Acknowledge() error
	Return(delay time.Duration) error
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
	for l.mayFetch(ctx) {
		parcels := l.gather(ctx, intake)
		if len(parcels) == 0 {
			l.nothingOwed()
		}
		for _, parcels := range bySubject(parcels) {
			l.settle(ctx, parcels)
		}
	}
	return nil
}

// gather takes messages until there are enough rows, until Linger has passed
// since the first, or until the stream is drained and stays quiet.
func (l *loading[T]) gather(ctx context.Context, intake *stream.Intake) []parcel[T] {
	var parcels []parcel[T]
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
		if decoded, ok := l.open(ctx, message); ok {
			parcels = append(parcels, parcel[T]{message, decoded})
			rows += len(decoded)
		}
		wait = time.Until(due)
		if message.Behind() == 0 {
			wait = min(wait, l.config.Quiet)
		}
		if wait <= 0 {
			break
		}
	}
	l.config.Failpoint.reach(AtGathered)
	return parcels
}

// open decodes a message; one that cannot be read is set aside.
func (l *loading[T]) open(ctx context.Context, message *stream.Message) ([]T, bool) {
	_ = message.Context(ctx) // one span a message, ended when it is settled; a load has many
	rows, err := l.decode(message.Payload())
	if err == nil {
		return rows, true
	}
	l.log.Error("message set aside", zap.String("id", message.ID()), zap.Error(err))
	burying, cancel := outlive(ctx, l.config.Grace)
	defer cancel()
	if err := message.Bury(burying, stageLoad, err); err != nil {
		l.log.Warn("message comes back", zap.String("id", message.ID()), zap.Error(err))
	}
	return nil, false
}

// bySubject groups parcels, because one load goes to one partition: a supplier's
// observations share a subject. Their order stays.
func bySubject[T any](parcels []parcel[T]) [][]parcel[T] {
	var groups [][]parcel[T]
	place := map[string]int{}
	for _, p := range parcels {
		i, known := place[p.message.Subject()]
		if !known {
			i = len(groups)
			place[p.message.Subject()] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], p)
	}
	return groups
}

// settle loads parcels and acknowledges them once they are durable. While the
// warehouse is away the loop holds them, takes nothing else, and offers them
// again with growing pauses (promise 5).
func (l *loading[T]) settle(ctx context.Context, parcels []parcel[T]) {
	working, cancel := outlive(ctx, l.config.Grace)
	defer cancel()
	rows := flatten(parcels)
	var pause time.Duration
	for attempt := 1; attempt <= l.config.Holds; attempt++ {
		if l.breaker.wait(ctx) != nil && attempt > 1 {
			break // what is in hand when it is told to stop gets its first attempt
		}
		err := l.attempt(working, rows)
		if err == nil || setAside(err, len(rows)) {
			l.through(working)
			l.config.Failpoint.reach(AtLoaded)
			l.finish(working, parcels, err)
			return
		}
		pause = l.heldUp(working, len(rows), err)
		if asked, ok := pipeline.RetryDelay(err); ok && !sleep(ctx, asked) {
			break
		}
	}
	l.owes = true
	l.giveBack(ctx, parcels, pause)
}

func flatten[T any](parcels []parcel[T]) []T {
	if len(parcels) == 1 {
		return parcels[0].rows
	}
	n := 0
	for _, p := range parcels {
		n += len(p.rows)
	}
	rows := make([]T, 0, n)
	for _, p := range parcels {
		rows = append(rows, p.rows...)
	}
	return rows
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

// giveBack returns the parcels of a load that does not get through, each a
// little later than the one before, so that they are put together otherwise.
func (l *loading[T]) giveBack(ctx context.Context, parcels []parcel[T], pause time.Duration) {
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
func (l *loading[T]) finish(ctx context.Context, parcels []parcel[T], err error) {
	var refused *pipeline.RowsError
	errors.As(err, &refused)
	first := 0
	for _, p := range parcels {
		err := l.bury(ctx, p, refused, first)
		if err == nil {
			err = p.message.Acknowledge() // promise 1
		} else {
			err = errors.Join(err, p.message.Return(l.config.FirstPause))
		}
		if err != nil {
			l.log.Warn("message comes back", zap.String("id", p.message.ID()), zap.Error(err))
		}
		first += len(p.rows)
	}
	l.config.Failpoint.reach(AtAcknowledged)
}
