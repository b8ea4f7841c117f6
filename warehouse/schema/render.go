package schema

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Renderer writes out statements for a cluster, in the order of their files: what
// becomes of a view or an ALTER depends on the tables that were made before.
//
// A table is sharded if it is appended to and its sorting key has every column of the
// sharding key. Then it becomes a replicated table NAME_local on every server and a
// distributed table NAME over them; readers and loaders use NAME. Every other table is
// small and is replicated whole on every server, so that joins with it stay local.
// Materialised views run where rows arrive, from NAME_local to NAME_local.
type Renderer struct {
	cluster  Cluster
	database string
	tables   map[string]bool // name → sharded
	views    map[string]bool
}

// NewRenderer returns a renderer for one database. Without a cluster's name it
// changes nothing but the names of views that views call with parameters.
func NewRenderer(c Cluster, database string) *Renderer {
	return &Renderer{cluster: c.WithDefaults(), database: database, tables: map[string]bool{}, views: map[string]bool{}}
}

// Sharded reports whether a table that was rendered is spread over the shards.
func (r *Renderer) Sharded(name string) bool { return r.tables[name] }

// Render returns the statements that do on the cluster what one does on a server, in
// order. Each can be applied twice.
func (r *Renderer) Render(s Statement) ([]string, error) {
	if !r.cluster.Enabled() && s.Kind != View {
		return []string{s.Text}, nil
	}
	switch s.Kind {
	case Table:
		return r.table(s)
	case View:
		rest, _ := r.reading(s.Text, s.tokens[s.head+1:], "")
		r.views[s.Name] = true
		return []string{s.Text[:s.tokens[s.head].end] + r.cluster.on() + rest}, nil
	case Dictionary, Function:
		return []string{s.insertAfter(s.head, r.cluster.on())}, nil
	case MaterializedView:
		return r.materializedView(s)
	case Alter:
		return r.alter(s)
	case Drop:
		return r.drop(s), nil
	case Insert:
		return []string{s.Text}, nil
	}
	return nil, fmt.Errorf("a statement of kind %s is not known on a cluster", s.Kind)
}

func (r *Renderer) table(s Statement) ([]string, error) {
	t, err := parseTable(s)
	if err != nil {
		return nil, err
	}
	engine := t.tokens[t.engine]
	if !strings.HasSuffix(engine.text, "MergeTree") || strings.HasPrefix(engine.text, "Replicated") {
		return nil, fmt.Errorf("table %s: engine %s cannot be replicated; want one of the MergeTree family", s.Name, engine.text)
	}
	sharded := !t.isDimension() && t.hasKey(r.cluster.shardingColumns())
	r.tables[s.Name] = sharded
	name := s.Name
	if sharded {
		name += Local
	}
	replicated := t.with(name, r.cluster.on(), "Replicated"+engine.text+r.replica(name, sharded, t))
	if !sharded {
		return []string{replicated}, nil
	}
	distributed := fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s%s AS %s\nENGINE = Distributed(%s, %s, %s, %s)",
		s.Name, r.cluster.on(), r.qualified(name), literalOf(r.cluster.Name), literalOf(r.database), literalOf(name), r.cluster.ShardingKey)
	if t.comment != "" {
		distributed += "\nCOMMENT " + t.comment
	}
	return []string{replicated, distributed}, nil
}

// replica is what a replicated engine is told before its own arguments: where its log
// is and who it is. A table that is whole on every server has one log for all shards.
func (r *Renderer) replica(name string, sharded bool, t table) string {
	shard, replica := r.cluster.Shard, r.cluster.Replica
	if !sharded {
		shard, replica = "all", shard+"-"+replica
	}
	path := strings.Join([]string{r.cluster.Path, shard, r.database, name}, "/")
	arguments := "(" + literalOf(path) + ", " + literalOf(replica)
	if own := t.engine + 1; own < len(t.tokens) && t.tokens[own].symbol("(") {
		if t.tokens[own+1].symbol(")") {
			return arguments
		}
		return arguments + ", "
	}
	return arguments + ")"
}

// with returns the statement under another name, with an addition after it, and with
// another engine. The bracket that may follow the engine's name is part of the new one.
func (t table) with(name, addition, engine string) string {
	head, old := t.tokens[t.head], t.tokens[t.engine]
	end := old.end
	if own := t.engine + 1; own < len(t.tokens) && t.tokens[own].symbol("(") {
		end = t.tokens[own].end
	}
	return t.Text[:head.start] + name + addition + t.Text[head.end:old.start] + engine + t.Text[end:]
}

func checkMaterializedView(s Statement) error {
	if t := s.tokens[s.head+1:]; len(t) < 2 || !t[0].is("TO") || t[1].name() == "" {
		return fmt.Errorf("materialised view %s: want TO and a table after its name; a view that keeps its rows in a hidden table cannot be altered or sharded", s.Name)
	}
	return nil
}

