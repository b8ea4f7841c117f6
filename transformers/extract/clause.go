package extract

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

// group reads the numbers behind one name, or behind a list of names, up to the
// next name.
func (n *sentence) group(text string, group []recognise.Hit, next int) subject {
	end := group[len(group)-1].End
	numbers := n.numbersIn(end, next)
	switch {
	case len(numbers) == 0 && len(group) > 1:
	case strings.HasSuffix(group[0].Indicator, "_share") && len(group) == 3:
		n.ratio(text, group, numbers)
	case len(group) > 1:
		n.list(text, group, numbers)
	case len(numbers) > 0 && n.byRegion(text, group[0], numbers):
	default:
		return n.single(text, group[0], numbers)
	}
	return subject{}
}

// marked returns the text between two offsets with P for each time and R for
// each region in it.
func (n *sentence) marked(text string, start, end int) string {
	var b strings.Builder
	at := start
	for _, m := range n.marks() {
		if m.start >= at && m.end <= end {
			b.WriteString(text[at:m.start])
			b.WriteString(m.letter)
			at = m.end
		}
	}
	words := ""
	if at == start { // nothing stands in it, as mostly
		words = compact(between(text, start, end))
	} else {
		b.WriteString(between(text, at, end))
		words = compact(b.String())
	}
	if n.cues.has(cueFootnote) {
		words = footnote.ReplaceAllString(words, "")
	}
	return words
}

// mark is a time or a region of a sentence, with the letter for it.
type mark struct {
	start, end int
	letter     string
}

func (n *sentence) marks() []mark {
	if !n.marksMade {
		n.marksMade = true
		for _, h := range n.periods {
			if !h.Comparison {
				n.placeMarks = append(n.placeMarks, mark{h.Start, h.End, "P"})
			}
		}
		for _, m := range n.mentions {
			n.placeMarks = append(n.placeMarks, mark{m.start, m.end, "R"})
		}
		slices.SortFunc(n.placeMarks, func(a, b mark) int { return a.start - b.start })
	}
	return n.placeMarks
}

func (n *sentence) afterUnit(text string, number recognise.NumberAt) int {
	if n.cues.has(cuePerOne) && perOne.MatchString(text[number.End:]) {
		return number.End + strings.IndexAny(text[number.End:], "1１") + 1
	}
	if _, length, ok := n.leadingUnit(text, number); ok {
		return number.End + length
	}
	return number.End
}

// unitLead is what stands behind a number: its unit is asked for by each reading
// that is tried.
type unitLead struct {
	at     int
	unit   pipeline.Unit
	length int
	ok     bool
}

// leadingUnit returns the unit right behind a number; see
// Recogniser.LeadingUnit.
func (n *sentence) leadingUnit(text string, number recognise.NumberAt) (pipeline.Unit, int, bool) {
	for i := range n.leads {
		if lead := &n.leads[i]; lead.at == number.End {
			return lead.unit, lead.length, lead.ok
		}
	}
	lead := unitLead{at: number.End}
	lead.unit, lead.length, lead.ok = n.recognise.LeadingUnit(text[number.End:])
	n.leads = append(n.leads, lead)
	return lead.unit, lead.length, lead.ok
}

// level reads a number as what the name itself measures. It reports whether what
// follows may still be about the name.
func (n *sentence) level(text string, of subject, number recognise.NumberAt) bool {
	indicator := of.indicator
	unit, rawUnit, ok := n.unitBehind(text, indicator, number)
	switch {
	case number.Malformed:
		n.refuse(pipeline.BadNumber, of.name, indicator, n.placeOf(text, number, ""), "what stands behind the name is not one number that can be kept")
		return false
	case points.MatchString(text[number.End:]), plannedBehind.MatchString(text[number.End+len(rawUnit):]):
		return false
	case bound.MatchString(text[number.End+len(rawUnit):]):
		n.refuseBound(text, of, number, rawUnit)
		return false
	case !ok:
		n.refuse(pipeline.UnknownUnit, of.name, indicator, n.placeOf(text, number, ""), "no unit that is known stands behind the number")
		return false
	case isGrowth(indicator) && unit.Dimension == "percent":
		return false // a rate of something without a verb: a share, a contribution
	}
	// The catalogue has only the growth of some things: their level is refused,
	// and its growth may follow.
	fits := n.recognise.Fits(unit, indicator.Unit)
	return n.emit(text, of, number, unit, rawUnit, pipeline.Plus) || fits || isGrowth(indicator) && unit.Dimension == money
}

