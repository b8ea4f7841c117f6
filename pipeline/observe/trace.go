package observe

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// Tracing says where traces go.
type Tracing struct {
	Exporter string  // "" for none, stdout, or otlp (over HTTP)
	Endpoint string  // of otlp: http://host:4318, to which /v1/traces is added
	Sample   float64 // part of the documents that are traced, from 0 to 1
}

// traceFlush bounds the sending of what is left at the end.
const traceFlush = 5 * time.Second

// StartTracing makes this process trace until stop is called, which sends what is
// left. Without an exporter it does nothing.
func StartTracing(ctx context.Context, t Tracing, out io.Writer) (stop func() error, err error) {
	var exporter trace.SpanExporter
	switch t.Exporter {
	case "":
		return func() error { return nil }, nil
	case "stdout":
		exporter, err = stdouttrace.New(stdouttrace.WithWriter(out))
	case "otlp":
		exporter, err = otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(strings.TrimSuffix(t.Endpoint, "/")+"/v1/traces"))
	default:
		err = fmt.Errorf("unknown exporter %q: want stdout or otlp", t.Exporter)
	}
	if err != nil {
		return nil, fmt.Errorf("starting to trace: %w", err)
	}
	provider := trace.NewTracerProvider(
		trace.WithBatcher(exporter),
		trace.WithSampler(trace.ParentBased(trace.TraceIDRatioBased(t.Sample))),
		trace.WithResource(resource.NewSchemaless(attribute.String("service.name", "zhibiao"))),
	)
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(provider)
	return func() error {
		otel.SetTracerProvider(before)
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), traceFlush)
		defer cancel()
		return provider.Shutdown(ending)
	}, nil
}
