package ordering

import (
	"fmt"
	"slices"
	"strings"
)

// Finding is a place where regions are lined up by something else than their code.
type Finding struct {
	File string // "" for a text without a file
	Line int    // from 1
	What string // what is wrong and how to mend it
}

func (f Finding) String() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.What) }

// Check judges a text that holds SQL: statements, and quoted texts that hold
// statements themselves, as in zhibiao query "SELECT …". The findings are in the order
// of the text.
func Check(sql string) []Finding {
	c := &checker{}
	level := tokens(sql)
	c.level(level, nil)
	c.quoted(level)
	c.fragment(sql, level)
	slices.SortFunc(c.found, func(a, b mark) int { return a.at - b.at })
	c.found = slices.Compact(c.found)
	findings := make([]Finding, len(c.found))
	for i, m := range c.found {
		findings[i] = Finding{Line: 1 + strings.Count(sql[:min(m.at, len(sql))], "\n"), What: m.what}
	}
	return findings
}

type mark struct {
	at   int
	what string
}

type checker struct{ found []mark }

func (c *checker) report(at int, format string, args ...any) {
	c.found = append(c.found, mark{at, fmt.Sprintf(format, args...)})
}

// level judges the SELECTs of a level and of all levels in it.
func (c *checker) level(level []token, known map[string]*union) {
	if all := parseUnion(level, known); all != nil {
		for _, s := range *all {
			c.selection(s)
		}
		known = (*all)[0].known
	}
	for _, t := range level {
		if t.kind == group {
			c.level(t.inner, known)
		}
	}
}

// quoted judges statements inside quotes.
func (c *checker) quoted(level []token) {
	for _, t := range level {
		switch {
		case t.kind == group:
			c.quoted(t.inner)
		case t.kind != text && t.kind != word:
		case statementWords.MatchString(t.text):
			for _, f := range Check(t.text) {
				c.report(t.at, "%s", f.What)
			}
		}
	}
}

// fragment judges an ORDER BY without its SELECT, as a program puts it together: its
// rows may be regions. The sorting key of a table is no order of anything shown.
func (c *checker) fragment(sql string, level []token) {
	if !fragmentWords.MatchString(sql) || slices.ContainsFunc(level, func(t token) bool {
		return t.is("SELECT") || t.is("ENGINE") || t.is("PROJECTION") || t.is("TABLE")
	}) {
		return
	}
	for _, part := range clausesAnywhere(level) {
		if part.keyword == "ORDER BY" {
			c.order(&selection{}, keys(part.body), "ORDER BY")
		}
	}
}

func clausesAnywhere(level []token) []clause {
	for i := range level {
		if _, width := opens(level, i); width > 0 {
			return clauses(level[i:])
		}
	}
	return nil
}

func (c *checker) selection(s *selection) {
	if s.pinned() {
		return
	}
	if s.showsRegions() {
		c.order(s, s.orderBy, "ORDER BY")
	}
	if s.seesRegions() && (len(s.groupBy) == 0 || s.anyRegional(s.groupBy)) {
		c.windows(s)
	}
	if !s.anyRegional(s.groupBy) {
		for _, i := range s.items {
			c.picks(s, i.expression)
		}
	}
}

// order judges keys up to the one that is the region.
func (c *checker) order(s *selection, keys [][]token, clause string) {
	if len(keys) == 1 && len(keys[0]) == 1 && keys[0][0].is("ALL") {
		keys = nil
		for _, i := range s.items {
			keys = append(keys, i.expression)
		}
	}
	for _, key := range keys {
		if len(key) == 0 {
			continue
		}
		n := s.nature(s.position(key))
		if n.valued {
			c.report(key[0].at, "%s lines up regions by %s (promise 9): order them by their code, or put the region before it", clause, written(key))
			return
		}
		if n.regional {
			return
		}
	}
}

