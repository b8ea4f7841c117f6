package supplement

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"zhibiao/pipeline"
	"zhibiao/pipeline/archive"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errOutage = errors.New("the broker is away")

// memoryBook is a Book in memory. before is called at each write and may end the
// process: before the value is stored, or after it.
type memoryBook struct {
	mu     sync.Mutex
	values map[string][]byte
	at     map[string]uint64
	serial uint64
	down   bool
	writes func(after bool) // nil for nothing
}

func newBook() *memoryBook {
	return &memoryBook{values: map[string][]byte{}, at: map[string]uint64{}}
}

func (b *memoryBook) Get(_ context.Context, key string) ([]byte, uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return nil, 0, errOutage
	}
	return slices.Clone(b.values[key]), b.at[key], nil
}

func (b *memoryBook) Put(_ context.Context, key string, value []byte, revision uint64) (uint64, bool, error) {
	if b.writes != nil {
		b.writes(false)
	}
	next, ok, err := b.put(key, value, revision)
	if b.writes != nil {
		b.writes(true)
	}
	return next, ok, err
}

func (b *memoryBook) put(key string, value []byte, revision uint64) (uint64, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return 0, false, errOutage
	}
	if b.at[key] != revision {
		return 0, false, nil
	}
	b.serial++
	b.values[key], b.at[key] = slices.Clone(value), b.serial
	return b.serial, true, nil
}

func (b *memoryBook) Keys(_ context.Context, folder string) ([]string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var keys []string
	for key := range b.values {
		if strings.HasPrefix(key, folder+".") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys, nil
}

type memoryEvidences struct {
	mu      sync.Mutex
	content map[string][]byte
}

func (m *memoryEvidences) PutEvidence(_ context.Context, content []byte) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	hash := pipeline.HashBody(content)
	m.content[hash] = content
	return hash, nil
}

func (m *memoryEvidences) Evidence(_ context.Context, hash string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	content, ok := m.content[hash]
	if !ok {
		return nil, fmt.Errorf("reading evidence: %w", archive.ErrNotFound)
	}
	return content, nil
}

// fixedNumbers says the same always.
type fixedNumbers struct {
	gaps  []Gap
	known []Known
	held  []Cell
}

func (n *fixedNumbers) Gaps(_ context.Context, region string, _ pipeline.Date) ([]Gap, error) {
	var found []Gap
	for _, gap := range n.gaps {
		if gap.Cell.Region == region {
			found = append(found, gap)
		}
	}
	return found, nil
}

func (n *fixedNumbers) Known(_ context.Context, region string, _ pipeline.Date) ([]Known, error) {
	var found []Known
	for _, known := range n.known {
		if known.Cell.Region == region {
			found = append(found, known)
		}
	}
	return found, nil
}

func (n *fixedNumbers) Held(context.Context, string, time.Time) ([]Cell, error) { return n.held, nil }

// The catalogue of the tests.
var (
	brands = pipeline.Indicator{Code: "one_county_one_product_brands", Task: "brands", NameZH: "一县一品特色品牌数", NameEN: "Brands", Unit: "个",
		Series: []pipeline.Series{{Freq: pipeline.Annual, Basis: pipeline.End}}, Supplier: "county", Low: "0", High: "20"}
	officers = pipeline.Indicator{Code: "chief_quality_officer_enterprises", Task: "enterprises", NameZH: "设立首席质量官企业数", NameEN: "Officers", Unit: "家",
		Series: []pipeline.Series{{Freq: pipeline.Annual, Basis: pipeline.End}}, Supplier: "county", Low: "0", High: "1000"}
	gdp = pipeline.Indicator{Code: "gdp", Task: "economy", NameZH: "地区生产总值", NameEN: "GRP", Unit: "亿元",
		Series: []pipeline.Series{{Freq: pipeline.Annual, Basis: pipeline.Flow}}, Supplier: "public", Low: "5", High: "3000"}
	testUnits = []pipeline.Unit{{Symbol: "个", Dimension: "count", Factor: "1"}, {Symbol: "家", Dimension: "count", Factor: "1"},
		{Symbol: "亿元", Dimension: "money", Factor: "100000000"}, {Symbol: "万件", Dimension: "count", Factor: "10000"}, {Symbol: "%", Dimension: "percent", Factor: "1"}}
)

const qingxu, yangqu = "140121", "140122"

var (
	clerk    = Actor{Account: "somebody.here", Role: County, Region: qingxu}
	taiyuan  = Actor{Account: "city", Role: City, Region: "140100"}
	shanxi   = Actor{Account: "reviewer.first", Role: Province, Region: "140000"}
	shanxi2  = Actor{Account: "reviewer.second", Role: Province, Region: "140000"}
	firstDay = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
)

func brandsOf(year int) Cell {
	return Cell{brands.Code, qingxu, pipeline.YearPeriod(year, pipeline.End)}
}

