package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
	"zhibiao/pipeline/rebuild"
)

// rebuild runs the command inside the open folder and returns what it prints.
func (w *worldRun) rebuild(o rebuildOptions) (string, error) {
	w.t.Helper()
	w.app.serveLine(w.line)
	if o.workers == 0 {
		o.workers = 2
	}
	w.out.Reset()
	err := w.cli.rebuild(context.WithoutCancel(w.t.Context()), w.app, o)
	return w.out.String(), err
}

func (w *worldRun) mustBeEqual(o rebuildOptions) string {
	w.t.Helper()
	o.verify = true
	out, err := w.rebuild(o)
	if err != nil || !strings.Contains(out, "\nequal: ") {
		w.t.Fatalf("rebuild --verify: %v\n%s", err, out)
	}
	return out
}

// twoNights collects both nights of the demo.
func (w *worldRun) twoNights() {
	w.t.Helper()
	w.collect()
	w.collectArchive()
	w.world.SetNight(2)
	w.collect()
	w.collectArchive()
}

// exec changes the warehouse behind the pipeline's back.
func (w *worldRun) exec(statement string) {
	w.t.Helper()
	writer, err := w.app.warehouse(w.t.Context())
	if err == nil {
		err = writer.Conn().Exec(w.t.Context(), statement)
	}
	if err != nil {
		w.t.Fatalf("%s: %v", statement, err)
	}
}

// Whatever order, repetition, number of workers and size of loads: the archive
// gives the warehouse that the two nights made (promises 2, 3 and 4).
func TestTheArchiveGivesTheWarehouseOfBothNightsAgain(t *testing.T) {
	w := startWorld(t)
	w.twoNights()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	digests := map[string]bool{}
	for _, split := range [][2]int{{1, 60}, {2, 100_000}, {4, 300}} {
		out := w.mustBeEqual(rebuildOptions{workers: split[0], maxRows: split[1], arrange: func(plan *rebuild.Plan) {
			plan.Chains = append(plan.Chains, plan.Chains...)
			random.Shuffle(len(plan.Chains), func(i, j int) { plan.Chains[i], plan.Chains[j] = plan.Chains[j], plan.Chains[i] })
		}})
		digests[out[strings.Index(out, "observation "):]] = true
	}
	if len(digests) != 1 {
		t.Errorf("the exports have %d different digests:\n%v", len(digests), digests)
	}
}

// Each planted difference comes before those planted earlier, in the order of the
// export, so it is the first.
func TestAPlantedDifferenceIsNamedWithBothRows(t *testing.T) {
	w := startWorld(t)
	w.twoNights()
	before := w.rows()
	for _, c := range []struct {
		name, statement string
		want            []string
	}{
		{"a whole source too many", "INSERT INTO document SELECT * REPLACE ('nobody' AS source) FROM document LIMIT 1",
			[]string{"document of nobody, 2020s: the warehouse has a row too many"}},
		{"a document that is missing", "DELETE FROM document WHERE source = 'demo-nbs'",
			[]string{"document of demo-nbs, 2020s: the warehouse lacks a row", "http://data.stats.example/"}},
		{"a refusal that was changed", "ALTER TABLE refusal UPDATE numbers = numbers + 1 WHERE 1 SETTINGS mutations_sync = 2",
			[]string{"refusal of demo-yearbook, 2020s: a row differs in numbers"}},
		{"a row that is missing", "DELETE FROM observation WHERE source = 'demo-yearbook' AND op = 'withdraw'",
			[]string{"observation of demo-yearbook, 2020s: the warehouse lacks a row", "op=withdraw", "warehouse  (none)"}},
		{"a row too many", "INSERT INTO observation SELECT * REPLACE ('fake' AS locator) FROM observation WHERE source = 'demo-nbs' LIMIT 1",
			[]string{"observation of demo-nbs, 2020s: the warehouse has a row too many", "locator=fake", "rebuilt    (none)"}},
		{"a value that was changed", "ALTER TABLE observation UPDATE value = 424242 WHERE source = 'demo-communique-gbk' AND indicator = 'gdp' AND toYear(period_end) = 2023 SETTINGS mutations_sync = 2",
			[]string{"observation of demo-communique-gbk, 2020s: a row differs in value", "424242", "indicator=gdp"}},
	} {
		w.exec(c.statement)
		out, err := w.rebuild(rebuildOptions{verify: true})
		if pipeline.ExitCode(err) != pipeline.ExitOurFault {
			t.Errorf("%s: exit code %d, want 1: %v", c.name, pipeline.ExitCode(err), err)
		}
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: %q is not in\n%s", c.name, want, out)
			}
		}
	}
	if out, err := w.rebuild(rebuildOptions{}); err != nil || !strings.Contains(out, "are in place") {
		t.Fatalf("rebuild: %v\n%s", err, out)
	}
	w.mustBeEqual(rebuildOptions{})
	if diff := cmp.Diff(before, w.rows()); diff != "" {
		t.Errorf("the rebuilt warehouse has other rows:\n%s", firstLines(diff, 20))
	}
	w.checkOldDatabase()
}

