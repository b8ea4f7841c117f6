package clickhouse

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"

	"zhibiao/pipeline"
)

// Types as sent. Codes go out as plain strings, which the server puts into its
// dictionaries: the client's own dictionaries cost more than the bytes.
const (
	kindText    = "String"
	kindTexts   = "Array(String)"
	kindDay     = "Date32"
	kindTime    = "DateTime64(3, 'UTC')"
	kindMaybe   = "Nullable(DateTime64(3, 'UTC'))"
	kindDecimal = "Nullable(Decimal(38, 10))"
)

type observation = pipeline.Observation

var observations = table[observation]{
	name:      "observation",
	checker:   newObservationCheck,
	partition: func(o *observation) string { return string(o.Origin.Supplier) },
	kept:      &shelf{},
	arrange:   arrange,
	present:   observationPresent,
	columns: append(originColumns(func(o *observation) *pipeline.Origin { return o.Origin }),
		field("indicator", kindText, func(o *observation) string { return o.Indicator }),
		field("region", kindText, func(o *observation) string { return o.Region }),
		field("freq", kindText, func(o *observation) string { return string(o.Period.Freq) }),
		field("basis", kindText, func(o *observation) string { return string(o.Period.Basis) }),
		field("dims", kindText, func(o *observation) string { return o.Dims }),
		field("period_start", kindDay, func(o *observation) time.Time { return o.Period.Start.Time() }),
		field("period_end", kindDay, func(o *observation) time.Time { return o.Period.End.Time() }),
		field("op", kindText, func(o *observation) string { return string(o.Op) }),
		field("value", kindDecimal, func(o *observation) *decimal.Decimal { return exact(o.Value) }),
		field("unit", kindText, func(o *observation) string { return o.Unit }),
		field("decimals", "UInt8", func(o *observation) uint8 { return o.Decimals }),
		halfWidths("half_width"),
		field("status", kindText, func(o *observation) string { return string(o.Status) }),
		field("revision_round", kindText, func(o *observation) string { return o.Round }),
		field("flags", kindTexts, func(o *observation) []string { return flagTexts(o.Flags) }),
		field("access", kindText, func(o *observation) string { return string(o.Access) }),
		field("raw_text", kindText, func(o *observation) string { return o.RawText }),
		field("raw_unit", kindText, func(o *observation) string { return o.RawUnit }),
		field("factor", kindText, func(o *observation) string { return o.Factor }),
		field("sign", "Int8", func(o *observation) int8 { return int8(o.Sign) }),
		field("locator", kindText, func(o *observation) string { return o.Locator }),
		field("byte_start", "UInt32", func(o *observation) uint32 { return o.ByteStart }),
		field("byte_end", "UInt32", func(o *observation) uint32 { return o.ByteEnd }),
		field("prior", kindText, func(o *observation) string { return o.Prior }),
	),
}

// originColumns are the columns that observation and refusal share.
func originColumns[R any](origin func(*R) *pipeline.Origin) []column[R] {
	return []column[R]{
		field("source", kindText, func(r *R) string { return origin(r).Source }),
		field("supplier", kindText, func(r *R) string { return string(origin(r).Supplier) }),
		field("lineage", kindText, func(r *R) string { return origin(r).Lineage }),
		field("version", kindText, func(r *R) string { return origin(r).Version }),
		field("document", kindText, func(r *R) string { return origin(r).Document }),
		field("fetched_at", kindTime, func(r *R) time.Time { return origin(r).FetchedAt }),
		field("known_at", kindTime, func(r *R) time.Time { return origin(r).KnownAt }),
		field("published_at", kindMaybe, func(r *R) *time.Time { return stamped(origin(r).PublishedAt) }),
		field("published_precision", kindText, func(r *R) string { return string(origin(r).PublishedAt.Precision) }),
		field("derivation", kindText, func(r *R) string { return origin(r).Derivation }),
		field("derivation_no", "UInt16", func(r *R) uint16 { return origin(r).DerivationNo }),
	}
}

// halfWidths is the column of half widths, of which there are few different ones.
func halfWidths(name string) column[observation] {
	return column[observation]{name, kindDecimal, func(rows []*observation, earlier any) any {
		known := map[string]*decimal.Decimal{}
		return field(name, kindDecimal, func(o *observation) *decimal.Decimal {
			width, found := known[o.HalfWidth]
			if !found {
				width = exact(o.HalfWidth)
				known[o.HalfWidth] = width
			}
			return width
		}).values(rows, earlier)
	}}
}

// exact reads a decimal that was checked; "" is NULL.
func exact(text string) *decimal.Decimal {
	if text == "" {
		return nil
	}
	d := decimal.RequireFromString(text)
	return &d
}

func stamped(s pipeline.Stamp) *time.Time {
	if !s.Known() {
		return nil
	}
	return &s.At
}

func flagTexts(flags []pipeline.Flag) []string {
	texts := make([]string, len(flags))
	for i, f := range flags {
		texts[i] = string(f)
	}
	return texts
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
