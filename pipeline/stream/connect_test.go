package stream

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"zhibiao/pipeline"
)

func TestABrokerElsewhereIsUsedTheSameWay(t *testing.T) {
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, JetStreamMaxStore: testStore,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer func() {
		s.Shutdown()
		s.WaitForShutdown()
	}()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	for round := range 2 { // the second finds the topology of the first
		b, err := Connect(within(t, 20*time.Second), s.ClientURL(), Profile{MaxStore: testStore}, nil)
		if err != nil {
			t.Fatal(err)
		}
		mustPublish(t, b, numbered(round + 1)[round])
		in, err := b.Intake(t.Context(), Transform, IntakeConfig{})
		if err != nil {
			t.Fatal(err)
		}
		if err := mustNext(t, in).AcknowledgeConfirmed(within(t, 10*time.Second)); err != nil {
			t.Error(err)
		}
		in.Stop()
		if err := errors.Join(b.Close(), b.Close()); err != nil {
			t.Error(err)
		}
	}
}

func TestABrokerThatIsNotThereIsTheEnvironmentsFault(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := Connect(ctx, "nats://127.0.0.1:1", Profile{}, nil)
	if !errors.Is(err, context.DeadlineExceeded) || pipeline.ExitCode(err) != pipeline.ExitEnvironment {
		t.Errorf("got %v with exit code %d", err, pipeline.ExitCode(err))
	}
}
