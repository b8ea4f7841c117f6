package decode

import (
	"bytes"
	"slices"
	"strings"
)

// Held is what a cell of a form holds.
type Held uint8

// The kinds.
const (
	HeldText    Held = iota
	HeldNumber       // a stored number; of a date, Stored.Number is false
	HeldFormula      // with a stored value or without: Text is the value, if there is one
	HeldError        // #DIV/0!
	HeldTruth        // TRUE or FALSE
)

// FormCell is a cell with content, shown or hidden.
type FormCell struct {
	Row, Col int // from 0
	Held     Held
	Text     Text
	Stored   Stored
	Locator  string
}

// Place writes where the cell stands, as C7.
func (c *FormCell) Place() string { return PlaceOf(c.Row, c.Col) }

// PlaceOf writes row 6 and column 2 as C7.
func PlaceOf(row, col int) string {
	return string((&worksheetSource{}).place(nil, uint32(col), uint32(row))[1:])
}

// FormMerge is a rectangle of merged cells, inclusive, from 0.
type FormMerge struct{ Top, Left, Bottom, Right int }

// FormSheet is a worksheet cell by cell, also of hidden rows and columns: what was
// filled in by a person is checked by what each cell is, and not only by what it
// shows.
type FormSheet struct {
	Name   string // "" for a CSV file
	Cells  []FormCell
	Merges []FormMerge
	Cut    string // says, where it is not empty, that the sheet ends before its end
}

// FormSheet reads a worksheet as a form.
func (w *Workbook) FormSheet(of Worksheet) (*FormSheet, *Fault) {
	marks := formMarks{}
	s, f := w.readSheet(of, marks)
	if f != nil {
		return nil, f
	}
	return s.form(marks), nil
}

// Form returns the cells of a CSV file.
func (s *Sheet) Form() *FormSheet { return s.form(nil) }

func (s *Sheet) form(marks formMarks) *FormSheet {
	form := &FormSheet{Name: s.Name, Cut: s.Cut, Cells: make([]FormCell, 0, len(s.cells))}
	for _, c := range s.cells {
		text, stored := s.source.text(c)
		cell := FormCell{Row: int(c.row), Col: int(c.col), Text: text, Stored: stored, Locator: s.source.locator(c), Held: marks[placeKey(c)]}
		if cell.Held == HeldText && c.kind == numberCell {
			cell.Held = HeldNumber
		}
		form.Cells = append(form.Cells, cell)
	}
	for _, m := range s.merges {
		form.Merges = append(form.Merges, FormMerge{int(m.top), int(m.left), int(m.bottom), int(m.right)})
	}
	return form
}

// formMarks holds the kinds of cells that a table does not tell from text and
// numbers, by place.
type formMarks map[uint64]Held

func placeKey(c cellRef) uint64 { return uint64(c.row)<<16 | uint64(c.col) }

// note keeps what the open cell is.
func (m formMarks) note(p *worksheetParser, c cellRef) {
	switch {
	case p.formula:
		m[placeKey(c)] = HeldFormula
	case p.stored == "e":
		m[placeKey(c)] = HeldError
	case p.stored == "b":
		m[placeKey(c)] = HeldTruth
	}
}

// Packed is the size of one file of an archive.
type Packed struct {
	Name           string
	Size, Inflated uint64
}

// Packed lists the files of an archive with the sizes that its directory claims.
func (a *Archive) Packed() []Packed {
	list := make([]Packed, 0, len(a.Files))
	for _, f := range a.Files {
		list = append(list, Packed{f.Name, f.file.CompressedSize64, f.file.UncompressedSize64})
	}
	return list
}

// Inflates reports a file of the archive that inflates, or with which all of them
// together inflate, more than a document may; "" for none.
func (a *Archive) Inflates() string {
	var total uint64
	for _, p := range a.Packed() {
		total += p.Inflated
		if total > maxInflated || p.Inflated > ratioFloor && p.Inflated/maxRatio > p.Size {
			return p.Name
		}
	}
	return ""
}

// HasFolder reports whether a file lies in a folder, whatever the case of letters.
func (a *Archive) HasFolder(prefix string) bool {
	return slices.ContainsFunc(a.Files, func(f PackedFile) bool { return strings.HasPrefix(strings.ToLower(f.Name), prefix) })
}

// encryptedStream is the name of the stream that an encrypted workbook is in, in the
// letters of an OLE directory.
var encryptedStream = []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")

// Encrypted reports whether a body is a workbook or document that opens with a
// password only.
func Encrypted(body []byte) bool {
	return FormOf(body) == FormOLE && bytes.Contains(body, encryptedStream)
}
