package pipeline

// Programme is a list of regions that take part in something, each with dates: the
// pool, the innovation pilots, the hundred cities.
type Programme struct {
	ID, NameZH, NameEN string
	// FromYear is the first year that the base-line survey of its members covers; 0
	// where nothing is expected of members.
	FromYear int
	Members  []Member
}

// Member is a region's part in a programme: from From, until the day before Until
// (0 while it lasts).
type Member struct {
	Region      string // code in force on From
	From, Until Date
	Evidence    string // the document that says so
}

// On reports whether the membership holds on a day.
func (m Member) On(day Date) bool { return day >= m.From && (m.Until == 0 || day < m.Until) }

// Supply is what a source can supply, and when.
type Supply struct {
	Indicators []string
	// Regions are codes, or the first two or four digits of codes for all counties
	// of a province or prefecture.
	Regions  []string
	Series   []Series
	FromYear int // first year
	ToYear   int // last year, 0 while it goes on
	LagDays  int // days from the end of a period until it can be expected
	// Verified is the day on which a person last saw the source supply this, or
	// never.
	Verified string
}

// NeverVerified stands where no person has seen a source work.
const NeverVerified = "never"

// Waiver takes cells out of what is expected.
type Waiver struct {
	Indicators []string
	Regions    []string
	From, To   Date // first and last day that a period's end may fall on; To 0 for no end
	Kind       WaiverKind
	Reason     string // Chinese, for people
	Decided    Date   // the day from which it holds
}

// WaiverKind says why a cell is not expected.
type WaiverKind string

// The kinds of waivers.
const (
	WaiverNotApplicable WaiverKind = "not_applicable" // the region has no such thing
	WaiverOnPlatform    WaiverKind = "on_platform"    // already entered on the national platform (promise 10)
	WaiverDiscontinued  WaiverKind = "discontinued"   // no longer published by anyone
)

// LocalIndicator is an indicator of one county's own: kept out of coverage and of
// every view across counties.
type LocalIndicator struct {
	Code       string // local:<region>:<name>
	Region     string
	NameZH     string
	Owner      string // the unit that answers for it
	Definition string
	Unit       string
}

// LocalPrefix begins the code of a local indicator.
const LocalPrefix = "local:"

// Gaps says what is expected, of whom and when.
type Gaps struct {
	// Days from the end of a year until a value that no source is known to supply
	// can be expected of who supplies it.
	PublicLag, ProvinceLag, CountyLag, ReportLag int
	Structural                                   []StructuralBlank
	Waivers                                      []Waiver
}

// StructuralBlank names months for which a series has no value by nature: the
// bureau publishes January and February together.
type StructuralBlank struct {
	Series Series
	Months []int
}

// Formula is how an indicator derives from others: Factor × the sum of the inputs
// above the line ÷ the sum of those below it (1 where there are none), rounded to
// Decimals. Inputs are of the catalogue and have no formula of their own.
type Formula struct {
	Indicator string
	Factor    string // exact decimal
	Inputs    []FormulaInput
	Decimals  int
}

// FormulaInput is one term of a formula.
type FormulaInput struct {
	Indicator string
	Below     bool // below the line
	Sign      Sign
	Mean      bool // mean of this and last year end
}

// Identity is an equation that published values keep within their rounding: the
// parts add up to the total, an indicator or a constant.
type Identity struct {
	Name     string
	Total    string // code, "" for a constant
	Constant string // exact decimal, "" for an indicator
	Parts    []string
}
