package stream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// What becomes of a delivery.
const (
	Acknowledged = "acknowledged"
	Returned     = "returned"
	Buried       = "buried"
)

// Observer is told what becomes of messages, for counting. It must be quick and
// safe for concurrent use.
type Observer interface {
	// Published tells of a confirmed publication; kind is the subject's first token.
	Published(kind string, took time.Duration)
	// Settled tells what a worker answered to a delivery of a consumer.
	Settled(consumer, outcome string)
}

// Observe makes an observer listen from now on. Call it before messages flow.
func (b *Broker) Observe(o Observer) { b.observer = o }

func (b *Broker) published(subject string, took time.Duration) {
	if b.observer != nil {
		kind, _, _ := strings.Cut(subject, ".")
		b.observer.Published(kind, took)
	}
}

func (b *Broker) settled(consumer, outcome string) {
	if b.observer != nil {
		b.observer.Settled(consumer, outcome)
	}
}

// Alive asks the broker for a sign of life of its storage.
func (b *Broker) Alive(ctx context.Context) error {
	if status := b.connection.Status(); status != nats.CONNECTED {
		return fmt.Errorf("asking the broker: not connected (%s): %w", strings.ToLower(status.String()), errors.Join(b.connection.LastError()))
	}
	if _, err := b.js.AccountInfo(ctx); err != nil {
		return fmt.Errorf("asking the broker's storage: %w", err)
	}
	return nil
}

// Check reads the whole topology back and returns the first thing that is not as
// the promises need it. It changes nothing.
func (b *Broker) Check(ctx context.Context) error {
	check := *b
	check.profile.OnlyCheck = true
	return check.establish(ctx)
}

// Tracing. A trace goes with a document from its fetch to the load of its rows: in
// the headers of the messages, by W3C Trace Context. Without an exporter the
// global tracer does nothing and no header is written.

func tracer() trace.Tracer { return otel.Tracer("zhibiao/pipeline/stream") }

var traceContext = propagation.TraceContext{}

// headers carries a trace in the headers of a message, in lower case as the
// standard writes them.
type headers nats.Header

func (h headers) Get(key string) string { return nats.Header(h).Get(key) }
func (h headers) Set(key, value string) { nats.Header(h).Set(key, value) }
func (h headers) Keys() []string {
	keys := make([]string, 0, len(h))
	for key := range h {
		keys = append(keys, key)
	}
	return keys
}

// traced writes the trace of ctx, if there is one, into a message.
func traced(ctx context.Context, message *nats.Msg) *nats.Msg {
	if trace.SpanContextFromContext(ctx).IsValid() {
		traceContext.Inject(ctx, headers(message.Header))
	}
	return message
}

// Context returns ctx with the span of this delivery, which goes on from the trace
// that the message brought and ends when the message is settled.
func (m *Message) Context(ctx context.Context) context.Context {
	h := m.message.Headers()
	if h.Get("traceparent") == "" {
		return ctx
	}
	remote := trace.SpanContextFromContext(traceContext.Extract(context.Background(), headers(h)))
	ctx, span := tracer().Start(trace.ContextWithRemoteSpanContext(ctx, remote), m.intake.name,
		trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(
			attribute.String("messaging.system", "nats"),
			attribute.String("messaging.destination.name", m.Subject()),
			attribute.String("messaging.message.id", m.ID()),
			attribute.Int64("zhibiao.deliveries", int64(m.number)),
		))
	m.span = span
	return ctx
}

// conclude counts a settled delivery and ends its span.
func (m *Message) conclude(outcome string, err error) {
	if err == nil || errors.Is(err, jetstream.ErrMsgAlreadyAckd) {
		m.intake.broker.settled(m.intake.name, outcome)
	}
	if m.span == nil {
		return
	}
	m.span.SetAttributes(attribute.String("zhibiao.outcome", outcome))
	if outcome != Acknowledged {
		m.span.SetStatus(codes.Error, outcome)
	}
	m.span.End()
}
