package ordering

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// promise 9: everything in this repository.
func TestNothingShippedOrdersRegionsByValue(t *testing.T) {
	findings, err := Shipped(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Error(f)
	}
}

func TestShippedFindsPlantedOrders(t *testing.T) {
	const bad = "SELECT region, value FROM observation ORDER BY value"
	cases := []struct {
		name, file, text string
		line             int // 0 for nothing found
	}{
		{"in a migration", "warehouse/migrations/0099_top.sql", "-- the top\nCREATE VIEW top AS\n" + bad, 3},
		{"in a raw Go literal", "a/b.go", "package b\n\nconst q = `SELECT region\nFROM observation\nORDER BY value`\n", 5},
		{"in Go literals that are tied together", "a/b.go", "package b\n\nvar q = \"SELECT region FROM observation\" +\n\t\" ORDER BY value\"\n", 3},
		{"through a constant", "a/b.go", "package b\n\nconst by = \"value\"\n\nvar q = \"SELECT region FROM observation ORDER BY \" + by\n", 5},
		{"put in at run time", "a/b.go", "package b\n\nfunc q(by string) string { return \"SELECT region FROM observation ORDER BY \" + by }\n", 3},
		{"put in by Sprintf", "a/b.go", "package b\n\nimport \"fmt\"\n\nfunc q(by string) string { return fmt.Sprintf(\"SELECT region FROM observation ORDER BY %s\", by) }\n", 5},
		{"put in at run time and checked", "a/b.go", "package b\n\n//ordering:checked by TestX\nfunc q(by string) string { return \"SELECT region FROM observation ORDER BY \" + by }\n", 0},
		{"a check without a reason", "a/b.go", "package b\n\n//ordering:checked\nfunc q(by string) string { return \"SELECT region FROM observation ORDER BY \" + by }\n", 4},
		{"in a fragment", "a/b.go", "package b\n\nconst tail = \"ORDER BY value DESC\"\n", 3},
		{"in YAML", "configs/a.yaml", "a: 1\nlist:\n  - query: |\n      SELECT region FROM observation\n      ORDER BY value\n", 5},
		{"in a dashboard", "deploy/d.json", `{"panels": [` + "\n" + `{"rawSql": "` + bad + `"}]}`, 2},
		{"in a dashboard's own order", "deploy/d.json", `{"options": {"sortBy": [` + "\n" + `{"displayName": "value", "desc": true}]}}`, 2},
		{"in a dashboard's transformation", "deploy/d.json", `{"id": "sortBy", "options": {"sort": [{"field": "growth"}]}}`, 1},
		{"a dashboard ordered by code", "deploy/d.json", `{"options": {"sortBy": [{"displayName": "region"}]}}`, 0},
		{"in a block of a document", "docs/a.md", "# A\n\n```sql\nSELECT region FROM observation\nORDER BY value\n```\n", 5},
		{"in a command of a document", "docs/a.md", "```\ncurl --data-binary '" + bad + "'\n```\n", 2},
		{"in Python of a document", "docs/a.md", "```python\nclient.query(\"\"\"\n" + bad + "\"\"\")\n```\n", 2},
		{"between backticks", "docs/a.md", "Never `" + bad + "`.\n", 1},
		{"in a test", "a/b_test.go", "package b\n\nconst q = `" + bad + "`\n", 0},
		{"in tests' data", "a/testdata/q.sql", bad, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			findings, err := Shipped(fstest.MapFS{c.file: {Data: []byte(c.text)}})
			if err != nil {
				t.Fatal(err)
			}
			if c.line == 0 && len(findings) == 0 {
				return
			}
			if len(findings) != 1 || findings[0].File != c.file || findings[0].Line != c.line || !strings.Contains(findings[0].What, "promise 9") {
				t.Errorf("got %v, want one at line %d", findings, c.line)
			}
		})
	}
}
