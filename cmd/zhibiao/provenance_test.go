package main

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"zhibiao/pipeline"
)

// Every row that has a range leads back to its printed text and from there to
// its value (promise 8), and its id to itself.
func TestEveryRangeReadsAgainAsThePrintedTextAndGivesTheValue(t *testing.T) {
	w := startWorld(t)
	w.collect()
	w.world.SetNight(2)
	w.collect()
	reader, err := w.app.reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	store, err := w.app.archive()
	if err != nil {
		t.Fatal(err)
	}
	walked, withdrawn := 0, 0
	for _, row := range w.ask("SELECT id FROM observation FINAL ORDER BY id") {
		traced, err := reader.Trace(t.Context(), row[0])
		if err != nil {
			t.Fatal(err)
		}
		o := &traced.Observation
		if o.ID() != row[0] {
			t.Errorf("row %s says of itself that it is %s", row[0], o.ID())
		}
		if o.ByteEnd == o.ByteStart {
			if o.Op == pipeline.Assert {
				t.Errorf("row %s has no range", row[0])
			}
			withdrawn++
			continue
		}
		body, err := store.Body(t.Context(), o.Origin.Document)
		if err != nil {
			t.Fatal(err)
		}
		if err := checkProvenance(body, traced.Document.MediaType, o); err != nil {
			t.Errorf("row %s: %v", row[0], err)
		}
		if o.Value != "" {
			if err := pipeline.CheckDecimal(decimal.RequireFromString(o.Value).String()); err != nil {
				t.Errorf("row %s: %v", row[0], err)
			}
		}
		walked++
	}
	if walked < 500 || withdrawn == 0 {
		t.Fatalf("walked %d rows and %d without a range: too few to show anything", walked, withdrawn)
	}
}

func TestTraceShowsThePassageThatANumberWasReadFrom(t *testing.T) {
	w := startWorld(t)
	w.collect("demo-communique-gbk", "demo-yearbook", "demo-nbs")
	for source, want := range map[string][]string{
		"demo-communique-gbk": {"【", "万元", "× 0.0001 = ", "怀仁市", "http://shuozhou.tjj.example/"},
		"demo-yearbook":       {" | 【", "table[1]/"},
		"demo-nbs":            {`"value":"【`, "/data/0/values/", "POST http://data.stats.example/"},
	} {
		ids := w.ask("SELECT id FROM observation FINAL WHERE indicator = 'gdp' AND source = '" + source + "' ORDER BY byte_start, id LIMIT 1")
		if len(ids) != 1 {
			t.Fatalf("%s stored no gdp", source)
		}
		w.out.Reset()
		if err := w.cli.trace(t.Context(), w.app, ids[0][0]); err != nil {
			t.Fatal(err)
		}
		for _, text := range want {
			if !strings.Contains(strings.ReplaceAll(w.out.String(), `": "`, `":"`), text) {
				t.Errorf("the trace of a number of %s does not show %q:\n%s", source, text, w.out)
			}
		}
	}
	for id, want := range map[string]string{
		"nonsense":                 "24 letters",
		"aaaaaaaaaaaaaaaaaaaaaaaa": "aaaaaaaaaaaaaaaaaaaaaaaa",
	} {
		err := w.cli.trace(t.Context(), w.app, id)
		if pipeline.ExitCode(err) != pipeline.ExitYourInput || !strings.Contains(err.Error(), want) {
			t.Errorf("trace %s: exit code %d, %v", id, pipeline.ExitCode(err), err)
		}
	}
}
