package extract

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
	"zhibiao/transformers/recognise"
)

// tableReader reads one grid.
type tableReader struct {
	*sink
	*grid
	scope      *scope
	lines      []string // captions, nearest first
	declared   bool     // the source's file declares the table in scope
	industrial bool     // the caption says that all is about industry above scale
	columns    [][]*label
	rowLabel   [][]label // by row and column, label columns only
	rowYear    []int     // year that a row inherits from the rows above
	sections   []label   // by row: the line above it that names a region or period
	revisions  []revision
	byRegion   bool                // the labels tell regions apart
	subject    *pipeline.Indicator // the only indicator that the captions name
	before     *tableReader        // the band above, where a long table is read in bands
	products   []bool              // by column: the last row's label is right under the gross product
	labelsOf   [][]int             // by column: the columns of its row's labels
	settledOf  []columnSettled     // by column
	captioned  captioned
	chained    chain    // room for the labels of one cell
	candidates []string // and for its units
}

// otherScope is what makes the same labels mean something else.
var otherScope = newAnywhere("民营经济", "非公有制", "非公经济", "开发区", "园区")

// readTable reads a table of data and returns its captions, for a continued one.
func (s *sink) readTable(table *decode.Table, sc *scope, captions, notes []string) []string {
	return s.readGrid(&tableReader{grid: newGrid(table), scope: sc}, captions, notes).lines
}

// readGrid reads a grid whose captions are its own lines and those given.
func (s *sink) readGrid(t *tableReader, captions, notes []string) *tableReader {
	t.sink = s
	t.lines = append(slices.Clone(t.captions), captions...)
	all := strings.Join(t.lines, "\n")
	for _, declared := range s.rules.Source.Tables {
		t.declared = t.declared || strings.Contains(compact(all), compact(declared))
	}
	if otherScope.MatchString(all) && !t.declared || len(t.rows) == 0 {
		return t
	}
	t.industrial = strings.Contains(compact(all), "规模以上工业")
	t.subject = s.subjectOf(t.lines)
	t.revisions = s.revisionsIn(append(t.notes, notes...))
	t.readColumns()
	t.readRows()
	t.byRegion = t.namesRegions() || t.before != nil && t.before.byRegion
	t.labelsOf, t.settledOf = make([][]int, len(t.isLabel)), make([]columnSettled, len(t.isLabel))
	for c := range t.isLabel {
		t.labelsOf[c] = t.rowLabels(c)
	}
	t.expectValues()
	for r := t.head; r < len(t.rows); r++ {
		for c := range t.rows[r] {
			if !t.isLabel[c] && t.rows[r][c].origin != nil && t.rows[r][c].first {
				t.cell(r, c)
			}
		}
	}
	return t
}

// namesRegions reports whether the labels tell regions apart.
func (t *tableReader) namesRegions() bool {
	for _, row := range t.rowLabel {
		if slices.ContainsFunc(row, func(l label) bool { return l.region != "" && !l.average }) {
			return true
		}
	}
	for _, column := range t.columns {
		if slices.ContainsFunc(column, func(l *label) bool { return l.region != "" && !l.average }) {
			return true
		}
	}
	return false
}

// subjectOf returns the indicator of captions that name one and nothing else.
func (s *sink) subjectOf(captions []string) *pipeline.Indicator {
	found := map[string]bool{}
	for _, line := range captions {
		for _, hit := range s.recognise.Scan(line) {
			if !hit.Contextual {
				found[hit.Indicator] = true
			}
		}
	}
	if len(found) != 1 {
		return nil
	}
	for code := range found {
		return s.indicators[code]
	}
	return nil
}

func (t *tableReader) readColumns() {
	t.fillHead()
	t.columns = make([][]*label, len(t.isLabel))
	byOrigin := map[*decode.Cell]*label{}
	var across []*label
	for c := range t.isLabel {
		for _, cell := range t.headOf(c) {
			l, ok := byOrigin[cell.origin]
			if !ok {
				read := t.readLabel(cell.String(), t.scope, t.scope.within)
				l = &read
				byOrigin[cell.origin] = l
				across = append(across, l)
			}
			t.columns[c] = append(t.columns[c], l)
		}
	}
	settleSectors(across, false)
	t.lendNames()
	t.lendTimes()
	t.lendNamedTimes()
}

