package supplement

import (
	"strings"
	"testing"

	"zhibiao/pipeline"
)

func TestADraftKeepsWhatWasTypedAndLetsNobodyOverwriteIt(t *testing.T) {
	o := newOffice(t)
	o.save(map[Cell]Answer{brandsOf(2024): {Typed: "约三个吧"}, brandsOf(2025): {Typed: ""}})
	o.reopen()
	draft, err := o.Draft(t.Context(), clerk, qingxu)
	if err != nil || len(draft.Answers) != 1 || draft.Answers[brandsOf(2024).String()].Typed != "约三个吧" {
		t.Fatalf("the draft is %+v (%v)", draft, err)
	}
	mine, theirs := draft, draft
	theirs.Answers = map[string]Answer{brandsOf(2025).String(): {Typed: "1"}}
	if _, err := o.SaveDraft(t.Context(), clerk, theirs); err != nil {
		t.Fatal(err)
	}
	_, err = o.SaveDraft(t.Context(), clerk, mine)
	wants(t, err, Stale)
	kept, err := o.Draft(t.Context(), clerk, qingxu)
	if err != nil || kept.Answers[brandsOf(2025).String()].Typed != "1" {
		t.Errorf("the colleague's draft is gone: %+v (%v)", kept, err)
	}
	_, err = o.Submit(t.Context(), clerk, qingxu, mine.Revision)
	wants(t, err, Stale)
}

func TestADraftIsSavedWhileTheWarehouseIsAway(t *testing.T) {
	o := newOffice(t)
	o.config.Numbers = nil // it would panic
	o.save(map[Cell]Answer{brandsOf(2024): {Typed: "3"}})
}

func TestADraftOfAnotherCountyIsNobodysToTouch(t *testing.T) {
	o := newOffice(t)
	for _, by := range []Actor{{Role: County, Region: yangqu}, taiyuan, shanxi} {
		_, err := o.Draft(t.Context(), by, qingxu)
		wants(t, err, Forbidden)
		_, err = o.SaveDraft(t.Context(), by, Draft{Region: qingxu})
		wants(t, err, Forbidden)
		_, err = o.Submit(t.Context(), by, qingxu, 0)
		wants(t, err, Forbidden)
	}
}

func TestTheDraftIsBounded(t *testing.T) {
	o := newOffice(t)
	o.config.Limits.Answers = 1
	for name, answers := range map[string]map[string]Answer{
		"too many":          {brandsOf(2024).String(): {Typed: "1"}, brandsOf(2025).String(): {Typed: "1"}},
		"too long a reason": {brandsOf(2024).String(): {Typed: "1", Reason: strings.Repeat("长", 501)}},
		"too long a number": {brandsOf(2024).String(): {Typed: strings.Repeat("1", 201)}},
		"no cell":           {"nonsense": {Typed: "1"}},
		"an unknown kind":   {brandsOf(2024).String(): {Kind: "perhaps", Typed: "1"}},
	} {
		if _, err := o.SaveDraft(t.Context(), clerk, Draft{Region: qingxu, Answers: answers}); err == nil {
			t.Errorf("%s: it was saved", name)
		}
	}
}

