package statsite

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

func TestSameSeedGivesSameTruthAndPagesInAnyOrder(t *testing.T) {
	forward, backward := NewWorld(Config{Seed: 5}), NewWorld(Config{Seed: 5})
	var first, last [3][]Fact
	var pages, again [3][]string
	for i := range 3 {
		first[i], pages[i] = forward.Truth(i+1), texts(forward, i+1)
	}
	for i := 2; i >= 0; i-- {
		again[i], last[i] = texts(backward, i+1), backward.Truth(i+1)
	}
	for i := range 3 {
		if !slices.Equal(first[i], last[i]) || !slices.Equal(pages[i], again[i]) {
			t.Errorf("night %d depends on what was asked before it", i+1)
		}
	}
	if slices.Equal(first[0], NewWorld(Config{Seed: 6}).Truth(1)) {
		t.Error("another seed gives the same figures")
	}
}

func texts(w *World, night int) []string {
	var out []string
	for _, d := range w.vintages(night) {
		out = append(out, d.url+d.text)
	}
	return out
}

func TestCountsOfThePackageComment(t *testing.T) {
	type counts struct{ assert, withdraw, refused int }
	want := map[string][3]counts{
		SourceNBS:        {{326, 0, 0}, {16, 0, 0}, {8, 0, 0}},
		SourceNBSArchive: {{321, 0, 0}, {}, {}},
		SourceTRS:        {{44, 0, 0}, {21, 0, 0}, {2, 0, 0}},
		SourceGBK:        {{44, 0, 0}, {21, 0, 0}, {2, 0, 0}},
		SourceMislabeled: {{44, 0, 0}, {22, 0, 0}, {2, 0, 0}},
		SourceYearbook:   {{87, 0, 2}, {1, 1, 2}, {}},
	}
	w := NewWorld(Config{})
	for night := 1; night <= 3; night++ {
		got := map[string]counts{}
		for _, f := range w.Truth(night) {
			c := got[f.Source]
			if f.Op == "withdraw" {
				c.withdraw++
			} else {
				c.assert++
			}
			got[f.Source] = c
		}
		for _, r := range w.Refusals(night) {
			c := got[r.Source]
			c.refused++
			got[r.Source] = c
		}
		for source, nights := range want {
			if got[source] != nights[night-1] {
				t.Errorf("night %d, %s: %+v, the package comment says %+v", night, source, got[source], nights[night-1])
			}
		}
	}
}

func TestFactsAreUniqueOnTheirPageAndExact(t *testing.T) {
	for f, fact := range uniqueFacts(t, NewWorld(Config{Seed: 9}).Truth(1)) {
		value, err := decimal.NewFromString(fact.Value)
		if err != nil || strings.ContainsAny(fact.Value, "eE,") {
			t.Fatalf("%v: value %q is no exact decimal", f, fact.Value)
		}
		shown, err := decimal.NewFromString(strings.ReplaceAll(fact.Printed, ",", ""))
		if fact.Printed == "持平" {
			shown, err = decimal.Zero, nil
		}
		if fact.PrintedUnit == "万元" {
			shown = shown.Shift(-4)
		}
		if err != nil || !shown.Abs().Equal(value.Abs()) {
			t.Errorf("%v: %q %s printed, value %s", f, fact.Printed, fact.PrintedUnit, fact.Value)
		}
		if fact.PeriodStart > fact.PeriodEnd || fact.Unit != unitOf(fact.Indicator) || fact.Night != 1 {
			t.Errorf("%+v contradicts itself", fact)
		}
	}
}

type pageKey struct {
	url, request string
	key          factKey
}

func uniqueFacts(t *testing.T, facts []Fact) map[pageKey]Fact {
	t.Helper()
	seen := map[pageKey]Fact{}
	for _, f := range facts {
		key := pageKey{f.URL, f.Request, f.key()}
		if other, twice := seen[key]; twice {
			t.Errorf("stated twice: %+v and %+v", other, f)
		}
		seen[key] = f
	}
	return seen
}

func TestIndustriesSumExactlyInWanYuanAndWithinRoundingInYiYuan(t *testing.T) {
	w := NewWorld(Config{})
	rapid.Check(t, func(t *rapid.T) {
		world := NewWorld(Config{Seed: rapid.Uint64().Draw(t, "seed")})
		r := rapid.SampledFrom(slices.Concat(w.counties, w.cities, w.provinces, []Region{nation})).Draw(t, "region")
		year := rapid.IntRange(2020, 2040).Draw(t, "year")
		for _, a := range []accounts{world.preliminary(r, year), world.final(r, year), world.toQuarter(quarterOf(year, 2))} {
			if a.primary <= 0 || a.secondary <= 0 || a.tertiary <= 0 {
				t.Fatalf("%s %d: an industry of nothing: %+v", r.Code, year, a)
			}
			sum := decimal.Zero
			for _, part := range []int64{a.primary, a.secondary, a.tertiary} {
				sum = sum.Add(decimal.RequireFromString(inYiYuan(part).value))
			}
			if gap := sum.Sub(decimal.RequireFromString(inYiYuan(a.gdp()).value)).Abs(); gap.GreaterThan(decimal.New(1, -2)) {
				t.Fatalf("%s %d: parts in 亿元 miss the whole by %s", r.Code, year, gap)
			}
			p, s, q := a.shares()
			if p+s+q < 999 || p+s+q > 1001 {
				t.Fatalf("%s %d: shares sum to %d tenths", r.Code, year, p+s+q)
			}
			low, high := min(a.primaryGrowth, a.secondaryGrowth, a.tertiaryGrowth), max(a.primaryGrowth, a.secondaryGrowth, a.tertiaryGrowth)
			if a.growth < low || a.growth > high {
				t.Fatalf("%s %d: growth %d outside its industries' %d to %d", r.Code, year, a.growth, low, high)
			}
		}
	})
}

