package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"zhibiao/warehouse"
)

var update = flag.Bool("update", false, "write the answers into docs/cookbook.md")

const cookbook = "../../docs/cookbook.md"

// recipe is a question of the cook-book: its query, and the answer that is printed
// below it. Of an answer marked "text shape" only the columns are compared, because it
// holds times or ids of the run.
var recipe = regexp.MustCompile("(?s)\n## (\\d+)\\. ([^\n]+)\n(.*?)```sql\n(.*?)```\n\n```text( shape)?\n(.*?)```\n")

// The cook-book's queries run on what the demo collects and give the answers that
// stand there. go test ./cmd/zhibiao -run TestCookbook -update writes them anew.
func TestCookbook(t *testing.T) {
	text, err := os.ReadFile(cookbook)
	if err != nil {
		t.Fatal(err)
	}
	w := startWorld(t)
	for night := 1; night <= demoNights; night++ {
		w.world.SetNight(night)
		w.collect()
	}
	questions := strings.Count(string(text), "\n## ")
	found := 0
	next := recipe.ReplaceAllFunc(text, func(block []byte) []byte {
		found++
		return w.cook(t, found, block)
	})
	if found < 15 || found != questions {
		t.Errorf("%d of %d questions have a query and an answer; want all, and at least 15", found, questions)
	}
	if *update {
		if err := os.WriteFile(cookbook, next, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// cook runs one question and returns its block with the answer of today.
func (w *worldRun) cook(t *testing.T, number int, block []byte) []byte {
	t.Helper()
	part := recipe.FindSubmatch(block)
	title, query, shape, want := string(part[2]), string(part[4]), len(part[5]) > 0, string(part[6])
	if string(part[1]) != fmt.Sprint(number) {
		t.Errorf("question %s is the %dth", part[1], number)
	}
	reader, err := w.app.reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows, err := reader.Ask(t.Context(), query, nil)
	if err != nil {
		t.Errorf("%s: %v", title, err)
		return block
	}
	var answer bytes.Buffer
	if err := warehouse.Print(&answer, rows, "table"); err != nil {
		t.Errorf("%s: %v", title, err)
		return block
	}
	got := answer.String()
	switch {
	case strings.Count(got, "\n") < 2:
		t.Errorf("%s: there is no answer", title)
	case *update:
	case shape && strings.Join(strings.Fields(firstLine(got)), " ") != strings.Join(strings.Fields(firstLine(want)), " "):
		t.Errorf("%s: the columns are\n%s, not\n%s", title, firstLine(got), firstLine(want))
	case !shape && got != want:
		t.Errorf("%s: the answer is\n%s\nnot\n%s(-update writes it)", title, got, want)
	}
	before, after := len(block)-len("```\n")-len(part[6]), len(block)-len("```\n")
	if shape && strings.Count(want, "\n") >= 2 {
		return block
	}
	return []byte(string(block[:before]) + got + string(block[after:]))
}
