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
	filler   = `(?:累计|合计|共|共计|现价总量|总额|总量|总数)?(?:完成|实现|达到|达|为|是|有|共有)?(?:了|到)?`
	prices   = `(?:按(?:不变|可比)价格?(?:计算)?(?:[（(]下同[)）])?[，,]?)?`
	compares = `(?:比上年同期|比去年同期|较上年同期|较去年同期|比上年|比去年|较上年|较去年|与上年同期相比|同比|名义|实际|增速为?|增幅为?|增长速度为?|[，,PR\s])*`
	verbs    = `(?P<verb>增长|上升|上涨|提高|增加|下降|下跌|降低|减少|回落|下滑)(?:了|为|速度为|幅度为)?`
	opening  = `^` + aside + `[，,；;\s]*(?:其中)?[，,：:\s]*`
)

var (
	levelFirst = regexp.MustCompile(`^` + aside + gap + `(?:当月|累计)?` + filler + `[：:\s]*$`)
	levelList  = regexp.MustCompile(`^` + aside + gap + `(?:分别)?` + filler + `\s*$`)
	levelNext  = regexp.MustCompile(`^[，,；;\s]*(?:其中)?[，,：:\s]*(?:[PR][PR，,\s]*(?:当月|累计)?` + filler + `|(?:总额|总量|绝对额)(?:达到|达|为))\s*$`)
	growthNext = regexp.MustCompile(opening + gap + `[，,]?` + prices + gap + compares + `(?:当月|累计)?` + compares + verbs + `\s*$`)
	// resumed is a clause that goes on about a name with another time.
	levelResumed  = regexp.MustCompile(`^(?:其中)?[，,：:\s]*P[，,\s]*(?:当月|累计)?(?:完成|实现|达到|达|为)\s*$`)
	growthResumed = regexp.MustCompile(`^(?:其中)?[，,：:\s]*P[，,\s]*(?:当月|累计)?` + compares + verbs + `\s*$`)
	// besideLevel is a difference to something else than last year: it is passed over.
	besideLevel = regexp.MustCompile(`^[，,；;\s]*(?:比|较|与)[^，,；;。]{1,16}(?:增长|上升|提高|增加|下降|降低|减少|回落)(?:了)?\s*$`)
	shareName   = regexp.MustCompile(`^占.*(?:生产总值|GDP)的?(?:比重|比例)$`)
	elliptic    = regexp.MustCompile(`[，,；;](?:累计)?(?:实现|完成)?(利润总额)`)
	shareNext   = regexp.MustCompile(`^[，,；;\s]*占(?:R|全[省市县区州])?(?:地区)?(?:生产总值|GDP)的?(?:比重|比例)(?:为|达到|达|是)?\s*$`)
	points      = regexp.MustCompile(`^\s*(?:个?百分点|个?千分点|位|名)`)
	growthList  = regexp.MustCompile(opening + gap + compares + `分别` + compares + verbs + `\s*$`)
	shareRatio  = regexp.MustCompile(`^` + aside + gap + `(?:为|是|达到|分别为)?\s*$`)
	ratioFrom   = regexp.MustCompile(`^` + aside + `由P的?(?:为|是)?\s*$`)
	ratioTo     = regexp.MustCompile(`^\s*(?:调整|变化|演变|优化|转变|变动|变)(?:为|到|成)\s*$`)
	growthName  = regexp.MustCompile(`(?:增长|增速|增长速度|增长率|增幅|涨幅)$`)
	footnote    = regexp.MustCompile(`[\[［〔【]\d{1,2}[\]］〕】]|[①-⑳]`)
	colon       = regexp.MustCompile(`^\s*[:：∶]\s*$`)
	perOne      = regexp.MustCompile(`^\s*[:：∶]\s*[1１](?:[^\d０-９.．]|$)`)
	rough       = regexp.MustCompile(`^\s*(?:以上|以下|左右|上下|多|余|个百分点|个千分点|百分点)`)
)

// signOf returns the factor of a verb. An indicator that measures a reduction is
// positive where things fell.
func signOf(verb string, indicator *pipeline.Indicator) pipeline.Sign {
	sign := pipeline.Plus
	switch verb {
	case "下降", "下跌", "降低", "减少", "回落", "下滑":
		sign = pipeline.Minus
	}
	if strings.HasSuffix(indicator.Code, "_reduction") {
		sign = -sign
	}
	return sign
}

func verbIn(pattern *regexp.Regexp, text string) (string, bool) {
	m := pattern.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	return m[pattern.SubexpIndex("verb")], true
}
