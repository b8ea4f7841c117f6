package extract

import (
	"slices"
	"strings"

	"zhibiao/pipeline"
)

// captioned is what the captions of a table say, read once for all its cells.
type captioned struct {
	periods [2]captionPeriod // of flows and of stocks
	regions [][]regionRef    // by line
	units   [][]string       // by line
	read    struct{ regions, units bool }
}

type captionPeriod struct {
	read   bool
	period pipeline.Period
}

// captionRegions returns the regions that each caption names.
func (t *tableReader) captionRegions() [][]regionRef {
	if !t.captioned.read.regions {
		t.captioned.read.regions = true
		for _, line := range t.lines {
			t.captioned.regions = append(t.captioned.regions, t.regionsNamed(line))
		}
	}
	return t.captioned.regions
}

// captionUnits returns the units that each caption lists.
func (t *tableReader) captionUnits() [][]string {
	if !t.captioned.read.units {
		t.captioned.read.units = true
		for _, line := range t.lines {
			t.captioned.units = append(t.captioned.units, captionUnits(line))
		}
	}
	return t.captioned.units
}

// captionUnit settles which of the units that a caption lists a number has: the
// only one that fits. Amounts per head are in 元, and sums are not where another
// unit fits; a rate is in the catalogue's % or ‰. text is "" where the caption
// lists units and does not settle one; ok is false where it lists none.
func (t *tableReader) captionUnit(units []string, indicator *pipeline.Indicator) (found pipeline.Unit, text string, ok bool) {
	fits := 0
	for _, listed := range units {
		unit, known := t.recognise.Unit(listed)
		if !known {
			continue
		}
		ok = true
		if unit.Symbol == indicator.Unit && (unit.Symbol == "%" || unit.Symbol == "‰") {
			return unit, listed, true
		}
		switch {
		case !t.recognise.Fits(unit, indicator.Unit), indicator.Unit == bareMoney && unit.Factor != "1", unit.Symbol == bareMoney && fits > 0:
		case fits > 0 && found.Symbol == bareMoney:
			found, text = unit, listed
		default:
			fits++
			found, text = unit, listed
		}
	}
	if fits > 1 {
		text = ""
	}
	return found, text, ok
}

// bareMoney is the unit of amounts per head.
const bareMoney = "元"

// captionUnits returns the units of a line such as （单位：万元、%）.
func captionUnits(line string) []string {
	_, after, ok := strings.Cut(compact(line), "单位")
	if !ok {
		return nil
	}
	after = strings.TrimLeft(after, ":：")
	if i := strings.IndexAny(after, ")）;；\n"); i >= 0 {
		after = after[:i]
	}
	return strings.FieldsFunc(after, func(r rune) bool { return strings.ContainsRune("、,，", r) })
}

// expectValues makes room for the values of columns whose heads name an indicator,
// or of rows whose labels do.
func (t *tableReader) expectValues() {
	columns, rows := 0, 0
	for c, labels := range t.columns {
		if !t.isLabel[c] && slices.ContainsFunc(labels, func(l *label) bool { return l.indicator != nil }) {
			columns++
		}
	}
	for _, labels := range t.rowLabel {
		if slices.ContainsFunc(labels, func(l label) bool { return l.indicator != nil }) {
			rows++
		}
	}
	if count := max(columns*(len(t.rows)-t.head), rows*(len(t.isLabel)-t.labelCount)); count > 0 {
		t.expect(count)
	}
}
