package statsite

import (
	"fmt"
	"testing"
)

// country is about as large as China: 31 provinces of 11 cities of 8 or 9 counties.
func country(years int) *World {
	var regions []Region
	for province := range 31 {
		for city := range 11 {
			for county := range 8 + city%2 {
				regions = append(regions, Region{
					Code: fmt.Sprintf("%02d%02d%02d", 11+province, 1+city, 21+county), Name: fmt.Sprintf("甲%d县", county),
					Parent: fmt.Sprintf("乙%d市", city), Province: fmt.Sprintf("丙%d省", province),
				})
			}
		}
	}
	return NewWorld(Config{Seed: 1, Regions: regions, FirstYear: 2025 - years, LastYear: 2024, RowsPerPage: 20})
}

func TestWholeCountryHasUniqueFactsAndManyRefusals(t *testing.T) {
	w := country(5)
	if n := len(w.counties); n < 2800 {
		t.Fatalf("%d counties", n)
	}
	facts := uniqueFacts(t, w.Truth(1))
	if len(facts) < 200_000 {
		t.Errorf("%d facts", len(facts))
	}
	if n := len(w.Refusals(1)); n != 62 {
		t.Errorf("%d refusals in 31 tables", n)
	}
	changes := w.Truth(2)
	withdrawn := 0
	for _, f := range changes {
		if f.Op == "withdraw" {
			withdrawn++
		}
	}
	if withdrawn != 31 || len(changes) > len(facts)/4 {
		t.Errorf("second night: %d rows, %d withdrawn", len(changes), withdrawn)
	}
}

func BenchmarkPagesOfAWholeCountry(b *testing.B) {
	w := country(40)
	county := w.counties[len(w.counties)/2]
	city := w.cityOf(county)
	for _, page := range []struct {
		name string
		make func() document
	}{
		{"communique", func() document { d, _ := w.article(article{communique, county, 2020}, 1); return d }},
		{"list", func() document { d, _ := w.listPage(city, 3, 1); return d }},
		{"counties table", func() document { return w.countiesTable(w.provinces[4], 1) }},
		{"history table", func() document { return w.historyTables(county) }},
		{"index", func() document { return document{text: w.yearbookIndex()} }},
		{"cities answer", func() document { return w.answer(w.Requests()[1], 1) }},
	} {
		b.Run(page.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if len(page.make().bytes()) == 0 {
					b.Fatal("empty page")
				}
			}
		})
	}
}

func BenchmarkTruthOfAWholeCountry(b *testing.B) {
	w := country(5)
	rows := 0
	for b.Loop() {
		rows = len(w.Truth(1))
	}
	b.ReportMetric(float64(rows), "facts")
}
