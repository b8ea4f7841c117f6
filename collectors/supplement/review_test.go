package supplement

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"zhibiao/pipeline"
)

func TestAnEntryIsSeenAtOnceUnreviewedAndStandsAfterTheCitysDays(t *testing.T) {
	o := newOffice(t)
	o.submit(map[Cell]Answer{brandsOf(2024): {Typed: "3"}})
	for _, by := range []Actor{taiyuan, shanxi} {
		waiting, err := o.Waiting(t.Context(), by)
		if err != nil || len(waiting) != 1 || !slices.Contains(waiting[0].Entry.Flags(), pipeline.FlagUnreviewed) || waiting[0].Stands {
			t.Fatalf("%s sees %+v (%v)", by.Role, waiting, err)
		}
	}
	o.now = o.now.AddDate(0, 0, 10)
	city, err := o.Waiting(t.Context(), taiyuan)
	if err != nil || len(city) != 0 {
		t.Errorf("the city still sees %+v (%v)", city, err)
	}
	province, err := o.Waiting(t.Context(), shanxi)
	if err != nil || len(province) != 1 || !province[0].Stands {
		t.Errorf("the province sees %+v (%v)", province, err)
	}
	if p := o.decide(taiyuan, o.on(brandsOf(2024), ActReturn, "晚了"))[0].Problem; p == nil || p.Kind != TooLate {
		t.Errorf("the city's return was answered with %v", p)
	}
}

func TestReturnCorrectAccept(t *testing.T) {
	o := newOffice(t)
	cell := brandsOf(2024)
	o.submit(map[Cell]Answer{cell: {Typed: "3"}})
	o.decide(taiyuan, o.on(cell, ActComment, "与去年相差较大"))
	o.decide(taiyuan, o.on(cell, ActReturn, "请核对口径"))
	if e := o.entered(cell); e.State != Returned || e.Unreviewed() {
		t.Fatalf("it is %+v", e)
	}
	sheet, err := o.Sheet(t.Context(), clerk, qingxu, o.Today())
	if err != nil || sheet.Nothing() {
		t.Errorf("a returned entry is nothing to do (%v)", err)
	}
	if p := o.decide(shanxi, o.on(cell, ActAccept, ""))[0].Problem; p == nil || p.Kind != NotOpen {
		t.Errorf("a returned entry was accepted: %v", p)
	}
	o.submit(map[Cell]Answer{cell: {Typed: "4"}})
	result := o.decide(shanxi, o.on(cell, ActAccept, ""))[0]
	if result.Problem != nil || result.Acceptance == "" {
		t.Fatalf("got %+v", result)
	}
	e := o.entered(cell)
	var acts []Act
	for _, m := range e.Trail {
		acts = append(acts, m.Act)
	}
	if want := []Act{ActSubmit, ActComment, ActReturn, ActSubmit, ActAccept}; !slices.Equal(acts, want) {
		t.Errorf("the trail is %v, want %v", acts, want)
	}
	if e.State != Settled || len(e.Flags()) != 0 {
		t.Errorf("it is %+v", e)
	}
	var told []Act
	for _, event := range o.events {
		told = append(told, event.Act)
	}
	if !slices.Equal(told, acts) {
		t.Errorf("told were %v", told)
	}
}

func TestOneAcceptanceOfManyCellsIsOneDocument(t *testing.T) {
	o := newOffice(t)
	o.submit(map[Cell]Answer{brandsOf(2024): {Typed: "3.0"}, brandsOf(2025): {Kind: NotAvailable, Reason: "尚未统计"}, officersOf(2025): {Typed: "1,000"}})
	o.now = o.now.Add(time.Hour)
	results := o.decide(shanxi, o.on(brandsOf(2024), ActAccept, ""), o.on(brandsOf(2025), ActAccept, ""), o.on(officersOf(2025), ActAccept, ""))
	documents := o.collected()
	if len(documents) != 1 {
		t.Fatalf("%d documents, want 1", len(documents))
	}
	d := documents[0]
	want := `{"schema":1,"kind":"county-supplement","region":"140121","acceptance":"` + results[0].Acceptance + `","accepted_at":"2026-03-02T02:00:00.000Z","entries":[` +
		`{"indicator":"chief_quality_officer_enterprises","region":"140121","freq":"A","basis":"end","period":"2025","value":"1000","unit":"家"},` +
		`{"indicator":"one_county_one_product_brands","region":"140121","freq":"A","basis":"end","period":"2024","value":"3.0","unit":"个"},` +
		`{"indicator":"one_county_one_product_brands","region":"140121","freq":"A","basis":"end","period":"2025","value":"未掌握","unit":"个","reason":"尚未统计"}]}`
	if string(d.Body) != want {
		t.Errorf("got  %s\nwant %s", d.Body, want)
	}
	if !d.FetchedAt.Equal(o.now) || d.Supplier != pipeline.County || d.Source != Source {
		t.Errorf("it is %+v", d)
	}
	if strings.Contains(string(d.Body)+d.URL+d.Title, clerk.Account) || strings.Contains(string(d.Body)+d.URL+d.Title, shanxi.Account) {
		t.Error("it names a person")
	}
	if again := o.collected(); len(again) != 0 {
		t.Errorf("it was handed over again: %d", len(again))
	}
}