func TestWhatAnAnswerLacks(t *testing.T) {
	tests := []struct {
		name   string
		answer Answer
		lacks  FindingKind // "" for nothing
	}{
		{"a number", Answer{Typed: "3"}, ""},
		{"words", Answer{Typed: "三个"}, BadNumber},
		{"zero that is not confirmed", Answer{Typed: "0"}, ConfirmZero},
		{"zero that is confirmed", Answer{Typed: "０", Zero: true}, ""},
		{"not applicable without a reason", Answer{Kind: NotApplicable}, NeedsReason},
		{"not applicable with a reason", Answer{Kind: NotApplicable, Reason: "没有此类品牌"}, ""},
		{"not available without a reason", Answer{Kind: NotAvailable, Reason: " "}, NeedsReason},
		{"not available with a reason", Answer{Kind: NotAvailable, Reason: "正在统计"}, ""},
		{"out of range", Answer{Typed: "21"}, Unusual},
		{"out of range with a reason", Answer{Typed: "21", Reason: "新增三个集群"}, ""},
		{"a negative count", Answer{Typed: "-1", Reason: "有误"}, BadNumber},
		{"half a thing", Answer{Typed: "1.5"}, BadNumber},
		{"a whole number with a point", Answer{Typed: "2.0"}, ""},
		{"the last answer where there is none", Answer{Same: true}, NoLast},
		{"a reason with a telephone", Answer{Typed: "3", Reason: "问13800000001"}, HasPersonal},
		{"an attachment that was never stored", Answer{Typed: "3", Evidence: []Evidence{{Hash: pipeline.HashBody(nil), Name: "x.pdf", Type: typePDF, Bytes: 1}}}, LostEvidence},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := newOffice(t)
			receipt := o.submit(map[Cell]Answer{brandsOf(2024): test.answer})
			if test.lacks == "" {
				if len(receipt.Submitted) != 1 || len(receipt.Findings) != 0 || len(receipt.Draft.Answers) != 0 {
					t.Errorf("got %+v, want it submitted", receipt)
				}
				return
			}
			if len(receipt.Submitted) != 0 || len(receipt.Findings) != 1 || receipt.Findings[0].Kind != test.lacks {
				t.Fatalf("got %+v, want %s", receipt, test.lacks)
			}
			if w := receipt.Findings[0].Words; w.ZH == "" || w.EN == "" {
				t.Errorf("it has no words: %+v", w)
			}
			if len(receipt.Draft.Answers) != 1 {
				t.Errorf("it is not in the draft any more: %+v", receipt.Draft)
			}
		})
	}
}

func TestBlankIsNotZero(t *testing.T) {
	o := newOffice(t)
	receipt := o.submit(map[Cell]Answer{brandsOf(2024): {Typed: " "}})
	if len(receipt.Submitted) != 0 || len(receipt.Findings) != 0 {
		t.Errorf("a blank was taken: %+v", receipt)
	}
}

func TestNobodyEntersWhatAnotherSourceSupplies(t *testing.T) {
	o := newOffice(t)
	o.numbers.gaps = append(o.numbers.gaps, Gap{Cell: officersOf(2020), Move: "nobody"})
	for _, cell := range []Cell{gdpOf(2024), gdpOf(2025), officersOf(2020), officersOf(2019), {brands.Code, yangqu, pipeline.YearPeriod(2024, pipeline.End)}} {
		receipt := o.submit(map[Cell]Answer{cell: {Typed: "7"}})
		if len(receipt.Submitted) != 0 || len(receipt.Findings) != 1 || receipt.Findings[0].Kind != NobodyAsks {
			t.Errorf("%s: got %+v", cell, receipt)
		}
		empty, err := o.Draft(t.Context(), clerk, qingxu)
		if err != nil {
			t.Fatal(err)
		}
		empty.Answers = nil
		if _, err := o.SaveDraft(t.Context(), clerk, empty); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSubmittingAgainEntersNothingTwice(t *testing.T) {
	o := newOffice(t)
	revision := o.save(map[Cell]Answer{brandsOf(2024): {Typed: "3"}})
	// The process ends after the entry is stored and before the draft is emptied.
	kill := killAt(o.drafts, 0, false)
	if !ends(func() { o.Submit(t.Context(), clerk, qingxu, revision) }) {
		t.Fatal("it was not killed")
	}
	kill()
	o.reopen()
	receipt, err := o.Submit(t.Context(), clerk, qingxu, revision)
	if err != nil || receipt.Unchanged != 1 || len(receipt.Submitted) != 0 || len(receipt.Draft.Answers) != 0 {
		t.Errorf("got %+v (%v)", receipt, err)
	}
	if len(o.events) != 1 {
		t.Errorf("%d events, want 1", len(o.events))
	}
}

// killed is what a process that ends panics with.
type killed struct{}

// killAt lets the process end at the nth write from now, after or before the value is
// stored; the function returned takes it off.
func killAt(book *memoryBook, n int, after bool) func() {
	book.writes = func(isAfter bool) {
		if isAfter != after {
			return
		}
		if n == 0 {
			panic(killed{})
		}
		n--
	}
	return func() { book.writes = nil }
}

// ends reports whether f was killed.
func ends(f func()) (was bool) {
	defer func() {
		if value := recover(); value != nil {
			if _, was = value.(killed); !was {
				panic(value)
			}
		}
	}()
	f()
	return false
}
