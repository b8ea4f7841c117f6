package extract

import (
	"regexp"
	"strings"

	"zhibiao/pipeline"
)

// The words between a name and its number, and between a number and the next,
// after times and regions in them were replaced by P and R. What is not
// understood settles nothing.
const (
	gap      = `[PR\s]*`
	aside    = `[)）]?(?:[（(][^（()）]{0,24}[)）])?`
	filler   = `(?:累计|合计|共|共计|现价总量|总额|总量|总数)?(?:完成|实现|达到|达|为|是|有|共有)?(?:了|到)?(?:增加值)?(?:总量)?(?:为|达)?`
	reached  = `(?:提高|上升|提升|增加|扩大|缩小|下降|降低|减少|升|降)(?:至|到)`
	prices   = `(?:按(?:不变|可比)价格?(?:计算)?(?:[（(]下同[)）])?[，,]?)?`
	compares = `(?:比上年同期|比去年同期|较上年同期|较去年同期|比上年|比去年|较上年|较去年|与上年同期相比|同比|名义|实际|增速为?|增幅为?|增长速度为?|[，,PR\s])*`
	verbs    = `(?P<verb>增长|上升|上涨|提高|增加|增收|增支|增|下降|下跌|降低|减少|减收|减支|回落|下滑)(?:了|为|速度为|幅度为)?`
	opening  = `^` + aside + `[，,；;、\s]*[（(]?(?:其中)?[，,：:\s]*`
)

var (
	levelFirst = newPhrase(`^` + aside + `(?:[：:]?[PR\s]+[，,])?` + gap + `(?:当月|累计)?(?:` + filler + `|` + reached + `)[：:\s]*$`)
	levelList  = newPhrase(`^` + aside + gap + `(?:分别)?` + filler + `\s*$`)
	levelNext  = newPhrase(`^[，,；;\s]*(?:其中)?[，,：:\s]*(?:[PR][PR，,\s]*(?:当月|累计)?` + filler + `|(?:总额|总量|绝对额)(?:达到|达|为))\s*$`)
	growthNext = newPhrase(opening + gap + `[，,]?` + prices + gap + compares + `(?:当月|累计)?` + compares + verbs + `\s*$`)
	// resumed is a clause that goes on about a name with another time.
	levelResumed  = newPhrase(`^(?:其中)?[，,：:\s]*P[，,\s]*(?:当月|累计)?(?:完成|实现|达到|达|为)(?:了)?\s*$`)
	verbSeparator = newPhrase(`^\s*(?:[、和及与]\s*)+` + verbs + `\s*$`)
	growthResumed = newPhrase(`^(?:其中)?[，,：:\s]*P[，,\s]*(?:当月|累计)?` + compares + verbs + `\s*$`)
	// besideLevel is a difference to something else than last year: it is passed over.
	besideLevel = newPhrase(`^[，,；;\s]*(?:比|较|与)[^，,；;。]{1,16}(?:增长|上升|提高|增加|下降|降低|减少|回落)(?:了)?\s*$`)
	shareName   = guarded{starting{"占"}, regexp.MustCompile(`^占.*(?:生产总值|GDP)的?(?:比重|比例)$`)}
	shareNext   = newPhrase(`^[，,；;\s]*占(?:(?:R|全[省市县区州])?(?:地区)?(?:生产总值|GDP)的?(?:比重|比例)|比)(?:为|达到|达|是)?\s*$`)
	points      = leading{"个百分点", "百分点", "个千分点", "千分点", "位", "名"}
	growthList  = newPhrase(opening + gap + compares + `分别` + compares + verbs + `\s*$`)
	shareRatio  = newPhrase(`^` + aside + gap + `(?:为|是|达到|分别为|(?:调整|变化|优化|演变|转变|变动)(?:为|到|成))?\s*$`)
	ratioFrom   = newPhrase(`^` + aside + `由P的?(?:为|是)?\s*$`)
	ratioTo     = newPhrase(`^[，,\s]*(?:调整|变化|演变|优化|转变|变动|变)(?:为|到|至|成)(?:P的?)?\s*$`)
	// rateNext is a growth that is named and has no verb: 增速为-1.5%.
	rateNext     = newPhrase(opening + gap + prices + gap + `(?:当月|累计)?(?:同比|名义|实际)?(?:增速|增幅|增长速度|增长率)(?:为|是|达到|达)?\s*$`)
	growthName   = newPhrase(`(?:增长|增速|增长速度|增长率|增幅|涨幅)$`)
	footnoteHint = newAnywhere("[", "［", "〔", "【", "①", "②", "③", "④", "⑤", "⑥", "⑦", "⑧", "⑨", "⑩", "⑪", "⑫", "⑬", "⑭", "⑮", "⑯", "⑰", "⑱", "⑲", "⑳")
	footnote     = regexp.MustCompile(`[\[［〔【]\d{1,2}[\]］〕】]|[①-⑳]`)
	colon        = sign{":", "：", "∶"}
	perOne       = guarded{leading{":", "：", "∶"}, regexp.MustCompile(`^\s*[:：∶]\s*[1１](?:[^\d０-９.．]|$)`)}
	// plannedBehind makes a plan of the number before it: 增长5%的目标.
	plannedBehind = leading{"的目标", "的预期", "的任务", "的年度目标", "的增长目标", "的计划", "的要求", "目标", "的考核"}
	// otherKind are measures that the catalogue does not have: they are known and no
	// growth on last year.
	otherKind   = newAnywhere("贡献", "拉动", "环比", "年均", "平均", "占", "比重", "年初", "累计下降", "累计增长")
	growingWord = newAnywhere("增长", "上升", "上涨", "下降", "下跌", "减少", "增速", "增幅")
	bound       = leading{"以上", "以下", "以内", "左右", "上下", "多", "余"}
)

// signOf returns the factor of a verb. An indicator that measures a reduction is
// positive where things fell.
func signOf(verb string, indicator *pipeline.Indicator) pipeline.Sign {
	sign := pipeline.Plus
	switch verb {
	case "下降", "下跌", "降低", "减少", "减收", "减支", "回落", "下滑":
		sign = pipeline.Minus
	}
	if strings.HasSuffix(indicator.Code, "_reduction") {
		sign = -sign
	}
	return sign
}
