package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
)

var backfillName = regexp.MustCompile(`--resume (\S+)`)

func TestABackfillNamesWhatFailedAndResumesOnlyThat(t *testing.T) {
	counties := shanxi(t, 40)
	w := backfillWorld(t, counties)
	broken := counties[20].Code
	w.site.Fault("yearbook.stats.example", "/nj/2024/"+broken+"/0103.html", statsite.FaultNotFound)
	code, printed := w.command("backfill", "--source", statsite.SourceYearbook, "--from", "2020", "--to", "2023")
	if code != pipeline.ExitPartly || !strings.Contains(printed, "failed: ") || !strings.Contains(printed, broken) ||
		!strings.Contains(printed, "1 of 3 windows failed") {
		t.Fatalf("exit code %d, want 4 and the window named:\n%s", code, printed)
	}
	id := backfillName.FindStringSubmatch(printed)[1]

	w.site.ClearFaults()
	w.site.ForgetRequests()
	code, printed = w.command("backfill", "--resume", id)
	if code != 0 || !strings.Contains(printed, "3 of 3 windows done, 2 of them earlier") {
		t.Errorf("exit code %d:\n%s", code, printed)
	}
	if asked := w.pagesAsked(); len(asked) > 16 || !strings.Contains(strings.Join(asked, " "), broken) {
		t.Errorf("the resumed backfill asked for %d pages: %v", len(asked), asked)
	}
	w.compareWithTruth(1, nil, statsite.SourceYearbook)

	w.site.ForgetRequests()
	if code, printed = w.command("backfill", "--resume", id); code != 0 || !strings.Contains(printed, "nothing is left") || len(w.pagesAsked()) > 0 {
		t.Errorf("exit code %d, asked for %v:\n%s", code, w.pagesAsked(), printed)
	}
}

func TestABackfillThatCannotBeIsRefused(t *testing.T) {
	w := backfillWorld(t, shanxi(t, 3))
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--source", statsite.SourceNBSArchive, "--from", "2020", "--to", "2023"}, "cannot be backfilled: it names no place to fetch from"},
		{[]string{"--source", statsite.SourceNBS, "--from", "1990", "--to", "1991"}, "nothing from 1990-01-01 to 1991-12-31"},
		{[]string{"--source", statsite.SourceNBS, "--from", "2024", "--to", "2020"}, "--from 2024 is after --to 2020"},
		{[]string{"--source", statsite.SourceNBS, "--from", "last year", "--to", "2020"}, "--from last year: want a year, quarter or month"},
		{[]string{"--source", statsite.SourceNBS, "--from", "2020", "--to", "2021", "--region", "999999"}, "not a code of GB/T 2260"},
		{[]string{"--source", "demo-nbz", "--from", "2020", "--to", "2021"}, "no such file"},
		{[]string{"--source", statsite.SourceNBS}, "name --source, --from and --to"},
		{[]string{"--resume", "x", "--source", statsite.SourceNBS}, "leave --source"},
		{[]string{"--resume", "x"}, "there is no such backfill; none was begun"},
		{[]string{"--source", statsite.SourceNBS, "--from", "2020", "--to", "2021", "--parallel", "0"}, "want 1 to 32"},
	} {
		code, printed := w.command(append([]string{"backfill"}, c.args...)...)
		if code != pipeline.ExitYourInput || !strings.Contains(printed, c.want) {
			t.Errorf("%v: exit code %d, want 2 and %q in\n%s", c.args, code, c.want, printed)
		}
	}
	if asked := w.site.Requests(); len(asked) > 0 {
		t.Errorf("the site was asked: %v", asked)
	}
}

func TestAPlanIsPrintedAndNothingIsFetched(t *testing.T) {
	w := backfillWorld(t, shanxi(t, 40))
	code, printed := w.command("backfill", "--source", statsite.SourceYearbook, "--from", "2020", "--to", "2023", "--plan")
	for _, want := range []string{"windows     3", "requests    42\n", "minutes     about", "each place is read whole"} {
		if code != 0 || !strings.Contains(printed, want) {
			t.Errorf("exit code %d, want %q in\n%s", code, want, printed)
		}
	}
	code, printed = w.command("backfill", "--source", statsite.SourceNBS, "--from", "2020", "--to", "2023", "--plan")
	if code != 0 || !strings.Contains(printed, "windows     ") || strings.Contains(printed, "read whole") {
		t.Errorf("exit code %d:\n%s", code, printed)
	}
	if asked := w.site.Requests(); len(asked) > 0 {
		t.Errorf("the site was asked: %v", asked)
	}
}

func TestABackfillIsNotResumedWithOtherWindows(t *testing.T) {
	counties := shanxi(t, 3)
	w := backfillWorld(t, counties)
	code, printed := w.command("backfill", "--source", statsite.SourceYearbook, "--from", "2020", "--to", "2023")
	if code != 0 {
		t.Fatalf("exit code %d:\n%s", code, printed)
	}
	id := backfillName.FindStringSubmatch(printed)[1]
	w.close()
	w.openWith(func() { countyPages(t, w.dir, counties[:2], time.Millisecond) })
	if code, printed = w.command("backfill", "--resume", id); code != pipeline.ExitYourInput || !strings.Contains(printed, "begin a new one") {
		t.Errorf("exit code %d:\n%s", code, printed)
	}
}

