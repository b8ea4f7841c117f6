package recognise

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Scan finds the names of indicators in running text, from left to right, at
// each place the longest, decoys included. Spaces and footnote marks inside a
// name are skipped. A shortened list (第一、二、三产业增加值) gives a hit for each
// member; 三次产业结构 gives the three shares, all at its own place. 占…一般公共预算
// 收入的比重 is the tax share if its subject is the tax: a contextual hit.
func (r *Recogniser) Scan(text string) []Hit { return NewPassage(text).Names(r) }

// Names finds the names of indicators in the passage; see Scan.
func (p *Passage) Names(r *Recogniser) []Hit {
	f := p.compact
	lists := r.names.lists(f)
	hits := p.names[:0]
	for i := 0; i < len(f.runes); {
		if len(lists) > 0 && lists[0].start <= i {
			if lists[0].start == i { // else a longer name before it ran into it
				for _, m := range lists[0].members {
					start, end := f.span(m.start, m.end)
					hits = append(hits, Hit{Indicator: m.indicator, Contextual: m.contextual, Start: start, End: end})
				}
				i = lists[0].end
			}
			lists = lists[1:]
			continue
		}
		if !r.names.trie.starts(f.runes[i]) || !r.names.trie.goesOn(f.runes, i) {
			i++
			continue
		}
		value, length := r.names.trie.longest(f.runes[i:])
		if value < 0 {
			i++
			continue
		}
		hit, end := r.nameAt(f, i, i+length, r.names.entries[value])
		hits = append(hits, hit)
		i = end
	}
	p.names = hits
	return hits
}

// nameAt makes the hit of a name at runes i to j, and returns where to go on.
func (r *Recogniser) nameAt(f *folded, i, j int, found entry) (Hit, int) {
	if start, end, spoiled := r.names.spoiled(f.runes, i, j); spoiled && found.indicator != "" {
		found, i, j = entry{}, start, end
	}
	if found.contextual && !speaksOfAmount(f.runes[j:]) {
		found = entry{}
	}
	start, end := f.span(i, j)
	return Hit{Indicator: found.indicator, Contextual: found.contextual, Start: start, End: end}, j
}

// amountWords may follow a sector's name that stands for its value added; 投资,
// 税收 or 贡献率 may not.
var amountWords = []string{"完成", "实现", "达", "为", "是", "增长", "下降", "同比", "比上年", "较上年", "上升", "约"}

func speaksOfAmount(rest []rune) bool {
	return len(rest) == 0 || isDigit(rest[0]) || strings.ContainsRune(",，。;:()-", rest[0]) || startsWithAny(rest, amountWords)
}

// list is a shortened list of names, in runes of the compact text.
type list struct {
	start, end int
	members    []member
}

type member struct {
	entry
	start, end int
}

var (
	sectorList = regexp.MustCompile(`第[一二三](?:产业)?(?:[、和及与,]第?[一二三](?:产业)?){1,2}产业(?:增加值)?`)
	sectorMark = regexp.MustCompile(`第?([一二三])(?:产业)?`)
	sectorsAll = regexp.MustCompile(`((?:三次|三大|一二三次?)产业增加值)(?:同比)?分别`)
	incomeBoth = regexp.MustCompile(`(城乡(?:常住)?居民人均可支配收入)分别`)
	incomeList = regexp.MustCompile(`城镇(?:常住)?(?:居民)?[、和及与](农村(?:常住)?居民人均可支配收入)`)
	taxShare   = regexp.MustCompile(`占(?:全[市县区省])?(?:地方)?一般公共预算收入(?:总额)?的?(?:比重|比例)?`)
	shareList  = regexp.MustCompile(`(?:三次|第?一、二、三次?|一二三次?)产业(?:增加值)?(?:结构比?例?|比例|比重|构成|之比|所占比重|占比|占(?:全[市县区省国])?(?:地区生产总值|国内生产总值|生产总值|GDP)的?(?:比重|比例))`)
)

// listKind is a set of the kinds of shortened lists.
type listKind uint8

const (
	sectorKind listKind = 1 << iota
	sectorsKind
	bothIncomesKind
	incomeKind
	shareKind
	taxKind
)