var categoryHead = regexp.MustCompile(`^(?:类别|分类|类型|领域|方面|板块|维度|一级指标|指标类别|任务)$`)

// isCategory reports whether a column of labels only sorts the rows.
func (t *tableReader) isCategory(c int) bool {
	head := t.headOf(c)
	return len(head) > 0 && categoryHead.MatchString(compact(head[len(head)-1].String()))
}

// lendNames gives a column that says only 同比增长 the name of the column before
// it, where both stand under the same heads.
func (t *tableReader) lendNames() {
	for c := 1; c < len(t.columns); c++ {
		own, before := t.columns[c], t.columns[c-1]
		n := len(own)
		if n == 0 || len(before) != n || !own[n-1].growth || !slices.Equal(own[:n-1], before[:n-1]) {
			continue
		}
		if lender := before[n-1]; lender.indicator != nil && !slices.ContainsFunc(own, func(l *label) bool { return l.indicator != nil }) {
			lent := *own[n-1]
			lent.indicator = t.growthOf(lender.indicator)
			lent.decoy = lent.indicator == nil
			t.columns[c] = append(slices.Clone(own[:n-1]), &lent)
		}
	}
}

func (t *tableReader) readRows() {
	t.rowLabel = make([][]label, len(t.rows))
	t.rowYear = make([]int, len(t.rows))
	t.sections = make([]label, len(t.rows))
	year, section := t.year(), label{blank: true}
	if b := t.before; b != nil && len(b.rows) > b.head {
		year, section = b.rowYear[len(b.rows)-1], b.sections[len(b.rows)-1]
	}
	for r := t.head; r < len(t.rows); r++ {
		t.rowLabel[r] = make([]label, len(t.rows[r]))
		t.rowYear[r] = year
		if line, only := onlyCell(t.rows[r]); only && line != "" {
			section = t.readLabel(line, t.scope, t.scope.within)
		}
		t.sections[r] = section
		for c, cell := range t.rows[r] {
			if !t.isLabel[c] {
				continue
			}
			l := t.readLabel(cell.String(), t.scope, t.scope.within)
			if !l.known() && t.industrial {
				l = t.readLabel("规模以上工业企业"+compact(cell.String()), t.scope, t.scope.within)
				l.text = shorten(cell.String())
			}
			if !l.known() && t.isCategory(c) && !otherScope.MatchString(cell.String()) {
				l = label{text: l.text, blank: true}
			}
			if isYear(cell.String()) {
				l = label{text: cell.String(), periodText: cell.String()}
			}
			t.rowLabel[r][c] = l
			if p, ok := t.periodNamed(l.periodText, recognise.PeriodContext{}); ok && l.periodText != "" {
				year = p.End.Year()
			}
		}
	}
	for c := range t.isLabel {
		var down []*label
		for r := t.head; r < len(t.rows); r++ {
			if c < len(t.rowLabel[r]) {
				down = append(down, &t.rowLabel[r][c])
			}
		}
		under := t.before != nil && c < len(t.before.products) && t.before.products[c]
		t.products = append(t.products, settleSectors(down, under))
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

// cell reads one place of values.
func (t *tableReader) cell(r, c int) {
	cell := t.rows[r][c]
	printed := cell.String()
	if _, absent := t.recognise.Absent(printed); absent || compact(printed) == "" {
		return
	}
	chain := t.chain(r, c)
	v, ok := t.value(cell)
	indicator, growth, why := chain.indicator(t.sink)
	if indicator == nil && why == "" && t.subject != nil && chain.settlesPlace() && chain.understood() {
		if indicator = t.subject; growth {
			indicator = t.growthOf(t.subject)
		}
	}
	at := place{locator: t.table.Locator, table: t.table.Locator, quote: printed}
	if cell.origin != nil {
		at.locator = cell.origin.Locator
	}
	at.start, at.end = cell.text.Raw(0, len(printed))
	switch {
	case why == "ignored":
		t.ignore(chain.name())
		return
	case indicator == nil:
		if t.declared && ok && why != "decoy" {
			t.refuse(pipeline.UnknownIndicator, chain.name(), nil, at, "none of the labels is in the catalogue; add the label to the source's file, or ignore it there")
		}
		return
	case !ok && problemOf(cell) != "":
		t.refuse(pipeline.BadNumber, chain.name(), indicator, at, problemOf(cell))
		return
	case !ok:
		if strings.ContainsAny(printed, "0123456789０１２３４５６７８９") {
			t.refuse(pipeline.BadNumber, chain.name(), indicator, at, fmt.Sprintf("%q is not one printed number", shorten(printed)))
		} else {
			t.refuse(pipeline.UnknownAbsentMark, chain.name(), indicator, at, fmt.Sprintf("%q is no number and no known mark for a missing one", shorten(printed)))
		}
		return
	}
	at.start, at.end = v.text.Raw(0, len(v.text.String()))
	if problem := problemOf(cell); problem != "" {
		t.refuse(pipeline.BadNumber, chain.name(), indicator, at, problem)
		return
	}
	t.settleCell(chain, indicator, v, at)
}

func (t *tableReader) settleCell(chain *chain, indicator *pipeline.Indicator, v cellValue, at place) {
	if unknown, reason := chain.unknown(); reason != "" {
		t.refuse(reason, chain.name(), indicator, at, fmt.Sprintf("the label %q over or beside the number is not understood", unknown))
		return
	}
	if qualifier := chain.qualifier(); unitLike.MatchString(qualifier) {
		t.refuse(pipeline.UnknownUnit, chain.name(), indicator, at, fmt.Sprintf("the unit %q is not known; add it to the units, or ignore the label in the source's file", qualifier))
		return
	} else if qualifier != "" {
		t.refuse(pipeline.UnknownIndicator, chain.name(), indicator, at, fmt.Sprintf("what (%s) makes of the indicator is not understood; add the label to the source's file, or ignore it there", qualifier))
		return
	}
	period, reason := t.period(chain, indicator)
	if reason != "" {
		t.refuse(reason, chain.name(), indicator, at, "no label, caption or title says which period the number is of")
		return
	}
	if !chain.fits(indicator, period) {
		t.ignore(chain.name())
		return
	}
	region, reason := t.regionOf(chain, period)
	if reason != "" {
		t.refuse(reason, chain.name(), indicator, at, "the labels and the page do not settle one region")
		return
	}
	unit, rawUnit, reason := t.unit(chain, indicator, v)
	if reason != "" {
		t.refuse(reason, chain.name(), indicator, at, fmt.Sprintf("no label or caption gives a unit that fits %s", indicator.Unit))
		return
	}
	out := reading{chain: chain, indicator: indicator, region: region.Code, period: period, number: v.number, sign: pipeline.Plus,
		unit: unit, rawUnit: rawUnit}
	if region.Restated {
		out.flags = []pipeline.Flag{pipeline.FlagRestatedBoundary}
	}
	out.status, out.round = statusIn(t.revisions, indicator, period)
	if v.percent {
		out.unit, out.rawUnit, out.shift = fraction(unit), "", percentDigits
	}
	t.settle(out, at)
}

// cellValue is a number in a cell and what is printed behind it.
type cellValue struct {
	text   decode.Text
	number recognise.Number
	unit   string
	// percent says that a workbook shows the number times 100.
	percent bool
}

func (t *tableReader) value(cell gridCell) (cellValue, bool) {
	printed := cell.text.TrimSpace()
	text := printed.String()
	if number, err := recognise.ParseNumber(text); err == nil {
		number.Text = text
		return storedValue(cell, cellValue{text: printed, number: number}), true
	}
	numbers := recognise.FindNumbers(text)
	if len(numbers) != 1 || numbers[0].Malformed || strings.TrimSpace(text[:numbers[0].Start]) != "" {
		return cellValue{}, false
	}
	n := numbers[0]
	_, length, ok := t.recognise.LeadingUnit(text[n.End:])
	if !ok || strings.TrimSpace(text[n.End+length:]) != "" {
		return cellValue{}, false
	}
	number := n.Number
	number.Text = text[n.Start:n.End]
	return cellValue{text: printed.Slice(n.Start, n.End), number: number, unit: strings.TrimSpace(text[n.End:])}, true
}
