package extract

import (
	"fmt"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

// Words before a name that change nothing about it, times and regions marked as
// P and R. Other words make something else of it: 居住在城镇的常住人口, 国有控股企业
// 利润总额. The names of quality work stand in freer sentences and are not put to
// this.
var plainPrefix = newPhrase(`^(?:[PR.\d]|[PR]的|[我本][国省市县区州旗]的?|本地区?的?|辖区|当地|全部|全社会|地方|其中|另外|此外|同时|截至|截止|在|自|到|至|对|按|按照|据|根据|经|由|以|即|从` +
	`|测算|推算|核算|计算|统计|初步|预计|调查|抽样|显示|数据|数|结果|反映|公安|海关|财政|部门|国家|局|队|统一|快报|年报|口径` +
	`|累计|共|合计|总计|实现|完成|达到|达|拥有|有|实有|在册|登记|期末|年末|末|全口径|外贸|自营|外贸自营|对外|贸易` +
	`|分产业|分行业|分城乡|分区域|看|来看|方面|上|中|主要|经济|总体|运行|指标|(?:万元)?以上|拉动|带动|增速|增长` +
	`|[一二三四五六七八九十]+是|[一二三四五六七八九十]+|年均|按常住地|常住地分|“|”)*$`)

// addedWords before a stock make of it what came to it, or left it, in a year.
var addedWords = newAnywhere("新培育", "新认定", "新获批", "新获", "新评", "新建", "新设", "新登记", "新注册", "新授", "新增", "净增", "增加", "注销", "撤销", "吊销", "申报", "拟", "推荐", "淘汰")

// ofPeople are the rates that are other things where they are of the registered
// people: 户籍人口52万人，城镇化率41%.
var ofPeople = map[string]bool{"urbanisation_rate": true, "birth_rate": true, "death_rate": true, "natural_growth_rate": true, "resident_population": true}

// isRegistered reports whether a group of clauses spoke last of the registered
// people and not of those who live there.
func (n *sentence) isRegistered(text string, group []recognise.Hit) bool {
	clauses := text[:group[len(group)-1].End]
	for _, end := range []string{"；", ";"} {
		if i := strings.LastIndex(clauses, end); i >= 0 {
			clauses = clauses[i:]
		}
	}
	behind := text[group[len(group)-1].End:]
	if i := strings.IndexAny(behind, "，,；;"); i >= 0 {
		behind = behind[:i]
	}
	return strings.LastIndex(clauses, "户籍") > strings.LastIndex(clauses, "常住") || strings.Contains(behind, "（户籍") || strings.Contains(behind, "(户籍")
}

// clauseBreaks end what can belong to a name behind them.
const clauseBreaks = "，,；;：:。（()）、《》【】"

// prefix returns the words of the clause before a group of names, behind the name
// and the number before it.
func (n *sentence) prefix(text string, group []recognise.Hit, after int) string {
	at := group[0].Start
	start := min(after, at)
	if i := strings.LastIndexAny(text[:at], clauseBreaks); i >= start {
		start = i + len(firstRune(text[i:]))
	}
	for _, number := range n.numbers {
		if number.End <= at {
			start = max(start, n.afterUnit(text, number))
		}
	}
	return n.marked(text, min(start, at), at)
}

func firstRune(text string) string {
	for i := range text {
		if i > 0 {
			return text[:i]
		}
	}
	return text
}

// qualified reports whether words before a group of names make something else of
// them, and refuses the number behind (promise 2).
func (n *sentence) qualified(text string, group []recognise.Hit, after, next int) bool {
	indicator := n.indicators[group[0].Indicator]
	if indicator == nil {
		return false
	}
	words := n.prefix(text, group, after)
	switch {
	case ofPeople[indicator.Code] && n.isRegistered(text, group):
		words = "户籍"
	case indicator.Allows(pipeline.Annual, pipeline.End) && addedWords.MatchString(words):
	case indicator.Task != "economy", plainPrefix.MatchString(words):
		return false
	}
	end := group[len(group)-1].End
	if numbers := n.numbersIn(end, next); len(numbers) > 0 {
		behind := n.marked(text, end, numbers[0].Start)
		if _, grows := verbIn(growthNext, behind); grows || levelFirst.MatchString(behind) {
			n.refuse(pipeline.UnexpectedField, words+text[group[0].Start:end], indicator, n.placeOf(text, numbers[0], ""),
				fmt.Sprintf("what %q makes of the name is not understood", shorten(words)))
		}
	}
	return true
}
