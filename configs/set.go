package configs

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"zhibiao/pipeline"
)

// Set is a loaded and checked configuration. It is not changed after Load; what
// it returns is shared and must not be changed either.
type Set struct {
	indicators []pipeline.Indicator
	decoys     []string
	regions    []pipeline.Region
	units      []pipeline.Unit
	absent     []pipeline.AbsentMark
	sources    []*pipeline.Source // by name
	precedence []pipeline.PrecedenceRule
	addresses  map[string]addresses
	evidence   map[string]string // by source: how we know of it
	noChannel  noChannel
	catalogue  string // digest of all but the sources
	expected   expectedSet

	publicChannel   map[string]string // by indicator, as the catalogue names it
	indicatorByCode map[string]*pipeline.Indicator
	regionCodes     map[string]bool
}

// addresses tell which documents are a source's.
type addresses struct {
	patterns []*regexp.Regexp
	hosts    map[string]bool
}

// Sources returns all sources by name.
func (s *Set) Sources() []*pipeline.Source { return s.sources }

// Source returns a source by name; for an unknown one the error lists names near
// it.
func (s *Set) Source(name string) (*pipeline.Source, error) {
	for _, source := range s.sources {
		if source.Name == name {
			return source, nil
		}
	}
	return nil, fmt.Errorf("finding source %q: there is no such file under sources; %s", name,
		orNearest(name, s.sourceNames(), "known sources: "+strings.Join(s.sourceNames(), ", ")))
}

func (s *Set) sourceNames() []string {
	names := make([]string, len(s.sources))
	for i, source := range s.sources {
		names[i] = source.Name
	}
	return names
}

// Rules returns what reading a source's documents with a version of the parser
// depends on. The ID changes exactly if any of that does: not with a schedule or
// a limit.
func (s *Set) Rules(source, parser string) (*pipeline.Rules, error) {
	found, err := s.Source(source)
	if err != nil {
		return nil, err
	}
	rules := s.rules(found.Rules, parser)
	rules.Expect = &found.Expect
	return rules, nil
}

func (s *Set) rules(source pipeline.SourceRules, parser string) *pipeline.Rules {
	return &pipeline.Rules{
		ID:         pipeline.ContentID("derivation", parser, s.catalogue, digest(source)),
		Source:     source,
		Indicators: s.indicators,
		Decoys:     s.decoys,
		Regions:    s.regions,
		Units:      s.units,
		Absent:     s.absent,
	}
}

// GenericRules returns the rules for a document of a kind whose source is not
// known: what the sources of the kind say of the publisher's ids, where they
// agree, and of no labels.
func (s *Set) GenericRules(kind pipeline.DocumentKind, parser string) *pipeline.Rules {
	rules := pipeline.SourceRules{Kind: kind, Supplier: pipeline.Public, Prose: true}
	meanings := map[[2]string]pipeline.MappedSeries{}
	disputed := map[[2]string]bool{}
	ignored := map[string]bool{}
	for _, source := range s.sources {
		if source.Rules.Kind != kind || kind == pipeline.KindHTML {
			continue
		}
		for _, name := range source.Rules.Ignore {
			ignored[name] = true
		}
		for _, m := range source.Rules.Mapped {
			key := [2]string{m.Database, m.ID}
			if other, ok := meanings[key]; ok && other != m {
				disputed[key] = true
			}
			meanings[key] = m
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(meanings), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		if !disputed[key] {
			rules.Mapped = append(rules.Mapped, meanings[key])
		}
	}
	rules.Ignore = slices.Sorted(maps.Keys(ignored))
	return s.rules(rules, parser)
}

// SourceForURL returns the source that a document's address belongs to: by the
// source's patterns, else by its host if only one source has it.
func (s *Set) SourceForURL(address string) (*pipeline.Source, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return nil, false
	}
	var byPattern, byHost []*pipeline.Source
	for _, source := range s.sources {
		known := s.addresses[source.Name]
		if slices.ContainsFunc(known.patterns, func(p *regexp.Regexp) bool { return p.MatchString(address) }) {
			byPattern = append(byPattern, source)
		}
		if known.hosts[u.Hostname()] {
			byHost = append(byHost, source)
		}
	}
	for _, found := range [][]*pipeline.Source{byPattern, byHost} {
		if len(found) == 1 {
			return found[0], true
		}
	}
	return nil, false
}

// addressesOf collects the patterns and hosts of a source. Only valid patterns
// come here.
func addressesOf(f *sourceFile) addresses {
	a := addresses{hosts: map[string]bool{}}
	add := func(pattern string) { a.patterns = append(a.patterns, regexp.MustCompile(pattern)) }
	host := func(address string) {
		if u, err := url.Parse(address); err == nil && u.Hostname() != "" {
			a.hosts[u.Hostname()] = true
		}
	}
	for _, pattern := range f.URLs {
		add(pattern)
	}
	if f.API != nil {
		add("^" + regexp.QuoteMeta(f.API.URL) + `(?:$|\?)`)
	}
	if f.Pages != nil {
		for _, l := range f.Pages.Lists {
			host(l.URL)
		}
		for _, p := range f.Pages.Pages {
			host(p.URL)
			add("^" + regexp.QuoteMeta(p.URL) + "$")
		}
		if f.Pages.LinkPattern != "" {
			add(f.Pages.LinkPattern)
		}
	}
	return a
}

// Indicators returns the catalogue in the order of its file, with aliases.
func (s *Set) Indicators() []pipeline.Indicator { return s.indicators }

// Indicator returns an indicator by its code.
func (s *Set) Indicator(code string) (pipeline.Indicator, bool) {
	indicator, ok := s.indicatorByCode[code]
	if !ok {
		return pipeline.Indicator{}, false
	}
	return *indicator, true
}

// Regions returns the history of GB/T 2260 in the order of its file, the whole
// country first.
func (s *Set) Regions() []pipeline.Region { return s.regions }

// Digest changes exactly with the catalogue: indicators, aliases, regions, units
// and absent marks. The warehouse's dimension tables are as old as it says.
func (s *Set) Digest() string { return s.catalogue }

// Units returns the printed units.
func (s *Set) Units() []pipeline.Unit { return s.units }

func (s *Set) indicatorCodes() []string {
	codes := make([]string, len(s.indicators))
	for i := range s.indicators {
		codes[i] = s.indicators[i].Code
	}
	return codes
}

func (s *Set) unitNames() []string {
	names := make([]string, len(s.units))
	for i := range s.units {
		names[i] = s.units[i].Symbol
	}
	return names
}

// knowsUnit also knows the quotient of two known units: 件/万户.
func (s *Set) knowsUnit(name string) bool {
	if above, below, ok := strings.Cut(name, "/"); ok {
		return s.knowsUnit(above) && s.knowsUnit(below)
	}
	return slices.ContainsFunc(s.units, func(u pipeline.Unit) bool {
		return u.Symbol == name || slices.Contains(u.Aliases, name)
	})
}
