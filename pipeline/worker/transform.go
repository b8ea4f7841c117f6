package worker

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"time"

	"go.uber.org/zap"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

// Places between the durable steps of a reading (failpoints).
const (
	AtReadingArchived       = "transform: reading archived"
	AtObservationsPublished = "transform: observations published"
	AtRefusalsPublished     = "transform: refusals published"
	AtRecordPublished       = "transform: record published"
	AtDocumentAcknowledged  = "transform: document acknowledged"
)

// stageTransform names the dead letters of this loop.
const stageTransform = "transform"

// RulesOf returns what a document is read with now, and the derivation that this
// is registered as. Its error is a fault of this process, not of the document.
type RulesOf func(ctx context.Context, doc pipeline.Document) (pipeline.Reader, *pipeline.Rules, pipeline.Derivation, error)

// TransformConfig are the settings of the transforming loop.
type TransformConfig struct {
	Workers    int           // documents read at a time; the number of CPUs
	FaultLimit int           // attempts at reading until a document is set aside; 3
	FirstPause time.Duration // after a first outage; 1 s
	LastPause  time.Duration // after many; 5 min
	// MissingPause is how long a document waits whose file the archive has lost or
	// damaged, before it is tried again; 30 s.
	MissingPause time.Duration
	Grace        time.Duration // to finish what is in hand after ctx ended; 15 s
	Failpoint    Failpoint
}

func (c TransformConfig) withDefaults() TransformConfig {
	setDefault(&c.Workers, runtime.GOMAXPROCS(0))
	setDefault(&c.FaultLimit, 3)
	setDefault(&c.FirstPause, time.Second)
	setDefault(&c.LastPause, 5*time.Minute)
	setDefault(&c.MissingPause, 30*time.Second)
	setDefault(&c.Grace, defaultGrace)
	return c
}

func setDefault[T comparable](setting *T, value T) {
	var zero T
	if *setting == zero {
		*setting = value
	}
}

// Transform reads documents and publishes what is new in them.
type Transform struct {
	archive Archive
	broker  *stream.Broker
	rules   RulesOf
	do      Readings
	log     *zap.Logger
	config  TransformConfig
}

// NewTransform makes the transforming loop.
func NewTransform(archive Archive, broker *stream.Broker, rules RulesOf, readings Readings, log *zap.Logger, config TransformConfig) *Transform {
	return &Transform{archive: archive, broker: broker, rules: rules, do: readings, log: log, config: config.withDefaults()}
}

// Run works until ctx ends, then finishes what is in hand.
func (t *Transform) Run(ctx context.Context) error {
	intake, err := t.broker.Intake(ctx, stream.Transform, stream.IntakeConfig{Fetch: 2 * t.config.Workers})
	if ctx.Err() != nil && err != nil {
		return nil // stopped before it began
	}
	if err != nil {
		return fmt.Errorf("starting to transform: %w", err)
	}
	defer intake.Stop()
	var workers sync.WaitGroup
	breaker := &breaker{pauses: pauses{first: t.config.FirstPause, last: t.config.LastPause}}
	for range t.config.Workers {
		workers.Go(func() { t.work(ctx, intake, breaker) })
	}
	workers.Wait()
	return nil
}

func (t *Transform) work(ctx context.Context, intake *stream.Intake, breaker *breaker) {
	for {
		if breaker.wait(ctx) != nil {
			return
		}
		message, err := intake.Next(ctx, idleWait)
		if err != nil {
			return
		}
		if message == nil {
			breaker.pass()
			continue
		}
		t.settle(ctx, message, breaker)
	}
}

// idleWait is how long a loop waits for work before it looks around.
const idleWait = 5 * time.Second

// settle processes a message and gives its verdict to the broker: done, never
// (bad data only), or later (promise 5).
func (t *Transform) settle(ctx context.Context, message *stream.Message, breaker *breaker) {
	working, cancel := outlive(ctx, t.config.Grace)
	defer cancel()
	working = message.Context(working)
	err := t.process(working, message)
	switch delay, asked := pipeline.RetryDelay(err); {
	case err == nil:
		breaker.succeed()
		err = message.Acknowledge() // promise 1: all PubAcks are in
		t.config.Failpoint.reach(AtDocumentAcknowledged)
	case ctx.Err() != nil && !pipeline.IsPermanent(err):
		err = message.Return(0)
	case asked:
		breaker.succeed()
		t.log.Warn("document waits", zap.String("version", message.ID()), zap.Error(err))
		err = message.Return(delay)
	case pipeline.IsPermanent(err):
		breaker.succeed()
		t.log.Error("document set aside", zap.String("version", message.ID()), zap.Error(err))
		err = message.Bury(working, stageTransform, err)
	default:
		pause := breaker.fail()
		t.log.Warn("transforming is held up", zap.String("version", message.ID()), zap.Duration("pause", pause), zap.Error(err))
		err = message.Return(pause)
	}
	if err != nil {
		t.log.Warn("message comes back", zap.String("version", message.ID()), zap.Error(err))
	}
}

// process takes a document from its message to the confirmed publication of all
// that is new in it.
func (t *Transform) process(ctx context.Context, message *stream.Message) (err error) {
	defer recovered("transforming", &err)
	doc, err := stream.DecodeDocument(message.Payload())
	if err != nil {
		return err
	}
	baseline, reading, err := t.readChain(ctx, doc)
	if err != nil {
		return err
	}
	t.config.Failpoint.reach(AtReadingArchived)
	if err := t.publish(ctx, doc, baseline, reading); err != nil {
		return err
	}
	return t.tellHeld(ctx, doc, baseline, &reading.reading)
}

// publish sends the rows and refusals that are new against the baseline, and
// last the record that says how many they are.
func (t *Transform) publish(ctx context.Context, doc pipeline.Document, baseline *pipeline.Reading, read archivedReading) error {
	news := t.do.News(doc, baseline, read.reading, read.hash)
	batches, err := encodeNews(doc, read, news)
	if err != nil {
		return err
	}
	if err := t.broker.PublishAll(ctx, batches); err != nil {
		return err
	}
	t.config.Failpoint.reach(AtObservationsPublished)
	batches, err = stream.EncodeRefusals(&read.reading.Origin, news.Refusals)
	if err != nil {
		return err
	}
	if err := t.broker.PublishAll(ctx, batches); err != nil {
		return err
	}
	t.config.Failpoint.reach(AtRefusalsPublished)
	record, err := stream.EncodeRecord(pipeline.Record{Document: &news.Document}, "")
	if err != nil {
		return err
	}
	if err := t.broker.Publish(ctx, record); err != nil {
		return err
	}
	t.config.Failpoint.reach(AtRecordPublished)
	return nil
}

// encodeNews packs the rows that a version publishes. Those of a rereading have
// several origins, and a message has one; its id says which.
func encodeNews(doc pipeline.Document, read archivedReading, news News) ([]stream.Batch, error) {
	if !doc.Rereads {
		return stream.EncodeObservations(&read.reading.Origin, news.Rows)
	}
	var all []stream.Batch
	for i := range read.reading.Corrections {
		c := &read.reading.Corrections[i]
		batches, err := stream.EncodeObservations(&c.Origin, c.Rows)
		if err != nil {
			return nil, err
		}
		for _, batch := range batches {
			batch.ID = pipeline.ContentID("correction", batch.ID, strconv.Itoa(i))
			all = append(all, batch)
		}
	}
	return all, nil
}
