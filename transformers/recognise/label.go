package recognise

import (
	"regexp"
	"strings"

	"zhibiao/pipeline"
)

var (
	// numeral is what numbers a row: 一、 （一） 1. 1.2 其中: # ★.
	numeral = regexp.MustCompile(`^(?:[一二三四五六七八九十]{1,3}、|\([一二三四五六七八九十]{1,3}\)|\(\d{1,2}\)|\d{1,2}(?:\.\d{1,2})*[、)]|\d{1,2}\.|[#★☆▲△●○◆■□·•]|其中:?|-{1,2}|—+)`)
	tail    = regexp.MustCompile(`(?:[:：]|注\d{0,2}|\*)+$`)
	// growthTail is what makes a growth of a label. 环比 and 比年初 are not in it.
	growthTail = regexp.MustCompile(`_?(?:比上年|比去年|较上年|较去年|比上年同期|比去年同期|较上年同期|较去年同期|比同期|与上年同期相比|累计|当月|本月|本期)?(?:同比)?(?:实际|名义)?(?:增长率|增长速度|增长幅度|增长|增速|增幅|增减|升降|涨跌幅|涨幅|±|\+-|\+/-|同比)+$`)
	otherTail  = regexp.MustCompile(`环比|比年初|较年初|比上月|较上月|百分点|千分点|平均增长|平均增速|年均|比.{0,4}20\d\d|拉动|贡献率|比重|占比|排名|位次`)
	basisTail  = regexp.MustCompile(`_?(?:(累计值|累计数|累计额|累计完成|累计|本年累计)|(当期值|当月值|本月值|当季值|当月数|本月数|当月|本月|当季|本期)|绝对值|绝对量|绝对数|绝对额|总量|现价总量)$`)
	scopeHead  = regexp.MustCompile(`^(?:全[省市县区国州旗]|全年|累计|本年|年末|期末)+`)
)

// neutral brackets change nothing about a name.
var neutral = map[string]bool{
	"GDP": true, "现价": true, "当年价": true, "当年价格": true, "按当年价格计算": true, "按现价计算": true,
	"现行价格": true, "现价总量": true, "绝对数": true, "绝对量": true, "可比价": true, "不变价": true,
	"可比价格": true, "不变价格": true, "按可比价格计算": true, "按不变价格计算": true,
}

// Label puts a whole label to the catalogue: first what the source's file says of
// it, then the catalogue's names, each exactly. Numbering, footnote marks, spaces
// and a unit in brackets or behind a comma or stroke do not matter.
func (r *Recogniser) Label(text string) LabelMatch {
	return r.labelled.Of(text, r.readLabel)
}

func (r *Recogniser) readLabel(text string) LabelMatch {
	f := fold(text).compact()
	whole := string(f.runes)
	m := LabelMatch{Name: strip(whole)}
	if r.ignored[whole] || r.ignored[m.Name] {
		m.Ignored = true
		return m
	}
	if r.lookUp(&m, m.Name) {
		return m
	}
	m.takeUnit(r.units, text, f)
	if r.ignored[m.Name] {
		m.Ignored = true
		return m
	}
	r.readName(&m)
	return m
}

// readName looks for a name whose unit was taken out: as it is, without neutral
// brackets, without the words of time and scope before it.
func (r *Recogniser) readName(m *LabelMatch) {
	for _, name := range []string{m.Name, withoutNeutral(m.Name)} {
		if r.lookUp(m, name) || r.lookUpVariant(m, name) {
			return
		}
	}
	name := withoutNeutral(m.Name)
	if rest, ok := afterPeriod(name); ok {
		name = strip(rest)
	}
	if rest := scopeHead.ReplaceAllString(name, ""); rest != "" {
		if r.lookUp(m, name) || r.lookUpVariant(m, name) || r.lookUp(m, rest) || r.lookUpVariant(m, rest) {
			return
		}
	}
	if unit, rest := r.trailingUnit(name); unit != "" && (r.lookUp(m, rest) || r.lookUpVariant(m, rest)) && m.UnitText == "" {
		m.UnitText = unit
	}
}

// strip takes numbering from the front and marks from the end.
func strip(name string) string {
	for {
		rest := tail.ReplaceAllString(numeral.ReplaceAllString(name, ""), "")
		if rest == name || rest == "" {
			return name
		}
		name = rest
	}
}

// lookUp puts one name to the source's labels, then to the catalogue.
func (r *Recogniser) lookUp(m *LabelMatch, name string) bool {
	if code, ok := r.labels[name]; ok {
		m.Indicator = code
		return true
	}
	found, ok := r.names.whole(name)
	if !ok {
		return false
	}
	m.Indicator, m.Contextual, m.Decoy = found.indicator, found.contextual, found.indicator == ""
	return true
}

