package extract

import (
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

// What may stand between a name and the number that it is about: a change from
// one year to the next, a plan, a comparison that is passed over.
var (
	// changedFrom and changedTo are 由上年的1.97缩小到1.93.
	changedFrom = newPhrase(`^` + aside + `(?:由|从)P的?\s*$`)
	changedTo   = newPhrase(`^[，,\s]*(?:缩小|扩大|提高|上升|提升|增加|下降|降低|减少|调整|变化|变动)(?:为|到|至)\s*$`)
	// planFirst, planNext and carriedOut are 预算为a，调整为b，实际完成c: plans are no
	// observations.
	planFirst  = newPhrase(`^` + aside + gap + `(?:年初|调整|变动|全年|变更)?预算(?:数|安排|调整)?(?:为|是|数为)?\s*$`)
	planNext   = newPhrase(`^[，,；;\s]*(?:执行中|年中|预算)?(?:调整|变更|变动)(?:预算|数)?(?:为|到)?\s*$`)
	carriedOut = newPhrase(`^[，,；;\s]*` + gap + `(?:全年)?(?:实际)?(?:完成|执行|实现)(?:数)?(?:为|了)?\s*$`)
	// ofSomething is a share of another thing: 为预算的102.3%, 完成年度任务的97%.
	ofSomething = newPhrase(`^[，,；;\s]*(?:为|是|占|完成|达到|相当于)[^，,；;。]{1,16}的\s*$`)
	indexFirst  = newPhrase(`^` + aside + gap + `(?:为|是|达到|达)?\s*$`)            // of an index of prices
	grownFrom   = newPhrase(`^(?:比|较)(?:[\d一二三四五六七八九〇]{4}年|年初|[十一二三四五]{2,3}末)`) // another base than last year
)

// money is the dimension of amounts.
const money = "money"

// isRank reports whether a number only ranks: 居全市第5位.
func isRank(text string, number recognise.NumberAt) bool {
	return strings.HasSuffix(text[:number.Start], "第")
}

func afterRank(text string, number recognise.NumberAt) int {
	for _, word := range []string{"位", "名"} {
		if strings.HasPrefix(text[number.End:], word) {
			return number.End + len(word)
		}
	}
	return number.End
}

func (n *sentence) isPercent(text string, number recognise.NumberAt) bool {
	unit, _, ok := n.leadingUnit(text, number)
	return ok && unit.Dimension == "percent"
}

// refuseBound refuses a bound or a rough number: 99%以上, 60余家 (promise 2).
func (n *sentence) refuseBound(text string, of subject, number recognise.NumberAt, rawUnit string) {
	n.refuse(pipeline.BadNumber, of.name, of.indicator, n.placeOf(text, number, rawUnit), "a bound or a rough number is no value")
}
