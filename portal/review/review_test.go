package review_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	desk "zhibiao/collectors/supplement"
	"zhibiao/portal/supplement/supplementtest"
)

func TestAReviewerSeesWhatWaitsForHimByTheCodesOfCounties(t *testing.T) {
	h := reviewing(t)
	city, province := h.SignIn(t, supplementtest.City("taiyuan", "140100")), h.SignIn(t, supplementtest.Province("shengju"))
	has(t, province.Get("/review"), 200, "目前没有等待您处理的事项")
	submit(t, h, supplementtest.Pingyao, "3", 2024)
	submit(t, h, supplementtest.Yangqu, "99", 2024)
	submit(t, h, supplementtest.Qingxu, "12", 2024, 2025)
	all := province.Get("/review")
	has(t, all, 200, "太原市清徐县", "太原市阳曲县", "晋中市平遥县", "12 个", "超出常见范围", "常见范围 0—20 个", "数已核实", "接受")
	hasNot(t, all, "<script", "排名", "完成率", "%")
	if a, b, c := strings.Index(all.Body, "清徐县"), strings.Index(all.Body, "阳曲县"), strings.Index(all.Body, "平遥县"); a > b || b > c {
		t.Error("the counties are not in the order of their codes")
	}
	own := city.Get("/review")
	has(t, own, 200, "清徐县", "阳曲县", "退回", "提意见")
	hasNot(t, own, "平遥县", `value="accept"`)
	has(t, province.Get("/review?region=140700"), 200, "平遥县")
	hasNot(t, province.Get("/review?region=140700"), "清徐县")
	has(t, city.Get("/review?region=140700"), 404)
	has(t, city.Get("/review?region=nonsense"), 404)

	h.Wait(11 * 24 * time.Hour)
	has(t, city.Get("/review"), 200, "目前没有等待您处理的事项")
	has(t, province.Get("/review"), 200, "待省级审核")
}

func TestEntriesAreDecidedOnInBulk(t *testing.T) {
	h := reviewing(t)
	province := h.SignIn(t, supplementtest.Province("shengju"))
	submit(t, h, supplementtest.Qingxu, "12", 2024, 2025)
	submit(t, h, supplementtest.Yangqu, "7", 2024)
	keys := picks(province.Get("/review"))
	if len(keys) != 3 {
		t.Fatalf("%q wait", keys)
	}
	has(t, province.Post("/review", "do", "accept"), http.StatusUnprocessableEntity, "请先勾选")
	unfounded := province.Post("/review", "do", "return", "pick", keys[0], "text."+keys[1], "这一句还在")
	has(t, unfounded, http.StatusUnprocessableEntity, "请写明意见或退回的原因", "这一句还在", "没有办成")
	if got := picks(unfounded); !slices.Equal(got, keys) || !strings.Contains(unfounded.Body, `value="`+keys[0]+`" checked`) {
		t.Errorf("what was chosen is not chosen any more: %q", got)
	}
	returned := province.Follow(province.Post("/review", "do", "return", "pick", keys[0], "pick", keys[1], "text."+keys[0], "请附照片", "reason", "请核对口径"))
	has(t, returned, 200, "已退回 2 项")
	if e := entry(t, h, supplementtest.Brands(supplementtest.Qingxu, 2024)); e.State != desk.Returned || e.Trail[1].Text != "请附照片" {
		t.Errorf("%+v", e)
	}
	if e := entry(t, h, supplementtest.Brands(supplementtest.Qingxu, 2025)); e.State != desk.Returned || e.Trail[1].Text != "请核对口径" {
		t.Errorf("%+v", e)
	}
	has(t, province.Follow(province.Post("/review", "do", "accept", "pick", keys[2], "pick", keys[2])), 200, "已接受 1 项", "目前没有")
	if e := entry(t, h, supplementtest.Brands(supplementtest.Yangqu, 2024)); e.State != desk.Settled || e.Acceptance == "" {
		t.Errorf("%+v", e)
	}
}