// checkOldDatabase looks whether what the warehouse held before is kept until it
// is dropped.
func (w *worldRun) checkOldDatabase() {
	w.t.Helper()
	live, err := w.app.warehouse(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	seconds, err := live.Seconds(w.t.Context())
	if err != nil || len(seconds) != 1 || !seconds[0].Replaced {
		w.t.Fatalf("kept databases %v, %v, want the one that was replaced", seconds, err)
	}
	if found := w.ask("SELECT toString(countIf(value = 424242)) FROM " + seconds[0].Name + ".observation"); found[0][0] == "0" {
		w.t.Error("the kept database does not hold the changed row")
	}
	w.out.Reset()
	if err := w.cli.dropOld(w.t.Context(), w.app); err != nil || strings.Count(w.out.String(), "dropped ") != 1 {
		w.t.Errorf("--drop-old: %v\n%s", err, w.out)
	}
	if seconds, err := live.Seconds(w.t.Context()); err != nil || len(seconds) != 0 {
		w.t.Errorf("after --drop-old %v are there, %v", seconds, err)
	}
}

func TestAFlippedBitInTheArchiveIsNamed(t *testing.T) {
	w := startWorld(t)
	w.twoNights()
	path := w.flipOneBody(statsite.SourceYearbook)
	out, err := w.rebuild(rebuildOptions{verify: true})
	if pipeline.ExitCode(err) != pipeline.ExitOurFault || !strings.Contains(err.Error(), "rows are equal") {
		t.Errorf("exit code %d, want 1 and that the rows are equal: %v", pipeline.ExitCode(err), err)
	}
	if !strings.Contains(out, path) || !strings.Contains(out, "demo-yearbook (http") {
		t.Errorf("the output names neither the file %s nor the page:\n%s", path, out)
	}
	if err := os.RemoveAll(filepath.Join(w.dir, "archive", "read")); err != nil {
		t.Fatal(err)
	}
	out, err = w.rebuild(rebuildOptions{})
	if pipeline.ExitCode(err) != pipeline.ExitOurFault || !strings.Contains(out, "lost: ") {
		t.Errorf("exit code %d, want 1 and what is lost: %v\n%s", pipeline.ExitCode(err), err, out)
	}
}

// flipOneBody flips a bit in the body of one document of a source.
func (w *worldRun) flipOneBody(source string) string {
	w.t.Helper()
	hash := w.ask("SELECT hash FROM document WHERE source = '" + source + "' ORDER BY version LIMIT 1")[0][0]
	path := filepath.Join(w.dir, "archive", "bodies", hash[:2], hash+".zst")
	content, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	content[len(content)/3] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// Documents that come in while a rebuild is at work are in neither side of a
// comparison, and in the warehouse after an exchange.
func TestWhatArrivesMeanwhileIsNeitherADifferenceNorLost(t *testing.T) {
	w := startWorld(t)
	w.collect()
	first := w.rows()
	arrived := false
	secondNight := func() error {
		if !arrived {
			arrived = true
			w.world.SetNight(2)
			w.collect()
		}
		return nil
	}
	w.mustBeEqual(rebuildOptions{made: secondNight})
	if !arrived || len(w.rows()) <= len(first) {
		t.Fatalf("nothing arrived meanwhile: the test shows nothing")
	}
	w.mustBeEqual(rebuildOptions{})
	w.compareWithTruth(2, first, demoSources...)
}

func TestAnExchangeTakesInWhatArrivedMeanwhile(t *testing.T) {
	w := startWorld(t)
	w.collect()
	first := w.rows()
	w.exec("TRUNCATE TABLE observation")
	out, err := w.rebuild(rebuildOptions{made: func() error {
		w.world.SetNight(2)
		w.collect()
		return nil
	}})
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w.compareWithTruth(2, first, demoSources...)
	w.mustBeEqual(rebuildOptions{})
	w.collect() // and it goes on
	w.mustBeEqual(rebuildOptions{})
}

// Only the archive is left: warehouse, heads and derivations come back from it,
// and the next night adds exactly what it should.
func TestTheArchiveAloneGivesEverythingBack(t *testing.T) {
	w := startWorld(t)
	w.collect()
	before := w.rows()
	w.close()
	for _, folder := range []string{"warehouse", "broker"} {
		if err := os.RemoveAll(filepath.Join(w.dir, folder)); err != nil {
			t.Fatal(err)
		}
	}
	w.open()
	if out, err := w.rebuild(rebuildOptions{verify: true}); pipeline.ExitCode(err) != pipeline.ExitOurFault || !strings.Contains(out, "the broker's head is") {
		t.Errorf("lost heads pass: %v\n%s", err, out)
	}
	if out, err := w.rebuild(rebuildOptions{}); err != nil || !strings.Contains(out, "had lost 20 heads of lineages and 5 derivations") {
		t.Fatalf("rebuild: %v\n%s", err, out)
	}
	w.collect()
	if diff := cmp.Diff(before, w.rows()); diff != "" {
		t.Errorf("the same night again adds something:\n%s", firstLines(diff, 20))
	}
	w.world.SetNight(2)
	w.collect()
	w.compareWithTruth(2, before, demoSources...)
	w.mustBeEqual(rebuildOptions{})
}

// The folder of the warehouse is gone: the archive gives it back.
func TestALostWarehouseIsMadeAgain(t *testing.T) {
	w := startWorld(t)
	w.twoNights()
	before := w.rows()
	w.close()
	if err := os.RemoveAll(filepath.Join(w.dir, "warehouse")); err != nil {
		t.Fatal(err)
	}
	w.open()
	if out, err := w.rebuild(rebuildOptions{verify: true}); pipeline.ExitCode(err) != pipeline.ExitOurFault || !strings.Contains(out, "lacks a row") {
		t.Errorf("an empty warehouse passes: %v\n%s", err, out)
	}
	if out, err := w.rebuild(rebuildOptions{}); err != nil {
		t.Fatalf("rebuild: %v\n%s", err, out)
	}
	if diff := cmp.Diff(before, w.rows()); diff != "" {
		t.Errorf("the rebuilt warehouse has other rows:\n%s", firstLines(diff, 20))
	}
	w.mustBeEqual(rebuildOptions{})
}

// A source's file changes between two nights: what the first rules read is
// replayed, what the second read is read afresh.
func TestOlderRulesAreReplayed(t *testing.T) {
	w := startWorld(t)
	w.collect()
	w.close()
	file := filepath.Join(w.dir, "configs", "sources", statsite.SourceYearbook+".yaml")
	w.openWith(func() {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(text, "\nignore: [一个从未出现的指标]\n"...), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	w.world.SetNight(2)
	w.collect()
	out := w.mustBeEqual(rebuildOptions{})
	if strings.Contains(out, " 0 replayed") {
		t.Errorf("nothing was replayed:\n%s", out)
	}
}

// A document that waits for its lost body holds up neither a comparison, which
// names it, nor a rebuild that may be incomplete.
func TestADocumentThatWaitsForItsBodyHoldsUpNoRebuild(t *testing.T) {
	w := startWorld(t)
	w.collect(statsite.SourceYearbook)
	for _, folder := range []string{"bodies", "readings", "read"} {
		if err := os.RemoveAll(filepath.Join(w.dir, "archive", folder)); err != nil {
			t.Fatal(err)
		}
	}
	w.world.SetNight(2)
	w.app.settings.Collect.Patience = 300 * time.Millisecond
	if err := w.tryCollect(statsite.SourceYearbook, statsite.SourceTRS); pipeline.ExitCode(err) != pipeline.ExitEnvironment {
		t.Fatalf("nothing waits: %v", err)
	}
	out, err := w.rebuild(rebuildOptions{verify: true})
	if pipeline.ExitCode(err) != pipeline.ExitOurFault || !strings.Contains(out, "going on although nothing has moved") || !strings.Contains(out, "lost: ") {
		t.Errorf("exit code %d, %v\n%s", pipeline.ExitCode(err), err, out)
	}
	if out, err := w.rebuild(rebuildOptions{}); pipeline.ExitCode(err) != pipeline.ExitOurFault || !strings.Contains(err.Error(), "--incomplete") {
		t.Errorf("what is lost is replaced: %v\n%s", err, out)
	}
	if out, err := w.rebuild(rebuildOptions{incomplete: true}); err != nil || !strings.Contains(out, "are in place") {
		t.Errorf("--incomplete: %v\n%s", err, out)
	}
}
