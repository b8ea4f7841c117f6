package rebuild

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/pipeline"
	"zhibiao/pipeline/archive"
)

// The order of the lineages, doubled ones, the number of workers and the size of
// loads change nothing (promise 3).
func TestARebuildEqualsWhatWasPublishedInWhateverOrder(t *testing.T) {
	s := newStore(t)
	random := rand.New(rand.NewPCG(4, 0))
	for i := range 36 {
		page, body, rules := fmt.Sprint("page", random.IntN(9)), "", oldRules
		for _, indicator := range []string{"gdp", "tax", "cpi"} {
			if value := random.IntN(4); value > 0 {
				body += fmt.Sprintf("%s %d\n", indicator, value)
			}
		}
		if random.IntN(3) == 0 {
			body += "?财政总收入\n"
		}
		if i > 16 {
			rules = newRules
		}
		if s.heads[page].Hash != pipeline.HashBody([]byte(body)) { // else a confirmation
			s.published(page, body, rules)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		report, got := s.run(func(plan *Plan, config *Config) {
			plan.Chains = append(plan.Chains, plan.Chains...)
			rand.New(rand.NewPCG(seed, 0)).Shuffle(len(plan.Chains), func(i, j int) {
				plan.Chains[i], plan.Chains[j] = plan.Chains[j], plan.Chains[i]
			})
			config.Workers = rapid.SampledFrom([]int{1, 2, 4}).Draw(rt, "workers")
			config.MaxRows = rapid.IntRange(1, 20).Draw(rt, "rows of a load")
		})
		equal(rt, got, s.want)
		if len(report.Problems) > 0 || report.Replayed < 10 || report.Afresh < 10 {
			rt.Fatalf("report %+v", report)
		}
	})
}

func TestAnOlderDerivationIsReplayedAndThePresentOneReadAfresh(t *testing.T) {
	s := newStore(t)
	s.published("a", "gdp 1", oldRules) // old rules said 10
	s.published("a", "gdp 1\ntax 2", newRules)
	s.published("b", "gdp 3", newRules)
	report, got := s.run(nil)
	equal(t, got, s.want)
	if report.Afresh != 2 || report.Replayed != 1 || report.Lineages != 2 || report.Rows != 4 {
		t.Errorf("report %+v, want 2 read afresh, 1 replayed, 4 rows of 2 lineages", report)
	}
	if !strings.Contains(got.text(), `"value":"10"`) {
		t.Errorf("what the old rules said is not there:\n%s", got.text())
	}
	report, got = s.run(func(_ *Plan, config *Config) {
		config.Rules = func(string) (pipeline.Reader, *pipeline.Rules, error) { return nil, nil, ErrNoRules }
	})
	equal(t, got, s.want)
	if report.Replayed != 3 {
		t.Errorf("without the source's file %d of 3 versions were replayed", report.Replayed)
	}
}

func TestOnlyWhatWasPlacedIsRebuilt(t *testing.T) {
	s := newStore(t)
	s.published("a", "gdp 1", newRules)
	s.archived("a", "gdp 2", newRules) // its process died, and the page changed again
	s.published("a", "gdp 3", newRules)
	s.archived("b", "gdp 4", newRules)
	report, got := s.run(nil)
	equal(t, got, s.want)
	if report.Afresh != 2 || len(report.Problems) > 0 {
		t.Errorf("report %+v, want 2 versions and no problem", report)
	}
}

