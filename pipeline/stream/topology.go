package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"zhibiao/pipeline"
)

// Streams.
const (
	Documents    = "DOCUMENTS"
	Observations = "OBSERVATIONS"
	Refusals     = "REFUSALS"
	Records      = "RECORDS"
	Dead         = "DEAD"
	Advisories   = "ADVISORIES"
)

// Durable consumers.
const (
	Transform        = "transform"
	LoadObservations = "load-observations"
	LoadRefusals     = "load-refusals"
	LoadRecords      = "load-records"
)

// Buckets.
const (
	headsBucket       = "HEADS"
	derivationsBucket = "DERIVATIONS"
	slotsBucket       = "SLOTS"
	leasesBucket      = "LEASES"
	backfillsBucket   = "BACKFILLS"
	statesBucket      = "STATES"
)

// Profile is what may differ between installations. Everything else of the
// topology is fixed.
type Profile struct {
	Replicas      int           // copies of each stream; 1, and 3 on a cluster
	MaxStore      int64         // bytes that the streams share; DefaultMaxStore
	AckWait       time.Duration // until an unsettled message is delivered again; 120 s
	MaxAckPending int           // messages in hand of all workers of a role; 4,096
	// LetterLimit is how many dead letters of one source within LetterWindow stop
	// it; 200 within a day. Below zero nothing stops.
	LetterLimit  int
	LetterWindow time.Duration
	// OnlyCheck reads the topology back and changes nothing: an account that may not
	// make it. What is missing is an error then, and sizes are not compared.
	OnlyCheck bool
}

func (p Profile) withDefaults() Profile {
	if p.Replicas == 0 {
		p.Replicas = 1
	}
	if p.MaxStore == 0 {
		p.MaxStore = DefaultMaxStore
	}
	if p.AckWait == 0 {
		p.AckWait = 120 * time.Second
	}
	if p.MaxAckPending == 0 {
		p.MaxAckPending = 4096
	}
	if p.LetterLimit == 0 {
		p.LetterLimit = 200
	}
	if p.LetterWindow == 0 {
		p.LetterWindow = day
	}
	return p
}

const (
	day = 24 * time.Hour
	// dedupWindow is how long an id is remembered: longer than any outage that a
	// publisher waits out with one message in hand, short enough for the ids to
	// stay in memory. A repetition after it costs work and changes nothing: ids and
	// rows are made from content (promise 3).
	dedupWindow = day
	// advisoryWindow is the broker's default: advisories have no ids.
	advisoryWindow = 2 * time.Minute

	deadAge     = 400 * day // more than a year: yearly sources are looked at yearly
	advisoryAge = 30 * day

	maxWorkMessage = 4 << 20
	maxDeadMessage = maxWorkMessage + 64<<10 // a work message and the reason
)

// Percent of MaxStore that each stream may use. Together 99: the rest is the
// broker's own.
const (
	documentsPart    = 10
	observationsPart = 38
	refusalsPart     = 10
	recordsPart      = 10
	deadPart         = 15
	advisoriesPart   = 1
	headsPart        = 3
	derivationsPart  = 1
	slotsPart        = 1
	leasesPart       = 1
	backfillsPart    = 1
	statesPart       = 1
)

// streams is the topology. Limits retention keeps the duplicate window over a
// restart; discard new refuses instead of forgetting (promise 2); purging is
// allowed for the janitor, deleting single messages is not.
func (p Profile) streams() []jetstream.StreamConfig {
	work := func(name, subject string, part int64) jetstream.StreamConfig {
		return jetstream.StreamConfig{
			Name:       name,
			Subjects:   []string{subject},
			Storage:    jetstream.FileStorage,
			Retention:  jetstream.LimitsPolicy,
			Discard:    jetstream.DiscardNew,
			DenyDelete: true,
			Replicas:   p.Replicas,
			MaxBytes:   p.MaxStore / 100 * part,
			MaxMsgSize: maxWorkMessage,
			Duplicates: dedupWindow,
		}
	}
	dead := work(Dead, "dead.*", deadPart)
	dead.MaxAge, dead.MaxMsgSize = deadAge, maxDeadMessage
	advisories := work(Advisories, "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>", advisoriesPart)
	advisories.Subjects = append(advisories.Subjects, "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>")
	advisories.MaxAge, advisories.Duplicates = advisoryAge, advisoryWindow
	audit := work(Audit, auditSubject, auditPart)
	audit.DenyPurge = true
	return []jetstream.StreamConfig{
		work(Documents, "documents.*", documentsPart),
		work(Observations, "observations.*", observationsPart),
		work(Refusals, "refusals.*", refusalsPart),
		work(Records, "records.*", recordsPart),
		dead,
		advisories,
		audit,
	}
}

// role is a durable consumer and the stream that it reads.
type role struct{ stream, consumer string }

// roles in the order in which work flows.
var roles = []role{
	{Documents, Transform},
	{Observations, LoadObservations},
	{Refusals, LoadRefusals},
	{Records, LoadRecords},
}

func (p Profile) consumer(r role) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:       r.consumer,
		DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy:     jetstream.AckExplicitPolicy, // promise 1
		AckWait:       p.AckWait,
		MaxDeliver:    -1, // promise 5: an outage never uses up a message
		MaxAckPending: p.MaxAckPending,
	}
}

