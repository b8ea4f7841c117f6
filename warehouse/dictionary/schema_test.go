package dictionary_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"zhibiao/warehouse"
	"zhibiao/warehouse/dictionary"
	"zhibiao/warehouse/warehousetest"
)

func TestMain(m *testing.M) { warehousetest.Main(m) }

// placeholder is a parameter of a view: {at:DateTime64(3)}.
var placeholder = regexp.MustCompile(`\{(\w+)\s*:\s*([^}]+)\}`)

func TestEveryColumnOfAMigratedDatabaseIsDescribed(t *testing.T) {
	w := warehousetest.Open(t)
	described := map[string]dictionary.Relation{}
	for _, r := range dictionary.Relations() {
		described[r.Name] = r
	}
	for _, table := range rows(t, w, `SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() AND NOT is_temporary AND NOT startsWith(name, '.inner') ORDER BY name`) {
		name, definition := table[0], table[1]
		relation, found := described[name]
		delete(described, name)
		if !found {
			t.Errorf("%s: write warehouse/dictionary/%s.yaml", name, name)
			continue
		}
		var parameters []string
		query := "DESCRIBE TABLE " + name
		if asked := placeholder.FindAllStringSubmatch(definition, -1); len(asked) > 0 {
			seen := map[string]bool{}
			for _, p := range asked {
				if !seen[p[1]] {
					seen[p[1]] = true
					parameters = append(parameters, p[1])
				}
			}
			query = "DESCRIBE (SELECT * FROM " + name + "(" + arguments(asked) + "))"
		}
		if got, want := names(relation.Parameters), strings.Join(parameters, " "); got != want {
			t.Errorf("%s: the dictionary has the parameters [%s], the view [%s] (list them under parameters:, like columns)", name, got, want)
		}
		var columns []string
		for _, column := range rows(t, w, query) {
			columns = append(columns, column[0])
		}
		if got, want := names(relation.Columns), strings.Join(columns, " "); got != want {
			t.Errorf("%s: the dictionary and the database differ\ndictionary %s\ndatabase   %s", name, got, want)
		}
	}
	for name := range described {
		t.Errorf("warehouse/dictionary/%s.yaml describes what no migration makes", name)
	}
}

// arguments gives each parameter a value of its type: a time is asked for.
func arguments(asked [][]string) string {
	seen := map[string]bool{}
	var list []string
	for _, p := range asked {
		if seen[p[1]] {
			continue
		}
		seen[p[1]] = true
		value := "2025-01-01"
		if strings.HasPrefix(p[2], "UInt") || strings.HasPrefix(p[2], "Int") {
			value = "2025"
		}
		list = append(list, fmt.Sprintf("%s = '%s'", p[1], value))
	}
	return strings.Join(list, ", ")
}

func names(columns []dictionary.Column) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.Name
	}
	return strings.Join(list, " ")
}

// rows returns the rows of a query whose columns are all texts.
func rows(t *testing.T, w *warehouse.Warehouse, sql string) [][]string {
	t.Helper()
	answer, err := w.Ask(t.Context(), sql, nil)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer answer.Close()
	var all [][]string
	for answer.Next() {
		row := make([]string, len(answer.Columns()))
		places := make([]any, len(row))
		for i := range row {
			places[i] = &row[i]
		}
		if err := answer.Scan(places...); err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	if err := answer.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