// growth reads a number as the growth of what the name measures.
func (n *sentence) growth(text string, of subject, number recognise.NumberAt, verb string) bool {
	indicator := of.indicator
	unit, length, ok := n.leadingUnit(text, number)
	if !ok || number.Malformed || points.MatchString(text[number.End:]) {
		if !ok && !number.Malformed && number.Number.Decimal == "0" && isChange(indicator) {
			n.refuse(pipeline.UnknownUnit, of.name, indicator, n.placeOf(text, number, ""), "a growth of zero without a unit")
		}
		return false
	}
	grown := n.growthOf(indicator)
	if strings.HasSuffix(indicator.Code, "_reduction") {
		grown = indicator
	}
	if grown == nil || unit.Dimension != "percent" {
		return true // the catalogue does not have it, or it is by how much and not how fast
	}
	rawUnit := strings.TrimSpace(text[number.End : number.End+length])
	if plannedBehind.MatchString(text[number.End+length:]) {
		return false
	}
	if bound.MatchString(text[number.End+length:]) {
		n.refuseBound(text, subject{of.name, grown}, number, rawUnit)
		return false
	}
	sign := signOf(verb, grown)
	if number.Number.Negative && sign == pipeline.Minus {
		at := n.placeOf(text, number, rawUnit)
		n.refuse(pipeline.BadNumber, of.name, grown, at, "a fall by a negative number: the sign is not clear")
		return false
	}
	n.emit(text, subject{of.name, grown}, number, unit, rawUnit, sign)
	return true
}

func (n *sentence) unitBehind(text string, indicator *pipeline.Indicator, number recognise.NumberAt) (pipeline.Unit, string, bool) {
	behind := text[number.End:]
	if dimensionless(indicator.Unit) {
		unit, ok := n.recognise.Unit(indicator.Unit)
		if _, _, printed := n.leadingUnit(text, number); printed {
			return unit, "", false
		}
		return unit, "", ok && (!colon.MatchString(behind[:min(len(behind), 3)]) || perOne.MatchString(behind))
	}
	unit, length, ok := n.leadingUnit(text, number)
	if !ok {
		return unit, "", false
	}
	return unit, strings.TrimSpace(behind[:length]), true
}

// emit settles period and region of a number and makes an observation of it.
func (n *sentence) emit(text string, of subject, number recognise.NumberAt, unit pipeline.Unit, rawUnit string, sign pipeline.Sign) bool {
	at := n.placeOf(text, number, rawUnit)
	name, indicator := of.name, of.indicator
	if isChange(indicator) && n.isRebased(text, number.Start) {
		n.refuse(pipeline.UnexpectedField, name, indicator, at, "the sentence compares with another time than last year, or leaves a part out")
		return false
	}
	if isWholeInvestment(name, indicator) && n.leavesRuralOut() {
		n.refuse(pipeline.UnexpectedField, name, indicator, at, "the page prints the investment without rural households too, which is what the catalogue keeps")
		return false
	}
	period, ok := n.periodAt(number.Start, indicator)
	if !ok {
		n.refuse(pipeline.MissingPeriod, name, indicator, at, "neither the sentence nor the paragraph nor the title says which period the number is of")
		return false
	}
	period = monthMeant(text, number, indicator, period)
	if n.isPlan(period) {
		n.refuse(pipeline.UnknownPeriod, name, indicator, at, "the period had not ended when the page was published: a plan")
		return false
	}
	region, reason := n.regionAt(number.Start, period)
	if reason != "" {
		n.refuse(reason, name, indicator, at, "the sentence and the page do not settle one region")
		return false
	}
	return n.settleAt(name, indicator, number, unit, rawUnit, sign, period, region, at)
}

// isChange reports whether an indicator is a change on last year.
func isChange(indicator *pipeline.Indicator) bool {
	return isGrowth(indicator) || strings.HasSuffix(indicator.Code, "_reduction")
}

