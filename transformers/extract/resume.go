package extract

import (
	"regexp"
	"strings"

	"zhibiao/transformers/recognise"
)

// shareIn leads from a sector's value added to its share of the gross product.
var shareIn = map[string]string{
	"primary_value_added":   "primary_share",
	"secondary_value_added": "secondary_share",
	"tertiary_value_added":  "tertiary_share",
}

// resume reads numbers that go on about a name after others that only compared
// it (百分点, 第2位), in clauses of their own that name a time.
func (n *sentence) resume(text string, of subject, from int, numbers []recognise.NumberAt) subject {
	resumed := false
	for _, number := range numbers {
		if of.indicator == nil {
			return of
		}
		if number.Start < from || points.MatchString(text[number.End:]) {
			continue
		}
		if isRank(text, number) {
			from = afterRank(text, number)
			continue
		}
		start := from
		for _, separator := range []string{"；", ";"} {
			if i := strings.LastIndex(text[from:number.Start], separator); i >= 0 {
				start = max(start, from+i+len(separator))
			}
		}
		words := n.marked(text, start, number.Start)
		verb, grows := verbIn(growthResumed, words)
		if !grows && resumed {
			verb, grows = verbIn(growthNext, words)
		}
		switch {
		case grows && n.growth(text, of, number, verb):
		case !grows && levelResumed.MatchString(words) && n.level(text, of, number):
		default:
			return subject{}
		}
		resumed, from = true, n.afterUnit(text, number)
	}
	return of
}

// afterAside drops numbers inside a bracket right behind a name: （以女性为100）.
func afterAside(text string, from int, numbers []recognise.NumberAt) []recognise.NumberAt {
	m := asideFirst.FindStringIndex(text[from:])
	for m != nil && len(numbers) > 0 && numbers[0].End <= from+m[1] {
		numbers = numbers[1:]
	}
	return numbers
}

var asideFirst = guarded{leading{"（", "("}, regexp.MustCompile(`^\s*[（(][^（()）]{0,24}[)）]`)}

// byRegion reads 怀仁市、山阴县固定资产投资分别增长a%、b%: as many numbers as
// regions right before the name. It reports whether the words have that form.
func (n *sentence) byRegion(text string, hit recognise.Hit, numbers []recognise.NumberAt) bool {
	var regions []mention
	for _, m := range n.mentions {
		if m.end > hit.Start || m.codes == nil {
			continue
		}
		if len(regions) > 0 && !listSeparator.MatchString(between(text, regions[len(regions)-1].end, m.start)) {
			regions = nil
		}
		regions = append(regions, m)
	}
	if len(regions) < 2 || compact(between(text, regions[len(regions)-1].end, hit.Start)) != "" {
		return false
	}
	words := n.marked(text, hit.End, numbers[0].Start)
	verb, grows := verbIn(growthList, words)
	run := n.run(text, numbers, grows)
	of := subject{text[hit.Start:hit.End], n.indicators[hit.Indicator]}
	if len(run) != len(regions) {
		n.countsDiffer(text, []recognise.Hit{hit}, run, grows)
		return true
	}
	if !grows && !levelList.MatchString(words) {
		return false
	}
	for i := range run {
		n.only = &regions[i]
		verb = n.verbOf(text, run, i, verb)
		if grows {
			n.growthInList(text, of, run, i, verb)
		} else {
			n.levelInList(text, of, run, i)
		}
		n.only = nil
	}
	return true
}
