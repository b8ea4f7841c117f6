package stream

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhibiao/pipeline"
)

func TestALostRegisterIsRestoredAndNothingElseIsTouched(t *testing.T) {
	broker := startEmbedded(t, t.TempDir(), Profile{})
	heads, err := broker.Heads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := heads.Advance(t.Context(), "there", Head{Version: "v9"}, 0); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		lineage, want string
		restored      bool
	}{{"lost", "v1", true}, {"lost", "v1", false}, {"there", "v9", false}} {
		head, restored, err := heads.Restore(t.Context(), c.lineage, Head{Version: "v1"})
		if err != nil || restored != c.restored || head.Version != c.want {
			t.Errorf("%s: head %s, restored %t, %v; want %s, %t", c.lineage, head.Version, restored, err, c.want, c.restored)
		}
	}
}

func TestLostDerivationsComeBackWithTheirNumbers(t *testing.T) {
	broker := startEmbedded(t, t.TempDir(), Profile{})
	derivations, err := broker.Derivations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	known := []pipeline.Derivation{{ID: "c", No: 4, EffectiveAt: at}, {ID: "a", No: 1, Parser: "p", EffectiveAt: at}}
	for _, want := range []int{2, 0} {
		if n, err := derivations.Restore(t.Context(), "s", known); err != nil || n != want {
			t.Fatalf("restored %d, %v, want %d", n, err, want)
		}
	}
	for _, c := range []struct {
		id   string
		want uint16
	}{{"a", 1}, {"c", 4}, {"new", 5}} {
		if d, err := derivations.Register(t.Context(), "s", c.id, "p", at); err != nil || d.No != c.want || !d.EffectiveAt.Equal(at) {
			t.Errorf("derivation %s: %+v, %v, want number %d", c.id, d, err, c.want)
		}
	}
	if _, err := derivations.Restore(t.Context(), "s", []pipeline.Derivation{{ID: "other", No: 1}}); err == nil || !strings.Contains(err.Error(), "number 1 is a in the broker and other in the archive") {
		t.Errorf("err = %v, want the number that two have", err)
	}
}

// A copy made while the server is stopped is a whole store, and the server goes on
// after it.
func TestACopyOfTheStoppedBrokerHoldsEverything(t *testing.T) {
	broker := startEmbedded(t, t.TempDir(), Profile{})
	heads, err := broker.Heads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := heads.Advance(t.Context(), "l", Head{Version: "v1"}, 0); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "copy")
	err = broker.WhileStopped(t.Context(), func(dir string) error { return os.CopyFS(folder, os.DirFS(dir)) })
	if err != nil {
		t.Fatal(err)
	}
	if head, _, err := heads.Get(t.Context(), "l"); err != nil || head.Version != "v1" {
		t.Errorf("after the stop the head is %+v, %v", head, err)
	}
	copied, err := StartEmbedded(t.Context(), Config{Dir: folder, MaxStore: testStore})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if heads, err = copied.Heads(t.Context()); err != nil {
		t.Fatal(err)
	}
	if head, _, err := heads.Get(t.Context(), "l"); err != nil || head.Version != "v1" {
		t.Errorf("in the copy the head is %+v, %v", head, err)
	}
}
