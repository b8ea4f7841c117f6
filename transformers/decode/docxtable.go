package decode

import (
	"fmt"
	"strconv"
)

// Marks of cells while a table is read.
const (
	mergeBegins = "restart"
	mergeGoesOn = "continue"
	mergeFiller = "filler" // stands for columns that a row leaves out
)

// tableMarkup takes the elements that make tables.
func (d *docxParser) tableMarkup(name string, t markupToken) {
	switch name {
	case "tbl":
		d.tableTag("table", nil)
	case "tr":
		d.tableTag("tr", nil)
	case "tc":
		d.seen++
		d.tableTag("td", nil)
		if row := d.lastRow(); row != nil {
			table := d.tables[len(d.tables)-1]
			n := len(row)
			if d.merges[row[0]] == mergeFiller {
				n--
			}
			row[len(row)-1].locator = fmt.Sprintf("%s/tr[%d]/td[%d]", table.locator, len(table.rows), n)
		}
	case "gridBefore":
		if n := len(d.tables); n > 0 && len(d.tables[n-1].rows) > 0 && len(d.lastRow()) == 0 {
			table := d.tables[n-1]
			filler := &rawCell{rows: 1, cols: spanIn(d.value(t)), locator: table.locator}
			table.rows[len(table.rows)-1] = []*rawCell{filler}
			d.setMerge(filler, mergeFiller)
		}
	case "gridSpan":
		if cell := d.cell(); cell != nil {
			cell.cols = spanIn(d.value(t))
		}
	case "vMerge":
		if cell := d.cell(); cell != nil {
			merge := d.value(t)
			if merge != mergeBegins {
				merge = mergeGoesOn
			}
			d.setMerge(cell, merge)
		}
	}
}

func (d *docxParser) setMerge(cell *rawCell, merge string) {
	if d.merges == nil {
		d.merges = map[*rawCell]string{}
	}
	d.merges[cell] = merge
}

// lastRow returns the row that is being read, nil outside tables.
func (d *docxParser) lastRow() []*rawCell {
	n := len(d.tables)
	if n == 0 || len(d.tables[n-1].rows) == 0 {
		return nil
	}
	return d.tables[n-1].rows[len(d.tables[n-1].rows)-1]
}

func spanIn(value string) int {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return 1
	}
	return min(n, maxSpan)
}

// foldMerges turns vertical merges into row spans: a cell that continues the one
// above it is not printed.
func (d *docxParser) foldMerges(t *tableFrame) {
	var above map[int]*rawCell // by column: the merged cell that reaches the row before
	for r, row := range t.rows {
		column := 0
		reaching := map[int]*rawCell{}
		kept := row[:0]
		for _, cell := range row {
			merge := d.merges[cell]
			delete(d.merges, cell)
			top := above[column]
			if merge == mergeGoesOn && top != nil && top.cols == cell.cols && top.rows < maxSpan {
				top.rows++
				reaching[column] = top
			} else {
				kept = append(kept, cell)
				if merge == mergeBegins {
					reaching[column] = cell
				}
			}
			column += cell.cols
		}
		t.rows[r] = kept
		above = reaching
	}
}
