package configs

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"zhibiao/pipeline"
)

func loadPrecedence(t *testing.T, file string) (*Set, error) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return Load(Overlay(Default(), fstest.MapFS{precedenceFile: {Data: text}}))
}

func TestGoodRulesOfPrecedenceLoad(t *testing.T) {
	for name, want := range map[string]int{"several": 4, "none": 0} {
		set, err := loadPrecedence(t, "testdata/precedence/"+name+".good.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if got := len(set.Precedence()); got != want {
			t.Errorf("%s: %d rules, want %d", name, got, want)
		}
	}
}

func TestBadRulesOfPrecedenceAreExplained(t *testing.T) {
	want := map[string]string{
		"no-effect":         "precedence.yaml:2:5: the rule has no date of effect; write effective:",
		"unknown-indicator": `the indicator "gpd" is unknown; did you mean gdp`,
		"unknown-source":    `the source "nbs-easyquerry" is unknown; did you mean nbs-easyquery?`,
		"no-reason":         "the rule has no reason; write reason:",
		"no-source":         "there is no source; name at least one source",
		"bad-day":           `"2026-02-31" is no such day`,
		"periods-reversed":  "the first period 2024-01-01 is after the last 2020-01-01",
		"name-twice":        `the rule "a" is there twice`,
		"undecided":         `the rule and "a" both decide on gdp from the same day on`,
		"unknown-key":       "unknown key rules[0].indicator; did you mean indicators",
		"source-twice":      `the source "nbs-easyquery" is there twice`,
	}
	files, _ := filepath.Glob("testdata/precedence/*.bad.yaml")
	if len(files) != len(want) {
		t.Errorf("%d bad files, %d messages", len(files), len(want))
	}
	for name, message := range want {
		t.Run(name, func(t *testing.T) {
			_, err := loadPrecedence(t, "testdata/precedence/"+name+".bad.yaml")
			if err == nil || !strings.Contains(err.Error(), message) {
				t.Errorf("got %v, want %q", err, message)
			}
		})
	}
}

func TestTheBuiltInRulesBelieveTheAuthorityOnAccounts(t *testing.T) {
	rules := defaults(t).Precedence()
	i := slices.IndexFunc(rules, func(r pipeline.PrecedenceRule) bool { return slices.Contains(r.Indicators, "gdp") })
	if i < 0 || slices.Contains(rules[i].Sources, "county-communique") || !slices.Contains(rules[i].Sources, "nbs-easyquery") {
		t.Errorf("got %+v", rules)
	}
}
