package clickhouse

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"zhibiao/pipeline"
)

// Types as sent. What has dictionaries in the table goes out with a dictionary only
// where the loader makes it itself: the client's own cost more than the bytes.
const (
	kindText    = "String"
	kindTexts   = "Array(String)"
	kindDay     = "Date32"
	kindTime    = "DateTime64(3, 'UTC')"
	kindMaybe   = "Nullable(DateTime64(3, 'UTC'))"
	kindDecimal = "Nullable(Decimal(38, 10))"

	kindCoded      = "LowCardinality(String)"
	kindCodedTexts = "Array(LowCardinality(String))"
)

type observation = pipeline.Observation

var observations = table[observation]{
	name:         "observation",
	dictionaries: true,
	checker:      newObservationCheck,
	partition:    func(o *observation) string { return string(o.Origin.Supplier) },
	kept:         &shelf{},
	arrange:      arrange,
	present:      observationPresent,
	columns: []column[observation]{
		coded("source", func(o *observation) string { return o.Origin.Source }),
		coded("supplier", func(o *observation) string { return string(o.Origin.Supplier) }),
		coded("lineage", func(o *observation) string { return o.Origin.Lineage }),
		coded("version", func(o *observation) string { return o.Origin.Version }),
		coded("document", func(o *observation) string { return o.Origin.Document }),
		fixed("fetched_at", kindTime, func(out []byte, o *observation) []byte { return appendTime(out, o.Origin.FetchedAt) }),
		fixed("known_at", kindTime, func(out []byte, o *observation) []byte { return appendTime(out, o.Origin.KnownAt) }),
		optional("published_at", kindMaybe, func(out []byte, o *observation) ([]byte, bool) {
			return appendTime(out, o.Origin.PublishedAt.At), o.Origin.PublishedAt.Known()
		}),
		coded("published_precision", func(o *observation) string { return string(o.Origin.PublishedAt.Precision) }),
		coded("derivation", func(o *observation) string { return o.Origin.Derivation }),
		fixed("derivation_no", "UInt16", func(out []byte, o *observation) []byte {
			return binary.LittleEndian.AppendUint16(out, o.Origin.DerivationNo)
		}),
		coded("indicator", func(o *observation) string { return o.Indicator }),
		coded("region", func(o *observation) string { return o.Region }),
		coded("freq", func(o *observation) string { return string(o.Period.Freq) }),
		coded("basis", func(o *observation) string { return string(o.Period.Basis) }),
		coded("dims", func(o *observation) string { return o.Dims }),
		fixed("period_start", kindDay, func(out []byte, o *observation) []byte { return appendDay(out, o.Period.Start) }),
		fixed("period_end", kindDay, func(out []byte, o *observation) []byte { return appendDay(out, o.Period.End) }),
		coded("op", func(o *observation) string { return string(o.Op) }),
		number("value", func(o *observation) string { return o.Value }),
		coded("unit", func(o *observation) string { return o.Unit }),
		fixed("decimals", "UInt8", func(out []byte, o *observation) []byte { return append(out, o.Decimals) }),
		number("half_width", func(o *observation) string { return o.HalfWidth }),
		coded("status", func(o *observation) string { return string(o.Status) }),
		coded("revision_round", func(o *observation) string { return o.Round }),
		codedFlags("flags", func(o *observation) []pipeline.Flag { return o.Flags }),
		coded("access", func(o *observation) string { return string(o.Access) }),
		field("raw_text", kindText, func(o *observation) string { return o.RawText }),
		coded("raw_unit", func(o *observation) string { return o.RawUnit }),
		coded("factor", func(o *observation) string { return o.Factor }),
		fixed("sign", "Int8", func(out []byte, o *observation) []byte { return append(out, byte(o.Sign)) }),
		field("locator", kindText, func(o *observation) string { return o.Locator }),
		fixed("byte_start", "UInt32", func(out []byte, o *observation) []byte { return binary.LittleEndian.AppendUint32(out, o.ByteStart) }),
		fixed("byte_length", "UInt32", func(out []byte, o *observation) []byte {
			return binary.LittleEndian.AppendUint32(out, o.ByteEnd-o.ByteStart)
		}),
		field("prior", kindText, func(o *observation) string { return o.Prior }),
	},
}

// number is a column of exact decimals that were checked; "" is NULL.
func number[R any](name string, text func(*R) string) column[R] {
	return optional(name, kindDecimal, func(out []byte, r *R) ([]byte, bool) {
		return appendDecimal(out, text(r)), text(r) != ""
	})
}

func appendTime(out []byte, t time.Time) []byte {
	return binary.LittleEndian.AppendUint64(out, uint64(t.UnixMilli()))
}

func appendDay(out []byte, d pipeline.Date) []byte {
	return binary.LittleEndian.AppendUint32(out, uint32(d))
}

// observationPresent looks a row up by the sorting key.
func observationPresent(ctx context.Context, conn driver.Conn, o *observation) (bool, error) {
	var found uint64
	err := conn.QueryRow(ctx, `SELECT count() FROM observation
		WHERE indicator = {indicator:String} AND region = {region:String} AND freq = {freq:String} AND basis = {basis:String}
			AND dims = {dims:String} AND period_start = {start:Date32} AND period_end = {end:Date32}
			AND source = {source:String} AND lineage = {lineage:String} AND version = {version:String}
			AND document = {document:String} AND byte_start = {byte_start:UInt32} AND locator = {locator:String} AND op = {op:String}`,
		clickhouse.Named("indicator", o.Indicator), clickhouse.Named("region", o.Region),
		clickhouse.Named("freq", string(o.Period.Freq)), clickhouse.Named("basis", string(o.Period.Basis)),
		clickhouse.Named("dims", o.Dims), clickhouse.Named("start", o.Period.Start.String()), clickhouse.Named("end", o.Period.End.String()),
		clickhouse.Named("source", o.Origin.Source), clickhouse.Named("lineage", o.Origin.Lineage), clickhouse.Named("version", o.Origin.Version),
		clickhouse.Named("document", o.Origin.Document), clickhouse.Named("byte_start", o.ByteStart),
		clickhouse.Named("locator", o.Locator), clickhouse.Named("op", string(o.Op)),
	).Scan(&found)
	return found > 0, err
}
