package configs

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"zhibiao/pipeline"
)

func TestTheFormulasOfTheCatalogueAreParsed(t *testing.T) {
	found := map[string]pipeline.Formula{}
	for _, f := range defaults(t).Formulas() {
		found[f.Indicator] = f
	}
	if len(found) != 7 {
		t.Errorf("%d formulas, want 7", len(found))
	}
	plus := func(code string) pipeline.FormulaInput {
		return pipeline.FormulaInput{Indicator: code, Sign: pipeline.Plus}
	}
	below := func(i pipeline.FormulaInput) pipeline.FormulaInput { i.Below = true; return i }
	population := pipeline.FormulaInput{Indicator: "resident_population", Sign: pipeline.Plus, Mean: true}
	for _, want := range []pipeline.Formula{
		{Indicator: "gdp_per_capita", Factor: "10000", Inputs: []pipeline.FormulaInput{plus("gdp"), below(population)}},
		{Indicator: "tertiary_share", Factor: "100", Inputs: []pipeline.FormulaInput{plus("tertiary_value_added"), below(plus("gdp"))}, Decimals: 1},
		{Indicator: "urban_rural_income_ratio", Factor: "1", Inputs: []pipeline.FormulaInput{plus("urban_disposable_income"), below(plus("rural_disposable_income"))}, Decimals: 2},
	} {
		if diff := cmp.Diff(want, found[want.Indicator]); diff != "" {
			t.Errorf("%s:\n%s", want.Indicator, diff)
		}
	}
}

