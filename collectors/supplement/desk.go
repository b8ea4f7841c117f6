package supplement

import (
	"context"
	"errors"
	"time"

	"zhibiao/pipeline"
)

// Source is the name of the source's file that accepted entries belong to.
const Source = "county-supplement"

// Book keeps values that are written by compare-and-set.
type Book interface {
	// Get returns a value and its revision; nil and 0 where there is none.
	Get(ctx context.Context, key string) (value []byte, revision uint64, err error)
	// Put writes a value where its revision is still the given one, 0 for a new key.
	// It returns once the value is durable. ok is false, and nothing is changed, where
	// somebody else wrote first.
	Put(ctx context.Context, key string, value []byte, revision uint64) (next uint64, ok bool, err error)
	// Keys returns the keys folder.*, in their order.
	Keys(ctx context.Context, folder string) ([]string, error)
}

// Numbers is what the warehouse knows of a county.
type Numbers interface {
	// Gaps returns what is absent for a region on a day, and whose move it is.
	Gaps(ctx context.Context, region string, on pipeline.Date) ([]Gap, error)
	// Known returns the values that are known for a region on a day, by the order of
	// the catalogue and of periods.
	Known(ctx context.Context, region string, on pipeline.Date) ([]Known, error)
	// Held returns the spans of a region, as pipeline.Period of a cell, that a public
	// or provincial source or the national platform had or was due to supply at a
	// moment: none of them may be asked for.
	Held(ctx context.Context, region string, at time.Time) ([]Cell, error)
}

// Evidences keeps what is attached to entries.
type Evidences interface {
	PutEvidence(ctx context.Context, content []byte) (hash string, err error)
	// Evidence returns archive.ErrNotFound where there is none of that hash.
	Evidence(ctx context.Context, hash string) ([]byte, error)
}

// Gap is a number that is absent.
type Gap struct {
	Cell   Cell
	Move   string // whose move it is; a county is asked for those of MoveCounty
	Reason string
}

// MoveCounty is the move of a gap that only the county can fill.
const MoveCounty = "county"

// Known is a value that is known, with where it comes from.
type Known struct {
	Cell        Cell
	Value       string // exact decimal as stored, "" for NULL
	Unit        string
	Flags       []pipeline.Flag
	Supplier    pipeline.Supplier
	Source      string    // name of the source's file
	SourceTitle string    // for people
	ID          string    // of the observation: leads to its passage
	Printed     string    // the number as printed
	Locator     string    // its place in the document
	PublishedAt time.Time // zero for unknown
	Reason      string    // why it is believed before others
	Others      []Other   // what other sources say, the most believed first
	Spread      string    // between the highest and the lowest, "" for one value
}

// Other is a value that is believed less.
type Other struct {
	Source   string
	Supplier pipeline.Supplier
	Value    string
	ID       string
}

// Config is what a Desk works with. All but the durations and limits are required.
type Config struct {
	Entries   Book
	Drafts    Book
	Numbers   Numbers
	Evidences Evidences
	Audit     Audit
	Clock     func() time.Time

	Indicators []pipeline.Indicator // the catalogue
	Units      []pipeline.Unit

	CityDays int // days in which a city may comment on or return an entry; 10
	Limits   Limits
}

// Limits bound what one county may leave here.
type Limits struct {
	EvidenceBytes int // of one attachment; 10 MiB
	EvidenceCount int // attachments of one answer or dispute; 5
	TextRunes     int // of a reason, a comment or a definition; 500
	Answers       int // in a draft; 500
	Locals        int // indicators of a county's own; 50
	Disputes      int // that are open at a time; 200
	FileBytes     int // of all that is stored for one county without attachments; 4 MiB
}

func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		limit *int
		value int
	}{
		{&l.EvidenceBytes, 10 << 20}, {&l.EvidenceCount, 5}, {&l.TextRunes, 500}, {&l.Answers, 500},
		{&l.Locals, 50}, {&l.Disputes, 200}, {&l.FileBytes, 4 << 20},
	} {
		if *d.limit == 0 {
			*d.limit = d.value
		}
	}
	return l
}

// Desk is where counties supplement and others review. It is safe for concurrent use,
// also by several processes on one broker.
type Desk struct {
	config     Config
	indicators map[string]*pipeline.Indicator
	order      map[string]int // of an indicator in the catalogue
	units      map[string]pipeline.Unit
	decided    chan struct{}
}

// New makes a desk.
func New(config Config) (*Desk, error) {
	if config.Entries == nil || config.Drafts == nil || config.Numbers == nil || config.Evidences == nil || config.Audit == nil || config.Clock == nil {
		return nil, errors.New("opening the desk for supplements: a part of its configuration is missing")
	}
	if config.CityDays == 0 {
		config.CityDays = 10
	}
	config.Limits = config.Limits.withDefaults()
	d := &Desk{config: config, indicators: map[string]*pipeline.Indicator{}, order: map[string]int{},
		units: map[string]pipeline.Unit{}, decided: make(chan struct{}, 1)}
	for i := range config.Indicators {
		indicator := &config.Indicators[i]
		d.indicators[indicator.Code], d.order[indicator.Code] = indicator, i
	}
	for _, u := range config.Units {
		d.units[u.Symbol] = u
	}
	return d, nil
}

// now is the present time as it is stored: UTC, whole milliseconds.
func (d *Desk) now() time.Time { return d.config.Clock().UTC().Truncate(time.Millisecond) }

// Shanghai is the time zone of days.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Today returns the day in Shanghai.
func (d *Desk) Today() pipeline.Date { return pipeline.DateIn(d.config.Clock(), Shanghai) }

// Decided gives a signal after an acceptance: Collector has something to hand over.
// Several signals may come as one.
func (d *Desk) Decided() <-chan struct{} { return d.decided }

func (d *Desk) signal() {
	select {
	case d.decided <- struct{}{}:
	default:
	}
}
