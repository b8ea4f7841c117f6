package stream

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestAMessageInHandIsKeptAlive(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{AckWait: time.Second})
	mustPublish(t, e.Broker, numbered(1)...)
	in := mustIntake(t, e.Broker, Transform, IntakeConfig{})
	message := mustNext(t, in)
	again, err := in.Next(t.Context(), 2500*time.Millisecond)
	if err != nil || again != nil {
		t.Fatalf("it was delivered again after %d deliveries: %v", message.Deliveries(), err)
	}
	if err := message.AcknowledgeConfirmed(within(t, 5*time.Second)); err != nil {
		t.Fatal(err)
	}
	if idle, err := e.Idle(t.Context()); err != nil || !idle {
		t.Errorf("idle is %v, %v", idle, err)
	}
}

// What was confirmed to the publisher is not idle from that moment on, though the
// server counts it for the consumer a little later.
func TestNothingIsIdleFromTheConfirmationOn(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	in := mustIntake(t, e.Broker, Transform, IntakeConfig{})
	for _, batch := range numbered(400) {
		mustPublish(t, e.Broker, batch)
		if idle, err := e.Idle(t.Context()); err != nil || idle {
			t.Fatalf("idle is %v, %v right after %s was published", idle, err, batch.ID)
		}
		if err := mustNext(t, in).AcknowledgeConfirmed(within(t, 5*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAMessageWithoutASignOfLifeComesBack(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{AckWait: 200 * time.Millisecond})
	mustPublish(t, e.Broker, numbered(1)...)
	in := mustIntake(t, e.Broker, Transform, IntakeConfig{Heartbeat: time.Hour})
	mustNext(t, in)
	if again := mustNext(t, in); again.Deliveries() < 2 {
		t.Errorf("delivery %d, want the second or a later one", again.Deliveries())
	}
}

func TestAReturnedMessageComesBack(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	mustPublish(t, e.Broker, numbered(1)...)
	in := mustIntake(t, e.Broker, Transform, IntakeConfig{})
	if err := mustNext(t, in).Return(10 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	again := mustNext(t, in)
	if again.Deliveries() != 2 || again.Behind() != 0 {
		t.Errorf("delivery %d with %d behind, want 2 and 0", again.Deliveries(), again.Behind())
	}
}

func TestAStoppedIntakeGivesBackWhatNobodyTook(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{AckWait: time.Hour})
	mustPublish(t, e.Broker, numbered(20)...)
	first := mustIntake(t, e.Broker, Transform, IntakeConfig{})
	taken := mustNext(t, first)
	first.Stop()
	if err := taken.Acknowledge(); err != nil {
		t.Fatal(err)
	}
	second := mustIntake(t, e.Broker, Transform, IntakeConfig{})
	seen := map[string]bool{}
	for len(seen) < 19 {
		message := mustNext(t, second)
		seen[message.ID()] = true
		if err := message.Acknowledge(); err != nil {
			t.Fatal(err)
		}
	}
	if seen[taken.ID()] {
		t.Errorf("the acknowledged message %s came again", taken.ID())
	}
	if err := e.AwaitIdle(within(t, 10*time.Second), 0); err != nil {
		t.Error(err)
	}
}

func TestAnIntakeThatNobodyWaitsAtFetchesNothing(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	mustPublish(t, e.Broker, numbered(10)...)
	in := mustIntake(t, e.Broker, Transform, IntakeConfig{Fetch: 2})
	mustNext(t, in)
	mustNext(t, in)
	depths, err := e.Depths(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if depths[0].InHand > 6 {
		t.Errorf("%d messages in hand, want few", depths[0].InHand)
	}
}

func TestABuriedMessageIsALetterAndEnds(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	mustPublish(t, e.Broker, numbered(1)...)
	in := mustIntake(t, e.Broker, Transform, IntakeConfig{})
	reason := errors.New("no table\r\nin it " + strings.Repeat("数", 5000))
	if err := mustNext(t, in).Bury(t.Context(), "transform", reason); err != nil {
		t.Fatal(err)
	}
	if err := e.AwaitIdle(within(t, 10*time.Second), 0); err != nil {
		t.Fatal(err)
	}
	letters, err := e.Letters(t.Context(), 0, 10)
	if err != nil || len(letters) != 1 {
		t.Fatalf("got %d letters, %v", len(letters), err)
	}
	letter := letters[0]
	if letter.Stage != "transform" || letter.Subject != "documents.test" || letter.ID != "id-0" || string(letter.Payload) != "message 0" ||
		!strings.HasPrefix(letter.Reason, "no table  in it 数") {
		t.Errorf("got %+v", letter)
	}
	if _, err := e.Replay(t.Context(), letter.Sequence, false); err != nil {
		t.Fatal(err)
	}
	if again := mustNext(t, in); string(again.Payload()) != "message 0" {
		t.Errorf("replayed %q", again.Payload())
	}
}

func TestTheJanitorNeverPurgesWhatIsNotAcknowledged(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	mustPublish(t, e.Broker, numbered(10)...)
	in := mustIntake(t, e.Broker, Transform, IntakeConfig{})
	held := map[int]*Message{}
	for i := range 10 {
		held[i] = mustNext(t, in)
	}
	for i := range 10 {
		if i != 4 {
			if err := held[i].AcknowledgeConfirmed(within(t, 5*time.Second)); err != nil {
				t.Fatal(err)
			}
		}
	}
	reconciled := func(context.Context) error { return nil }
	failed := errors.New("3 rows are missing")
	if _, err := e.Sweep(t.Context(), func(context.Context) error { return failed }); !errors.Is(err, failed) {
		t.Fatalf("got %v, want the reconciliation's error", err)
	}
	if got := documentsLeft(t, e); got != 10 {
		t.Fatalf("%d messages left after a failed reconciliation, want 10", got)
	}
	if _, err := e.Sweep(t.Context(), reconciled); err != nil {
		t.Fatal(err)
	}
	if got := documentsLeft(t, e); got != 6 {
		t.Errorf("%d messages left, want the unacknowledged one and the 5 after it", got)
	}
	if err := held[4].AcknowledgeConfirmed(within(t, 5*time.Second)); err != nil {
		t.Fatal(err)
	}
	// A second consumer that is behind holds the janitor back.
	lagging := e.profile.consumer(role{Documents, "auditor"})
	if _, err := e.js.CreateConsumer(t.Context(), Documents, lagging); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Sweep(t.Context(), reconciled); err != nil {
		t.Fatal(err)
	}
	if got := documentsLeft(t, e); got != 6 {
		t.Errorf("%d messages left while a consumer is behind, want 6", got)
	}
	if err := e.js.DeleteConsumer(t.Context(), Documents, "auditor"); err != nil {
		t.Fatal(err)
	}
	swept, err := e.Sweep(t.Context(), reconciled)
	if err != nil {
		t.Fatal(err)
	}
	if got := documentsLeft(t, e); got != 0 || swept[0].Messages != 6 {
		t.Errorf("%d messages left, swept %+v, want none left and 6 swept", got, swept[0])
	}
	mustPublish(t, e.Broker, Batch{Subject: "documents.test", ID: "after", Payload: []byte("after")})
	if message := mustNext(t, in); string(message.Payload()) != "after" {
		t.Errorf("got %q after the sweep", message.Payload())
	}
}

func documentsLeft(t *testing.T, e *Embedded) uint64 {
	t.Helper()
	depths, err := e.Depths(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return depths[0].Messages
}
