package rebuild

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"zhibiao/pipeline"
	"zhibiao/pipeline/archive"
	"zhibiao/pipeline/worker"
	"zhibiao/transformers"
	"zhibiao/transformers/check"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var readings = worker.Readings{
	Encode: transformers.EncodeReading, Decode: transformers.DecodeReading, Diff: transformers.Diff,
	Stand: transformers.Stand, DiffRefusals: transformers.DiffRefusals,
	Review: check.Review, Open: check.Open, Release: check.Release,
}

// lineReader reads bodies of lines "indicator value"; a line "?label" is a refusal,
// "fault" an error of the reader. By old rules every value ends in a 0 more.
type lineReader struct{ whim *int }

func (r lineReader) Read(doc pipeline.Document, rules *pipeline.Rules) (pipeline.Reading, error) {
	reading := pipeline.Reading{Schema: pipeline.ReadingSchema, Origin: *doc.Origin(), Complete: true,
		Observations: []pipeline.Observation{}, Refusals: []pipeline.Refusal{}}
	offset := uint32(0)
	for i, line := range strings.Split(string(doc.Body), "\n") {
		indicator, value, _ := strings.Cut(line, " ")
		start, end := offset, offset+uint32(len(line))
		offset = end + 1
		switch {
		case line == "fault":
			return pipeline.Reading{}, fmt.Errorf("fault of the reader")
		case line == "":
			continue
		case strings.HasPrefix(line, "?"):
			reading.Refusals = append(reading.Refusals, pipeline.Refusal{Reason: pipeline.UnknownIndicator, Label: line[1:], Count: 1, ByteStart: start, ByteEnd: end})
			continue
		}
		if rules.ID == oldRules {
			value += "0"
		}
		if r.whim != nil {
			*r.whim++
			value += fmt.Sprint(*r.whim)
		}
		reading.Observations = append(reading.Observations, pipeline.Observation{
			Indicator: indicator, Region: "140000", Period: pipeline.YearPeriod(2024, pipeline.Flow), Op: pipeline.Assert, Value: value,
			Unit: "亿元", Status: pipeline.First, Access: doc.Access, RawText: value, Sign: pipeline.Plus,
			Locator: fmt.Sprintf("line[%d]", i), ByteStart: start, ByteEnd: end})
	}
	reading.Bind()
	return reading, nil
}

const (
	oldRules = "rules-old"
	newRules = "rules-new"
)

var derivations = map[string]pipeline.Derivation{
	oldRules: {ID: oldRules, No: 1, Parser: "p", EffectiveAt: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)},
	newRules: {ID: newRules, No: 2, Parser: "p", EffectiveAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
}

// store is an archive in a folder, filled as the pipeline fills it, with what the
// pipeline published on the way.
type store struct {
	*archive.Archive
	t       testing.TB
	dir     string
	want    *ledger
	heads   map[string]pipeline.Document
	stand   map[string]*pipeline.Reading
	fetched time.Time
	expect  *pipeline.Yield // of the next version
}

