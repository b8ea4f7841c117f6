package extract

import "zhibiao/transformers/recognise"

// numberLabels counts the columns of labels.
func (t *tableReader) numberLabels() {
	t.labelAt = make([]int, len(t.isLabel))
	for c, isLabel := range t.isLabel {
		if t.labelAt[c] = -1; isLabel {
			t.labelAt[c] = t.labelCount
			t.labelCount++
		}
	}
}

// readRows reads the labels of the rows and the lines between them.
func (t *tableReader) readRows() {
	t.rowLabel = make([][]label, len(t.rows))
	t.rowYear = make([]int, len(t.rows))
	t.sections = make([]*label, len(t.rows))
	year, section := t.year(), &label{blank: true}
	if b := t.before; b != nil && len(b.rows) > b.head {
		year, section = b.rowYear[len(b.rows)-1], b.sections[len(b.rows)-1]
	}
	room := make([]label, t.labelCount*(len(t.rows)-t.head))
	for r := t.head; r < len(t.rows); r++ {
		t.rowLabel[r], room = room[:t.labelCount:t.labelCount], room[t.labelCount:]
		t.rowYear[r] = year
		if line, only := onlyCell(t.rows[r]); only && line != "" {
			read := t.readLabel(line, t.scope, t.scope.within)
			section = &read
		}
		t.sections[r] = section
		for c, at := range t.labelAt {
			if at < 0 {
				continue
			}
			l := t.rowLabelOf(t.rows[r][c].String(), c)
			t.rowLabel[r][at] = l
			if p, ok := t.periodNamed(l.periodText, recognise.PeriodContext{}); ok && l.periodText != "" {
				year = p.End.Year()
			}
		}
	}
	t.settleRows()
}

// rowLabelOf reads the label of a row in column c.
func (t *tableReader) rowLabelOf(text string, c int) label {
	if isYear(text) {
		return label{text: text, periodText: text}
	}
	l := t.readLabel(text, t.scope, t.scope.within)
	if !l.known() && t.industrial {
		l = t.readLabel("规模以上工业企业"+compact(text), t.scope, t.scope.within)
		l.text = shorten(text)
	}
	if !l.known() && t.isCategory(c) && !otherScope.MatchString(text) {
		l = label{text: l.text, blank: true}
	}
	return l
}

// settleRows settles what the labels of the rows mean under each other.
func (t *tableReader) settleRows() {
	t.products = make([]bool, len(t.isLabel))
	for c, at := range t.labelAt {
		if at < 0 {
			continue
		}
		down := make([]*label, 0, len(t.rows)-t.head)
		for r := t.head; r < len(t.rows); r++ {
			down = append(down, &t.rowLabel[r][at])
		}
		under := t.before != nil && c < len(t.before.products) && t.before.products[c]
		t.products[c] = settleSectors(down, under)
		t.lendDown(down)
	}
}

// year is the year that the table's captions or the page's title give.
func (t *tableReader) year() int {
	for _, line := range t.lines {
		for _, hit := range recognise.PeriodsIn(line, recognise.PeriodContext{Document: t.scope.published}) {
			if !hit.Comparison && !hit.Other {
				return hit.Period.End.Year()
			}
		}
	}
	return t.scope.year
}
