package decode

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Table is a table of data, expanded to a grid: a cell that spans several
// places stands in each of them.
type Table struct {
	Locator string
	Caption Text
	Cells   [][]*Cell // by row and column; nil where the markup leaves a hole
}

// Cell is one <td> or <th>.
type Cell struct {
	Text     Text // its blocks, joined by line breaks
	Locator  string
	Header   bool // a <th>
	Row, Col int  // where it begins in the grid
	Rows     int  // how many rows it spans within the grid
	Cols     int  // how many columns
	Stored   Stored
}

// Limits of a grid. What lies beyond them is cut by span, never by content: a
// cell with text always has a place.
const (
	maxSpan    = 1000
	maxColumns = 2000
	maxPlaces  = 1 << 21 // of all grids of a page, holes counted; a table that brings more is oversized
	spanWeight = 8       // for how many places one counts that a span adds
	maxCells   = 1 << 17 // of all tables of a page; a table that goes on beyond is oversized
)

// Signs of a table that only lays out a page: a cell with several blocks and
// more letters than any cell of data has; or few cells, one of them of prose.
const (
	layoutLetters = 300
	layoutCells   = 8
	proseLetters  = 80
)

type tableFrame struct {
	locator   string
	rows      [][]*rawCell
	caption   Text
	inCaption bool
	inCell    bool
	oversized bool // its cells are dropped as they come
}

type rawCell struct {
	blocks     []Block
	rows, cols int
	header     bool
	nested     bool // holds a table
	locator    string
}

// cell returns the innermost open cell, nil outside all tables.
func (p *pageParser) cell() *rawCell {
	for i := len(p.tables) - 1; i >= 0; i-- {
		if t := p.tables[i]; t.inCell {
			row := t.rows[len(t.rows)-1]
			return row[len(row)-1]
		}
	}
	return nil
}

func (p *pageParser) tableTag(name string, attributes []attribute) {
	if name == "table" {
		p.count++
		if cell := p.cell(); cell != nil {
			cell.nested = true
		}
		p.tables = append(p.tables, &tableFrame{locator: fmt.Sprintf("%stable[%d]", p.part, p.count)})
		return
	}
	if len(p.tables) == 0 {
		return
	}
	t := p.tables[len(p.tables)-1]
	switch name {
	case "caption":
		t.inCaption = true
	case "tr":
		t.inCell = false
		t.addRow()
	case "td", "th":
		if p.cellCount++; p.cellCount > maxCells {
			t.oversized = true
			t.addRow()
		}
		if len(t.rows) == 0 {
			t.addRow()
		}
		last := len(t.rows) - 1
		cell := p.newCell()
		cell.rows, cell.cols, cell.header = spanOf(attributes, "rowspan"), spanOf(attributes, "colspan"), name == "th"
		cell.locator = cellLocator(t.locator, last+1, len(t.rows[last])+1)
		if len(t.rows[last]) == 0 && last > 0 { // rows are mostly alike
			t.rows[last] = make([]*rawCell, 0, len(t.rows[last-1]))
		}
		t.rows[last] = append(t.rows[last], cell)
		t.inCell = true
	}
}

func (t *tableFrame) addRow() {
	if t.oversized {
		t.rows = t.rows[:0]
	}
	t.rows = append(t.rows, nil)
}

// newCell returns an empty cell. Cells are made by the chunk, each with room for
// the one block that most have.
func (p *pageParser) newCell() *rawCell {
	const chunk = 64
	if len(p.cells) == 0 {
		p.cells, p.rooms = make([]rawCell, chunk), make([]Block, chunk)
	}
	cell := &p.cells[0]
	cell.blocks = p.rooms[:0:1]
	p.cells, p.rooms = p.cells[1:], p.rooms[1:]
	return cell
}

func cellLocator(table string, row, cell int) string {
	var room [64]byte
	b := append(append(room[:0], table...), "/tr["...)
	b = append(strconv.AppendInt(b, int64(row), 10), "]/td["...)
	return string(append(strconv.AppendInt(b, int64(cell), 10), ']'))
}

func spanOf(attributes []attribute, name string) int {
	value := valueOf(attributes, name)
	if len(value) == 0 {
		return 1
	}
	n, err := strconv.Atoi(string(value))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, maxSpan)
}

func (p *pageParser) tableEnd(name string) {
	if len(p.tables) == 0 {
		return
	}
	t := p.tables[len(p.tables)-1]
	switch name {
	case "caption":
		t.inCaption = false
	case "td", "th", "tr":
		t.inCell = false
	case "table":
		p.closeTable()
	}
}

