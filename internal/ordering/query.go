package ordering

import "strings"

// selection is one SELECT, taken apart into its clauses.
type selection struct {
	at      int
	items   []item
	from    []relation
	where   []token
	groupBy [][]token
	orderBy [][]token
	windows map[string]window // of the WINDOW clause
	known   map[string]*union // common table expressions in sight

	result    remembered
	aliases   map[string]nature // that were followed already
	following map[string]bool   // that are being followed
}

// union is what stands in one pair of brackets: one SELECT, or several that UNION,
// EXCEPT and INTERSECT tie together.
type union []*selection

// item is an entry of the list of columns.
type item struct {
	expression []token
	alias      string // "" without one; a bare column has its own name
}

// relation is a table, view, common table expression or subquery of FROM.
type relation struct {
	name, alias string
	query       *union // of a subquery or common table expression
	known       *remembered
}

type window struct {
	partition, orderBy [][]token
	at                 int
}

// parseUnion reads the SELECTs of one level; nil when there is none.
func parseUnion(level []token, known map[string]*union) *union {
	scope := map[string]*union{}
	for name, query := range known {
		scope[name] = query
	}
	var all union
	for i := 0; i < len(level); i++ {
		switch {
		case level[i].is("WITH") && i+1 < len(level) && !followedBy(level, i, "FILL", "TIES", "TOTALS", "ROLLUP", "CUBE"):
			readExpressions(level[i+1:], scope)
		case level[i].is("SELECT"):
			end := i + 1
			for end < len(level) && !endsSelect(level, end) {
				end++
			}
			all = append(all, parseSelection(level[i:end], scope))
			i = end - 1
		case level[i].isGroup("(") && len(all) == 0 || level[i].isGroup("(") && i > 0 && isSetWord(level[i-1]):
			if inner := parseUnion(level[i].inner, scope); inner != nil {
				all = append(all, *inner...)
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return &all
}

func isSetWord(t token) bool {
	return t.is("UNION") || t.is("ALL") || t.is("DISTINCT") || t.is("EXCEPT") || t.is("INTERSECT")
}

func followedBy(level []token, i int, words ...string) bool {
	for _, w := range words {
		if i+1 < len(level) && level[i+1].is(w) {
			return true
		}
	}
	return false
}

// endsSelect tells the operator EXCEPT from the EXCEPT of a star.
func endsSelect(level []token, i int) bool {
	t := level[i]
	if t.isSymbol(";") || t.is("UNION") || t.is("INTERSECT") {
		return true
	}
	if !t.is("EXCEPT") || i+1 >= len(level) {
		return false
	}
	next := level[i+1]
	return next.is("SELECT") || next.is("ALL") || next.is("DISTINCT") || next.isGroup("(") && startsQuery(next.inner)
}

func startsQuery(inner []token) bool {
	return len(inner) > 0 && (inner[0].is("SELECT") || inner[0].is("WITH") || inner[0].isGroup("(") && startsQuery(inner[0].inner))
}

// readExpressions notes the common table expressions of a WITH: name AS (SELECT …).
// Those of the form expression AS name stand for values, which are unknown anyway.
func readExpressions(level []token, scope map[string]*union) {
	for i := 0; i+2 < len(level) && !level[i].is("SELECT"); i++ {
		if level[i].kind == word && level[i+1].is("AS") && level[i+2].isGroup("(") && startsQuery(level[i+2].inner) {
			scope[strings.ToLower(level[i].text)] = parseUnion(level[i+2].inner, scope)
		}
	}
}

// clause is a run of tokens that a keyword opens.
type clause struct {
	keyword string
	body    []token
}

// keywords open clauses. Those of two words are written with their second one.
var keywords = []string{"SELECT", "FROM", "PREWHERE", "WHERE", "GROUP BY", "HAVING", "WINDOW", "QUALIFY",
	"ORDER BY", "INTERPOLATE", "LIMIT", "OFFSET", "SETTINGS", "FORMAT", "INTO", "COMMENT"}

func clauses(level []token) []clause {
	var all []clause
	for i := 0; i < len(level); i++ {
		keyword, width := opens(level, i)
		if width == 0 {
			last := &all[len(all)-1]
			last.body = append(last.body, level[i])
			continue
		}
		all = append(all, clause{keyword: keyword})
		i += width - 1
	}
	return all
}

// opens says which clause begins at a token, and with how many words. A name behind
// AS or a dot is no keyword.
func opens(level []token, i int) (keyword string, width int) {
	if i > 0 && (level[i-1].isSymbol(".") || level[i-1].is("AS")) {
		return "", 0
	}
	for _, k := range keywords {
		first, second, two := strings.Cut(k, " ")
		switch {
		case !level[i].is(first) || two && !followedBy(level, i, second) || isColumn(level, i):
		case two:
			return k, 2
		default:
			return k, 1
		}
	}
	return "", 0
}

// isColumn tells columns and functions called comment, format, window … from the
// clauses, by what follows.
func isColumn(level []token, i int) bool {
	next := token{kind: symbol}
	if i+1 < len(level) {
		next = level[i+1]
	}
	switch strings.ToUpper(level[i].text) {
	case "COMMENT":
		return next.kind != text
	case "FORMAT", "SETTINGS", "WINDOW":
		return next.kind != word || next.is("FROM") || next.is("AS")
	case "INTO":
		return !next.is("OUTFILE")
	case "OFFSET", "LIMIT":
		return next.kind == symbol && next.text != "?" && next.text != "-" || next.is("FROM") || next.is("AS")
	}
	return false
}

func parseSelection(level []token, known map[string]*union) *selection {
	s := &selection{at: level[0].at, windows: map[string]window{}, known: known}
	for _, c := range clauses(level) {
		switch c.keyword {
		case "SELECT":
			for _, expression := range split(withoutDistinct(c.body)) {
				s.items = append(s.items, parseItem(expression))
			}
		case "FROM":
			s.from = parseFrom(c.body, known)
		case "WHERE", "PREWHERE":
			if len(s.where) > 0 {
				s.where = append(s.where, token{kind: word, text: "AND"})
			}
			s.where = append(s.where, c.body...)
		case "GROUP BY":
			s.groupBy = keys(c.body)
		case "ORDER BY":
			s.orderBy = keys(c.body)
		case "WINDOW":
			for _, definition := range split(c.body) {
				if len(definition) == 3 && definition[1].is("AS") {
					s.windows[strings.ToLower(definition[0].text)] = parseWindow(definition[2])
				}
			}
		}
	}
	return s
}

func withoutDistinct(body []token) []token {
	if len(body) == 0 || !body[0].is("DISTINCT") {
		return body
	}
	body = body[1:]
	if len(body) > 1 && body[0].is("ON") {
		return body[2:]
	}
	return body
}

func parseItem(expression []token) item {
	n := len(expression)
	if n >= 2 && expression[n-2].is("AS") {
		return item{expression[:n-2], expression[n-1].text}
	}
	if n >= 2 && expression[n-1].kind == word && (expression[n-2].kind == word || expression[n-2].kind == group && expression[n-2].text == "(") && !expression[n-2].is("OVER") {
		return item{expression[:n-1], expression[n-1].text} // an alias without AS
	}
	if name, ok := bareName(expression); ok {
		return item{expression, name}
	}
	return item{expression: expression}
}

// bareName is the last part of a, t.a or d.t.a.
func bareName(expression []token) (string, bool) {
	n := len(expression)
	if n == 0 || n%2 == 0 {
		return "", false
	}
	for i, t := range expression {
		if i%2 == 0 && t.kind != word || i%2 == 1 && !t.isSymbol(".") {
			return "", false
		}
	}
	return expression[n-1].text, true
}

func parseWindow(definition token) window {
	w := window{at: definition.at}
	var into *[][]token
	var body []token
	flush := func() {
		if into != nil {
			*into = keys(body)
		}
		body = nil
	}
	for i := 0; i < len(definition.inner); i++ {
		t := definition.inner[i]
		switch {
		case t.is("PARTITION") && followedBy(definition.inner, i, "BY"):
			flush()
			into = &w.partition
			i++
		case t.is("ORDER") && followedBy(definition.inner, i, "BY"):
			flush()
			into = &w.orderBy
			i++
		case t.is("ROWS"), t.is("RANGE"), t.is("GROUPS"):
			flush()
			into = nil
		default:
			body = append(body, t)
		}
	}
	flush()
	return w
}

// split cuts a list at its commas.
func split(body []token) [][]token {
	var parts [][]token
	from := 0
	for i, t := range body {
		if t.isSymbol(",") {
			parts = append(parts, body[from:i])
			from = i + 1
		}
	}
	if from < len(body) {
		parts = append(parts, body[from:])
	}
	return parts
}

// keys are the expressions of an ORDER BY, GROUP BY or PARTITION BY, without
// directions and out of the brackets of a tuple.
func keys(body []token) [][]token {
	var all [][]token
	for _, key := range split(body) {
		for i, t := range key {
			if i > 0 && (t.is("ASC") || t.is("DESC") || t.is("NULLS") || t.is("COLLATE") || t.is("ASCENDING") || t.is("DESCENDING") || t.is("WITH")) {
				key = key[:i]
				break
			}
		}
		switch {
		case len(key) == 1 && key[0].isGroup("("):
			all = append(all, keys(key[0].inner)...)
		case len(key) == 2 && key[0].is("tuple") && key[1].isGroup("("):
			all = append(all, keys(key[1].inner)...)
		default:
			all = append(all, key)
		}
	}
	return all
}
