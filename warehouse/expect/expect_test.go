package expect_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zhibiao/configs"
	"zhibiao/pipeline"
	"zhibiao/warehouse/expect"
)

var joined = pipeline.DateOf(2025, 7, 31)

// plan is a small world: one county, one indicator of each supplier.
func plan() expect.Plan {
	annual := []pipeline.Series{{Freq: pipeline.Annual, Basis: pipeline.Flow}}
	return expect.Plan{
		Indicators: []pipeline.Indicator{
			{Code: "gdp", Supplier: "public", Series: append(annual, pipeline.Series{Freq: pipeline.Quarterly, Basis: pipeline.YearToDate})},
			{Code: "retail", Supplier: "public", Series: append(annual, pipeline.Series{Freq: pipeline.Monthly, Basis: pipeline.YearToDate}, pipeline.Series{Freq: pipeline.Monthly, Basis: pipeline.Flow})},
			{Code: "marks", Supplier: "province", CoordinatingUnit: "知识产权部门", Series: []pipeline.Series{{Freq: pipeline.Annual, Basis: pipeline.End}}},
			{Code: "brands", Supplier: "county", Series: []pipeline.Series{{Freq: pipeline.Annual, Basis: pipeline.End}}},
			{Code: "visits", Supplier: "report", Series: annual},
			{Code: "share", Supplier: "derived", Series: annual},
			{Code: "ratio", Supplier: "public", Formula: "retail / gdp * 100", Series: annual},
			{Code: "survey", Supplier: "none", Series: annual},
		},
		Regions: []pipeline.Region{
			{Code: "140703", Name: "太谷区", Level: "county", From: 2019},
			{Code: "140726", Name: "太谷县", Level: "county", From: 1999, To: 2018, Next: []string{"140703"}},
		},
		Programmes: []pipeline.Programme{{ID: "pool", FromYear: 2023, Members: []pipeline.Member{{Region: "140703", From: joined}}}},
		Gaps: pipeline.Gaps{PublicLag: 180, ProvinceLag: 150, CountyLag: 180, ReportLag: 60, Structural: []pipeline.StructuralBlank{
			{Series: pipeline.Series{Freq: pipeline.Monthly, Basis: pipeline.Flow}, Months: []int{1, 2}},
			{Series: pipeline.Series{Freq: pipeline.Monthly, Basis: pipeline.YearToDate}, Months: []int{1}}}},
	}
}

func source(name, supplier string, supplies ...pipeline.Supply) *pipeline.Source {
	return &pipeline.Source{Name: name, Rules: pipeline.SourceRules{Supplier: pipeline.Supplier(supplier)}, Supplies: supplies}
}

func supply(indicator, region string, verified string, series ...string) pipeline.Supply {
	s := pipeline.Supply{Indicators: []string{indicator}, Regions: []string{region}, FromYear: 2000, LagDays: 100, Verified: verified}
	for _, text := range series {
		freq, basis, _ := strings.Cut(text, ":")
		s.Series = append(s.Series, pipeline.Series{Freq: pipeline.Freq(freq), Basis: pipeline.Basis(basis)})
	}
	return s
}

// lines writes the expectations of an indicator.
func lines(all []expect.Expectation, indicator string) []string {
	var out []string
	for _, e := range all {
		if e.Indicator != indicator {
			continue
		}
		kind, start, end := e.Span()
		line := fmt.Sprintf("%s %s %s..%s %s/%s on %s", e.Region, kind, start, end, e.Supplier, e.Source, e.ExpectedOn)
		if e.Verified {
			line += " verified"
		}
		if e.Waiver != nil {
			line += " waived"
		}
		out = append(out, line)
	}
	return out
}

