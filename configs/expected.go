package configs

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"zhibiao/pipeline"
)

// Names of the files that say what is expected and what derives from what.
const (
	programmesFile = "programmes.yaml"
	gapsFile       = "gaps.yaml"
	derivedFile    = "derived.yaml"
	localFile      = "local.yaml"
)

// expectedSet is the part of a Set that reading does not depend on: what is
// expected of whom, and what derives from what.
type expectedSet struct {
	programmes []pipeline.Programme
	gaps       pipeline.Gaps
	formulas   []pipeline.Formula
	identities []pipeline.Identity
	locals     []pipeline.LocalIndicator
	platform   *pipeline.PlatformRules
}

// Programmes returns the programmes with their members, in the order of the file.
func (s *Set) Programmes() []pipeline.Programme { return s.expected.programmes }

// Gaps returns the rules of what is expected.
func (s *Set) Gaps() pipeline.Gaps { return s.expected.gaps }

// Formulas returns how indicators derive from others, in the order of the
// catalogue.
func (s *Set) Formulas() []pipeline.Formula { return s.expected.formulas }

// Identities returns the equations between published values.
func (s *Set) Identities() []pipeline.Identity { return s.expected.identities }

// LocalIndicators returns the counties' own indicators, by code.
func (s *Set) LocalIndicators() []pipeline.LocalIndicator { return s.expected.locals }

func (l *loader) expected() {
	l.programmes()
	l.gaps()
	l.derived()
	l.locals()
}

// yamlFile reads one of the files; ok is false where it is missing or broken.
func (l *loader) yamlFile(name string, target any) (c *checker, ok bool) {
	data, ok := l.file(name)
	if !ok {
		return nil, false
	}
	c = &checker{document: readYAML(name, data, target, l.problems), set: l.set}
	return c, !c.broken
}

type programmesData struct {
	Programmes []struct {
		ID       string `yaml:"id"`
		NameZH   string `yaml:"name_zh"`
		NameEN   string `yaml:"name_en"`
		FromYear int    `yaml:"from_year"`
		Members  []struct {
			Regions  []string `yaml:"regions"`
			From     string   `yaml:"from"`
			Until    string   `yaml:"until"`
			Evidence string   `yaml:"evidence"`
		} `yaml:"members"`
	} `yaml:"programmes"`
}

func (l *loader) programmes() {
	var f programmesData
	c, ok := l.yamlFile(programmesFile, &f)
	if !ok {
		return
	}
	seen := map[string]bool{}
	for i, p := range f.Programmes {
		at := fmt.Sprintf("programmes[%d]", i)
		c.required(at+".id", p.ID, "a name of a–z and _")
		c.required(at+".name_zh", p.NameZH, "its Chinese name")
		c.required(at+".name_en", p.NameEN, "its English name")
		if seen[p.ID] {
			c.problem(at+".id", "keep one", "the programme %s is there twice", p.ID)
		}
		seen[p.ID] = true
		programme := pipeline.Programme{ID: p.ID, NameZH: p.NameZH, NameEN: p.NameEN, FromYear: p.FromYear}
		for j, m := range p.Members {
			place := fmt.Sprintf("%s.members[%d]", at, j)
			from, until := c.date(place+".from", m.From, true), c.date(place+".until", m.Until, false)
			if until != 0 && until <= from {
				c.problem(place+".until", "write the first day on which it no longer held", "%s: until is not after from", place)
			}
			c.required(place+".evidence", m.Evidence, "the document that says so")
			for k, region := range m.Regions {
				c.region(fmt.Sprintf("%s.regions[%d]", place, k), region)
				programme.Members = append(programme.Members, pipeline.Member{Region: region, From: from, Until: until, Evidence: m.Evidence})
			}
		}
		c.overlaps(at, programme.Members)
		l.set.expected.programmes = append(l.set.expected.programmes, programme)
	}
}

// overlaps reports a region that is a member twice on one day.
func (c *checker) overlaps(at string, members []pipeline.Member) {
	for i, m := range members {
		if slices.ContainsFunc(members[:i], func(o pipeline.Member) bool {
			return o.Region == m.Region && (o.On(m.From) || m.On(o.From))
		}) {
			c.problem(at+".members", "let one end before the other begins", "the region %s is a member twice at once", m.Region)
		}
	}
}

// date reads a day, 0 for none.
func (c *checker) date(path, text string, required bool) pipeline.Date {
	if text == "" {
		if required {
			c.problem(path, "write it as 2026-01-31", "%s is missing", path)
		}
		return 0
	}
	day, err := pipeline.ParseDate(text)
	if err != nil {
		c.problem(path, "write it as 2026-01-31", "%s: %q is no day", path, text)
	}
	return day
}

