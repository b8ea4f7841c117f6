package main

import (
	"fmt"
	"testing"

	"zhibiao/configs"
	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
)

// BenchmarkLine takes the yearbook of a world from the publisher's pages to rows
// in the warehouse: collected, archived, published, read, loaded.
func BenchmarkLine(b *testing.B) {
	for _, counties := range []int{3, 300} {
		b.Run(fmt.Sprintf("counties=%d", counties), func(b *testing.B) {
			config := statsite.Config{Seed: demoSeed, Regions: someCounties(b, counties), FirstYear: 1995, LastYear: 2024}
			rows := 0
			for range b.N {
				b.StopTimer()
				w := startWorldOf(b, config)
				b.StartTimer()
				w.collect(statsite.SourceYearbook)
				b.StopTimer()
				rows += len(w.rows())
				w.close()
				b.StartTimer()
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "observations/s")
			b.ReportMetric(float64(rows)/float64(b.N), "observations")
		})
	}
}

// someCounties picks counties that are in force, by code, with their parents.
func someCounties(b testing.TB, count int) []statsite.Region {
	b.Helper()
	set, err := configs.Load(configs.Default())
	if err != nil {
		b.Fatal(err)
	}
	var picked []statsite.Region
	for _, r := range set.Regions() {
		if r.Level == "county" && r.To == 0 && r.City != "" && r.City != "直辖" && len(picked) < count {
			picked = append(picked, statsite.Region{Code: r.Code, Name: r.Name, Parent: r.City, Province: r.Province})
		}
	}
	if len(picked) != count {
		b.Fatalf("only %d counties in force", len(picked))
	}
	return picked
}

// BenchmarkReading reads one page of the yearbook and one communiqué.
func BenchmarkReading(b *testing.B) {
	w := startWorld(b)
	w.collect(statsite.SourceYearbook, statsite.SourceTRS)
	store, err := w.app.archive()
	if err != nil {
		b.Fatal(err)
	}
	for _, row := range w.ask(`SELECT source, argMax(version, (size, version)) FROM document GROUP BY source ORDER BY source`) {
		doc, err := store.Document(b.Context(), row[1])
		if err != nil {
			b.Fatal(err)
		}
		reader, rules, _, err := w.app.rulesOf()(b.Context(), doc)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(row[0], func(b *testing.B) {
			b.SetBytes(doc.Size)
			b.ReportAllocs()
			var reading pipeline.Reading
			for b.Loop() {
				if reading, err = reader.Read(doc, rules); err != nil {
					b.Fatal(err)
				}
			}
			if len(reading.Observations) == 0 {
				b.Fatal("nothing was read")
			}
		})
	}
}
