package extract

import (
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

// chain is all labels that a cell has: of its row, from the left, then of its
// column, from the top, and the line above its row.
type chain struct {
	row, column []*label
	section     *label
	year        int // inherited from the rows above
}

func (t *tableReader) chain(r, c int) chain {
	ch := chain{column: t.columns[c], section: &t.sections[r], year: t.rowYear[r]}
	for _, i := range t.rowLabels(c) {
		if i < len(t.rowLabel[r]) {
			ch.row = append(ch.row, &t.rowLabel[r][i])
		}
	}
	return ch
}

func (c chain) all() []*label { return append(append([]*label{c.section}, c.row...), c.column...) }

// name joins the labels for a refusal.
func (c chain) name() string {
	var parts []string
	for _, l := range append(append([]*label{}, c.row...), c.column...) {
		if !l.blank && l.periodText == "" && !l.code && (l.unitText == "" || l.indicator != nil || l.growth || l.level) {
			parts = append(parts, l.text)
		}
	}
	return strings.Join(parts, " | ")
}

func (c chain) understood() bool {
	_, reason := c.unknown()
	return reason == ""
}

// qualifier returns what a label adds to its indicator that is not understood.
func (c chain) qualifier() string {
	for _, l := range c.all() {
		if l.qualifier != "" {
			return l.qualifier
		}
	}
	return ""
}

// settlesPlace reports whether the labels say of which region or period a cell
// is.
func (c chain) settlesPlace() bool {
	for _, l := range c.all() {
		if l.region != "" || l.periodText != "" {
			return true
		}
	}
	return false
}

// unknown returns the first label that was not understood, "" if there is none,
// and what it leaves open: beside an indicator of the column a row's name is that
// of a region.
func (c chain) unknown() (string, pipeline.Reason) {
	ofColumn := false
	for _, l := range c.column {
		ofColumn = ofColumn || l.indicator != nil
	}
	for _, l := range c.row {
		if !l.known() {
			if ofColumn {
				return l.text, pipeline.UnknownRegion
			}
			return l.text, pipeline.UnknownIndicator
		}
	}
	for _, l := range c.column {
		if !l.known() {
			return l.text, pipeline.UnknownIndicator
		}
	}
	return "", ""
}

// indicator settles what a cell measures. why is "ignored" or "decoy" where the
// labels name something that is not in scope.
func (c chain) indicator(s *sink) (indicator *pipeline.Indicator, growth bool, why string) {
	for _, l := range append(append([]*label{}, c.row...), c.column...) {
		growth = growth || l.growth
		switch {
		case l.ignored:
			return nil, false, "ignored"
		case l.decoy:
			return nil, false, "decoy"
		case l.indicator == nil:
		case indicator == nil:
			indicator = l.indicator
		case isGrowthPair(s, indicator, l.indicator):
			growth = true
		case indicator != l.indicator:
			return nil, false, ""
		}
	}
	if indicator == nil || !growth {
		return indicator, growth, ""
	}
	grown := s.growthOf(indicator)
	if grown == nil {
		return nil, true, "decoy" // a growth that the catalogue does not have
	}
	return grown, true, ""
}

func isGrowthPair(s *sink, a, b *pipeline.Indicator) bool { return s.growthOf(a) == b }

// period settles the period of a cell: years first, then what is said within the
// year, then the basis that a label adds; else the caption's, else the title's.
func (t *tableReader) period(c chain, indicator *pipeline.Indicator) (pipeline.Period, pipeline.Reason) {
	year, found := c.year, pipeline.Period{}
	stock := indicator.Allows(pipeline.Annual, pipeline.End)
	var basis pipeline.Basis
	for _, l := range c.all() {
		if p, ok := recognise.Period(l.periodText, recognise.PeriodContext{}); ok && l.periodText != "" && p.Freq == pipeline.Annual {
			year, found = p.End.Year(), p
		}
		if l.basis != "" {
			basis = l.basis
		}
	}
	for _, l := range c.all() {
		if l.periodText == "" {
			continue
		}
		p, ok := recognise.Period(l.periodText, recognise.PeriodContext{Year: year, Stock: stock, Document: t.scope.published})
		if !ok {
			return p, pipeline.UnknownPeriod
		}
		if p.Freq == pipeline.Annual && found.Freq == "" {
			found = p // 上年, 本年
		}
		if p.Freq != pipeline.Annual {
			if found.Freq != "" && found.Freq != pipeline.Annual && found != p {
				return p, pipeline.UnknownPeriod
			}
			found = p
		}
	}
	if found.Freq == "" {
		found = t.captionPeriod(stock)
	}
	if found.Freq == "" {
		return found, pipeline.MissingPeriod
	}
	return fitBasis(indicator, withBasis(found, basis)), ""
}

func (t *tableReader) captionPeriod(stock bool) pipeline.Period {
	for _, line := range t.lines {
		for _, hit := range recognise.PeriodsIn(line, recognise.PeriodContext{Year: t.scope.year, Stock: stock, Document: t.scope.published}) {
			if !hit.Comparison && !hit.Other {
				return hit.Period
			}
		}
	}
	return t.scope.period
}

// withBasis applies what a label says: 累计 makes 8月 cumulative, 当月 undoes it.
func withBasis(p pipeline.Period, basis pipeline.Basis) pipeline.Period {
	if basis == "" || p.Freq == pipeline.Annual || p.Basis == pipeline.End {
		return p
	}
	month := int(p.End.Time().Month())
	if p.Freq == pipeline.Quarterly {
		return pipeline.QuarterPeriod(p.End.Year(), (month+2)/3, basis)
	}
	return pipeline.MonthPeriod(p.End.Year(), month, basis)
}

// regionOf settles the region of a cell: a name in its labels, a code there, a
// region in the caption, else the page's.
func (t *tableReader) regionOf(c chain, period pipeline.Period) (recognise.RegionMatch, pipeline.Reason) {
	code := ""
	name := ""
	for _, l := range c.all() {
		switch {
		case l.region == "":
		case l.code:
			code = l.region
		case name != "" && name != l.region:
			return recognise.RegionMatch{}, pipeline.AmbiguousRegion
		default:
			name = l.region
		}
	}
	if name != "" {
		return t.recognise.Region(name, t.scope.within, period.End)
	}
	if code != "" {
		return t.region(code, period)
	}
	if t.byRegion {
		return recognise.RegionMatch{}, pipeline.MissingRegion // a total, or a name that was left out
	}
	for _, line := range t.lines {
		switch refs := t.regionsNamed(line); len(refs) {
		case 0:
		case 1:
			return t.settleRegion(refs[0], t.scope.within, period)
		default:
			return recognise.RegionMatch{}, pipeline.AmbiguousRegion
		}
	}
	return t.pageRegion(t.scope, period)
}

// unit settles the unit of a cell: the first that fits the indicator, of the cell
// itself, its column, its row, the captions.
func (t *tableReader) unit(c chain, indicator *pipeline.Indicator, v cellValue) (pipeline.Unit, string, pipeline.Reason) {
	candidates := []string{}
	if v.unit != "" {
		candidates = append(candidates, v.unit)
	} else {
		for i := len(c.column) - 1; i >= 0; i-- {
			candidates = append(candidates, c.column[i].unitText)
		}
		for i := len(c.row) - 1; i >= 0; i-- {
			candidates = append(candidates, c.row[i].unitText)
		}
		for _, line := range t.lines {
			candidates = append(candidates, captionUnits(line)...)
		}
	}
	reason := pipeline.MissingUnit
	for _, text := range candidates {
		unit, ok := t.recognise.Unit(text)
		if text == "" || !ok {
			continue
		}
		reason = pipeline.IncompatibleUnit
		if _, bad := t.recognise.Convert(v.number, unit, pipeline.Plus, indicator.Unit); bad != pipeline.IncompatibleUnit {
			return unit, text, ""
		}
	}
	if reason == pipeline.MissingUnit && dimensionless(indicator.Unit) {
		unit, _ := t.recognise.Unit(indicator.Unit)
		return unit, "", ""
	}
	return pipeline.Unit{}, "", reason
}

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
