package extract

import (
	"regexp"
	"slices"
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
	lossFirst   = newPhrase(`^` + aside + gap + `(?:净)?亏损(?:额)?(?:为|达)?\s*$`)
	zeroGrown   = guarded{newAnywhere("零增长", "为零"), regexp.MustCompile(`^` + aside + `[，,]?(?:同比|比上年|较上年|实现|呈|为)*(?:(零)增长|(?:增长|增速|涨幅|增幅|增长率)为(零))(?:[，,；;。、\s]|$)`)}
	zeroNamed   = guarded{newAnywhere("为零", "是零"), regexp.MustCompile(`^` + aside + `()?[为是](零)(?:[，,；;。、\s]|$)`)}
	zeroFirst   = guarded{newAnywhere("为零", "是零"), regexp.MustCompile(`^` + aside + `(?:为|是)零(?:[，,；;。、\s]|$)`)}
)

// profit can be a loss.
const profit = "industrial_profit"

// money is the dimension of amounts.
const money = "money"

const zeroWord = "零"

var (
	// Words around a time that make it what the clauses behind are compared with, in
	// a clause of its own: 与2020年相比，X增长22.1%.
	basedBefore = trailing{"较", "比", "对比", "与", "同", "和", "以", "相比于", "相较于", "比起", "较之", "相比"}
	basedBehind = regexp.MustCompile(`^(?:同期|为基[期数准]|相?比较?|对比|末|底|的?水平|时)*(?:[，,]|$)`)
	// otherBase is a base, or a kind of growth, that is no time of ours: of several
	// years, on average, without a part.
	otherBase = regexp.MustCompile(`(?:^|[，,；;：:、\s])(?:` +
		`(?:[^，,；;]{0,11}[^，,；;\d第一二三四五六七八九〇○零])?(?:[二三四五]?十|[二两三四五六七八九几多]|[2-9]|[1-4]\d)个?(?:多)?年(?:来|间|以来|里|内|中|时间)?` +
		`|[^，,；;]{0,8}?(?:年均|(?:[二两三四五六七八九十]|[2-9])年平均)[^，,；;]{0,8}` +
		`|[^，,；;]{0,8}?(?:与|同|和|较|比|对比)(?:上个?月|上一?个?季度?|[^，,；;]{0,12}(?:前|末|时期))(?:相?比较?|对比|的?水平|时)?` +
		`|[^，,；;]{0,8}?(?:剔除|扣除|不含|不包括|不包含|除去|去除)[^，,；;]{1,20}|[^，,；;]{0,8}?除[^，,；;]{1,16}外` +
		`)[，,]`)
	// strongBase and endedBase hint at one, so that few sentences are put to the
	// pattern: words that say it, and words that do where what ends a base follows.
	strongBase = newAnywhere("年来", "年间", "年以来", "年里", "年内", "年中", "年时间", "年均", "年平均", "上月", "上个", "上季", "上一", "剔除", "扣除", "除去", "去除", "不含", "不包", "外，", "外,")
	endedBase  = newAnywhere("前", "末", "时期")
	baseEnd    = leading{"，", ",", "相比", "比", "对比", "的水平", "水平", "时"}
	// ownVerb behind such a clause is the growth of the name before it.
	ownVerb  = regexp.MustCompile(`^\s*(?:同比|比上年|较上年|实际|名义|可比)*(?:增长|下降|上涨|上升)`)
	lastYear = newAnywhere("同比", "上年", "去年", "上一年")
)

// rebasedAt returns where a sentence first speaks of growth on another base than
// last year's, or of a part, in a clause before the names; -1 for nowhere.
func (n *sentence) rebasedAt(text string) int {
	first := -1
	for _, h := range n.periods {
		if h.Comparison && !n.isYearBefore(text, h) && basedBefore.MatchString(strings.TrimRight(text[:h.Start], " \u3000")) && n.opensClause(text, h) {
			first = h.End
			break
		}
	}
	if !mayHaveOtherBase(text) {
		return first
	}
	for _, at := range otherBase.FindAllStringIndex(text, -1) {
		clause := text[at[0]:at[1]]
		if first >= 0 && at[1] > first || lastYear.MatchString(clause) || ownVerb.MatchString(text[at[1]:]) {
			continue
		}
		return at[1]
	}
	return first
}

// mayHaveOtherBase reports whether a sentence has any word without which otherBase
// matches nothing.
func mayHaveOtherBase(text string) bool {
	if strongBase.MatchString(text) {
		return true
	}
	for _, word := range endedBase.words {
		for rest := text; ; {
			_, behind, found := strings.Cut(rest, word)
			if !found {
				break
			}
			if baseEnd.MatchString(behind) {
				return true
			}
			rest = behind
		}
	}
	for before, behind, found := strings.Cut(text, "年"); found; before, behind, found = strings.Cut(behind, "年") {
		if (strings.HasPrefix(behind, "，") || strings.HasPrefix(behind, ",")) && !endsInYear(before) {
			return true
		}
	}
	return false
}

