package pipeline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Held is a table that a document is held for: its numbers wait until a person
// accepts it, and its last accepted version stands. Other tables go on.
type Held struct {
	Table  string    `json:"table"`          // locator, such as table[2]; p for running text, "" for the document
	Reason string    `json:"reason"`         // one of the Held constants
	Detail string    `json:"detail"`         // what, against what
	Since  time.Time `json:"since,omitzero"` // when the first of the versions was fetched that it is held in
}

// The reasons for which a table is held.
const (
	HeldTooFew  = "too_few"
	HeldTooMany = "too_many"
	HeldLacks   = "lacks_indicator"
	HeldDrift   = "labels_changed"
	HeldGone    = "table_gone"
)

// TableLabels are the labels of a table in its last accepted version.
type TableLabels struct {
	Table  string   `json:"table"`
	Labels []string `json:"labels"` // sorted
}

// AcceptanceSchema is the current number of Acceptance's JSON form.
const AcceptanceSchema = 1

// Acceptance is a person's decision to let held tables go on. It is archived in
// the canonical JSON of this struct, and the document message that releases them
// names its hash (Document.Accepts).
type Acceptance struct {
	Schema    int       `json:"schema"`
	Source    string    `json:"source"`
	Lineage   string    `json:"lineage"`
	Version   string    `json:"version"`    // that holds them
	Document  string    `json:"document"`   // hash of its body
	Reading   string    `json:"reading"`    // hash of its archived reading, which the person has seen
	Tables    []Held    `json:"tables"`     // what was held, as it was told
	Reason    string    `json:"reason"`     // the person's words
	By        string    `json:"by"`         // account of the operating system
	DecidedAt time.Time `json:"decided_at"` // UTC, to the millisecond
}

// Encode returns the canonical bytes of an acceptance.
func (a *Acceptance) Encode() ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(a); err != nil {
		return nil, fmt.Errorf("encoding the acceptance of version %s: %w", a.Version, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// DecodeAcceptance reads what Encode wrote. Fields that it does not know are an
// error (promise 11).
func DecodeAcceptance(data []byte) (Acceptance, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var a Acceptance
	if err := decoder.Decode(&a); err != nil {
		return Acceptance{}, fmt.Errorf("decoding an acceptance: %w", err)
	}
	if a.Schema != AcceptanceSchema {
		return Acceptance{}, fmt.Errorf("decoding an acceptance: schema %d, this version knows %d; use a newer zhibiao", a.Schema, AcceptanceSchema)
	}
	return a, nil
}
