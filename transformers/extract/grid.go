package extract

import (
	"slices"
	"strings"
	"sync"

	"zhibiao/transformers/decode"
	"zhibiao/transformers/recognise"
)

// grid is a table made ready for reading: lines that only name or annotate it
// are taken out, rows with several lines are split.
type grid struct {
	table    *decode.Table
	rows     [][]gridCell
	captions []string // rows of one cell before the head
	notes    []string // rows of one cell after the body
	head     int      // rows of the head
	isLabel  []bool   // by column: it holds labels, not values
	room     *[]gridCell
}

// gridRooms are used again from table to table.
var gridRooms = sync.Pool{New: func() any { return new([]gridCell) }}

// giveBack gives the room of the rows back: they must not be used any more.
func (g *grid) giveBack() {
	const most = 1 << 16 // places that are kept
	room := g.room
	g.room, g.rows = nil, nil
	if cap(*room) <= most {
		clear(*room)
		gridRooms.Put(room)
	}
}

// gridCell is a place of the grid. Cells that span share their origin.
type gridCell struct {
	text   decode.Text
	origin *decode.Cell // nil for a hole
	first  bool         // the place where the cell begins
}

func (c gridCell) String() string { return c.text.String() }

func newGrid(table *decode.Table) *grid {
	g := &grid{table: table}
	g.readRows()
	g.takeLines()
	g.findHead()
	g.findLabels()
	return g
}

// readRows makes the rows of those of the table.
func (g *grid) readRows() {
	places := 0
	for _, row := range g.table.Cells {
		places += len(row)
	}
	g.room = gridRooms.Get().(*[]gridCell)
	*g.room = slices.Grow((*g.room)[:0], places)[:places]
	room := *g.room
	g.rows = make([][]gridCell, 0, len(g.table.Cells))
	for r, row := range g.table.Cells {
		cells := room[:len(row):len(row)]
		room = room[len(row):]
		broken := false
		for c, cell := range row {
			if cell != nil {
				cells[c] = gridCell{text: cell.Text, origin: cell, first: int(cell.Row) == r && int(cell.Col) == c}
				broken = broken || strings.Contains(cell.Text.String(), "\n")
			}
		}
		if broken {
			g.rows = append(g.rows, splitLines(cells)...)
		} else {
			g.rows = append(g.rows, cells)
		}
	}
}

// splitLines makes several rows of one whose cells all hold the same number of
// lines, or one.
func splitLines(cells []gridCell) [][]gridCell {
	lines := 1
	for _, cell := range cells {
		if n := len(linesOf(cell.text)); n > 1 && n != lines {
			if lines > 1 {
				return [][]gridCell{cells}
			}
			lines = n
		}
	}
	values := 0
	for _, cell := range cells {
		if len(linesOf(cell.text)) == lines && isNumber(linesOf(cell.text)[0].String()) {
			values++
		}
	}
	if lines == 1 || values == 0 {
		return [][]gridCell{cells}
	}
	rows := make([][]gridCell, lines)
	for i := range rows {
		rows[i] = make([]gridCell, len(cells))
		for c, cell := range cells {
			rows[i][c] = cell
			if parts := linesOf(cell.text); len(parts) == lines {
				rows[i][c].text = parts[i]
			}
		}
	}
	return rows
}

// linesOf returns the lines of a cell that are not blank; at least one.
func linesOf(text decode.Text) []decode.Text {
	var lines []decode.Text
	start := 0
	whole := text.String()
	for i := 0; i <= len(whole); i++ {
		if i == len(whole) || whole[i] == '\n' {
			if line := text.Slice(start, i).TrimSpace(); line.String() != "" {
				lines = append(lines, line)
			}
			start = i + 1
		}
	}
	if len(lines) == 0 {
		return []decode.Text{text}
	}
	return lines
}

// takeLines takes the leading and trailing rows of one cell out of the grid.
func (g *grid) takeLines() {
	for len(g.rows) > 0 {
		line, only := onlyCell(g.rows[0])
		if !only {
			break
		}
		if line != "" {
			g.captions = append(g.captions, line)
		}
		g.rows = g.rows[1:]
	}
	for len(g.rows) > 0 {
		line, only := onlyCell(g.rows[len(g.rows)-1])
		if !only {
			break
		}
		if line != "" {
			g.notes = append(g.notes, line)
		}
		g.rows = g.rows[:len(g.rows)-1]
	}
}

