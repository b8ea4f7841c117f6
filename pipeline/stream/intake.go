package stream

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

const (
	fetchSize  = 256      // messages asked for at a time
	fetchBytes = 16 << 20 // bytes asked for at a time: the broker cuts off slow readers of more
	// fetchReplicated is how many messages of a replicated consumer are asked for at a
	// time, where bytes cannot be bounded: a server of a cluster sends the messages once
	// a majority has noted them, but says at once that the question has been answered in
	// full with bytes to spare (2.15.2), and the client listens no more when they come.
	fetchReplicated = 64
	// fetchWait is how long one question stays open. It is never cancelled, since
	// messages on their way to a question that nobody listens to any more would be
	// missing until AckWait has passed; so it also bounds Stop.
	fetchWait    = 500 * time.Millisecond
	firstRefetch = 100 * time.Millisecond
)

// Intake takes messages of one durable consumer. It asks the broker only while
// somebody waits in Next, so that a worker that waits out an outage stops the
// intake too; messages in hand are kept alive until they are settled.
type Intake struct {
	broker   *Broker
	name     string // of the consumer
	consumer jetstream.Consumer
	log      *zap.Logger

	replicated bool // over the servers of a cluster

	ready   chan *Message
	wanted  chan struct{} // one token: somebody began to wait
	waiting atomic.Int32

	mu   sync.Mutex
	held map[*Message]struct{}

	stop   context.CancelFunc
	ending sync.WaitGroup
}

// IntakeConfig are the settings of an intake.
type IntakeConfig struct {
	Fetch     int           // messages asked for at a time; 256
	Heartbeat time.Duration // between two signs of life for messages in hand; a third of AckWait
}

// Intake starts taking from a durable consumer. Stop must be called.
func (b *Broker) Intake(ctx context.Context, name string, config IntakeConfig) (*Intake, error) {
	if config.Fetch == 0 {
		config.Fetch = fetchSize
	}
	if config.Heartbeat == 0 {
		config.Heartbeat = b.profile.AckWait / 3
	}
	consumer, err := b.consumer(ctx, name)
	if err != nil {
		return nil, err
	}
	cluster := consumer.CachedInfo().Cluster
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	in := &Intake{
		broker:   b,
		name:     name,
		consumer: consumer,
		log:      b.log.With(zap.String("consumer", name)),
		ready:    make(chan *Message, config.Fetch),
		wanted:   make(chan struct{}, 1),
		held:     map[*Message]struct{}{},
		stop:     stop,

		replicated: cluster != nil && len(cluster.Replicas) > 0,
	}
	in.ending.Go(func() { in.fetchWhileWanted(running) })
	in.ending.Go(func() { in.keepAlive(running, config.Heartbeat) })
	return in, nil
}

func (b *Broker) consumer(ctx context.Context, name string) (jetstream.Consumer, error) {
	for _, r := range roles {
		if r.consumer == name {
			consumer, err := b.js.Consumer(ctx, r.stream, name)
			if err != nil {
				return nil, fmt.Errorf("looking for consumer %s: %w", name, err)
			}
			return consumer, nil
		}
	}
	return nil, fmt.Errorf("looking for consumer %s: there is none of this name", name)
}

// Next returns the next message; nil without an error where none came within
// wait. It is safe for concurrent use.
func (in *Intake) Next(ctx context.Context, wait time.Duration) (*Message, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	select {
	case message := <-in.ready:
		return message, nil
	default:
	}
	in.waiting.Add(1)
	defer in.waiting.Add(-1)
	select {
	case in.wanted <- struct{}{}:
	default:
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case message := <-in.ready:
		return message, nil
	case <-timer.C:
		return nil, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Stop ends the intake and gives back what nobody took, so that another worker
// has it at once (promise 7). Messages that Next handed out are the caller's, who
// settles them before.
func (in *Intake) Stop() {
	in.stop()
	in.ending.Wait()
	for {
		select {
		case message := <-in.ready:
			in.giveBack(message)
		default:
			return
		}
	}
}

func (in *Intake) giveBack(message *Message) {
	if err := message.Return(0); err != nil {
		in.log.Debug("message comes back after its wait", zap.Error(err))
	}
}

func (in *Intake) fetchWhileWanted(ctx context.Context) {
	pause := firstRefetch
	for {
		if in.waiting.Load() == 0 || len(in.ready) > 0 {
			select {
			case <-ctx.Done():
				return
			case <-in.wanted:
			}
		}
		err := in.fetch(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			pause = firstRefetch
			continue
		}
		in.log.Warn("fetching messages, trying again", zap.Error(err), zap.Duration("pause", pause))
		if !sleep(ctx, jittered(pause)) {
			return
		}
		pause = min(2*pause, lastRetry)
	}
}

// fetch asks once and moves what comes to ready as it comes.
func (in *Intake) fetch(ctx context.Context) error {
	room := cap(in.ready) - len(in.ready)
	if room == 0 {
		return nil
	}
	options := []jetstream.FetchOpt{jetstream.FetchMaxWait(fetchWait)}
	if in.replicated {
		room = min(room, fetchReplicated)
	} else {
		options = append(options, jetstream.FetchMaxBytes(fetchBytes))
	}
	batch, err := in.consumer.Fetch(room, options...)
	if err != nil {
		return err
	}
	for raw := range batch.Messages() {
		message, err := in.hold(raw)
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			in.giveBack(message)
			continue
		}
		in.ready <- message // there is room for all that were asked for
	}
	return batch.Error()
}

func (in *Intake) hold(raw jetstream.Msg) (*Message, error) {
	meta, err := raw.Metadata()
	if err != nil {
		return nil, fmt.Errorf("reading the metadata of a message: %w", err)
	}
	message := &Message{message: raw, intake: in, sequence: meta.Sequence.Stream, number: meta.NumDelivered, behind: meta.NumPending}
	in.mu.Lock()
	in.held[message] = struct{}{}
	in.mu.Unlock()
	return message, nil
}

func (in *Intake) forget(message *Message) {
	in.mu.Lock()
	delete(in.held, message)
	in.mu.Unlock()
}

// keepAlive tells the broker that the messages in hand are being worked on.
func (in *Intake) keepAlive(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		in.mu.Lock()
		held := make([]*Message, 0, len(in.held))
		for message := range in.held {
			held = append(held, message)
		}
		in.mu.Unlock()
		for _, message := range held {
			_ = message.message.InProgress() // fails where it was settled meanwhile, or comes back after AckWait
		}
	}
}
