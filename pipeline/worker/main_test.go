package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"

	"zhibiao/internal/contract"
	"zhibiao/pipeline"
	"zhibiao/pipeline/archive"
	"zhibiao/pipeline/stream"
	"zhibiao/transformers/check"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testReader reads bodies of lines "key value": each line is an observation, a
// line "?label" a refusal. The body "fault" is an error of the reader and "panic"
// a panic.
type testReader struct{}

func (testReader) Read(doc pipeline.Document, _ *pipeline.Rules) (pipeline.Reading, error) {
	reading := pipeline.Reading{Schema: pipeline.ReadingSchema, Origin: *doc.Origin(), Complete: true}
	offset := 0
	for i, line := range strings.Split(string(doc.Body), "\n") {
		key, value, _ := strings.Cut(line, " ")
		place := fmt.Sprintf("line[%d]", i)
		start, end := uint32(offset), uint32(offset+len(line))
		offset += len(line) + 1
		switch {
		case key == "fault":
			return pipeline.Reading{}, errors.New("fault of the reader")
		case key == "panic":
			panic("panic of the reader")
		case key == "":
		case strings.HasPrefix(key, "?"):
			reading.Refusals = append(reading.Refusals, pipeline.Refusal{
				Reason: pipeline.UnknownIndicator, Label: key[1:], Detail: "unknown", Count: 1, Locator: place, ByteStart: start, ByteEnd: end})
		default:
			reading.Observations = append(reading.Observations, pipeline.Observation{
				Indicator: key, Region: "140000", Period: pipeline.YearPeriod(2024, pipeline.Flow), Op: pipeline.Assert, Value: value,
				Unit: "亿元", Status: pipeline.First, Access: doc.Access, RawText: value, Sign: pipeline.Plus,
				Locator: place, ByteStart: start, ByteEnd: end})
		}
	}
	reading.Bind()
	return reading, nil
}

// testReadings compare by key and value.
var testReadings = Readings{
	Encode: func(r *pipeline.Reading) ([]byte, error) { return json.Marshal(r) },
	Decode: func(content []byte) (*pipeline.Reading, error) {
		var reading pipeline.Reading
		err := json.Unmarshal(content, &reading)
		reading.Bind()
		return &reading, err
	},
	Diff: func(baseline *pipeline.Reading, next pipeline.Reading) []pipeline.Observation {
		standing := standingOf(baseline)
		var rows []pipeline.Observation
		for _, o := range next.Observations {
			if before, stands := standing[o.Key()]; !stands || !before.SameValue(&o) {
				rows = append(rows, o)
			}
		}
		return rows
	},
	Stand: func(baseline, next *pipeline.Reading, rows []pipeline.Observation) {
		standing := standingOf(baseline)
		for _, o := range rows {
			standing[o.Key()] = pipeline.Standing{ID: o.ID(), Observation: o}
		}
		next.Standing = []pipeline.Standing{}
		for _, key := range slices.Sorted(maps.Keys(standing)) {
			next.Standing = append(next.Standing, standing[key])
		}
	},
	DiffRefusals: func(baseline *pipeline.Reading, next pipeline.Reading) []pipeline.Refusal {
		known := map[string]bool{}
		if baseline != nil {
			for _, r := range baseline.Refusals {
				known[r.Key()] = true
			}
		}
		return slices.DeleteFunc(slices.Clone(next.Refusals), func(r pipeline.Refusal) bool { return known[r.Key()] })
	},
	Review: check.Review, Open: check.Open, Release: check.Release,
}

func standingOf(baseline *pipeline.Reading) map[string]pipeline.Standing {
	standing := map[string]pipeline.Standing{}
	if baseline != nil {
		for _, s := range baseline.Standing {
			standing[s.Key()] = s
		}
	}
	return standing
}

// site is what a source shows now, by URL.
type site struct {
	pages map[string]string
	clock func() time.Time
	err   error // at the end of a collection
}

func (s *site) Collect(ctx context.Context, _ pipeline.Window, emit func(context.Context, pipeline.RawDocument) error) error {
	for _, url := range slices.Sorted(maps.Keys(s.pages)) {
		err := emit(ctx, pipeline.RawDocument{Source: "site", Supplier: pipeline.Public, Access: pipeline.AccessPublic, Method: "GET",
			URL: url, FetchedAt: s.clock(), Body: []byte(s.pages[url])})
		if err != nil {
			return err
		}
	}
	return s.err
}

// clock counts on by a second at each look.
func newClock() func() time.Time {
	var mu sync.Mutex
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Second)
		return now
	}
}

