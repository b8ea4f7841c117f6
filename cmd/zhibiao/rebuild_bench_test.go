package main

import (
	"fmt"
	"testing"

	"zhibiao/internal/statsite"
)

// BenchmarkRebuild verifies the yearbooks of many counties against their archive:
// every page read afresh, every row made, loaded beside the warehouse, exported and
// compared.
func BenchmarkRebuild(b *testing.B) {
	for _, counties := range []int{30, 2700} {
		b.Run(fmt.Sprintf("counties=%d", counties), func(b *testing.B) {
			w := startWorldOf(b, statsite.Config{Seed: demoSeed, Regions: someCounties(b, counties), FirstYear: 1950, LastYear: 2024})
			yearbook, err := w.app.set.Source(statsite.SourceYearbook)
			if err != nil {
				b.Fatal(err)
			}
			yearbook.Limits.MaxRequests = 10_000
			w.collect(statsite.SourceYearbook)
			rows := w.ask("SELECT toString(count()) FROM observation FINAL")[0][0]
			var count int
			if _, err := fmt.Sscan(rows, &count); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				w.mustBeEqual(rebuildOptions{})
			}
			b.ReportMetric(float64(count), "observations")
			b.ReportMetric(float64(count)*float64(b.N)/b.Elapsed().Seconds(), "observations/s")
			b.Log(w.out.String())
		})
	}
}
