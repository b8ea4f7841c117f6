package extract

import (
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

// pending is a name in a sentence whose level was read and whose growth was not:
// 一产增加值a，二产增加值b，分别增长c、d.
type pending struct {
	hit   recognise.Hit
	about *mention // the region that it is of, nil for the page's
}

// hold adds a name to those that wait for their growth.
func (n *sentence) hold(hit recognise.Hit, at int) {
	p := pending{hit: hit}
	for i := range n.mentions {
		if n.mentions[i].start < at && n.mentions[i].codes != nil {
			p.about = &n.mentions[i]
		}
	}
	n.open = append(n.open, p)
}

// growTogether reads 分别增长a%、b% for the names that wait. It returns where the
// text goes on, 0 where the words have another form or the counts differ.
func (n *sentence) growTogether(text, words string, numbers []recognise.NumberAt) int {
	verb, grows := verbIn(growthList, words)
	if !grows || len(n.open) < 2 {
		return 0
	}
	run := n.run(text, numbers, grows)
	if len(run) != len(n.open) {
		group := make([]recognise.Hit, 0, len(n.open))
		for _, p := range n.open {
			group = append(group, p.hit)
		}
		n.countsDiffer(text, group, run, grows)
		return 0
	}
	for i, p := range n.open {
		verb = n.verbOf(text, run, i, verb)
		n.only = p.about
		n.growthInList(text, subject{text[p.hit.Start:p.hit.End], n.indicators[p.hit.Indicator]}, run, i, verb)
		n.only = nil
	}
	n.open = n.open[:0]
	return n.afterUnit(text, run[len(run)-1])
}

// ofRegions reads 榆次区…a，介休市…b，城镇化率分别为c和d: as many numbers as regions of
// the names before, each another. It returns where the text goes on, 0 where the
// words have another form.
func (n *sentence) ofRegions(text, words string, of subject, numbers []recognise.NumberAt) int {
	if len(n.open) < 2 || !strings.Contains(words, "分别") || strings.Contains(words, "R") || !levelList.MatchString(words) {
		return 0
	}
	run := n.run(text, numbers, false)
	if len(run) != len(n.open) {
		return 0
	}
	for i, p := range n.open {
		if p.about == nil || i > 0 && (p.hit.Indicator != n.open[0].hit.Indicator || p.about.name == n.open[i-1].about.name) {
			return 0
		}
	}
	for i, p := range n.open {
		n.only = p.about
		n.levelInList(text, of, run, i)
		n.only = nil
	}
	return n.afterUnit(text, run[len(run)-1])
}

// monthMeant applies 当月 or 累计 in the clause of a number to a period of months:
// 1-8月增长5.6%，当月增长9.1%.
func monthMeant(text string, number recognise.NumberAt, indicator *pipeline.Indicator, period pipeline.Period) pipeline.Period {
	if period.Freq != pipeline.Monthly || period.Basis == pipeline.End {
		return period
	}
	clause := text[:number.Start]
	if i := strings.LastIndexAny(clause, clauseBreaks); i >= 0 {
		clause = clause[i:]
	}
	basis := period.Basis
	switch {
	case singleMonth.MatchString(clause):
		basis = pipeline.Flow
	case strings.Contains(clause, "累计"):
		basis = pipeline.YearToDate
	}
	if basis == period.Basis || !indicator.Allows(pipeline.Monthly, basis) {
		return period
	}
	return withBasis(period, basis)
}

var singleMonth = newAnywhere("当月", "本月", "单月")

// notYet is how many days before its end a year's numbers may be published, as
// reports of December do. Later ends are of plans, unless the page says 预计.
const notYet = 45

// isPlan reports whether a period ends well after the page was published.
func (n *sentence) isPlan(period pipeline.Period) bool {
	return n.scope.published != 0 && period.End-n.scope.published > notYet && !n.provisional
}
