package worker

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhibiao/pipeline"
)

// rereadReader reads as its rules say: "old=new" replaces keys and values line by
// line before testReader reads; a key that becomes "" is not read.
type rereadReader struct{ replace map[string]string }

func (r rereadReader) Read(doc pipeline.Document, rules *pipeline.Rules) (pipeline.Reading, error) {
	lines := strings.Split(string(doc.Body), "\n")
	for i, line := range lines {
		if to, found := r.replace[line]; found {
			lines[i] = to + strings.Repeat(" ", max(0, len(line)-len(to)))
			if to == "" {
				lines[i] = ""
			}
		}
	}
	doc.Body = []byte(strings.Join(lines, "\n"))
	reading, err := testReader{}.Read(doc, rules)
	for i := range reading.Observations {
		reading.Observations[i].Value = strings.TrimSpace(reading.Observations[i].Value)
	}
	seen := map[string]bool{} // testReadings know one place of a key
	reading.Observations = slices.DeleteFunc(reading.Observations, func(o pipeline.Observation) bool {
		again := seen[o.Key()]
		seen[o.Key()] = true
		return again
	})
	return reading, err
}

// state is a set of rules as it is registered.
type state struct {
	derivation pipeline.Derivation
	reader     rereadReader
}

func (s *state) rulesOf(context.Context, pipeline.Document) (pipeline.Reader, *pipeline.Rules, pipeline.Derivation, error) {
	return s.reader, &pipeline.Rules{ID: s.derivation.ID}, s.derivation, nil
}

