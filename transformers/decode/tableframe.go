package decode

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Signs of a table that only lays out a page: a cell with several blocks and
// more letters than any cell of data has; or few cells, one of them of prose.
const (
	layoutLetters = 300
	layoutCells   = 8
	proseLetters  = 80
)

// tableFrame is a table whose end was not seen yet.
type tableFrame struct {
	locator   string
	rows      [][]rawCell
	caption   Text
	inCaption bool
	inCell    bool
	oversized bool // its cells are dropped as they come
}

// rawCell is a cell while it is read. Its first block of text is in Cell, the
// others are in more.
type rawCell struct {
	Cell
	more   *[]Block
	look   blockLook // of the first block
	merge  cellMerge
	filled bool // there is a first block
	nested bool // holds a table
}

// add puts a block of text into the cell.
func (c *rawCell) add(text Text, look blockLook) {
	if !c.filled && c.more == nil {
		c.Text, c.look, c.filled = text, look, true
		return
	}
	c.addBlock(Block{Text: text, blockLook: look})
}

func (c *rawCell) addBlock(b Block) {
	if c.more == nil {
		c.more = &[]Block{}
	}
	*c.more = append(*c.more, b)
}

// others are the blocks behind the first.
func (c *rawCell) others() []Block {
	if c.more == nil {
		return nil
	}
	return *c.more
}

// blocks returns all blocks of the cell.
func (c *rawCell) blocks() []Block {
	if !c.filled {
		return c.others()
	}
	return append([]Block{{Text: c.Text, blockLook: c.look}}, c.others()...)
}

// settled returns the cell with all its blocks as one text.
func (c *rawCell) settled() *Cell {
	if c.more != nil {
		c.Text = joined(c.blocks())
	}
	return &c.Cell
}

// cell returns the innermost open cell, nil outside all tables. It holds until
// the next cell is begun.
func (p *pageParser) cell() *rawCell {
	for i := len(p.tables) - 1; i >= 0; i-- {
		if t := p.tables[i]; t.inCell {
			row := t.rows[len(t.rows)-1]
			return &row[len(row)-1]
		}
	}
	return nil
}

func (p *pageParser) tableTag(tag *tag, attributes []attribute) {
	if tag == tagTable {
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
	switch tag {
	case tagCaption:
		t.inCaption = true
	case tagRow:
		t.inCell = false
		t.addRow()
	case tagCell, tagHeadCell:
		p.beginCell(t, Cell{Rows: spanOf(attributes, attributeRowspan), Cols: spanOf(attributes, attributeColspan), Header: tag == tagHeadCell})
	}
}

func (t *tableFrame) addRow() {
	if t.oversized {
		t.rows = t.rows[:0]
	}
	t.rows = append(t.rows, nil)
}

// beginCell opens a cell in the last row of a table.
func (p *pageParser) beginCell(t *tableFrame, cell Cell) {
	if p.cells++; p.cells > maxCells && !t.oversized {
		t.oversized = true
		t.rows = t.rows[:0]
	}
	if t.oversized {
		t.rows, t.inCell = append(t.rows[:0], []rawCell{{Cell: cell}}), true
		return
	}
	if len(t.rows) == 0 {
		t.addRow()
	}
	last := len(t.rows) - 1
	row := t.rows[last]
	cell.within, cell.row, cell.ofRow = t.locator, uint32(last+1), uint32(len(row)+1)
	if row == nil {
		row = p.newRow(t.rows[:last])
	}
	t.rows[last] = append(row, rawCell{Cell: cell})
	t.inCell = true
}

// newRow returns an empty row with room for as many cells as the row above has:
// rows are mostly alike.
func (p *pageParser) newRow(above [][]rawCell) []rawCell {
	const first, chunk = 4, 256
	width := first
	if len(above) > 0 && len(above[len(above)-1]) > 0 {
		width = len(above[len(above)-1])
	}
	if len(p.room) < width {
		p.room = make([]rawCell, max(chunk, width))
	}
	row := p.room[:0:width]
	p.room = p.room[width:]
	return row
}

func spanOf(attributes []attribute, name attributeName) int32 {
	value := valueOf(attributes, name)
	if len(value) == 0 {
		return 1
	}
	n, err := strconv.Atoi(string(value))
	if err != nil || n < 1 {
		return 1
	}
	return int32(min(n, maxSpan))
}

func (p *pageParser) tableEnd(tag *tag) {
	if len(p.tables) == 0 {
		return
	}
	t := p.tables[len(p.tables)-1]
	switch tag {
	case tagCaption:
		t.inCaption = false
	case tagCell, tagHeadCell, tagRow:
		t.inCell = false
	case tagTable:
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
			for i := range row {
				if row[i].filled {
					p.emit(row[i].Text, row[i].look)
				}
				for _, b := range row[i].others() {
					p.emitBlock(b)
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
		p.emitBlock(Block{Locator: t.locator, Table: grid, blockLook: blockLook{Kind: Grid}})
	}
}

// emitBlock puts a block of text or a table where it belongs, as emit does.
func (p *pageParser) emitBlock(b Block) {
	if n := len(p.tables); b.Table == nil || n > 0 && p.tables[n-1].inCaption {
		p.emit(b.Text, b.blockLook)
		return
	}
	if cell := p.cell(); cell != nil {
		cell.addBlock(b)
		return
	}
	p.blocks = append(p.blocks, b)
}

func (t *tableFrame) isLayout() bool {
	widest, cells, prose := 0, 0, false
	for _, row := range t.rows {
		width := 0
		for i := range row {
			cell := &row[i]
			cells++
			width += int(cell.Cols)
			prose = prose || isProse(cell.Text.String())
			if cell.nested || cell.more != nil && cell.isLong() {
				return true
			}
			for _, b := range cell.others() {
				prose = prose || isProse(b.Text.String())
			}
		}
		widest = max(widest, width)
	}
	return widest <= 1 || prose && cells <= layoutCells
}

// isLong reports whether a cell with several blocks has more letters than any of
// data has.
func (c *rawCell) isLong() bool {
	letters, count := utf8.RuneCountInString(c.Text.String()), len(c.others())
	if c.filled {
		count++
	}
	for _, b := range c.others() {
		letters += utf8.RuneCountInString(b.Text.String())
	}
	return count > 1 && letters > layoutLetters
}

// isProse reports whether a text is longer than those of cells and has sentences.
func isProse(text string) bool {
	return len(text) > proseLetters && strings.Contains(text, "。") && utf8.RuneCountInString(text) > proseLetters
}

// number gives every block of text outside the grids its place in the part of
// the document that it stands in.
func number(blocks []Block, part string) []Block {
	n := 0
	var locators textBuilder
	for i := range blocks {
		if blocks[i].Kind == Grid {
			continue
		}
		n++
		var room [64]byte
		b := strconv.AppendInt(append(append(room[:0], part...), "p["...), int64(n), 10)
		locators.chunk = mostTextChunk / 16
		locators.addRun(append(b, ']'), 0)
		blocks[i].Locator = locators.take().text
	}
	return blocks
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
