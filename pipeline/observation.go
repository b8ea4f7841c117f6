package pipeline

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Supplier is who the value comes from.
type Supplier string

// The suppliers.
const (
	Public   Supplier = "public"
	Province Supplier = "province"
	County   Supplier = "county"
)

// Op says what a row does to the series.
type Op string

// The operations.
const (
	// Assert says that the document prints this value.
	Assert Op = "assert"
	// Withdraw says that a document which restates its scope completely no
	// longer shows the value; the last value stays visible, flagged.
	Withdraw Op = "withdraw"
	// Retract takes back what was read wrongly.
	Retract Op = "retract"
)

// Status is the publisher's word on how final the value is; unstated is First.
type Status string

// The statuses, in rising order of precedence.
const (
	First         Status = "first"
	Provisional   Status = "provisional"
	Final         Status = "final"
	CensusRevised Status = "census-revised"
)

// Access says who may see the value.
type Access string

// The access classes.
const (
	AccessPublic     Access = "public"
	AccessRestricted Access = "restricted"
	AccessSuppressed Access = "suppressed"
)

// Flag marks a value; a row may carry several.
type Flag string

// The flags. The last five say why a value is NULL.
const (
	FlagEstimated        Flag = "estimated"
	FlagBreak            Flag = "break"
	FlagSuspect          Flag = "suspect"
	FlagDisputed         Flag = "disputed"
	FlagUnreviewed       Flag = "unreviewed"
	FlagWithdrawn        Flag = "withdrawn"
	FlagRestatedBoundary Flag = "restated_boundary"
	FlagNotApplicable    Flag = "not_applicable"
	FlagNotAvailable     Flag = "not_available"
	FlagSuppressed       Flag = "suppressed"
	FlagStructural       Flag = "structural"
)

// Sign is the factor that the words around a printed number give it: 下降3.2%
// is printed 3.2 with Minus.
type Sign int8

// The signs.
const (
	Plus  Sign = 1
	Minus Sign = -1
)

// Origin is what all rows of one document version share. It is immutable once
// made; rows point to it.
type Origin struct {
	Source   string   `json:"source"`   // name of the source's file
	Supplier Supplier `json:"supplier"` // which of the three sources
	Lineage  string   `json:"lineage"`  // id of the chain of versions
	Version  string   `json:"version"`  // id of this document in its chain
	Document string   `json:"document"` // SHA-256 of the body, lower-case hex
	// FetchedAt is when the body was received; KnownAt the later of it and the
	// time the derivation took effect. Both UTC, whole milliseconds.
	FetchedAt    time.Time `json:"fetched_at"`
	KnownAt      time.Time `json:"known_at"`
	PublishedAt  Stamp     `json:"published_at,omitzero"`
	Derivation   string    `json:"derivation"`    // id of parser and rules
	DerivationNo uint16    `json:"derivation_no"` // its place in the source's order of derivations
}

// Observation is one number of one document. The zero of a field means not
// stated.
type Observation struct {
	Origin *Origin `json:"-"`

	Indicator string `json:"indicator"` // code of the catalogue
	Region    string `json:"region"`    // GB/T 2260 code in force on the period's last day
	Period    Period `json:"period"`
	Dims      string `json:"dims,omitempty"` // canonical k=v;k=v, sorted by k

	Op       Op     `json:"op"`
	Value    string `json:"value,omitempty"` // exact decimal in Unit, "" for NULL
	Unit     string `json:"unit"`            // canonical unit of the indicator
	Decimals uint8  `json:"decimals"`        // decimals as printed
	// HalfWidth is half of the last printed digit in Unit, an exact decimal: two
	// values conflict only where value ± half-width do not meet.
	HalfWidth string `json:"half_width,omitempty"`
	Status    Status `json:"status"`
	Round     string `json:"revision_round,omitempty"` // the census whose revision the series belongs to
	Flags     []Flag `json:"flags,omitempty"`          // sorted
	Access    Access `json:"access"`

	// RawText is the printed number, decoded, without tags and without its unit;
	// RawUnit the unit it was printed with ("" if none). Value is the number of
	// RawText × Factor × Sign.
	RawText string `json:"raw_text"`
	RawUnit string `json:"raw_unit,omitempty"`
	Factor  string `json:"factor,omitempty"` // exact decimal from RawUnit to Unit, "" for 1
	Sign    Sign   `json:"sign"`

	// Locator is the place within the document (table[2]/tr[5]/td[3], p[12],
	// /data/0/values/3/value, member!part#C7); ByteStart and ByteEnd the half-open
	// range of RawText in the raw bytes of the body. Rows that no text stands for
	// (withdraw, retract) have an empty range and must have Prior, the id of the
	// row that they are about.
	Locator   string `json:"locator"`
	ByteStart uint32 `json:"byte_start"`
	ByteEnd   uint32 `json:"byte_end"`
	Prior     string `json:"prior,omitempty"`
}

