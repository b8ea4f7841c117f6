package extract

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
)

// workbook reads the worksheets of an XLSX file in turn. A part that is damaged
// refuses the whole file: what stood in the others may be cut off too.
func (s *sink) workbook() {
	book, f := decode.OpenWorkbook(s.doc.Body, s.budget)
	if f != nil {
		s.refuseWhole(f.Reason, f.Detail)
		return
	}
	s.worksheets(book.Worksheets, book.Sheet)
}

// worksheets reads the worksheets of a workbook that are shown.
func (s *sink) worksheets(list []decode.Worksheet, read func(decode.Worksheet) (*decode.Sheet, *decode.Fault)) {
	for _, of := range list {
		if of.Hidden {
			s.ignore("hidden worksheet " + of.Name)
			continue
		}
		sheet, f := read(of)
		if f != nil {
			s.dropAll()
			s.refuseWhole(f.Reason, f.Detail)
			return
		}
		if s.sheet(sheet); s.full {
			return
		}
	}
}

// lines reads a CSV file.
func (s *sink) lines() {
	sheet, f := decode.CSV(s.doc.Body, s.doc.MediaType)
	if f != nil {
		s.refuseWhole(f.Reason, f.Detail)
		return
	}
	s.sheet(sheet)
}

// dropAll forgets what was read of a document that is then refused.
func (s *sink) dropAll() {
	s.observations, s.refusals = nil, nil
	clear(s.refused)
	clear(s.ignoredCount)
}

// sheetReader reads the tables of one sheet.
type sheetReader struct {
	*sink
	sheet    *decode.Sheet
	scope    *scope
	name     []string // of the sheet, the last of a table's captions
	captions []string // lines since the last table, nearest first
	last     []string // captions of the last table, for 续表
}

// sheet reads the tables of a sheet: stretches of rows between blank rows. A
// stretch of lines is the captions of the next table, or notes on the last; one
// that begins with values goes on with the table above it.
func (s *sink) sheet(sheet *decode.Sheet) {
	if sheet.Cut != "" {
		s.complete = false
		s.refuse(pipeline.Truncated, "", nil, place{table: sheet.Locator, locator: sheet.Locator}, sheet.Cut)
	}
	if sheet.Hidden > 0 {
		for range sheet.Hidden {
			s.ignore("hidden rows and columns of " + sheet.Name)
		}
	}
	stretches := sheet.Stretches()
	if len(stretches) == 0 {
		return
	}
	t := &sheetReader{sink: s, sheet: sheet}
	if sheet.Name != "" {
		t.name = []string{sheet.Name}
	}
	t.scope = s.sheetScope(append(t.leading(stretches[0]).texts, t.name...))
	for i := 0; i < len(stretches) && !t.full; i++ {
		stretch := stretches[i]
		top := t.leading(stretch)
		t.captions = append(slices.Clone(top.texts), t.captions...)
		if stretch.From += top.rows; stretch.From == stretch.To {
			continue
		}
		for i+1 < len(stretches) && t.goesOn(stretches[i+1]) {
			i++
			stretch = stretch.Join(stretches[i])
		}
		var notes []string
		if i+1 < len(stretches) {
			notes = t.notes(stretches[i+1])
		}
		t.table(stretch, notes)
	}
}

// sheetScope gathers what a sheet says of itself: its first lines and its name
// before the document's title.
func (s *sink) sheetScope(own []string) *scope {
	sc := &scope{published: s.published(&decode.Page{})}
	titles := append(slices.Clone(own), s.doc.Title)
	s.settleScope(sc, titles, titles)
	return sc
}

// probeRows is how many rows of a stretch are looked at to see what it is.
const probeRows = 40

func (t *sheetReader) probe(s decode.Stretch) *decode.Table {
	return t.sheet.Table(s, 0, s.From, min(s.To, s.From+probeRows))
}

// leadingLines are the rows over the head of a table, nearest first.
type leadingLines struct {
	texts []string
	rows  int
}

var (
	statement = regexp.MustCompile(`[:：]`)
	unitLine  = regexp.MustCompile(`^[（(]?(?:计量)?单位[:：]`)
)

