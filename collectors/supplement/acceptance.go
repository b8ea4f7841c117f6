package supplement

import (
	"time"
)

// Acceptance is a set of entries of one county that was accepted together: it becomes
// exactly one document. It is written once, with its time, in the same change that
// marks the entries accepted.
type Acceptance struct {
	ID      string     `json:"id"`
	Region  string     `json:"region"`
	At      time.Time  `json:"at"`
	Locals  []Local    `json:"locals,omitempty"` // of the entries
	Entries []Accepted `json:"entries"`          // by the order of the catalogue and of periods
}

// Accepted is an entry as the document states it.
type Accepted struct {
	Cell     Cell       `json:"cell"`
	Kind     AnswerKind `json:"kind"`
	Value    string     `json:"value,omitempty"`
	Unit     string     `json:"unit"`
	Disputes string     `json:"disputes,omitempty"` // id of the observation that it disputes
	Reason   string     `json:"reason,omitempty"`
	Evidence []Evidence `json:"evidence,omitempty"`
}
