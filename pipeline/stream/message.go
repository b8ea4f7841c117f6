package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/trace"
)

// Message is one delivery of a message. It is kept alive at the broker until it
// is settled by exactly one of Acknowledge, Return or Bury. Delivery again, also
// after Acknowledge, is normal: the broker may lose an acknowledgement.
type Message struct {
	message  jetstream.Msg
	intake   *Intake
	sequence uint64
	number   uint64
	behind   uint64
	span     trace.Span // of this delivery, nil while nobody asked for its Context
}

// Payload is what was published.
func (m *Message) Payload() []byte { return m.message.Data() }

// Subject is where it was published.
func (m *Message) Subject() string { return m.message.Subject() }

// ID is the id that it was published under.
func (m *Message) ID() string { return m.message.Headers().Get(jetstream.MsgIDHeader) }

// Deliveries counts how often it was delivered, this time included.
func (m *Message) Deliveries() uint64 { return m.number }

// Behind is how many messages waited behind it when it was delivered; 0 says
// that it was the last.
func (m *Message) Behind() uint64 { return m.behind }

// Acknowledge says that the next hop has it durable (promise 1). It does not
// wait for the broker.
func (m *Message) Acknowledge() error {
	return m.settled(Acknowledged, m.message.Ack())
}

// AcknowledgeConfirmed is Acknowledge that waits for the broker's answer.
func (m *Message) AcknowledgeConfirmed(ctx context.Context) error {
	return m.settled(Acknowledged, m.message.DoubleAck(ctx))
}

// Return gives it back to be delivered again after a delay, to any worker.
func (m *Message) Return(delay time.Duration) error {
	if delay <= 0 {
		return m.settled(Returned, m.message.Nak())
	}
	return m.settled(Returned, m.message.NakWithDelay(delay))
}

// Bury publishes it to the dead letters of a stage with the reason, waits until
// they have it, and ends its delivery. Only bad data comes here (promise 5).
func (m *Message) Bury(ctx context.Context, stage string, reason error) error {
	letter := Letter{Stage: stage, Reason: reason.Error(), Subject: m.Subject(), ID: m.ID(), Attempts: attempts(reason), Payload: m.Payload()}
	if err := m.intake.broker.publishLetter(ctx, letter); err != nil {
		m.intake.forget(m) // it comes back after its wait
		m.conclude(Returned, err)
		return err
	}
	return m.settled(Buried, m.message.TermWithReason(printable(letter.Reason, maxTermReason)))
}

// attempts is how often was tried what an error is about: once, unless it says
// otherwise by a method Attempts. Deliveries do not count: outages make many.
func attempts(err error) int {
	var tried interface{ Attempts() int }
	if errors.As(err, &tried) {
		return tried.Attempts()
	}
	return 1
}

func (m *Message) settled(outcome string, err error) error {
	m.intake.forget(m)
	m.conclude(outcome, err)
	if errors.Is(err, jetstream.ErrMsgAlreadyAckd) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("settling message %d of %s: %w", m.sequence, m.Subject(), err)
	}
	return nil
}
