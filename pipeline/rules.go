package pipeline

// Rules is everything that reading a document of one source depends on, beside
// the parser itself: plain data, loaded and checked by package configs, compiled
// by the transformers. ID is the derivation's id.
type Rules struct {
	ID         string
	Source     SourceRules
	Indicators []Indicator
	// Decoys are names of things that are not in the catalogue but would be taken
	// for something in it (财政总收入). A name that ends in … is a decoy together with
	// any name of the catalogue behind it, one that begins with … together with any
	// before it.
	Decoys  []string
	Regions []Region // every code of GB/T 2260 since 1981, and 000000 全国
	Units   []Unit
	Absent  []AbsentMark
	// Expect is what the source's file expects of a healthy document, nil for nothing.
	// No Reader looks at it and it is no part of ID.
	Expect *Yield
}

// Indicator is one entry of the catalogue.
type Indicator struct {
	Code             string
	Task             string
	NameZH           string
	NameEN           string
	Aliases          []string // other names that mean exactly this; NameZH is not repeated
	Unit             string   // canonical unit
	Series           []Series // frequencies and bases that the indicator can be printed for
	GrowthOf         string   // code of the level whose growth this is
	PriceBasis       string
	Aggregation      string // sum or none
	Supplier         string
	CoordinatingUnit string // whose workbook a provincial indicator is in
	Low, High        string // plausible range of a county's year, exact decimals, "" for none
	Formula          string
}

// Series is a frequency and a basis.
type Series struct {
	Freq  Freq
	Basis Basis
}

// Allows reports whether the catalogue lists the frequency and basis.
func (i *Indicator) Allows(freq Freq, basis Basis) bool {
	for _, s := range i.Series {
		if s.Freq == freq && s.Basis == basis {
			return true
		}
	}
	return false
}

// Region is one code of GB/T 2260 with the years in which it was valid.
type Region struct {
	Code     string
	Name     string
	Level    string   // nation, province, prefecture, county
	Province string   // name; "" for the nation
	City     string   // name of the prefecture; "" above it, and 直辖 for counties directly under the province
	From     int      // first year
	To       int      // last year in which it was still valid at the year's end; 0 while in force
	Next     []string // codes that followed it
}

// Unit is a printed unit. Units of one dimension convert exactly: a number in
// this unit is number × Factor in the dimension's base unit.
type Unit struct {
	Symbol    string
	Aliases   []string
	Dimension string
	Factor    string // exact decimal, or a fraction such as 1/15
}

// AbsentMark is a text that stands where a number would: —, …, 无.
type AbsentMark struct {
	Text string
	Flag Flag
}

// DocumentKind is the shape of a source's documents.
type DocumentKind string

// The kinds.
const (
	KindNBS2026   DocumentKind = "nbs-2026"  // statistics bureau's interface of 2026
	KindEasyquery DocumentKind = "easyquery" // its older interface
	KindHTML      DocumentKind = "html"      // pages with tables and prose
	KindFile      DocumentKind = "file"      // CSV, XLSX, XLS, DOCX, PDF, and ZIP of them, told apart by content
)

// SourceRules is the part of a source's file that reading depends on.
type SourceRules struct {
	Name     string
	Kind     DocumentKind
	Supplier Supplier
	Region   string // code that a document is about where it names none
	// Mapped are series of an API by the publisher's own ids.
	Mapped []MappedSeries
	// Labels maps table labels of this source to indicator codes, before the
	// catalogue's names are asked.
	Labels map[string]string
	// Ignore lists labels, names and ids that are ignored by name.
	Ignore []string
	// Prose says that running text is read too, not only tables.
	Prose bool
	// Tables declares tables in scope by a text in their caption: every number in
	// them is an observation or a refusal, also under labels that the catalogue
	// does not know.
	Tables   []string
	Snapshot []SnapshotRule
	// MustContain is text that every healthy document has; without it the body is
	// not the document (soft 404, login page).
	MustContain []string
	// Platform says how exports of the national platform are read, nil for all other
	// kinds.
	Platform *PlatformRules `json:",omitempty"`
}

// MappedSeries says what a publisher's id means. For the older interface the key
// is (Database, ID): the same id means different things in other databases.
type MappedSeries struct {
	Database  string // easyquery's dbcode, "" for the interface of 2026
	ID        string
	Indicator string
	Basis     Basis
	Dims      string
	Unit      string // unit that the values are printed in where the answer gives none
}

// SnapshotRule declares what each version of a document restates completely.
type SnapshotRule struct {
	Indicators []string
	Regions    []string
	FromYear   int
	ToYear     int
}
