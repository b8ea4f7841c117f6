package ordering

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Shipped judges every file below a folder that may hold SQL: *.sql, Go literals,
// YAML, JSON (dashboards) and Markdown. Tests and their data are not shipped. Files
// are read in the order of their names.
func Shipped(tree fs.FS) ([]Finding, error) {
	var findings []Finding
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && notShipped(name):
			return fs.SkipDir
		case entry.IsDir() || strings.HasSuffix(name, "_test.go") || readers[path.Ext(name)] == nil:
			return nil
		}
		content, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		found, err := readers[path.Ext(name)](string(content))
		if err != nil {
			return fmt.Errorf("looking for SQL in %s: %w", name, err)
		}
		for _, f := range found {
			f.File = name
			findings = append(findings, f)
		}
		return nil
	})
	return findings, err
}

// notShipped are folders without anything that users get: tests' data, the
// repository's own, and what was built or fetched.
func notShipped(name string) bool {
	base := path.Base(name)
	return name != "." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "node_modules" || base == "bin" || strings.HasSuffix(base, "-data"))
}

var readers = map[string]func(content string) ([]Finding, error){
	".sql":      func(content string) ([]Finding, error) { return Check(content), nil },
	".fragment": func(content string) ([]Finding, error) { return Check(content), nil },
	".go":       inGo,
	".yaml":     inYAML,
	".yml":      inYAML,
	".json":     inJSON,
	".md":       inMarkdown,
}

var (
	statementWords = regexp.MustCompile(`(?is)\bselect\b.*\bfrom\b`)
	fragmentWords  = regexp.MustCompile(`\bORDER\s+BY\b|\bOVER\s*\(`) // in capitals, as prose never writes them
)

// mayHoldSQL tells texts that are worth judging from prose.
func mayHoldSQL(s string) bool { return statementWords.MatchString(s) || fragmentWords.MatchString(s) }

// inYAML judges the texts of a file; a file that is no YAML (a template) is judged as
// a whole.
func inYAML(content string) ([]Finding, error) {
	if !mayHoldSQL(content) {
		return nil, nil
	}
	var value any
	if err := yaml.Unmarshal([]byte(content), &value); err != nil {
		return Check(content), nil //nolint:nilerr // judged as text instead
	}
	return inValue(content, value), nil
}

func inJSON(content string) ([]Finding, error) {
	if !mayHoldSQL(content) && !strings.Contains(content, "sortBy") {
		return nil, nil
	}
	var value any
	if err := json.Unmarshal([]byte(content), &value); err != nil {
		return Check(content), nil //nolint:nilerr // judged as text instead
	}
	return inValue(content, value), nil
}

// inValue judges all texts of a decoded document, and what dashboards sort by.
func inValue(content string, value any) []Finding {
	var findings []Finding
	var visit func(value any)
	visit = func(value any) {
		switch v := value.(type) {
		case string:
			if mayHoldSQL(v) {
				first := lineOf(content, v)
				for _, f := range Check(v) {
					f.Line += first - 1
					findings = append(findings, f)
				}
			}
		case []any:
			for _, element := range v {
				visit(element)
			}
		case map[string]any:
			findings = append(findings, sortedBy(content, v)...)
			for _, name := range sortedKeys(v) {
				visit(v[name])
			}
		}
	}
	visit(value)
	slices.SortStableFunc(findings, func(a, b Finding) int { return a.Line - b.Line })
	return findings
}

func sortedKeys(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// sortedBy judges Grafana's own orders: {"sortBy": [{"displayName": …}]} of a table
// and {"id": "sortBy", "options": {"sort": [{"field": …}]}}.
func sortedBy(content string, object map[string]any) []Finding {
	options, _ := object["options"].(map[string]any)
	lists := []any{object["sortBy"]}
	if object["id"] == "sortBy" {
		lists = append(lists, options["sort"])
	}
	var findings []Finding
	for _, list := range lists {
		fields, _ := list.([]any)
		for _, field := range fields {
			field, _ := field.(map[string]any)
			for _, key := range []string{"field", "displayName"} {
				if name, ok := field[key].(string); ok && natureOfName("", name).valued {
					findings = append(findings, Finding{Line: lineOf(content, `"`+name+`"`),
						What: fmt.Sprintf("the dashboard sorts by %s (promise 9): leave the order to the query, by code", name)})
				}
			}
		}
	}
	return findings
}

// lineOf finds the line on which a text begins, 1 where it is written otherwise.
func lineOf(content, text string) int {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	at := strings.Index(content, first)
	if at < 0 {
		if quoted, err := json.Marshal(text); err == nil {
			at = strings.Index(content, string(quoted))
		}
	}
	return 1 + strings.Count(content[:max(at, 0)], "\n")
}

// longOption is --data of a command line, which in SQL would begin a comment.
var longOption = regexp.MustCompile(`--([a-z])`)

var inlineCode = regexp.MustCompile("`[^`\n]+`")

// inMarkdown judges code: fenced blocks, indented ones as a part of the prose, and
// what stands between backticks.
func inMarkdown(content string) ([]Finding, error) {
	var findings []Finding
	judge := func(code string, line int) {
		code = longOption.ReplaceAllString(code, "  $1")
		if !mayHoldSQL(code) {
			return
		}
		for _, f := range Check(code) {
			f.Line += line - 1
			findings = append(findings, f)
		}
	}
	var block strings.Builder
	fence, begun := "", 0
	for i, line := range strings.Split(content, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence == "" && (strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~")):
			fence, begun = trimmed[:3], i+2
			block.Reset()
		case fence != "" && strings.HasPrefix(trimmed, fence):
			judge(block.String(), begun)
			fence = ""
		case fence != "":
			block.WriteString(line + "\n")
		default:
			for _, code := range inlineCode.FindAllString(line, -1) {
				judge(strings.Trim(code, "`"), i+1)
			}
			if strings.HasPrefix(line, "    ") {
				judge(line, i+1)
			}
		}
	}
	return findings, nil
}
