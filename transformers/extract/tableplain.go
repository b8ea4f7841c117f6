package extract

import (
	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
	"zhibiao/transformers/recognise"
)

// Most cells of most tables need no weighing of their labels against each other:
// what is measured is said along one axis, and so are the time and the region. Each
// is then settled once for a row or a column, not once for a cell.

// axis is what the labels of a cell along one axis say.
type axis struct {
	plain  bool // all of it is understood and in scope, and nothing is said of the rest
	names  bool // it says what is measured, or in which unit
	times  bool
	coded  bool // it gives the code of a region
	region string
}

func axisOf(labels []*label) axis {
	a := axis{plain: true}
	for _, l := range labels {
		a.plain = a.plain && l.known() && !l.ignored && !l.decoy
		a.names = a.names || l.indicator != nil || l.growth || l.unitText != ""
		a.around(l)
	}
	a.plain = a.plain && (!a.coded || a.region != "")
	return a
}

// around takes what a label says that is said of rows by the line above them too.
func (a *axis) around(l *label) {
	a.times = a.times || l.periodText != "" || l.basis != ""
	switch {
	case l.qualifier != "" || l.average || l.base != 0:
		a.plain = false
	case l.region == "":
	case l.code:
		a.coded = true
	case a.region != "" && a.region != l.region:
		a.plain = false
	default:
		a.region = l.region
	}
}

// what is an indicator and the unit of its numbers.
type what struct {
	read, ok   bool
	indicator  *pipeline.Indicator
	stock      bool
	conversion *recognise.Conversion
	rawUnit    string
}

// when is a period of the year that the rows inherit, before it is fitted to an
// indicator.
type when struct {
	read   bool
	year   int
	period pipeline.Period
	reason pipeline.Reason
}

// rowSettled is what the labels of a row were found to say by themselves to the
// columns that have them.
type rowSettled struct {
	read bool
	axis axis
	what what
	when [2]when // of flows and of stocks
}

// rowSettledOf returns what row r says to column c.
func (t *tableReader) rowSettledOf(r, c int) *rowSettled {
	known := &t.rowSettled[t.settledOf[c].group]
	if !known.read {
		chain := t.chain(r, c)
		known.read, known.axis = true, axisOf(chain.row)
		known.axis.around(chain.all[0])
	}
	return known
}

// plainCell reads a cell whose labels can be taken by themselves, as cell does. It
// returns false where the cell needs a closer look, which cell then takes.
func (t *tableReader) plainCell(r, c int, cell *gridCell) bool {
	printed, stored := cell.String(), cell.origin.Stored
	if !isPlainNumber(printed) || stored.Percent || stored.Problem != decode.NoProblem {
		return false
	}
	column, row := &t.settledOf[c], t.rowSettledOf(r, c)
	if !column.axis.plain || !row.axis.plain || column.axis.names == row.axis.names || column.axis.times && row.axis.times ||
		column.axis.region != "" && row.axis.region != "" {
		return false
	}
	what := &column.what
	if row.axis.names {
		what = &row.what
	}
	if !what.read {
		*what = t.whatOf(r, c)
	}
	if !what.ok {
		return false
	}
	if _, absent := t.recognise.Absent(printed); absent {
		return true
	}
	number, err := recognise.ParseNumber(printed)
	if err != nil {
		return false
	}
	if stored.Number {
		number.Decimals = stored.Decimals
	}
	return t.plainValue(r, c, cell, what, number)
}