func TestWhatWasNeverReadIsRead(t *testing.T) {
	s := newStore(t)
	s.published("a", "gdp 1", newRules)
	s.placed("a", "gdp 2", newRules)
	waited := s.placed("b", "gdp 5", oldRules) // fetched under old rules, read under the new
	report, got := s.run(nil)
	if report.Afresh != 3 || report.Rows != 3 || len(report.Problems) > 0 {
		t.Errorf("report %+v, want 3 versions read and no problem", report)
	}
	if text := got.text(); !strings.Contains(text, `"value":"5"`) || strings.Contains(text, `"value":"50"`) {
		t.Errorf("what waited while the rules changed is read under the new ones:\n%s", text)
	}
	waited.Derivation = derivations[newRules]
	next, err := readings.Next(lineReader{}, &pipeline.Rules{ID: newRules}, nil, waited, nil)
	if err != nil {
		t.Fatal(err)
	}
	encoded, _ := readings.Encode(&next)
	if _, err := s.PutReading(t.Context(), waited.Version, encoded); err != nil {
		t.Fatal(err)
	}
	report, again := s.run(func(_ *Plan, config *Config) {
		config.Derivation = func(context.Context, string) (pipeline.Derivation, error) {
			t.Error("the register was asked although the reading says it")
			return pipeline.Derivation{}, nil
		}
	})
	equal(t, again, got)
	want := derivations[newRules]
	want.Parser = ""
	if learned := report.Derivations["s"]; len(learned) != 1 || learned[0].ID != want.ID || learned[0].No != want.No {
		t.Errorf("learned %+v, want %+v", learned, want)
	}
}

func TestDamageIsNamedAndCostsNoMoreThanItMust(t *testing.T) {
	for _, c := range []struct {
		name  string
		hurt  func(*store, pipeline.Document) string // the file that must be named
		rules string
		lost  int
		equal bool
	}{
		{"a flipped bit in a body: its reading is replayed", func(s *store, d pipeline.Document) string { return s.flip("bodies", d.Hash) }, newRules, 0, true},
		{"a flipped bit in the body of an older derivation", func(s *store, d pipeline.Document) string { return s.flip("bodies", d.Hash) }, oldRules, 0, true},
		{"a flipped bit in a reading: the body is read afresh", func(s *store, d pipeline.Document) string { return s.flip("readings", s.reading(d)) }, newRules, 0, true},
		{"a flipped bit in an older derivation's reading: it and its followers are lost",
			func(s *store, d pipeline.Document) string { return s.flip("readings", s.reading(d)) }, oldRules, 2, false},
		{"both: it and its followers are lost", func(s *store, d pipeline.Document) string {
			s.flip("readings", s.reading(d))
			return s.flip("bodies", d.Hash)
		}, newRules, 2, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStore(t)
			s.published("other", "gdp 7", newRules)
			hurt := s.published("a", "gdp 1\ntax 2", c.rules)
			s.published("a", "gdp 2\ntax 2", newRules)
			path := c.hurt(s, hurt)
			report, got := s.run(nil)
			if report.Lost() != c.lost || len(report.Problems) == 0 {
				t.Fatalf("%d lost of problems %v, want %d", report.Lost(), report.Problems, c.lost)
			}
			named := false
			for _, p := range report.Problems {
				var damaged *archive.DamagedError
				named = named || errors.As(p, &damaged) && damaged.Path == path && p.Version == hurt.Version
			}
			if !named {
				t.Errorf("no problem names %s of version %s: %v", path, hurt.Version, report.Problems)
			}
			if c.equal {
				equal(t, got, s.want)
			} else if !strings.Contains(got.text(), `"value":"7"`) {
				t.Error("the other lineage suffers too")
			}
		})
	}
}

// reading is the hash of a version's archived reading.
func (s *store) reading(d pipeline.Document) string {
	s.t.Helper()
	hash, err := os.ReadFile(filepath.Join(s.dir, "read", d.Version))
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimSpace(string(hash))
}

func TestAReaderThatIsNotPureIsFound(t *testing.T) {
	s := newStore(t)
	s.published("a", "gdp 1", newRules)
	whim := 0
	report, _ := s.run(func(_ *Plan, config *Config) {
		config.Rules = func(string) (pipeline.Reader, *pipeline.Rules, error) {
			return lineReader{&whim}, &pipeline.Rules{ID: newRules}, nil
		}
	})
	if len(report.Problems) != 1 || !strings.Contains(report.Problems[0].Error(), "does not say what its archived reading says") {
		t.Errorf("problems %v, want the reading that differs", report.Problems)
	}
}

