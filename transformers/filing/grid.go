package filing

import (
	"slices"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
)

// Bounds of a sheet with a form.
const (
	mostCells  = 400_000
	mostMerged = 400_000 // places that merged cells spread over
)

// grid finds the cells of a sheet by their places.
type grid struct {
	sheet  *decode.FormSheet
	cells  map[place]*decode.FormCell
	merged map[place]place // from each place of merged cells to the cell that fills them
	rows   []int           // with content
	right  int             // last column with content
}

type place struct{ row, col int }

// newGrid returns nil where the sheet is larger than any form.
func newGrid(sheet *decode.FormSheet) *grid {
	if len(sheet.Cells) > mostCells {
		return nil
	}
	g := &grid{sheet: sheet, cells: make(map[place]*decode.FormCell, len(sheet.Cells)), merged: map[place]place{}}
	for i := range sheet.Cells {
		c := &sheet.Cells[i]
		g.cells[place{c.Row, c.Col}] = c
		if len(g.rows) == 0 || g.rows[len(g.rows)-1] != c.Row {
			g.rows = append(g.rows, c.Row)
		}
		g.right = max(g.right, c.Col)
	}
	for _, m := range sheet.Merges {
		from, _ := slices.BinarySearch(g.rows, m.Top)
		for _, row := range g.rows[from:] {
			if row > m.Bottom {
				break
			}
			for col := m.Left; col <= min(m.Right, g.right); col++ {
				if len(g.merged) == mostMerged {
					return nil
				}
				g.merged[place{row, col}] = place{m.Top, m.Left}
			}
		}
	}
	return g
}

// at returns the cell at a place itself, nil for none.
func (g *grid) at(row, col int) *decode.FormCell { return g.cells[place{row, col}] }

// text returns what is shown at a place, also of merged cells, without spaces.
func (g *grid) text(row, col int) string {
	p := place{row, col}
	if origin, ok := g.merged[p]; ok {
		p = origin
	}
	if c := g.cells[p]; c != nil {
		return compact(c.Text.String())
	}
	return ""
}

// rowsBetween returns the rows with content from top to bottom, inclusive.
func (g *grid) rowsBetween(top, bottom int) []int {
	from, _ := slices.BinarySearch(g.rows, top)
	to, _ := slices.BinarySearch(g.rows, bottom+1)
	return g.rows[from:max(from, to)]
}

// workbook reads all forms of a workbook.
func (j *judge) workbook() {
	book := j.open()
	if book == nil {
		return
	}
	found, hidden := false, ""
	for _, of := range book.Worksheets {
		sheet, fault := book.FormSheet(of)
		if fault != nil {
			j.fault(fault)
			return
		}
		j.sheets = append(j.sheets, of.Name)
		g := newGrid(sheet)
		if g == nil {
			j.refuse(pipeline.ProblemOversized, of.Name)
			return
		}
		blocks := findBlocks(g)
		if len(blocks) == 0 {
			continue
		}
		if of.Hidden { // what its owner does not see is not his to file
			hidden = of.Name
			j.find(pipeline.SeverityNotice, pipeline.ProblemHiddenSheet, where{sheet: of.Name}, "", "")
			continue
		}
		for i := range blocks {
			isForm := j.block(g, &blocks[i])
			found = found || isForm
		}
	}
	switch {
	case found:
	case hidden != "":
		j.refuse(pipeline.ProblemHiddenSheet, hidden)
	default:
		j.refuse(pipeline.ProblemNoForm, "")
	}
}
