package supplement

import (
	"time"

	"zhibiao/pipeline"
)

// AnswerKind says what kind of answer a cell has.
type AnswerKind string

// The kinds of answers. Blank is not zero: a cell without an answer has none of them.
const (
	Value         AnswerKind = "value"
	NotApplicable AnswerKind = "not_applicable" // 不适用: the county has no such thing
	NotAvailable  AnswerKind = "not_available"  // 未掌握: there is such a thing, its number is not known
)

// Answer is what a person has put into a cell, as it was typed.
type Answer struct {
	Kind AnswerKind `json:"kind,omitempty"` // "" is Value
	// Typed is the number as typed; blank and not Same is no answer.
	Typed string `json:"typed,omitempty"`
	// Same takes the last answer over without typing.
	Same bool `json:"same,omitempty"`
	// Zero confirms that the zero that was typed is meant.
	Zero     bool       `json:"zero,omitempty"`
	Reason   string     `json:"reason,omitempty"` // of NotApplicable, NotAvailable, an an unusual number
	Evidence []Evidence `json:"evidence,omitempty"`
}

// IsBlank reports whether it is no answer.
func (a Answer) IsBlank() bool {
	return (a.Kind == "" || a.Kind == Value) && isBlank(a.Typed) && !a.Same
}

// Evidence is an attachment in the archive.
type Evidence struct {
	Hash  string `json:"hash"` // SHA-256, hex
	Name  string `json:"name"` // for people; not part of documents
	Type  string `json:"type"` // media type by content
	Bytes int    `json:"bytes"`
}

// State is how far an entry has come.
type State string

// The states of an entry. One that the county takes back before it is accepted is gone.
const (
	Submitted State = "submitted" // waits for review; seen by the province at once, unreviewed
	Returned  State = "returned"  // the county may correct it, or leave it
	Settled   State = "accepted"  // is, or is about to be, a document
)

// Entry is what a county submitted for a cell, and what became of it.
type Entry struct {
	Cell     Cell       `json:"cell"`
	Kind     AnswerKind `json:"kind"`
	Value    string     `json:"value,omitempty"` // plain decimal with the decimals that were typed, such as 12.50
	Unit     string     `json:"unit"`
	Same     bool       `json:"same,omitempty"`
	Unusual  bool       `json:"unusual,omitempty"` // outside the plausible range, with a reason
	Reason   string     `json:"reason,omitempty"`
	Evidence []Evidence `json:"evidence,omitempty"`

	State State `json:"state"`
	// Revision is raised at every change, also by a comment. A decision names the one
	// that its maker has seen.
	Revision    uint64    `json:"revision"`
	SubmittedAt time.Time `json:"submitted_at"`
	// CityUntil is until when the city may comment or return; after it the entry
	// stands and waits for the province alone.
	CityUntil  time.Time `json:"city_until"`
	Acceptance string    `json:"acceptance,omitempty"` // id, once accepted
	Trail      []Mark    `json:"trail"`
}

// Unreviewed reports whether the entry must be shown with the flag unreviewed.
func (e *Entry) Unreviewed() bool { return e.State == Submitted }

// Stands reports whether the city's time is over.
func (e *Entry) Stands(at time.Time) bool { return e.State == Submitted && !at.Before(e.CityUntil) }

// Flags are those of the entry's number.
func (e *Entry) Flags() []pipeline.Flag {
	var flags []pipeline.Flag
	if e.Kind == NotApplicable || e.Kind == NotAvailable {
		flags = pipeline.WithFlag(flags, pipeline.Flag(e.Kind))
	}
	if e.Unusual {
		flags = pipeline.WithFlag(flags, pipeline.FlagSuspect)
	}
	if e.Unreviewed() {
		flags = pipeline.WithFlag(flags, pipeline.FlagUnreviewed)
	}
	return flags
}

// Mark is one step of an entry's or a dispute's trail. It names a role and a region, no
// person: who it was is in the audit trail.
type Mark struct {
	At     time.Time `json:"at"`
	Act    Act       `json:"act"`
	Role   Role      `json:"role"`
	Region string    `json:"region"`
	Text   string    `json:"text,omitempty"`
}

// maxMarks bounds a trail; the oldest marks between the first and the last are dropped.
const maxMarks = 40

func withMark(trail []Mark, m Mark) []Mark {
	trail = append(trail, m)
	if len(trail) > maxMarks {
		trail = append(trail[:1:1], trail[2:]...)
	}
	return trail
}

// Local is an indicator of a county's own (特色指标): in no coverage and in no view
// across counties.
type Local struct {
	Code       string    `json:"code"` // local:<region>:<name>
	NameZH     string    `json:"name_zh"`
	Owner      string    `json:"owner"` // the unit that answers for it
	Definition string    `json:"definition"`
	Unit       string    `json:"unit"` // of units.yaml
	Stock      bool      `json:"stock"`
	AddedAt    time.Time `json:"added_at"`
}

// Outcome is how a dispute ended.
type Outcome string

// The outcomes. In none of them is the value that is disputed changed.
const (
	OpenDispute Outcome = ""
	// Flagged: the county's number, or its objection alone, becomes a document whose
	// row is flagged disputed and stands beside the public one.
	Flagged Outcome = "flagged"
	// Corrected: the publisher or our reading was wrong and was put right by the way of
	// all corrections; Correction names the observation that is right.
	Corrected Outcome = "corrected"
	// Kept: the value is right, for the reason given.
	Kept Outcome = "kept"
	// Dropped: the county took its objection back.
	Dropped Outcome = "dropped"
)

// Dispute is a county's objection to a value that is known.
type Dispute struct {
	ID          string     `json:"id"`
	Cell        Cell       `json:"cell"`
	Observation string     `json:"observation"` // id of the row that is disputed
	Source      string     `json:"source"`
	Shown       string     `json:"shown"`             // the value as it was shown
	Claimed     string     `json:"claimed,omitempty"` // what the county holds to be right, "" where it gives none
	Unit        string     `json:"unit"`
	Reason      string     `json:"reason"`
	Evidence    []Evidence `json:"evidence,omitempty"`
	Outcome     Outcome    `json:"outcome,omitempty"`
	Correction  string     `json:"correction,omitempty"` // id of the observation that is right
	Acceptance  string     `json:"acceptance,omitempty"` // of Flagged
	Revision    uint64     `json:"revision"`
	OpenedAt    time.Time  `json:"opened_at"`
	Trail       []Mark     `json:"trail"`
}
