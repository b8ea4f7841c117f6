package configs

import (
	"fmt"
	"slices"
	"strings"

	"zhibiao/pipeline"
)

const precedenceFile = "precedence.yaml"

// The periods of a rule that gives no bounds: all that the warehouse can hold.
var (
	firstPeriod = pipeline.DateOf(1900, 1, 1)
	lastPeriod  = pipeline.DateOf(2299, 12, 31)
)

type precedenceData struct {
	Rules []precedenceEntry `yaml:"rules"`
}

type precedenceEntry struct {
	Name       string   `yaml:"name"`
	Effective  string   `yaml:"effective"`
	From       string   `yaml:"from"`
	To         string   `yaml:"to"`
	Indicators []string `yaml:"indicators"`
	Sources    []string `yaml:"sources"`
	Reason     string   `yaml:"reason"`
}

// precedence reads the rules. They name indicators and sources, so it comes after
// those.
func (l *loader) precedence() {
	data, ok := l.file(precedenceFile)
	if !ok {
		return
	}
	var f precedenceData
	c := checker{document: readYAML(precedenceFile, data, &f, l.problems), set: l.set}
	if c.broken {
		return
	}
	names := map[string]bool{}
	for i := range f.Rules {
		at := fmt.Sprintf("rules[%d]", i)
		rule := c.precedenceRule(at, &f.Rules[i])
		if names[rule.Name] {
			c.problem(at+".name", "give each rule a name of its own", "the rule %q is there twice", rule.Name)
		}
		names[rule.Name] = true
		c.undecided(at, rule, l.set.precedence)
		l.set.precedence = append(l.set.precedence, rule)
	}
}

func (c *checker) precedenceRule(at string, e *precedenceEntry) pipeline.PrecedenceRule {
	rule := pipeline.PrecedenceRule{
		Name: e.Name, Indicators: e.Indicators, Sources: e.Sources, Reason: strings.TrimSpace(e.Reason),
		Effective: c.dayOr(at+".effective", e.Effective, 0),
		From:      c.dayOr(at+".from", e.From, firstPeriod),
		To:        c.dayOr(at+".to", e.To, lastPeriod),
	}
	if !sourceName.MatchString(e.Name) {
		c.problem(at+".name", "use a–z, 0–9 and - only", "the name %q is no name of a rule", e.Name)
	}
	if e.Effective == "" {
		c.problem(at, "write effective: and the first day on which the rule decides", "the rule has no date of effect")
	}
	if rule.Reason == "" {
		c.problem(at, "write reason: and why these sources are believed first", "the rule has no reason")
	}
	if rule.From > rule.To {
		c.problem(at+".from", "exchange them", "the first period %s is after the last %s", rule.From, rule.To)
	}
	c.names(at+".indicators", e.Indicators, c.set.indicatorCodes(), "indicator")
	c.names(at+".sources", e.Sources, c.set.sourceNames(), "source")
	return rule
}

func (c *checker) dayOr(path, text string, missing pipeline.Date) pipeline.Date {
	if text == "" {
		return missing
	}
	day, err := pipeline.ParseDate(text)
	if err != nil || day < firstPeriod || day > lastPeriod {
		c.problem(path, "write a day from 1900-01-01 to 2299-12-31, such as 2026-01-31", "%q is no such day", text)
		return missing
	}
	return day
}

// names checks a list of known names, each once.
func (c *checker) names(path string, list, known []string, kind string) {
	if len(list) == 0 {
		c.problem(path, "name at least one "+kind, "there is no %s", kind)
	}
	for i, name := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		if !slices.Contains(known, name) {
			c.problem(at, orNearest(name, known, "known: "+strings.Join(known[:min(len(known), 10)], ", ")), "the %s %q is unknown", kind, name)
		}
		if slices.Index(list, name) < i {
			c.problem(at, "keep one", "the %s %q is there twice", kind, name)
		}
	}
}

// undecided reports rules of which none is the newest.
func (c *checker) undecided(at string, rule pipeline.PrecedenceRule, before []pipeline.PrecedenceRule) {
	for _, other := range before {
		if other.Effective != rule.Effective || other.From > rule.To || rule.From > other.To {
			continue
		}
		for _, code := range rule.Indicators {
			if slices.Contains(other.Indicators, code) {
				c.problem(at+".effective", "give one a later day, or other periods",
					"the rule and %q both decide on %s from the same day on", other.Name, code)
				break
			}
		}
	}
}

// Precedence returns the rules of precedence between sources, in the order of
// their file.
func (s *Set) Precedence() []pipeline.PrecedenceRule { return s.precedence }
