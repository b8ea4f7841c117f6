package extract

import (
	"regexp"
	"slices"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

// workReport is the title of a report that looks back on one year and plans the
// next, which is the one in its title: what it says is of neither by itself.
var workReport = regexp.MustCompile(`工作(?:的)?报告`)

// anyYear stands for the year that a report plans where its title has none.
const anyYear = 9999

// section returns the year that the heading of a section of such a report looks
// back on, zero for none, and whether the section is about plans.
func (sc *scope) section(heading string) (period pipeline.Period, planned bool) {
	planned = plannedSection.MatchString(heading)
	if sc.plannedIn == 0 {
		return sc.period, planned
	}
	for _, hit := range recognise.PeriodsIn(heading, recognise.PeriodContext{}) {
		switch {
		case hit.Comparison || hit.Other || period.Freq != "":
		case hit.Period.End.Year() < sc.plannedIn:
			period = hit.Period
		default:
			planned = true
		}
	}
	lookedBack := strings.Contains(heading, "回顾") || strings.Contains(heading, "总结")
	return period, planned || !lookedBack && strings.ContainsAny(heading, "今明") && strings.Contains(heading, "年")
}

var yearsAgo = regexp.MustCompile(`(?:[二两三四五六七八九十几多]|[2-9])年前`)

// withYearsAgo adds times that are counted back, 五年前, as none of ours.
func withYearsAgo(text string, hits []recognise.PeriodHit) []recognise.PeriodHit {
	for _, at := range yearsAgo.FindAllStringIndex(text, -1) {
		hits = append(hits, recognise.PeriodHit{Start: at[0], End: at[1], Other: true})
	}
	slices.SortStableFunc(hits, func(a, b recognise.PeriodHit) int { return a.Start - b.Start })
	return hits
}

// several is a number of years, two at least.
const several = `(?:[二三四五六七八九]?十[一二三四五六七八九]?|[二两三四五六七八九几多]|[2-9]|[1-9]\d)`

// spans are stretches of several years that open a clause: what follows, 达到180亿元,
// is of none of them that could be named. A stretch that is only compared with, 创
// 近五年新高, opens none.
var spans = regexp.MustCompile(`(?:^|[，,；;：:、\s“（(])(?:全[国省市县区州旗]|我[省市县区州旗])?(` +
	`(?:刚刚)?(?:过去|最近|近|这|前|头)的?` + several + `个?多?年(?:来|间|以来|里|中|时间)?|近[几些]?年来?` +
	`|` + several + `个?多?年(?:来|间|以来|里|累计|共|合计|总计))`)

// sinceThen ends a clause that names a stretch by where it began: 党的十八大以来，.
var sinceThen = []string{"以来，", "以来,"}

// spanWords are words of which each stretch has one.
func spanWords() []string {
	words := append([]string{"年来", "年间", "年以来", "年里", "年累计", "年共", "年合计", "年总计", "近年", "近几年", "近些年"}, sinceThen...)
	for _, before := range []string{"去", "的", "近", "这", "前", "头"} {
		for _, count := range []string{"二", "两", "三", "四", "五", "六", "七", "八", "九", "十", "几", "二十", "三十", "四十", "五十",
			"2", "3", "4", "5", "6", "7", "8", "9", "10", "15", "20", "30"} {
			words = append(words, before+count+"年", before+count+"个年", before+count+"多年")
		}
	}
	return words
}

// withSpans adds stretches of several years as times that are none of ours.
func withSpans(text string, hits []recognise.PeriodHit) []recognise.PeriodHit {
	known := len(hits)
	add := func(start, end int) {
		if !slices.ContainsFunc(hits[:known], func(h recognise.PeriodHit) bool { return h.Start < end && start < h.End }) {
			hits = append(hits, recognise.PeriodHit{Start: start, End: end, Other: true})
		}
	}
	for _, at := range spans.FindAllStringSubmatchIndex(text, -1) {
		add(at[2], at[3])
	}
	for _, word := range sinceThen {
		for from := 0; ; {
			i := strings.Index(text[from:], word)
			if i < 0 {
				break
			}
			start := from + i
			from = start + len(word)
			add(start, start+len("以来"))
		}
	}
	slices.SortStableFunc(hits, func(a, b recognise.PeriodHit) int { return a.Start - b.Start })
	return hits
}

// unsettle takes the meaning from times that a page does not settle: in a report
// that plans 今年 and the year of its title, elsewhere a time without a year of
// its own that ends after what the page is about.
func (sc *scope) unsettle(text string, hits []recognise.PeriodHit) {
	for i, h := range hits {
		if h.Comparison || h.Other {
			continue
		}
		words := text[h.Start:h.End]
		late := sc.plannedIn != 0 && (h.Period.End.Year() >= sc.plannedIn || wordedYear.MatchString(words))
		if !late && sc.period.Freq != "" && h.Period.End > sc.period.End {
			late = !ownYear.MatchString(words) && h.Period.Freq != pipeline.Annual
		}
		if late {
			hits[i].Other, hits[i].Period = true, pipeline.Period{}
		}
	}
}

var (
	wordedYear = newAnywhere("今年", "本年", "当年", "上年", "去年", "上一年")
	ownYear    = regexp.MustCompile(`[\d０-９]{4}|[一二〇○零九]{2}[〇○零一二三四五六七八九]{2}`)
)
