package extract

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

// columnSays is what the head of a column says of time.
type columnSays struct {
	growth, named bool
	basis, timed  *label
}

func saysOf(column []*label) columnSays {
	var says columnSays
	for _, l := range column {
		says.growth, says.named = says.growth || l.growth, says.named || l.indicator != nil
		if l.basis != "" {
			says.basis = l
		}
		if l.periodText != "" {
			says.timed = l
		}
	}
	return says
}

// lendTimes gives a column that says only 同比增长 the time of the columns before
// it, where both are about the same: the basis of the nearest that has one (本月,
// 累计), else the period that lastTime settles. Behind a plan it is not understood.
func (t *tableReader) lendTimes() {
	var basis, top, plan, planTop *label
	basisTime := ""  // what the column with the basis says of time
	var run []*label // times of the columns before, up to the growth before
	afterGrowth := false
	for c, column := range t.columns {
		if t.isLabel[c] || len(column) == 0 {
			continue
		}
		says := saysOf(column)
		if !says.growth && afterGrowth {
			run = run[:0]
		}
		afterGrowth = says.growth
		if lowest := column[len(column)-1]; !says.growth {
			plan, planTop = nil, column[0]
			if isPlanHead(lowest) || t.isLater(lowest, run) {
				plan = lowest
				continue
			}
		}
		switch {
		case says.growth && plan != nil && (says.timed == nil || sameYear(says.timed, plan)) && (!says.named || planTop == column[0]):
			t.columns[c] = append(slices.Clone(column), &label{text: plan.text})
		case says.basis != nil:
			basis, top, basisTime, run = says.basis, column[0], "", run[:0]
			if says.timed != nil {
				basisTime = says.timed.periodText
			}
		case says.timed != nil:
			basis, top = nil, column[0]
			if !says.growth {
				run = append(run, says.timed)
			}
		case !says.growth || says.named && top != column[0]:
		case basis != nil:
			t.columns[c] = append(slices.Clone(column), &label{blank: true, basis: basis.basis, periodText: basisTime})
		default:
			if text := t.lastTime(run); text != "" {
				t.columns[c] = append(slices.Clone(column), &label{blank: true, periodText: text})
			}
		}
	}
}

// lendNamedTimes gives a column of growth whose name is that of the columns before
// it their time: 8月收入, 1-8月收入, 增长%.
func (t *tableReader) lendNamedTimes() {
	for c, own := range t.columns {
		says := saysOf(own)
		if t.isLabel[c] || says.timed != nil || says.basis != nil || len(own) == 0 || !t.isGrowthOf(own[len(own)-1], nil) {
			continue
		}
		lowest := own[len(own)-1]
		var run []*label
		for b := c - 1; b >= 0 && !t.isLabel[b]; b-- {
			n := len(t.columns[b])
			if n != len(own) || !slices.Equal(t.columns[b][:n-1], own[:n-1]) || !t.isGrowthOf(lowest, t.columns[b][n-1]) {
				break
			}
			if before := t.columns[b][n-1]; before.periodText != "" {
				run = append(run, before)
			}
		}
		slices.Reverse(run)
		if before := len(run); before > 0 {
			t.columns[c] = append(slices.Clone(own), &label{blank: true, basis: run[before-1].basis, periodText: t.lastTime(run)})
		}
	}
}

// isGrowthOf reports whether a label names the growth of what another names, or
// of anything where that is nil.
func (t *tableReader) isGrowthOf(l, level *label) bool {
	if l.indicator == nil || !isGrowth(l.indicator) {
		return false
	}
	return level == nil || level.indicator != nil && t.growthOf(level.indicator) == l.indicator
}

