package supplement_test

import (
	"net/http"
	"strings"
	"testing"

	desk "zhibiao/collectors/supplement"
	"zhibiao/pipeline"
	"zhibiao/portal/supplement/supplementtest"
)

func TestWhatIsKnownIsShownWithSourceAndPassageAndRivals(t *testing.T) {
	h, b := desking(t)
	got := b.Get(sheet + "/known")
	gdp := supplementtest.GDP(supplementtest.Qingxu, 2024)
	has(t, got, 200, "没有异议就视为认可", "320.5 亿元", "统计公报", "原文 “320.5”", "p[3]", "未采用：321.0 亿元", "最大差异 0.5 亿元", "采用规则：统计部门的数先于其他", "/number/"+gdp.ID, sheet+"/dispute/"+gdp.ID)
	city := h.SignIn(t, supplementtest.City("taiyuan", "140100"))
	theirs := city.Get(sheet + "/known")
	has(t, theirs, 200, "320.5 亿元")
	hasNot(t, theirs, "/dispute/")
	has(t, city.Get(sheet+"/dispute/"+gdp.ID), http.StatusForbidden)
	has(t, b.Get(sheet+"/known?task=brands"), 404)
	has(t, b.Get(sheet+"/known?task=economy&lang=en"), 200, "Gross regional product")
}

func TestACountyObjectsAndTakesItBack(t *testing.T) {
	_, b := desking(t)
	gdp := supplementtest.GDP(supplementtest.Qingxu, 2024)
	path := sheet + "/dispute/" + gdp.ID
	has(t, b.Get(path), 200, "320.5 亿元", "原数不会被改动")
	photos := []supplementtest.File{{Field: "file", Name: "公报.jpg", Content: photo(1)}}
	again := b.Upload(path, photos, "claimed", "约三百", "reason", "与正式稿不一致")
	has(t, again, http.StatusUnprocessableEntity, "请填一个确定的数", `value="约三百"`, "与正式稿不一致", "公报.jpg")
	has(t, b.Post(path, "claimed", "320.50", "reason", "与正式稿不一致"), http.StatusUnprocessableEntity, "与现有的数相同")
	has(t, b.Post(path, "claimed", "1", "reason", ""), http.StatusUnprocessableEntity, "理由")
	done := b.Follow(b.Post(path, "claimed", "320.4", "reason", "与正式稿不一致", "attached", again.Field("attached")))
	has(t, done, 200, "异议已提交省级处理", "320.4 亿元", "公报.jpg", "等待省级处理", "撤回异议")
	has(t, b.Get(sheet+"/known"), 200, "异议处理中")
	has(t, b.Get(path), 200, "正在等待省级处理")
	has(t, b.Post(path, "claimed", "320.3", "reason", "另一个理由"), http.StatusConflict)
	has(t, b.Follow(b.Post(sheet+"/drop", "id", done.Field("id"), "revision", fieldAfter(done, `name="id"`))), 200, "异议已撤回", "县里已撤回")
}

// fieldAfter returns the revision in the form that begins with a text.
func fieldAfter(p supplementtest.Page, text string) string {
	_, rest, _ := strings.Cut(p.Body, text)
	return supplementtest.Page{Body: rest}.Field("revision")
}

func TestACountyAddsAnIndicatorOfItsOwn(t *testing.T) {
	h, b := desking(t)
	own := sheet + "/own"
	for name, pairs := range map[string][]string{
		"no name":           {"owner", "某局", "definition", "某", "unit", "家"},
		"an unknown unit":   {"name", "老陈醋企业数", "owner", "某局", "definition", "某", "unit", "壶"},
		"one of the others": {"name", "地区生产总值", "owner", "某局", "definition", "某", "unit", "亿元"},
		"a person's number": {"name", "老陈醋企业数", "owner", "某局 13812345678", "definition", "某", "unit", "家"},
	} {
		if got := b.Post(own, pairs...); got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, "某") {
			t.Errorf("%s: %d\n%s", name, got.Status, got.Body)
		}
	}
	added := b.Follow(b.Post(own, "name", "老陈醋企业数", "owner", "市场监管局", "definition", "年末在产企业", "unit", "家", "stock", "yes"))
	has(t, added, 200, "老陈醋企业数", "2025年末", "已添加")
	cell := desk.Cell{Indicator: "local:140121:own_1", Region: supplementtest.Qingxu, Period: pipeline.YearPeriod(2025, pipeline.End)}.String()
	chosen := b.Get(sheet + "?cell=" + cell)
	has(t, chosen, 200, "老陈醋企业数", " 家</span>")
	has(t, b.Follow(b.Post(sheet, "do", "submit", "revision", chosen.Field("revision"), "cell", cell, "typed."+cell, "31")), 200, "老陈醋企业数", "31 家")
	has(t, b.Get(own), 200, "31 家", "未审核")
	has(t, b.Get(sheet+"?cell=local:140121:own_9~140121~A~end~2025"), 404)
	has(t, b.Get(sheet+"?cell=local:140121:own_1~140121~A~end~2099"), 404)
	reviewer := h.SignIn(t, supplementtest.Province("shengju"))
	has(t, reviewer.Get("/review"), 200, "老陈醋企业数", "31 家")
	has(t, reviewer.Get(own), 200, "老陈醋企业数")
	hasNot(t, reviewer.Get(own), "<form")
}

func TestReviewersSeeTheSheetAndAreNotAskedToFillIt(t *testing.T) {
	h, b := desking(t)
	b.Post(sheet, "do", "save", "revision", "0", "cell", brands(2024), "typed."+brands(2024), "12")
	for _, a := range []*supplementtest.Browser{h.SignIn(t, supplementtest.City("taiyuan", "140100")), h.SignIn(t, supplementtest.Province("shengju"))} {
		got := a.Get(sheet)
		has(t, got, 200, "只有该县能提供的数", "一县一品特色品牌数", "2024年末")
		hasNot(t, got, "<form", "<fieldset", `"12"`)
		has(t, a.Get("/supplement"), 200, "清徐县", "阳曲县")
		hasNot(t, a.Get("/supplement"), "中牟县")
	}
	burden, err := h.Desk.Burden(t.Context())
	if err != nil || burden.Asked != 0 && burden.Asked != 3 {
		t.Errorf("%+v, %v", burden, err)
	}
}
