package clickhouse

import (
	"strings"
	"time"

	"zhibiao/pipeline"
)

func unpartitioned[R any](*R) string { return "" }

type refusal = pipeline.Refusal

var refusals = table[refusal]{
	name:      "refusal",
	checker:   newRefusalCheck,
	partition: unpartitioned[refusal],
	kept:      &shelf{},
	columns: []column[refusal]{
		field("source", kindText, func(r *refusal) string { return r.Origin.Source }),
		field("supplier", kindText, func(r *refusal) string { return string(r.Origin.Supplier) }),
		field("lineage", kindText, func(r *refusal) string { return r.Origin.Lineage }),
		field("version", kindText, func(r *refusal) string { return r.Origin.Version }),
		field("document", kindText, func(r *refusal) string { return r.Origin.Document }),
		field("fetched_at", kindTime, func(r *refusal) time.Time { return r.Origin.FetchedAt }),
		field("known_at", kindTime, func(r *refusal) time.Time { return r.Origin.KnownAt }),
		field("published_at", kindMaybe, func(r *refusal) *time.Time { return stamped(r.Origin.PublishedAt) }),
		field("published_precision", kindText, func(r *refusal) string { return string(r.Origin.PublishedAt.Precision) }),
		field("derivation", kindText, func(r *refusal) string { return r.Origin.Derivation }),
		field("derivation_no", "UInt16", func(r *refusal) uint16 { return r.Origin.DerivationNo }),
		field("closed", "Bool", func(r *refusal) bool { return r.Closed }),
		field("reason", kindText, func(r *refusal) string { return string(r.Reason) }),
		field("label", kindText, func(r *refusal) string { return readable(r.Label) }),
		field("place", kindText, func(r *refusal) string { return r.Table }),
		field("indicator", kindText, func(r *refusal) string { return r.Indicator }),
		field("detail", kindText, func(r *refusal) string { return readable(r.Detail) }),
		field("numbers", "UInt32", func(r *refusal) uint32 { return uint32(r.Count) }),
		field("quote", kindText, func(r *refusal) string { return readable(r.Quote) }),
		field("locator", kindText, func(r *refusal) string { return r.Locator }),
		field("byte_start", "UInt32", func(r *refusal) uint32 { return r.ByteStart }),
		field("byte_end", "UInt32", func(r *refusal) uint32 { return r.ByteEnd }),
	},
}

// readable replaces bytes that are not UTF-8: a refusal may be about just them.
func readable(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

type documentRecord = pipeline.DocumentRecord

var documents = table[documentRecord]{
	name:      "document",
	checker:   newDocumentCheck,
	partition: unpartitioned[documentRecord],
	kept:      &shelf{},
	columns: []column[documentRecord]{
		field("source", kindText, func(d *documentRecord) string { return d.Source }),
		field("supplier", kindText, func(d *documentRecord) string { return string(d.Supplier) }),
		field("lineage", kindText, func(d *documentRecord) string { return d.Lineage }),
		field("version", kindText, func(d *documentRecord) string { return d.Version }),
		field("predecessor", kindText, func(d *documentRecord) string { return d.Predecessor }),
		field("hash", kindText, func(d *documentRecord) string { return d.Hash }),
		field("size", "Int64", func(d *documentRecord) int64 { return d.Size }),
		field("access", kindText, func(d *documentRecord) string { return string(d.Access) }),
		field("method", kindText, func(d *documentRecord) string { return d.Method }),
		field("url", kindText, func(d *documentRecord) string { return d.URL }),
		field("request_body", kindText, func(d *documentRecord) string { return d.RequestBody }),
		field("media_type", kindText, func(d *documentRecord) string { return d.MediaType }),
		field("title", kindText, func(d *documentRecord) string { return readable(d.Title) }),
		field("context", "Map(String, String)", func(d *documentRecord) map[string]string { return d.Context }),
		field("published_at", kindMaybe, func(d *documentRecord) *time.Time { return stamped(d.PublishedAt) }),
		field("published_precision", kindText, func(d *documentRecord) string { return string(d.PublishedAt.Precision) }),
		field("fetched_at", kindTime, func(d *documentRecord) time.Time { return d.FetchedAt }),
		field("derivation", kindText, func(d *documentRecord) string { return d.Derivation.ID }),
		field("derivation_no", "UInt16", func(d *documentRecord) uint16 { return d.Derivation.No }),
		field("parser", kindText, func(d *documentRecord) string { return d.Derivation.Parser }),
		field("effective_at", kindTime, func(d *documentRecord) time.Time { return orEpoch(d.Derivation.EffectiveAt) }),
		field("complete", "Bool", func(d *documentRecord) bool { return d.Complete }),
		field("observations", "UInt32", func(d *documentRecord) uint32 { return uint32(d.Observations) }),
		field("rows_published", "UInt32", func(d *documentRecord) uint32 { return uint32(d.Rows) }),
		field("rows_digest", kindText, func(d *documentRecord) string { return d.RowsDigest }),
		field("refusals", "UInt32", func(d *documentRecord) uint32 { return uint32(d.Refusals) }),
		field("reading", kindText, func(d *documentRecord) string { return d.Reading }),
	},
}

type confirmation = pipeline.Confirmation

var confirmations = table[confirmation]{
	name:      "confirmation",
	checker:   newConfirmationCheck,
	partition: unpartitioned[confirmation],
	kept:      &shelf{},
	columns: []column[confirmation]{
		field("source", kindText, func(c *confirmation) string { return c.Source }),
		field("lineage", kindText, func(c *confirmation) string { return c.Lineage }),
		field("version", kindText, func(c *confirmation) string { return c.Version }),
		field("document", kindText, func(c *confirmation) string { return c.Document }),
		field("confirmed_at", kindTime, func(c *confirmation) time.Time { return c.ConfirmedAt }),
	},
}

type run = pipeline.Run

var runs = table[run]{
	name:      "run",
	checker:   newRunCheck,
	partition: unpartitioned[run],
	kept:      &shelf{},
	columns: []column[run]{
		field("id", kindText, func(r *run) string { return r.ID }),
		field("source", kindText, func(r *run) string { return r.Source }),
		field("trigger", kindText, func(r *run) string { return r.Trigger }),
		field("started_at", kindTime, func(r *run) time.Time { return r.StartedAt }),
		field("finished_at", kindTime, func(r *run) time.Time { return orEpoch(r.FinishedAt) }),
		field("fetched", "UInt32", func(r *run) uint32 { return uint32(r.Fetched) }),
		field("new", "UInt32", func(r *run) uint32 { return uint32(r.New) }),
		field("confirmed", "UInt32", func(r *run) uint32 { return uint32(r.Confirmed) }),
		field("failures", kindTexts, func(r *run) []string { return r.Failures }),
	},
}

func stamped(s pipeline.Stamp) *time.Time {
	if !s.Known() {
		return nil
	}
	return &s.At
}

// orEpoch maps the zero time, which no column can hold, to 1970-01-01.
func orEpoch(t time.Time) time.Time {
	if t.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return t
}