func TestTheSecondReviewerGetsAClearAnswer(t *testing.T) {
	o := newOffice(t)
	cell := brandsOf(2024)
	o.submit(map[Cell]Answer{cell: {Typed: "3"}, officersOf(2025): {Typed: "8"}})
	seen := []Decision{o.on(cell, ActAccept, ""), o.on(officersOf(2025), ActAccept, "")}
	o.decide(shanxi, seen[0])
	results := o.decide(shanxi2, Decision{qingxu, cell, seen[0].Revision, ActReturn, "请核对"}, seen[1])
	p := results[0].Problem
	if p == nil || p.Kind != Stale || !strings.Contains(p.Words.ZH, "由省级接受") || !strings.Contains(p.Words.EN, "accepted by the province") {
		t.Errorf("the second reviewer was told %v", p)
	}
	if results[1].Problem != nil {
		t.Errorf("the other decision did not hold: %v", results[1].Problem)
	}
	if e := o.entered(cell); e.State != Settled {
		t.Errorf("it is %s", e.State)
	}
}

func TestADecisionOnACorrectedEntryIsStale(t *testing.T) {
	o := newOffice(t)
	cell := brandsOf(2024)
	o.submit(map[Cell]Answer{cell: {Typed: "3"}})
	seen := o.on(cell, ActAccept, "")
	o.submit(map[Cell]Answer{cell: {Typed: "5"}}) // before anybody decided
	if p := o.decide(shanxi, seen)[0].Problem; p == nil || p.Kind != Stale || !strings.Contains(p.Words.ZH, "由县级提交") {
		t.Errorf("a number that the reviewer has not seen was accepted: %v", p)
	}
}

func TestWhoMayDecideWhat(t *testing.T) {
	o := newOffice(t)
	cell := brandsOf(2024)
	o.submit(map[Cell]Answer{cell: {Typed: "3"}})
	seen := o.entered(cell)
	for name, test := range map[string]struct {
		by   Actor
		act  Act
		kind ProblemKind
	}{
		"the county itself":       {clerk, ActAccept, Forbidden},
		"a city accepts":          {taiyuan, ActAccept, Forbidden},
		"another city":            {Actor{Role: City, Region: "140200"}, ActReturn, Forbidden},
		"another province":        {Actor{Role: Province, Region: "130000"}, ActAccept, Forbidden},
		"no such decision":        {shanxi, "applaud", Invalid},
		"withdrawing for another": {shanxi, ActWithdraw, Invalid},
	} {
		result := o.decide(test.by, Decision{qingxu, cell, seen.Revision, test.act, "理由"})[0]
		if result.Problem == nil || result.Problem.Kind != test.kind {
			t.Errorf("%s: got %v, want %s", name, result.Problem, test.kind)
		}
	}
	for name, text := range map[string]string{"no reason": " ", "a telephone": "请打13800000001", "too long": strings.Repeat("长", 501)} {
		if result := o.decide(shanxi, Decision{qingxu, cell, seen.Revision, ActReturn, text})[0]; result.Problem == nil {
			t.Errorf("%s: it was returned", name)
		}
	}
	if after := o.entered(cell); after.Revision != seen.Revision {
		t.Errorf("something was changed: %+v", after)
	}
	for _, by := range []Actor{clerk, {Role: "analyst", Region: "140000"}} {
		_, err := o.Waiting(t.Context(), by)
		wants(t, err, Forbidden)
	}
}

