package decode

import (
	"slices"
	"strconv"
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
	Text Text // its blocks, joined by line breaks
	// within is the locator, or that of the table where the cell is the ofRow-th of
	// its row-th row.
	within     string
	row, ofRow uint32
	Row, Col   int32 // where it begins in the grid
	Rows       int32 // how many rows it spans within the grid
	Cols       int32 // how many columns
	Stored     Stored
	Header     bool // a <th>
}

// Locator names the place of the cell in the document: table[2]/tr[5]/td[3].
func (c *Cell) Locator() string {
	if c.row == 0 {
		return c.within
	}
	var room [64]byte
	return string(c.AppendLocator(room[:0]))
}

// AppendLocator appends what Locator returns.
func (c *Cell) AppendLocator(b []byte) []byte {
	b = append(b, c.within...)
	if c.row == 0 {
		return b
	}
	b = strconv.AppendUint(append(b, "/tr["...), uint64(c.row), 10)
	b = strconv.AppendUint(append(b, "]/td["...), uint64(c.ofRow), 10)
	return append(b, ']')
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

// width is how many columns the rows have, spans counted.
func (t *tableFrame) width() int {
	widest := 0
	for _, row := range t.rows {
		width := 0
		for i := range row {
			width += int(row[i].Cols)
		}
		widest = max(widest, width)
	}
	return min(widest, maxColumns)
}

// spanned is how many places the spans add to those of the cells themselves.
func (t *tableFrame) spanned() int {
	added := 0
	for r, row := range t.rows {
		for i := range row {
			added += min(int(row[i].Rows), len(t.rows)-r)*int(row[i].Cols) - 1
		}
	}
	return added
}

// grid expands the spans; nil for a table without cells.
func (t *tableFrame) grid() *Table {
	table := &Table{Locator: t.locator, Caption: t.caption, Cells: make([][]*Cell, len(t.rows))}
	columns, width := 0, t.width()
	room := make([]*Cell, width*len(t.rows))
	for r := range table.Cells {
		table.Cells[r] = room[r*width : r*width : (r+1)*width]
	}
	for r, row := range t.rows {
		c := 0
		for i := range row {
			for c < len(table.Cells[r]) && table.Cells[r][c] != nil {
				c++
			}
			if c >= maxColumns {
				break
			}
			cell := row[i].settled()
			cell.Row, cell.Col = int32(r), int32(c)
			cell.Rows, cell.Cols = min(cell.Rows, int32(len(t.rows)-r)), min(cell.Cols, int32(maxColumns-c))
			if c == len(table.Cells[r]) && cell.Rows == 1 && cell.Cols == 1 {
				table.Cells[r] = append(table.Cells[r], cell)
			} else {
				table.place(cell)
			}
			c += int(cell.Cols)
			columns = max(columns, c)
		}
	}
	if columns == 0 {
		return nil
	}
	for r, row := range table.Cells {
		if missing := columns - len(row); missing > 0 {
			table.Cells[r] = slices.Grow(row, missing)[:columns]
			clear(table.Cells[r][len(row):])
		}
	}
	return table
}

func (t *Table) place(cell *Cell) {
	from, to := int(cell.Col), int(cell.Col+cell.Cols)
	for r := cell.Row; r < cell.Row+cell.Rows; r++ {
		for len(t.Cells[r]) < to {
			t.Cells[r] = append(t.Cells[r], nil)
		}
		for c := from; c < to; c++ {
			if t.Cells[r][c] == nil {
				t.Cells[r][c] = cell
			}
		}
	}
}
