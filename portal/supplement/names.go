package supplement

import (
	"slices"
	"strings"
	"time"

	desk "zhibiao/collectors/supplement"
	"zhibiao/pipeline"
	"zhibiao/portal/account"
)

// Names says what regions and indicators are called.
type Names struct {
	regions    []pipeline.Region // in force, by code
	byCode     map[string]string
	indicators map[string]pipeline.Indicator
}

// NewNames reads the names of the catalogue.
func NewNames(regions []pipeline.Region, indicators []pipeline.Indicator) *Names {
	n := &Names{byCode: map[string]string{}, indicators: map[string]pipeline.Indicator{}}
	for _, r := range regions {
		name := r.Name
		if r.Level == "county" && r.City != "直辖" {
			name = r.City + r.Name
		}
		n.byCode[r.Code] = name
		if r.To == 0 {
			n.regions = append(n.regions, r)
		}
	}
	slices.SortFunc(n.regions, func(a, b pipeline.Region) int { return strings.Compare(a.Code, b.Code) })
	for _, i := range indicators {
		n.indicators[i.Code] = i
	}
	return n
}

// Region returns the name of a region with its city, its code where it has none.
func (n *Names) Region(code string) string {
	if name := n.byCode[code]; name != "" {
		return name
	}
	return code
}

// County is a county with its name.
type County struct{ Code, Name string }

// Counties returns the counties within a region that are in force, by code (promise 9).
func (n *Names) Counties(region string) []County {
	var counties []County
	for _, r := range n.regions {
		if r.Level == "county" && account.Within(r.Code, region) {
			counties = append(counties, County{r.Code, n.Region(r.Code)})
		}
	}
	return counties
}

// Indicator returns the name of an indicator of the catalogue, or of a county's own.
func (n *Names) Indicator(code string, locals []desk.Local) desk.Words {
	if i, ok := n.indicators[code]; ok {
		return desk.Words{ZH: i.NameZH, EN: i.NameEN}
	}
	for _, l := range locals {
		if l.Code == code {
			return desk.Words{ZH: l.NameZH, EN: l.NameZH}
		}
	}
	return desk.Words{ZH: code, EN: code}
}

// Task returns the code of an indicator's task, "" for none.
func (n *Names) Task(code string) string { return n.indicators[code].Task }

// Value says an answer in words: 12.50 亿元, 不适用.
func Value(kind desk.AnswerKind, value, unit string) desk.Words {
	switch {
	case kind == desk.NotApplicable:
		return desk.Words{ZH: "不适用", EN: "not applicable"}
	case kind == desk.NotAvailable:
		return desk.Words{ZH: "未掌握", EN: "not available"}
	case value == "":
		return desk.Words{ZH: "不公开", EN: "not public"}
	}
	text := strings.TrimSpace(value + " " + unit)
	return desk.Words{ZH: text, EN: text}
}

var flagWords = map[pipeline.Flag]desk.Words{
	"unreviewed": {ZH: "未审核", EN: "unreviewed"}, "disputed": {ZH: "有异议", EN: "disputed"}, "suspect": {ZH: "超出常见范围", EN: "outside the plausible range"},
	"withdrawn": {ZH: "来源已撤下", EN: "withdrawn by its source"}, "estimated": {ZH: "推算数", EN: "estimated"}, "break": {ZH: "口径有变", EN: "break in the series"},
	"restated_boundary": {ZH: "按现行区划追溯", EN: "restated in today's boundaries"}, "not_applicable": {ZH: "不适用", EN: "not applicable"},
	"not_available": {ZH: "未掌握", EN: "not available"}, "suppressed": {ZH: "不公开", EN: "suppressed"}, "structural": {ZH: "按制度无此数", EN: "structurally blank"},
}

// Flag says a flag in words.
func Flag(f pipeline.Flag) desk.Words {
	if w, ok := flagWords[f]; ok {
		return w
	}
	return desk.Words{ZH: string(f), EN: string(f)}
}

// Flags says flags in words, in their order.
func Flags(flags []pipeline.Flag) []desk.Words {
	var all []desk.Words
	for _, f := range flags {
		all = append(all, Flag(f))
	}
	return all
}

var supplierWords = map[pipeline.Supplier]desk.Words{
	pipeline.Public: {ZH: "公开数据", EN: "public"}, pipeline.Province: {ZH: "省级报送", EN: "provincial filing"}, pipeline.County: {ZH: "县级填报", EN: "county entry"},
}

// Supplier says a supplier in words.
func Supplier(s pipeline.Supplier) desk.Words {
	if w, ok := supplierWords[s]; ok {
		return w
	}
	return desk.Words{ZH: string(s), EN: string(s)}
}

// Moment writes a time as people in Shanghai read it, "" for none.
func Moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(desk.Shanghai).Format("2006-01-02 15:04")
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(desk.Shanghai).Format("2006-01-02")
}

// Range says a plausible range in words, zero Words for none.
func Range(low, high, unit string) desk.Words {
	switch {
	case low == "" && high == "":
		return desk.Words{}
	case low == "":
		return desk.Words{ZH: "常见范围不超过 " + high + " " + unit, EN: "plausible up to " + high + " " + unit}
	case high == "":
		return desk.Words{ZH: "常见范围 " + low + " " + unit + "以上", EN: "plausible from " + low + " " + unit}
	}
	return desk.Words{ZH: "常见范围 " + low + "—" + high + " " + unit, EN: "plausible range " + low + "–" + high + " " + unit}
}