func TestACityCommentsAndReturnsAndDoesNotAccept(t *testing.T) {
	h := reviewing(t)
	city := h.SignIn(t, supplementtest.City("taiyuan", "140100"))
	submit(t, h, supplementtest.Qingxu, "12", 2024)
	submit(t, h, supplementtest.Pingyao, "3", 2024)
	key := picks(city.Get("/review"))[0]
	has(t, city.Follow(city.Post("/review", "do", "comment", "pick", key, "reason", "请再看看")), 200, "已提出意见 1 项", "请再看看")
	after := picks(city.Get("/review"))[0]
	has(t, city.Post("/review", "do", "accept", "pick", after), 404)
	foreign := entry(t, h, supplementtest.Brands(supplementtest.Pingyao, 2024))
	for _, do := range []string{"comment", "return", "accept"} {
		has(t, city.Post("/review", "do", do, "reason", "不是我的", "pick", "140728 1 "+foreign.Cell.String()), 404)
		has(t, city.Post("/review", "do", do, "reason", "不是我的", "pick", "140121 1 "+foreign.Cell.String(), "pick", "140728 1 "+foreign.Cell.String()), 404)
	}
	// a cell of another county under the name of an own one is nothing of it
	has(t, city.Post("/review", "do", "comment", "reason", "不是我的", "pick", "140121 1 "+foreign.Cell.String()), http.StatusConflict)
	if e := entry(t, h, foreign.Cell); e.Revision != foreign.Revision || entry(t, h, supplementtest.Brands(supplementtest.Qingxu, 2024)).State != desk.Submitted {
		t.Errorf("%+v", e)
	}
	h.Wait(11 * 24 * time.Hour)
	has(t, city.Post("/review", "do", "return", "pick", after, "reason", "晚了"), http.StatusConflict, "期限已过")
}

func TestOfTwoReviewersAtOnceOneDecidesAndTheOtherIsToldWhatHappened(t *testing.T) {
	h := reviewing(t)
	first, second := h.SignIn(t, supplementtest.Province("shengju")), h.SignIn(t, supplementtest.Province("shengju-2"))
	submit(t, h, supplementtest.Qingxu, "12", 2024, 2025)
	keys := picks(first.Get("/review"))
	var wait sync.WaitGroup
	var got [2]supplementtest.Page
	for i, b := range []*supplementtest.Browser{first, second} {
		wait.Add(1)
		go func() {
			defer wait.Done()
			got[i] = b.Post("/review", "do", []string{"accept", "return"}[i], "pick", keys[0], "reason", "原因")
		}()
	}
	wait.Wait()
	won, lost := got[0], got[1]
	if won.Status != http.StatusSeeOther {
		won, lost = lost, won
	}
	if won.Status != http.StatusSeeOther {
		t.Fatalf("nobody decided: %d %d", got[0].Status, got[1].Status)
	}
	has(t, lost, http.StatusConflict, "没有办成", "由省级", "请查看最新情况后再处理")
	if left := picks(first.Get("/review")); !slices.Equal(left, keys[1:]) {
		t.Errorf("%q wait now", left)
	}
	// of several chosen ones the others are done
	has(t, second.Post("/review", "do", "accept", "pick", keys[0], "pick", keys[1]), http.StatusConflict, "其余 1 项已办理")
	if e := entry(t, h, supplementtest.Brands(supplementtest.Qingxu, 2025)); e.State != desk.Settled {
		t.Errorf("%+v", e)
	}
}

func TestFormsThatNoPageSendsAreNamed(t *testing.T) {
	h := reviewing(t)
	province := h.SignIn(t, supplementtest.Province("shengju"))
	submit(t, h, supplementtest.Qingxu, "12", 2024)
	key := picks(province.Get("/review"))[0]
	for _, c := range []struct {
		name   string
		got    supplementtest.Page
		status int
	}{
		{"an unknown deed", province.Post("/review", "do", "delete", "pick", key), 400},
		{"an unknown field", province.Post("/review", "do", "accept", "pick", key, "value", "99"), 400},
		{"an entry that is none", province.Post("/review", "do", "accept", "pick", "x"), 400},
		{"a revision that is none", province.Post("/review", "do", "accept", "pick", "140121 x "+strings.Fields(key)[2]), 400},
		{"another province", province.Post("/review", "do", "accept", "pick", "410122 1 brands~410122~A~end~2024"), 404},
		{"an unknown parameter", province.Get("/review?sort=value"), 400},
	} {
		if c.got.Status != c.status {
			t.Errorf("%s: %d, want %d", c.name, c.got.Status, c.status)
		}
	}
	if e := entry(t, h, supplementtest.Brands(supplementtest.Qingxu, 2024)); e.State != desk.Submitted {
		t.Errorf("%+v", e)
	}
}
