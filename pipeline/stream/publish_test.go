package stream

import (
	"errors"
	"sync"
	"testing"
	"time"

	"zhibiao/pipeline"
)

func TestTheSameIDIsStoredOnce(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	mustPublish(t, e.Broker, numbered(600)...)
	mustPublish(t, e.Broker, numbered(600)...)
	depths, err := e.Depths(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if depths[0].Messages != 600 {
		t.Errorf("%d messages, want 600", depths[0].Messages)
	}
}

func TestAFullStreamIsBackPressure(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	documents, err := e.js.Stream(t.Context(), Documents)
	if err != nil {
		t.Fatal(err)
	}
	config := documents.CachedInfo().Config
	config.MaxBytes = 4096
	if _, err := e.js.UpdateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	large := Batch{Subject: "documents.test", ID: "large", Payload: make([]byte, 3000)}
	mustPublish(t, e.Broker, large)
	next := large
	next.ID = "next"
	if err := e.Publish(within(t, 300*time.Millisecond), next); err == nil || pipeline.IsPermanent(err) {
		t.Fatalf("got %v, want an end by the deadline that is not permanent", err)
	}
	var waiting sync.WaitGroup
	waiting.Go(func() { mustPublish(t, e.Broker, next) })
	if err := documents.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	waiting.Wait()
}

func TestAMessageThatCanNeverPassIsPermanent(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	for name, size := range map[string]int{"above the stream's limit": maxWorkMessage + 1, "above the broker's limit": maxPayload + 1} {
		err := e.Publish(within(t, 20*time.Second), Batch{Subject: "documents.test", ID: name, Payload: make([]byte, size)})
		if !pipeline.IsPermanent(err) {
			t.Errorf("%s: got %v, want a permanent error", name, err)
		}
	}
}

func TestPublishingEndsWhenTheBrokerIsClosed(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	err := e.Publish(within(t, 20*time.Second), numbered(1)[0])
	if err == nil || pipeline.IsPermanent(err) {
		t.Errorf("got %v, want an outage", err)
	}
}

func TestSubjectsTakeNoNamesThatTheBrokerWouldRead(t *testing.T) {
	for _, name := range []string{"", "a.b", "*", "a>", "a b"} {
		if _, err := DocumentsSubject(name); !pipeline.IsPermanent(err) {
			t.Errorf("%q: got %v, want a permanent error", name, err)
		}
	}
	if got, err := DocumentsSubject("县统计公报"); err != nil || got != "documents.县统计公报" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestHeadsAdvanceByCompareAndSet(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	heads, err := e.Heads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lineage := pipeline.ContentID("lineage")
	head, revision, err := heads.Get(t.Context(), lineage)
	if err != nil || revision != 0 || head != (Head{}) {
		t.Fatalf("a new lineage has %+v at %d, %v", head, revision, err)
	}
	want := Head{Version: "v1", Document: "d1", Pending: "v2", FetchedAt: time.UnixMilli(5).UTC()}
	first, err := heads.Advance(t.Context(), lineage, want, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := heads.Advance(t.Context(), lineage, Head{Version: "other"}, 0); !errors.Is(err, ErrMoved) {
		t.Errorf("making it twice: got %v, want ErrMoved", err)
	}
	if _, err := heads.Advance(t.Context(), lineage, Head{Version: "v2"}, first); err != nil {
		t.Fatal(err)
	}
	if _, err := heads.Advance(t.Context(), lineage, want, first); !errors.Is(err, ErrMoved) {
		t.Errorf("advancing from an old revision: got %v, want ErrMoved", err)
	}
	seen := map[string]string{}
	err = heads.Each(t.Context(), func(lineage string, head Head) error { seen[lineage] = head.Version; return nil })
	if err != nil || len(seen) != 1 || seen[lineage] != "v2" {
		t.Errorf("got %v, %v", seen, err)
	}
}

func TestDerivationsCountFromOneAndKeepTheirFirstRegistration(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	register, err := e.Derivations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	ids := []string{"a", "b", "c", "a", "b", "c", "d"}
	got := make([]pipeline.Derivation, len(ids))
	var registering sync.WaitGroup
	for i, id := range ids {
		registering.Go(func() {
			d, err := register.Register(within(t, 20*time.Second), "source", id, "html/1", start.Add(time.Duration(i)*time.Hour))
			if err != nil {
				t.Error(err)
			}
			got[i] = d
		})
	}
	registering.Wait()
	numbers := map[uint16]string{}
	for i, d := range got {
		if d.ID != ids[i] || numbers[d.No] != "" && numbers[d.No] != d.ID {
			t.Errorf("registration %d of %s: got %+v", i, ids[i], d)
		}
		numbers[d.No] = d.ID
	}
	if len(numbers) != 4 || numbers[1] == "" || numbers[4] == "" {
		t.Errorf("numbers %v, want 1 to 4", numbers)
	}
	if got[0] != got[3] {
		t.Errorf("one id has two registrations: %+v and %+v", got[0], got[3])
	}
	other, err := register.Register(t.Context(), "other", "z", "html/1", start)
	if err != nil || other.No != 1 {
		t.Errorf("another source starts with %+v, %v", other, err)
	}
}