// lookUpVariant reads what is behind a name: 增速, 累计增长, 当期值.
func (r *Recogniser) lookUpVariant(m *LabelMatch, name string) bool {
	if otherTail.MatchString(name) {
		runes := []rune(name)
		if _, length := r.names.trie.longest(runes); length > 0 || otherTail.FindString(name) != "" && growthTail.MatchString(name) {
			m.Decoy = true
			return true
		}
		return false
	}
	if at := growthTail.FindStringIndex(name); at != nil {
		return r.lookUpGrowth(m, name[:at[0]], name[at[0]:])
	}
	if at := basisTail.FindStringSubmatchIndex(name); at != nil && at[0] > 0 && r.lookUp(m, name[:at[0]]) {
		m.Basis = basisOf(name[at[0]:])
		return true
	}
	runes := []rune(name)
	for i := range runes {
		value, length := r.names.trie.longest(runes[i:])
		if value < 0 || i+length != len(runes) {
			continue
		}
		if _, _, spoiled := r.names.spoiled(runes, i, i+length); spoiled {
			m.Decoy = true
			return true
		}
	}
	return false
}

func (r *Recogniser) lookUpGrowth(m *LabelMatch, name, words string) bool {
	if name == "" {
		m.Growth, m.Basis = true, basisOf(words)
		return true
	}
	level := LabelMatch{}
	if !r.lookUp(&level, name) && !r.lookUp(&level, withoutNeutral(name)) {
		return false
	}
	m.Contextual, m.Basis = level.Contextual, basisOf(words)
	switch {
	case r.names.ownGrowth[level.Indicator]:
		m.Indicator = level.Indicator
	case r.names.growth[level.Indicator] != "":
		m.Indicator = r.names.growth[level.Indicator]
	default:
		m.Decoy = true // a growth that the catalogue does not have
	}
	return true
}

func basisOf(words string) pipeline.Basis {
	switch {
	case strings.Contains(words, "累计"):
		return pipeline.YearToDate
	case strings.Contains(words, "当月"), strings.Contains(words, "本月"), strings.Contains(words, "当期"), strings.Contains(words, "当季"):
		return pipeline.Flow
	}
	return ""
}

var bracket = regexp.MustCompile(`\(([^()]*)\)`)

func withoutNeutral(name string) string {
	return bracket.ReplaceAllStringFunc(name, func(group string) string {
		if neutral[group[1:len(group)-1]] {
			return ""
		}
		return group
	})
}

// takeUnit takes the unit out of the name: in brackets, behind a comma or a
// stroke, or a percent sign at the end.
func (m *LabelMatch) takeUnit(units *units, text string, f *folded) {
	for _, at := range bracket.FindAllStringSubmatchIndex(m.Name, -1) {
		inside := strings.TrimPrefix(strings.TrimPrefix(m.Name[at[2]:at[3]], "计量单位:"), "单位:")
		inside = strings.TrimPrefix(inside, "±")
		if _, ok := units.named(inside); ok {
			m.UnitText = asPrinted(inside, text, f)
			m.Name = strip(m.Name[:at[0]] + m.Name[at[1]:])
			return
		}
	}
	for _, separator := range []string{",", "/", ";"} {
		name, unit, ok := strings.Cut(m.Name, separator)
		if _, known := units.named(unit); ok && known && name != "" {
			m.UnitText, m.Name = asPrinted(unit, text, f), strip(name)
			return
		}
	}
	for _, sign := range []string{"%", "‰"} {
		if name, ok := strings.CutSuffix(m.Name, sign); ok && name != "" && !isDigit(rune(name[len(name)-1])) {
			m.UnitText, m.Name = asPrinted(sign, text, f), strip(name)
			return
		}
	}
}

// asPrinted returns the place of a folded text within the label as it is
// printed.
func asPrinted(part, text string, f *folded) string {
	whole := string(f.runes)
	at := strings.LastIndex(whole, part)
	if at < 0 || part == "" {
		return part
	}
	index := runeIndex(whole)
	start, end := f.span(index[at], index[at+len(part)])
	return text[start:end]
}

// trailingUnit takes a unit off the end where only a space stood before it.
func (r *Recogniser) trailingUnit(name string) (unit, rest string) {
	runes := []rune(name)
	for i := max(1, len(runes)-6); i < len(runes); i++ {
		if _, ok := r.units.named(string(runes[i:])); ok {
			return string(runes[i:]), string(runes[:i])
		}
	}
	return "", name
}
