package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zhibiao/configs"
	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
)

// siteSettings writes a settings file under which the hosts of a statistics site
// are asked.
func siteSettings(t *testing.T, world *statsite.World) string {
	t.Helper()
	site, err := statsite.Serve(t.Context(), world)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { site.Close() })
	var text strings.Builder
	text.WriteString("resolve:\n")
	for _, host := range world.Hosts() {
		fmt.Fprintf(&text, "  %s: %s\n", host, site.Addr())
	}
	return writeTemporary(t, "config.yaml", text.String())
}

// The path of docs/adding-a-source.md, on a page that no shipped source covers:
// five steps, none of them Go.
func TestAddingASourceTakesFiveStepsAndNoGo(t *testing.T) {
	world := statsite.NewWorld(statsite.Config{Seed: demoSeed})
	settings := siteSettings(t, world)
	page := "http://yearbook.stats.example/nj/2024/14/0101.html"
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	if source, covered := set.SourceForURL(page); covered {
		t.Fatalf("%s is a page of %s", page, source.Name)
	}
	data, dir := t.TempDir(), t.TempDir()
	file := filepath.Join(dir, "yearbook-table.yaml")
	step := func(arguments ...string) string {
		return mustRun(t, append(arguments, "--data", data, "--config", settings)...)
	}

	// 1. Save the page, and have a file proposed.
	out := step("source", "record", page, "--dir", dir, "--name", "yearbook-table", "--contact", "data@example.cn")
	for _, want := range []string{"recognised ", "A:period  gdp", "一般公共预算支出（万石） (unknown_unit", "综改示范经济技术开发区 (unknown_region", "next: edit "} {
		if !strings.Contains(out, want) {
			t.Errorf("step 1 does not say %q:\n%s", want, out)
		}
	}
	// 2. Edit it: who publishes it, and what is ignored by name.
	replaceIn(t, file, "publisher: \"请写明发布单位\"", "publisher: 演示统计年鉴")
	replaceIn(t, file, "prose: false\n", "prose: false\nignore: [一般公共预算支出（万石）, 综改示范经济技术开发区]\n")
	// 3. Write what is read now as what is expected, and look at it.
	if out := step("source", "test", "--update", file); !strings.Contains(out, " 0 refusals") {
		t.Errorf("step 3 still refuses:\n%s", out)
	}
	want, err := os.ReadFile(filepath.Join(dir, "yearbook-table.want.ndjson"))
	if err != nil || !strings.Contains(string(want), `"indicator":"gdp","region":"140121"`) {
		t.Errorf("the expected lines hold no gdp of 140121 (%v):\n%s", err, want)
	}
	// 4. Test.
	step("source", "test", file)
	// 5. Lint.
	if out := step("source", "lint", file); !strings.HasPrefix(out, "no problems") {
		t.Errorf("step 5: %s", out)
	}
}

func TestRecordingOverwritesNothingAndNeedsAContact(t *testing.T) {
	world := statsite.NewWorld(statsite.Config{Seed: demoSeed})
	settings := siteSettings(t, world)
	data, dir := t.TempDir(), t.TempDir()
	page := world.StartURLs(statsite.SourceTRS)[0]
	code, _, errs := zhibiao(t, "source", "record", page, "--dir", dir, "--data", data, "--config", settings)
	if code != pipeline.ExitYourInput || !strings.Contains(errs, "--contact is missing") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if err := os.WriteFile(filepath.Join(dir, "mine.yaml"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs = zhibiao(t, "source", "record", page, "--name", "mine", "--contact", "x@example.cn", "--dir", dir, "--data", data, "--config", settings)
	if text, _ := os.ReadFile(filepath.Join(dir, "mine.yaml")); code != pipeline.ExitYourInput || string(text) != "mine" {
		t.Errorf("exit %d: %s; the file is %q", code, errs, text)
	}
	code, _, errs = zhibiao(t, "source", "record", "http://taiyuan.tjj.example/nothing.html", "--name", "gone", "--contact", "x@example.cn", "--dir", dir, "--data", data, "--config", settings)
	if code != pipeline.ExitEnvironment || exists(filepath.Join(dir, "gone.yaml")) {
		t.Errorf("a page that is not there: exit %d: %s", code, errs)
	}
}

func TestSourcesAreListedWithoutAFolder(t *testing.T) {
	data := filepath.Join(t.TempDir(), "none")
	out := mustRun(t, "source", "list", "--data", data)
	for _, want := range []string{"nbs-nation-month             20 3 * * *       never", "nbs-easyquery                archive only", "山西省质量强县培育库"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if exists(data) {
		t.Error("listing made a folder")
	}
}

func TestSourcesAreListedWithWhatTheyBrought(t *testing.T) {
	w := startWorld(t)
	w.collect(statsite.SourceTRS)
	runs, holdings, err := w.app.workOfSources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.out.Reset()
	w.cli.listSources(w.app.set.Sources(), runs, holdings)
	for line := range strings.Lines(w.out.String()) {
		if strings.HasPrefix(line, statsite.SourceTRS+" ") {
			if !strings.Contains(line, " / 44 ") || !strings.Contains(line, "Z ") || !strings.Contains(line, " never ") {
				t.Errorf("got %s", line)
			}
			return
		}
	}
	t.Errorf("%s is not listed:\n%s", statsite.SourceTRS, w.out)
}

func TestAnAddressIsMadeAPatternOfItsNumbers(t *testing.T) {
	got := linkPattern("http://a.example/tjgb/202504/t20250421_1.shtml?x=it's")
	if want := `^http://a\.example/tjgb/\d+/t\d+_\d+\.shtml\?x=it''s$`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
