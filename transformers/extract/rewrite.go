package extract

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	totalOf    = regexp.MustCompile(`^(全[国省市县区州旗盟])(?:合计|总计|总数|平均|平均水平|平均值|平均数)?$`)
	averageOf  = regexp.MustCompile(`^全[国省市县区州旗盟]平均(?:水平|值|数)?$`)
	sinceYear  = regexp.MustCompile(`[比较]((?:19|20)\d\d)年(±|\+-|增长|增减|增速|升降)`)
	yearOnYear = regexp.MustCompile(`((?:19|20)\d\d)年?比((?:19|20)\d\d)年?(±|\+-|增长|增减|升降)`)
	anyYears   = regexp.MustCompile(`(?:19|20)\d\d`)
	bracketed  = regexp.MustCompile(`[（(]([^（）()]*)[）)]`)
	priceWords = regexp.MustCompile(`按?(?:不变|可比|现行|当年|现)价(?:格)?(?:计算)?的?`)
	// basisBracket is （累计，万元）, whose first word belongs to the name.
	basisBracket = regexp.MustCompile(`[（(](累计|当月|本月)[，,、；;]\s*([^（()）]+)[）)]$`)
	growthWords  = regexp.MustCompile(`增长|增速|增减|升降|±`)
)

// plainLabel takes out of a label what changes nothing about it: 全市合计 is 全市,
// 2023年比2022年增长 is the growth of 2023, and growth is at constant prices by its
// nature. base is the year that 比2023年增长 counts from, which the year of the
// number must follow.
func plainLabel(text string) (plain string, base int) {
	name := compact(text)
	if m := totalOf.FindStringSubmatch(name); m != nil {
		return m[1], 0
	}
	text = basisBracket.ReplaceAllString(text, "$1（$2）")
	if !strings.ContainsAny(text, "价比较") {
		return text, 0
	}
	if m := yearOnYear.FindStringSubmatch(name); m != nil {
		year, _ := strconv.Atoi(m[1])
		if base, _ := strconv.Atoi(m[2]); base == year-1 {
			text = strings.Replace(name, m[0], m[1]+"年比上年"+m[3], 1)
		}
	} else if m := sinceYear.FindStringSubmatch(name); m != nil && len(anyYears.FindAllString(name, 2)) == 1 {
		base, _ = strconv.Atoi(m[1])
		text = strings.Replace(name, m[0], "比上年"+m[2], 1)
	}
	text = bracketed.ReplaceAllStringFunc(text, withoutPrices)
	if growthWords.MatchString(text) {
		text = priceWords.ReplaceAllString(text, "")
	}
	return text, base
}

// withoutPrices takes the price basis out of a bracket that says more than that.
func withoutPrices(group string) string {
	inside := bracketed.FindStringSubmatch(group)[1]
	parts := strings.FieldsFunc(inside, func(r rune) bool { return strings.ContainsRune("，,、；;", r) })
	var kept []string
	for _, part := range parts {
		if priceWords.ReplaceAllString(compact(part), "") != "" {
			kept = append(kept, part)
		}
	}
	if len(parts) < 2 || len(kept) == len(parts) || len(kept) == 0 {
		return group
	}
	return "（" + strings.Join(kept, "、") + "）"
}
