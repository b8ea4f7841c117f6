package extract

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"zhibiao/transformers/recognise"
)

var (
	// Words around a time that make it what the clauses behind are compared with, in
	// a clause of its own: 与2020年相比，X增长22.1%.
	basedBefore = trailing{"较", "比", "对比", "与", "同", "和", "以", "相比于", "相较于", "比起", "较之", "相比"}
	basedBehind = regexp.MustCompile(`^(?:同期|为基[期数准]|相?比较?|对比|末|底|的?水平|时)*(?:[，,：:]|$)`)
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

// otherBaseAt is a base of growth that a sentence states in a clause before the
// names: where its words start and end.
type otherBaseAt struct {
	start, end int
	part       bool // it leaves a part out: 剔除煤炭
}

// findBase finds where a sentence first speaks of growth on another base than
// last year's, or of a part, in a clause before the names.
func (n *sentence) findBase(text string) {
	for _, h := range n.periods {
		before := strings.TrimRight(text[:h.Start], " \u3000")
		if h.Comparison && !n.isYearBefore(text, h) && basedBefore.MatchString(before) && n.opensClause(text, h) {
			n.rebased = &otherBaseAt{start: len(basedBefore.cut(before)), end: h.End}
			break
		}
	}
	if !n.mayHaveOtherBase(text) {
		return
	}
	for _, at := range otherBase.FindAllStringIndex(text, -1) {
		clause := text[at[0]:at[1]]
		if n.rebased != nil && at[1] > n.rebased.end || lastYear.MatchString(clause) || ownVerb.MatchString(text[at[1]:]) {
			continue
		}
		n.rebased = &otherBaseAt{at[0], at[1], leftOut.MatchString(clause)}
		return
	}
}

// leftOut are words for a part that is left out.
var leftOut = newAnywhere("剔除", "扣除", "不含", "不包", "除")

// mayHaveOtherBase reports whether a sentence has any word without which otherBase
// matches nothing.
func (n *sentence) mayHaveOtherBase(text string) bool {
	return n.cues.has(cueStrongBase) && mayHaveStrongBase(text) ||
		n.cues.has(cueEndedBase) && hasEndedBase(text) ||
		n.cues.has(cueBareYear) && hasBareYears(text)
}

// mayHaveStrongBase looks closer at where words for a part that is left out stand:
// mostly in a bracket behind a name, 固定资产投资（不含农户）.
func mayHaveStrongBase(text string) bool {
	for i := strongBase.next(text, 0); i < len(text); i = strongBase.next(text, i+1) {
		if n := partLeftOut.at(text[i:]); n == 0 || opensBase(text[:i]) && closesBase(text[i+n:]) {
			return true
		}
	}
	return false
}

var partLeftOut = newAnywhere("剔除", "扣除", "除去", "去除", "不含", "不包")

// opensBase reports whether a clause begins, or a part of one, so close before a
// word that the word can be the base of what follows.
func opensBase(before string) bool {
	const reach = 8 // letters
	for range reach + 1 {
		r, n := utf8.DecodeLastRuneInString(before)
		if n == 0 || strings.ContainsRune("，,；;：:、"+asciiSpace, r) {
			return true
		}
		before = before[:len(before)-n]
	}
	return false
}

// closesBase reports whether a comma ends a base close behind a word.
func closesBase(behind string) bool {
	const reach = 22 // letters
	for range reach + 1 {
		switch r, n := utf8.DecodeRuneInString(behind); {
		case n == 0 || r == '；' || r == ';':
			return false
		case r == '，' || r == ',':
			return true
		default:
			behind = behind[n:]
		}
	}
	return false
}

func hasEndedBase(text string) bool {
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
	return false
}

// hasBareYears reports whether a clause ends in years that are no year: 五年，.
func hasBareYears(text string) bool {
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
