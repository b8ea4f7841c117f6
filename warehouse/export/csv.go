package export

import (
	"encoding/csv"
	"io"
	"strings"
	"unicode"

	"zhibiao/warehouse"
	"zhibiao/warehouse/dictionary"
)

// byteOrderMark makes Excel read a CSV file as UTF-8.
const byteOrderMark = "\ufeff"

// csvSink writes CSV for spreadsheets: UTF-8 with a byte order mark, a header line,
// NULL as an empty field, and no cell that a spreadsheet would run as a formula.
type csvSink struct {
	raw    io.Writer
	w      *csv.Writer
	types  []string
	number []bool // columns whose cells are numbers and stay as they are
	fields []string
}

func newCSV(out io.Writer, relation dictionary.Relation, types []string) (sink, error) {
	if _, err := io.WriteString(out, byteOrderMark); err != nil {
		return nil, err
	}
	s := &csvSink{raw: out, w: csv.NewWriter(out), types: types, number: make([]bool, len(types)), fields: make([]string, len(types))}
	for i, t := range types {
		s.number[i] = isNumber(warehouse.ParseType(t).Name)
	}
	header := columnNames(relation)
	for i, name := range header {
		header[i] = Harmless(name)
	}
	return s, s.w.Write(header)
}

func (s *csvSink) row(cells []any) error {
	for i, cell := range cells {
		field := warehouse.CellText(cell, s.types[i], "")
		if !s.number[i] {
			field = Harmless(field)
		}
		s.fields[i] = field
	}
	if len(s.fields) > 1 || s.fields[0] != "" {
		return s.w.Write(s.fields)
	}
	if err := s.end(); err != nil { // a blank line would be no row
		return err
	}
	_, err := io.WriteString(s.raw, "\"\"\n")
	return err
}

func (s *csvSink) end() error {
	s.w.Flush()
	return s.w.Error()
}

func isNumber(typeName string) bool {
	for _, prefix := range []string{"Int", "UInt", "Decimal", "Float"} {
		if strings.HasPrefix(typeName, prefix) {
			return true
		}
	}
	return false
}

// Harmless puts an apostrophe before a text that a spreadsheet would take for a
// formula: one that begins, after any kind of space, with = + - @ in either width, or
// with a tab or line break.
func Harmless(text string) string {
	for _, r := range text {
		switch {
		case strings.ContainsRune("=+-@＝＋－＠\t\r\n", r):
			return "'" + text
		case !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r): // Cf are marks without width
			return text
		}
	}
	return text
}

// WriteDictionary writes what the columns of a relation mean, as CSV for
// spreadsheets: parameters first, then the columns in order.
func WriteDictionary(out io.Writer, relation dictionary.Relation) error {
	if _, err := io.WriteString(out, byteOrderMark); err != nil {
		return err
	}
	w := csv.NewWriter(out)
	rows := [][]string{{"relation", "column", "含义", "meaning", "unit", "example"}, {relation.Name, "", relation.ZH, relation.EN, "", ""}}
	for _, list := range [][]dictionary.Column{relation.Parameters, relation.Columns} {
		for _, c := range list {
			rows = append(rows, []string{relation.Name, c.Name, c.ZH, c.EN, c.Unit, c.Example})
		}
	}
	for _, row := range rows {
		for i := range row {
			row[i] = Harmless(row[i])
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
