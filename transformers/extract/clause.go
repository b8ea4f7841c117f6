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
	type mark struct {
		start, end int
		letter     string
	}
	var marks []mark
	for _, h := range n.periods {
		if !h.Comparison {
			marks = append(marks, mark{h.Start, h.End, "P"})
		}
	}
	for _, m := range n.mentions {
		marks = append(marks, mark{m.start, m.end, "R"})
	}
	slices.SortFunc(marks, func(a, b mark) int { return a.start - b.start })
	var b strings.Builder
	at := start
	for _, m := range marks {
		if m.start >= at && m.end <= end {
			b.WriteString(text[at:m.start])
			b.WriteString(m.letter)
			at = m.end
		}
	}
	b.WriteString(between(text, at, end))
	return footnote.ReplaceAllString(compact(b.String()), "")
}

// single reads the numbers of one name: its level, its growth, and the same again
// for another period or region. It returns the name if what follows may still be
// about it.
func (n *sentence) single(text string, hit recognise.Hit, numbers []recognise.NumberAt) subject {
	of := subject{text[hit.Start:hit.End], n.indicators[hit.Indicator]}
	from, seen := hit.End, false
	numbers = afterAside(text, from, numbers)
	for i, number := range numbers {
		if number.Start < from { // the 1 of 1.88∶1
			continue
		}
		from = n.flat(text, of, from, number.Start, seen)
		words := n.marked(text, from, number.Start)
		verb, grows := verbIn(growthNext, words)
		if !seen && !grows && isGrowth(of.indicator) && growthName.MatchString(compact(of.name)) && levelFirst.MatchString(words) {
			verb, grows = "增长", true
		}
		share := shareIn[hit.Indicator]
		switch {
		case grows:
			if !n.growth(text, of, number, verb) && !points.MatchString(text[number.End:]) {
				return subject{}
			}
		case !seen && levelFirst.MatchString(words) || seen && levelNext.MatchString(words):
			if !n.level(text, of, number) {
				return subject{}
			}
		case seen && share != "" && shareNext.MatchString(words):
			n.level(text, subject{of.name, n.indicators[share]}, number)
		case seen && besideLevel.MatchString(words) && !points.MatchString(text[number.End:]):
		default:
			if !seen {
				n.unread(text, of, number, words)
				return subject{}
			}
			return n.resume(text, of, from, numbers[i:])
		}
		seen, from = true, n.afterUnit(text, number)
	}
	n.flat(text, of, from, len(text), seen)
	return of
}

func (n *sentence) afterUnit(text string, number recognise.NumberAt) int {
	if m := perOne.FindStringIndex(text[number.End:]); m != nil {
		return number.End + strings.IndexAny(text[number.End:], "1１") + 1
	}
	if _, length, ok := n.recognise.LeadingUnit(text[number.End:]); ok {
		return number.End + length
	}
	return number.End
}

// level reads a number as what the name itself measures. It reports whether what
// follows may still be about the name.
func (n *sentence) level(text string, of subject, number recognise.NumberAt) bool {
	indicator := of.indicator
	unit, rawUnit, ok := n.unitBehind(text, indicator, number)
	switch {
	case rough.MatchString(text[number.End+len(rawUnit):]) || number.Malformed:
		return false
	case !ok:
		n.unread(text, of, number, "")
		return false
	case isGrowth(indicator) && unit.Dimension == "percent":
		return false // a rate of something without a verb: a share, a contribution
	}
	return n.emit(text, of, number, unit, rawUnit, pipeline.Plus)
}

