package stream

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"zhibiao/pipeline"
)

const zapWarn = zap.WarnLevel

func TestASecondBrokerOnTheSameFolderIsRefused(t *testing.T) {
	dir := t.TempDir()
	first := startEmbedded(t, dir, Profile{})
	_, err := StartEmbedded(t.Context(), Config{Dir: dir, MaxStore: testStore})
	if err == nil || !strings.Contains(err.Error(), "another process uses this folder") {
		t.Fatalf("got %v", err)
	}
	if code := pipeline.ExitCode(err); code != pipeline.ExitEnvironment {
		t.Errorf("exit code %d, want %d", code, pipeline.ExitEnvironment)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	startEmbedded(t, dir, Profile{})
}

func TestWhatWasPublishedIsThereAfterAStop(t *testing.T) {
	dir := t.TempDir()
	first := startEmbedded(t, dir, Profile{})
	mustPublish(t, first.Broker, numbered(3)...)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := startEmbedded(t, dir, Profile{})
	mustPublish(t, second.Broker, numbered(3)...) // the ids are still known
	depths, err := second.Depths(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if depths[0].Waiting != 3 || depths[0].Messages != 3 {
		t.Errorf("got %+v, want 3 messages waiting", depths[0])
	}
}

func TestMessagesInHandOfAKilledProcessComeBackAtOnce(t *testing.T) {
	dir := t.TempDir()
	first := startEmbedded(t, dir, Profile{AckWait: time.Hour})
	mustPublish(t, first.Broker, numbered(1)...)
	in := mustIntake(t, first.Broker, Transform, IntakeConfig{})
	mustNext(t, in) // and never settled
	in.Stop()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := startEmbedded(t, dir, Profile{AckWait: time.Hour})
	message := mustNext(t, mustIntake(t, second.Broker, Transform, IntakeConfig{}))
	if string(message.Payload()) != "message 0" {
		t.Errorf("got %q", message.Payload())
	}
}

func TestClientsFindTheirWayBackAfterARestart(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	in := mustIntake(t, e.Broker, Transform, IntakeConfig{})
	for round := range 3 {
		if err := e.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustPublish(t, e.Broker, numbered(round + 1)[round])
		message := mustNext(t, in)
		if err := message.AcknowledgeConfirmed(within(t, 10*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Health(); err != nil {
		t.Error(err)
	}
}

func TestATopologyThatBreaksAPromiseIsRefused(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	tests := []struct {
		name   string
		stream string
		change func(*jetstream.StreamConfig)
		want   string
	}{
		{"a stream that forgets the oldest message", Observations, func(c *jetstream.StreamConfig) { c.Discard = jetstream.DiscardOld },
			"checking stream OBSERVATIONS: discard is DiscardOld, want DiscardNew"},
		{"a stream in memory", Documents, func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage },
			"checking stream DOCUMENTS: storage is Memory, want File"},
		{"a work queue, which forgets its ids", Refusals, func(c *jetstream.StreamConfig) { c.Retention = jetstream.WorkQueuePolicy },
			"checking stream REFUSALS: retention is WorkQueue, want Limits"},
		{"a stream that forgets by age", Records, func(c *jetstream.StreamConfig) { c.MaxAge = 25 * time.Hour },
			"checking stream RECORDS: max age is 25h0m0s, want 0s"},
		{"a short window of duplicates", Observations, func(c *jetstream.StreamConfig) { c.Duplicates = time.Minute },
			"checking stream OBSERVATIONS: duplicate window is 1m0s, want 24h0m0s"},
		{"a stream without a bound", Records, func(c *jetstream.StreamConfig) { c.MaxBytes = -1 },
			"checking stream RECORDS: max bytes is unlimited"},
		{"a stream that may not be purged", Records, func(c *jetstream.StreamConfig) { c.DenyPurge = true },
			"checking stream RECORDS: deny purge is true, want false"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, config := range e.profile.streams() {
				if config.Name != test.stream {
					continue
				}
				if err := e.js.DeleteStream(t.Context(), config.Name); err != nil {
					t.Fatal(err)
				}
				test.change(&config)
				if _, err := e.js.CreateStream(t.Context(), config); err != nil {
					t.Fatal(err)
				}
			}
			err := e.establish(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if err := e.js.DeleteStream(t.Context(), test.stream); err != nil {
				t.Fatal(err)
			}
			if err := e.establish(t.Context()); err != nil {
				t.Errorf("a mended broker is refused: %v", err)
			}
		})
	}
}

func TestAConsumerThatStrandsMessagesIsRefused(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	if err := e.js.DeleteConsumer(t.Context(), Observations, LoadObservations); err != nil {
		t.Fatal(err)
	}
	config := e.profile.consumer(role{Observations, LoadObservations})
	config.MaxDeliver = 3
	if _, err := e.js.CreateConsumer(t.Context(), Observations, config); err != nil {
		t.Fatal(err)
	}
	err := e.establish(t.Context())
	if want := "checking consumer load-observations: max deliver is 3, want -1"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestTheSizeOfTheStreamsIsASetting(t *testing.T) {
	dir := t.TempDir()
	if err := startEmbedded(t, dir, Profile{}).Close(); err != nil {
		t.Fatal(err)
	}
	e, err := StartEmbedded(t.Context(), Config{Dir: dir, MaxStore: 2 * testStore})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	depths, err := e.Depths(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(2 * testStore / 100 * documentsPart); depths[0].MaxBytes != want {
		t.Errorf("got %d bytes, want %d", depths[0].MaxBytes, want)
	}
}
