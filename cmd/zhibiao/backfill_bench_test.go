package main

import (
	"bytes"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"zhibiao/internal/statsite"
)

// backfillCounties are the sizes of BenchmarkBackfill, as in
// go test ./cmd/zhibiao -run '^$' -bench BenchmarkBackfill -benchtime 1x -backfill.counties 100,1000,2800
var backfillCounties = flag.String("backfill.counties", "100", "numbers of counties to backfill, with commas between")

// BenchmarkBackfill backfills counties × 20 years from the statistics site, until
// everything is loaded: the cost per county must not grow with their number.
func BenchmarkBackfill(b *testing.B) {
	for _, size := range strings.Split(*backfillCounties, ",") {
		counties, err := strconv.Atoi(size)
		if err != nil {
			b.Fatalf("-backfill.counties %s: %v", *backfillCounties, err)
		}
		b.Run("counties="+size, func(b *testing.B) {
			var spent time.Duration
			rows := 0
			for range b.N {
				b.StopTimer()
				w := backfillBench(b, counties)
				b.StartTimer()
				started := time.Now()
				code, printed := w.command("backfill", "--source", statsite.SourceYearbook, "--from", "2004", "--to", "2023", "--parallel", "4")
				spent += time.Since(started)
				b.StopTimer()
				if code != 0 {
					b.Fatalf("exit code %d:\n%s", code, printed)
				}
				stored := 0
				fmt.Sscan(w.ask("SELECT toString(count()) FROM observation FINAL")[0][0], &stored)
				if stored < counties*19*4 {
					b.Fatalf("%d observations of %d counties", stored, counties)
				}
				rows += stored
				w.close()
			}
			b.ReportMetric(float64(rows)/spent.Seconds(), "observations/s")
			b.ReportMetric(float64(rows)/float64(b.N), "observations")
			b.ReportMetric(spent.Seconds()*1000/float64(b.N*counties), "ms/county")
		})
	}
}

// backfillBench opens a folder whose yearbook names the page of every county,
// without a pause between two.
func backfillBench(b *testing.B, count int) *worldRun {
	b.Helper()
	counties := someCounties(b, count)
	w := &worldRun{t: b, dir: b.TempDir(), out: new(bytes.Buffer),
		world: statsite.NewWorld(statsite.Config{Seed: demoSeed, Regions: counties, FirstYear: 2004, LastYear: 2024})}
	site, err := statsite.Serve(b.Context(), w.world)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { site.Close() })
	w.site = site
	w.openWith(func() { countyPages(b, w.dir, counties, time.Nanosecond) })
	b.Cleanup(w.close)
	w.app.serveLine(w.line)
	return w
}
