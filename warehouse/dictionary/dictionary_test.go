package dictionary_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"zhibiao/warehouse/dictionary"
)

func TestRead(t *testing.T) {
	const good = "relation: a\nzh: 甲\nen: A\ncolumns:\n  - {name: x, zh: 乙, en: X, unit: –, example: \"1\"}\n"
	cases := []struct{ name, text, want string }{
		{"a whole file is read", good, ""},
		{"an unknown key is named", good + "colour: red\n", "colour"},
		{"an unknown key of a column is named", strings.Replace(good, "en: X", "en: X, note: n", 1), "note"},
		{"a file must be called like its relation", strings.Replace(good, "relation: a", "relation: b", 1), `relation is "b"`},
		{"a relation needs its meaning in both languages", strings.Replace(good, "zh: 甲\n", "", 1), "under zh and en"},
		{"a column needs its unit", strings.Replace(good, "unit: –, ", "", 1), `column "x" lacks unit`},
		{"a column needs an example", strings.Replace(good, `"1"`, `""`, 1), `column "x" lacks example`},
		{"a column stands there once", good + "  - {name: x, zh: 乙, en: X, unit: –, example: \"1\"}\n", "column x is there twice"},
		{"a relation has columns", "relation: a\nzh: 甲\nen: A\n", "list its columns"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			relations, err := dictionary.Read(fstest.MapFS{"a.yaml": {Data: []byte(c.text)}})
			if c.want == "" {
				if err != nil || len(relations) != 1 || !relations[0].Has("x") || relations[0].Has("y") {
					t.Errorf("got %v, %v", relations, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "a.yaml") {
				t.Errorf("got %v, want it to name a.yaml and %q", err, c.want)
			}
		})
	}
}

func TestMarkdownKeepsATableWhole(t *testing.T) {
	text := dictionary.Markdown([]dictionary.Relation{{
		Name: "a", ZH: "甲", EN: "A",
		Parameters: []dictionary.Column{{Name: "at", ZH: "时", EN: "When", Unit: "UTC time", Example: "2025-01-01"}},
		Columns:    []dictionary.Column{{Name: "x", ZH: "乙", EN: "one|two\nthree", Unit: "–", Example: "<1>"}},
	}})
	for _, want := range []string{"### a(at)\n", "| `x` | 乙 | one\\|two three | – | &lt;1> |\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
}

func TestInsertNeedsBothMarks(t *testing.T) {
	if _, err := dictionary.Insert([]byte("# no marks"), nil); err == nil {
		t.Error("a document without marks was taken")
	}
}

// The warehouse's document holds the dictionary as it is now: make generate.
func TestTheDocumentIsCurrent(t *testing.T) {
	text, err := os.ReadFile("../../docs/warehouse.md")
	if err != nil {
		t.Fatal(err)
	}
	want, err := dictionary.Insert(text, dictionary.Relations())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, want) {
		t.Error("docs/warehouse.md differs from warehouse/dictionary/*.yaml: run make generate")
	}
}
