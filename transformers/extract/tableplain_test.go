package extract

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
)

// labelWords are what heads and names of rows are made of.
var labelWords = []string{"地区", "指标", "单位", "年份", "地区生产总值", "地区生产总值（万元）", "一般公共预算收入（亿元）", "年末常住人口（万人）", "第一产业", "税收收入",
	"平遥县", "祁县", "全市", "郊区", "全市平均", "140728", "2023年", "2024年", "2024年8月", "1-8月", "累计", "当月", "同比增长（%）", "比上年增长%", "绝对量", "目标",
	"比重", "其中：", "万元", "人", "%", "某某指标", "一般公共预算支出（万石）", "比2020年增长（%）", ""}

var valueWords = []string{"152.4", "-3.5", "1,202", "0", "—", "", "12.30", "x", "2023", "12%", "3.1万元", "00", "１２", "99999999999999999999999999999"}

func drawTable(t *rapid.T) string {
	width, height := rapid.IntRange(2, 6).Draw(t, "width"), rapid.IntRange(2, 6).Draw(t, "height")
	heads, labels := rapid.IntRange(1, 2).Draw(t, "heads"), rapid.IntRange(1, 2).Draw(t, "labels")
	second := rapid.IntRange(labels, width).Draw(t, "second column of names")
	table := "<table>"
	if rapid.Bool().Draw(t, "captioned") {
		table += "<caption>" + rapid.SampledFrom([]string{"单位：万元", "2022年平遥县", "地区生产总值"}).Draw(t, "caption") + "</caption>"
	}
	for r := range height {
		table += "<tr>"
		for c := range width {
			words := valueWords
			if r < heads || c < labels || c == second {
				words = labelWords
			}
			table += "<td>" + rapid.SampledFrom(words).Draw(t, "cell") + "</td>"
		}
		table += "</tr>"
	}
	return table + "</table>"
}

// What is settled once for a row or a column is what weighing all labels of each
// cell gives.
func TestPlainCellsAreReadAsWithACloserLook(t *testing.T) {
	e, err := extractor()
	if err != nil {
		t.Fatal(err)
	}
	plain := 0
	rapid.Check(t, func(t *rapid.T) {
		body := []byte("<html><h1>晋中市2024年主要经济指标</h1>" + drawTable(t) + "</html>")
		page, f := decode.HTML(body, "")
		if f != nil {
			t.Fatal(f)
		}
		i := slices.IndexFunc(page.Blocks, func(b decode.Block) bool { return b.Kind == decode.Grid })
		if i < 0 {
			return
		}
		table := page.Blocks[i].Table
		s := &sink{Extractor: e, doc: &pipeline.Document{Body: body, URL: "http://a.gov.cn/b.html"}, refused: map[string]int{}, ignoredCount: map[string]int{}}
		reader := s.readGrid(&tableReader{grid: newGrid(table), scope: s.pageScope(page)}, captionsOf(page.Blocks, i, nil), nil)
		fast, refused, ignored := s.observations, s.refusals, s.ignoredCount
		s.observations, s.refusals, s.refused, s.ignoredCount = nil, nil, map[string]int{}, map[string]int{}
		if reader.settledOf == nil {
			return
		}
		for r := reader.head; r < len(reader.rows); r++ {
			clear(reader.rowSettled)
			for c := range reader.rows[r] {
				if cell := &reader.rows[r][c]; !reader.isLabel[c] && cell.origin != nil && cell.first {
					reader.cell(r, c)
				}
			}
		}
		plain += len(fast)
		if !reflect.DeepEqual(fast, s.observations) && len(fast)+len(s.observations) > 0 || !reflect.DeepEqual(refused, s.refusals) || !reflect.DeepEqual(ignored, s.ignoredCount) {
			t.Fatalf("settled once:\n%+v\n%+v\n%v\nby each cell:\n%+v\n%+v\n%v", fast, refused, ignored, s.observations, s.refusals, s.ignoredCount)
		}
	})
	if plain == 0 {
		t.Fatal("no table had a value")
	}
}

func TestTheRegionOfACellIsThatOfItsOwnNames(t *testing.T) {
	got, refusals := said(t, "2024年主要经济指标", rows("地区|地区生产总值（亿元）|地区|地区生产总值（亿元）", "平遥县|152.4|祁县|98.1", "榆次区|401.2|合计|7.1"))
	want := []string{"gdp A:period 2024 152.4", "140727 gdp A:period 2024 98.1", "140702 gdp A:period 2024 401.2"}
	if !slices.Equal(got, want) || len(refusals) != 1 || refusals[0].Reason != pipeline.MissingRegion {
		t.Errorf("got %q, refused %+v, want %q", got, refusals, want)
	}
}

func TestRowsArePutInOrderWhereTheyStand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		starts := rapid.SliceOf(rapid.Uint32Range(0, 9)).Draw(t, "starts")
		var in []pipeline.Observation
		for i, start := range starts {
			in = append(in, pipeline.Observation{ByteStart: start, RawText: fmt.Sprint(i)})
		}
		want := slices.Clone(in)
		slices.SortStableFunc(want, pipeline.CompareObservations)
		if got := byPlace(in); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestRefusalsBeyondAnyDocumentAreCounted(t *testing.T) {
	s := &sink{complete: true, refused: map[string]int{}}
	const extra = 5
	for i := range mostRefusals + extra {
		s.refuse(pipeline.MissingRegion, "", nil, place{table: fmt.Sprintf("p[%d]", i)}, "")
	}
	last := s.refusals[len(s.refusals)-1]
	if len(s.refusals) != mostRefusals+1 || last.Reason != pipeline.UnexpectedField || last.Count != extra || s.complete {
		t.Errorf("%d refusals, the last %+v, complete %t", len(s.refusals), last, s.complete)
	}
}
