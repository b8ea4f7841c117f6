package warehouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"

	"zhibiao/pipeline"
)

// Traced is an observation with what is known of the document that it stands in.
type Traced struct {
	ID          string
	Observation pipeline.Observation
	// Document is the archived version. Recorded is false while its record has not
	// been loaded yet; then only the fields of Observation.Origin are known.
	Document TracedDocument
	Recorded bool
}

// TracedDocument says where a document came from.
type TracedDocument struct {
	Method, URL, Title, MediaType string
	Size                          int64 // bytes
	Predecessor                   string
	Parser                        string
	Complete                      bool
}

// Trace finds the observation of an id (promise 8). An id that is not one is the
// user's input error; so is one that no row has, and one that several rows share,
// which is then reported with their places.
func (w *Warehouse) Trace(ctx context.Context, id string) (Traced, error) {
	parts, err := pipeline.ParseObservationID(id)
	if err != nil {
		return Traced{}, pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	id = strings.ToLower(strings.TrimSpace(id))
	rows, err := w.observations(ctx, named("trace").SQL, Parameters{
		"prefix": parts.DocumentPrefix, "byte_start": parts.ByteStart, "derivation_no": parts.DerivationNo, "id": id,
	})
	if err != nil {
		return Traced{}, fmt.Errorf("tracing %s: %w", id, err)
	}
	switch len(rows) {
	case 0:
		return Traced{}, pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf(
			"tracing %s: no observation has this id; look for one in the column id of resolved, latest_by_source or revisions", id))
	case 1:
		return w.withDocument(ctx, id, rows[0])
	}
	places := make([]string, len(rows))
	for i, o := range rows {
		places[i] = fmt.Sprintf("%s %s %s in %s of %s", o.Indicator, o.Region, o.Period.Label(), o.Locator, o.Origin.Document)
	}
	return Traced{}, pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf(
		"tracing %s: %d observations share this id, select the one you mean by its columns: %s", id, len(rows), strings.Join(places, "; ")))
}

func (w *Warehouse) withDocument(ctx context.Context, id string, o pipeline.Observation) (Traced, error) {
	traced := Traced{ID: id, Observation: o}
	rows, err := w.conn.Query(ctx, named("archived_document").SQL, Parameters{
		"source": o.Origin.Source, "lineage": o.Origin.Lineage, "version": o.Origin.Version}.named()...)
	if err != nil {
		return Traced{}, fmt.Errorf("reading document of %s: %w", id, err)
	}
	defer rows.Close()
	for rows.Next() {
		d := &traced.Document
		if err := rows.Scan(&d.Method, &d.URL, &d.Title, &d.MediaType, &d.Size, &d.Predecessor, &d.Parser, &d.Complete); err != nil {
			return Traced{}, fmt.Errorf("reading document of %s: %w", id, err)
		}
		traced.Recorded = true
	}
	return traced, rows.Err()
}

// observations reads rows with the columns of query trace.
func (w *Warehouse) observations(ctx context.Context, sql string, values Parameters) ([]pipeline.Observation, error) {
	rows, err := w.conn.Query(ctx, sql, values.named()...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []pipeline.Observation
	for rows.Next() {
		o, err := scanObservation(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, rows.Err()
}

func scanObservation(rows driver.Rows) (pipeline.Observation, error) {
	var (
		o                                 = pipeline.Observation{Origin: &pipeline.Origin{}}
		freq, basis, supplier, op, status string
		access, precision, id             string
		start, end                        time.Time
		published                         *time.Time
		value, halfWidth                  *decimal.Decimal
		flags                             []string
		sign                              int8
	)
	err := rows.Scan(&o.Indicator, &o.Region, &freq, &basis, &o.Dims, &start, &end,
		&o.Origin.Source, &supplier, &o.Origin.Lineage, &o.Origin.Version, &o.Origin.Document,
		&o.Origin.FetchedAt, &o.Origin.KnownAt, &published, &precision,
		&op, &value, &o.Unit, &o.Decimals, &halfWidth, &status, &o.Round, &flags, &access,
		&o.RawText, &o.RawUnit, &o.Factor, &sign, &o.Locator, &o.ByteStart, &o.ByteEnd,
		&o.Prior, &o.Origin.Derivation, &o.Origin.DerivationNo, &id)
	if err != nil {
		return o, err
	}
	o.Origin.Supplier = pipeline.Supplier(supplier)
	o.Origin.PublishedAt.Precision = pipeline.Precision(precision)
	if published != nil {
		o.Origin.PublishedAt.At = published.UTC()
	}
	o.Origin.FetchedAt, o.Origin.KnownAt = o.Origin.FetchedAt.UTC(), o.Origin.KnownAt.UTC()
	o.Period = pipeline.Period{Freq: pipeline.Freq(freq), Basis: pipeline.Basis(basis), Start: day(start), End: day(end)}
	o.Op, o.Status, o.Access, o.Sign = pipeline.Op(op), pipeline.Status(status), pipeline.Access(access), pipeline.Sign(sign)
	o.Value, o.HalfWidth = decimalText(value), decimalText(halfWidth)
	for _, flag := range flags {
		o.Flags = append(o.Flags, pipeline.Flag(flag))
	}
	return o, nil
}

// day returns the date of a Date32, which the client gives as midnight.
func day(t time.Time) pipeline.Date { return pipeline.DateIn(t, t.Location()) }

// decimalText writes a stored decimal canonically, NULL as "".
func decimalText(d *decimal.Decimal) string {
	if d == nil {
		return ""
	}
	return d.String()
}