// position gives the item that a number in ORDER BY stands for.
func (s *selection) position(key []token) []token {
	if len(key) != 1 || key[0].kind != number {
		return key
	}
	n := 0
	if _, err := fmt.Sscanf(key[0].text, "%d", &n); err != nil || n < 1 || n > len(s.items) {
		return key
	}
	return s.items[n-1].expression
}

func (s *selection) showsRegions() bool {
	for _, i := range s.items {
		relations, star := s.star(i.expression)
		if star && anyShows(relations) || !star && s.nature(i.expression).regional {
			return true
		}
	}
	return s.anyRegional(s.groupBy)
}

// seesRegions reports whether the rows that the SELECT reads are of several regions.
func (s *selection) seesRegions() bool { return anyShows(s.from) }

// anyShows reports whether a relation has a column of regions. A table that nobody
// knows may have one.
func anyShows(relations []relation) bool {
	for _, r := range relations {
		columns, complete := r.outputs()
		if !complete && !systemTables[r.name] {
			return true
		}
		for _, n := range columns {
			if n.regional {
				return true
			}
		}
	}
	return false
}

// systemTables are tables of the server and functions that know no regions.
var systemTables = set("columns tables parts functions settings numbers one processes databases errors merges zeros information_schema")

func (s *selection) anyRegional(expressions [][]token) bool {
	return slices.ContainsFunc(expressions, func(e []token) bool { return s.nature(s.position(e)).regional })
}

// windows judges every OVER (…) of the items and every named window.
func (c *checker) windows(s *selection) {
	judge := func(w window) {
		if !s.anyRegional(w.partition) {
			c.order(s, w.orderBy, "a window that is not partitioned by region")
		}
	}
	for _, w := range s.windows {
		judge(w)
	}
	var visit func(level []token)
	visit = func(level []token) {
		for i, t := range level {
			if t.is("OVER") && i+1 < len(level) && level[i+1].isGroup("(") {
				judge(parseWindow(level[i+1]))
			} else if t.kind == group && !startsQuery(t.inner) {
				visit(t.inner)
			}
		}
	}
	for _, i := range s.items {
		visit(i.expression)
	}
	for _, key := range s.orderBy {
		visit(key)
	}
}

var (
	pickers = set("argmin argminif argmax argmaxif")
	sorters = set(`arraysort arrayreversesort arraypartialsort arraypartialreversesort grouparraysorted topk topkweighted approx_top_k
		approx_top_sum arrayenumeratedense maxmap minmap`)
)

// picks judges functions that pick or line up regions in one cell.
func (c *checker) picks(s *selection, expression []token) {
	for i, t := range expression {
		if t.kind == group && !startsQuery(t.inner) {
			c.picks(s, t.inner)
		}
		if t.kind != word || i+1 >= len(expression) || !expression[i+1].isGroup("(") {
			continue
		}
		name, arguments := strings.ToLower(t.text), split(expression[i+1].inner)
		of := func(e []token) nature { return s.nature(e) }
		switch {
		case pickers[name] && len(arguments) > 1 && of(arguments[0]).regional && of(arguments[1]).valued:
			c.report(t.at, "%s picks the region with the least or greatest %s (promise 9)", t.text, written(arguments[1]))
		case sorters[name] && of(expression[i+1].inner).regional && of(expression[i+1].inner).valued:
			c.report(t.at, "%s lines up regions by a value (promise 9): sort by code", t.text)
		}
	}
}

// written is an expression as a person knows it again.
func written(expression []token) string {
	var out strings.Builder
	for i, t := range expression {
		switch {
		case i > 0 && !t.isSymbol(".") && !expression[i-1].isSymbol(".") && t.kind != group:
			out.WriteString(" ")
		}
		switch t.kind {
		case group:
			out.WriteString(t.text + written(t.inner) + map[string]string{"(": ")", "[": "]", "{": "}"}[t.text])
		case text:
			out.WriteString("'" + t.text + "'")
		default:
			out.WriteString(t.text)
		}
	}
	return out.String()
}
