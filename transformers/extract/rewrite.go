package extract

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	totalOf    = regexp.MustCompile(`^(全[国省市县区州旗盟])(?:合计|总计|总数|平均)?$`)
	yearOnYear = regexp.MustCompile(`((?:19|20)\d\d)年?比((?:19|20)\d\d)年?(±|\+-|增长|增减|升降)`)
	bracketed  = regexp.MustCompile(`[（(]([^（）()]*)[）)]`)
	priceWords = regexp.MustCompile(`按?(?:不变|可比|现行|当年|现)价(?:格)?(?:计算)?的?`)
	// basisBracket is （累计，万元）, whose first word belongs to the name.
	basisBracket = regexp.MustCompile(`[（(](累计|当月|本月)[，,、；;]\s*([^（()）]+)[）)]$`)
	growthWords  = regexp.MustCompile(`增长|增速|增减|升降|±`)
)

// plainLabel takes out of a label what changes nothing about it: 全市合计 is 全市,
// 2023年比2022年增长 is the growth of 2023, and growth is at constant prices by its
// nature.
func plainLabel(text string) string {
	name := compact(text)
	if m := totalOf.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	text = basisBracket.ReplaceAllString(text, "$1（$2）")
	if !strings.ContainsAny(text, "价比") {
		return text
	}
	if m := yearOnYear.FindStringSubmatch(name); m != nil {
		year, _ := strconv.Atoi(m[1])
		if base, _ := strconv.Atoi(m[2]); base == year-1 {
			text = strings.Replace(name, m[0], m[1]+"年比上年"+m[3], 1)
		}
	}
	text = bracketed.ReplaceAllStringFunc(text, withoutPrices)
	if growthWords.MatchString(text) {
		text = priceWords.ReplaceAllString(text, "")
	}
	return text
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
