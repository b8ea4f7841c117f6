package extract

import (
	"fmt"
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
		run := n.run(text, numbers)
		verb, grows := verbIn(growthList, words)
		if !grows && (!first || !levelList.MatchString(words)) {
			return
		}
		if len(run) != len(group) {
			n.countsDiffer(text, group, run, grows)
			return
		}
		for i, number := range run {
			of := subject{text[group[i].Start:group[i].End], n.indicators[group[i].Indicator]}
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

// run returns the leading numbers that stand in one list.
func (n *sentence) run(text string, numbers []recognise.NumberAt) []recognise.NumberAt {
	count := 1
	for count < len(numbers) && listSeparator.MatchString(between(text, n.afterUnit(text, numbers[count-1]), numbers[count].Start)) {
		count++
	}
	return numbers[:count]
}

// unitInList is the unit of a member: its own, else that of the next with one.
func (n *sentence) unitInList(text string, run []recognise.NumberAt, i int) (unit pipeline.Unit, printed string, length int, ok bool) {
	for j := i; j < len(run); j++ {
		if unit, length, ok = n.recognise.LeadingUnit(text[run[j].End:]); ok {
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
	if !ok || run[i].Malformed || isGrowth(of.indicator) || rough.MatchString(text[run[i].End+length:]) {
		return false
	}
	n.emit(text, of, run[i], unit, printed, pipeline.Plus)
	return true
}

func (n *sentence) growthInList(text string, of subject, run []recognise.NumberAt, i int, verb string) {
	unit, printed, length, ok := n.unitInList(text, run, i)
	grown := n.growthOf(of.indicator)
	if !ok || grown == nil || run[i].Malformed || unit.Dimension != "percent" || rough.MatchString(text[run[i].End+length:]) {
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
	indicator := n.indicators[group[0].Indicator]
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
		if !ok || !n.isRatio(text, members) {
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

// isRatio checks that the members are joined as a ratio or a list and sum to 100
// within rounding.
func (n *sentence) isRatio(text string, members []recognise.NumberAt) bool {
	sum := decimal.Zero
	for i, m := range members {
		if m.Malformed {
			return false
		}
		if i > 0 {
			separator := between(text, n.afterPercent(text, members[i-1]), m.Start)
			if !colon.MatchString(separator) && !listSeparator.MatchString(separator) {
				return false
			}
		}
		sum = sum.Add(decimal.RequireFromString(m.Number.Decimal))
	}
	return !sum.LessThan(leastSum) && !sum.GreaterThan(mostSum)
}

// afterPercent is the end of a member: of its percent sign, if it has one.
func (n *sentence) afterPercent(text string, number recognise.NumberAt) int {
	if unit, length, ok := n.recognise.LeadingUnit(text[number.End:]); ok && unit.Dimension == "percent" {
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
