package configs

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"zhibiao/pipeline"
)

const platformFile = "platform.yaml"

// platformParts are the parts of a row of the national platform's exports. Those that
// have to be there are required; of region and name one has to be.
var platformParts = []string{"region", "name", "period", "indicator", "value", "unit"}

type platformData struct {
	Verified   string              `yaml:"verified"` // day on which a person last saw such an export, or never
	Columns    map[string][]string `yaml:"columns"`
	Indicators []platformEntry     `yaml:"indicators"`
	Ignore     []string            `yaml:"ignore"`
	Empty      []string            `yaml:"empty"`
}

type platformEntry struct {
	Code  string   `yaml:"code"`
	Names []string `yaml:"names"`
	Unit  string   `yaml:"unit"`
	Basis string   `yaml:"basis"`
}

// Platform returns the mapping of the national platform, nil where there is none.
func (s *Set) Platform() *pipeline.PlatformRules { return s.expected.platform }

// platform reads the mapping of the national platform. Sources of the kind platform
// are read by it, so it comes before them.
func (l *loader) platform() {
	if _, err := fs.Stat(l.fsys, platformFile); errors.Is(err, fs.ErrNotExist) {
		return // a source that needs it says so
	}
	var f platformData
	c, ok := l.yamlFile(platformFile, &f)
	if !ok {
		return
	}
	c.required("verified", f.Verified, "the day on which a person last saw such an export, or never")
	if f.Verified != pipeline.NeverVerified {
		c.date("verified", f.Verified, false)
	}
	c.platformColumns(f.Columns)
	rules := &pipeline.PlatformRules{Columns: f.Columns, Ignore: f.Ignore, Empty: f.Empty}
	owner := map[string]string{}
	for i, e := range f.Indicators {
		rules.Indicators = append(rules.Indicators, c.platformIndicator(fmt.Sprintf("indicators[%d]", i), e, owner))
	}
	for i, name := range f.Ignore {
		if other, twice := owner[name]; twice {
			c.problem(fmt.Sprintf("ignore[%d]", i), "take one away", "%q is also a name of %s", name, other)
		}
	}
	l.set.expected.platform = rules
}

func (c *checker) platformColumns(columns map[string][]string) {
	owner := map[string]string{}
	for _, part := range slices.Sorted(maps.Keys(columns)) {
		c.oneOf("columns."+part, part, platformParts...)
		for i, head := range columns[part] {
			if other, twice := owner[head]; twice || head == "" {
				c.problem(fmt.Sprintf("columns.%s[%d]", part, i), "keep one", "the head %q is that of %s already", head, other)
			}
			owner[head] = part
		}
	}
	for _, part := range []string{"period", "indicator", "value"} {
		if len(columns[part]) == 0 {
			c.problem("columns", "write the heads under which it stands", "columns.%s is missing", part)
		}
	}
	if len(columns["region"])+len(columns["name"]) == 0 {
		c.problem("columns", "write the heads under which one of them stands", "columns.region and columns.name are both missing")
	}
}

func (c *checker) platformIndicator(at string, e platformEntry, owner map[string]string) pipeline.PlatformIndicator {
	c.required(at+".code", e.Code, "a code of indicators.csv")
	if e.Code != "" {
		c.indicator(at+".code", e.Code)
	}
	if e.Unit != "" {
		c.unit(at+".unit", e.Unit)
	}
	if e.Basis != "" {
		c.oneOf(at+".basis", e.Basis, bases...)
	}
	if owner[e.Code] != "" {
		c.problem(at+".code", "keep one", "%s is there twice", e.Code)
	}
	owner[e.Code] = e.Code
	for i, name := range e.Names {
		if other, twice := owner[name]; twice || strings.TrimSpace(name) == "" {
			c.problem(fmt.Sprintf("%s.names[%d]", at, i), "keep one", "%q is already a name of %s", name, other)
		}
		owner[name] = e.Code
	}
	return pipeline.PlatformIndicator{Code: e.Code, Names: e.Names, Unit: e.Unit, Basis: pipeline.Basis(e.Basis)}
}
