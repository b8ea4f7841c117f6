package decode

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"zhibiao/pipeline"
)

// Places that a worksheet can have at most.
const (
	lastRow    = 1 << 20
	lastColumn = 1 << 14
)

// Sheet reads a worksheet of the workbook. The whole part is seen to its end
// before anything of it is used.
func (w *Workbook) Sheet(of Worksheet) (*Sheet, *Fault) { return w.readSheet(of, nil) }

// readSheet reads a worksheet without what is hidden in it, or, with marks, with it.
func (w *Workbook) readSheet(of Worksheet, marks formMarks) (*Sheet, *Fault) {
	part, f := w.part(of.Part)
	if f != nil {
		return nil, f
	}
	s := &Sheet{Name: of.Name, Locator: of.Part, cells: make([]cellRef, 0, min(cellsIn(part), maxSheetCells))}
	source := &worksheetSource{workbook: w, name: of.Part, part: part}
	s.source = source
	p := worksheetParser{Sheet: s, source: source, nextRow: 0, marks: marks}
	if f := walkMarkup(of.Part, part, p.visit); f != nil {
		return nil, f
	}
	if f := s.arrange(); f != nil {
		return nil, f
	}
	return s, nil
}

// cellsIn counts the cells of a part, and a few other elements, so that room for
// them is made once.
func cellsIn(part []byte) int {
	if n := bytes.Count(part, []byte("<c")); n > 0 {
		return n
	}
	return bytes.Count(part, []byte(":c")) // with a prefix
}

// worksheetParser gathers the cells of a worksheet.
type worksheetParser struct {
	*Sheet
	source        *worksheetSource
	inData        bool
	nextRow       uint32
	nextCol       uint32
	hiddenRow     bool
	hiddenColumns []bool // by column, nil for none
	inCell        bool
	cell          cellRef
	column        uint32 // of the open cell
	stored        string // its type
	formula       bool
	valued        bool
	text          int64 // bytes that the cells' texts have together
	inValue       bool
	valueStart    int
	marks         formMarks // of the cells of a form, nil for a table
}

func (p *worksheetParser) visit(_ *markup, t markupToken, local string) *Fault {
	switch t.kind {
	case markupText:
		return nil
	case markupClose:
		return p.close(t, local)
	}
	switch local {
	case "c":
		if p.inData {
			return p.openCell(t)
		}
	case "v", "is", "f":
		if p.inCell {
			p.openValue(t, local)
		}
	case "row":
		if p.inData {
			return p.openRow(t)
		}
	case "sheetData":
		p.inData = true
	case "col":
		if !p.inData && isSwitchedOn(t.attribute("hidden")) {
			from, _ := strconv.ParseUint(t.attribute("min"), 10, 32)
			to, _ := strconv.ParseUint(t.attribute("max"), 10, 32)
			if from >= 1 && to >= from {
				if p.hiddenColumns == nil {
					p.hiddenColumns = make([]bool, lastColumn)
				}
				for i := from - 1; i < min(to, lastColumn); i++ {
					p.hiddenColumns[i] = true
				}
			}
		}
	case "mergeCell":
		return p.merged(t)
	}
	return nil
}

func isSwitchedOn(value string) bool { return value != "" && isOn(value) }

func (p *worksheetParser) openRow(t markupToken) *Fault {
	if r := t.attribute("r"); r != "" {
		n, err := strconv.ParseUint(r, 10, 32)
		if err != nil || n < 1 || n > lastRow {
			return p.bad(fmt.Sprintf("row %q", shortName(r)))
		}
		p.nextRow = uint32(n) - 1
	}
	p.nextCol, p.hiddenRow = 0, isSwitchedOn(t.attribute("hidden"))
	return nil
}

func (p *worksheetParser) openCell(t markupToken) *Fault {
	row, col := p.nextRow, p.nextCol
	if r := t.attribute("r"); r != "" {
		var ok bool
		if row, col, ok = parsePlace(r); !ok {
			return p.bad(fmt.Sprintf("cell %q", shortName(r)))
		}
	}
	if row >= lastRow || col >= lastColumn {
		return p.bad("a cell beyond the last place of a worksheet")
	}
	p.cell = cellRef{row: row}
	if s := t.attribute("s"); s != "" {
		style, _ := strconv.ParseUint(s, 10, 16)
		p.cell.style = uint16(style)
	}
	p.column, p.stored, p.formula, p.valued, p.inCell = col, t.attribute("t"), false, false, true
	p.nextCol = col + 1
	return nil
}

func (p *worksheetParser) bad(what string) *Fault {
	return fault(pipeline.UnexpectedField, fmt.Sprintf("the part %s has %s, which no worksheet has", p.Locator, what))
}

func (p *worksheetParser) openValue(t markupToken, local string) {
	if local == "f" {
		p.formula = true
		if !p.valued {
			p.cell.start, p.cell.end = uint32(t.end), uint32(t.end)
		}
	}
	p.inValue, p.valueStart = true, t.end
}