func (r *Renderer) materializedView(s Statement) ([]string, error) {
	target := s.tokens[s.head+2]
	sharded, known := r.tables[target.name()]
	if !known {
		return nil, fmt.Errorf("materialised view %s: no migration before it makes its target %s", s.Name, target.name())
	}
	name := target.name()
	if sharded {
		name += Local
	}
	rest, sources := r.reading(s.Text, s.tokens[s.head+3:], Local)
	if sources == 0 && sharded || sources > 0 && !sharded {
		return nil, fmt.Errorf("materialised view %s: it leads from a table that is sharded to one that is not, or the other way; its target %s needs the columns of the sharding key %s in its sorting key",
			s.Name, target.name(), r.cluster.ShardingKey)
	}
	return []string{s.Text[:s.tokens[s.head].end] + r.cluster.on() + " TO " + r.qualified(name) + rest}, nil
}

// reading returns the text of the tokens and of the space before them with the tables
// and views that it reads named in full, and with the suffix at the names of sharded
// tables; and how many of those it reads. A statement arrives at the other servers
// without the session's database, and a view that calls a view with parameters looks
// for it in the database of who asks. Columns may be qualified with a table's name, so
// that another name gets the old one as an alias.
func (r *Renderer) reading(text string, tokens []token, suffix string) (string, int) {
	if len(tokens) == 0 {
		return "", 0
	}
	var out strings.Builder
	found := 0
	last := strings.LastIndexFunc(text[:tokens[0].start], func(c rune) bool { return !strings.ContainsRune(" \t\r\n", c) }) + 1
	for i, t := range tokens {
		next := token{}
		if i+1 < len(tokens) {
			next = tokens[i+1]
		}
		sharded, isTable := r.tables[t.name()]
		if i == 0 || !tokens[i-1].is("FROM", "JOIN") || !isTable && !r.views[t.name()] || next.symbol(".") {
			continue
		}
		out.WriteString(text[last:t.start] + r.qualified(t.name()))
		if sharded {
			found++
			out.WriteString(suffix)
			if suffix != "" && !isAlias(next) {
				out.WriteString(" AS " + t.name())
			}
		}
		last = t.end
	}
	out.WriteString(text[last:tokens[len(tokens)-1].end])
	return out.String(), found
}

// qualified is a name with its database, which may need quotes.
func (r *Renderer) qualified(name string) string {
	database := r.database
	if strings.ContainsFunc(database, func(c rune) bool { return c >= utf8.RuneSelf || !isWordByte(byte(c)) }) || database[0] >= '0' && database[0] <= '9' {
		database = "`" + database + "`"
	}
	return database + "." + name
}

// isAlias reports whether what follows a table gives it a name of its own.
func isAlias(t token) bool {
	return t.name() != "" && !t.is("FINAL", "SAMPLE", "PREWHERE", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "SETTINGS", "COMMENT", "UNION",
		"GLOBAL", "ANY", "ALL", "ASOF", "SEMI", "ANTI", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "ARRAY", "JOIN", "ON", "USING")
}

func (r *Renderer) alter(s Statement) ([]string, error) {
	commands := s.commands()
	write := func(name string, list []string) string {
		return "ALTER TABLE " + name + r.cluster.on() + "\n    " + strings.Join(list, ",\n    ")
	}
	var all, shaping []string
	for _, c := range commands {
		text := c.text
		if c.begins("MODIFY QUERY") {
			rest, _ := r.reading(s.Text, c.tokens[2:], Local)
			text = "MODIFY QUERY" + rest
		}
		all = append(all, text)
		if c.shapesColumns() {
			shaping = append(shaping, c.text)
		}
	}
	if !r.tables[s.Name] {
		return []string{write(s.Name, all)}, nil
	}
	statements := []string{write(s.Name+Local, all)}
	if len(shaping) > 0 {
		statements = append(statements, write(s.Name, shaping))
	}
	return statements, nil
}

// drop waits until a replica is gone from Keeper, so that a table of the same name can
// be made at once.
func (r *Renderer) drop(s Statement) []string {
	what := s.Text[:s.tokens[s.head].start]
	if !s.tokens[1].is("TABLE") {
		delete(r.views, s.Name)
		return []string{what + s.Name + r.cluster.on()}
	}
	statements := []string{what + s.Name + r.cluster.on() + " SYNC"}
	if r.tables[s.Name] {
		statements = append(statements, what+s.Name+Local+r.cluster.on()+" SYNC")
	}
	delete(r.tables, s.Name)
	return statements
}

// RenderAll renders statements for a database, one list a statement.
func RenderAll(c Cluster, database string, all []Statement) ([][]string, error) {
	r := NewRenderer(c, database)
	rendered := make([][]string, len(all))
	var problems []error
	for i, s := range all {
		list, err := r.Render(s)
		if err != nil {
			problems = append(problems, err)
		}
		rendered[i] = list
	}
	return rendered, errors.Join(problems...)
}
