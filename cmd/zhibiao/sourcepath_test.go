package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"zhibiao/configs"
	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
)

// siteSettings writes a settings file under which the hosts of a statistics site
// are asked.
func siteSettings(t *testing.T, world *statsite.World, more ...string) string {
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
	return writeTemporary(t, "config.yaml", text.String()+strings.Join(more, ""))
}

// pathOfTheDocs returns the commands of the numbered steps of docs/adding-a-source.md,
// one a step, "edit" for the one without a command.
func pathOfTheDocs(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/adding-a-source.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Five steps\n")
	section, _, _ = strings.Cut(section, "\n## ")
	command := regexp.MustCompile(`zhibiao (source [a-z]+( --update)?)`)
	var steps []string
	for i, step := range regexp.MustCompile(`(?m)^\d+\. `).Split(section, -1) {
		if i == 0 {
			continue // the words before the first
		}
		if found := command.FindStringSubmatch(step); found != nil {
			steps = append(steps, found[1])
		} else {
			steps = append(steps, "edit")
		}
	}
	return steps
}

// The path of docs/adding-a-source.md, on a page that no shipped source covers: five
// steps, none of them Go, and then the program as it is collects the source.
func TestAddingASourceTakesFiveStepsAndNoGo(t *testing.T) {
	world := statsite.NewWorld(statsite.Config{Seed: demoSeed})
	own := t.TempDir()
	settings, withOwn := siteSettings(t, world), siteSettings(t, world, "sources: "+own+"\n")
	page := "http://yearbook.stats.example/nj/2024/14/0101.html"
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	if source, covered := set.SourceForURL(page); covered {
		t.Fatalf("%s is a page of %s", page, source.Name)
	}
	data, dir := t.TempDir(), filepath.Join(own, "sources")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "yearbook-table.yaml")
	var steps []string
	run := func(settings string, arguments ...string) string {
		return mustRun(t, append(arguments, "--data", data, "--config", settings)...)
	}
	step := func(arguments ...string) string {
		words := 2
		if arguments[2] == "--update" {
			words = 3
		}
		steps = append(steps, strings.Join(arguments[:words], " "))
		return run(settings, arguments...)
	}

	// 1. Save the page, and have a file proposed.
	out := step("source", "record", page, "--dir", dir, "--name", "yearbook-table", "--contact", "data@example.cn")
	for _, want := range []string{"recognised ", "A:period  gdp", "一般公共预算支出（万石） (unknown_unit", "综改示范经济技术开发区 (unknown_region", "next: edit "} {
		if !strings.Contains(out, want) {
			t.Errorf("step 1 does not say %q:\n%s", want, out)
		}
	}
	// 2. Edit it: who publishes it, and what is ignored by name.
	steps = append(steps, "edit")
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
	if want := pathOfTheDocs(t); len(want) != 5 || !slices.Equal(steps, want) {
		t.Errorf("the steps are %v, the documentation has %v", steps, want)
	}
	// Then it runs.
	if out := run(withOwn, "collect", "--source", "yearbook-table"); !strings.Contains(out, "yearbook-table") {
		t.Errorf("collecting: %s", out)
	}
	out = run(withOwn, "query", "SELECT count() FROM latest WHERE source = 'yearbook-table' AND indicator = 'gdp'", "--format", "tsv")
	if strings.TrimSpace(out) == "0" || strings.TrimSpace(out) == "" {
		t.Errorf("the new source brought no gdp: %q", out)
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

// A page inside is only asked where that was allowed, and then the file says so.
func TestRecordingAsksAnAddressInsideOnlyWhereThatIsAllowed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, heldPage(heldRow("地区生产总值", "212.35"), heldRow("一般公共预算收入", "18.42")))
	}))
	defer server.Close()
	data, dir, address := t.TempDir(), t.TempDir(), server.Listener.Addr().String()
	arguments := []string{"source", "record", server.URL + "/p.html", "--name", "inside", "--contact", "x@example.cn", "--dir", dir, "--data", data}
	code, _, errs := zhibiao(t, arguments...)
	if code != pipeline.ExitEnvironment || !strings.Contains(errs, "--allow-addr") {
		t.Errorf("without leave: exit %d: %s", code, errs)
	}
	mustRun(t, append(arguments, "--allow-addr", address)...)
	text, err := os.ReadFile(filepath.Join(dir, "inside.yaml"))
	if err != nil || !strings.Contains(string(text), `limits: {allow_addrs: ["`+address+`"]}`) {
		t.Errorf("the file (%v):\n%s", err, text)
	}
	mustRun(t, "source", "test", "--update", filepath.Join(dir, "inside.yaml"), "--data", data)
	mustRun(t, "source", "lint", filepath.Join(dir, "inside.yaml"), "--data", data)
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