// plainValue settles time and region of a number of which it is known what it
// measures.
func (t *tableReader) plainValue(r, c int, cell *gridCell, what *what, number recognise.Number) bool {
	column, row := &t.settledOf[c], t.rowSettledOf(r, c)
	var period pipeline.Period
	var reason pipeline.Reason
	if row.axis.times {
		period, reason = t.periodOf(&row.when, r, c, what.stock)
	} else {
		period, reason = t.periodOf(&column.when, r, c, what.stock)
	}
	period = fitBasis(what.indicator, period)
	if reason != "" || !what.indicator.Allows(period.Freq, period.Basis) {
		return false
	}
	name := row.axis.region
	if name == "" {
		name = column.axis.region
	}
	region, reason := t.regionNamed(name, period)
	if reason != "" {
		return false
	}
	converted, reason := what.conversion.Convert(number, pipeline.Plus)
	if reason != "" {
		return false
	}
	o := t.observe()
	if o == nil {
		return true
	}
	o.Indicator, o.Region, o.Period, o.Op = what.indicator.Code, region.Code, period, pipeline.Assert
	o.Value, o.Unit, o.Decimals, o.HalfWidth = converted.Value, what.indicator.Unit, number.Decimals, converted.HalfWidth
	o.Status, o.Access, o.Sign = pipeline.First, t.doc.Access, pipeline.Plus
	if status, round := statusIn(t.revisions, what.indicator, period); status != "" {
		o.Status, o.Round = status, round
	}
	o.RawText, o.RawUnit, o.Factor = number.Text, what.rawUnit, converted.Factor
	o.Locator = t.locatorOf(cell.origin)
	o.ByteStart, o.ByteEnd = cell.text.Raw(0, len(number.Text))
	if region.Restated {
		o.Flags = []pipeline.Flag{pipeline.FlagRestatedBoundary}
	}
	return true
}

// whatOf settles what the cells of a row or a column measure, by the labels of one
// of them.
func (t *tableReader) whatOf(r, c int) what {
	chain := t.chain(r, c)
	indicator, _, _ := chain.indicator(t.sink)
	if indicator == nil {
		return what{read: true}
	}
	unit, rawUnit, reason := t.unit(chain, indicator, "")
	return what{read: true, ok: reason == "", indicator: indicator, stock: isStock(indicator),
		conversion: t.recognise.Conversion(unit, indicator.Unit), rawUnit: rawUnit}
}

// periodOf returns the period of a cell, read once for the axis that says it.
func (t *tableReader) periodOf(known *[2]when, r, c int, stock bool) (pipeline.Period, pipeline.Reason) {
	w := &known[0]
	if stock {
		w = &known[1]
	}
	if year := t.rowYear[r]; !w.read || w.year != year {
		*w = when{read: true, year: year}
		w.period, w.reason = t.readPeriod(t.chain(r, c), stock)
	}
	return w.period, w.reason
}

// regionNamed is the region of cells that name one, or with "" name none.
func (t *tableReader) regionNamed(name string, period pipeline.Period) (recognise.RegionMatch, pipeline.Reason) {
	if name != "" {
		return t.regionByName(name, t.scope.within, period)
	}
	if t.unnamed.on != period.End || !t.unnamed.read {
		t.unnamed.read, t.unnamed.on = true, period.End
		t.unnamed.match, t.unnamed.reason = t.regionOf(&chain{}, period)
	}
	return t.unnamed.match, t.unnamed.reason
}

// isStock reports whether the catalogue lists an indicator for the ends of years.
func isStock(indicator *pipeline.Indicator) bool {
	return indicator.Allows(pipeline.Annual, pipeline.End)
}

// columnSettled is what the labels of a column were found to say by themselves.
type columnSettled struct {
	group int // of columns that have the same labels of their rows
	axis  axis
	what  what
	when  [2]when // of flows and of stocks
}

// settleColumns prepares what is settled once for rows and columns.
func (t *tableReader) settleColumns() {
	t.labelsOf, t.settledOf = make([][]int, len(t.isLabel)), make([]columnSettled, len(t.isLabel))
	groups := 0
	for c, isLabel := range t.isLabel {
		if isLabel {
			continue
		}
		if c > 0 && !t.isLabel[c-1] { // values side by side
			t.labelsOf[c] = t.labelsOf[c-1]
		} else {
			groups++
			for _, column := range t.rowLabels(c) {
				t.labelsOf[c] = append(t.labelsOf[c], t.labelAt[column])
			}
		}
		t.settledOf[c].group, t.settledOf[c].axis = groups-1, axisOf(t.columns[c])
	}
	t.rowSettled = make([]rowSettled, groups)
}
