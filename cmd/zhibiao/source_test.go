package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zhibiao/collectors/public"
	"zhibiao/configs"
	"zhibiao/pipeline"
	"zhibiao/transformers"
)

// shipped goes through the sources that are built in, with their examples.
func shipped(t *testing.T, visit func(t *testing.T, chosen chosenSource, example configs.Example)) {
	t.Helper()
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	i := installed{set: set}
	for _, source := range set.Sources() {
		t.Run(source.Name, func(t *testing.T) {
			chosen, err := i.choose(source.Name)
			if err != nil {
				t.Fatal(err)
			}
			example, err := configs.ReadExample(chosen.folder, source.Name)
			if err != nil {
				t.Fatal(err)
			}
			visit(t, chosen, example)
		})
	}
}

func TestEveryShippedSourceHasAnExampleThatIsReadAsExpected(t *testing.T) {
	if out := mustRun(t, "source", "test", "--data", t.TempDir()); strings.Contains(out, "has no example") {
		t.Errorf("a source has none:\n%s", out)
	}
}

// Capability is honest: what a source says that it supplies, its example shows.
func TestWhatAShippedSourceSuppliesIsInItsExample(t *testing.T) {
	reader := transformers.New()
	shipped(t, func(t *testing.T, chosen chosenSource, example configs.Example) {
		got, err := readExample(chosen, example, reader)
		if err != nil {
			t.Fatal(err)
		}
		shows := func(code string, series pipeline.Series) bool {
			return slices.ContainsFunc(got.readings, func(r pipeline.Reading) bool {
				return slices.ContainsFunc(r.Observations, func(o pipeline.Observation) bool {
					return o.Indicator == code && o.Period.Freq == series.Freq && o.Period.Basis == series.Basis
				})
			})
		}
		for _, supply := range chosen.source.Supplies {
			for _, code := range supply.Indicators {
				for _, series := range supply.Series {
					if !shows(code, series) {
						t.Errorf("the example shows no %s %s:%s", code, series.Freq, series.Basis)
					}
				}
			}
		}
	})
}

// sourceFolder copies a shipped source with its example into a folder.
func sourceFolder(t *testing.T, name string) (dir, file string) {
	t.Helper()
	dir = t.TempDir()
	sources, err := fs.Sub(configs.Default(), "sources")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := fs.Glob(sources, name+".*")
	if err != nil {
		t.Fatal(err)
	}
	inner, err := fs.Glob(sources, name+".example/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(entries, inner...) {
		text, err := fs.ReadFile(sources, path)
		if err != nil {
			continue // the folder itself
		}
		target := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, filepath.Join(dir, name+".yaml")
}

// replaceIn changes a file; the old text has to be there.
func replaceIn(t *testing.T, file, old, replacement string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q", file, old)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), old, replacement, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAChangedReadingIsShownLineByLineAndUpdated(t *testing.T) {
	_, file := sourceFolder(t, "nbs-shanxi-month")
	data := t.TempDir()
	mustRun(t, "source", "test", file, "--data", data)
	replaceIn(t, strings.TrimSuffix(file, ".yaml")+".example/investment.json", `"-1.6"`, `"-2.6"`)
	code, out, errs := zhibiao(t, "source", "test", file, "--data", data)
	if code != pipeline.ExitYourInput || !strings.Contains(out, "- ") || !strings.Contains(out, `+ {"kind":"observation","indicator":"fixed_asset_investment.growth"`) || !strings.Contains(out, `"value":"-2.6"`) || !strings.Contains(errs, "--update") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	mustRun(t, "source", "test", "--update", file, "--data", data)
	mustRun(t, "source", "test", file, "--data", data)
}

func TestLintReportsAllProblemsWithTheirPlaceAndMending(t *testing.T) {
	_, file := sourceFolder(t, "nbs-shanxi-month")
	data := t.TempDir()
	if out := mustRun(t, "source", "lint", file, "--data", data); !strings.HasPrefix(out, "no problems in ") {
		t.Errorf("got %s", out)
	}
	replaceIn(t, file, "kind: nbs-2026", "kind: nbs-2025")
	replaceIn(t, file, "schedule:", "sheduel:")
	code, out, _ := zhibiao(t, "source", "lint", file, "--data", data)
	for _, want := range []string{file + ":", `kind: "nbs-2025" is unknown; write one of nbs-2026`, "unknown key sheduel; did you mean schedule?"} {
		if code != pipeline.ExitYourInput || !strings.Contains(out, want) {
			t.Errorf("exit %d, no %q in\n%s", code, want, out)
		}
	}
}

func TestLintNamesExamplesThatAreNotComplete(t *testing.T) {
	dir, file := sourceFolder(t, "nbs-shanxi-month")
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "nbs-shanxi-month.example", "forgotten.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := zhibiao(t, "source", "lint", file, "--data", data); code != pipeline.ExitYourInput || !strings.Contains(out, "the file forgotten.json is not listed") {
		t.Errorf("exit %d: %s", code, out)
	}
	if err := os.RemoveAll(filepath.Join(dir, "nbs-shanxi-month.example")); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := zhibiao(t, "source", "lint", file, "--data", data); code != pipeline.ExitYourInput || !strings.Contains(out, "there is no example") {
		t.Errorf("exit %d: %s", code, out)
	}
}

func TestABrokenInstalledSourceIsReportedWhereItLies(t *testing.T) {
	dir, file := sourceFolder(t, "nbs-shanxi-month")
	data := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sources"), 0o755); err != nil {
		t.Fatal(err)
	}
	replaceIn(t, file, "freq: M", "freq: W")
	installedFile := filepath.Join(dir, "sources", "nbs-shanxi-month.yaml")
	if err := os.Rename(file, installedFile); err != nil {
		t.Fatal(err)
	}
	settings := writeTemporary(t, "config.yaml", "sources: "+dir+"\n")
	for _, arguments := range [][]string{{"source", "lint"}, {"source", "lint", installedFile}} {
		code, out, _ := zhibiao(t, append(arguments, "--config", settings, "--data", data)...)
		if code != pipeline.ExitYourInput || strings.Count(out, `"W" is unknown; write one of A, Q, M`) != 1 || !strings.HasPrefix(out, installedFile+":") {
			t.Errorf("%v: exit %d: %s", arguments, code, out)
		}
	}
}

// What the loader accepts, the collector can use: patterns, addresses, contact.
func TestEveryShippedSourceThatIsFetchedHasACollector(t *testing.T) {
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range set.Sources() {
		if !canFetch(source) {
			continue
		}
		if _, err := public.New(source, public.Options{}); err != nil {
			t.Errorf("%s: %v", source.Name, err)
		}
		if source.API != nil && len(source.API.Requests)*source.API.Requests[0].RecentYears > source.Limits.MaxRequests {
			t.Errorf("%s asks more in a night than a session bears", source.Name)
		}
	}
}

func TestADifferenceShowsOnlyTheLinesThatDiffer(t *testing.T) {
	for name, c := range map[string]struct{ first, second, want string }{
		"the same":         {"a\nb\n", "a\nb\n", ""},
		"a changed line":   {"a\nb\nc\n", "a\nx\nc\n", "- b\n+ x\n"},
		"a new line":       {"a\nc\n", "a\nb\nc\n", "+ b\n"},
		"lines that moved": {"a\nb\nc\nd\n", "b\nc\na\nd\n", "- a\n+ a\n"},
		"nothing before":   {"", "a\n", "+ a\n"},
		"nothing after":    {"a\n", "", "- a\n"},
	} {
		if got := lineDifference([]byte(c.first), []byte(c.second)); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