// An older document never becomes the latest: what the archive of the older
// interface says, backfilled after the newer one, is a lineage of its own.
func TestABackfilledOlderDocumentNeverBecomesTheLatest(t *testing.T) {
	w := startWorld(t)
	w.app.serveLine(w.line)
	w.world.SetNight(2)
	w.collect(statsite.SourceNBS)
	const latest = `SELECT source || ' ' || indicator || ' ' || region || ' ' || freq || ' ' || basis || ' ' || toString(period_start), ifNull(toString(value), 'NULL')
		FROM latest_by_source WHERE source = 'demo-nbs' ORDER BY ALL`
	const resolved = `SELECT indicator || ' ' || region || ' ' || freq || ' ' || basis || ' ' || toString(period_start), ifNull(toString(value), 'NULL')
		FROM resolved WHERE source = 'demo-nbs' ORDER BY ALL`
	latestBefore, resolvedBefore := w.ask(latest), w.ask(resolved)
	if len(latestBefore) < 100 || len(resolvedBefore) < 100 {
		t.Fatalf("%d and %d values", len(latestBefore), len(resolvedBefore))
	}
	w.collectArchive() // as it was on the first night, fetched now
	if older := w.ask(`SELECT toString(count()) FROM observation WHERE source = 'demo-nbs-archive'`)[0][0]; older < "300" {
		t.Fatalf("%s rows of the archive", older)
	}
	if shared := w.ask(`SELECT toString(count()) FROM (SELECT lineage FROM observation GROUP BY lineage HAVING uniqExact(source) > 1)`)[0][0]; shared != "0" {
		t.Errorf("%s lineages are shared", shared)
	}
	differs := 0
	for _, row := range w.ask(`SELECT toString(count()) FROM latest_by_source AS n INNER JOIN latest_by_source AS a
		ON n.indicator = a.indicator AND n.region = a.region AND n.freq = a.freq AND n.basis = a.basis AND n.period_start = a.period_start AND n.dims = a.dims
		WHERE n.source = 'demo-nbs' AND a.source = 'demo-nbs-archive' AND n.value != a.value`) {
		fmt.Sscan(row[0], &differs)
	}
	if differs == 0 {
		t.Fatal("the archive says the same as the newer interface: the test shows nothing")
	}
	sameRows(t, "latest_by_source", latestBefore, w.ask(latest))
	sameRows(t, "resolved", resolvedBefore, w.ask(resolved))

	// A backfill of the newer interface itself finds what is known: confirmations.
	documents := w.ask(`SELECT toString(count()) FROM document FINAL`)[0][0]
	if code, printed := w.command("backfill", "--source", statsite.SourceNBS, "--from", "2020", "--to", "2024"); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, printed)
	}
	if after := w.ask(`SELECT toString(count()) FROM document FINAL`)[0][0]; after != documents {
		t.Errorf("%s documents after the backfill, %s before", after, documents)
	}
	sameRows(t, "latest_by_source", latestBefore, w.ask(latest))
}

func sameRows(t *testing.T, what string, before, after [][]string) {
	t.Helper()
	if a, b := fmt.Sprint(before), fmt.Sprint(after); a != b {
		t.Errorf("%s changed: %d rows before, %d after", what, len(before), len(after))
	}
}

// RELIABILITY 29: a backfill beside the nightly run of the same source.
func TestABackfillBesideANightlyRunEndsAsEitherAlone(t *testing.T) {
	w := backfillWorld(t, shanxi(t, 30))
	source, err := w.app.set.Source(statsite.SourceYearbook)
	if err != nil {
		t.Fatal(err)
	}
	var both sync.WaitGroup
	both.Go(func() {
		if code, printed := w.command("backfill", "--source", statsite.SourceYearbook, "--from", "2020", "--to", "2023", "--parallel", "3"); code != 0 {
			t.Errorf("exit code %d:\n%s", code, printed)
		}
	})
	both.Go(func() {
		if run, err := w.line.runNow(t.Context(), source, pipeline.Window{}, "nightly", nil); err != nil || len(run.Failures) > 0 {
			t.Errorf("the nightly run: %v %v", run.Failures, err)
		}
	})
	both.Wait()
	if err := w.line.awaitLoaded(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.compareWithTruth(1, nil, statsite.SourceYearbook)
}

// promise 7: three kills, then one resume brings the rest, and only the rest.
func TestABackfillThatIsKilledThreeTimesIsResumed(t *testing.T) {
	const perWindow, kills = 16, 3
	counties := shanxi(t, 6*perWindow-1) // and the province's page
	w := &worldRun{t: t, dir: t.TempDir(), out: new(bytes.Buffer),
		world: statsite.NewWorld(statsite.Config{Seed: demoSeed, Regions: counties})}
	site, err := statsite.Serve(t.Context(), w.world)
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	w.site = site
	configure := func() { w.configureCounties(counties, 30*time.Millisecond) }
	configure()
	args := []string{"--source", statsite.SourceYearbook, "--from", "2020", "--to", "2023"}
	id := ""
	for n := range kills {
		site.ForgetRequests()
		printed := w.killedBackfill(t, perWindow*3/2, append([]string{"backfill", "--data", w.dir, "--parallel", "1"}, args...))
		if n == 0 {
			found := backfillName.FindStringSubmatch(printed)
			if found == nil {
				t.Fatalf("no id in\n%s", printed)
			}
			id = found[1]
			args = []string{"--resume", id}
		}
	}
	site.ForgetRequests()
	out := mustRun(t, "backfill", "--data", w.dir, "--resume", id)
	if !strings.Contains(out, "6 of 6 windows done") {
		t.Errorf("resumed:\n%s", out)
	}
	if asked := len(w.pagesAsked()); asked > (6-kills)*perWindow || asked == 0 {
		t.Errorf("after %d kills the resumed backfill asked for %d pages, want at most %d", kills, asked, (6-kills)*perWindow)
	}
	w.openWith(configure)
	defer w.close()
	w.compareWithTruth(1, nil, statsite.SourceYearbook)
}
