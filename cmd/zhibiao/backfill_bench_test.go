package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"zhibiao/internal/statsite"
)

// backfillCounties are the sizes of BenchmarkBackfill, as in
// go test ./cmd/zhibiao -run '^$' -bench 'Backfill$' -benchtime 1x -backfill.counties 100,1000,2728
// where 2728 are all that are in force and under a city.
var (
	backfillCounties = flag.String("backfill.counties", "100", "numbers of counties to backfill, with commas between")
	backfillKilled   = flag.Int("backfill.killed", 0, "counties whose backfill BenchmarkBackfillKilled kills three times, such as 1000; 0 leaves it out")
)

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

// BenchmarkBackfillKilled backfills counties × 20 years in processes of their own, of
// which the first three are killed; the last brings the rest, and all together bring
// what an undisturbed backfill does (promises 1, 3 and 7).
func BenchmarkBackfillKilled(b *testing.B) {
	if *backfillKilled == 0 {
		b.Skip("it is asked for with -backfill.killed 1000")
	}
	const kills = 3
	counties := someCounties(b, *backfillKilled)
	for b.Loop() {
		w := backfillBench(b, *backfillKilled)
		args := []string{"backfill", "--source", statsite.SourceYearbook, "--from", "2004", "--to", "2023", "--parallel", "4"}
		if code, printed := w.command(args...); code != 0 {
			b.Fatalf("exit code %d:\n%s", code, printed)
		}
		want := slices.Sorted(maps.Values(w.rows()))
		w.close()

		w.dir = b.TempDir()
		w.configureCounties(counties, time.Nanosecond)
		args = append(args, "--data", w.dir)
		asked := 0
		for n := range kills {
			w.site.ForgetRequests()
			printed := w.killedBackfill(b, len(counties)/(kills+1), args)
			if n == 0 {
				args = []string{"backfill", "--parallel", "4", "--data", w.dir, "--resume", backfillName.FindStringSubmatch(printed)[1]}
			}
			asked += len(w.pagesAsked())
		}
		w.site.ForgetRequests()
		var out bytes.Buffer
		if code := run(context.WithoutCancel(b.Context()), args, &out, &out); code != 0 {
			b.Fatalf("exit code %d:\n%s", code, out.String())
		}
		asked += len(w.pagesAsked())
		w.openWith(func() { countyPages(b, w.dir, counties, time.Nanosecond) })
		if got := slices.Sorted(maps.Values(w.rows())); !slices.Equal(got, want) {
			b.Errorf("%d rows after %d kills, %d of an undisturbed backfill", len(got), kills, len(want))
		}
		w.close()
		b.ReportMetric(float64(len(want)), "observations")
		b.ReportMetric(float64(asked)/float64(len(counties)), "requests/county")
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
