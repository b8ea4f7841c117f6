package warehouse

import (
	"context"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

//go:embed queries/*.sql
var queryFiles embed.FS

// Query is a named query: a file of the folder queries, whose head says in both
// languages what it answers.
type Query struct {
	Name    string // file name without .sql
	TitleZH string
	TitleEN string
	SQL     string // without the head; parameters as {name:Type}
}

// Parameters are the values of a query's {name:Type} places.
type Parameters map[string]any

// exampleNames are the queries that the demo prints, in order.
var exampleNames = []string{"latest_gdp", "revisions_of_one_number", "refusals_by_reason"}

// Examples returns the queries that show a newcomer around; none takes parameters.
func Examples() []Query {
	examples := make([]Query, len(exampleNames))
	for i, name := range exampleNames {
		examples[i] = named(name)
	}
	return examples
}

// NamedQueries returns all named queries, by name.
func NamedQueries() []Query { return slices.Clone(allQueries()) }

var allQueries = sync.OnceValue(func() []Query {
	queries, err := readQueries()
	if err != nil {
		panic(err) // the files are compiled in and covered by a test
	}
	return queries
})

// Ask runs a query; Print or the caller reads and closes the rows.
func (w *Warehouse) Ask(ctx context.Context, sql string, values Parameters) (driver.Rows, error) {
	return w.conn.Query(ctx, sql, values.named()...)
}

func (p Parameters) named() []any {
	arguments := make([]any, 0, len(p))
	for _, name := range slices.Sorted(maps.Keys(p)) {
		arguments = append(arguments, clickhouse.Named(name, p[name]))
	}
	return arguments
}

func named(name string) Query {
	queries := allQueries()
	i := slices.IndexFunc(queries, func(q Query) bool { return q.Name == name })
	if i < 0 {
		panic("there is no query " + name)
	}
	return queries[i]
}

func readQueries() ([]Query, error) {
	entries, err := queryFiles.ReadDir("queries")
	if err != nil {
		return nil, err
	}
	var queries []Query
	for _, entry := range entries {
		text, err := queryFiles.ReadFile("queries/" + entry.Name())
		if err != nil {
			return nil, err
		}
		query, err := parseQuery(strings.TrimSuffix(entry.Name(), ".sql"), string(text))
		if err != nil {
			return nil, err
		}
		queries = append(queries, query)
	}
	return queries, nil
}

// parseQuery takes a file apart: the comment lines at its head, of which the first
// is the Chinese and the second the English title, and the statement.
func parseQuery(name, text string) (Query, error) {
	var head []string
	rest := text
	for strings.HasPrefix(rest, "--") {
		line, after, _ := strings.Cut(rest, "\n")
		head = append(head, strings.TrimSpace(strings.TrimPrefix(line, "--")))
		rest = after
	}
	if len(head) < 2 || strings.TrimSpace(rest) == "" {
		return Query{}, fmt.Errorf("reading query %s: want a Chinese and an English title as comments, then a statement", name)
	}
	return Query{Name: name, TitleZH: head[0], TitleEN: head[1], SQL: strings.TrimSpace(rest)}, nil
}