// endsInYear reports whether a text ends in the four digits of a year.
func endsInYear(text string) bool {
	if len(text) < 4 {
		return false
	}
	for i := len(text) - 4; i < len(text); i++ {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// opensClause reports whether names follow a base of comparison, at once or
// behind a comma.
func (n *sentence) opensClause(text string, h recognise.PeriodHit) bool {
	if basedBehind.MatchString(text[h.End:]) {
		return true
	}
	return slices.ContainsFunc(n.hits, func(name recognise.Hit) bool { return name.Start == h.End })
}

// isYearBefore reports whether a base is that of all growth: the same time of the
// year before.
func (n *sentence) isYearBefore(text string, h recognise.PeriodHit) bool {
	if lastYear.MatchString(text[h.Start:h.End]) {
		return true
	}
	if h.Other || h.Period.Freq == "" {
		return strings.HasSuffix(text[h.Start:h.End], "同期")
	}
	about := n.carried
	for _, other := range n.periods {
		if !other.Comparison && !other.Other {
			about = other.Period
			break
		}
	}
	same := h.Period.Freq == about.Freq && h.Period.End.Time().Month() == about.End.Time().Month() || strings.HasSuffix(text[h.Start:h.End], "同期")
	return same && h.Period.End.Year() == about.End.Year()-1
}

// isRebased reports whether a growth at an offset is on another base than last
// year's: its own clause does not say that it is.
func (n *sentence) isRebased(text string, offset int) bool {
	if n.rebased < 0 || offset < n.rebased {
		return false
	}
	clause := text[n.rebased:offset]
	if i := strings.LastIndexAny(clause, clauseBreaks); i >= 0 {
		clause = clause[i:]
	}
	return !lastYear.MatchString(clause)
}

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
	if n.zeroGrowth(text, of, from) {
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

// refuseBound refuses a bound or a rough number: 99%以上, 60余家 (promise 2).
func (n *sentence) refuseBound(text string, of subject, number recognise.NumberAt, rawUnit string) {
	n.refuse(pipeline.BadNumber, of.name, of.indicator, n.placeOf(text, number, rawUnit), "a bound or a rough number is no value")
}

// workReport is the title of a report that looks back on one year and plans the
// next, which is the one in its title: what it says is of neither by itself.
var workReport = regexp.MustCompile(`工作(?:的)?报告`)

// anyYear stands for the year that a report plans where its title has none.
const anyYear = 9999

// section returns the year that the heading of a section of such a report looks
// back on, zero for none, and whether the section is about plans.
func (sc *scope) section(heading string) (period pipeline.Period, planned bool) {
	planned = plannedSection.MatchString(heading)
	if sc.plannedIn == 0 {
		return sc.period, planned
	}
	for _, hit := range recognise.PeriodsIn(heading, recognise.PeriodContext{}) {
		switch {
		case hit.Comparison || hit.Other || period.Freq != "":
		case hit.Period.End.Year() < sc.plannedIn:
			period = hit.Period
		default:
			planned = true
		}
	}
	lookedBack := strings.Contains(heading, "回顾") || strings.Contains(heading, "总结")
	return period, planned || !lookedBack && strings.ContainsAny(heading, "今明") && strings.Contains(heading, "年")
}

var yearsAgo = guarded{newAnywhere("年前"), regexp.MustCompile(`(?:[二两三四五六七八九十几多]|[2-9])年前`)}

// withYearsAgo adds times that are counted back, 五年前, as none of ours.
func withYearsAgo(text string, hits []recognise.PeriodHit) []recognise.PeriodHit {
	for _, at := range yearsAgo.FindAllStringIndex(text, -1) {
		hits = append(hits, recognise.PeriodHit{Start: at[0], End: at[1], Other: true})
	}
	slices.SortStableFunc(hits, func(a, b recognise.PeriodHit) int { return a.Start - b.Start })
	return hits
}

// unsettle takes the meaning from times that a page does not settle: in a report
// that plans 今年 and the year of its title, elsewhere a time without a year of
// its own that ends after what the page is about.
func (sc *scope) unsettle(text string, hits []recognise.PeriodHit) {
	for i, h := range hits {
		if h.Comparison || h.Other {
			continue
		}
		words := text[h.Start:h.End]
		late := sc.plannedIn != 0 && (h.Period.End.Year() >= sc.plannedIn || wordedYear.MatchString(words))
		if !late && sc.period.Freq != "" && h.Period.End > sc.period.End {
			late = !ownYear.MatchString(words) && h.Period.Freq != pipeline.Annual
		}
		if late {
			hits[i].Other, hits[i].Period = true, pipeline.Period{}
		}
	}
}

var (
	wordedYear = newAnywhere("今年", "本年", "当年", "上年", "去年", "上一年")
	ownYear    = regexp.MustCompile(`[\d０-９]{4}|[一二〇○零九]{2}[〇○零一二三四五六七八九]{2}`)
)
