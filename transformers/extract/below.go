package extract

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A place below a county as the subject of a clause: its numbers are not the
// county's.
var (
	below       = regexp.MustCompile(`(?:^|[^\p{Han}]|[年月度末])(\p{Han}{1,14}?(?:镇|乡|街道|景区|园区)|\p{Han}{2,14}?(?:村|所)(?:[，,：:、（(\s]|共|累计|受理|接收|办理|处理|完成|实现|查处|检查|地区|社会|一般|固定|规模|人均|有|在))`)
	belowAll    = newAnywhere("全镇", "全乡", "全村", "全街道", "我镇", "我乡", "我村", "本镇", "本乡", "本村")
	belowEnd    = regexp.MustCompile(`(?:镇|乡|街道|村|所|景区|园区)`)
	notBelow    = regexp.MustCompile(`城镇|城乡|乡镇|乡村|农村|小镇|名镇|强镇|专业镇|特色镇|全国|示范|创建|建成|建设|推进|培育|打造|振兴|改造|命名|获评|百强|美丽|[各个等]`)
	notBelowEnd = starting{"村", "镇", "企", "化", "市", "县", "有", "以", "需", "级"}
)

// usualBelow are words with the letters of a place below a county that are none.
var usualBelow = newAnywhere("城镇", "城乡", "乡镇", "乡村", "农村", "所有", "所得", "所占", "所以")

// belowOrUsual are those and the letters themselves.
var belowOrUsual = newAnywhere(append(slices.Clone(belowHint.words), usualBelow.words...)...)

// mayBeBelow reports whether a text has the letters of a place below a county
// behind others and outside the usual words, so that few sentences are put to the
// pattern.
func mayBeBelow(text string) bool {
	for i := belowOrUsual.next(text, 0); i < len(text); i = belowOrUsual.next(text, i) {
		if n := usualBelow.at(text[i:]); n > 0 {
			i += n
			continue
		}
		if r, _ := utf8.DecodeLastRuneInString(text[:i]); unicode.Is(unicode.Han, r) {
			return true
		}
		i += len("镇")
	}
	return false
}

var belowHint = newAnywhere("镇", "乡", "街道", "村", "所", "景区", "园区")

// findPlaces finds the regions of a sentence and the places below a county that its
// clauses are about, which are regions that are not known.
func (n *sentence) findPlaces(text string) {
	n.mentions = n.mentionsIn(text, n.mentions)
	if n.cues.has(cueBelow) {
		n.mentions = withPlacesBelow(text, n.mentions)
	}
	if n.cues.has(cueBelowAll) {
		n.mentions = withAllOfPlaces(text, n.mentions)
	}
	slices.SortFunc(n.mentions, func(a, b mention) int { return a.start - b.start })
}

func withPlacesBelow(text string, mentions []mention) []mention {
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
	return mentions
}

// withAllOfPlaces adds 全镇 and 本村.
func withAllOfPlaces(text string, mentions []mention) []mention {
	for _, word := range belowAll.words {
		if at := strings.Index(text, word); at >= 0 && !slices.ContainsFunc(mentions, func(k mention) bool { return k.end == at+len(word) }) {
			mentions = append(mentions, mention{at, at + len(word), word, []string{}})
		}
	}
	return mentions
}
