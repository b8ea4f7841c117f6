package extract

import (
	"slices"
	"strings"

	"zhibiao/transformers/recognise"
)

// withElliptic adds the names that a sentence shortens: 规模以上工业企业实现营业收入
// …；实现利润总额.
func (p *paragraph) withElliptic(text string, hits []recognise.Hit) []recognise.Hit {
	for at := ellipticWords.next(text, 0); at < len(text); at = ellipticWords.next(text, at+1) {
		start, end, ok := shortName(text, at)
		if !ok {
			continue
		}
		i := 0
		for i < len(hits) && hits[i].End <= start {
			i++
		}
		if i < len(hits) && hits[i].Start < end {
			continue
		}
		if code := p.shortened(text[:start], text[start:end]); code != "" {
			hits = slices.Insert(hits, i, recognise.Hit{Indicator: code, Start: start, End: end})
		}
	}
	return hits
}

// ellipticWords start a shortened name.
var ellipticWords = newAnywhere("利润", "不合格")

// shortName returns the shortened name at an offset, where a clause opens with it:
// 利润总额, 不合格率, with 累计 and 实现 before it, or 实现利润.
func shortName(text string, at int) (start, end int, ok bool) {
	before := text[:at]
	achieved := strings.HasSuffix(before, "实现")
	for _, word := range []string{"利润总额", "不合格发现率", "不合格率"} {
		if strings.HasPrefix(text[at:], word) {
			return at, at + len(word), opensBehindMark(before, "实现", "完成")
		}
	}
	if achieved && strings.HasPrefix(text[at:], "利润") {
		return at, at + len("利润"), opensBehindMark(before, "实现")
	}
	return 0, 0, false
}

// opensBehindMark reports whether a text ends in a comma or semicolon, with 累计 and
// one of the verbs behind it or without.
func opensBehindMark(before string, verbs ...string) bool {
	for _, verb := range verbs {
		if rest, ok := strings.CutSuffix(before, verb); ok {
			before = rest
			break
		}
	}
	before = strings.TrimSuffix(before, "累计")
	return clauseEnd.MatchString(before)
}

var clauseEnd = trailing{"，", ",", "；", ";"}

// industry is the subject under which a bare 利润总额 is that of industry above
// scale, spotChecks that under which a bare 不合格率 is that of products.
const (
	industry   = "规模以上工业企业"
	spotChecks = "监督抽查"
)

// shortened returns what a shortened name means behind the words before it: with
// the subject named last, unless another has taken its place.
func (p *paragraph) shortened(before, name string) string {
	for _, subject := range []struct {
		full  string
		end   int // of its last mention
		other *anywhere
	}{{industry, lastIndustry(before), otherIndustry}, {spotChecks, lastSpotCheck(before), otherCheck}} {
		if subject.end < 0 || subject.other.MatchString(before[subject.end:]) {
			continue
		}
		if code := p.recognise.Label(subject.full + name).Indicator; code != "" {
			return code
		}
	}
	return ""
}

var (
	otherIndustry = newAnywhere("其中", "服务业", "建筑业", "制造业", "采矿业", "行业", "国有", "民营", "私营", "股份制", "外商")
	otherCheck    = newAnywhere("食品", "药品", "农产品", "化妆品", "医疗器械", "其中")
)

// lastIndustry returns where 规模以上工业企业 or a shorter form of it, 规上工业, was
// named last, -1 for nowhere.
func lastIndustry(text string) int {
	const core = "上工业"
	for at := strings.LastIndex(text, core); at >= 0; at = strings.LastIndex(text[:at], core) {
		before := strings.TrimSuffix(strings.TrimSuffix(text[:at], "以"), "模")
		if strings.HasSuffix(before, "规") {
			end := at + len(core)
			if strings.HasPrefix(text[end:], "企业") {
				end += len("企业")
			}
			return end
		}
	}
	return -1
}

func lastSpotCheck(text string) int {
	if at := strings.LastIndex(text, spotChecks); at >= 0 {
		return at + len(spotChecks)
	}
	return -1
}