func newStore(t testing.TB) *store {
	s := &store{t: t, dir: t.TempDir(), want: newLedger(), heads: map[string]pipeline.Document{}, stand: map[string]*pipeline.Reading{},
		fetched: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)}
	var err error
	if s.Archive, err = archive.Open(s.dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// archived puts a body on top of a page's lineage, without a reading and unplaced.
func (s *store) archived(page, body, rules string) pipeline.Document {
	s.t.Helper()
	s.fetched = s.fetched.Add(time.Second)
	raw := pipeline.RawDocument{Source: "s", Supplier: pipeline.Public, Access: pipeline.AccessPublic, Method: "GET",
		URL: "http://example.cn/" + page, FetchedAt: s.fetched, Body: []byte(body)}
	doc := pipeline.NewDocument(raw, s.heads[page].Version, derivations[rules])
	if _, err := s.PutBody(context.Background(), raw.Body); err != nil {
		s.t.Fatal(err)
	}
	if _, _, err := s.PutDocument(context.Background(), doc); err != nil {
		s.t.Fatal(err)
	}
	return doc
}

// placed also places it.
func (s *store) placed(page, body, rules string) pipeline.Document {
	s.t.Helper()
	doc := s.archived(page, body, rules)
	if err := s.Place(context.Background(), doc.Version); err != nil {
		s.t.Fatal(err)
	}
	s.heads[page] = doc
	return doc
}

// published also reads and publishes it.
func (s *store) published(page, body, rules string) pipeline.Document {
	s.t.Helper()
	doc := s.placed(page, body, rules)
	next, err := readings.Next(lineReader{}, &pipeline.Rules{ID: rules}, s.expect, doc, s.stand[page])
	if err != nil {
		s.t.Fatal(err)
	}
	encoded, err := readings.Encode(&next)
	if err != nil {
		s.t.Fatal(err)
	}
	hash, err := s.PutReading(context.Background(), doc.Version, encoded)
	if err != nil {
		s.t.Fatal(err)
	}
	doc.Body = nil
	s.want.news(s.t, readings.News(doc, s.stand[page], next, hash))
	s.stand[page] = &next
	return doc
}

// plan is what there is to rebuild now.
func (s *store) plan() *Plan {
	s.t.Helper()
	cut, err := NewCut(context.Background(), s)
	if err != nil {
		s.t.Fatal(err)
	}
	plan, err := NewPlan(context.Background(), s, cut)
	if err != nil {
		s.t.Fatal(err)
	}
	return plan
}

func (s *store) config(into *ledger) Config {
	return Config{
		Archive: s, Readings: readings, Loader: into, Records: into, Workers: 2,
		Rules: func(string) (pipeline.Reader, *pipeline.Rules, error) {
			return lineReader{}, &pipeline.Rules{ID: newRules}, nil
		},
		Derivation: func(context.Context, string) (pipeline.Derivation, error) { return derivations[newRules], nil },
	}
}

// run rebuilds and fails the test unless it comes to its end.
func (s *store) run(change func(*Plan, *Config)) (Report, *ledger) {
	s.t.Helper()
	into := newLedger()
	plan, config := s.plan(), s.config(into)
	if change != nil {
		change(plan, &config)
	}
	report, err := Run(context.Background(), plan, config)
	if err != nil {
		s.t.Fatal(err)
	}
	return report, into
}

// flip changes one bit in the middle of a file of the archive.
func (s *store) flip(folder, hash string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, folder, hash[:2], hash+".zst")
	content, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// ledger is a warehouse in memory: rows by what they say, each once.
type ledger struct {
	mu    sync.Mutex
	rows  map[string]bool
	loads []int
	fail  func(rows int) error
}

func newLedger() *ledger { return &ledger{rows: map[string]bool{}} }

func (l *ledger) put(kind string, n int, row func(int) any) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		if err := l.fail(n); err != nil {
			return err
		}
	}
	l.loads = append(l.loads, n)
	for i := range n {
		text, err := json.Marshal(row(i))
		if err != nil {
			return err
		}
		l.rows[kind+" "+string(text)] = true
	}
	return nil
}

func (l *ledger) Load(_ context.Context, rows []pipeline.Observation) error {
	return l.put("observation", len(rows), func(i int) any { return []any{rows[i].Origin, rows[i], rows[i].ID()} })
}

func (l *ledger) LoadRefusals(_ context.Context, rows []pipeline.Refusal) error {
	return l.put("refusal", len(rows), func(i int) any { return []any{rows[i].Origin, rows[i]} })
}

func (l *ledger) LoadRecords(_ context.Context, rows []pipeline.Record) error {
	return l.put("record", len(rows), func(i int) any { return rows[i] })
}

func (l *ledger) news(t testing.TB, news worker.News) {
	t.Helper()
	ctx := context.Background()
	for _, err := range []error{l.Load(ctx, news.Rows), l.LoadRefusals(ctx, news.Refusals), l.LoadRecords(ctx, []pipeline.Record{{Document: &news.Document}})} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (l *ledger) text() string {
	var out bytes.Buffer
	for _, row := range slices.Sorted(func(yield func(string) bool) {
		for row := range l.rows {
			if !yield(row) {
				return
			}
		}
	}) {
		out.WriteString(row + "\n")
	}
	return out.String()
}

func equal(t interface {
	Helper()
	Fatalf(string, ...any)
}, got, want *ledger) {
	t.Helper()
	if g, w := got.text(), want.text(); g != w {
		t.Fatalf("rebuilt:\n%s\nwas published:\n%s", g, w)
	}
}
