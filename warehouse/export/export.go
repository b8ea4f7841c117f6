// Package export writes a table or view of the warehouse into a file: CSV that a
// spreadsheet opens without harm, or Parquet, with the dictionary of its columns.
//
// Rows are ordered by key (region, indicator, period …), never by value (promise 9).
// They are read and written one by one, so that memory does not grow with the export.
package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/dictionary"
)

// Formats are the formats of an export, the default first.
var Formats = []string{"csv", "parquet"}

// Request says what to export. Only View is required.
type Request struct {
	View       string   // table or view of the dictionary
	Columns    []string // in this order; all without
	Regions    []string // GB/T 2260 codes
	Indicators []string // codes of the catalogue
	From, To   string   // periods, as 2024, 2024-Q2, 2024-08 or 2024-08-31; both inclusive
	At         string   // of a view with the parameter at: a day (to its end) or a time, UTC
}

// Rows are an export that is about to be written.
type Rows struct {
	relation dictionary.Relation // with the chosen columns only
	types    []string            // of the server, by column
	answer   driver.Rows
	more     bool // a row has been fetched and not been written
}

// blockRows is how many rows the server sends at a time, so that a block of wide rows
// stays a few megabytes.
const blockRows = 8192

// Open checks the request against the dictionary and the warehouse and runs it up to
// its first row, so that an error comes before the first byte. Unknown views, columns,
// regions, indicators and periods are named (promise 11) and carry the exit code of
// the user's input. Write or Close ends it.
func Open(ctx context.Context, w *warehouse.Warehouse, request Request) (*Rows, error) {
	plan, err := newPlan(request)
	if err != nil {
		return nil, pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	if err := plan.checkCodes(ctx, w); err != nil {
		return nil, err
	}
	replacing, err := isReplacing(ctx, w, request.View)
	if err != nil {
		return nil, problem(request.View, err)
	}
	sql := plan.sql(replacing)
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"max_block_size": blockRows}))
	r := &Rows{relation: plan.relation}
	if r.types, err = describe(ctx, w, sql, plan.values); err != nil {
		return nil, problem(request.View, err)
	}
	if r.answer, err = w.Ask(ctx, sql, plan.values); err != nil {
		return nil, problem(request.View, err)
	}
	if r.more = r.answer.Next(); !r.more {
		if err := r.answer.Err(); err != nil {
			return nil, problem(request.View, errors.Join(err, r.answer.Close()))
		}
	}
	return r, nil
}

// Relation is the exported table or view with the chosen columns.
func (r *Rows) Relation() dictionary.Relation { return r.relation }

// Close ends the reading; it may be called again.
func (r *Rows) Close() error { return r.answer.Close() }

// sink takes the rows of one format.
type sink interface {
	row(cells []any) error
	end() error
}

// Write writes all rows in one of Formats and closes them.
func (r *Rows) Write(out io.Writer, format string) error {
	defer r.answer.Close()
	var to sink
	var err error
	switch format {
	case "csv":
		to, err = newCSV(out, r.relation, r.types)
	case "parquet":
		to, err = newParquet(out, r.relation, r.types)
	default:
		return UnknownFormat(format)
	}
	if err != nil {
		return err
	}
	var cells []any // scanned into again by every row
	for ; r.more; r.more = r.answer.Next() {
		if cells == nil {
			for _, t := range r.answer.ColumnTypes() {
				cells = append(cells, reflect.New(t.ScanType()).Interface())
			}
		}
		if err := r.answer.Scan(cells...); err != nil {
			return fmt.Errorf("reading a row of %s: %w", r.relation.Name, err)
		}
		if err := to.row(cells); err != nil {
			return fmt.Errorf("writing a row of %s: %w", r.relation.Name, err)
		}
	}
	if err := r.answer.Err(); err != nil {
		return problem(r.relation.Name, err)
	}
	if err := to.end(); err != nil {
		return fmt.Errorf("writing the end of %s: %w", r.relation.Name, err)
	}
	return nil
}

// UnknownFormat is the error of a format that is none of Formats.
func UnknownFormat(format string) error {
	return pipeline.WithExit(pipeline.ExitYourInput,
		fmt.Errorf("unknown format %q: choose one of %s", format, strings.Join(Formats, ", ")))
}

// describe asks for the types of the columns, which an answer without rows may leave
// out.
func describe(ctx context.Context, w *warehouse.Warehouse, sql string, values warehouse.Parameters) ([]string, error) {
	rows, err := w.Ask(ctx, "DESCRIBE ("+sql+")", values)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var types []string
	for rows.Next() {
		fields := make([]string, len(rows.Columns()))
		places := make([]any, len(fields))
		for i := range fields {
			places[i] = &fields[i]
		}
		if err := rows.Scan(places...); err != nil {
			return nil, err
		}
		types = append(types, fields[slices.Index(rows.Columns(), "type")])
	}
	return types, rows.Err()
}

// isReplacing reports whether a table may still hold a row more than once, so that it
// has to be read with FINAL.
func isReplacing(ctx context.Context, w *warehouse.Warehouse, table string) (bool, error) {
	var replacing bool
	err := w.Conn().QueryRow(ctx, `SELECT count() > 0 FROM system.tables
		WHERE database = currentDatabase() AND engine LIKE '%Replacing%' AND name IN ({table:String}, {table:String} || '_local')`,
		clickhouse.Named("table", table)).Scan(&replacing)
	return replacing, err
}

// limits are ClickHouse's codes of an export that is larger than the account may read:
// rows, time, memory, bytes.
var limits = map[int32]bool{158: true, 159: true, 160: true, 241: true, 307: true, 396: true}

// problem tells an export that is too large, which the user can narrow, from a
// warehouse that cannot be reached and from our own mistakes.
func problem(view string, err error) error {
	err = fmt.Errorf("exporting %s: %w", view, err)
	var exception *clickhouse.Exception
	switch {
	case errors.As(err, &exception) && limits[exception.Code]:
		return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("%w; narrow it by region, indicator or period", err))
	case errors.As(err, &exception):
		return pipeline.WithExit(pipeline.ExitOurFault, err)
	}
	return pipeline.WithExit(pipeline.ExitEnvironment, err)
}
