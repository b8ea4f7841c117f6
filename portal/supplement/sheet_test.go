package supplement_test

import (
	"net/http"
	"strings"
	"testing"

	desk "zhibiao/collectors/supplement"
	"zhibiao/portal/supplement/supplementtest"
)

const sheet = "/supplement/" + supplementtest.Qingxu

// has fails unless the page is answered so and holds all texts.
func has(t *testing.T, p supplementtest.Page, status int, texts ...string) {
	t.Helper()
	if p.Status != status {
		t.Fatalf("status %d, want %d:\n%s", p.Status, status, p.Body)
	}
	for _, text := range texts {
		if !strings.Contains(p.Body, text) {
			t.Fatalf("%q is not in\n%s", text, p.Body)
		}
	}
}

func hasNot(t *testing.T, p supplementtest.Page, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(p.Body, text) {
			t.Errorf("%q is in\n%s", text, p.Body)
		}
	}
}

// desking opens a house in which a county is asked for three numbers and one is known.
func desking(t *testing.T) (*supplementtest.House, *supplementtest.Browser) {
	t.Helper()
	h := supplementtest.Open(t)
	h.Numbers.Set(supplementtest.Gaps(supplementtest.Qingxu), []desk.Known{supplementtest.GDP(supplementtest.Qingxu, 2024)})
	return h, h.SignIn(t, supplementtest.County("qingxu", supplementtest.Qingxu))
}

func brands(year int) string   { return supplementtest.Brands(supplementtest.Qingxu, year).String() }
func officers(year int) string { return supplementtest.Officers(supplementtest.Qingxu, year).String() }

func TestACountyWithNothingToFillIsToldSo(t *testing.T) {
	h := supplementtest.Open(t)
	b := h.SignIn(t, supplementtest.County("qingxu", supplementtest.Qingxu))
	if got := b.Get("/supplement"); got.Location != sheet {
		t.Errorf("its sheet is at %q", got.Location)
	}
	got := b.Get(sheet)
	has(t, got, 200, "本期无须填报", "清徐县")
	hasNot(t, got, "<fieldset", "<script")
	has(t, b.Get(sheet+"?lang=en"), 200, "There is nothing to fill in")
}

func TestACountyFillsSavesAndSubmits(t *testing.T) {
	_, b := desking(t)
	first := b.Get(sheet)
	has(t, first, 200, "一县一品特色品牌数", "2024年末", "设立首席质量官企业数", "常见范围 0—20 个", "确为 0", "质量品牌", `name="revision" value="0"`)
	hasNot(t, first, "本期无须填报", "地区生产总值", "逾期", "催", "尽快", "必须", "完成率", "%")

	saved := b.Post(sheet, "do", "save", "revision", "0", "cell", brands(2024), "typed."+brands(2024), " １２ ", "cell", brands(2025), "typed."+brands(2025), "十二",
		"cell", officers(2025), "typed."+officers(2025), "0")
	after := b.Follow(saved)
	has(t, after, 200, "草稿已保存", "请用阿拉伯数字", "确实为零请勾选确认", `value=" １２ "`, `value="十二"`)

	submitted := b.Post(sheet, "do", "submit", "revision", after.Field("revision"), "cell", brands(2024), "typed."+brands(2024), "12",
		"cell", brands(2025), "typed."+brands(2025), "十二", "cell", officers(2025), "kind."+officers(2025), "not_available", "reason."+officers(2025), "尚未统计")
	receipt := b.Follow(submitted)
	has(t, receipt, 200, "提交回执", "12 个", "未掌握", "未审核", "有的项还不能提交")
	hasNot(t, receipt, "十二")

	left := b.Get(sheet)
	has(t, left, 200, `value="十二"`, "请用阿拉伯数字", "已填报", "12 个")
	if again := b.Get(submitted.Location); again.Status != 200 {
		t.Errorf("the receipt is gone: %d", again.Status)
	}
	has(t, b.Get(sheet+"/receipt/1"), 404, "没有这份回执")
}

