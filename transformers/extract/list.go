package extract

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

// list reads 第一、二、三产业增加值分别为a、b、c，分别增长d、e、f: as many numbers as
// names, in the same order.
func (n *sentence) list(text string, group []recognise.Hit, numbers []recognise.NumberAt) {
	from := group[len(group)-1].End
	for first := true; len(numbers) > 0; first = false {
		words := n.marked(text, from, numbers[0].Start)
		verb, grows := verbIn(growthList, words)
		run := n.run(text, numbers, grows)
		if !grows && (!first || !levelList.MatchString(words)) {
			return
		}
		if len(run) != len(group) {
			n.countsDiffer(text, group, run, grows)
			return
		}
		for i, number := range run {
			if group[i].Indicator == "" { // another thing
				verb, from = n.verbOf(text, run, i, verb), n.afterUnit(text, number)
				continue
			}
			of := subject{text[group[i].Start:group[i].End], n.indicators[group[i].Indicator]}
			verb = n.verbOf(text, run, i, verb)
			if grows {
				n.growthInList(text, of, run, i, verb)
			} else if !n.levelInList(text, of, run, i) {
				return
			}
			from = n.afterUnit(text, number)
		}
		numbers = numbers[len(run):]
	}
}

// run returns the leading numbers that stand in one list. In a list of growths a
// member may have a verb of its own: 分别增长a%、下降b%.
func (n *sentence) run(text string, numbers []recognise.NumberAt, grows bool) []recognise.NumberAt {
	count := 1
	for count < len(numbers) {
		separator := between(text, n.afterUnit(text, numbers[count-1]), numbers[count].Start)
		if !listSeparator.MatchString(separator) && (!grows || !verbSeparator.MatchString(separator)) {
			break
		}
		count++
	}
	return numbers[:count]
}

// verbOf is the verb of a member of a list: its own, else that of the member
// before.
func (n *sentence) verbOf(text string, run []recognise.NumberAt, i int, verb string) string {
	if i == 0 {
		return verb
	}
	if own, ok := verbIn(verbSeparator, between(text, n.afterUnit(text, run[i-1]), run[i].Start)); ok {
		return own
	}
	return verb
}

// unitInList is the unit of a member: its own, else that of the next with one.
func (n *sentence) unitInList(text string, run []recognise.NumberAt, i int) (unit pipeline.Unit, printed string, length int, ok bool) {
	for j := i; j < len(run); j++ {
		if unit, length, ok = n.leadingUnit(text, run[j]); ok {
			printed = strings.TrimSpace(text[run[j].End : run[j].End+length])
			if j > i {
				length = 0
			}
			return unit, printed, length, true
		}
	}
	return unit, "", 0, false
}

func (n *sentence) levelInList(text string, of subject, run []recognise.NumberAt, i int) bool {
	unit, printed, length, ok := n.unitInList(text, run, i)
	if !ok || run[i].Malformed || isGrowth(of.indicator) || points.MatchString(text[run[i].End:]) {
		return false
	}
	if bound.MatchString(text[run[i].End+length:]) {
		n.refuseBound(text, of, run[i], printed)
		return true
	}
	n.emit(text, of, run[i], unit, printed, pipeline.Plus)
	return true
}

func (n *sentence) growthInList(text string, of subject, run []recognise.NumberAt, i int, verb string) {
	unit, printed, length, ok := n.unitInList(text, run, i)
	grown := n.growthOf(of.indicator)
	if !ok || grown == nil || run[i].Malformed || unit.Dimension != "percent" {
		return
	}
	if bound.MatchString(text[run[i].End+length:]) {
		n.refuseBound(text, subject{of.name, grown}, run[i], printed)
		return
	}
	sign := signOf(verb, grown)
	if run[i].Number.Negative && sign == pipeline.Minus {
		n.refuse(pipeline.BadNumber, of.name, grown, n.placeOf(text, run[i], printed), "a fall by a negative number: the sign is not clear")
		return
	}
	n.emit(text, subject{of.name, grown}, run[i], unit, printed, sign)
}

func (n *sentence) countsDiffer(text string, group []recognise.Hit, run []recognise.NumberAt, grows bool) {
	i := slices.IndexFunc(group, func(h recognise.Hit) bool { return h.Indicator != "" })
	indicator := n.indicators[group[i].Indicator]
	if grows && n.growthOf(indicator) == nil {
		return
	}
	name := text[group[0].Start:group[len(group)-1].End]
	for _, number := range run {
		n.refuse(pipeline.CountsDiffer, name, indicator, n.placeOf(text, number, ""),
			fmt.Sprintf("a list of %d names has %d numbers", len(group), len(run)))
	}
}

