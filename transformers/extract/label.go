package extract

import (
	"regexp"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

// label is what one header cell or row label says.
type label struct {
	text       string
	indicator  *pipeline.Indicator
	contextual bool // a sector's name that means its value added only under the gross product
	growth     bool // 比上年增长: the growth of what another label names
	level      bool // 绝对数: the level of what another label names
	basis      pipeline.Basis
	unitText   string
	periodText string // an expression of time
	region     string // a name or code of a region
	code       bool   // the region is a code
	qualifier  string // what stands in brackets behind the indicator and is not understood
	ignored    bool
	decoy      bool
	average    bool // the region is that of an average: 全市平均
	base       int  // the year that a growth is counted from: 比2023年增长
	blank      bool // says nothing of its own: 指标, 其中, empty
}

// known reports whether the label was understood.
func (l *label) known() bool {
	return l.indicator != nil || l.growth || l.level || l.basis != "" || l.unitText != "" || l.periodText != "" || l.region != "" || l.ignored || l.blank
}

var (
	emptyLabel = regexp.MustCompile(`^(?:指标|指标名称|项目|名称|单位|计量单位|地区|区域|县区|县市区|市县|县（市、区）|县\(市、区\)|年份|年度|时间|日期|月份|季度|序号|代码|区划代码|行政区划代码|其中|#|合计|本期|数据)[:：]?$`)
	levelWords = regexp.MustCompile(`^(?:绝对[值量数额]|总量|总额|总量指标|绝对量指标|数值|数量|实绩|(?:实际|全年)?完成[数额值]?|实际数|完成情况|指标值|本期数|全年)$`)
	flowWords  = regexp.MustCompile(`^(?:当月|本月|当期|当季|本季)(?:数|值|完成)?$`)
	ytdWords   = regexp.MustCompile(`^(?:累计|本月止累计|自年初累计|年初累计|本年累计)(?:数|值|完成)?$`)
	// otherMeasure is measured of the same things, and is not in the catalogue.
	otherMeasure = regexp.MustCompile(`^(?:位次|排名|名次|序位|比重|占比|构成|贡献率|拉动.*|增减额|增减量|环比.*|(?:上年|去年)同期.*|同期.*|.*百分点.*)(?:[（(].*[）)])?$`)
	regionLike   = regexp.MustCompile(`[省市县区旗州盟国]$`)
	orderNumber  = regexp.MustCompile(`^\d{1,3}[.、．]?$`)
	sixCode      = regexp.MustCompile(`^\d{6}$`)
)

// readLabel puts a label to the recognisers. within is the region in which names
// of regions are looked for.
func (s *sink) readLabel(text string, sc *scope, within string) label {
	key := labelKey{text, within}
	l, ok := s.settled.labels[key]
	if !ok {
		if s.settled.labelled == "" {
			s.settled.labelled = "\x1f" + sc.published.String() + "\x1f"
		}
		l = s.labelled.Of(within+s.settled.labelled+text, func(string) *label {
			read := s.newLabel(strings.Clone(text), sc, within) // what is remembered keeps no page from being freed
			return &read
		})
		remember(&s.settled.labels, key, l)
	}
	return *l
}

func (s *sink) newLabel(text string, sc *scope, within string) label {
	l := label{text: shorten(text)}
	l.average = averageOf.MatchString(compact(text))
	text, l.base = plainLabel(text)
	name := compact(text)
	// Any year will do to see whether a text is a time; the year is settled later.
	anyYear := recognise.PeriodContext{Year: 2000, Document: sc.published}
	switch {
	case orderNumber.MatchString(name):
		l.blank = true
		return l
	case isMark(name) && s.isUnit(text): // %
		l.unitText = name
		return l
	case isMark(name) || emptyLabel.MatchString(name):
		l.blank = true
		return l
	case otherMeasure.MatchString(name):
		l.decoy = true
		return l
	case sixCode.MatchString(name) && s.levels[name] != "":
		l.region, l.code = name, true
		return l
	}
	if _, ok := recognise.Period(text, anyYear); ok {
		l.periodText = text
		switch { // 2024年8月累计
		case strings.Contains(name, "累计"):
			l.basis = pipeline.YearToDate
		case singleMonth.MatchString(name):
			l.basis = pipeline.Flow
		}
		return l
	}
	match := s.recognise.Label(text)
	if match.Indicator == "" && !match.Growth && !match.Ignored && !match.Decoy {
		match, l.qualifier = s.unqualified(text, match)
	}
	if match.Indicator == "" && !match.Growth && !match.Ignored && regionLike.MatchString(name) && s.isRegion(name, within) {
		l.region = name
		return l
	}
	if unit, ok := s.recognise.Unit(text); ok && match.Indicator == "" {
		l.unitText = unit.Symbol
		return l
	}
	l.take(s, match)
	for _, hit := range recognise.PeriodsIn(text, anyYear) {
		if !hit.Comparison && !hit.Other && l.periodText == "" && (l.indicator != nil || l.growth || l.level) {
			l.periodText = text[hit.Start:hit.End]
		}
	}
	return l
}

// unqualified puts a label without its last bracket to the catalogue, where the
// whole label is not known: 一般公共预算支出（万石） is a known name with something
// that is not, and its numbers are in scope, to be refused.
func (s *sink) unqualified(text string, whole recognise.LabelMatch) (match recognise.LabelMatch, qualifier string) {
	m := lastBracket.FindStringSubmatchIndex(text)
	if m == nil {
		return whole, ""
	}
	match = s.recognise.Label(text[:m[0]])
	if match.Indicator == "" {
		return whole, ""
	}
	return match, text[m[2]:m[3]]
}

// unitLike are words in a bracket that can only be meant as a unit: a multiple of
// something, or one letter.
var unitLike = regexp.MustCompile(`^(?:[十百千万亿]+\p{Han}{1,3}|\p{Han})(?:/\p{Han}+)?$`)

func (l *label) take(s *sink, match recognise.LabelMatch) {
	l.growth, l.ignored, l.decoy, l.basis = match.Growth, match.Ignored, match.Decoy, match.Basis
	if !match.Decoy && !match.Ignored {
		l.indicator, l.contextual = s.indicators[match.Indicator], match.Contextual
	}
	l.unitText = match.UnitText
	if m := lastBracket.FindStringSubmatch(compact(l.text)); m != nil && l.unitText == "" {
		if _, ok := s.recognise.Unit(m[1]); ok { // the catalogue lists the name with its unit
			l.unitText = m[1]
		}
	}
	name := strings.Trim(match.Name, "()（）")
	switch {
	case l.indicator != nil || l.growth:
	case levelWords.MatchString(name):
		l.level = true
	case flowWords.MatchString(name):
		l.basis = pipeline.Flow
	case ytdWords.MatchString(name):
		l.basis = pipeline.YearToDate
	case !match.Decoy && !match.Ignored && name != "":
		l.unitText = "" // an unknown name with a unit is still unknown
	}
}

func (s *sink) isUnit(text string) bool {
	_, ok := s.recognise.Unit(text)
	return ok
}

// isRegion reports whether a name means a region in some year.
func (s *sink) isRegion(name, within string) bool {
	for _, year := range []int{2024, 2010, 1995} {
		if _, reason := s.recognise.Region(name, within, pipeline.DateOf(year, 12, 31)); reason == "" || reason == pipeline.AmbiguousRegion {
			return true
		}
	}
	return false
}

// settleSectors decides the sectors' bare names along one axis: they mean value
// added right under the gross product, and under nothing else. underProduct says
// whether the axis begins there, and is returned for where it goes on.
func settleSectors(labels []*label, underProduct bool) bool {
	unit := "" // of the gross product, which its sectors share
	for _, l := range labels {
		switch {
		case l.contextual:
			if !underProduct {
				l.indicator, l.decoy = nil, true
			} else if l.unitText == "" {
				l.unitText = unit
			}
		case l.indicator != nil:
			if l.indicator.Code == "gdp" {
				unit = l.unitText
			}
			underProduct = l.indicator.Code == "gdp" || underProduct && strings.HasSuffix(l.indicator.Code, "_value_added")
		case !underProduct || l.blank || l.periodText != "" || l.growth || l.level || l.unitText != "" || subordinate.MatchString(compact(l.text)):
		default:
			underProduct = false
		}
	}
	return underProduct
}

var subordinate = regexp.MustCompile(`^(?:其中|#|工业|建筑业|农业|农林牧渔业|批发|交通|金融|房地产)`)