func TestWhatIsExpectedOfWhom(t *testing.T) {
	horizon := pipeline.DateOf(2025, 12, 31)
	for _, test := range []struct {
		name      string
		change    func(*expect.Plan)
		horizon   pipeline.Date
		indicator string
		want      []string
	}{
		{"a public indicator that no source supplies is expected from nobody by name", nil, horizon, "gdp", []string{
			"140703 flow 2023-01-01..2023-12-31 public/ on 2025-07-31", "140703 flow 2024-01-01..2024-12-31 public/ on 2025-07-31",
			"140703 flow 2025-01-01..2025-12-31 public/ on 2026-06-29"}},
		{"a source that supplies it is named, and the year meets its fourth quarter", func(p *expect.Plan) {
			p.Sources = []*pipeline.Source{source("bulletins", "public", supply("gdp", "1407", "2025-01-31", "A:period", "Q:ytd"))}
			p.Programmes[0].FromYear = 2025
		}, horizon, "gdp", []string{
			"140703 flow 2025-01-01..2025-03-31 public/bulletins on 2025-07-31 verified", "140703 flow 2025-01-01..2025-06-30 public/bulletins on 2025-10-08 verified",
			"140703 flow 2025-01-01..2025-09-30 public/bulletins on 2026-01-08 verified", "140703 flow 2025-01-01..2025-12-31 public/bulletins on 2026-04-10 verified"}},
		{"January alone and February alone are never expected, January to February is", func(p *expect.Plan) {
			p.Sources = []*pipeline.Source{source("monthly", "public", supply("retail", "140703", "never", "M:period", "M:ytd"))}
			p.Programmes[0].FromYear = 2025
		}, pipeline.DateOf(2025, 3, 31), "retail", []string{
			"140703 flow 2025-01-01..2025-02-28 public/monthly on 2025-07-31", "140703 flow 2025-01-01..2025-03-31 public/monthly on 2025-07-31",
			"140703 flow 2025-03-01..2025-03-31 public/monthly on 2025-07-31"}},
		{"a provincial indicator is the coordinating unit's", nil, horizon, "marks", []string{
			"140703 stock 2023-12-31..2023-12-31 province/ on 2025-07-31", "140703 stock 2024-12-31..2024-12-31 province/ on 2025-07-31", "140703 stock 2025-12-31..2025-12-31 province/ on 2026-05-30"}},
		{"a county is not asked for what a public source supplies", func(p *expect.Plan) {
			p.Sources = []*pipeline.Source{source("list", "public", supply("brands", "14", "never", "A:end")), source("entries", "county", supply("brands", "14", "2025-01-01", "A:end"))}
		}, pipeline.DateOf(2023, 12, 31), "brands", []string{"140703 stock 2023-12-31..2023-12-31 public/list on 2025-07-31"}},
		{"a county's source does not make a public indicator the county's", func(p *expect.Plan) {
			p.Sources = []*pipeline.Source{source("entries", "county", supply("gdp", "14", "2025-01-01", "A:period"))}
		}, pipeline.DateOf(2023, 12, 31), "gdp", []string{"140703 flow 2023-01-01..2023-12-31 public/ on 2025-07-31"}},
		{"two public sources are two expectations", func(p *expect.Plan) {
			p.Sources = []*pipeline.Source{source("b", "public", supply("gdp", "14", "never", "A:period")), source("a", "public", supply("gdp", "14", "never", "A:period"))}
		}, pipeline.DateOf(2023, 12, 31), "gdp", []string{"140703 flow 2023-01-01..2023-12-31 public/a on 2025-07-31", "140703 flow 2023-01-01..2023-12-31 public/b on 2025-07-31"}},
		{"of a prefix only counties are meant, of other regions nothing", func(p *expect.Plan) {
			p.Sources = []*pipeline.Source{source("a", "public", supply("gdp", "1401", "never", "A:period"))}
		}, pipeline.DateOf(2023, 12, 31), "gdp", []string{"140703 flow 2023-01-01..2023-12-31 public/ on 2025-07-31"}},
		{"reports are waited for", nil, pipeline.DateOf(2023, 12, 31), "visits", []string{"140703 flow 2023-01-01..2023-12-31 report/ on 2025-07-31"}},
		{"derived values are computed, not expected", nil, horizon, "share", nil},
		{"what has a formula is expected only of a source that prints it", nil, horizon, "ratio", nil},
		{"a source that prints what has a formula", func(p *expect.Plan) {
			p.Sources = []*pipeline.Source{source("bulletins", "public", supply("ratio", "140703", "never", "A:period"))}
		}, pipeline.DateOf(2023, 12, 31), "ratio", []string{"140703 flow 2023-01-01..2023-12-31 public/bulletins on 2025-07-31"}},
		{"what nobody is asked for is not expected", nil, horizon, "survey", nil},
		{"years before a renaming are under the code of then", func(p *expect.Plan) { p.Programmes[0].FromYear = 2018 }, pipeline.DateOf(2019, 12, 31), "gdp", []string{
			"140703 flow 2019-01-01..2019-12-31 public/ on 2025-07-31", "140726 flow 2018-01-01..2018-12-31 public/ on 2025-07-31"}},
		{"nothing is expected of a county after it left", func(p *expect.Plan) { p.Programmes[0].Members[0].Until = pipeline.DateOf(2026, 1, 1) }, horizon, "gdp", []string{
			"140703 flow 2023-01-01..2023-12-31 public/ on 2025-07-31", "140703 flow 2024-01-01..2024-12-31 public/ on 2025-07-31"}},
		{"a programme without a first year expects nothing", func(p *expect.Plan) { p.Programmes[0].FromYear = 0 }, horizon, "gdp", nil},
		{"a waiver stays on its cells", func(p *expect.Plan) {
			p.Gaps.Waivers = []pipeline.Waiver{{Indicators: []string{"gdp"}, Regions: []string{"140703"}, From: pipeline.DateOf(2024, 1, 1), To: pipeline.DateOf(2024, 12, 31)}}
		}, pipeline.DateOf(2024, 12, 31), "gdp", []string{
			"140703 flow 2023-01-01..2023-12-31 public/ on 2025-07-31", "140703 flow 2024-01-01..2024-12-31 public/ on 2025-07-31 waived"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := plan()
			if test.change != nil {
				test.change(&p)
			}
			if diff := cmp.Diff(test.want, lines(expect.Generate(p, test.horizon), test.indicator)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheSameExpectationsForEveryOrderOfTheInput(t *testing.T) {
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	p := expect.Plan{Indicators: slices.Clone(set.Indicators()), Regions: slices.Clone(set.Regions()), Sources: slices.Clone(set.Sources()), Programmes: set.Programmes(), Gaps: set.Gaps()}
	horizon := pipeline.DateOf(2025, 12, 31)
	first := expect.Generate(p, horizon)
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(p.Indicators), func(i, j int) { p.Indicators[i], p.Indicators[j] = p.Indicators[j], p.Indicators[i] })
	random.Shuffle(len(p.Regions), func(i, j int) { p.Regions[i], p.Regions[j] = p.Regions[j], p.Regions[i] })
	slices.Reverse(p.Sources)
	if second := expect.Generate(p, horizon); !slices.EqualFunc(first, second, func(a, b expect.Expectation) bool { return a == b }) {
		t.Error("another order gives other expectations")
	}
	supplied := 0
	for _, i := range set.Indicators() {
		if slices.Contains([]string{"public", "province", "county", "report"}, i.Supplier) && i.Formula == "" {
			supplied++
		}
	}
	if want := supplied * 22 * 6; len(first) != want {
		t.Errorf("%d expectations, want %d: %d indicators, 22 counties, 2020 to 2025", len(first), want, supplied)
	}
}

func BenchmarkGenerate(b *testing.B) {
	set, err := configs.Load(configs.Default())
	if err != nil {
		b.Fatal(err)
	}
	p := expect.Plan{Indicators: set.Indicators(), Regions: set.Regions(), Sources: set.Sources(), Programmes: set.Programmes(), Gaps: set.Gaps()}
	for b.Loop() {
		expect.Generate(p, pipeline.DateOf(2026, 12, 31))
	}
}