func (p *worksheetParser) close(t markupToken, local string) *Fault {
	switch local {
	case "v", "is", "f":
		if !p.inCell || !p.inValue {
			return nil
		}
		if p.inValue = false; t.start > p.valueStart {
			p.value(uint32(p.valueStart), uint32(t.start), local)
		}
	case "c":
		if p.inCell {
			p.inCell = false
			return p.keep()
		}
	case "row":
		p.nextRow++
	case "sheetData":
		p.inData = false
	}
	return nil
}

// value takes the content of <v>, <is> or <f> as that of the open cell. A value
// counts before a formula.
func (p *worksheetParser) value(start, end uint32, local string) {
	if local == "f" && p.valued {
		return
	}
	p.cell.start, p.cell.end = start, end
	switch {
	case local == "f":
		return
	case local == "is":
		p.cell.kind = inlineCell
	case p.stored == "s":
		p.cell.kind = sharedCell
	case p.stored == "" || p.stored == "n":
		p.cell.kind = numberCell
	default:
		p.cell.kind = textCell
	}
	p.valued = true
}

// keep adds the closed cell to the sheet, if it holds anything that is shown.
func (p *worksheetParser) keep() *Fault {
	c := p.cell
	switch {
	case !p.valued && !p.formula:
		return nil
	case !p.valued:
		c.kind = uncachedCell
	}
	size := c.end - c.start
	if c.kind == sharedCell {
		n, err := strconv.ParseUint(strings.TrimSpace(string(p.source.part[c.start:c.end])), 10, 32)
		if err != nil || n >= uint64(len(p.source.workbook.shared.ranges)) {
			return p.bad("a cell that points to a shared text that is not there")
		}
		c.start, c.end = uint32(n), 0
		at := p.source.workbook.shared.ranges[n]
		if size = at[1] - at[0]; size == 0 {
			return nil
		}
	}
	if p.marks == nil && p.isHidden() {
		p.Hidden++
		return nil
	}
	if p.text += int64(size); p.text > maxSheetText || size > maxCellBytes {
		return fault(pipeline.UnexpectedField, fmt.Sprintf("the texts of %s are longer than those of any table", p.Locator))
	}
	if p.column >= maxSheetColumns {
		return fault(pipeline.UnexpectedField, fmt.Sprintf("%s has content in column %s, beyond the first %d", p.Locator, columnName(p.column), maxSheetColumns))
	}
	if c.col = uint16(p.column); len(p.cells) >= maxSheetCells {
		return fault(pipeline.UnexpectedField, fmt.Sprintf("%s has more than %d cells with content; ask for it in parts", p.Locator, maxSheetCells))
	}
	p.cells = append(p.cells, c)
	if p.marks != nil {
		p.marks.note(p, c)
	}
	return nil
}

func (p *worksheetParser) isHidden() bool {
	return p.hiddenRow || p.hiddenColumns != nil && p.hiddenColumns[p.column]
}

func (p *worksheetParser) merged(t markupToken) *Fault {
	from, to, ok := strings.Cut(t.attribute("ref"), ":")
	if !ok {
		return nil // of one cell
	}
	top, left, ok := parsePlace(from)
	bottom, right, ok2 := parsePlace(to)
	if !ok || !ok2 || bottom < top || right < left {
		return p.bad(fmt.Sprintf("merged cells %q", shortName(t.attribute("ref"))))
	}
	if left >= maxSheetColumns {
		return nil // nothing is there
	}
	if len(p.merges) >= maxMerges {
		return fault(pipeline.UnexpectedField, fmt.Sprintf("%s has more than %d merged cells", p.Locator, maxMerges))
	}
	p.merges = append(p.merges, merge{top, bottom, uint16(left), uint16(min(right, maxSheetColumns-1))})
	return nil
}

// parsePlace reads C7 as row 6 and column 2.
func parsePlace(text string) (row, col uint32, ok bool) {
	i := 0
	for ; i < len(text) && text[i] >= 'A' && text[i] <= 'Z'; i++ {
		if col = col*26 + uint32(text[i]-'A') + 1; col > lastColumn {
			return 0, 0, false
		}
	}
	digits := text[i:]
	if i == 0 || len(digits) == 0 || len(digits) > 7 || digits[0] == '0' {
		return 0, 0, false
	}
	for _, d := range []byte(digits) {
		if d < '0' || d > '9' {
			return 0, 0, false
		}
		row = row*10 + uint32(d-'0')
	}
	return row - 1, col - 1, row <= lastRow
}

// columnName writes column 2 as C.
func columnName(col uint32) string {
	var letters [4]byte
	i := len(letters)
	for n := col + 1; n > 0; n = (n - 1) / 26 {
		i--
		letters[i] = byte('A' + (n-1)%26)
	}
	return string(letters[i:])
}