// Key names what an observation is about within a lineage: rows of one key are
// vintages of one number.
func (o *Observation) Key() string {
	return strings.Join([]string{o.Indicator, o.Region, string(o.Period.Freq), string(o.Period.Basis),
		o.Period.Start.String(), o.Period.End.String(), o.Dims}, "\x1f")
}

// ID returns the observation's public name; see ObservationID.
func (o *Observation) ID() string {
	return ObservationID(o.Origin.Document, o.ByteStart, o.Origin.DerivationNo, o.idKey())
}

// idKey lists what tells rows of one document place apart, in the order in
// which the warehouse's id column concatenates it.
func (o *Observation) idKey() string {
	return strings.Join([]string{o.Indicator, o.Region, string(o.Period.Freq), string(o.Period.Basis), o.Dims,
		o.Period.Start.String(), o.Period.End.String(), o.Origin.Source, o.Origin.Lineage,
		fmt.Sprint(o.Origin.KnownAt.UnixMilli()), o.Locator, string(o.Op)}, "\x1f")
}

// SameValue reports whether two observations of one key say the same: value,
// unit, printed precision, status, round, flags and access. A number that only
// moved within the page, or is printed with other separators, says the same.
func (o *Observation) SameValue(p *Observation) bool {
	return o.Value == p.Value && o.Unit == p.Unit && o.Decimals == p.Decimals && o.HalfWidth == p.HalfWidth &&
		o.Status == p.Status && o.Round == p.Round && o.Access == p.Access && slices.Equal(o.Flags, p.Flags)
}

// CompareObservations orders by place in the document, then by key: the order
// of a Reading.
func CompareObservations(a, b Observation) int {
	return cmp.Or(
		cmp.Compare(a.ByteStart, b.ByteStart),
		cmp.Compare(a.Locator, b.Locator),
		cmp.Compare(a.Key(), b.Key()),
		cmp.Compare(a.Op, b.Op),
	)
}

// WithFlag returns the flags with f added, sorted, each once.
func WithFlag(flags []Flag, f Flag) []Flag {
	if slices.Contains(flags, f) {
		return flags
	}
	out := append(slices.Clone(flags), f)
	slices.Sort(out)
	return out
}

var decimalText = regexp.MustCompile(`^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$`)

// Integer digits and decimals that the warehouse's Decimal(38,10) holds.
const (
	maxIntegerDigits = 28
	maxDecimals      = 10
)

// CheckDecimal reports why text is not a canonical exact decimal: plain
// notation, no leading plus, no superfluous zeros, no negative zero, at most 28
// digits before and 10 after the point. The empty text (NULL) passes.
func CheckDecimal(text string) error {
	if text == "" {
		return nil
	}
	if !decimalText.MatchString(text) || text == "-0" {
		return fmt.Errorf("checking value %q: not a canonical decimal", text)
	}
	integer, fraction, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	if len(integer) > maxIntegerDigits || len(fraction) > maxDecimals {
		return fmt.Errorf("checking value %q: more than %d digits before or %d after the point", text, maxIntegerDigits, maxDecimals)
	}
	return nil
}