const testRules = "rules-1"

var testDerivation = pipeline.Derivation{ID: testRules, No: 1, Parser: "test/1", EffectiveAt: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}

func rulesOf(context.Context, pipeline.Document) (pipeline.Reader, *pipeline.Rules, pipeline.Derivation, error) {
	return testReader{}, &pipeline.Rules{ID: testRules}, testDerivation, nil
}

// rig is one process of the pipeline on folders that outlive it, with a
// warehouse that outlives it too.
type rig struct {
	t         *testing.T
	dir       string
	warehouse *contract.Memory
	site      *site
	source    pipeline.Source
	profile   stream.Profile
	rules     RulesOf
	load      LoadConfig

	broker  *stream.Embedded
	archive *archive.Archive
	collect *Collect
	stop    context.CancelFunc
	running sync.WaitGroup
}

func newRig(t *testing.T) *rig {
	clock := newClock()
	return &rig{
		t: t, dir: t.TempDir(), warehouse: &contract.Memory{}, rules: rulesOf,
		site:   &site{pages: map[string]string{}, clock: clock},
		source: pipeline.Source{Name: "site"},
		load:   LoadConfig{Quiet: 5 * time.Millisecond, FirstPause: 5 * time.Millisecond, LastPause: 20 * time.Millisecond},
	}
}

// open starts the process; loops says whether the workers run.
func (r *rig) open(failpoint Failpoint, loops bool) {
	r.t.Helper()
	var err error
	if r.broker, err = stream.StartEmbedded(r.t.Context(), stream.Config{Dir: r.dir + "/broker", MaxStore: 256 << 20, Profile: r.profile}); err != nil {
		r.t.Fatal(err)
	}
	if r.archive, err = archive.Open(r.dir + "/archive"); err != nil {
		r.t.Fatal(err)
	}
	if r.collect, err = NewCollect(r.t.Context(), r.archive, r.broker.Broker, r.site.clock, zap.NewNop()); err != nil {
		r.t.Fatal(err)
	}
	r.collect.Failpoint = failpoint
	var ctx context.Context
	ctx, r.stop = context.WithCancel(context.Background())
	if !loops {
		return
	}
	transform := NewTransform(r.archive, r.broker.Broker, r.rules, testReadings, zap.NewNop(), TransformConfig{
		Workers: 2, FirstPause: 5 * time.Millisecond, LastPause: 20 * time.Millisecond, Failpoint: failpoint})
	config := r.load
	config.Failpoint = failpoint
	load := NewLoad(r.broker.Broker, r.warehouse, r.warehouse, zap.NewNop(), config)
	for _, run := range []func(context.Context) error{transform.Run, load.Run} {
		r.running.Go(func() {
			if err := run(ctx); err != nil {
				r.t.Error(err)
			}
		})
	}
}

// close ends the process: what was killed before stays killed.
func (r *rig) close() {
	r.t.Helper()
	r.stop()
	r.running.Wait()
	if err := errors.Join(r.broker.Close(), r.archive.Close()); err != nil {
		r.t.Error(err)
	}
}

func (r *rig) run() (pipeline.Run, error) {
	return r.collect.Run(r.t.Context(), Job{Source: r.source, Collector: r.site, Derivation: testDerivation, Trigger: "manual"})
}

func (r *rig) mustRun() pipeline.Run {
	r.t.Helper()
	run, err := r.run()
	if err != nil {
		r.t.Fatal(err)
	}
	return run
}

func (r *rig) awaitIdle() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := r.broker.AwaitIdle(ctx, 0); err != nil {
		depths, _ := r.broker.Depths(context.Background())
		r.t.Fatalf("%v: %+v", err, depths)
	}
}

func (r *rig) dead() []stream.Letter {
	r.t.Helper()
	letters, err := r.broker.Letters(context.Background(), 0, 1000)
	if err != nil {
		r.t.Fatal(err)
	}
	return letters
}

// values returns what the warehouse holds of an indicator, oldest first.
func (r *rig) values(indicator string) []string {
	var rows []pipeline.Observation
	for _, row := range r.warehouse.Observations() {
		if row.Indicator == indicator {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b pipeline.Observation) int { return a.Origin.FetchedAt.Compare(b.Origin.FetchedAt) })
	var values []string
	for _, row := range rows {
		values = append(values, row.Value)
	}
	return values
}

func (r *rig) expectValues(indicator string, want ...string) {
	r.t.Helper()
	if got := r.values(indicator); !slices.Equal(got, want) {
		r.t.Errorf("%s has the values %v, want %v", indicator, got, want)
	}
}