// closeTable ends the innermost table: data becomes one block, layout dissolves.
func (p *pageParser) closeTable() {
	t := p.tables[len(p.tables)-1]
	p.tables = p.tables[:len(p.tables)-1]
	if t.oversized {
		p.page.Oversized = append(p.page.Oversized, t.locator)
		return
	}
	if t.isLayout() {
		for _, row := range t.rows {
			for _, cell := range row {
				for _, b := range cell.blocks {
					p.emit(b)
				}
			}
		}
		return
	}
	// Counted before anything is expanded: row spans push cells to the right, so the
	// grid may be far wider than its rows, and every place costs the reader.
	places := t.width()*len(t.rows) + spanWeight*t.spanned()
	if p.places+places > maxPlaces {
		p.page.Oversized = append(p.page.Oversized, t.locator)
		return
	}
	p.places += places
	if grid := t.grid(); grid != nil {
		p.emit(Block{Kind: Grid, Locator: t.locator, Table: grid})
	}
}

func (t *tableFrame) isLayout() bool {
	widest, cells, prose := 0, 0, false
	for _, row := range t.rows {
		width := 0
		for _, cell := range row {
			letters := 0
			cells++
			width += cell.cols
			for _, b := range cell.blocks {
				prose = prose || len(b.Text.String()) > proseLetters && strings.Contains(b.Text.String(), "。") && utf8.RuneCountInString(b.Text.String()) > proseLetters
				if len(cell.blocks) > 1 {
					letters += utf8.RuneCountInString(b.Text.String())
				}
			}
			if cell.nested || len(cell.blocks) > 1 && letters > layoutLetters {
				return true
			}
		}
		widest = max(widest, width)
	}
	return widest <= 1 || prose && cells <= layoutCells
}

// width is how many columns the rows have, spans counted.
func (t *tableFrame) width() int {
	widest := 0
	for _, row := range t.rows {
		width := 0
		for _, cell := range row {
			width += cell.cols
		}
		widest = max(widest, width)
	}
	return min(widest, maxColumns)
}

// spanned is how many places the spans add to those of the cells themselves.
func (t *tableFrame) spanned() int {
	added := 0
	for r, row := range t.rows {
		for _, cell := range row {
			added += min(cell.rows, len(t.rows)-r)*cell.cols - 1
		}
	}
	return added
}

func (t *tableFrame) count() int {
	count := 0
	for _, row := range t.rows {
		count += len(row)
	}
	return count
}

// grid expands the spans; nil for a table without cells.
func (t *tableFrame) grid() *Table {
	table := &Table{Locator: t.locator, Caption: t.caption, Cells: make([][]*Cell, len(t.rows))}
	columns, width := 0, t.width()
	room := make([]*Cell, width*len(t.rows))
	cells := make([]Cell, t.count())
	for r, row := range t.rows {
		c := 0
		table.Cells[r] = append(room[r*width:r*width:(r+1)*width], table.Cells[r]...)
		for _, raw := range row {
			for c < len(table.Cells[r]) && table.Cells[r][c] != nil {
				c++
			}
			if c >= maxColumns {
				break
			}
			cell := &cells[0]
			cells = cells[1:]
			*cell = Cell{Text: joined(raw.blocks), Locator: raw.locator, Header: raw.header, Row: r, Col: c,
				Rows: min(raw.rows, len(t.rows)-r), Cols: min(raw.cols, maxColumns-c)}
			table.place(cell)
			c += cell.Cols
			columns = max(columns, c)
		}
	}
	if columns == 0 {
		return nil
	}
	for r := range table.Cells {
		for len(table.Cells[r]) < columns {
			table.Cells[r] = append(table.Cells[r], nil)
		}
	}
	return table
}

func (t *Table) place(cell *Cell) {
	for r := cell.Row; r < cell.Row+cell.Rows; r++ {
		for len(t.Cells[r]) < cell.Col+cell.Cols {
			t.Cells[r] = append(t.Cells[r], nil)
		}
		for c := cell.Col; c < cell.Col+cell.Cols; c++ {
			if t.Cells[r][c] == nil {
				t.Cells[r][c] = cell
			}
		}
	}
}

// joined makes one text of the blocks of a cell.
func joined(blocks []Block) Text {
	if len(blocks) == 0 {
		return Text{}
	}
	if len(blocks) == 1 {
		return blocks[0].Text
	}
	var b textBuilder
	for i, block := range blocks {
		if i > 0 {
			start, _ := block.Text.Raw(0, 1)
			b.addBreak(b.next, min(int(start)-b.next, maxEntity))
		}
		for at, r := range block.Text.String() {
			start, end := block.Text.Raw(at, at+1)
			b.add(r, int(start), int(end-start))
		}
	}
	return b.take()
}

// number gives every block of text outside the grids its place in the part of
// the document that it stands in.
func number(blocks []Block, part string) []Block {
	n := 0
	for i := range blocks {
		if blocks[i].Kind == Grid {
			continue
		}
		n++
		blocks[i].Locator = fmt.Sprintf("%sp[%d]", part, n)
	}
	return blocks
}