// establish makes what is missing of the topology, reads everything back, and
// refuses what differs from it.
func (b *Broker) establish(ctx context.Context) error {
	for _, want := range b.profile.streams() {
		if err := b.establishStream(ctx, want); err != nil {
			return err
		}
	}
	for _, r := range roles {
		if err := b.establishConsumer(ctx, r); err != nil {
			return err
		}
	}
	for bucket, part := range map[string]int64{
		headsBucket: headsPart, derivationsBucket: derivationsPart,
		slotsBucket: slotsPart, leasesBucket: leasesPart, backfillsBucket: backfillsPart, statesBucket: statesPart,
		entriesBucket: entriesPart, draftsBucket: draftsPart, accountsBucket: accountsPart, sessionsBucket: sessionsPart,
	} {
		if err := b.establishBucket(ctx, bucket, b.profile.MaxStore/100*part); err != nil {
			return err
		}
	}
	return nil
}

func (b *Broker) establishStream(ctx context.Context, want jetstream.StreamConfig) error {
	existing, err := b.js.Stream(ctx, want.Name)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		if b.profile.OnlyCheck {
			return missing("stream", want.Name)
		}
		if _, err = b.js.CreateStream(ctx, want); err != nil {
			return fmt.Errorf("making stream %s: %w", want.Name, err)
		}
	case err != nil:
		return fmt.Errorf("looking for stream %s: %w", want.Name, err)
	default:
		got := existing.CachedInfo().Config
		if err := compareStream(want, got); err != nil {
			return err
		}
		if got.MaxBytes != want.MaxBytes && !b.profile.OnlyCheck { // the size is a setting, not a promise
			got.MaxBytes = want.MaxBytes
			if _, err := b.js.UpdateStream(ctx, got); err != nil {
				return fmt.Errorf("resizing stream %s to %d bytes: %w", want.Name, want.MaxBytes, err)
			}
		}
	}
	made, err := b.js.Stream(ctx, want.Name)
	if err != nil {
		return fmt.Errorf("reading back stream %s: %w", want.Name, err)
	}
	return compareStream(want, made.CachedInfo().Config)
}

func (b *Broker) establishConsumer(ctx context.Context, r role) error {
	want := b.profile.consumer(r)
	existing, err := b.js.Consumer(ctx, r.stream, r.consumer)
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound):
		if b.profile.OnlyCheck {
			return missing("consumer", r.consumer)
		}
		if _, err = b.js.CreateConsumer(ctx, r.stream, want); err != nil {
			return fmt.Errorf("making consumer %s: %w", r.consumer, err)
		}
	case err != nil:
		return fmt.Errorf("looking for consumer %s: %w", r.consumer, err)
	default:
		got := existing.CachedInfo().Config
		if err := compareConsumer(want, got); err != nil {
			return err
		}
		if (got.AckWait != want.AckWait || got.MaxAckPending != want.MaxAckPending) && !b.profile.OnlyCheck {
			got.AckWait, got.MaxAckPending = want.AckWait, want.MaxAckPending
			if _, err := b.js.UpdateConsumer(ctx, r.stream, got); err != nil {
				return fmt.Errorf("setting consumer %s: %w", r.consumer, err)
			}
		}
	}
	made, err := b.js.Consumer(ctx, r.stream, r.consumer)
	if err != nil {
		return fmt.Errorf("reading back consumer %s: %w", r.consumer, err)
	}
	return compareConsumer(want, made.CachedInfo().Config)
}

func (b *Broker) establishBucket(ctx context.Context, bucket string, size int64) error {
	_, err := b.js.KeyValue(ctx, bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		if b.profile.OnlyCheck {
			return missing("bucket", bucket)
		}
		_, err = b.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: bucket, Storage: jetstream.FileStorage, History: 1, TTL: bucketAge(bucket), MaxBytes: size, Replicas: b.profile.Replicas,
		})
	}
	if err != nil {
		return fmt.Errorf("making bucket %s: %w", bucket, err)
	}
	got, err := b.bucketConfig(ctx, bucket)
	if err == nil && got.AllowDirect && !b.profile.OnlyCheck {
		// A direct read may be answered by a copy that is behind, and a stale head
		// would take a changed document for a confirmation.
		got.AllowDirect = false
		if _, err = b.js.UpdateStream(ctx, got); err == nil {
			got, err = b.bucketConfig(ctx, bucket)
		}
	}
	if err != nil {
		return fmt.Errorf("reading back bucket %s: %w", bucket, err)
	}
	return firstDifference("bucket "+bucket, []difference{
		{"storage", jetstream.FileStorage.String(), got.Storage.String()},
		{"discard", jetstream.DiscardNew.String(), got.Discard.String()},
		{"max age", bucketAge(bucket).String(), got.MaxAge.String()},
		{"replicas", fmt.Sprint(b.profile.Replicas), fmt.Sprint(got.Replicas)},
		{"direct reads", "false", fmt.Sprint(got.AllowDirect)},
	})
}

func (b *Broker) bucketConfig(ctx context.Context, bucket string) (jetstream.StreamConfig, error) {
	s, err := b.js.Stream(ctx, "KV_"+bucket)
	if err != nil {
		return jetstream.StreamConfig{}, err
	}
	return s.CachedInfo().Config, nil
}

// missing says what a worker's account finds absent and may not make.
func missing(kind, name string) error {
	return pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf(
		"checking the broker: %s %s is not there, and this account may not make it: run `zhibiao doctor` once with the operator's account", kind, name))
}

// redeliver makes the embedded broker deliver again what a process before this
// one had in hand: no other process can hold it.
func (b *Broker) redeliver(ctx context.Context) error {
	for _, r := range roles {
		if _, err := b.js.ResetConsumer(ctx, r.stream, r.consumer); err != nil {
			return fmt.Errorf("resetting consumer %s to its acknowledged floor: %w", r.consumer, err)
		}
	}
	return nil
}
