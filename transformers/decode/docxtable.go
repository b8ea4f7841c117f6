package decode

import "strconv"

// cellMerge is what the markup says of a cell and the ones above and below it.
type cellMerge uint8

// The merges.
const (
	noMerge     cellMerge = iota
	mergeBegins           // a cell that those below it may go on with
	mergeGoesOn
	mergeFiller // stands for columns that a row leaves out
)

// tableMarkup takes the elements that make tables.
func (d *docxParser) tableMarkup(name string, t markupToken) {
	switch name {
	case "tbl":
		d.tableTag(tagTable, nil)
	case "tr":
		d.tableTag(tagRow, nil)
	case "tc":
		d.seen++
		d.tableTag(tagCell, nil)
		if row := d.lastRow(); row != nil {
			table := d.tables[len(d.tables)-1]
			cell := &row[len(row)-1]
			cell.within, cell.row, cell.ofRow = table.locator, uint32(len(table.rows)), uint32(len(row))
			if row[0].merge == mergeFiller {
				cell.ofRow--
			}
		}
	case "gridBefore":
		if n := len(d.tables); n > 0 && len(d.tables[n-1].rows) > 0 && len(d.lastRow()) == 0 {
			table := d.tables[n-1]
			filler := rawCell{Cell: Cell{Rows: 1, Cols: spanIn(d.value(t)), within: table.locator}, merge: mergeFiller}
			table.rows[len(table.rows)-1] = []rawCell{filler}
		}
	case "gridSpan":
		if cell := d.cell(); cell != nil {
			cell.Cols = spanIn(d.value(t))
		}
	case "vMerge":
		if cell := d.cell(); cell != nil {
			cell.merge = mergeGoesOn
			if d.value(t) == "restart" {
				cell.merge = mergeBegins
			}
		}
	}
}

// lastRow returns the row that is being read, nil outside tables.
func (d *docxParser) lastRow() []rawCell {
	n := len(d.tables)
	if n == 0 || len(d.tables[n-1].rows) == 0 {
		return nil
	}
	return d.tables[n-1].rows[len(d.tables[n-1].rows)-1]
}

func spanIn(value string) int32 {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return 1
	}
	return int32(min(n, maxSpan))
}

// foldMerges turns vertical merges into row spans: a cell that continues the one
// above it is not printed.
func (t *tableFrame) foldMerges() {
	var above map[int32]*rawCell // by column: the merged cell that reaches the row before
	for r, row := range t.rows {
		column := int32(0)
		reaching := map[int32]*rawCell{}
		kept := row[:0]
		for _, cell := range row {
			top := above[column]
			if cell.merge == mergeGoesOn && top != nil && top.Cols == cell.Cols && top.Rows < maxSpan {
				top.Rows++
				reaching[column] = top
			} else {
				kept = append(kept, cell)
				if cell.merge == mergeBegins {
					reaching[column] = &kept[len(kept)-1]
				}
			}
			column += cell.Cols
		}
		t.rows[r] = kept
		above = reaching
	}
}