// onlyCell reports whether a row holds at most one cell with text, and that one
// at its beginning.
func onlyCell(row []gridCell) (string, bool) {
	text, count := "", 0
	for c, cell := range row {
		if cell.origin != nil && compact(cell.String()) != "" && (c == 0 || row[c-1].origin != cell.origin) {
			text = cell.String()
			count++
			if c > 0 {
				return "", false
			}
		}
	}
	return text, count == 0 || count == 1 && !isNumber(text)
}

// findHead counts the rows before the first that prints a value. Below the first
// row a head goes on only where nothing new stands in its first column.
func (g *grid) findHead() {
	for g.head < len(g.rows) {
		row := g.rows[g.head]
		if g.head > 0 && compact(row[0].String()) != "" && row[0].origin != g.rows[0][0].origin && !g.headStartsBlank() && !isUnitHead(compact(row[0].String())) {
			return
		}
		for c, cell := range row {
			if text := cell.String(); c > 0 && startsWithNumber(text) && !isYear(text) {
				return
			}
		}
		g.head++
	}
}

// headStartsBlank reports whether no row of the head so far names the first
// column: the name is still to come.
func (g *grid) headStartsBlank() bool {
	for _, row := range g.rows[:g.head] {
		if compact(row[0].String()) != "" {
			return false
		}
	}
	return true
}

// isOrderHead reports whether a head stands over times, numbers of order or codes.
func isOrderHead(text string) bool {
	switch text {
	case "年份", "年度", "年", "时间", "日期", "月份", "季度", "序号", "代码", "行政代码", "编码":
		return true
	}
	return strings.HasSuffix(text, "区划代码")
}

func isUnitHead(text string) bool { return text == "单位" || text == "计量单位" }

// findLabels tells the columns of labels from the columns of values.
func (g *grid) findLabels() {
	if len(g.rows) == 0 {
		return
	}
	g.isLabel = make([]bool, len(g.rows[0]))
	for c := range g.isLabel {
		first, last := "", "" // what stands over the column
		for r := 0; r < g.head; r++ {
			if text := compact(g.rows[r][c].String()); text != "" {
				last = text
				if first == "" {
					first = text
				}
			}
		}
		g.isLabel[c] = isOrderHead(first) || isUnitHead(first) || g.isTextColumn(c) && !isTimeHead(last)
	}
}

// isTimeHead reports whether a head is a time: under it stand values, be they all
// missing.
func isTimeHead(text string) bool {
	_, ok := recognise.Period(text, recognise.PeriodContext{Year: lastCensus})
	return ok
}

func (g *grid) isTextColumn(c int) bool {
	texts, values := 0, 0
	for _, row := range g.rows[g.head:] {
		if c >= len(row) || isBlank(row[c].String()) {
			continue
		}
		switch text := row[c].String(); {
		case startsWithNumber(text) && (c != 0 || !isYear(text)):
			values++
		case isMark(text):
		default:
			texts++
		}
	}
	return texts > 0 && values == 0 || texts > values && c == 0
}

// rowLabels returns the columns whose labels a value in column c has: the run of
// label columns nearest to its left, and the columns of units.
func (g *grid) rowLabels(c int) []int {
	end := c
	for end > 0 && !g.isLabel[end-1] {
		end--
	}
	start := end
	for start > 0 && g.isLabel[start-1] {
		start--
	}
	var columns []int
	for i := start; i < end; i++ {
		columns = append(columns, i)
	}
	for i := end; i < len(g.isLabel); i++ {
		if g.isLabel[i] && g.head > 0 && isUnitHead(compact(g.rows[0][i].String())) {
			columns = append(columns, i)
		}
	}
	return columns
}

// headOf returns the cells of the head over column c, from the top, each once.
func (g *grid) headOf(c int) []gridCell {
	var cells []gridCell
	for r := 0; r < g.head; r++ {
		if c >= len(g.rows[r]) {
			continue
		}
		cell := g.rows[r][c]
		if cell.origin == nil || len(cells) > 0 && cells[len(cells)-1].origin == cell.origin || compact(cell.String()) == "" {
			continue
		}
		cells = append(cells, cell)
	}
	return cells
}
