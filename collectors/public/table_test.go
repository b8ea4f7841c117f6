package public

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"zhibiao/internal/statsite"
)

// hostileTable is the documentation of what is done about each behaviour.
const hostileTable = "../../docs/hostile-web.md"

// hostileRows reads the rows of the table: behaviour, what is done, tests.
func hostileRowsOf(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(hostileTable)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for _, line := range strings.Split(string(text), "\n") {
		cells := strings.Split(strings.Trim(line, "| "), "|")
		if len(cells) != 4 || !strings.HasPrefix(cells[0], "`") {
			continue
		}
		name := strings.Trim(strings.TrimSpace(cells[0]), "`")
		if rows[name] != nil {
			t.Errorf("%s names %s twice", hostileTable, name)
		}
		if strings.TrimSpace(cells[2]) == "" {
			t.Errorf("%s does not say what is done about %s", hostileTable, name)
		}
		for _, test := range strings.Split(cells[3], ",") {
			rows[name] = append(rows[name], strings.Trim(strings.TrimSpace(test), "`"))
		}
	}
	return rows
}

// testsOfThisFolder returns the names of all test functions, and of the behaviours
// that TestHostilePages goes through.
func testsOfThisFolder(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]bool{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range parsed.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && strings.HasPrefix(function.Name.Name, "Test") {
				tests[function.Name.Name] = true
			}
		}
	}
	for _, test := range hostilePageTests {
		tests["TestHostilePages/"+test.behaviour] = true
	}
	return tests
}

func TestTheTableOfTheHostileWebIsComplete(t *testing.T) {
	rows, tests := hostileRowsOf(t), testsOfThisFolder(t)
	for _, behaviour := range statsite.Behaviours() {
		if len(rows[behaviour.Name]) == 0 {
			t.Errorf("%s does not name the behaviour %s of the statistics site", hostileTable, behaviour.Name)
		}
	}
	for name, named := range rows {
		for _, test := range named {
			if !tests[test] {
				t.Errorf("%s names the test %s for %s, which does not exist", hostileTable, strconv.Quote(test), name)
			}
		}
	}
}

func TestEveryPageThatMisbehavesIsTested(t *testing.T) {
	tested := map[string]bool{"personal-data": true, "unchanged": true} // have tests of their own
	for _, test := range hostilePageTests {
		tested[test.behaviour] = true
	}
	for _, behaviour := range statsite.Behaviours() {
		if !behaviour.List && !tested[behaviour.Name] {
			t.Errorf("no test plays %s", behaviour.Name)
		}
	}
}