func TestWhatCanBeTakenOverTakesOneClick(t *testing.T) {
	h, b := desking(t)
	sheetOf := b.Get(sheet)
	hasNot(t, sheetOf, "沿用上期")
	b.Post(sheet, "do", "submit", "revision", "0", "cell", brands(2024), "typed."+brands(2024), "12")
	next := b.Get(sheet)
	has(t, next, 200, "沿用上期：12 个（2024年末）")
	receipt := b.Follow(b.Post(sheet, "do", "submit", "revision", next.Field("revision"), "cell", brands(2025), "same."+brands(2025), "yes"))
	has(t, receipt, 200, "2025年末", "12 个")
	burden, err := h.Desk.Burden(t.Context())
	if err != nil || burden.Answered == 0 {
		t.Errorf("%+v, %v", burden, err)
	}
}

func TestTwoAnswersInOneCellAreAskedAbout(t *testing.T) {
	_, b := desking(t)
	b.Post(sheet, "do", "submit", "revision", "0", "cell", brands(2024), "typed."+brands(2024), "12")
	for name, pairs := range map[string][]string{
		"number and none":   {"typed." + brands(2025), "5", "kind." + brands(2025), "not_applicable", "reason." + brands(2025), "没有"},
		"number and same":   {"typed." + brands(2025), "5", "same." + brands(2025), "yes"},
		"no number but two": {"kind." + brands(2025), "not_available", "same." + brands(2025), "yes"},
	} {
		pairs = append(pairs, "do", "submit", "revision", b.Get(sheet).Field("revision"), "cell", brands(2025))
		got := b.Follow(b.Post(sheet, pairs...))
		has(t, got, 200, "还没有提交", "请只留一个")
		if strings.Contains(b.Get(sheet).Body, `<strong>5 个</strong>`) {
			t.Errorf("%s: it was submitted", name)
		}
	}
}

func TestAColleaguesDraftIsNeverWrittenOver(t *testing.T) {
	h, first := desking(t)
	second := h.SignIn(t, supplementtest.County("qingxu-2", supplementtest.Qingxu))
	first.Post(sheet, "do", "save", "revision", "0", "cell", brands(2024), "typed."+brands(2024), "12", "cell", brands(2025), "cell", officers(2025), "typed."+officers(2025), "7")
	got := second.Post(sheet, "do", "save", "revision", "0", "cell", brands(2024), "typed."+brands(2024), "13", "cell", brands(2025), "typed."+brands(2025), "14", "cell", officers(2025))
	has(t, got, http.StatusConflict, "同事", "同事保存的是：12", "同事保存的是：（空白）", `value="13"`, `value="14"`, `value="7"`)
	has(t, first.Get(sheet), 200, `value="12"`)
	after := second.Follow(second.Post(sheet, "do", "save", "revision", got.Field("revision"), "cell", brands(2024), "typed."+brands(2024), "13",
		"cell", brands(2025), "typed."+brands(2025), "14", "cell", officers(2025), "typed."+officers(2025), "7"))
	has(t, after, 200, "草稿已保存", `value="13"`, `value="7"`)
}

func TestNothingTypedIsLostWhileTheWarehouseIsAway(t *testing.T) {
	h, b := desking(t)
	h.Numbers.SetAway(true)
	saved := b.Post(sheet, "do", "save", "revision", "0", "cell", brands(2024), "typed."+brands(2024), "12")
	has(t, b.Follow(saved), http.StatusServiceUnavailable, "已保存的草稿没有丢失")
	h.Numbers.SetAway(false)
	has(t, b.Get(sheet), 200, `value="12"`)
	revision := b.Get(sheet).Field("revision")
	h.Numbers.SetAway(true)
	submitted := b.Post(sheet, "do", "submit", "revision", revision, "cell", brands(2024), "typed."+brands(2024), "13")
	h.Numbers.SetAway(false)
	has(t, b.Follow(submitted), 200, "提交没有成功", `value="13"`)
}