func TestAVersionThatTheReaderFailsAtIsNamedWithItsFollowers(t *testing.T) {
	s := newStore(t)
	s.published("a", "gdp 1", newRules)
	bad := s.placed("a", "fault", newRules)
	s.placed("a", "gdp 3", newRules)
	report, got := s.run(nil)
	equal(t, got, s.want)
	if report.Lost() != 2 || !strings.Contains(fmt.Sprint(report.Problems), bad.Version) {
		t.Errorf("problems %v, want version %s and the one that follows", report.Problems, bad.Version)
	}
}

func TestChainsThatDoNotHoldTogetherAreNamed(t *testing.T) {
	s := newStore(t)
	first := s.published("a", "gdp 1", newRules)
	s.published("a", "gdp 2", newRules)
	s.heads["a"] = first
	s.placed("a", "gdp 3", newRules) // a second one that follows the first
	gone := s.published("b", "gdp 4", newRules)
	after := s.published("b", "gdp 5", newRules)
	if err := os.Remove(filepath.Join(s.dir, "documents", gone.Version+".json")); err != nil {
		t.Fatal(err)
	}
	plan := s.plan()
	if plan.Versions != 1 || len(plan.Broken) != 4 {
		t.Errorf("%d versions and broken %v; want 1, and two followers, one lost and one behind it", plan.Versions, plan.Broken)
	}
	for _, want := range []string{"2 versions follow " + first.Version, gone.Version, after.Version} {
		if !strings.Contains(fmt.Sprint(plan.Broken), want) {
			t.Errorf("%q is not told in %v", want, plan.Broken)
		}
	}
}

func TestAnOutageEndsTheRebuildAndItCanBeRunAgain(t *testing.T) {
	s := newStore(t)
	for i := range 20 {
		s.published(fmt.Sprint(i), fmt.Sprintf("gdp %d\ntax %d", i, i), newRules)
	}
	into := newLedger()
	loads := 0
	into.fail = func(int) error {
		if loads++; loads == 4 {
			return errors.New("connection refused")
		}
		return nil
	}
	config := s.config(into)
	config.MaxRows = 3
	if _, err := Run(t.Context(), s.plan(), config); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Fatalf("err = %v, want the outage", err)
	}
	if _, err := Run(t.Context(), s.plan(), config); err != nil {
		t.Fatal(err)
	}
	equal(t, into, s.want)
}

func TestARebuildEndsWithItsContext(t *testing.T) {
	s := newStore(t)
	for i := range 20 {
		s.published(fmt.Sprint(i), "gdp 1", newRules)
	}
	ctx, cancel := context.WithCancel(t.Context())
	into := newLedger()
	into.fail = func(int) error { cancel(); return ctx.Err() }
	config := s.config(into)
	config.MaxRows = 1
	if _, err := Run(ctx, s.plan(), config); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want that it was cancelled", err)
	}
}

func TestRowsThatCanNeverBeStoredAreCountedAndHoldUpNothing(t *testing.T) {
	s := newStore(t)
	s.published("a", "gdp 1\ntax 2", newRules)
	report, _ := s.run(func(_ *Plan, config *Config) {
		config.Loader.(*ledger).fail = func(n int) error {
			if n == 2 {
				return &pipeline.RowsError{Failed: map[int]error{1: errors.New("too long")}}
			}
			return nil
		}
	})
	if report.Refused != 1 {
		t.Errorf("%d rows refused, want 1", report.Refused)
	}
}

func TestWhatArrivedSinceAnEarlierPlanIsFound(t *testing.T) {
	s := newStore(t)
	s.published("a", "gdp 1", newRules)
	s.published("b", "gdp 1", newRules)
	earlier := s.plan()
	s.published("b", "gdp 2", newRules)
	s.published("c", "gdp 1", newRules)
	since := s.plan().Since(earlier)
	if len(since.Chains) != 2 || since.Versions != 3 {
		t.Errorf("%d lineages of %d versions since, want the 2 of b and the one of c", len(since.Chains), since.Versions)
	}
}
