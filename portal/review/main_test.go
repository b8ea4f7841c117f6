package review_test

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	desk "zhibiao/collectors/supplement"
	"zhibiao/portal/supplement/supplementtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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

// reviewing opens a house in which three counties are asked.
func reviewing(t *testing.T) *supplementtest.House {
	t.Helper()
	h := supplementtest.Open(t)
	var gaps []desk.Gap
	var known []desk.Known
	for _, region := range []string{supplementtest.Pingyao, supplementtest.Yangqu, supplementtest.Qingxu} {
		gaps = append(gaps, supplementtest.Gaps(region)...)
		known = append(known, supplementtest.GDP(region, 2024))
	}
	h.Numbers.Set(gaps, known)
	return h
}

func clerk(region string) desk.Actor {
	return desk.Actor{Account: "clerk", Role: desk.County, Region: region}
}

// submit submits a number of brands for some years of a county.
func submit(t *testing.T, h *supplementtest.House, region, number string, years ...int) {
	t.Helper()
	draft, err := h.Desk.Draft(t.Context(), clerk(region), region)
	if err != nil {
		t.Fatal(err)
	}
	for _, year := range years {
		draft.Answers[supplementtest.Brands(region, year).String()] = desk.Answer{Typed: number, Reason: "数已核实"}
	}
	if draft, err = h.Desk.SaveDraft(t.Context(), clerk(region), draft); err != nil {
		t.Fatal(err)
	}
	if receipt, err := h.Desk.Submit(t.Context(), clerk(region), region, draft.Revision); err != nil || len(receipt.Submitted) != len(years) {
		t.Fatalf("%+v, %v", receipt, err)
	}
}

// entry returns the newest entry of a county's cell.
func entry(t *testing.T, h *supplementtest.House, cell desk.Cell) desk.Entry {
	t.Helper()
	sheet, err := h.Desk.Sheet(t.Context(), clerk(cell.Region), cell.Region, h.Desk.Today())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range sheet.Entered {
		if e.Cell == cell {
			return e
		}
	}
	t.Fatalf("%s is not entered", cell)
	return desk.Entry{}
}

// picks returns the keys of the entries on a page, in its order.
func picks(p supplementtest.Page) []string {
	var keys []string
	for _, part := range strings.Split(p.Body, `name="pick" value="`)[1:] {
		keys = append(keys, part[:strings.Index(part, `"`)])
	}
	return keys
}
