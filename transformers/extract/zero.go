package extract

import (
	"regexp"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

// zeroWord is a zero in words, which is a zero: 零增长, 死亡人数为零.
const zeroWord = "零"

var (
	lossFirst = newPhrase(`^` + aside + gap + `(?:净)?亏损(?:额)?(?:为|达)?\s*$`)
	zeroGrown = regexp.MustCompile(`^` + aside + `[，,]?(?:同比|比上年|较上年|实现|呈|为)*(?:(零)增长|(?:增长|增速|涨幅|增幅|增长率)为(零))(?:[，,；;。、\s]|$)`)
	zeroNamed = regexp.MustCompile(`^` + aside + `()?[为是](零)(?:[，,；;。、\s]|$)`)
	zeroFirst = regexp.MustCompile(`^` + aside + `(?:为|是)零(?:[，,；;。、\s]|$)`)
)

// profit can be a loss.
const profit = "industrial_profit"

// loss reads 利润总额亏损0.72亿元.
func (n *sentence) loss(text string, of subject, number recognise.NumberAt) bool {
	unit, rawUnit, ok := n.unitBehind(text, of.indicator, number)
	if !ok || number.Malformed || number.Number.Negative || bound.MatchString(text[number.End+len(rawUnit):]) {
		n.unread(text, of, number, "")
		return false
	}
	return n.emit(text, of, number, unit, rawUnit, pipeline.Minus)
}

// zero reads 为零 behind a name: a zero in words is a zero.
func (n *sentence) zero(text string, of subject, from int) {
	if !n.cues.has(cueZero) || n.zeroGrowth(text, of, from) {
		return
	}
	at := zeroFirst.FindStringIndex(text[from:])
	if at == nil || isGrowth(of.indicator) {
		return
	}
	start := from + strings.Index(text[from:], zeroWord)
	unit, ok := n.recognise.Unit(of.indicator.Unit)
	if !ok {
		return
	}
	number := recognise.NumberAt{Start: start, End: start + len(zeroWord), Number: recognise.Number{Text: zeroWord, Decimal: "0"}}
	n.emit(text, of, number, unit, "", pipeline.Plus)
}

// zeroGrowth reads 零增长 and 涨幅为零 behind a name. It reports whether they stand
// there.
func (n *sentence) zeroGrowth(text string, of subject, from int) bool {
	at := zeroGrown.FindStringSubmatchIndex(text[from:])
	if at == nil && growthName.MatchString(compact(of.name)) {
		at = zeroNamed.FindStringSubmatchIndex(text[from:])
	}
	if at == nil {
		return false
	}
	grown := n.growthOf(of.indicator)
	percent, ok := n.recognise.Unit("%")
	if grown == nil || !ok {
		return true
	}
	start := from + max(at[2], at[4])
	number := recognise.NumberAt{Start: start, End: start + len(zeroWord), Number: recognise.Number{Text: zeroWord, Decimal: "0"}}
	n.emit(text, subject{of.name, grown}, number, percent, "", pipeline.Plus)
	return true
}
