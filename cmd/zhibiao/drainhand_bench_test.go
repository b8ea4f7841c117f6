package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/shopspring/decimal"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

// byHand is the least loop with the same promises: fetch, decode, one batch by
// columns, send, acknowledge.
func (d *drain) byHand(broker *stream.Embedded, observations int) {
	connection, err := nats.Connect(nats.DefaultURL, nats.InProcessServer(broker))
	if err != nil {
		d.b.Fatal(err)
	}
	defer connection.Close()
	js, err := jetstream.New(connection)
	if err != nil {
		d.b.Fatal(err)
	}
	consumer, err := js.Consumer(d.b.Context(), "OBSERVATIONS", stream.LoadObservations)
	if err != nil {
		d.b.Fatal(err)
	}
	if _, err := d.w.app.loader(d.b.Context()); err != nil {
		d.b.Fatal(err)
	}
	for conn := d.w.app.loading.Conn(); observations > 0; {
		var rows []pipeline.Observation
		var messages []jetstream.Msg
		for len(rows) < min(100_000, observations) {
			batch, err := consumer.Fetch(256, jetstream.FetchMaxBytes(16<<20), jetstream.FetchMaxWait(500*time.Millisecond))
			if err != nil {
				d.b.Fatal(err)
			}
			for message := range batch.Messages() {
				decoded, err := stream.DecodeObservations(message.Data())
				if err != nil {
					d.b.Fatal(err)
				}
				rows = append(rows, decoded...)
				messages = append(messages, message)
			}
		}
		insertByHand(d.b, conn, rows)
		for _, message := range messages {
			if err := message.Ack(); err != nil {
				d.b.Fatal(err)
			}
		}
		observations -= len(rows)
	}
	if err := connection.Flush(); err != nil {
		d.b.Fatal(err)
	}
}

// insertByHand sends plain texts, which is the quickest that the client offers.
func insertByHand(b *testing.B, conn driver.Conn, rows []pipeline.Observation) {
	var names []string
	var values []any
	columnsByHand(rows, func(name string, column any) {
		names, values = append(names, name), append(values, column)
	})
	ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"low_cardinality_allow_in_native_format": 0}))
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO observation ("+strings.Join(names, ", ")+")")
	if err != nil {
		b.Fatal(err)
	}
	for i, column := range values {
		if err := batch.Column(i).Append(column); err != nil {
			b.Fatal(names[i], err)
		}
	}
	if err := batch.Send(); err != nil {
		b.Fatal(err)
	}
}

func columnsByHand(rows []pipeline.Observation, add func(name string, values any)) {
	add("source", columnOf(rows, func(o *pipeline.Observation) string { return o.Origin.Source }))
	add("supplier", columnOf(rows, func(o *pipeline.Observation) string { return string(o.Origin.Supplier) }))
	add("lineage", columnOf(rows, func(o *pipeline.Observation) string { return o.Origin.Lineage }))
	add("version", columnOf(rows, func(o *pipeline.Observation) string { return o.Origin.Version }))
	add("document", columnOf(rows, func(o *pipeline.Observation) string { return o.Origin.Document }))
	add("fetched_at", columnOf(rows, func(o *pipeline.Observation) time.Time { return o.Origin.FetchedAt }))
	add("known_at", columnOf(rows, func(o *pipeline.Observation) time.Time { return o.Origin.KnownAt }))
	add("published_at", columnOf(rows, func(o *pipeline.Observation) *time.Time {
		if !o.Origin.PublishedAt.Known() {
			return nil
		}
		return &o.Origin.PublishedAt.At
	}))
	add("published_precision", columnOf(rows, func(o *pipeline.Observation) string { return string(o.Origin.PublishedAt.Precision) }))
	add("derivation", columnOf(rows, func(o *pipeline.Observation) string { return o.Origin.Derivation }))
	add("derivation_no", columnOf(rows, func(o *pipeline.Observation) uint16 { return o.Origin.DerivationNo }))
	add("indicator", columnOf(rows, func(o *pipeline.Observation) string { return o.Indicator }))
	add("region", columnOf(rows, func(o *pipeline.Observation) string { return o.Region }))
	add("freq", columnOf(rows, func(o *pipeline.Observation) string { return string(o.Period.Freq) }))
	add("basis", columnOf(rows, func(o *pipeline.Observation) string { return string(o.Period.Basis) }))
	add("dims", columnOf(rows, func(o *pipeline.Observation) string { return o.Dims }))
	add("period_start", columnOf(rows, func(o *pipeline.Observation) time.Time { return o.Period.Start.Time() }))
	add("period_end", columnOf(rows, func(o *pipeline.Observation) time.Time { return o.Period.End.Time() }))
	add("op", columnOf(rows, func(o *pipeline.Observation) string { return string(o.Op) }))
	add("value", columnOf(rows, func(o *pipeline.Observation) *decimal.Decimal { return decimalByHand(o.Value) }))
	add("unit", columnOf(rows, func(o *pipeline.Observation) string { return o.Unit }))
	add("decimals", columnOf(rows, func(o *pipeline.Observation) uint8 { return o.Decimals }))
	add("half_width", columnOf(rows, func(o *pipeline.Observation) *decimal.Decimal { return decimalByHand(o.HalfWidth) }))
	add("status", columnOf(rows, func(o *pipeline.Observation) string { return string(o.Status) }))
	add("revision_round", columnOf(rows, func(o *pipeline.Observation) string { return o.Round }))
	add("flags", columnOf(rows, func(o *pipeline.Observation) []string {
		flags := make([]string, len(o.Flags))
		for i, flag := range o.Flags {
			flags[i] = string(flag)
		}
		return flags
	}))
	add("access", columnOf(rows, func(o *pipeline.Observation) string { return string(o.Access) }))
	add("raw_text", columnOf(rows, func(o *pipeline.Observation) string { return o.RawText }))
	add("raw_unit", columnOf(rows, func(o *pipeline.Observation) string { return o.RawUnit }))
	add("factor", columnOf(rows, func(o *pipeline.Observation) string { return o.Factor }))
	add("sign", columnOf(rows, func(o *pipeline.Observation) int8 { return int8(o.Sign) }))
	add("locator", columnOf(rows, func(o *pipeline.Observation) string { return o.Locator }))
	add("byte_start", columnOf(rows, func(o *pipeline.Observation) uint32 { return o.ByteStart }))
	add("byte_length", columnOf(rows, func(o *pipeline.Observation) uint32 { return o.ByteEnd - o.ByteStart }))
	add("prior", columnOf(rows, func(o *pipeline.Observation) string { return o.Prior }))
}

func columnOf[T any](rows []pipeline.Observation, value func(*pipeline.Observation) T) []T {
	values := make([]T, len(rows))
	for i := range rows {
		values[i] = value(&rows[i])
	}
	return values
}

func decimalByHand(text string) *decimal.Decimal {
	if text == "" {
		return nil
	}
	d := decimal.RequireFromString(text)
	return &d
}
