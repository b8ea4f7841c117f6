package pipeline

// Yield is what a source's file expects of a healthy document. It is no part of
// the rules: another expectation makes no other derivation.
type Yield struct {
	Min, Max   int      // observations of a document; 0 for no bound
	Indicators []string // codes that every document has
	MaxDrift   int      // percent of a table's labels that may differ from its last accepted version
}

// Held is a table that a document is held for: its numbers wait until a person
// accepts it, and its last accepted version stands. Other tables go on.
type Held struct {
	Table  string `json:"table"`  // locator, such as table[2]; p for running text, "" for the document
	Reason string `json:"reason"` // one of the Held constants
	Detail string `json:"detail"` // what, against what
}

// The reasons for which a table is held.
const (
	HeldTooFew  = "too_few"
	HeldTooMany = "too_many"
	HeldLacks   = "lacks_indicator"
	HeldDrift   = "labels_changed"
	HeldGone    = "table_gone"
)

// AcceptanceSchema is the current number of Acceptance's JSON form.
const AcceptanceSchema = 1

// Acceptance is a person's decision to let a held table go on. It is archived in
// the canonical JSON of this struct, and the message that releases the table
// names its hash.
type Acceptance struct {
	Schema    int    `json:"schema"`
	Source    string `json:"source"`
	Lineage   string `json:"lineage"`
	Document  string `json:"document"` // hash of the body that is held
	Reading   string `json:"reading"`  // hash of the archived reading that becomes the baseline
	Tables    []Held `json:"tables"`   // what was held, as it was told
	Reason    string `json:"reason"`   // the person's words
	By        string `json:"by"`       // account of the operating system
	DecidedAt string `json:"decided_at"`
}