func derivationNo(n int) pipeline.Derivation {
	return pipeline.Derivation{ID: fmt.Sprint("rules-", n), No: uint16(n), Parser: "test", EffectiveAt: time.Date(2030+n, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// latest answers as the warehouse does: of each key the greatest (fetched_at,
// derivation_no, document, byte_start) known by a time; then retractions drop out.
func latest(rows map[string]pipeline.Observation, at time.Time) map[string]string {
	best := map[string]pipeline.Observation{}
	for _, row := range rows {
		if row.Origin.KnownAt.After(at) {
			continue
		}
		old, found := best[row.Key()]
		if !found || cmp.Or(row.Origin.FetchedAt.Compare(old.Origin.FetchedAt), cmp.Compare(row.Origin.DerivationNo, old.Origin.DerivationNo),
			cmp.Compare(row.Origin.Document, old.Origin.Document), cmp.Compare(row.ByteStart, old.ByteStart)) > 0 {
			best[row.Key()] = row
		}
	}
	values := map[string]string{}
	for _, row := range best {
		if row.Op != pipeline.Retract {
			values[row.Indicator] = row.Value
		}
	}
	return values
}

var farFuture = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

func registered(t *testing.T, r *rig, states ...*state) {
	t.Helper()
	derivations, err := r.broker.Derivations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		got, err := derivations.Renew(t.Context(), "site", s.derivation.ID, "test", s.derivation.EffectiveAt)
		if err != nil {
			t.Fatal(err)
		}
		s.derivation = got
	}
}

func (r *rig) collectUnder(s *state) {
	r.t.Helper()
	run, err := r.collect.Run(r.t.Context(), Job{Source: r.source, Collector: r.site, Derivation: s.derivation, Trigger: "manual"})
	if err != nil || len(run.Failures) > 0 {
		r.t.Fatalf("%v %v", err, run.Failures)
	}
}

func (r *rig) rereadAll(s *state) int {
	r.t.Helper()
	done := 0
	for url := range r.site.pages {
		again, err := r.collect.Reread(r.t.Context(), pipeline.LineageID("site", "GET", url, nil), s.derivation)
		if err != nil {
			r.t.Fatal(err)
		}
		if again {
			done++
		}
	}
	r.awaitIdle()
	return done
}

func TestARereadingCorrectsWhatTheOldRulesReadWronglyAndNothingElse(t *testing.T) {
	r := newRig(t)
	old := &state{derivation: derivationNo(1), reader: rereadReader{map[string]string{"gdp 12": "gdp 1", "tax 7": ""}}}
	mended := &state{derivation: derivationNo(2), reader: rereadReader{map[string]string{"ghost 5": ""}}}
	r.rules = old.rulesOf
	r.open(nil, true)
	registered(t, r, old)
	r.site.pages[page] = "gdp 12\npop 3\nghost 5\ntax 7"
	r.collectUnder(old)
	r.awaitIdle()
	r.site.pages[page] = "gdp 12\npop 4\nghost 5"
	r.collectUnder(old)
	r.awaitIdle()
	before := latest(r.warehouse.Observations(), farFuture)
	published := len(r.warehouse.Observations())
	r.close()
	r.rules = mended.rulesOf
	r.open(nil, true)
	defer r.close()
	registered(t, r, mended)
	if n := r.rereadAll(mended); n != 1 {
		t.Fatalf("%d lineages were read again, want 1", n)
	}
	want := map[string]string{"gdp": "12", "pop": "4", "tax": "7"}
	if got := latest(r.warehouse.Observations(), farFuture); !maps.Equal(got, want) {
		t.Errorf("the latest is %v, want %v", got, want)
	}
	if got := latest(r.warehouse.Observations(), mended.derivation.EffectiveAt.Add(-time.Second)); !maps.Equal(got, before) {
		t.Errorf("as known before it is %v, want %v", got, before)
	}
	if added := len(r.warehouse.Observations()) - published; added != 3 {
		t.Errorf("%d rows were added, want gdp, tax and the retraction of ghost", added)
	}
	for _, row := range r.warehouse.Observations() {
		if row.Op == pipeline.Retract && (row.Indicator != "ghost" || row.Prior == "" || row.ByteEnd != 0) {
			t.Errorf("retracted %+v", row)
		}
	}
	if n := r.rereadAll(mended); n != 0 {
		t.Errorf("a second time reads %d lineages again", n)
	}
	r.site.pages[page] = "gdp 13\npop 4\nghost 5"
	r.collectUnder(mended)
	r.awaitIdle()
	want = map[string]string{"gdp": "13", "pop": "4", "tax": "7"}
	if got := latest(r.warehouse.Observations(), farFuture); !maps.Equal(got, want) {
		t.Errorf("after the next document the latest is %v, want %v", got, want)
	}
}

func TestANewDocumentComesAfterTheRereadingOfItsLineage(t *testing.T) {
	r := newRig(t)
	old := &state{derivation: derivationNo(1), reader: rereadReader{map[string]string{"tax 7": "tax 70"}}}
	mended := &state{derivation: derivationNo(2)}
	r.rules = old.rulesOf
	r.open(nil, true)
	registered(t, r, old)
	r.site.pages[page] = "gdp 1\ntax 7"
	r.collectUnder(old)
	r.awaitIdle()
	r.close()
	r.rules = mended.rulesOf
	r.open(nil, true)
	defer r.close()
	registered(t, r, mended)
	r.site.pages[page] = "gdp 2" // tax is not shown any more: only a rereading mends it
	r.collectUnder(mended)
	r.awaitIdle()
	want := map[string]string{"gdp": "2", "tax": "7"}
	if got := latest(r.warehouse.Observations(), farFuture); !maps.Equal(got, want) {
		t.Errorf("the latest is %v, want %v", got, want)
	}
}

// Rules that go there and back say in the end what they said at first, although
// the rows in between have a greater number.
func TestRulesThatAreTakenBackOverruleWhatWasReadInBetween(t *testing.T) {
	r := newRig(t)
	good := &state{derivation: derivationNo(1)}
	bad := &state{derivation: derivationNo(2), reader: rereadReader{map[string]string{"gdp 1": "gdp 100"}}}
	r.site.pages[page] = "gdp 1"
	for i, s := range []*state{good, bad, good} {
		r.rules = s.rulesOf
		r.open(nil, true)
		registered(t, r, s)
		if i == 0 {
			r.collectUnder(s)
			r.awaitIdle()
		} else {
			r.rereadAll(s)
		}
		r.close()
	}
	if got := latest(r.warehouse.Observations(), farFuture)["gdp"]; got != "1" {
		t.Errorf("the latest is %s, want 1", got)
	}
	if good.derivation.No != 3 {
		t.Errorf("the rules that came back have number %d, want 3", good.derivation.No)
	}
}

// Nothing is retracted because new rules find nothing in a document at all.
func TestRulesThatFindNothingRetractNothing(t *testing.T) {
	r := newRig(t)
	old, broken := &state{derivation: derivationNo(1)}, &state{derivation: derivationNo(2), reader: rereadReader{map[string]string{"gdp 1": "", "tax 2": ""}}}
	r.rules = old.rulesOf
	r.open(nil, true)
	registered(t, r, old)
	r.site.pages[page] = "gdp 1\ntax 2"
	r.collectUnder(old)
	r.awaitIdle()
	r.close()
	r.rules = broken.rulesOf
	r.open(nil, true)
	defer r.close()
	registered(t, r, broken)
	r.rereadAll(broken)
	if got := latest(r.warehouse.Observations(), farFuture); len(got) != 2 {
		t.Errorf("the latest is %v, want both values", got) // promise 6
	}
}

// A process that is killed at any place of a rereading goes on with it, and no row
// is missing or too many (promises 1, 3 and 7).
func TestARereadingThatIsKilledGoesOn(t *testing.T) {
	for _, place := range []string{AtDocumentArchived, AtHeadPending, AtDocumentPlaced, AtDocumentPublished, AtHeadAdvanced,
		AtReadingArchived, AtObservationsPublished, AtRefusalsPublished, AtRecordPublished, AtLoaded} {
		t.Run(place, func(t *testing.T) {
			want := rereadRows(t, "")
			if got := rereadRows(t, place); !slices.Equal(got, want) {
				t.Errorf("killed it ends with\n%v\nwant\n%v", got, want)
			}
		})
	}
}

// rereadRows reads a lineage again, killed at a place and started anew, and returns
// the ids that the warehouse has in the end.
func rereadRows(t *testing.T, killAt string) []string {
	t.Helper()
	r := newRig(t)
	old := &state{derivation: derivationNo(1), reader: rereadReader{map[string]string{"gdp 12": "gdp 1"}}}
	mended := &state{derivation: derivationNo(2), reader: rereadReader{map[string]string{"ghost 5": ""}}}
	r.rules = old.rulesOf
	r.open(nil, true)
	registered(t, r, old)
	for _, body := range []string{"gdp 12\nghost 5\n?a", "gdp 12\ntax 1"} {
		r.site.pages[page] = body
		r.collectUnder(old)
		r.awaitIdle()
	}
	r.close()
	r.rules = mended.rulesOf
	if killAt != "" {
		r.killAt(killAt, mended)
	}
	r.open(nil, true)
	defer r.close()
	registered(t, r, mended)
	if _, err := r.collect.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.rereadAll(mended)
	if dead := r.dead(); len(dead) > 0 {
		t.Errorf("%d dead letters", len(dead))
	}
	return slices.Sorted(maps.Keys(r.warehouse.Observations()))
}

// killAt runs the process until a failpoint and stops all that goes through it.
func (r *rig) killAt(place string, s *state) {
	r.t.Helper()
	reached := make(chan struct{}, 64)
	r.open(func(name string) {
		if name == place {
			reached <- struct{}{}
			runtime.Goexit()
		}
	}, true)
	registered(r.t, r, s)
	go func() {
		_, _ = r.collect.Reread(context.Background(), pipeline.LineageID("site", "GET", page, nil), s.derivation)
	}()
	select {
	case <-reached:
	case <-time.After(30 * time.Second):
		r.t.Fatalf("%s was not reached", place)
	}
	r.close()
}

// Whatever the versions and the two sets of rules: after a rereading the warehouse
// answers as if the new rules had read everything, and what it answered before is
// still there as known then.
func TestARereadingEndsWhereTheNewRulesAloneWouldHave(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := []string{"a 1", "a 2", "b 1", "b 2", "c 1"}
		bodies := rapid.SliceOfN(rapid.SliceOfDistinct(rapid.SampledFrom(lines), func(line string) string { return line[:1] }), 1, 5).Draw(t, "versions")
		rules := func(name string) rereadReader {
			return rereadReader{rapid.MapOf(rapid.SampledFrom(lines), rapid.SampledFrom([]string{"", "a 9", "b 9", "d 9"})).Draw(t, name)}
		}
		chain := newPureChain(append(slices.Collect(slices.Values(bodies)), []string{"z 1"})) // the last is read by all
		chain.readUnder(derivationNo(1), rules("old"))
		before := latest(chain.rows, farFuture)
		mended := rules("new")
		chain.reread(derivationNo(2), mended)
		alone := newPureChain(chain.bodies)
		alone.readUnder(derivationNo(2), mended)
		if got, want := latest(chain.rows, farFuture), latest(alone.rows, farFuture); chain.trusted && !maps.Equal(got, want) {
			t.Fatalf("the latest is %v, the new rules alone say %v", got, want)
		}
		if got := latest(chain.rows, derivationNo(2).EffectiveAt.Add(-time.Second)); !maps.Equal(got, before) {
			t.Fatalf("as known before it is %v, want %v", got, before)
		}
		// A value that had to be carried over a later fetch is told of its own fetch
		// the next time, one fetch at a time; then there is no more to say.
		no, again := 3, 1
		for ; again > 0 && no < 4+len(bodies); no++ {
			again = chain.reread(derivationNo(no), mended)
		}
		if again != 0 && chain.trusted {
			t.Fatalf("the same rules publish %d rows again and again", again)
		}
		if got, want := latest(chain.rows, farFuture), latest(alone.rows, farFuture); chain.trusted && !maps.Equal(got, want) {
			t.Fatalf("after more rereadings the latest is %v, want %v", got, want)
		}
	})
}

