package extract

import (
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

// chain is all labels that a cell has: the line above its row, then those of its
// row, from the left, then of its column, from the top.
type chain struct {
	all         []*label
	row, column []*label // the parts of all behind its first
	year        int      // inherited from the rows above
	r, c        int      // the place of the cell
}

// addsTime reports whether the labels of the row or the line above it say
// anything of time.
func (c *chain) addsTime() bool {
	for _, l := range c.all[:1+len(c.row)] {
		if l.periodText != "" || l.basis != "" {
			return true
		}
	}
	return false
}

// chain returns the labels of a place; it holds until the next call.
func (t *tableReader) chain(r, c int) *chain {
	all := append(t.chained.all[:0], t.sections[r])
	for _, i := range t.labelsOf[c] {
		all = append(all, &t.rowLabel[r][i])
	}
	rows := len(all)
	all = append(all, t.columns[c]...)
	t.chained = chain{all: all, row: all[1:rows], column: all[rows:], year: t.rowYear[r], r: r, c: c}
	return &t.chained
}

// name joins the labels for a refusal.
func (c *chain) name() string {
	var parts []string
	for _, l := range c.all[1:] {
		if !l.blank && l.periodText == "" && !l.code && (l.unitText == "" || l.indicator != nil || l.growth || l.level) {
			parts = append(parts, l.text)
		}
	}
	return strings.Join(parts, " | ")
}

func (c *chain) understood() bool {
	_, reason := c.unknown()
	return reason == ""
}

// qualifier returns what a label adds to its indicator that is not understood.
func (c *chain) qualifier() string {
	for _, l := range c.all {
		if l.qualifier != "" {
			return l.qualifier
		}
	}
	return ""
}

// settlesPlace reports whether the labels say of which region or period a cell
// is.
func (c *chain) settlesPlace() bool {
	for _, l := range c.all {
		if l.region != "" || l.periodText != "" {
			return true
		}
	}
	return false
}

// unknown returns the first label that was not understood, "" if there is none,
// and what it leaves open: beside an indicator of the column a row's name is that
// of a region.
func (c *chain) unknown() (string, pipeline.Reason) {
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
func (c *chain) indicator(s *sink) (indicator *pipeline.Indicator, growth bool, why string) {
	for _, l := range c.all[1:] {
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

// fits reports whether the labels leave a cell a number of its indicator: the
// average of a region's parts is not its level, and 比2020年增长 is the growth of no
// year but 2021.
func (c *chain) fits(indicator *pipeline.Indicator, period pipeline.Period) bool {
	for _, l := range c.all {
		if l.average && !isGrowth(indicator) || l.base != 0 && (period.Freq != pipeline.Annual || period.End.Year() != l.base+1) {
			return false
		}
	}
	return true
}

func isGrowthPair(s *sink, a, b *pipeline.Indicator) bool { return s.growthOf(a) == b }

// period settles the period of a cell: years first, then what is said within the
// year, then the basis that a label adds; else the caption's, else the title's.
func (t *tableReader) period(c *chain, indicator *pipeline.Indicator) (period pipeline.Period, reason pipeline.Reason) {
	if stock := isStock(indicator); c.addsTime() {
		period, reason = t.readPeriod(c, stock)
	} else {
		period, reason = t.periodOf(&t.settledOf[c.c].when, c.r, c.c, stock)
	}
	return fitBasis(indicator, period), reason
}

// readPeriod reads a period of flows or stocks, which is then fitted to an
// indicator.
func (t *tableReader) readPeriod(c *chain, stock bool) (pipeline.Period, pipeline.Reason) {
	year, found := c.year, pipeline.Period{}
	var basis pipeline.Basis
	for _, l := range c.all {
		if p, ok := t.periodNamed(l.periodText, recognise.PeriodContext{}); ok && l.periodText != "" && p.Freq == pipeline.Annual {
			year, found = p.End.Year(), p
		}
		if l.basis != "" {
			basis = l.basis
		}
	}
	for _, l := range c.all {
		if l.periodText == "" {
			continue
		}
		p, ok := t.periodNamed(l.periodText, recognise.PeriodContext{Year: year, Stock: stock, Document: t.scope.published})
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
	return withBasis(found, basis), ""
}

// captionPeriod is what the captions say, else the title.
func (t *tableReader) captionPeriod(stock bool) pipeline.Period {
	known := &t.captioned.periods[0]
	if stock {
		known = &t.captioned.periods[1]
	}
	if !known.read {
		*known = captionPeriod{true, t.readCaptionPeriod(stock)}
	}
	return known.period
}

func (t *tableReader) readCaptionPeriod(stock bool) pipeline.Period {
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
func (t *tableReader) regionOf(c *chain, period pipeline.Period) (recognise.RegionMatch, pipeline.Reason) {
	code := ""
	name := ""
	for _, l := range c.all {
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
		match, reason := t.regionByName(name, t.scope.within, period)
		if reason == pipeline.AmbiguousRegion && code != "" { // the code, stale or not, names the prefecture
			match, reason = t.regionByName(name, code[:4]+"00", period)
		}
		return match, reason
	}
	if code != "" {
		return t.regionOfCode(code, period)
	}
	if t.byRegion {
		return recognise.RegionMatch{}, pipeline.MissingRegion // a total, or a name that was left out
	}
	for _, refs := range t.captionRegions() {
		switch len(refs) {
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
func (t *tableReader) unit(c *chain, indicator *pipeline.Indicator, printed string) (pipeline.Unit, string, pipeline.Reason) {
	candidates := t.candidates[:0]
	if printed != "" {
		candidates = append(candidates, printed)
	} else {
		for i := len(c.column) - 1; i >= 0; i-- {
			candidates = append(candidates, c.column[i].unitText)
		}
		for i := len(c.row) - 1; i >= 0; i-- {
			candidates = append(candidates, c.row[i].unitText)
		}
	}
	t.candidates = candidates
	reason := pipeline.MissingUnit
	for _, text := range candidates {
		if text == "" {
			continue
		}
		unit, ok := t.recognise.Unit(text)
		if !ok {
			continue
		}
		reason = pipeline.IncompatibleUnit
		if t.recognise.Fits(unit, indicator.Unit) {
			return unit, text, ""
		}
	}
	if printed == "" {
		for _, listed := range t.captionUnits() {
			unit, text, ok := t.captionUnit(listed, indicator)
			if ok && text != "" {
				return unit, text, ""
			}
			if ok {
				reason = pipeline.IncompatibleUnit
			}
		}
	}
	if reason == pipeline.MissingUnit && dimensionless(indicator.Unit) {
		unit, _ := t.recognise.Unit(indicator.Unit)
		return unit, "", ""
	}
	return pipeline.Unit{}, "", reason
}
