package extract

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// mention is a region or a scope word (全县) in a sentence.
type mention struct {
	start, end int
	name       string
	codes      []string // nil for a scope word
}

var (
	besideScope = trailing{"高于", "低于", "快于", "慢于", "高出", "低", "高", "快", "慢", "超", "居", "占", "拉动", "带动", "列", "排", "达到", "位居", "超过", "为", "与", "较", "比"}
	levelBehind = guarded{starting{"平均", "第", "首位", "前列", "排名", "排", "位列", "位次", "增速", "水平"}, regexp.MustCompile(`^(?:平均|增速|水平|第[\d一二三四五六七八九十]+[位名]|首位|前列|排名?|排位|位列|位次)`)}
)

// mentionsIn finds the regions that a sentence speaks about; not those that it
// compares with, and not offices.
func (n *sentence) mentionsIn(text string, all []mention) []mention {
	for _, hit := range n.passage.Regions(n.recognise) {
		if !officeBehind.MatchString(text[hit.End:]) && !levelBehind.MatchString(text[hit.End:]) {
			all = append(all, mention{hit.Start, hit.End, text[hit.Start:hit.End], hit.Codes})
		}
	}
	if n.cues.has(cueAllOf) {
		all = withScopeWords(text, all)
	}
	if len(all) == 0 {
		return all
	}
	slices.SortFunc(all, func(a, b mention) int { return a.start - b.start })
	compared := -1 // end of the last region that is only compared with
	return slices.DeleteFunc(all, func(m mention) bool {
		beside := besideScope.MatchString(text[:m.start]) || compared >= 0 && compared < m.start && listSeparator.MatchString(text[compared:m.start])
		if beside {
			compared = m.end
		}
		return beside
	})
}

// withScopeWords adds the words that mean the page's region or one above it: 全县,
// 全省.
func withScopeWords(text string, all []mention) []mention {
	const word = "全"
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return all
		}
		start := at + i
		at = start + len(word)
		r, n := utf8.DecodeRuneInString(text[at:])
		if n == 1 || !strings.ContainsRune("国省市县区州旗", r) {
			continue
		}
		at += n
		if !levelBehind.MatchString(text[at:]) {
			all = append(all, mention{start, at, text[start:at], nil})
		}
	}
}