type localData struct {
	Indicators []struct {
		Region     string `yaml:"region"`
		Name       string `yaml:"name"`
		NameZH     string `yaml:"name_zh"`
		Owner      string `yaml:"owner"`
		Definition string `yaml:"definition"`
		Unit       string `yaml:"unit"`
	} `yaml:"indicators"`
}

var localName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func (l *loader) locals() {
	var f localData
	c, ok := l.yamlFile(localFile, &f)
	if !ok {
		return
	}
	seen := map[string]bool{}
	for i, local := range f.Indicators {
		at := fmt.Sprintf("indicators[%d]", i)
		for _, part := range []struct{ path, value, what string }{
			{".region", local.Region, "the county's code"}, {".name_zh", local.NameZH, "its Chinese name"},
			{".owner", local.Owner, "the unit that answers for it"}, {".definition", local.Definition, "what exactly is counted"},
			{".unit", local.Unit, "a unit of units.yaml"},
		} {
			c.required(at+part.path, part.value, part.what)
		}
		c.region(at+".region", local.Region)
		c.unit(at+".unit", local.Unit)
		if !localName.MatchString(local.Name) {
			c.problem(at+".name", "use a–z, 0–9 and _", "the name %q of a local indicator is none", local.Name)
		}
		code := pipeline.LocalPrefix + local.Region + ":" + local.Name
		if seen[code] {
			c.problem(at, "keep one", "%s is there twice", code)
		}
		seen[code] = true
		l.set.expected.locals = append(l.set.expected.locals, pipeline.LocalIndicator{Code: code, Region: local.Region,
			NameZH: local.NameZH, Owner: local.Owner, Definition: local.Definition, Unit: local.Unit})
	}
	slices.SortFunc(l.set.expected.locals, func(a, b pipeline.LocalIndicator) int { return strings.Compare(a.Code, b.Code) })
}

type derivedData struct {
	Decimals   map[string]int `yaml:"decimals"`
	Identities []struct {
		Name     string   `yaml:"name"`
		Total    string   `yaml:"total"`
		Constant string   `yaml:"constant"`
		Parts    []string `yaml:"parts"`
	} `yaml:"identities"`
}

// derived reads the formulas of the catalogue with the decimals that their results
// are given with, and the identities.
func (l *loader) derived() {
	var f derivedData
	c, ok := l.yamlFile(derivedFile, &f)
	if !ok {
		return
	}
	for code := range f.Decimals {
		if indicator := l.set.indicatorByCode[code]; indicator == nil || indicator.Formula == "" {
			c.problem("decimals."+code, "take it out, or write the formula into indicators.csv", "%s has no formula", code)
		}
	}
	for i := range l.set.indicators {
		indicator := &l.set.indicators[i]
		if indicator.Formula == "" {
			continue
		}
		decimals, given := f.Decimals[indicator.Code]
		if !given {
			c.problem("decimals", "write the decimals that its results are given with", "%s has a formula, but no decimals", indicator.Code)
		}
		formula, err := l.set.formula(indicator)
		if err != nil {
			l.problems.add(indicatorsFile, position{}, "mend the column formula", "the formula of %s, %q: %v", indicator.Code, indicator.Formula, err)
			continue
		}
		formula.Decimals = decimals
		l.set.expected.formulas = append(l.set.expected.formulas, formula)
	}
	for i, identity := range f.Identities {
		c.identity(fmt.Sprintf("identities[%d]", i), pipeline.Identity(identity))
		l.set.expected.identities = append(l.set.expected.identities, pipeline.Identity(identity))
	}
}

// identity wants a total of one kind and parts of its unit.
func (c *checker) identity(at string, i pipeline.Identity) {
	c.required(at+".name", i.Name, "a name of a–z and _")
	if (i.Total == "") == (i.Constant == "") || len(i.Parts) < 2 {
		c.problem(at, "write total or constant, and at least two parts", "%s has not one total and several parts", at)
	}
	if _, ok := new(big.Rat).SetString(i.Constant); i.Constant != "" && !ok {
		c.problem(at+".constant", "write a plain decimal", "%s.constant: %q is no number", at, i.Constant)
	}
	codes := i.Parts
	if i.Total != "" {
		codes = append([]string{i.Total}, codes...)
	}
	units := map[string]bool{}
	for _, code := range codes {
		c.indicator(at, code)
		if indicator := c.set.indicatorByCode[code]; indicator != nil {
			units[indicator.Unit] = true
		}
	}
	if len(units) > 1 {
		c.problem(at, "add only what has one unit", "%s adds different units", at)
	}
}
