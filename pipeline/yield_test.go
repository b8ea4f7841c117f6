package pipeline

import (
	"encoding/json"
	"testing"
)

// The form is archived: its bytes are part of the contract.
func TestAnAcceptanceHasOneForm(t *testing.T) {
	got, err := json.Marshal(Acceptance{Schema: AcceptanceSchema, Source: "s", Lineage: "l", Document: "d", Reading: "r",
		Tables: []Held{{Table: "table[1]", Reason: HeldDrift, Detail: "2 of 3"}}, Reason: "表头改名", By: "data", DecidedAt: "2026-11-24T08:00:00Z"})
	want := `{"schema":1,"source":"s","lineage":"l","document":"d","reading":"r","tables":[{"table":"table[1]","reason":"labels_changed","detail":"2 of 3"}],"reason":"表头改名","by":"data","decided_at":"2026-11-24T08:00:00Z"}`
	if err != nil || string(got) != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
}
