package schema

import (
	"fmt"
	"slices"
	"strings"
)

// Relation is what the schema says of one table or view.
type Relation struct {
	Name    string
	View    bool
	Columns []string // of a table, in order
	// Dimension says that the table is replaced as a whole (its engine is a plain
	// MergeTree); others are appended to.
	Dimension bool
}

// table is a CREATE TABLE taken apart.
type table struct {
	Statement
	columns []string
	engine  int // index of the token that names the engine
	sorting []string
	comment string // the literal with its quotes, "" for none
}

// parseTable finds the clauses that a cluster changes. The columns stand in brackets
// after the name; everything later is a clause at the outermost depth.
func parseTable(s Statement) (table, error) {
	t := table{Statement: s}
	opening := s.head + 1
	if opening >= len(s.tokens) || !s.tokens[opening].symbol("(") {
		return t, fmt.Errorf("table %s: want its columns in brackets after the name", s.Name)
	}
	body := opening + 1
	for body < len(s.tokens) && s.tokens[body].depth > 0 {
		body++
	}
	t.columns = columnNames(s.tokens[opening+1 : min(body, len(s.tokens))])
	for i := body; i < len(s.tokens); i++ {
		switch at := s.tokens[i]; {
		case at.depth > 0:
		case at.is("ENGINE") && i+2 < len(s.tokens):
			t.engine = i + 1
			if s.tokens[t.engine].symbol("=") {
				t.engine++
			}
		case at.is("ORDER") && begins(s.tokens[i:], "ORDER", "BY"):
			t.sorting = plainColumns(s.tokens[i+2:])
		case at.is("COMMENT") && i+1 < len(s.tokens) && s.tokens[i+1].kind == literal:
			t.comment = s.tokens[i+1].text
		}
	}
	if t.engine == 0 {
		return t, fmt.Errorf("table %s: want an ENGINE", s.Name)
	}
	return t, nil
}

// columnNames returns the names that begin the entries of a list of columns; indices,
// projections and constraints are no columns.
func columnNames(tokens []token) []string {
	var names []string
	first := true
	for _, t := range tokens {
		switch {
		case t.depth == 1 && t.symbol(","):
			first = true
		case first:
			if name := t.name(); name != "" && !t.is("INDEX", "PROJECTION", "CONSTRAINT") {
				names = append(names, name)
			}
			first = false
		}
	}
	return names
}

// plainColumns returns those parts of a key that are a column and nothing more.
func plainColumns(tokens []token) []string {
	depth := 0
	if len(tokens) > 0 && tokens[0].symbol("(") {
		tokens, depth = tokens[1:], 1
	}
	var columns []string
	start := 0
	take := func(end int) {
		if end == start+1 && tokens[start].name() != "" {
			columns = append(columns, tokens[start].name())
		}
		start = end + 1
	}
	for i, t := range tokens {
		if t.depth < depth || depth == 0 && i > start && t.is(clauses...) {
			take(i)
			return columns
		}
		if t.depth == depth && t.symbol(",") {
			take(i)
		}
	}
	take(len(tokens))
	return columns
}

// clauses are the words that may follow a key without brackets.
var clauses = []string{"PARTITION", "PRIMARY", "SAMPLE", "TTL", "SETTINGS", "COMMENT"}

// isDimension reports a table that is replaced as a whole.
func (t table) isDimension() bool { return t.tokens[t.engine].is("MergeTree") }

// hasKey reports whether every one of the columns is part of the sorting key.
func (t table) hasKey(columns []string) bool {
	for _, c := range columns {
		if !slices.Contains(t.sorting, c) {
			return false
		}
	}
	return true
}

// Relations returns the tables and views that stand after all statements were
// applied, in the order of their creation.
func Relations(all []Statement) ([]Relation, error) {
	var list []Relation
	for _, s := range all {
		same := func(r Relation) bool { return r.Name == s.Name }
		switch s.Kind {
		case Table:
			t, err := parseTable(s)
			if err != nil {
				return nil, err
			}
			list = append(slices.DeleteFunc(list, same), Relation{Name: s.Name, Columns: t.columns, Dimension: t.isDimension()})
		case View:
			if !slices.ContainsFunc(list, same) {
				list = append(list, Relation{Name: s.Name, View: true})
			}
		case Drop:
			list = slices.DeleteFunc(list, same)
		case Alter:
			if at := slices.IndexFunc(list, same); at >= 0 {
				list[at].Columns = alteredColumns(s, list[at].Columns)
			}
		}
	}
	return list, nil
}

// literalOf writes a text as a literal of ClickHouse.
func literalOf(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}