// leading finds the rows of a stretch that only name or annotate: of one cell,
// wherever it stands, unless it is a head over several columns; or of cells that
// each state something behind a colon.
func (t *sheetReader) leading(s decode.Stretch) leadingLines {
	var lines leadingLines
	for r, row := range t.probe(s).Cells {
		var texts []string
		spans, states := false, true
		for c, cell := range row {
			if cell == nil || int(cell.Row) != r || int(cell.Col) != c || compact(cell.Text.String()) == "" {
				if cell != nil && int(cell.Row) < r {
					return lines
				}
				continue
			}
			text := cell.Text.String()
			if startsWithNumber(text) {
				return lines
			}
			spans = spans || cell.Cols > 1 && c > 0 && !unitLine.MatchString(compact(text))
			states = states && statement.MatchString(text)
			texts = append(texts, text)
		}
		if len(texts) > 1 && !states || spans {
			return lines
		}
		lines.texts = append(texts, lines.texts...)
		lines.rows = r + 1
	}
	return lines
}

// goesOn reports whether a stretch has no head: its first row prints values.
func (t *sheetReader) goesOn(s decode.Stretch) bool {
	rows := t.probe(s).Cells
	for c, cell := range rows[0] {
		if cell == nil || c == 0 {
			continue
		}
		if text := cell.Text.String(); startsWithNumber(text) && !isYear(text) {
			return true
		}
	}
	return false
}

// notes returns the lines of a stretch that begins with 注.
func (t *sheetReader) notes(s decode.Stretch) []string {
	lines := t.leading(s)
	if n := len(lines.texts); n == 0 || !strings.HasPrefix(compact(lines.texts[n-1]), "注") {
		return nil
	}
	return lines.texts
}

// maxBand is how many places are made into a grid at once.
const maxBand = 1 << 15

// table reads one table, a long one in bands of rows that each have its head.
func (t *sheetReader) table(s decode.Stretch, notes []string) {
	captions := append(t.captions, t.name...)
	if strings.Contains(strings.Join(t.captions, ""), "续表") {
		captions = append(captions, t.last...)
	}
	t.last, t.captions = captions, nil
	width := max(1, s.Right-s.Left)
	if s.Places() <= maxBand {
		t.readGrid(&tableReader{grid: newGrid(t.sheet.Table(s, 0, s.From, s.To)), scope: t.scope}, captions, notes)
		return
	}
	if s.Places() >= mostObservations {
		t.expectMost()
	}
	rows := max(1, maxBand/width)
	reader := t.readGrid(&tableReader{grid: newGrid(t.sheet.Table(s, 0, s.From, s.From+rows)), scope: t.scope}, captions, notes)
	for from := s.From + rows; from < s.To && !t.full; from += rows {
		band := bandOf(t.sheet.Table(s, reader.head, from, min(s.To, from+rows)), reader.grid)
		next := &tableReader{grid: band, scope: t.scope, before: reader}
		t.readGrid(next, captions, notes)
		reader.before = nil
		reader = next
	}
}

// bandOf makes a grid of the rows of a table that was begun above: they have its
// head and its columns of labels.
func bandOf(table *decode.Table, above *grid) *grid {
	g := &grid{table: table, captions: above.captions, head: above.head, isLabel: above.isLabel}
	g.readRows()
	return g
}

// storedValue completes a value by what its workbook knows of it. The shown
// decimals say how exact it is; the stored digits are the value.
func storedValue(cell *gridCell, v cellValue) cellValue {
	if cell.origin == nil || !cell.origin.Stored.Number {
		return v
	}
	stored := cell.origin.Stored
	v.number.Decimals = stored.Decimals
	if stored.Percent {
		v.percent, v.unit = true, "%"
		v.number.Decimals += percentDigits
	}
	return v
}

// percentDigits is by how many digits a percentage is longer where it is stored
// as a fraction: 5.2 % is stored as 0.052, and 100 is in the factor.
const percentDigits = 2

// fraction is the unit of which a hundredth is the given one.
func fraction(unit pipeline.Unit) pipeline.Unit {
	unit.Symbol, unit.Aliases = "", nil
	if factor, ok := new(big.Rat).SetString(unit.Factor); ok {
		unit.Factor = factor.Mul(factor, big.NewRat(100, 1)).RatString()
	}
	return unit
}

// problemOf says why a cell of a workbook cannot be read, "" where it can.
func problemOf(cell *gridCell) string {
	if cell.origin == nil {
		return ""
	}
	switch cell.origin.Stored.Problem {
	case decode.NotCached:
		return "the cell is a formula whose value was not stored; open the workbook, save it and fetch it again"
	case decode.Scaled:
		return "the number format shows thousandths or ten-thousandths of the stored number, or words with it that change it, so what is meant is not known"
	case decode.Unreadable:
		return fmt.Sprintf("the stored %q is no number", shorten(cell.String()))
	}
	return ""
}