func TestRoundingHappensOnceAndHalfAwayFromZero(t *testing.T) {
	for _, c := range []struct {
		digits   int64
		decimals int
		want     string
	}{{14449, 1, "1.4"}, {14450, 2, "1.45"}, {-14450, 1, "-1.4"}, {-14500, 1, "-1.5"}, {5, 3, "0.001"}, {845890574, 2, "84589.06"}, {7, 0, "0"}} {
		if got := (quantity{c.digits, 4}).show(c.decimals); got != c.want {
			t.Errorf("%d e-4 with %d decimals: %s, want %s", c.digits, c.decimals, got, c.want)
		}
	}
	if got := grouped(-1234567); got != "-1,234,567" {
		t.Errorf("grouped: %s", got)
	}
}

func TestSecondNightDiffersOnlyAsDescribed(t *testing.T) {
	w := NewWorld(Config{})
	old := uniqueFacts(t, w.Truth(1))
	got := map[string]int{}
	for key, f := range uniqueFacts(t, w.Truth(2)) {
		before, known := old[key]
		if known && f.Op == "assert" && before.Value == f.Value {
			t.Errorf("repeated though unchanged: %+v", f)
		}
		got[fmt.Sprintf("%s %s %s %s %s known=%t", f.Source, f.Op, f.Status, f.Indicator, f.PeriodEnd, known)]++
	}
	for _, want := range []string{
		"demo-nbs assert first gdp 2024-12-31 known=false",
		"demo-nbs assert first resident_population 2023-12-31 known=true",
		"demo-nbs assert first industrial_value_added.growth 2025-03-31 known=true",
		"demo-nbs assert first gdp.growth 2025-03-31 known=false",
		"demo-communique-trs assert provisional gdp 2023-12-31 known=true",
		"demo-communique-trs assert provisional tertiary_value_added 2023-12-31 known=true",
		"demo-communique-gbk assert provisional gdp 2024-12-31 known=false",
		"demo-communique-mislabeled assert final gdp.growth 2023-12-31 known=false",
		"demo-yearbook assert first resident_population 2023-12-31 known=true",
		"demo-yearbook withdraw first resident_population 2023-12-31 known=true",
	} {
		if got[want] == 0 {
			t.Errorf("the second night has no %q", want)
		}
	}
	if got["demo-nbs assert first industrial_value_added.growth 2025-05-31 known=false"] != 2 {
		t.Error("the second night gains May, as a month and cumulative")
	}
}

func TestAbsenceAndVisitCounterChangePagesButNoFacts(t *testing.T) {
	w := NewWorld(Config{})
	for _, county := range w.counties {
		for year, counterOnly := range map[int]bool{2022: false, 2021: true} {
			a := article{communique, county, year}
			before, _ := w.article(a, 1)
			after, _ := w.article(a, 2)
			if rows := differ(before, after); len(rows) != 0 {
				t.Errorf("%s: rows %+v", after.url, rows)
			}
			if before.text == after.text {
				t.Errorf("%s: bytes do not differ", after.url)
			}
			if lost := len(before.facts) - len(after.facts); counterOnly != (lost == 0) || lost > 1 {
				t.Errorf("%s: %d facts lost", after.url, lost)
			}
		}
		a := article{communique, county, 2020}
		before, _ := w.article(a, 1)
		after, _ := w.article(a, 2)
		if before.text != after.text {
			t.Errorf("%s: changed without reason", after.url)
		}
	}
}

func TestWorldRejectsContradictions(t *testing.T) {
	for name, config := range map[string]Config{
		"years backwards":  {FirstYear: 2024, LastYear: 2020},
		"a city as county": {Regions: []Region{{"140100", "太原市", "太原市", "山西省"}}},
		"a region twice":   {Regions: append(DefaultRegions(), DefaultRegions()[0])},
		"no province":      {Regions: []Region{{"140121", "清徐县", "太原市", ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("accepted")
				}
			}()
			NewWorld(config)
		})
	}
}

func TestShortSpansHaveFewerEvents(t *testing.T) {
	w := NewWorld(Config{FirstYear: 2023, LastYear: 2023})
	for night := 1; night <= 3; night++ {
		uniqueFacts(t, w.Truth(night))
	}
}
