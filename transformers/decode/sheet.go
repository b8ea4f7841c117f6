package decode

import (
	"cmp"
	"slices"
	"sort"

	"zhibiao/pipeline"
)

// Limits of a sheet. A sheet beyond them is refused, never cut.
const (
	maxSheetRows    = 200_000 // with content
	maxSheetColumns = 512
	maxSheetCells   = 2_500_000 // with content
	maxCellBytes    = 128 << 10 // of one cell, as stored; a workbook's cell holds 32,767 letters
	maxSheetText    = 100 << 20 // bytes of all texts that one sheet points to
	maxMerges       = 100_000
)

// Sheet is a worksheet or a CSV file: cells with nothing between them, kept as
// byte ranges until a table is made of some of the rows.
type Sheet struct {
	Name    string // of a worksheet
	Locator string // csv, xl/worksheets/sheet1.xml
	Hidden  int    // cells with content in hidden rows and columns, which are left out
	// Cut says, where it is not empty, that the sheet ends before its end.
	Cut string

	source cellSource
	cells  []cellRef  // by row, then column
	rows   []sheetRow // with content
	merges []merge    // by first row
}

// cellSource knows the bytes that cells are ranges of.
type cellSource interface {
	// text decodes a cell.
	text(c cellRef) (Text, Stored)
	// locator names the place of a cell, and the place of its text where that is
	// another one.
	locator(c cellRef) string
	// tableLocator names the table that begins at a place.
	tableLocator(row uint32, col int) string
}

// cellRef is a cell with content.
type cellRef struct {
	start, end uint32 // of the content, or of its number among the shared strings
	row        uint32 // from 0
	col        uint16 // from 0
	style      uint16
	kind       cellKind
}

type cellKind uint8

const (
	plainCell    cellKind = iota // of CSV
	quotedCell                   // of CSV, with quotes doubled inside
	numberCell                   // <v> with a number
	textCell                     // <v> with text: the value of a formula, a truth value, an error
	sharedCell                   // <v> with the number of a shared string
	inlineCell                   // <is>
	uncachedCell                 // <f> without <v>
)

type sheetRow struct {
	number uint32 // from 0
	first  int    // index of its first cell
}

// merge is a rectangle of places that one cell fills, inclusive, from 0.
type merge struct {
	top, bottom uint32
	left, right uint16
}

// Stored is what a workbook knows of a number beyond its digits.
type Stored struct {
	Number   bool // the cell holds a number, and is not text that looks like one
	Percent  bool // it is shown times 100, with a percent sign
	Decimals uint8
	Problem  Problem
}

// Problem says why a cell of a workbook has no number that could be read.
type Problem uint8

// The problems.
const (
	NoProblem  Problem = iota
	NotCached          // a formula whose value was not stored
	Scaled             // the number format shows thousandths or ten-thousandths of the number
	Unreadable         // the stored text is no number
)

// Stretch is a run of rows of a sheet without a blank row between them, and
// the columns that they fill.
type Stretch struct {
	From, To    int // rows with content, counted from 0, half-open
	Left, Right int // columns, half-open
}

// Places is how many places its table has.
func (b Stretch) Places() int { return (b.To - b.From) * (b.Right - b.Left) }

// Join returns the stretch that holds both and what stands between them.
func (b Stretch) Join(c Stretch) Stretch {
	return Stretch{min(b.From, c.From), max(b.To, c.To), min(b.Left, c.Left), max(b.Right, c.Right)}
}

// arrange puts the cells in order and finds the rows. Two cells in one place
// are a fault: one of them would hide the other.
func (s *Sheet) arrange() *Fault {
	byPlace := func(a, b cellRef) int { return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.col, b.col)) }
	if !slices.IsSortedFunc(s.cells, byPlace) {
		slices.SortStableFunc(s.cells, byPlace)
	}
	for i, c := range s.cells {
		if i > 0 && byPlace(s.cells[i-1], c) == 0 {
			return fault(pipeline.UnexpectedField, "the cell "+s.source.locator(c)+" stands there twice")
		}
		if i == 0 || s.cells[i-1].row != c.row {
			s.rows = append(s.rows, sheetRow{c.row, i})
		}
	}
	if len(s.rows) > maxSheetRows {
		return fault(pipeline.UnexpectedField, s.Locator+" has more than 200,000 rows with content; ask for it in parts")
	}
	return s.arrangeMerges()
}