func TestNothingTypedIsLostWhileTheBrokerIsAway(t *testing.T) {
	h, b := desking(t)
	h.Drafts.SetAway(true)
	got := b.Post(sheet, "do", "save", "revision", "0", "cell", brands(2024), "typed."+brands(2024), "12", "reason."+brands(2024), `说明"<b>`, "zero."+brands(2024), "yes")
	has(t, got, http.StatusServiceUnavailable, "还没有保存", `name="typed.`+brands(2024)+`" value="12"`, "再保存一次", `value="说明&#34;&lt;b&gt;"`)
	h.Drafts.SetAway(false)
	again := b.Post(sheet, "do", "save", "revision", got.Field("revision"), "cell", got.Field("cell"), "typed."+brands(2024), got.Field("typed."+brands(2024)))
	has(t, b.Follow(again), 200, "草稿已保存", `value="12"`)
}

func TestATooLongReasonIsShownAgainBesideItsCell(t *testing.T) {
	_, b := desking(t)
	long := strings.Repeat("长", 501)
	got := b.Post(sheet, "do", "save", "revision", "0", "cell", brands(2024), "typed."+brands(2024), "12", "reason."+brands(2024), long)
	has(t, got, http.StatusRequestEntityTooLarge, "还没有保存", "最多 500 字", long, `value="12"`)
}

func TestAReturnedEntryIsCorrectedAndAStandingOneToo(t *testing.T) {
	h, b := desking(t)
	b.Post(sheet, "do", "submit", "revision", "0", "cell", brands(2024), "typed."+brands(2024), "12")
	officer := desk.Actor{Account: "x", Role: desk.Province, Region: "140000"}
	decide := func(act desk.Act, text string) {
		t.Helper()
		waiting, err := h.Desk.Waiting(t.Context(), officer)
		if err != nil || len(waiting) != 1 {
			t.Fatalf("%d wait, %v", len(waiting), err)
		}
		done, err := h.Desk.Decide(t.Context(), officer, []desk.Decision{{Region: supplementtest.Qingxu, Cell: waiting[0].Entry.Cell, Revision: waiting[0].Entry.Revision, Act: act, Text: text}})
		if err != nil || done[0].Problem != nil {
			t.Fatalf("%+v, %v", done, err)
		}
	}
	decide(desk.ActReturn, "请核对附件")
	returned := b.Get(sheet)
	has(t, returned, 200, "退回的项", "请核对附件", "现在填报的是：<strong>12 个</strong>", "已退回")
	has(t, b.Follow(b.Post(sheet, "do", "submit", "revision", returned.Field("revision"), "cell", brands(2024), "typed."+brands(2024), "11")), 200, "11 个")
	decide(desk.ActAccept, "")
	entry := b.Get(sheet + "/entry/" + brands(2024))
	has(t, entry, 200, "省级已接受", "退回：请核对附件", "更正")
	hasNot(t, entry, "撤回这一项")
	chosen := b.Get(sheet + "?cell=" + brands(2024))
	has(t, chosen, 200, "更正和特色指标", "现在填报的是：<strong>11 个</strong>", "原数仍保留在记录中")
	has(t, b.Follow(b.Post(sheet, "do", "submit", "revision", chosen.Field("revision"), "cell", brands(2024), "typed."+brands(2024), "10")), 200, "10 个")
	withdrawn := b.Get(sheet + "/entry/" + brands(2024))
	has(t, b.Follow(b.Post(sheet+"/withdraw", "cell", brands(2024), "revision", withdrawn.Field("revision"))), 200, "已撤回", "11 个")
	has(t, b.Post(sheet+"/withdraw", "cell", brands(2024), "revision", withdrawn.Field("revision")), http.StatusConflict)
}