// pureChain is a lineage without archive and broker.
type pureChain struct {
	bodies  [][]string
	past    []Past
	rows    map[string]pipeline.Observation // published, by id
	last    *pipeline.Reading
	trusted bool // each version had something under the rules of the rereading
}

func newPureChain(bodies [][]string) *pureChain {
	return &pureChain{bodies: bodies, rows: map[string]pipeline.Observation{}, trusted: true}
}

func (c *pureChain) publish(doc pipeline.Document, reading pipeline.Reading) int {
	news := testReadings.News(doc, c.last, reading, "")
	c.past = append(c.past, Past{Document: doc, Rows: news.Rows})
	for _, row := range news.Rows {
		c.rows[row.ID()] = row
	}
	c.last = &reading
	return len(news.Rows)
}

func (c *pureChain) readUnder(derivation pipeline.Derivation, reader rereadReader) {
	predecessor := ""
	for i, lines := range c.bodies {
		doc := pipeline.NewDocument(pipeline.RawDocument{Source: "site", Supplier: pipeline.Public, Access: pipeline.AccessPublic, Method: "GET", URL: page,
			FetchedAt: time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC), Body: []byte(strings.Join(lines, "\n"))}, predecessor, derivation)
		reading, err := testReadings.Next(reader, nil, nil, doc, c.last)
		if err != nil {
			panic(err)
		}
		c.publish(doc, reading)
		predecessor = doc.Version
	}
}

func (c *pureChain) reread(derivation pipeline.Derivation, reader rereadReader) int {
	doc := c.past[len(c.past)-1].Document.Reread(derivation)
	reading, err := testReadings.Reread(context.Background(), doc, c.past, func(_ context.Context, doc pipeline.Document, baseline *pipeline.Reading) (pipeline.Reading, error) {
		doc.Derivation = derivation
		for i, p := range c.past {
			if p.Document.Version == doc.Version {
				doc.Body = []byte(strings.Join(c.bodies[i], "\n"))
			}
		}
		next, err := testReadings.Next(reader, nil, nil, doc, baseline)
		c.trusted = c.trusted && len(next.Observations) > 0
		return next, err
	})
	if err != nil {
		panic(err)
	}
	return c.publish(doc, reading)
}
