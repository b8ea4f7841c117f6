package audit_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhibiao/portal/account"
	"zhibiao/portal/audit"
	"zhibiao/portal/portaltest"
)

func clock() func() time.Time {
	at := time.Date(2026, 11, 24, 1, 2, 3, 0, time.UTC)
	return func() time.Time {
		at = at.Add(time.Second + 7*time.Nanosecond)
		return at
	}
}

// written is a trail of n records.
func written(t interface{ Fatal(...any) }, n int) (*portaltest.Trail, *audit.Log) {
	trail := &portaltest.Trail{}
	log := audit.NewLog(trail, clock())
	ctx := account.With(audit.With(context.Background(), audit.By{From: "192.0.2.7"}), account.Account{Name: "reviewer", Role: account.Province})
	for i := range n {
		event := audit.Event{What: "entry.accept", Object: fmt.Sprint("e", i), Region: "140121", Detail: map[string]string{"reason": "与年报一致 <b>", "after": fmt.Sprint(i)}}
		if err := log.Record(ctx, event); err != nil {
			t.Fatal(err)
		}
	}
	return trail, log
}

func verify(t interface{ Fatal(...any) }, log *audit.Log, heads ...audit.Head) audit.Report {
	report, err := log.Verify(context.Background(), heads)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestATrailThatNobodyTouchedIsWhole(t *testing.T) {
	for _, n := range []int{0, 1, 2, 30} {
		_, log := written(t, n)
		if report := verify(t, log); !report.Sound() || report.Head.No != uint64(n) {
			t.Errorf("%d records: %+v", n, report)
		}
	}
}

func TestARecordSaysWhoWhatWhenAndFromWhere(t *testing.T) {
	_, log := written(t, 1)
	var got audit.Record
	if err := log.List(t.Context(), 1, func(r audit.Record) error { got = r; return nil }); err != nil {
		t.Fatal(err)
	}
	if got.Who != "reviewer" || got.Role != "province" || got.From != "192.0.2.7" || got.What != "entry.accept" || got.At.IsZero() || got.Region != "140121" || got.Detail["reason"] != "与年报一致 <b>" {
		t.Errorf("got %+v", got)
	}
}

// For any trail and any one change of it, Verify finds that something is wrong.
func TestAnyEditedRemovedMovedOrAddedRecordIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trail, log := written(t, rapid.IntRange(2, 12).Draw(t, "records"))
		at := rapid.IntRange(0, len(trail.Records)-1).Draw(t, "at")
		deed := rapid.SampledFrom([]string{"edit", "remove", "remove and close up", "swap", "repeat", "cut"}).Draw(t, "deed")
		switch deed {
		case "edit":
			record := trail.Records[at]
			i := rapid.IntRange(0, len(record)-1).Draw(t, "byte")
			by := rapid.Byte().Draw(t, "by")
			if record[i] == by {
				t.Skip("nothing is edited")
			}
			trail.Records[at] = slices.Concat(record[:i], []byte{by}, record[i+1:])
		case "remove":
			trail.Records[at] = nil
		case "remove and close up":
			if at == len(trail.Records)-1 {
				t.Skip("the trail's end can be cut off unseen, but for written-down heads")
			}
			trail.Records = slices.Delete(trail.Records, at, at+1)
		case "swap":
			other := rapid.IntRange(0, len(trail.Records)-1).Draw(t, "with")
			if other == at {
				t.Skip("nothing is moved")
			}
			trail.Records[at], trail.Records[other] = trail.Records[other], trail.Records[at]
		case "repeat":
			trail.Records = slices.Insert(trail.Records, at, trail.Records[at])
		case "cut":
			head := verify(t, log).Head
			trail.Records = trail.Records[:at]
			if report := verify(t, log, head); report.Sound() {
				t.Fatalf("a trail cut off before its written-down head is taken for whole")
			}
			return
		}
		if report := verify(t, log); report.Sound() {
			t.Fatalf("%s at record %d was not found", deed, at+1)
		}
	})
}

func TestATrailWrittenAnewIsFoundByItsHead(t *testing.T) {
	_, log := written(t, 5)
	head := verify(t, log).Head
	_, forged := written(t, 6)
	forgedCtx := context.Background()
	if err := forged.Record(forgedCtx, audit.Event{What: "x"}); err != nil {
		t.Fatal(err)
	}
	if report := verify(t, forged, head); !report.Sound() {
		t.Fatalf("the same deeds at the same times make another trail: %v", report.Findings)
	}
	other := audit.NewLog(&portaltest.Trail{}, clock())
	for range 6 {
		if err := other.Record(forgedCtx, audit.Event{What: "harmless"}); err != nil {
			t.Fatal(err)
		}
	}
	report := verify(t, other, head)
	if report.Sound() || !strings.Contains(report.Findings[0], "written anew") {
		t.Errorf("got %v", report.Findings)
	}
}