func TestALaterCorrectionIsANewVintage(t *testing.T) {
	o := newOffice(t)
	cell := brandsOf(2024)
	o.submit(map[Cell]Answer{cell: {Typed: "3"}})
	o.decide(shanxi, o.on(cell, ActAccept, ""))
	first := o.collected()
	o.now = o.now.Add(-time.Hour) // the clock went back
	o.submit(map[Cell]Answer{cell: {Typed: "4"}})
	if e := o.entered(cell); e.State != Submitted {
		t.Fatalf("the correction is %s", e.State)
	}
	waiting, err := o.Waiting(t.Context(), shanxi)
	if err != nil || len(waiting) != 1 || waiting[0].Before == nil || waiting[0].Before.Value != "3" {
		t.Fatalf("the reviewer does not see what stands: %+v (%v)", waiting, err)
	}
	o.decide(shanxi, o.on(cell, ActAccept, ""))
	second := o.collected()
	if len(first) != 1 || len(second) != 1 || first[0].URL == second[0].URL || !second[0].FetchedAt.After(first[0].FetchedAt) {
		t.Errorf("the vintages are %v and %v", first, second)
	}
}

func TestAnEntryIsTakenBackUntilItIsAccepted(t *testing.T) {
	o := newOffice(t)
	cell := brandsOf(2024)
	o.submit(map[Cell]Answer{cell: {Typed: "3"}})
	seen := o.entered(cell)
	wants(t, o.Withdraw(t.Context(), clerk, qingxu, cell, seen.Revision+1), Stale)
	wants(t, o.Withdraw(t.Context(), taiyuan, qingxu, cell, seen.Revision), Forbidden)
	if err := o.Withdraw(t.Context(), clerk, qingxu, cell, seen.Revision); err != nil {
		t.Fatal(err)
	}
	sheet, err := o.Sheet(t.Context(), clerk, qingxu, o.Today())
	if err != nil || !slices.Contains(asks(sheet), cell.String()) {
		t.Errorf("it may not be entered again: %v (%v)", asks(sheet), err)
	}
	if p := o.decide(shanxi, Decision{qingxu, cell, seen.Revision, ActAccept, ""})[0].Problem; p == nil || p.Kind != Stale {
		t.Errorf("what was taken back was accepted: %v", p)
	}
	o.submit(map[Cell]Answer{cell: {Typed: "3"}})
	o.decide(shanxi, o.on(cell, ActAccept, ""))
	wants(t, o.Withdraw(t.Context(), clerk, qingxu, cell, o.entered(cell).Revision), Stale)
}

func TestEventsAreToldOnceTheTrailCanBeWritten(t *testing.T) {
	o := newOffice(t)
	o.mute = true
	o.submit(map[Cell]Answer{brandsOf(2024): {Typed: "3"}})
	o.decide(shanxi, o.on(brandsOf(2024), ActAccept, ""))
	if err := o.Settle(t.Context()); err == nil || len(o.events) != 0 {
		t.Fatalf("nothing could be told: %v, %v", o.events, err)
	}
	o.mute = false
	if err := o.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := o.Settle(t.Context()); err != nil || len(o.events) != 2 || o.events[0].Act != ActSubmit || o.events[1].Act != ActAccept || o.events[1].Account != shanxi.Account {
		t.Errorf("told were %+v (%v)", o.events, err)
	}
	content, err := json.Marshal(o.events)
	if err != nil || strings.Contains(string(content), "3\"") {
		t.Errorf("an event holds a value: %s (%v)", content, err)
	}
}

func TestADecisionThatCannotBeStoredIsAnOutage(t *testing.T) {
	o := newOffice(t)
	o.submit(map[Cell]Answer{brandsOf(2024): {Typed: "3"}})
	decision := o.on(brandsOf(2024), ActAccept, "")
	o.entries.down = true
	if results, err := o.Decide(t.Context(), shanxi, []Decision{decision}); err == nil || results != nil {
		t.Errorf("got %+v, %v", results, err)
	}
	o.entries.down = false
	if result := o.decide(shanxi, decision)[0]; result.Problem != nil {
		t.Errorf("it cannot be decided any more: %v", result.Problem)
	}
}

// A letter that was lost in copying would make the reader take the whole document for
// damaged.
func TestTextsAreStoredAsTheyCanBeReadBack(t *testing.T) {
	o := newOffice(t)
	o.submit(map[Cell]Answer{brandsOf(2024): {Typed: "3", Reason: "甲\uFFFD乙\xff\u202e丙\x00\r\n丁 "}})
	o.decide(shanxi, o.on(brandsOf(2024), ActAccept, ""))
	body := string(o.collected()[0].Body)
	if !strings.Contains(body, `"reason":"甲?乙?丙\n丁"`) {
		t.Errorf("the document is %q", body)
	}
}
