package configs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/big"
	"slices"
	"strings"

	"zhibiao/pipeline"
)

// Names of the files.
const (
	indicatorsFile = "indicators.csv"
	regionsFile    = "regions.csv"
	aliasesFile    = "aliases.yaml"
	unitsFile      = "units.yaml"
	absentFile     = "absent.yaml"
	sourcesFolder  = "sources"
)

// Load reads and checks all files. If anything is wrong, the error is Problems
// with all that is, also where a file is missing.
func Load(fsys fs.FS) (*Set, error) {
	var problems Problems
	s := &Set{addresses: map[string]addresses{}, evidence: map[string]string{}, publicChannel: map[string]string{},
		indicatorByCode: map[string]*pipeline.Indicator{}, regionCodes: map[string]bool{}}
	l := loader{fsys: fsys, set: s, problems: &problems}
	l.units()
	l.indicators()
	l.aliases()
	l.regions()
	l.absent()
	s.catalogue = digest([]any{s.indicators, s.decoys, s.regions, s.units, s.absent})
	l.platform()
	l.sources()
	l.expected()
	l.precedence()
	l.noChannel()
	if err := problems.err(); err != nil {
		return nil, err
	}
	return s, nil
}

// digest is a hash over the JSON of a value, which has no map order and no
// layout.
func digest(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("hashing configuration: %v", err)) // plain data always has a JSON form
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

type loader struct {
	fsys     fs.FS
	set      *Set
	problems *Problems
}

func (l *loader) file(name string) ([]byte, bool) {
	data, err := fs.ReadFile(l.fsys, name)
	if err != nil {
		l.problems.add(name, position{}, "put the file there", "reading it: %v", err)
		return nil, false
	}
	return data, true
}

type unitsData struct {
	Units []struct {
		Symbol    string   `yaml:"symbol"`
		Aliases   []string `yaml:"aliases"`
		Dimension string   `yaml:"dimension"`
		Factor    string   `yaml:"factor"`
	} `yaml:"units"`
}

func (l *loader) units() {
	data, ok := l.file(unitsFile)
	if !ok {
		return
	}
	var f unitsData
	d := readYAML(unitsFile, data, &f, l.problems)
	owner := map[string]string{}
	for i, u := range f.Units {
		at := fmt.Sprintf("units[%d]", i)
		if factor, ok := new(big.Rat).SetString(u.Factor); !ok || factor.Sign() <= 0 {
			d.problem(at+".factor", "write an exact decimal, or a fraction such as 1/15", "the factor %q of %s is no positive number", u.Factor, u.Symbol)
		}
		if u.Symbol == "" || u.Dimension == "" {
			d.problem(at, "write symbol, dimension and factor", "the unit has no symbol or no dimension")
		}
		for _, name := range append([]string{u.Symbol}, u.Aliases...) {
			if other, twice := owner[name]; twice {
				d.problem(at, "keep one", "%q is a name of %s and of %s", name, other, u.Symbol)
			}
			owner[name] = u.Symbol
		}
		l.set.units = append(l.set.units, pipeline.Unit{Symbol: u.Symbol, Aliases: u.Aliases, Dimension: u.Dimension, Factor: u.Factor})
	}
}

func (l *loader) indicators() {
	data, ok := l.file(indicatorsFile)
	if !ok {
		return
	}
	t := readTable(indicatorsFile, data, indicatorColumns, l.problems)
	l.set.indicators = readIndicators(t)
	for i := range l.set.indicators {
		l.set.indicatorByCode[l.set.indicators[i].Code] = &l.set.indicators[i]
	}
	for row := range t.rows {
		l.set.publicChannel[t.get(row, "id")] = t.get(row, "public_channel")
		if unit := t.get(row, "unit"); !l.set.knowsUnit(unit) {
			t.problem(row, orNearest(unit, l.set.unitNames(), "add it to units.yaml"), "the unit %q is unknown", unit)
		}
		if level := t.get(row, "growth_of"); level != "" && l.set.indicatorByCode[level] == nil {
			t.problem(row, orNearest(level, l.set.indicatorCodes(), "write a code of this file"), "growth_of %q is not in the catalogue", level)
		}
	}
}

type aliasesData struct {
	Aliases map[string][]string `yaml:"aliases"`
	Not     []string            `yaml:"not"`
}

func (l *loader) aliases() {
	data, ok := l.file(aliasesFile)
	if !ok {
		return
	}
	var f aliasesData
	d := readYAML(aliasesFile, data, &f, l.problems)
	owner := map[string]string{}
	for _, indicator := range l.set.indicators {
		owner[indicator.NameZH] = indicator.Code
	}
	for _, code := range slices.Sorted(maps.Keys(f.Aliases)) {
		indicator := l.set.indicatorByCode[code]
		if indicator == nil {
			d.problem("aliases."+code, orNearest(code, l.set.indicatorCodes(), "see indicators.csv"), "the indicator %q is not in the catalogue", code)
			continue
		}
		for i, name := range f.Aliases[code] {
			if other, twice := owner[name]; twice || name == "" {
				d.problem(fmt.Sprintf("aliases.%s[%d]", code, i), "keep it where it means exactly that", "%q is already a name of %s", name, other)
			}
			owner[name] = code
		}
		indicator.Aliases = f.Aliases[code]
	}
	for i, name := range f.Not {
		if other, twice := owner[name]; twice || name == "" {
			d.problem(fmt.Sprintf("not[%d]", i), "take one away", "%q is also a name of %s", name, other)
		}
	}
	l.set.decoys = f.Not
}

func (l *loader) regions() {
	data, ok := l.file(regionsFile)
	if !ok {
		return
	}
	l.set.regions = readRegions(readTable(regionsFile, data, regionColumns, l.problems))
	for _, region := range l.set.regions {
		l.set.regionCodes[region.Code] = true
	}
}

type absentData struct {
	Marks []struct {
		Text string `yaml:"text"`
		Flag string `yaml:"flag"`
	} `yaml:"marks"`
}

var absentFlags = []string{string(pipeline.FlagNotApplicable), string(pipeline.FlagNotAvailable), string(pipeline.FlagSuppressed), string(pipeline.FlagStructural)}

func (l *loader) absent() {
	data, ok := l.file(absentFile)
	if !ok {
		return
	}
	var f absentData
	d := readYAML(absentFile, data, &f, l.problems)
	seen := map[string]bool{}
	for i, m := range f.Marks {
		at := fmt.Sprintf("marks[%d]", i)
		if !slices.Contains(absentFlags, m.Flag) {
			d.problem(at+".flag", "write one of "+strings.Join(absentFlags, ", "), "the flag %q is unknown", m.Flag)
		}
		if seen[m.Text] {
			d.problem(at+".text", "keep one", "the mark %q is there twice", m.Text)
		}
		seen[m.Text] = true
		l.set.absent = append(l.set.absent, pipeline.AbsentMark{Text: m.Text, Flag: pipeline.Flag(m.Flag)})
	}
}
