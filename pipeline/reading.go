package pipeline

import "cmp"

// Reading is all that one document says under one set of rules, and what stands
// in its lineage after it. It is archived, content-addressed, in the canonical
// JSON of this struct (encoding/json, no indentation, no HTML escaping).
type Reading struct {
	Schema int    `json:"schema"`
	Origin Origin `json:"origin"`

	// Expected is what the version was reviewed against; nil for no review. It stands
	// near the front, where a rebuild finds it without reading the rest.
	Expected *Yield `json:"expected,omitempty"`

	// Complete is set when the document was parsed to its structural end and
	// nothing of it was refused as a whole. Only a complete reading withdraws.
	Complete     bool          `json:"complete"`
	Observations []Observation `json:"observations"` // in CompareObservations order
	Refusals     []Refusal     `json:"refusals"`     // in CompareRefusals order
	Ignored      []Ignored     `json:"ignored,omitempty"`
	Snapshot     []Scope       `json:"snapshot,omitempty"`

	// Standing is the last published row of every key of the lineage once this
	// version's rows are published, also of keys that this document does not show:
	// the next version is compared with it. Withdrawn keys stay, as withdrawals.
	// Read leaves it empty; Stand fills it.
	Standing []Standing `json:"standing"`

	// Corrections is what a version publishes that reads its lineage again
	// (Document.Rereads); others have none.
	Corrections []Correction `json:"corrections,omitempty"`

	// Held are the tables whose rows wait for a person: they are among Observations,
	// and neither published nor standing.
	Held []Held `json:"held,omitempty"`
	// Carried are the labels of the last accepted versions of the held tables, by name
	// of the table: what the next version is compared with.
	Carried []TableLabels `json:"carried,omitempty"`
	// StillOpen are refusals of earlier versions that a held version cannot close.
	StillOpen []Refusal `json:"still_open,omitempty"` // in CompareRefusals order
}

// ReadingSchema is the current number of Reading's JSON form.
const ReadingSchema = 1

// Bind points the rows of a reading at its origin; needed after decoding.
func (r *Reading) Bind() {
	for i := range r.Observations {
		r.Observations[i].Origin = &r.Origin
	}
	for i := range r.Refusals {
		r.Refusals[i].Origin = &r.Origin
	}
	for i := range r.StillOpen {
		r.StillOpen[i].Origin = &r.Origin
	}
	for i := range r.Corrections {
		c := &r.Corrections[i]
		for j := range c.Rows {
			c.Rows[j].Origin = &c.Origin
		}
	}
}

// Standing is a published row as the next version of its lineage sees it.
type Standing struct {
	ID string `json:"id"` // of the published row
	Observation
}

// Scope is what a source file's snapshot declares that each version restates
// completely. An empty list means all.
type Scope struct {
	Indicators []string `json:"indicators,omitempty"`
	Regions    []string `json:"regions,omitempty"`
	From       Date     `json:"from"` // first day of the first period
	To         Date     `json:"to"`   // last day of the last period
}

// Ignored counts what the source's file ignores by name.
type Ignored struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// Reason says in one word why a number was refused.
type Reason string

// The reasons of refusals.
const (
	UnknownIndicator   Reason = "unknown_indicator"
	UnknownRegion      Reason = "unknown_region"
	AmbiguousRegion    Reason = "ambiguous_region"
	MissingRegion      Reason = "missing_region"
	UnknownPeriod      Reason = "unknown_period"
	MissingPeriod      Reason = "missing_period"
	UnexpectedSeries   Reason = "unexpected_series" // frequency and basis that the catalogue does not list
	UnknownUnit        Reason = "unknown_unit"
	MissingUnit        Reason = "missing_unit"
	IncompatibleUnit   Reason = "incompatible_unit"
	BadNumber          Reason = "bad_number"
	InexactConversion  Reason = "inexact_conversion"
	CountsDiffer       Reason = "counts_differ"   // a list of names and a list of values
	ScopeIgnored       Reason = "scope_ignored"   // an answer to another question than was asked
	NotADocument       Reason = "not_a_document"  // challenge, soft 404, login page
	UnexpectedKind     Reason = "unexpected_kind" // HTML where JSON was promised
	Truncated          Reason = "truncated"
	BadEncoding        Reason = "bad_encoding"
	PublisherError     Reason = "publisher_error" // the publisher's own error answer
	UnexpectedField    Reason = "unexpected_field"
	UnknownAbsentMark  Reason = "unknown_absent_mark"
	NoObservationFound Reason = "no_observation_found" // a document in scope without any number in scope
)

// Refusal is one kind of number that could not be read: one per document, table,
// label and reason, with a count and the first place. It closes when a later
// reading of the lineage no longer has it.
type Refusal struct {
	Origin *Origin `json:"-"`
	Closed bool    `json:"closed,omitempty"`

	Reason    Reason `json:"reason"`
	Label     string `json:"label"`               // the label or name concerned, decoded
	Table     string `json:"table,omitempty"`     // locator of the table, paragraph or list
	Indicator string `json:"indicator,omitempty"` // as far as recognised
	Detail    string `json:"detail"`              // what, where, what to do
	Count     int    `json:"count"`               // numbers concerned, at least 1

	// First place.
	Quote     string `json:"quote,omitempty"`
	Locator   string `json:"locator,omitempty"`
	ByteStart uint32 `json:"byte_start"`
	ByteEnd   uint32 `json:"byte_end"`
}

// Key tells refusals of one lineage apart.
func (r *Refusal) Key() string {
	return string(r.Reason) + "\x1f" + r.Table + "\x1f" + r.Label
}

// CompareRefusals orders by first place, then by key: the order of a Reading.
func CompareRefusals(a, b Refusal) int {
	return cmp.Or(
		cmp.Compare(a.ByteStart, b.ByteStart),
		cmp.Compare(a.Locator, b.Locator),
		cmp.Compare(a.Key(), b.Key()),
	)
}

// Correction are rows by which a version that reads its lineage again corrects what
// was published of one earlier version. Their origin says which document they are
// printed in, when that version was fetched, and that the correcting version
// published them.
type Correction struct {
	Origin Origin        `json:"origin"`
	Rows   []Observation `json:"rows"` // in CompareObservations order
}