func (n *sentence) settleAt(name string, indicator *pipeline.Indicator, number recognise.NumberAt, unit pipeline.Unit, rawUnit string, sign pipeline.Sign, period pipeline.Period, region recognise.RegionMatch, at place) bool {
	r := reading{label: name, indicator: indicator, region: region.Code, period: period, number: number.Number, sign: sign,
		unit: unit, rawUnit: rawUnit, status: n.statusOf(period)}
	r.number.Text = n.s[n.start+number.Start : n.start+number.End]
	if region.Restated {
		r.flags = []pipeline.Flag{pipeline.FlagRestatedBoundary}
	}
	if isWholeInvestment(name, indicator) {
		r.flags = pipeline.WithFlag(r.flags, pipeline.FlagBreak)
	}
	return n.settle(r, at)
}

func (n *sentence) placeOf(text string, number recognise.NumberAt, rawUnit string) place {
	start, end := n.text.Raw(n.start+number.Start, n.start+number.End)
	return place{locator: n.locator, table: n.locator, start: start, end: end, quote: text[number.Start:number.End] + rawUnit}
}

// statusOf says how final the publisher calls a number.
func (n *sentence) statusOf(period pipeline.Period) pipeline.Status {
	switch {
	case n.final:
		return pipeline.Final
	case n.provisional && (n.scope.year == 0 || period.End.Year() == n.scope.year):
		return pipeline.Provisional
	}
	return ""
}

// periodAt is the period that holds at an offset: the last time named before it
// in the sentence, else what the sentences before carry, else the title's.
func (n *sentence) periodAt(offset int, indicator *pipeline.Indicator) (pipeline.Period, bool) {
	period, vague, settled := n.carried, n.vague, false
	text := n.s[n.start:n.end]
	for _, h := range n.periods {
		if h.Start < offset && !h.Comparison {
			if isRelative(text, h) && len(n.numbersIn(h.End, offset)) > 0 {
				continue
			}
			if h.Other && settled && strings.ContainsAny(text[h.End:offset], "；;") {
				continue // an aside of a clause before: “十四五”累计下降13.1%；
			}
			vague, settled = h.Other, settled || !h.Other
			if !h.Other {
				period = h.Period
			}
		}
	}
	if vague || period.Freq == "" {
		return pipeline.Period{}, false
	}
	return fitBasis(indicator, period), true
}

// regionAt is the region that holds at an offset: the last mentioned before it in
// the sentence, else the page's.
func (n *sentence) regionAt(offset int, period pipeline.Period) (recognise.RegionMatch, pipeline.Reason) {
	last := n.only
	for i := range n.mentions {
		if n.only == nil && n.mentions[i].start < offset {
			last = &n.mentions[i]
		}
	}
	if last == nil && len(n.scope.regions) > 1 {
		last = n.region
	}
	if last == nil {
		return n.pageRegion(n.scope, period)
	}
	if last.codes != nil {
		if len(last.codes) == 0 {
			return recognise.RegionMatch{}, pipeline.UnknownRegion // below a county
		}
		if len(last.codes) == 1 {
			return n.regionOfCode(last.codes[0], period)
		}
		return n.regionByName(last.name, n.scope.within, period)
	}
	page, reason := n.pageRegion(n.scope, period)
	if reason != "" {
		return page, reason
	}
	meant, reason := n.regionByName(last.name, page.Code, period)
	if reason == "" && meant.Code != page.Code {
		return meant, pipeline.AmbiguousRegion
	}
	return page, reason
}

// unread refuses a number right behind a name, in words that were not
// understood, where its unit says that it could be the name's.
func (n *sentence) unread(text string, of subject, number recognise.NumberAt, words string) {
	indicator := of.indicator
	unit, rawUnit, ok := n.unitBehind(text, indicator, number)
	if strings.ContainsAny(words, "，,；;") || number.Malformed || !ok || points.MatchString(text[number.End:]) || plannedBehind.MatchString(text[number.End+len(rawUnit):]) {
		return
	}
	if growingWord.MatchString(words) && unit.Dimension == "percent" {
		if otherKind.MatchString(words) || besideLevel.MatchString(words) {
			return
		}
		indicator = n.growthOf(indicator)
	}
	if indicator == nil || !n.recognise.Fits(unit, indicator.Unit) {
		return
	}
	n.refuse(pipeline.UnexpectedField, of.name, indicator, n.placeOf(text, number, rawUnit),
		fmt.Sprintf("the words %q between the name and the number are not understood", shorten(words)))
}

var (
	leastSum = decimal.RequireFromString("99.8")
	mostSum  = decimal.RequireFromString("100.2")
)