// listPatterns are the kinds with words without which one cannot be there.
var listPatterns = []struct {
	kind    listKind
	pattern *regexp.Regexp
	hints   hints
}{
	{sectorKind, sectorList, hints{"一、", "二、", "一和", "二和", "一及", "二及", "一与", "二与", "一,", "二,", "产业、第", "产业和第", "产业及第", "产业与第"}},
	{sectorsKind, sectorsAll, hints{"三次产业增加值", "三大产业增加值", "一二三"}},
	{bothIncomesKind, incomeBoth, hints{"城乡居民人均可支配收入分别", "城乡常住居民人均可支配收入分别"}},
	{incomeKind, incomeList, hints{"城镇、", "城镇和", "城镇及", "城镇与", "城镇居民、", "城镇居民和", "城镇居民及", "城镇居民与", "城镇常住"}},
	{shareKind, shareList, hints{"三次产业", "二、三", "一二三"}},
	{taxKind, taxShare, hints{"占一般公共", "占地方一般", "占全"}},
}

// hints are words of which a text must have one; looking for them is cheaper
// than a pattern.
type hints []string

// MatchString reports whether text has one of the words.
func (h hints) MatchString(text string) bool {
	for _, word := range h {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// mayHold returns the kinds of lists that can be there, from two runes of each.
func mayHold(runes []rune) listKind {
	var kinds listKind
	for i := 0; i+1 < len(runes); i++ {
		if !listStarts.starts(runes[i]) {
			continue
		}
		switch next := runes[i+1]; runes[i] {
		case '一', '二':
			switch next {
			case '、':
				kinds |= sectorKind | shareKind
			case '和', '及', '与', ',':
				kinds |= sectorKind
			case '三':
				kinds |= sectorsKind | shareKind
			}
		case '三':
			if next == '次' || next == '大' {
				kinds |= sectorsKind | shareKind
			}
		case '业': // 第一产业、第二产业增加值
			if i+2 < len(runes) && runes[i+2] == '第' && (next == '、' || next == '和' || next == '及' || next == '与') {
				kinds |= sectorKind
			}
		case '城':
			if next == '乡' && startsWithAny(runes[i+2:], townAndCountry) {
				kinds |= bothIncomesKind
			} else if next == '镇' && joinsTowns(runes[i+2:]) {
				kinds |= incomeKind
			}
		case '占':
			if (next == '一' || next == '地' || next == '全') && startsShare(runes[i+1:]) {
				kinds |= taxKind
			}
		}
	}
	return kinds
}

// listStarts are the runes that mayHold looks at.
var listStarts = trieOf("一", "二", "三", "业", "城", "占")

// townAndCountry is what makes two names of 城乡.
var townAndCountry = []string{"居民人均可支配收入分别", "常住居民人均可支配收入分别"}

// joinsTowns reports whether what follows 城镇 joins it to 农村.
func joinsTowns(behind []rune) bool {
	for _, word := range []string{"常住", "居民"} {
		if startsWith(behind, word) {
			behind = behind[2:]
		}
	}
	return len(behind) > 1 && strings.ContainsRune("、和及与", behind[0]) && behind[1] == '农'
}

// startsShare reports whether what follows 占 is the revenue of which the tax is a
// share.
func startsShare(behind []rune) bool {
	if behind[0] == '全' && len(behind) > 1 && strings.ContainsRune("市县区省", behind[1]) {
		behind = behind[2:]
	}
	if startsWith(behind, "地方") {
		behind = behind[2:]
	}
	return startsWith(behind, "一般")
}

// lists finds the shortened lists of a text, in order.
func (n *names) lists(f *folded) []list {
	kinds := mayHold(f.runes)
	if kinds == 0 {
		return nil
	}
	text := string(f.runes)
	var places map[listKind][][]int
	for _, p := range listPatterns {
		if kinds&p.kind == 0 || !p.hints.MatchString(text) {
			continue
		}
		if at := p.pattern.FindAllStringSubmatchIndex(text, -1); at != nil {
			if places == nil {
				places = map[listKind][][]int{}
			}
			places[p.kind] = at
		}
	}
	if places == nil {
		return nil
	}
	toRune := runeIndex(text)
	var found []list
	for _, at := range places[sectorKind] {
		found = append(found, n.sectorList(text, at, toRune))
	}
	for _, at := range places[sectorsKind] {
		start, end := toRune[at[2]], toRune[at[3]]
		l := list{start: start, end: end}
		for _, name := range []string{"第一产业", "第二产业", "第三产业"} {
			l.members = append(l.members, member{entry{indicator: sectors[name]}, start, end})
		}
		found = append(found, l)
	}
	for _, at := range places[bothIncomesKind] {
		start, end := toRune[at[2]], toRune[at[3]]
		found = append(found, list{start, end, []member{
			{entry{indicator: "urban_disposable_income"}, start, end},
			{entry{indicator: "rural_disposable_income"}, start, end},
		}})
	}
	for _, at := range places[incomeKind] {
		start, end, second := toRune[at[0]], toRune[at[1]], toRune[at[2]]
		found = append(found, list{start, end, []member{
			{entry{indicator: "urban_disposable_income"}, start, second - 1},
			{entry{indicator: "rural_disposable_income"}, second, end},
		}})
	}
	for _, at := range places[shareKind] {
		start, end := toRune[at[0]], toRune[at[1]]
		l := list{start: start, end: end}
		for _, code := range []string{"primary_share", "secondary_share", "tertiary_share"} {
			l.members = append(l.members, member{entry{indicator: code}, start, end})
		}
		found = append(found, l)
	}
	for _, at := range places[taxKind] {
		start, end := toRune[at[0]], toRune[at[1]]
		found = append(found, list{start, end, []member{{entry{indicator: "tax_share_of_budget_revenue", contextual: true}, start, end}}})
	}
	return n.known(inOrder(found))
}

// known drops lists of indicators that the catalogue does not have.
func (n *names) known(lists []list) []list {
	return slices.DeleteFunc(lists, func(l list) bool {
		return slices.ContainsFunc(l.members, func(m member) bool { return m.indicator != "" && !n.codes[m.indicator] })
	})
}

// sectorList reads 第一、二、三产业增加值: a member for each numeral, the last up to
// the end.
func (n *names) sectorList(text string, at []int, toRune []int) list {
	printed := text[at[0]:at[1]]
	exact := strings.HasSuffix(printed, "增加值")
	_, _, spoiled := n.spoiled([]rune(text), toRune[at[0]], toRune[at[1]])
	spoiled = spoiled || !exact && !speaksOfAmount([]rune(strings.TrimPrefix(text[at[1]:], "分别")))
	l := list{start: toRune[at[0]], end: toRune[at[1]]}
	numerals := printed[:strings.LastIndex(printed, "产业")]
	for _, m := range sectorMark.FindAllStringSubmatchIndex(numerals, -1) {
		e := entry{indicator: sectors["第"+numerals[m[2]:m[3]]+"产业"], contextual: !exact}
		if spoiled {
			e = entry{}
		}
		l.members = append(l.members, member{e, toRune[at[0]+m[0]], toRune[at[0]+m[1]]})
	}
	l.members[len(l.members)-1].end = l.end
	return l
}

// inOrder sorts lists by place and drops one that overlaps an earlier, longer
// one.
func inOrder(lists []list) []list {
	var kept []list
	for _, l := range lists {
		i := 0
		for i < len(kept) && kept[i].start < l.start {
			i++
		}
		switch {
		case i < len(kept) && kept[i].start < l.end && kept[i].end >= l.end:
		case i > 0 && kept[i-1].end > l.start:
		case i < len(kept) && kept[i].start < l.end:
			kept[i] = l
		default:
			kept = append(kept[:i], append([]list{l}, kept[i:]...)...)
		}
	}
	return kept
}

// runeIndex gives for each byte of a text the number of the rune it is in, and
// for its length the number of runes.
func runeIndex(text string) []int {
	index := make([]int, len(text)+1)
	n := 0
	for i, r := range text {
		for j := i; j < i+utf8.RuneLen(r); j++ {
			index[j] = n
		}
		n++
	}
	index[len(text)] = n
	return index
}
