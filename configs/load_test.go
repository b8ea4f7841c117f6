package configs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"zhibiao/pipeline"
)

func defaults(t testing.TB) *Set {
	t.Helper()
	set, err := Load(Default())
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestTheBuiltInConfigurationIsSound(t *testing.T) {
	set := defaults(t)
	if len(set.Indicators()) != 97 || len(set.Regions()) != 6824 {
		t.Errorf("%d indicators and %d regions, want 97 and 6823 + the nation", len(set.Indicators()), len(set.Regions()))
	}
	if nation := set.Regions()[0]; nation.Code != Nation || nation.Level != "nation" {
		t.Errorf("the first region is %+v", nation)
	}
	for _, s := range set.Sources() {
		if s.Verified != "never" {
			t.Errorf("%s claims to have been seen on %s", s.Name, s.Verified)
		}
	}
}

func loadSource(t *testing.T, name, text string) (*Set, error) {
	t.Helper()
	over := fstest.MapFS{"sources/" + name + ".yaml": {Data: []byte(text)}}
	return Load(Overlay(Default(), over))
}

func TestGoodSourceFilesLoad(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.good.yaml")
	if len(files) == 0 {
		t.Fatal("no files")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := loadSource(t, "under-test", string(text)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestBadSourceFilesAreExplained(t *testing.T) {
	table, err := os.ReadFile("testdata/bad.tsv")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(table)), "\n")[1:] {
		name, message, _ := strings.Cut(line, "\t")
		want[name] = message
	}
	files, _ := filepath.Glob("testdata/*.bad.yaml")
	if len(files) != len(want) {
		t.Errorf("%d bad files, %d messages", len(files), len(want))
	}
	for name, message := range want {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile("testdata/" + name + ".bad.yaml")
			if err != nil {
				t.Fatal(err)
			}
			_, err = loadSource(t, "under-test", string(text))
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want Problems", err)
			}
			if !strings.Contains(err.Error(), message) {
				t.Errorf("got\n%v\nwant a line with\n%s", err, message)
			}
			for _, p := range problems {
				if p.File != "sources/under-test.yaml" || p.Line == 0 || p.Mend == "" {
					t.Errorf("problem without place or mending: %+v", p)
				}
			}
		})
	}
}

func TestAllProblemsOfAllFilesAreReportedAtOnce(t *testing.T) {
	over := fstest.MapFS{
		"sources/a.yaml": {Data: []byte("tittle: x\nkind: pdf\n")},
		"sources/b.yml":  {Data: []byte("title: x\n")},
		"absent.yaml":    {Data: []byte("marks: [{text: x, flag: gone}]\n")},
		"units.yaml":     {Data: []byte("units: [{symbol: 元, dimension: money, factor: one}]\n")},
	}
	_, err := Load(Overlay(Default(), over))
	for _, want := range []string{"sources/a.yaml:1:1: unknown key tittle", "sources/a.yaml:2:1: kind: \"pdf\"", "sources/b.yml: ",
		"absent.yaml:1:", "units.yaml:1:", "indicators.csv:2:"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no line with %q in\n%v", want, err)
		}
	}
}

func TestMissingFilesAreNamed(t *testing.T) {
	_, err := Load(fstest.MapFS{})
	for _, want := range []string{indicatorsFile, regionsFile, aliasesFile, unitsFile, absentFile, sourcesFolder} {
		if err == nil || !strings.Contains(err.Error(), want+": ") {
			t.Errorf("%s is not named in\n%v", want, err)
		}
	}
}