func TestFindingsNameTheRecord(t *testing.T) {
	trail, log := written(t, 6)
	trail.Records[2] = bytes.Replace(trail.Records[2], []byte("e2"), []byte("e9"), 1)
	trail.Records[4] = nil
	report := verify(t, log)
	for i, want := range []string{"record 3 was edited", "records 5 to 5 were removed", "record 6 does not follow"} {
		if i >= len(report.Findings) || !strings.Contains(report.Findings[i], want) {
			t.Errorf("finding %d: want %q in %q", i, want, report.Findings)
		}
	}
}

func TestRecordsOfSeveralAtOnceAreOneChain(t *testing.T) {
	trail := &portaltest.Trail{}
	log := audit.NewLog(trail, nil)
	const people, each = 8, 10
	done := make(chan error)
	for range people {
		go func() {
			var err error
			for range each {
				if err == nil {
					err = log.Record(context.Background(), audit.Event{What: "deed"})
				}
			}
			done <- err
		}()
	}
	for range people {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if report := verify(t, log); !report.Sound() || report.Head.No != people*each {
		t.Errorf("got %+v", report)
	}
}

func TestARecordWhoseAnswerWasLostIsThereOnce(t *testing.T) {
	trail := &portaltest.Trail{}
	lost := false
	trail.AfterAppend = func() error {
		if lost {
			return nil
		}
		lost = true
		return context.DeadlineExceeded
	}
	log := audit.NewLog(trail, nil)
	if err := log.Record(t.Context(), audit.Event{What: "deed"}); err != nil {
		t.Fatal(err)
	}
	if len(trail.Records) != 1 {
		t.Errorf("%d records", len(trail.Records))
	}
}

func TestATrailThatCannotBeWrittenIsAnError(t *testing.T) {
	trail := &portaltest.Trail{AfterAppend: func() error { return context.DeadlineExceeded }}
	trail.AfterAppend = func() error {
		trail.Records = trail.Records[:0]
		return context.DeadlineExceeded
	}
	if err := audit.NewLog(trail, nil).Record(t.Context(), audit.Event{What: "deed"}); err == nil {
		t.Error("a deed that is on no trail may be done")
	}
}

func TestTextsThatAreNotUTF8OrHugeKeepTheTrailReadable(t *testing.T) {
	trail := &portaltest.Trail{}
	log := audit.NewLog(trail, nil)
	ctx := audit.With(t.Context(), audit.By{Who: "a\xff", From: "\xfe"})
	for _, text := range []string{"\xff\xfe", "a\x00b", "\u2028<script>", strings.Repeat("很长", 5000)} {
		if err := log.Record(ctx, audit.Event{What: "deed", Object: text, Detail: map[string]string{text: text}}); err != nil {
			t.Fatal(err)
		}
	}
	if report := verify(t, log); !report.Sound() {
		t.Errorf("got %v", report.Findings)
	}
	if len(trail.Records[3]) > 10_000 {
		t.Errorf("a record has %d bytes", len(trail.Records[3]))
	}
}

func TestHeadsAreWrittenDownOnceEach(t *testing.T) {
	anchor := audit.NewAnchor(filepath.Join(t.TempDir(), "audit.heads"))
	_, log := written(t, 3)
	for i, want := range []bool{true, false} {
		head, err := log.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if wrote, err := anchor.Write(head); err != nil || wrote != want {
			t.Errorf("time %d: wrote %v, %v", i, wrote, err)
		}
	}
	heads, err := anchor.Heads()
	if err != nil || len(heads) != 1 || heads[0].No != 3 {
		t.Fatalf("got %v, %v", heads, err)
	}
	if report := verify(t, log, heads...); !report.Sound() {
		t.Errorf("got %v", report.Findings)
	}
}

func FuzzRecordsThatCannotBeReadAreFound(f *testing.F) {
	trail, _ := written(f, 2)
	good := slices.Clone(trail.Records[1])
	f.Add(good)
	f.Add([]byte(`{"no":2}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		trail, log := written(t, 2)
		trail.Records[1] = content
		if content == nil {
			return
		}
		if report := verify(t, log); report.Sound() != bytes.Equal(content, good) {
			t.Errorf("%q: %v", content, report.Findings)
		}
	})
}