// lastTime settles which of a run of times a growth behind it is of: the only one;
// the latest of the same months of several years; the last if it is cumulative
// (8月, 1-8月). "" is for none. Else it returns all of them, which is no time: the
// growth is refused, for the caption's time is not meant.
func (t *tableReader) lastTime(run []*label) string {
	const most = 128 // more are no head of any table that is published
	if len(run) == 0 {
		return ""
	} else if len(run) > most {
		return run[0].periodText + "、" + run[1].periodText
	}
	year := t.year()
	if year == 0 {
		year = lastCensus
	}
	last, latest := run[len(run)-1].periodText, ""
	var first, end, period pipeline.Period
	alike, ok := true, false
	for i, l := range run {
		if period, ok = recognise.Period(l.periodText, recognise.PeriodContext{Year: year, Document: t.scope.published}); !ok {
			break
		}
		if i == 0 {
			first = period
		}
		alike = alike && period.Freq == first.Freq && period.Basis == first.Basis && period.End.Time().Month() == first.End.Time().Month()
		if i == 0 || period.End >= end.End {
			end, latest = period, l.periodText
		}
	}
	switch {
	case len(run) == 1, ok && period.Basis == pipeline.YearToDate && period.End == end.End && !alike:
		return last
	case ok && alike:
		return latest
	}
	var all []string
	for _, l := range run {
		all = append(all, l.periodText)
	}
	return strings.Join(all, "、")
}

var (
	planWords = newAnywhere("目标", "计划", "预计", "预期", "任务", "预算", "预测", "力争", "安排")
	// planShare is how much of a plan was carried out.
	planShare = regexp.MustCompile(`(?:完成|占|为|达).{0,6}(?:目标|计划|预期|任务|预算)|进度|比例|完成率|完成[情数]`)
)

// isPlanHead reports whether a column holds what is planned or foreseen.
func isPlanHead(l *label) bool {
	if l.indicator != nil {
		return false
	}
	name := compact(l.text)
	return planWords.MatchString(name) && !planShare.MatchString(name)
}

// isLater reports whether a column that is not understood names a year after those
// of the columns before it: 2025年考核值.
func (t *tableReader) isLater(l *label, run []*label) bool {
	if l.known() {
		return false
	}
	year := anyYears.FindString(l.text)
	if year == "" {
		return false
	}
	last := strconv.Itoa(t.year())
	for i, before := range run {
		if named := anyYears.FindString(before.periodText); i == 0 || named > last {
			last = named
		}
	}
	return year > last
}

// sameYear reports whether two heads name the same year.
func sameYear(a, b *label) bool {
	year := anyYears.FindString(a.text)
	return year != "" && year == anyYears.FindString(b.text)
}

// lendDown gives a row that says only 同比增长 the name and the time of the rows
// right above it, as lendNames and lendTimes do for columns.
func (t *tableReader) lendDown(labels []*label) {
	var run []*label
	for i, own := range labels {
		if own.periodText == "" && own.basis == "" && t.isGrowthOf(own, nil) {
			var named []*label // 8月收入, 1-8月收入, 收入增长
			for b := i - 1; b >= 0 && labels[b].periodText != "" && t.isGrowthOf(own, labels[b]); b-- {
				named = append(named, labels[b])
			}
			slices.Reverse(named)
			own.periodText = t.lastTime(named)
		}
		if !own.growth {
			if i > 0 && labels[i-1].growth || own.periodText == "" && !own.blank {
				run = run[:0]
			}
			if own.periodText != "" {
				run = append(run, own)
			}
			continue
		}
		if i == 0 || labels[i-1].growth {
			continue
		}
		above := labels[i-1]
		if own.indicator == nil {
			own.indicator, own.decoy = above.indicator, own.decoy || above.decoy || isPlanHead(above)
			if own.periodText == "" && own.basis == "" {
				own.basis, own.periodText = above.basis, t.lastTime(run)
			}
		}
	}
}

// fillHead gives a blank cell of the head the text of the cell on its left where
// both stand over something: a merged head that was saved without its merging. A
// column that names an indicator of its own is not under another.
func (t *tableReader) fillHead() {
	for r := 0; r+1 < t.head; r++ {
		row, below := t.rows[r], t.rows[r+1]
		for c := 1; c < min(len(row), len(below)); c++ {
			left := row[c-1]
			if t.isLabel[c] || t.isLabel[c-1] || !isBlank(row[c].String()) || isBlank(left.String()) || isBlank(below[c].String()) ||
				isBlank(below[c-1].String()) || below[c-1].origin == left.origin {
				continue
			}
			over := t.readLabel(left.String(), t.scope, t.scope.within)
			under := t.readLabel(below[c].String(), t.scope, t.scope.within)
			if over.indicator != nil && under.indicator != nil {
				continue
			}
			row[c] = gridCell{text: left.text, origin: left.origin}
		}
	}
}