// arrangeMerges puts the merged rectangles in order. They must not lie over each
// other: then all of them together fill no more places than the grid has.
func (s *Sheet) arrangeMerges() *Fault {
	slices.SortStableFunc(s.merges, func(a, b merge) int { return cmp.Or(cmp.Compare(a.top, b.top), cmp.Compare(a.left, b.left)) })
	var open []merge // that reach the row of the current one
	for _, m := range s.merges {
		open = slices.DeleteFunc(open, func(o merge) bool { return o.bottom < m.top })
		for _, o := range open {
			if o.left <= m.right && m.left <= o.right {
				return fault(pipeline.UnexpectedField, s.Locator+" has merged cells that lie over each other")
			}
		}
		open = append(open, m)
	}
	return nil
}

// rowCells returns the cells of the nth row with content.
func (s *Sheet) rowCells(n int) []cellRef {
	end := len(s.cells)
	if n+1 < len(s.rows) {
		end = s.rows[n+1].first
	}
	return s.cells[s.rows[n].first:end]
}

// find returns the cell at a place.
func (s *Sheet) find(row uint32, col uint16) (cellRef, bool) {
	i := sort.Search(len(s.cells), func(i int) bool {
		c := s.cells[i]
		return c.row > row || c.row == row && c.col >= col
	})
	if i < len(s.cells) && s.cells[i].row == row && s.cells[i].col == col {
		return s.cells[i], true
	}
	return cellRef{}, false
}

// Stretches returns the runs of rows between blank rows.
func (s *Sheet) Stretches() []Stretch {
	var stretches []Stretch
	for n, row := range s.rows {
		cells := s.rowCells(n)
		own := Stretch{n, n + 1, int(cells[0].col), int(cells[len(cells)-1].col) + 1}
		if n == 0 || row.number != s.rows[n-1].number+1 {
			stretches = append(stretches, own)
			continue
		}
		last := len(stretches) - 1
		stretches[last] = stretches[last].Join(own)
	}
	return stretches
}

// Table makes a grid of the first head rows of a stretch and of its rows from to
// to, which count like those of the stretch. Merged cells stand in each of their places.
func (s *Sheet) Table(b Stretch, head, from, to int) *Table {
	table := &Table{Locator: s.source.tableLocator(s.rows[b.From].number, b.Left)}
	numbers := make([]int, 0, head+to-from) // rows with content, in the grid's order
	for n := b.From; n < b.From+head; n++ {
		numbers = append(numbers, n)
	}
	for n := max(from, b.From+head); n < to; n++ {
		numbers = append(numbers, n)
	}
	width := b.Right - b.Left
	places := make([]*Cell, len(numbers)*width)
	count := 0
	for _, n := range numbers {
		count += len(s.rowCells(n))
	}
	cells := make([]Cell, 0, count)
	for r, n := range numbers {
		row := places[r*width : (r+1)*width : (r+1)*width]
		table.Cells = append(table.Cells, row)
		for _, c := range s.rowCells(n) {
			cells = append(cells, s.cell(c, r, b.Left))
			row[int(c.col)-b.Left] = &cells[len(cells)-1]
		}
	}
	s.spread(table, b, numbers)
	return table
}

func (s *Sheet) cell(c cellRef, row, left int) Cell {
	text, stored := s.source.text(c)
	return Cell{Text: text, within: s.source.locator(c), Row: int32(row), Col: int32(int(c.col) - left), Rows: 1, Cols: 1, Stored: stored}
}

// spread puts the cells that are merged into all of their places.
func (s *Sheet) spread(table *Table, b Stretch, numbers []int) {
	if len(numbers) == 0 || len(s.merges) == 0 {
		return
	}
	last := s.rows[numbers[len(numbers)-1]].number
	for _, m := range s.merges {
		if m.top > last {
			return
		}
		from := sort.Search(len(numbers), func(i int) bool { return s.rows[numbers[i]].number >= m.top })
		to := sort.Search(len(numbers), func(i int) bool { return s.rows[numbers[i]].number > m.bottom })
		left, right := int(m.left)-b.Left, min(int(m.right)+1, b.Right)-b.Left
		if from >= to || left < 0 || left >= right {
			continue
		}
		origin := s.originOf(m, table, b, numbers, from)
		if origin == nil {
			continue
		}
		origin.Rows, origin.Cols = int32(to-from), int32(right-left)
		for r := from; r < to; r++ {
			for c := left; c < right; c++ {
				table.Cells[r][c] = origin
			}
		}
	}
}

// originOf finds the cell that fills a merged rectangle: in the grid, or above
// it where the grid is a part of a stretch.
func (s *Sheet) originOf(m merge, table *Table, b Stretch, numbers []int, from int) *Cell {
	if s.rows[numbers[from]].number == m.top {
		return table.Cells[from][int(m.left)-b.Left]
	}
	if c, ok := s.find(m.top, m.left); ok {
		above := s.cell(c, -1, b.Left)
		return &above
	}
	return nil
}
