package extract

import (
	"regexp"
	"slices"
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
	elliptic    = guarded{newAnywhere("利润", "不合格"), regexp.MustCompile(`[，,；;](?:累计)?(?:(?:实现|完成)?(利润总额|不合格(?:发现)?率)|实现(利润))`)}
	shareNext   = newPhrase(`^[，,；;\s]*占(?:(?:R|全[省市县区州])?(?:地区)?(?:生产总值|GDP)的?(?:比重|比例)|比)(?:为|达到|达|是)?\s*$`)
	points      = leading{"个百分点", "百分点", "个千分点", "千分点", "位", "名"}
	growthList  = newPhrase(opening + gap + compares + `分别` + compares + verbs + `\s*$`)
	shareRatio  = newPhrase(`^` + aside + gap + `(?:为|是|达到|分别为|(?:调整|变化|优化|演变|转变|变动)(?:为|到|成))?\s*$`)
	ratioFrom   = newPhrase(`^` + aside + `由P的?(?:为|是)?\s*$`)
	ratioTo     = newPhrase(`^[，,\s]*(?:调整|变化|演变|优化|转变|变动|变)(?:为|到|至|成)(?:P的?)?\s*$`)
	// rateNext is a growth that is named and has no verb: 增速为-1.5%.
	rateNext   = newPhrase(opening + gap + prices + gap + `(?:当月|累计)?(?:同比|名义|实际)?(?:增速|增幅|增长速度|增长率)(?:为|是|达到|达)?\s*$`)
	growthName = newPhrase(`(?:增长|增速|增长速度|增长率|增幅|涨幅)$`)
	footnote   = guarded{newAnywhere("[", "［", "〔", "【", "①", "②", "③", "④", "⑤", "⑥", "⑦", "⑧", "⑨", "⑩", "⑪", "⑫", "⑬", "⑭", "⑮", "⑯", "⑰", "⑱", "⑲", "⑳"), regexp.MustCompile(`[\[［〔【]\d{1,2}[\]］〕】]|[①-⑳]`)}
	colon      = sign{":", "：", "∶"}
	perOne     = guarded{leading{":", "：", "∶"}, regexp.MustCompile(`^\s*[:：∶]\s*[1１](?:[^\d０-９.．]|$)`)}
	// plannedBehind makes a plan of the number before it: 增长5%的目标.
	plannedBehind = leading{"的目标", "的预期", "的任务", "的年度目标", "的增长目标", "的计划", "的要求", "目标", "的考核"}
	// otherKind are measures that the catalogue does not have: they are known and no
	// growth on last year.
	otherKind   = newAnywhere("贡献", "拉动", "环比", "年均", "平均", "占", "比重", "年初", "累计下降", "累计增长")
	growingWord = newAnywhere("增长", "上升", "上涨", "下降", "下跌", "减少", "增速", "增幅")
	bound       = leading{"以上", "以下", "以内", "左右", "上下", "多", "余"}
)

// A place below a county as the subject of a clause: its numbers are not the
// county's.
var (
	below       = guarded{newAnywhere("镇", "乡", "街道", "村", "所", "景区", "园区"), regexp.MustCompile(`(?:^|[^\p{Han}]|[年月度末])(\p{Han}{1,14}?(?:镇|乡|街道|景区|园区)|\p{Han}{2,14}?(?:村|所)(?:[，,：:、（(\s]|共|累计|受理|接收|办理|处理|完成|实现|查处|检查|地区|社会|一般|固定|规模|人均|有|在))`)}
	belowAll    = newAnywhere("全镇", "全乡", "全村", "全街道", "我镇", "我乡", "我村", "本镇", "本乡", "本村")
	belowEnd    = regexp.MustCompile(`(?:镇|乡|街道|村|所|景区|园区)`)
	notBelow    = regexp.MustCompile(`城镇|城乡|乡镇|乡村|农村|小镇|名镇|强镇|专业镇|特色镇|全国|示范|创建|建成|建设|推进|培育|打造|振兴|改造|命名|获评|百强|美丽|[各个等]`)
	notBelowEnd = starting{"村", "镇", "企", "化", "市", "县", "有", "以", "需", "级"}
)

// usualBelow are words with the letters of a place below a county that are none.
var usualBelow = strings.NewReplacer("城镇", "", "城乡", "", "乡镇", "", "乡村", "", "农村", "", "所有", "", "所得", "", "所占", "", "所以", "")

// mayBeBelow reports whether a text has the letters of a place below a county
// outside the usual words, so that few sentences are put to the pattern.
func mayBeBelow(text string) bool {
	return belowHint.MatchString(text) && belowHint.MatchString(usualBelow.Replace(text))
}

var belowHint = newAnywhere("镇", "乡", "街道", "村", "所", "景区", "园区")

// withUnits adds to the regions of a sentence the places below a county that its
// clauses are about, as regions that are not known.
func withUnits(text string, mentions []mention) []mention {
	for at := 0; at < len(text) && mayBeBelow(text[at:]); {
		m := below.FindStringSubmatchIndex(text[at:])
		if m == nil {
			break
		}
		start, end := at+m[2], at+m[3]
		words := text[start:end]
		ends := belowEnd.FindAllStringIndex(words, -1)
		end = start + ends[len(ends)-1][1]
		at = end
		if notBelow.MatchString(text[start:min(len(text), end+len("镇"))]) || notBelowEnd.MatchString(text[end:]) {
			continue
		}
		known := slices.ContainsFunc(mentions, func(k mention) bool { return k.end == end })
		for _, k := range mentions {
			if k.start >= start && k.end < end {
				start = k.end
			}
		}
		if !known {
			mentions = append(mentions, mention{start, end, text[start:end], []string{}})
		}
	}
	for _, word := range belowAll.words {
		if at := strings.Index(text, word); at >= 0 && !slices.ContainsFunc(mentions, func(k mention) bool { return k.end == at+len(word) }) {
			mentions = append(mentions, mention{at, at + len(word), word, []string{}})
		}
	}
	slices.SortFunc(mentions, func(a, b mention) int { return a.start - b.start })
	return mentions
}

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