// ratio reads the three shares: 为a:b:c, 分别为a%、b%和c%, 由上年的a:b:c调整为d:e:f.
func (n *sentence) ratio(text string, group []recognise.Hit, numbers []recognise.NumberAt) {
	from := group[len(group)-1].End
	var last pipeline.Period
	for first := true; len(numbers) >= len(group); first = false {
		words := n.marked(text, from, numbers[0].Start)
		members := numbers[:len(group)]
		period, ok := n.ratioPeriod(words, first, members[0].Start)
		if !ok || !n.isJoined(text, members) {
			return
		}
		if !isWhole(members) {
			n.refuseRatio(text, group, members)
			return
		}
		if !first && last == period {
			return
		}
		n.shares(text, group, members, period)
		last, from = period, n.afterUnit(text, members[len(members)-1])
		numbers = numbers[len(group):]
	}
}

// ratioPeriod finds the year of a ratio: 由上年的 is the year before the one that
// the sentence is about.
func (n *sentence) ratioPeriod(words string, first bool, offset int) (pipeline.Period, bool) {
	indicator := n.indicators["primary_share"]
	switch {
	case first && shareRatio.MatchString(words):
		return n.periodAt(offset, indicator)
	case first && ratioFrom.MatchString(words):
		return n.periodAt(offset, indicator)
	case !first && ratioTo.MatchString(words):
		return n.mainPeriod(indicator)
	}
	return pipeline.Period{}, false
}

// mainPeriod is what the sentence is about, beside the year before: the first
// time that it names, else the carried one.
func (n *sentence) mainPeriod(indicator *pipeline.Indicator) (pipeline.Period, bool) {
	period, vague := n.carried, n.vague
	for _, h := range n.periods {
		if !h.Comparison && !isRelative(n.s[n.start:n.end], h) {
			period, vague = h.Period, h.Other
			break
		}
	}
	return fitBasis(indicator, period), !vague && period.Freq != ""
}

// isJoined reports whether the members are joined as a ratio or a list.
func (n *sentence) isJoined(text string, members []recognise.NumberAt) bool {
	for i, m := range members {
		if m.Malformed {
			return false
		}
		if i == 0 {
			continue
		}
		separator := between(text, n.afterPercent(text, members[i-1]), m.Start)
		if !colon.MatchString(separator) && !listSeparator.MatchString(separator) {
			return false
		}
	}
	return !points.MatchString(text[members[len(members)-1].End:])
}

// isWhole reports whether shares sum to 100 within rounding.
func isWhole(members []recognise.NumberAt) bool {
	sum := decimal.Zero
	for _, m := range members {
		sum = sum.Add(decimal.RequireFromString(m.Number.Decimal))
	}
	return !sum.LessThan(leastSum) && !sum.GreaterThan(mostSum)
}

func (n *sentence) refuseRatio(text string, group []recognise.Hit, members []recognise.NumberAt) {
	name := text[group[0].Start:group[0].End]
	for i, m := range members {
		n.refuse(pipeline.BadNumber, name, n.indicators[group[i].Indicator], n.placeOf(text, m, ""), "the three shares do not sum to 100 within rounding")
	}
}

// afterPercent is the end of a member: of its percent sign, if it has one.
func (n *sentence) afterPercent(text string, number recognise.NumberAt) int {
	if unit, length, ok := n.leadingUnit(text, number); ok && unit.Dimension == "percent" {
		return number.End + length
	}
	return number.End
}

func (n *sentence) shares(text string, group []recognise.Hit, members []recognise.NumberAt, period pipeline.Period) {
	percent, ok := n.recognise.Unit("%")
	if !ok {
		return
	}
	name := text[group[0].Start:group[0].End]
	region, reason := n.regionAt(members[0].Start, period)
	for i, m := range members {
		indicator := n.indicators[group[i].Indicator]
		printed := strings.TrimSpace(text[m.End:n.afterPercent(text, m)])
		at := n.placeOf(text, m, printed)
		if reason != "" {
			n.refuse(reason, name, indicator, at, "the sentence and the page do not settle one region")
			continue
		}
		n.settleAt(name, indicator, m, percent, printed, pipeline.Plus, period, region, at)
	}
}
