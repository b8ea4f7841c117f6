package configs

import (
	"regexp"
	"strconv"
	"strings"

	"zhibiao/pipeline"
)

var regionColumns = []string{"代码", "一级行政区", "二级行政区", "名称", "级别", "状态", "启用时间", "变更/弃用时间", "新代码"}

// Nation is the whole country, which GB/T 2260 does not list.
const Nation = "000000"

var levels = map[string]string{"省级": "province", "地级": "prefecture", "县级": "county"}

var (
	regionCode = regexp.MustCompile(`^\d{6}$`)
	// partial is a successor that took a part in an earlier year, written
	// 130209[2012]: the region itself went on.
	partial = regexp.MustCompile(`^\d{6}\[\d{4}\]$`)
)

// readRegions reads the history of GB/T 2260. The year of a change belongs to
// the successor: the old code was last valid at the end of the year before.
func readRegions(t *table) []pipeline.Region {
	regions := []pipeline.Region{{Code: Nation, Name: "全国", Level: "nation", From: 1949}}
	for row := range t.rows {
		code := t.get(row, "代码")
		level, ok := levels[t.get(row, "级别")]
		if !regionCode.MatchString(code) || !ok {
			t.problem(row, "write six digits, and 省级, 地级 or 县级", "the region %q has no code or no level", code)
			continue
		}
		region := pipeline.Region{
			Code:     code,
			Name:     t.get(row, "名称"),
			Level:    level,
			Province: t.get(row, "一级行政区"),
			City:     t.get(row, "二级行政区"),
			From:     t.year(row, "启用时间", false),
			Next:     t.successors(row),
		}
		if changed := t.year(row, "变更/弃用时间", true); changed != 0 {
			region.To = changed - 1
		}
		regions = append(regions, region)
	}
	return regions
}

func (t *table) year(row int, column string, optional bool) int {
	text := t.get(row, column)
	if text == "" && optional {
		return 0
	}
	year, err := strconv.Atoi(text)
	if err != nil || year < 1900 || year > 2100 {
		t.problem(row, "write a year", "%s %q is no year", column, text)
	}
	return year
}

func (t *table) successors(row int) []string {
	var next []string
	for _, code := range strings.FieldsFunc(t.get(row, "新代码"), func(r rune) bool { return r == ';' }) {
		switch {
		case regionCode.MatchString(code):
			next = append(next, code)
		case !partial.MatchString(code):
			t.problem(row, "write codes of six digits with ; between", "the successor %q is no code", code)
		}
	}
	return next
}
