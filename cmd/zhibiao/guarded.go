package main

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"zhibiao/pipeline"
	"zhibiao/pipeline/observe"
)

// guarded is a collector that stops when the disk gets full, and begins a trace for
// each document.
type guarded struct {
	pipeline.Collector
	source string
	disk   *observe.Disk // nil does not look
}

func (g guarded) Collect(ctx context.Context, window pipeline.Window, emit func(context.Context, pipeline.RawDocument) error) error {
	tracer := otel.Tracer("zhibiao/collect")
	return g.Collector.Collect(ctx, window, func(ctx context.Context, raw pipeline.RawDocument) error {
		if g.disk != nil {
			if err := g.disk.Check(); err != nil {
				return fmt.Errorf("stopping %s before its end: %w", g.source, err)
			}
		}
		ctx, span := tracer.Start(ctx, "document", trace.WithAttributes(
			attribute.String("zhibiao.source", g.source), attribute.String("url.full", raw.URL), attribute.Int("zhibiao.bytes", len(raw.Body))))
		defer span.End()
		err := emit(ctx, raw)
		if err != nil {
			span.SetStatus(codes.Error, err.Error())
		}
		return err
	})
}
