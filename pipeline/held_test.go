package pipeline

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// The form is archived: its bytes are part of the contract.
func TestAnAcceptanceHasOneForm(t *testing.T) {
	at := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	a := Acceptance{Schema: AcceptanceSchema, Source: "s", Lineage: "l", Version: "v", Document: "d", Reading: "r",
		Tables: []Held{{Table: "table[1]", Reason: HeldDrift, Detail: "2 of 3 > 50 %", Since: at.Add(-time.Hour)}}, Reason: "表头改名", By: "data", DecidedAt: at}
	got, err := a.Encode()
	want := `{"schema":1,"source":"s","lineage":"l","version":"v","document":"d","reading":"r","tables":[{"table":"table[1]","reason":"labels_changed","detail":"2 of 3 > 50 %","since":"2026-11-24T07:00:00Z"}],"reason":"表头改名","by":"data","decided_at":"2026-11-24T08:00:00Z"}`
	if err != nil || string(got) != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
	back, err := DecodeAcceptance(got)
	if err != nil || !reflect.DeepEqual(back, a) {
		t.Errorf("got %+v (%v), want %+v", back, err, a)
	}
	for _, bad := range []string{strings.Replace(want, `"schema":1`, `"schema":2`, 1), strings.Replace(want, `"by"`, `"from"`, 1), "{"} {
		if _, err := DecodeAcceptance([]byte(bad)); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestAVersionThatAcceptsIsAnotherForEachDecision(t *testing.T) {
	held := Document{Version: "v", Lineage: "l", Source: "s", Hash: "h", Rereads: true}
	a, b := held.Accept("one"), held.Accept("two")
	if a.Version == b.Version || a.Predecessor != "v" || a.Accepts != "one" || a.Rereads || a.BringsBody() {
		t.Errorf("got %+v and %+v", a, b)
	}
	if again := a.Reread(Derivation{ID: "d"}); again.Accepts != "" || !again.Rereads || again.BringsBody() {
		t.Errorf("a rereading accepts: %+v", again)
	}
}