func TestAnUnknownColumnOrABadCellOfTheCatalogueIsAnError(t *testing.T) {
	text, err := fs.ReadFile(Default(), indicatorsFile)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ old, new, want string }{
		"column":         {"id,task,", "id,tusk,", `indicators.csv:1:1: unknown column "tusk"; did you mean task?`},
		"series":         {"A:period Q:ytd Q:period,,current,sum", "A:flow,,current,sum", `the series "A:flow" is unknown`},
		"growth_of":      {"A:period Q:ytd Q:period,gdp,", "A:period Q:ytd Q:period,gpd,", `growth_of "gpd" is not in the catalogue`},
		"supplier":       {",sum,public,", ",sum,pubic,", `supplier "pubic" is unknown`},
		"range":          {",5,3000,", ",5,many,", `county_year_high "many" is no number`},
		"duplicate code": {"\ngdp.growth,", "\ngdp,", `the code "gdp" is empty or there twice`},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(string(text), test.old, test.new, 1)
			_, err := Load(Overlay(Default(), fstest.MapFS{indicatorsFile: {Data: []byte(changed)}}))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestRegionHistoryPutsTheYearOfAChangeToTheSuccessor(t *testing.T) {
	byCode := map[string]pipeline.Region{}
	for _, r := range defaults(t).Regions() {
		byCode[r.Code] = r
	}
	if r := byCode["140726"]; r.Name != "太谷县" || r.From != 1999 || r.To != 2018 || len(r.Next) != 1 || r.Next[0] != "140703" {
		t.Errorf("太谷县 is %+v", r)
	}
	if r := byCode["140221"]; r.To != 0 || len(r.Next) != 0 {
		t.Errorf("阳高县, which only ceded a part in 2018, is %+v", r)
	}
}

func TestAFileThatIsNotInstalledIsReadIntoAnotherSet(t *testing.T) {
	text, err := os.ReadFile("testdata/archive-only.good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	set := defaults(t)
	with, err := set.WithSource("somewhere/new-one.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := with.Source("new-one"); err != nil || len(with.Sources()) != len(set.Sources())+1 {
		t.Errorf("%v; %d sources, %d before", err, len(with.Sources()), len(set.Sources()))
	}
	if _, err := set.Source("new-one"); err == nil {
		t.Error("the set itself was changed")
	}
	if again, err := with.WithSource("elsewhere/new-one.yaml", text); err != nil || len(again.Sources()) != len(with.Sources()) {
		t.Errorf("a file does not take the place of the one of its name: %v", err)
	}
	for file, want := range map[string]string{
		"x/Not A Name.yaml": `call it NAME.yaml`,
		"x/source.yml":      `call it NAME.yaml`,
		"x/bad.yaml":        "x/bad.yaml:1:1: unknown key tittle",
	} {
		if _, err := set.WithSource(file, []byte("tittle: x\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", file, err, want)
		}
	}
}

func TestEveryFileOfAnExampleIsListedAndEveryEntryIsThere(t *testing.T) {
	sound := fstest.MapFS{
		"s.example/documents.yaml": {Data: []byte("documents: [{file: a.html, url: http://a.example/, region: \"140121\"}]\n")},
		"s.example/a.html":         {Data: []byte("a")},
	}
	example, err := ReadExample(sound, "s")
	if err != nil || len(example.Documents) != 1 || string(example.Documents[0].Body) != "a" || example.Documents[0].Method != "GET" || example.Want != nil {
		t.Fatalf("got %+v, %v", example, err)
	}
	for name, c := range map[string]struct{ file, text, want string }{
		"a file that is not listed": {"s.example/b.html", "b", "the file b.html is not listed"},
		"an entry without its file": {"s.example/documents.yaml", "documents: [{file: c.html, url: x}]\n", "reading it"},
		"an entry without address":  {"s.example/documents.yaml", "documents: [{file: a.html}]\n", "documents[0].url is missing"},
		"a way out of the folder":   {"s.example/documents.yaml", "documents: [{file: ../a.html, url: x}]\n", "is none of the folder"},
		"an unknown key":            {"s.example/documents.yaml", "documents: [{file: a.html, url: x, tittle: y}]\n", "unknown key"},
		"no document":               {"s.example/documents.yaml", "documents: []\n", "the example has no document"},
	} {
		broken := fstest.MapFS{}
		for k, v := range sound {
			broken[k] = v
		}
		broken[c.file] = &fstest.MapFile{Data: []byte(c.text)}
		if _, err := ReadExample(broken, "s"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}
