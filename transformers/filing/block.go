package filing

import (
	"maps"
	"slices"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
)

// block is one form on a sheet: a person may have pasted two under each other.
type block struct {
	codeRow, codeCol int // of the hidden codes; -1 where they are gone
	head             int // row of the heads, -1 where it is not found
	top, bottom      int // rows of data, inclusive
	left, right      int // columns, inclusive
	unit             string
}

// searchedRows is how far below the codes the heads are looked for.
const searchedRows = 12

// findBlocks finds the forms of a sheet by their marks, or, where there is none, by
// their heads.
func findBlocks(g *grid) []block {
	var blocks []block
	for i := range g.sheet.Cells {
		c := &g.sheet.Cells[i]
		if rest, ok := strings.CutPrefix(strings.TrimSpace(c.Text.String()), pipeline.FormMark); ok {
			blocks = append(blocks, block{codeRow: c.Row, codeCol: c.Col, head: -1, top: c.Row + 1, left: c.Col, right: g.right,
				unit: strings.TrimPrefix(rest, "|")})
		}
	}
	if len(blocks) == 0 {
		for _, row := range g.rows {
			if col := g.headOf(row, 0, g.right); col >= 0 {
				blocks = append(blocks, block{codeRow: -1, codeCol: -1, head: row, top: row + 1, left: col, right: g.right})
			}
		}
	}
	for i := range blocks {
		b := &blocks[i]
		b.bottom = lastRow(g)
		for _, other := range blocks {
			switch first, own := min(other.start(), other.top), min(b.start(), b.top); {
			case first > own:
				b.bottom = min(b.bottom, first-1)
			case first == own && other.left > b.left:
				b.right = min(b.right, other.left-1)
			}
		}
		b.findHead(g)
	}
	return blocks
}

// start is the first row of a block.
func (b *block) start() int {
	if b.codeRow >= 0 {
		return b.codeRow
	}
	return b.head
}

func lastRow(g *grid) int {
	if len(g.rows) == 0 {
		return 0
	}
	return g.rows[len(g.rows)-1]
}

// headOf returns the first column of the heads in a row, -1 where it has none: the
// name of what tells regions, and that of what tells periods.
func (g *grid) headOf(row, left, right int) int {
	first, region, period := -1, false, false
	for col := left; col <= right; col++ {
		switch text := g.text(row, col); text {
		case compact(pipeline.FormRegionHead), compact(pipeline.FormNameHead), compact(pipeline.FormPeriodHead):
			if first < 0 {
				first = col
			}
			isPeriod := text == compact(pipeline.FormPeriodHead)
			region, period = region || !isPeriod, period || isPeriod
		}
	}
	if region && period {
		return first
	}
	return -1
}

func (b *block) findHead(g *grid) {
	if b.codeRow < 0 {
		return
	}
	for _, row := range g.rowsBetween(b.codeRow+1, min(b.codeRow+searchedRows, b.bottom)) {
		if g.headOf(row, b.left, b.right) >= 0 {
			b.head, b.top = row, row+1
			return
		}
	}
}

// columns are those of a block, by their places.
type columns struct {
	region, name, period int // -1 for none
	values               []valueColumn
	unread               []int
}

// valueColumn is a column of numbers with those that belong to it.
type valueColumn struct {
	col           int
	code          pipeline.FormColumn
	state, reason int // columns, -1 for none
	problem       pipeline.Problem
	text, want    string // of the problem
}

// columnsOf settles what each column holds: by its code, and, where it has none, by
// its head.
func (j *judge) columnsOf(g *grid, b *block) columns {
	cols := columns{region: -1, name: -1, period: -1}
	beside := map[pipeline.FormColumn]int{} // of states and reasons
	for col := b.left; col <= b.right; col++ {
		if col == b.codeCol {
			continue
		}
		head := ""
		if b.head >= 0 {
			head = g.text(b.head, col)
		}
		code, coded := pipeline.FormColumn{}, false
		if b.codeRow >= 0 {
			if c := g.at(b.codeRow, col); c != nil {
				code, coded = pipeline.ParseFormColumn(c.Text.String())
			}
		}
		v := valueColumn{col: col, code: code, state: -1, reason: -1}
		if coded {
			j.compareHead(&v, head)
		} else if v = j.byHead(col, head); v.code.Role == "" {
			cols.unread = append(cols.unread, col)
			continue
		}
		cols.put(v, beside)
	}
	for i := range cols.values {
		v := &cols.values[i]
		v.state, v.reason = besideOf(beside, v.code, pipeline.FormState), besideOf(beside, v.code, pipeline.FormReason)
	}
	return cols
}

func (c *columns) put(v valueColumn, beside map[pipeline.FormColumn]int) {
	switch v.code.Role {
	case pipeline.FormRegion:
		c.region = v.col
	case pipeline.FormName:
		c.name = v.col
	case pipeline.FormPeriod:
		c.period = v.col
	case pipeline.FormValue:
		c.values = append(c.values, v)
	case pipeline.FormState, pipeline.FormReason:
		beside[pipeline.FormColumn{Role: v.code.Role, Indicator: v.code.Indicator, Basis: v.code.Basis}] = v.col
	}
}

