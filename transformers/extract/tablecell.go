package extract

import (
	"fmt"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
	"zhibiao/transformers/recognise"
)

// cell reads one place of values.
func (t *tableReader) cell(r, c int) {
	cell := &t.rows[r][c]
	printed := cell.String()
	if _, absent := t.recognise.Absent(printed); absent || isBlank(printed) {
		return
	}
	chain := t.chain(r, c)
	indicator, growth, why := chain.indicator(t.sink)
	if indicator == nil && why == "" && t.subject != nil && chain.settlesPlace() && chain.understood() {
		if indicator = t.subject; growth {
			indicator = t.growthOf(t.subject)
		}
	}
	if why == "ignored" {
		t.ignore(chain.name())
		return
	}
	if indicator == nil && (!t.declared || why == "decoy") {
		return
	}
	v, ok := t.value(cell)
	at := t.placeOf(cell)
	switch {
	case indicator == nil:
		if ok {
			t.refuse(pipeline.UnknownIndicator, chain.name(), nil, at, "none of the labels is in the catalogue; add the label to the source's file, or ignore it there")
		}
		return
	case problemOf(cell) != "":
		t.refuse(pipeline.BadNumber, chain.name(), indicator, at, problemOf(cell))
		return
	case !ok:
		if hasDigits(printed) {
			t.refuse(pipeline.BadNumber, chain.name(), indicator, at, fmt.Sprintf("%q is not one printed number", shorten(printed)))
		} else {
			t.refuse(pipeline.UnknownAbsentMark, chain.name(), indicator, at, fmt.Sprintf("%q is no number and no known mark for a missing one", shorten(printed)))
		}
		return
	}
	at.start, at.end = v.text.Raw(0, len(v.text.String()))
	t.settleCell(chain, indicator, &v, at)
}

// placeOf is where all that a cell prints stands.
func (t *tableReader) placeOf(cell *gridCell) place {
	at := place{locator: t.table.Locator, table: t.table.Locator, quote: cell.String()}
	if cell.origin != nil {
		at.locator = t.locatorOf(cell.origin)
	}
	at.start, at.end = cell.text.Raw(0, len(at.quote))
	return at
}

func (t *tableReader) settleCell(chain *chain, indicator *pipeline.Indicator, v *cellValue, at place) {
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
	unit, rawUnit, reason := t.unit(chain, indicator, v.unit)
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

func (t *tableReader) value(cell *gridCell) (cellValue, bool) {
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
