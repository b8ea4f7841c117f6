package transformers

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/shopspring/decimal"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
	"zhibiao/transformers/recognise"
)

// leastPrecision is what of the emitted observations must be right.
const leastPrecision = 0.99

func TestWhatIsEmittedFromTheReadingSetIsRight(t *testing.T) {
	folder := filepath.Join("..", "..", "shared", "sets", "dev")
	gold := goldOf(t, filepath.Join(folder, "gold.jsonl"))
	if gold == nil {
		t.Skipf("no folder %s", folder)
	}
	found, correct, all := 0, 0, 0
	for _, c := range sharedCases(t, "sets/dev") {
		got := map[string]bool{}
		for _, o := range read(t, c).Observations {
			key := setKey(o.Indicator, o.Region, string(o.Period.Freq), string(o.Period.Basis), o.Period.Label(), o.Value)
			if !got[key] && !gold[c.name][key] {
				t.Logf("%s: not in the gold: %s, printed %s%s at %s", c.name, key, o.RawText, o.RawUnit, o.Locator)
			}
			got[key] = true
		}
		for key := range got {
			if gold[c.name][key] {
				correct++
			}
		}
		found += len(got)
		all += len(gold[c.name])
	}
	t.Logf("found %d, correct %d of %d: precision %.4f, recall %.4f", found, correct, all, float64(correct)/float64(found), float64(correct)/float64(all))
	if float64(correct) < leastPrecision*float64(found) || found == 0 {
		t.Errorf("precision %d/%d is below %v", correct, found, leastPrecision)
	}
}

func goldOf(t *testing.T, path string) map[string]map[string]bool {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	gold := map[string]map[string]bool{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var g struct{ File, Indicator, Region, Freq, Basis, Period, Value string }
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		if gold[g.File] == nil {
			gold[g.File] = map[string]bool{}
		}
		gold[g.File][setKey(g.Indicator, g.Region, g.Freq, g.Basis, g.Period, g.Value)] = true
	}
	return gold
}

func setKey(indicator, region, freq, basis, period, value string) string {
	return fmt.Sprintf("%s %s %s/%s/%s %s", indicator, region, freq, basis, period, decimal.RequireFromString(value))
}

// Nothing vanishes (promise 2): each number that an answer of the interfaces
// prints is an observation or counted in a refusal.
func TestEachPrintedNumberOfTheRecordedAnswersIsAccountedFor(t *testing.T) {
	cases := sharedCases(t, "samples/nbs_easyquery", "samples/nbs_2026")
	if len(cases) == 0 {
		t.Skip("the recorded answers are not here")
	}
	total := 0
	for _, c := range cases {
		root, fault := decode.JSON(c.doc.Body, "")
		if fault != nil {
			t.Errorf("%s: %v", c.name, fault)
			continue
		}
		printed := printedNumbers(root)
		total += printed
		r := read(t, c)
		counted := len(r.Observations)
		for _, refusal := range r.Refusals {
			if refusal.Label != "" {
				counted += refusal.Count
			}
		}
		if counted != printed {
			t.Errorf("%s prints %d numbers; %d are observations or refused: %+v", c.name, printed, counted, r.Refusals)
		}
	}
	if total == 0 {
		t.Error("the recorded answers print no number")
	}
	t.Logf("%d printed numbers in %d answers", total, len(cases))
}

func printedNumbers(n *decode.Node) int {
	count := 0
	if has := n.Get("hasdata"); has != nil {
		if has.Text == "true" {
			count++
		}
	} else if value := n.Get("value"); value.Is(decode.String) && n.Get("_id") != nil {
		if _, err := recognise.ParseNumber(value.Text); err == nil {
			count++
		}
	}
	for _, m := range n.Members {
		count += printedNumbers(m.Value)
	}
	for _, item := range n.Items {
		count += printedNumbers(item)
	}
	return count
}

func TestSilentlyIgnoredRegionsAreRefusedInTheRecordedAnswers(t *testing.T) {
	seen := false
	for _, c := range sharedCases(t, "samples/nbs_easyquery") {
		if c.name != "test_stats_with_reg_00.json" {
			continue
		}
		seen = true
		r := read(t, c)
		if len(r.Observations) != 0 || len(r.Refusals) == 0 || r.Refusals[len(r.Refusals)-1].Reason != pipeline.ScopeIgnored {
			t.Errorf("want nothing but a refusal for the ignored region, have %+v %+v", r.Observations, r.Refusals)
		}
	}
	if !seen {
		t.Skip("the recorded answers are not here")
	}
}