// besideOf finds the column of words or reasons of an indicator; one that was found
// by its head may say nothing of the basis.
func besideOf(beside map[pipeline.FormColumn]int, code pipeline.FormColumn, role pipeline.FormRole) int {
	if col, ok := beside[pipeline.FormColumn{Role: role, Indicator: code.Indicator, Basis: code.Basis}]; ok {
		return col
	}
	for _, key := range slices.SortedFunc(maps.Keys(beside), func(a, b pipeline.FormColumn) int { return strings.Compare(a.Code(), b.Code()) }) {
		if key.Role == role && key.Indicator == code.Indicator && (key.Basis == "" || code.Basis == "") {
			return beside[key]
		}
	}
	return -1
}

// compareHead looks whether the head that is shown over a coded column still says
// what the code says.
func (j *judge) compareHead(v *valueColumn, head string) {
	if v.code.Role != pipeline.FormValue || head == "" {
		return
	}
	h := j.readHead(head)
	indicator := j.indicators[v.code.Indicator]
	switch {
	case indicator == nil: // told with the column's cells
	case h.indicator != indicator:
		v.problem, v.text, v.want = pipeline.ProblemLabelsDiffer, head, indicator.NameZH
	case h.unit != "" && h.unit != compact(v.code.Unit):
		v.problem, v.text, v.want = pipeline.ProblemWrongUnit, h.unit, v.code.Unit
	case h.basis != "" && h.basis != v.code.Basis:
		v.problem, v.text, v.want = pipeline.ProblemLabelsDiffer, head, basisWords[v.code.Basis]
	}
}

// byHead settles a column without a code by its head. The unit has to be printed
// there, and to be the catalogue's.
func (j *judge) byHead(col int, head string) valueColumn {
	v := valueColumn{col: col, state: -1, reason: -1}
	switch head {
	case "":
		return v
	case compact(pipeline.FormRegionHead):
		v.code.Role = pipeline.FormRegion
		return v
	case compact(pipeline.FormNameHead):
		v.code.Role = pipeline.FormName
		return v
	case compact(pipeline.FormPeriodHead):
		v.code.Role = pipeline.FormPeriod
		return v
	}
	h := j.readHead(head)
	if h.indicator == nil {
		return v
	}
	v.code = pipeline.FormColumn{Role: h.role, Indicator: h.indicator.Code, Basis: h.basis, Unit: h.indicator.Unit}
	if h.role == pipeline.FormValue && h.unit != compact(h.indicator.Unit) {
		v.problem, v.text, v.want = pipeline.ProblemWrongUnit, h.unit, h.indicator.Unit
	}
	return v
}

// basisWords name the bases in heads.
var basisWords = map[pipeline.Basis]string{pipeline.Flow: "当期", pipeline.YearToDate: "累计", pipeline.End: "期末"}

// head is what a head says.
type head struct {
	role      pipeline.FormRole
	indicator *pipeline.Indicator // nil where it names none
	unit      string
	basis     pipeline.Basis
}

// readHead reads 有效注册商标数（件） and 投诉举报量（件，累计）, and with a suffix the
// columns beside it.
func (j *judge) readHead(text string) head {
	h := head{role: pipeline.FormValue}
	for _, suffix := range []struct {
		text string
		role pipeline.FormRole
	}{{pipeline.FormStateSuffix, pipeline.FormState}, {pipeline.FormReasonSuffix, pipeline.FormReason}, {pipeline.FormKnownSuffix, pipeline.FormKnown}} {
		if rest, ok := strings.CutSuffix(text, suffix.text); ok {
			text, h.role = rest, suffix.role
		}
	}
	name, inside := text, ""
	if h.indicator = j.names[text]; h.indicator != nil { // a name may end with a bracket
		return h
	}
	for _, pair := range [][2]string{{"（", "）"}, {"(", ")"}} {
		if at := strings.LastIndex(text, pair[0]); at >= 0 && strings.HasSuffix(text, pair[1]) {
			name, inside = text[:at], strings.TrimSuffix(text[at+len(pair[0]):], pair[1])
		}
	}
	h.indicator = j.names[name]
	unit, basis, _ := strings.Cut(strings.ReplaceAll(inside, ",", "，"), "，")
	h.unit = unit
	for _, b := range []pipeline.Basis{pipeline.Flow, pipeline.YearToDate, pipeline.End} {
		switch basisWords[b] {
		case basis:
			h.basis = b
		case unit: // behind the name of a column beside
			h.basis, h.unit = b, ""
		}
	}
	return h
}

// unreadColumns tells of columns with content that are none of the form's.
func (j *judge) unreadColumns(g *grid, b *block, cols columns) {
	for _, col := range cols.unread {
		for _, row := range g.rowsBetween(b.top, b.bottom) {
			if c := g.at(row, col); c != nil && c.Text.String() != "" {
				at := where{sheet: g.sheet.Name, place: c.Place()}
				text := ""
				if b.head >= 0 {
					at.place, text = decode.PlaceOf(b.head, col), g.text(b.head, col)
				}
				j.find(pipeline.SeverityNotice, pipeline.ProblemUnreadColumn, at, text, "")
				break
			}
		}
	}
}
