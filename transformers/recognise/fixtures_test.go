package recognise_test

import (
	"sync"
	"testing"

	"zhibiao/configs"
	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

// loaded are the built-in rules, with a source's own labels.
var loaded = sync.OnceValues(func() (*pipeline.Rules, error) {
	set, err := configs.Load(configs.Default())
	if err != nil {
		return nil, err
	}
	rules := set.GenericRules(pipeline.KindHTML, "test")
	rules.Source.Labels = map[string]string{"总产出（本县口径）": "gdp"}
	rules.Source.Ignore = []string{"土地面积", "县级区划数"}
	return rules, nil
})

func builtIn(t testing.TB) *recognise.Recogniser {
	t.Helper()
	rules, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	r, err := recognise.Compile(rules)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func day(t testing.TB, text string) pipeline.Date {
	t.Helper()
	d, err := pipeline.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