func TestAFormulaIsParsedStrictlyAndItsUnitsAreChecked(t *testing.T) {
	set := defaults(t)
	for name, test := range map[string]struct{ code, formula, want string }{
		"sums above and below the line": {"tertiary_share", "100 * (gdp - primary_value_added - secondary_value_added) / (primary_value_added + secondary_value_added + tertiary_value_added)", ""},
		"a bracket alone":               {"tertiary_share", "(tertiary_value_added * 100) / gdp", ""},
		"an unknown code":               {"tertiary_share", "tertiary_value_aded / gdp * 100", "did you mean tertiary_value_added?"},
		"no end":                        {"tertiary_share", "tertiary_value_added /", "it ends where"},
		"a bracket left open":           {"tertiary_share", "(tertiary_value_added / gdp * 100", `"" stands where ")" should`},
		"something behind":              {"tertiary_share", "tertiary_value_added / gdp * 100 gdp", `"gdp" is one too many`},
		"two operators":                 {"tertiary_share", "tertiary_value_added * / gdp", `"/" stands where`},
		"an exponent":                   {"tertiary_share", "tertiary_value_added / gdp * 1e2", "no plain decimal"},
		"a product of codes":            {"tertiary_share", "tertiary_value_added * gdp", "multiplied with codes"},
		"a number added":                {"tertiary_share", "tertiary_value_added + 100", "only codes are added"},
		"only numbers":                  {"tertiary_share", "100", "no code above"},
		"another mean":                  {"gdp_per_capita", "gdp * 10000 / mean(resident_population)", "write mean(code of this and last year end)"},
		"the mean of a flow":            {"gdp_per_capita", "gdp / mean(gdp of this and last year end) * 10000", "mean of two year ends"},
		"a stock beside a flow":         {"gdp_per_capita", "gdp * 10000 / resident_population", "resident_population is not printed as A:period"},
		"a factor that is missing":      {"tertiary_share", "tertiary_value_added / gdp", "the number should be 100 for a result in %, not 1"},
		"a factor of another unit":      {"gdp_per_capita", "gdp * 100000000 / mean(resident_population of this and last year end)", "should be 10000"},
		"another dimension":             {"gdp_per_capita", "gdp / retail_sales", "the units do not give 元: they leave money^-1"},
		"units that cannot be added":    {"tertiary_share", "(gdp + new_urban_employment) / gdp * 100", "new_urban_employment in 人 is added to gdp in 亿元"},
		"a formula in a formula":        {"tertiary_share", "tertiary_share / gdp", "has a formula itself"},
		"a third":                       {"tertiary_share", "tertiary_value_added / gdp / 3", "no exact decimal"},
	} {
		t.Run(name, func(t *testing.T) {
			indicator, _ := set.Indicator(test.code)
			indicator.Formula = test.formula
			_, err := set.formula(&indicator)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func FuzzFormula(f *testing.F) {
	set := defaults(f)
	for _, i := range set.Indicators() {
		f.Add(i.Formula)
	}
	f.Fuzz(func(t *testing.T, text string) {
		indicator, _ := set.Indicator("tertiary_share")
		indicator.Formula = text
		formula, err := set.formula(&indicator)
		if err == nil && (len(formula.Inputs) == 0 || pipeline.CheckDecimal(formula.Factor) != nil) {
			t.Errorf("%q became %+v", text, formula)
		}
	})
}

func TestFilesOfExpectationsAreStrict(t *testing.T) {
	for name, test := range map[string]struct{ file, old, new, want string }{
		"unknown programme key":  {programmesFile, "name_zh: 质量强县培育库", "nam_zh: 质量强县培育库", "unknown key programmes[0].nam_zh; did you mean name_zh"},
		"unknown member":         {programmesFile, `"140121"`, `"149921"`, `the region "149921" is unknown`},
		"member twice at once":   {programmesFile, `"140215"`, `"140121"`, "the region 140121 is a member twice at once"},
		"membership turned":      {programmesFile, "from: 2025-07-31", "from: 2025-07-31\n        until: 2025-07-31", "until is not after from"},
		"no evidence":            {programmesFile, "evidence: 晋市监发〔2025〕156号\n", "\n", "evidence is missing"},
		"a lag left out":         {gapsFile, "  county: 180\n", "", "lag_days.county is missing"},
		"a structural year":      {gapsFile, `{series: "M:period", months: [1, 2]}`, `{series: "A:period", months: [1, 2]}`, "is no monthly series"},
		"month 13":               {gapsFile, "months: [1, 2]", "months: [1, 13]", "13 is no month"},
		"a waiver without words": {gapsFile, "waivers: []", "waivers: [{indicators: [gdp], regions: ['140121'], from: 2020-01-01, kind: never, decided: 2025-01-01}]", "waivers[0].reason is missing"},
		"a waiver of no kind":    {gapsFile, "waivers: []", "waivers: [{indicators: [gdp], regions: ['140121'], from: 2020-01-01, kind: never, reason: x, decided: 2025-01-01}]", `"never" is unknown`},
		"no decimals":            {derivedFile, "  gdp_per_capita: 0\n", "", "gdp_per_capita has a formula, but no decimals"},
		"decimals of nothing":    {derivedFile, "decimals:\n", "decimals:\n  gdp: 2\n", "gdp has no formula"},
		"an identity of units":   {derivedFile, "tertiary_value_added]}", "new_urban_employment]}", "adds different units"},
		"a local indicator":      {localFile, "indicators: []", "indicators: [{region: '140728', name: Beef, name_zh: 牛肉, owner: x, definition: x, unit: 家}]", `the name "Beef" of a local indicator is none`},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := fs.ReadFile(Default(), test.file)
			if err != nil {
				t.Fatal(err)
			}
			changed := strings.Replace(string(text), test.old, test.new, 1)
			if changed == string(text) {
				t.Fatal("nothing was changed")
			}
			_, err = Load(Overlay(Default(), fstest.MapFS{test.file: {Data: []byte(changed)}}))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestThePoolHasTheCountiesOfThePlan(t *testing.T) {
	pool := defaults(t).Programmes()[0]
	if pool.ID != "pool" || len(pool.Members) != 22 {
		t.Errorf("%s has %d members, want the pool with 22", pool.ID, len(pool.Members))
	}
	m := pipeline.Member{From: pipeline.DateOf(2025, 7, 31), Until: pipeline.DateOf(2026, 1, 1)}
	for day, want := range map[pipeline.Date]bool{m.From - 1: false, m.From: true, m.Until - 1: true, m.Until: false} {
		if m.On(day) != want {
			t.Errorf("membership on %s is %v", day, !want)
		}
	}
}
