package warehouse_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	quotedName  = regexp.MustCompile("`([^`]+)`")
	declaration = regexp.MustCompile(`(?m)^func (\w+)\(t \*testing\.T`)
)

// testsOf finds the functions of test files that take a test, with the texts of the
// files in which a function that is not called Test… has to be listed.
func testsOf(t *testing.T, pattern string) (declared map[string]bool, text string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	declared = map[string]bool{}
	var all strings.Builder
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
		for _, found := range declaration.FindAllStringSubmatch(string(content), -1) {
			declared[found[1]] = true
		}
	}
	return declared, all.String()
}

func TestEveryRuleOfThePageNamesItsViewAndItsTest(t *testing.T) {
	page, err := os.ReadFile("../docs/rules-of-statistics.md")
	if err != nil {
		t.Fatal(err)
	}
	declared, text := testsOf(t, "*_test.go")
	inExpect, _ := testsOf(t, "expect/*_test.go")
	rules := 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") || strings.TrimSpace(cells[0]) == "rule" {
			continue
		}
		rules++
		if len(cells) != 4 {
			t.Errorf("want rule, example, view and test, got %d cells: %s", len(cells), line)
			continue
		}
		for _, p := range problemsOf(cells[2], cells[3], declared, inExpect, text) {
			t.Errorf("%s: %s", strings.TrimSpace(cells[0]), p)
		}
	}
	if rules < 20 {
		t.Errorf("the page has %d rules; is its table still read as one?", rules)
	}
}

// problemsOf says what is wrong with the views and tests that a rule names.
func problemsOf(views, tests string, declared, inExpect map[string]bool, text string) []string {
	var problems []string
	named := quotedName.FindAllStringSubmatch(tests, -1)
	if len(named) == 0 {
		problems = append(problems, "it names no test")
	}
	for _, n := range named {
		switch name := n[1]; {
		case !declared[name] && !inExpect[name]:
			problems = append(problems, "there is no test "+name)
		case !strings.HasPrefix(name, "Test") && !regexp.MustCompile(`: +`+name+`,`).MatchString(text):
			problems = append(problems, "nothing runs "+name)
		}
	}
	named = quotedName.FindAllStringSubmatch(views, -1)
	if len(named) == 0 {
		problems = append(problems, "it names no view")
	}
	for _, n := range named {
		if found, _ := filepath.Glob("migrations/00??_" + n[1] + ".sql"); len(found) != 1 {
			problems = append(problems, "there is no view "+n[1])
		}
	}
	return problems
}

func TestARuleWithoutATestIsFound(t *testing.T) {
	for _, c := range []struct{ views, tests, want string }{
		{"`finding`", "`realGrowth`", ""},
		{"`finding`", "", "it names no test"},
		{"`finding`", "`noSuchTest`", "there is no test noSuchTest"},
		{"`finding`", "`unlisted`", "nothing runs unlisted"},
		{"", "`realGrowth`", "it names no view"},
		{"`no_view`", "`TestX`", "there is no view no_view"},
	} {
		got := problemsOf(c.views, c.tests, map[string]bool{"realGrowth": true, "unlisted": true, "TestX": true}, nil, "\"x\": realGrowth,")
		if strings.Join(got, "; ") != c.want {
			t.Errorf("views %q and tests %q: got %v, want %q", c.views, c.tests, got, c.want)
		}
	}
}
