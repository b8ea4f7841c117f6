package extract

import (
	"slices"

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
// 累计), the period of a single one (5月, 同比增长, 1-5月, 同比增长), the last of several
// years.
func (t *tableReader) lendTimes() {
	var basis, top *label
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
		switch {
		case says.basis != nil:
			basis, top, run = says.basis, column[0], run[:0]
		case says.timed != nil:
			basis, top = nil, column[0]
			if !says.growth {
				run = append(run, says.timed)
			}
		case !says.growth || says.named && top != column[0]:
		case basis != nil:
			t.columns[c] = append(slices.Clone(column), &label{blank: true, basis: basis.basis})
		default:
			if text := lastTime(run); text != "" {
				t.columns[c] = append(slices.Clone(column), &label{blank: true, periodText: text})
			}
		}
	}
}

// lastTime returns the only time of a run of columns, or the last of several
// years; "" where it is not settled.
func lastTime(run []*label) string {
	if len(run) == 1 {
		return run[0].periodText
	}
	text, last := "", 0
	for _, l := range run {
		p, ok := recognise.Period(l.periodText, recognise.PeriodContext{})
		if !ok || p.Freq != pipeline.Annual {
			return ""
		}
		if year := p.End.Year(); year > last {
			text, last = l.periodText, year
		}
	}
	return text
}
