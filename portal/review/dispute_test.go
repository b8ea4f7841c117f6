package review_test

import (
	"fmt"
	"net/http"
	"testing"

	desk "zhibiao/collectors/supplement"
	"zhibiao/portal/supplement/supplementtest"
)

// disputing opens an objection of a county and returns the page of it.
func disputing(t *testing.T, h *supplementtest.House, region string) (string, desk.Dispute) {
	t.Helper()
	d, err := h.Desk.Dispute(t.Context(), clerk(region), desk.Objection{Region: region, Observation: supplementtest.GDP(region, 2024).ID, Claimed: "300", Reason: "与正式稿不一致"})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("/review/%s/dispute/%s", region, d.ID), d
}

func stateOf(t *testing.T, h *supplementtest.House, region string) desk.Dispute {
	t.Helper()
	s, err := h.Desk.Sheet(t.Context(), clerk(region), region, h.Desk.Today())
	if err != nil || len(s.Disputes) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	return s.Disputes[0]
}

func TestTheProvinceEndsADisputeWithAReason(t *testing.T) {
	h := reviewing(t)
	province, city := h.SignIn(t, supplementtest.Province("shengju")), h.SignIn(t, supplementtest.City("taiyuan", "140100"))
	right := supplementtest.GDP(supplementtest.Pingyao, 2024).Others[0].ID
	for region, c := range map[string]struct {
		outcome, correction string
		want                desk.Outcome
		said                string
	}{
		supplementtest.Qingxu:  {"flagged", "typed-and-not-meant", desk.Flagged, "两数并存"},
		supplementtest.Yangqu:  {"kept", "", desk.Kept, "维持原数"},
		supplementtest.Pingyao: {"corrected", right, desk.Corrected, "已更正"},
	} {
		path, d := disputing(t, h, region)
		shown := province.Get(path)
		has(t, shown, 200, "320.5 亿元", "300 亿元", "与正式稿不一致", "采用规则：统计部门的数先于其他", "未采用：321.0 亿元", supplementtest.GDP(region, 2024).Others[0].ID)
		has(t, province.Get("/review"), 200, "异议", "300 亿元")
		has(t, city.Get(path), http.StatusForbidden)
		revision := fmt.Sprint(d.Revision)
		has(t, province.Post(path, "revision", revision, "reason", "理由写好了"), http.StatusUnprocessableEntity, "请选择处理结果", "理由写好了")
		has(t, province.Post(path, "revision", revision, "reason", "理由写好了", "outcome", "dropped"), http.StatusUnprocessableEntity, "请选择处理结果")
		has(t, province.Post(path, "revision", revision, "outcome", c.outcome, "correction", c.correction), http.StatusUnprocessableEntity, "请写明理由")
		has(t, province.Post(path, "revision", revision, "outcome", "corrected", "correction", "x", "reason", "理由"), http.StatusUnprocessableEntity, "数据编号")
		has(t, province.Follow(province.Post(path, "revision", revision, "outcome", c.outcome, "correction", c.correction, "reason", "查证后决定")), 200, "异议已处理", c.said)
		if got := stateOf(t, h, region); got.Outcome != c.want || got.Shown != "320.5" || got.Trail[1].Text != "查证后决定" {
			t.Errorf("%s: %+v", region, got)
		}
		has(t, province.Get(path), 404)
		has(t, province.Follow(province.Post(path, "revision", revision, "outcome", "kept", "reason", "再来一次")), 200, "请查看最新情况")
	}
}

func TestDisputesOfOthersLeadNowhere(t *testing.T) {
	h := reviewing(t)
	province := h.SignIn(t, supplementtest.Province("shengju"))
	path, d := disputing(t, h, supplementtest.Qingxu)
	other := "/review/" + supplementtest.Yangqu + "/dispute/" + d.ID
	has(t, province.Get(other), 404)
	has(t, province.Post(other, "revision", fmt.Sprint(d.Revision), "outcome", "kept", "reason", "理由"), 404)
	has(t, province.Get("/review/410122/dispute/"+d.ID), 404)
	has(t, province.Post(path, "revision", "x", "outcome", "kept"), 400)
	has(t, province.Post(path, "revision", "1", "outcome", "kept", "shown", "1"), 400)
	county := h.SignIn(t, supplementtest.County("qingxu", supplementtest.Qingxu))
	has(t, county.Get(path), http.StatusForbidden)
	has(t, county.Get("/review"), http.StatusForbidden)
	has(t, county.Post(path, "revision", fmt.Sprint(d.Revision), "outcome", "kept", "reason", "理由"), http.StatusForbidden)
	if got := stateOf(t, h, supplementtest.Qingxu); got.Outcome != desk.OpenDispute {
		t.Errorf("%+v", got)
	}
	city := h.SignIn(t, supplementtest.City("taiyuan", "140100"))
	list := city.Get("/review")
	has(t, list, 200, "异议", "320.5 亿元")
	hasNot(t, list, path)
}
