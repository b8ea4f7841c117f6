// Package dictionary says what every table, view and column of the warehouse means, in
// Chinese and English, with unit and example: one YAML file a relation. The part of
// docs/warehouse.md that lists them, and the second file of every export, are made
// from it. A test compares it with a migrated database.
package dictionary

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:generate go run ./generate ../../docs/warehouse.md

//go:embed *.yaml
var files embed.FS

// Relation is a table or view.
type Relation struct {
	Name string `yaml:"relation"`
	ZH   string `yaml:"zh"`
	EN   string `yaml:"en"`
	// Parameters are those of a view that is asked with values: as_known(at = …).
	Parameters []Column `yaml:"parameters"`
	Columns    []Column `yaml:"columns"` // in the order of the relation
}

// Column is a column, or a parameter, of a relation.
type Column struct {
	Name    string `yaml:"name"`
	ZH      string `yaml:"zh"`
	EN      string `yaml:"en"`
	Unit    string `yaml:"unit"` // NoUnit for none; "as in column unit" where a column says it
	Example string `yaml:"example"`
}

// NoUnit stands for a column that has no unit, such as a code.
const NoUnit = "–"

// Has reports whether the relation has a column of this name.
func (r Relation) Has(column string) bool {
	return slices.ContainsFunc(r.Columns, func(c Column) bool { return c.Name == column })
}

// Relations returns the dictionary, by name.
func Relations() []Relation { return slices.Clone(all()) }

// Find returns the relation of a name.
func Find(name string) (Relation, bool) {
	i := slices.IndexFunc(all(), func(r Relation) bool { return r.Name == name })
	if i < 0 {
		return Relation{}, false
	}
	return all()[i], true
}

var all = sync.OnceValue(func() []Relation {
	relations, err := Read(files)
	if err != nil {
		panic(err) // the files are compiled in and covered by a test
	}
	return relations
})

// Read reads the *.yaml files of a folder, sorted by relation. Its error names every
// unknown key, missing text and double column with its file (promise 11).
func Read(folder fs.FS) ([]Relation, error) {
	names, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("listing the dictionary: %w", err)
	}
	var relations []Relation
	var problems []error
	for _, name := range names {
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, fmt.Errorf("reading the dictionary: %w", err)
		}
		relation, err := parse(text)
		if err == nil {
			err = relation.check(strings.TrimSuffix(path.Base(name), ".yaml"))
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("reading dictionary file %s: %w", name, err))
			continue
		}
		relations = append(relations, relation)
	}
	return relations, errors.Join(problems...)
}

func parse(text []byte) (Relation, error) {
	var relation Relation
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&relation); err != nil {
		return relation, errors.New(yaml.FormatError(err, false, true))
	}
	return relation, nil
}

// check names what is missing; a column must say its unit even where it has none, so
// that a forgotten one is noticed.
func (r Relation) check(want string) error {
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if r.Name != want {
		problem("relation is %q: call the file and the relation alike", r.Name)
	}
	if r.ZH == "" || r.EN == "" {
		problem("write what the relation is under zh and en")
	}
	if len(r.Columns) == 0 {
		problem("list its columns under columns")
	}
	for _, list := range [][]Column{r.Parameters, r.Columns} {
		seen := map[string]bool{}
		for _, c := range list {
			if seen[c.Name] {
				problem("column %s is there twice", c.Name)
			}
			seen[c.Name] = true
			for _, field := range []struct{ name, text string }{{"name", c.Name}, {"zh", c.ZH}, {"en", c.EN}, {"unit", c.Unit}, {"example", c.Example}} {
				if strings.TrimSpace(field.text) == "" {
					problem("column %q lacks %s (a column without unit says %q)", c.Name, field.name, NoUnit)
				}
			}
		}
	}
	return errors.Join(problems...)
}