// growth reads a number as the growth of what the name measures.
func (n *sentence) growth(text string, of subject, number recognise.NumberAt, verb string) bool {
	indicator := of.indicator
	unit, length, ok := n.recognise.LeadingUnit(text[number.End:])
	if !ok || number.Malformed || unit.Dimension != "percent" || rough.MatchString(text[number.End+length:]) {
		return false
	}
	grown := n.growthOf(indicator)
	if strings.HasSuffix(indicator.Code, "_reduction") {
		grown = indicator
	}
	if grown == nil {
		return true // the catalogue does not have it
	}
	rawUnit := strings.TrimSpace(text[number.End : number.End+length])
	sign := signOf(verb, grown)
	if number.Number.Negative && sign == pipeline.Minus {
		at := n.placeOf(text, number, rawUnit)
		n.refuse(pipeline.BadNumber, of.name, grown, at, "a fall by a negative number: the sign is not clear")
		return false
	}
	return n.emit(text, subject{of.name, grown}, number, unit, rawUnit, sign)
}

func (n *sentence) unitBehind(text string, indicator *pipeline.Indicator, number recognise.NumberAt) (pipeline.Unit, string, bool) {
	behind := text[number.End:]
	if dimensionless(indicator.Unit) {
		unit, ok := n.recognise.Unit(indicator.Unit)
		if _, _, printed := n.recognise.LeadingUnit(behind); printed {
			return unit, "", false
		}
		return unit, "", ok && (!colon.MatchString(behind[:min(len(behind), 3)]) || perOne.MatchString(behind))
	}
	unit, length, ok := n.recognise.LeadingUnit(behind)
	if !ok {
		return unit, "", false
	}
	return unit, strings.TrimSpace(behind[:length]), true
}

// emit settles period and region of a number and makes an observation of it.
func (n *sentence) emit(text string, of subject, number recognise.NumberAt, unit pipeline.Unit, rawUnit string, sign pipeline.Sign) bool {
	at := n.placeOf(text, number, rawUnit)
	name, indicator := of.name, of.indicator
	period, ok := n.periodAt(number.Start, indicator)
	if !ok {
		n.refuse(pipeline.MissingPeriod, name, indicator, at, "neither the sentence nor the paragraph nor the title says which period the number is of")
		return false
	}
	region, reason := n.regionAt(number.Start, period)
	if reason != "" {
		n.refuse(reason, name, indicator, at, "the sentence and the page do not settle one region")
		return false
	}
	return n.settleAt(name, indicator, number, unit, rawUnit, sign, period, region, at)
}

func (n *sentence) settleAt(name string, indicator *pipeline.Indicator, number recognise.NumberAt, unit pipeline.Unit, rawUnit string, sign pipeline.Sign, period pipeline.Period, region recognise.RegionMatch, at place) bool {
	r := reading{label: name, indicator: indicator, region: region.Code, period: period, number: number.Number, sign: sign,
		unit: unit, rawUnit: rawUnit, status: n.statusOf(period)}
	r.number.Text = n.s[n.start+number.Start : n.start+number.End]
	if region.Restated {
		r.flags = []pipeline.Flag{pipeline.FlagRestatedBoundary}
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
	period, vague := n.carried, n.vague
	text := n.s[n.start:n.end]
	for _, h := range n.periods {
		if h.Start < offset && !h.Comparison {
			if isRelative(text, h) && len(n.numbersIn(h.End, offset)) > 0 {
				continue
			}
			vague = h.Other
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
		if len(last.codes) == 1 {
			return n.Extractor.region(last.codes[0], period)
		}
		return n.recognise.Region(last.name, n.scope.within, period.End)
	}
	page, reason := n.pageRegion(n.scope, period)
	if reason != "" {
		return page, reason
	}
	meant, reason := n.recognise.Region(last.name, page.Code, period.End)
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
	if strings.ContainsAny(words, "，,；;") || number.Malformed || !ok || isGrowth(indicator) {
		return
	}
	if _, reason := n.recognise.Convert(number.Number, unit, pipeline.Plus, indicator.Unit); reason == pipeline.IncompatibleUnit {
		return
	}
	if rough.MatchString(text[number.End+len(rawUnit):]) {
		return
	}
	n.refuse(pipeline.UnexpectedField, of.name, indicator, n.placeOf(text, number, rawUnit),
		fmt.Sprintf("the words %q between the name and the number are not understood", shorten(words)))
}

var (
	leastSum = decimal.RequireFromString("99.8")
	mostSum  = decimal.RequireFromString("100.2")
)
