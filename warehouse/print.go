package warehouse

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"golang.org/x/text/width"
)

// Formats are the formats that Print knows, the default first.
var Formats = []string{"table", "ndjson", "csv", "tsv"}

// Print writes the rows in one of Formats and closes them. Decimals and integers
// of more than 64 bits are printed exactly (in ndjson as strings), times in UTC.
// NULL is an empty field, null in ndjson and NULL in a table; NaN and the
// infinities, which JSON does not have, are null in ndjson too. Control characters
// are escaped in a table, tabs and line breaks in tsv. All but the table are
// written row by row. Without any row a server on HTTP may not name the columns;
// then nothing is printed.
func Print(w io.Writer, rows driver.Rows, format string) error {
	defer rows.Close()
	var out rowPrinter
	switch format {
	case "table":
		out = &tablePrinter{w: w}
	case "ndjson":
		out = newJSONPrinter(w)
	case "csv":
		out = &csvPrinter{raw: w, w: csv.NewWriter(w)}
	case "tsv":
		out = &tsvPrinter{w: w}
	default:
		return fmt.Errorf("printing rows: unknown format %q (%s)", format, strings.Join(Formats, ", "))
	}
	columns, types := rows.Columns(), rows.ColumnTypes()
	if len(columns) > 0 {
		if err := out.header(columns); err != nil {
			return err
		}
	}
	for rows.Next() {
		cells := make([]any, len(types))
		for i, t := range types {
			cells[i] = reflect.New(t.ScanType()).Interface()
		}
		if err := rows.Scan(cells...); err != nil {
			return fmt.Errorf("reading a row: %w", err)
		}
		for i, t := range types {
			cells[i] = plain(reflect.ValueOf(cells[i]), t.DatabaseTypeName())
		}
		if err := out.row(cells); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return out.end()
}

type rowPrinter interface {
	header(columns []string) error
	row(cells []any) error
	end() error
}

type csvPrinter struct {
	raw io.Writer
	w   *csv.Writer
}

func (p *csvPrinter) header(columns []string) error { return p.w.Write(columns) }
func (p *csvPrinter) end() error                    { p.w.Flush(); return p.w.Error() }

// row quotes the empty field of a single column: readers of CSV skip a blank line.
func (p *csvPrinter) row(cells []any) error {
	fields := texts(cells, "")
	if len(fields) > 1 || fields[0] != "" {
		return p.w.Write(fields)
	}
	if err := p.end(); err != nil {
		return err
	}
	_, err := io.WriteString(p.raw, "\"\"\n")
	return err
}

type tsvPrinter struct{ w io.Writer }

var tsvEscapes = strings.NewReplacer("\\", "\\\\", "\t", "\\t", "\n", "\\n", "\r", "\\r")

func (p *tsvPrinter) header(columns []string) error { return p.line(columns) }
func (p *tsvPrinter) row(cells []any) error         { return p.line(texts(cells, "")) }
func (p *tsvPrinter) end() error                    { return nil }

func (p *tsvPrinter) line(fields []string) error {
	for i, f := range fields {
		fields[i] = tsvEscapes.Replace(f)
	}
	_, err := fmt.Fprintln(p.w, strings.Join(fields, "\t"))
	return err
}

// jsonPrinter keeps the columns' order, which a map would lose.
type jsonPrinter struct {
	w       io.Writer
	columns []string
	line    bytes.Buffer
	encoder *json.Encoder // writes to line
}

func newJSONPrinter(w io.Writer) *jsonPrinter {
	p := &jsonPrinter{w: w}
	p.encoder = json.NewEncoder(&p.line)
	p.encoder.SetEscapeHTML(false)
	return p
}

func (p *jsonPrinter) header(columns []string) error { p.columns = columns; return nil }
func (p *jsonPrinter) end() error                    { return nil }

func (p *jsonPrinter) row(cells []any) error {
	members := make(record, len(cells))
	for i, cell := range cells {
		members[i] = member{p.columns[i], cell}
	}
	p.line.Reset()
	if err := p.value(members); err != nil {
		return fmt.Errorf("printing a row as JSON: %w", err)
	}
	p.line.WriteByte('\n')
	_, err := p.w.Write(p.line.Bytes())
	return err
}

func (p *jsonPrinter) value(cell any) error {
	switch x := cell.(type) {
	case record:
		return p.list("{", "}", len(x), func(i int) error {
			if err := p.scalar(x[i].name); err != nil {
				return err
			}
			p.line.WriteByte(':')
			return p.value(x[i].value)
		})
	case []any:
		return p.list("[", "]", len(x), func(i int) error { return p.value(x[i]) })
	case float64:
		return p.float(x, cell)
	case float32:
		return p.float(float64(x), cell)
	}
	return p.scalar(cell)
}

func (p *jsonPrinter) list(opening, closing string, n int, write func(int) error) error {
	p.line.WriteString(opening)
	for i := range n {
		if i > 0 {
			p.line.WriteByte(',')
		}
		if err := write(i); err != nil {
			return err
		}
	}
	p.line.WriteString(closing)
	return nil
}

func (p *jsonPrinter) float(x float64, cell any) error {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return p.scalar(nil)
	}
	return p.scalar(cell)
}

// scalar appends a value without the line break that an encoder ends it with.
func (p *jsonPrinter) scalar(value any) error {
	if err := p.encoder.Encode(value); err != nil {
		return err
	}
	p.line.Truncate(p.line.Len() - 1)
	return nil
}

// tablePrinter aligns columns, counting Chinese characters as two wide.
type tablePrinter struct {
	w    io.Writer
	rows [][]string
}

func (p *tablePrinter) header(columns []string) error { return p.add(columns) }
func (p *tablePrinter) row(cells []any) error         { return p.add(texts(cells, "NULL")) }

func (p *tablePrinter) add(fields []string) error {
	row := make([]string, len(fields))
	for i, field := range fields {
		row[i] = printable(field)
	}
	p.rows = append(p.rows, row)
	return nil
}

func (p *tablePrinter) end() error {
	if len(p.rows) == 0 {
		return nil
	}
	widths := make([]int, len(p.rows[0]))
	for _, row := range p.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], displayWidth(cell))
		}
	}
	for _, row := range p.rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			line.WriteString(strings.Repeat(" ", widths[i]-displayWidth(cell)+2))
		}
		if _, err := fmt.Fprintln(p.w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// printable escapes what would break the line or steer the terminal: a printed
// text comes from somebody else's page.
func printable(text string) string {
	if strings.IndexFunc(text, unicode.IsControl) < 0 {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		if unicode.IsControl(r) {
			quoted := strconv.QuoteRune(r)
			out.WriteString(quoted[1 : len(quoted)-1])
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

func displayWidth(s string) int {
	columns := 0
	for _, r := range s {
		columns++
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			columns++
		}
	}
	return columns
}
