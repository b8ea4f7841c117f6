package rebuild

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhibiao/pipeline"
)

// accepts publishes a version that accepts what the last one of a page holds.
func (s *store) accepts(page string) pipeline.Document {
	s.t.Helper()
	ctx := context.Background()
	held := s.stand[page]
	acceptance := pipeline.Acceptance{Schema: pipeline.AcceptanceSchema, Source: "s", Version: s.heads[page].Version, Tables: held.Held,
		Reason: "renamed", By: "tester", DecidedAt: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	content, err := acceptance.Encode()
	if err != nil {
		s.t.Fatal(err)
	}
	hash, err := s.PutAcceptance(ctx, content)
	if err != nil {
		s.t.Fatal(err)
	}
	doc, _, err := s.PutDocument(ctx, s.heads[page].Accept(hash))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.Place(ctx, doc.Version); err != nil {
		s.t.Fatal(err)
	}
	next := readings.Accept(doc, held, acceptance)
	encoded, err := readings.Encode(&next)
	if err != nil {
		s.t.Fatal(err)
	}
	reading, err := s.PutReading(ctx, doc.Version, encoded)
	if err != nil {
		s.t.Fatal(err)
	}
	s.want.news(s.t, readings.News(doc, held, next, reading))
	s.heads[page], s.stand[page] = doc, &next
	return doc
}

// What was held and accepted comes out as it was decided, also where the sources'
// files expect something else by now, and where older rules read it.
func TestHeldAndAcceptedTablesAreRebuiltAsTheyWereDecided(t *testing.T) {
	for _, rules := range []string{newRules, oldRules} {
		t.Run(rules, func(t *testing.T) {
			s := newStore(t)
			s.expect = &pipeline.Yield{MaxDrift: 30}
			s.published("a", "gdp 1\n?x", rules)
			s.published("a", "tax 2", rules)
			s.published("a", "tax 3", rules)
			s.accepts("a")
			s.published("a", "tax 4", rules)
			s.published("b", "gdp 1", rules)
			last := s.published("b", "cpi 1", rules)
			if text := s.want.text(); !strings.Contains(text, `"indicator":"tax"`) || strings.Contains(text, `"indicator":"cpi"`) || strings.Contains(text, `"value":"2"`) {
				t.Fatalf("was published:\n%s", text)
			}
			report, got := s.run(func(_ *Plan, config *Config) {
				changed := config.Rules
				config.Rules = func(source string) (pipeline.Reader, *pipeline.Rules, error) {
					reader, rules, err := changed(source)
					rules.Expect = &pipeline.Yield{MaxDrift: 100}
					return reader, rules, err
				}
			})
			equal(t, got, s.want)
			if len(report.Problems) != 0 {
				t.Errorf("problems %v", report.Problems)
			}
			if len(report.Held) != 1 || report.Held[0].Version != last.Version || report.Held[0].Tables[0].Reason != pipeline.HeldDrift {
				t.Errorf("held %+v, want the last version of b", report.Held)
			}
		})
	}
}

func TestALostAcceptanceIsNamedAndTheArchivedReadingStandsForIt(t *testing.T) {
	s := newStore(t)
	s.expect = &pipeline.Yield{MaxDrift: 30}
	s.published("a", "gdp 1", newRules)
	s.published("a", "tax 2", newRules)
	doc := s.accepts("a")
	if err := os.Remove(filepath.Join(s.dir, "acceptances", doc.Accepts[:2], doc.Accepts+".zst")); err != nil {
		t.Fatal(err)
	}
	report, got := s.run(nil)
	equal(t, got, s.want)
	if len(report.Problems) != 1 || report.Lost() != 0 || !strings.Contains(report.Problems[0].Error(), doc.Version) {
		t.Errorf("problems %v", report.Problems)
	}
	if err := os.Remove(filepath.Join(s.dir, "read", doc.Version)); err != nil {
		t.Fatal(err)
	}
	if report, _ = s.run(nil); report.Lost() != 1 {
		t.Errorf("without both it is lost: %v", report.Problems)
	}
}