func officersOf(year int) Cell {
	return Cell{officers.Code, qingxu, pipeline.YearPeriod(year, pipeline.End)}
}

func gdpOf(year int) Cell { return Cell{gdp.Code, qingxu, pipeline.YearPeriod(year, pipeline.Flow)} }

// office is a desk with what it stands on.
type office struct {
	*Desk
	t         testing.TB
	entries   *memoryBook
	drafts    *memoryBook
	evidences *memoryEvidences
	numbers   *fixedNumbers
	now       time.Time
	telling   sync.Mutex
	events    []Event
	mute      bool // the audit trail cannot be written
}

func newOffice(t testing.TB) *office {
	o := &office{t: t, entries: newBook(), drafts: newBook(), evidences: &memoryEvidences{content: map[string][]byte{}}, now: firstDay,
		numbers: &fixedNumbers{
			gaps: []Gap{
				{Cell: brandsOf(2024), Move: "county"}, {Cell: brandsOf(2025), Move: "county"}, {Cell: officersOf(2025), Move: "county"},
				{Cell: gdpOf(2025), Move: "mend"},
			},
			known: []Known{{Cell: gdpOf(2024), Value: "320.5", Unit: "亿元", Supplier: pipeline.Public, Source: "county-communique", ID: observationID(1)}},
		}}
	o.reopen()
	return o
}

func observationID(n int) string {
	return pipeline.ObservationID(pipeline.HashBody([]byte("document")), uint32(n), 1, "key")
}

// reopen is what a new process does.
func (o *office) reopen() {
	desk, err := New(Config{Entries: o.entries, Drafts: o.drafts, Numbers: o.numbers, Evidences: o.evidences,
		Indicators: []pipeline.Indicator{gdp, officers, brands}, Units: testUnits, Clock: func() time.Time { return o.now },
		Audit: func(_ context.Context, e Event) error {
			o.telling.Lock()
			defer o.telling.Unlock()
			if o.mute {
				return errOutage
			}
			o.events = append(o.events, e)
			return nil
		}})
	if err != nil {
		o.t.Fatal(err)
	}
	o.Desk = desk
}

// save puts answers into the draft and returns its revision.
func (o *office) save(answers map[Cell]Answer) uint64 {
	o.t.Helper()
	draft, err := o.Draft(o.t.Context(), clerk, qingxu)
	if err != nil {
		o.t.Fatal(err)
	}
	for cell, answer := range answers {
		draft.Answers[cell.String()] = answer
	}
	if draft, err = o.SaveDraft(o.t.Context(), clerk, draft); err != nil {
		o.t.Fatal(err)
	}
	return draft.Revision
}

func (o *office) submit(answers map[Cell]Answer) Receipt {
	o.t.Helper()
	receipt, err := o.Submit(o.t.Context(), clerk, qingxu, o.save(answers))
	if err != nil {
		o.t.Fatal(err)
	}
	return receipt
}

// entered returns the newest entry of a cell.
func (o *office) entered(cell Cell) Entry {
	o.t.Helper()
	sheet, err := o.Sheet(o.t.Context(), clerk, qingxu, o.Today())
	if err != nil {
		o.t.Fatal(err)
	}
	for _, e := range sheet.Entered {
		if e.Cell == cell {
			return e
		}
	}
	o.t.Fatalf("%s is not entered", cell)
	return Entry{}
}

func (o *office) decide(by Actor, decisions ...Decision) []Decided {
	o.t.Helper()
	results, err := o.Decide(o.t.Context(), by, decisions)
	if err != nil {
		o.t.Fatal(err)
	}
	return results
}

func (o *office) on(cell Cell, act Act, text string) Decision {
	return Decision{Region: qingxu, Cell: cell, Revision: o.entered(cell).Revision, Act: act, Text: text}
}

// collected runs the collector and returns what it handed over.
func (o *office) collected() []pipeline.RawDocument {
	o.t.Helper()
	var all []pipeline.RawDocument
	err := o.Collector().Collect(o.t.Context(), pipeline.Window{}, func(_ context.Context, raw pipeline.RawDocument) error {
		all = append(all, raw)
		return nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return all
}

// wants fails unless err is a problem of that kind.
func wants(t testing.TB, err error, kind ProblemKind) *Problem {
	t.Helper()
	var p *Problem
	if !errors.As(err, &p) || p.Kind != kind {
		t.Fatalf("got %v, want a problem of kind %s", err, kind)
	}
	if p.Words.ZH == "" || p.Words.EN == "" {
		t.Fatalf("problem %s has no words in one language: %+v", kind, p.Words)
	}
	return p
}

func asks(sheet *Sheet) []string {
	var cells []string
	for _, task := range sheet.Tasks {
		for _, ask := range task.Asks {
			cells = append(cells, ask.Cell.String())
		}
	}
	return cells
}
