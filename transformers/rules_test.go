package transformers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"zhibiao/configs"
	"zhibiao/pipeline"
)

var loaded = sync.OnceValues(func() (*configs.Set, error) { return configs.Load(configs.Default()) })

// testRules returns the built-in catalogue with the reading rules of one source.
func testRules(t testing.TB, source pipeline.SourceRules) *pipeline.Rules {
	t.Helper()
	set, err := loaded()
	if err != nil {
		t.Fatalf("loading the built-in configuration: %v", err)
	}
	rules := set.GenericRules("", Parser)
	rules.Source = source
	data, err := json.Marshal(source)
	if err != nil {
		t.Fatal(err)
	}
	rules.ID = pipeline.ContentID("test", string(data))
	return rules
}

// testDocument makes a first version of a document.
func testDocument(raw pipeline.RawDocument) pipeline.Document {
	raw.Source, raw.Supplier, raw.Access = "test", pipeline.Public, pipeline.AccessPublic
	if raw.Method == "" {
		raw.Method = "GET"
	}
	raw.FetchedAt = time.Date(2026, 6, 1, 2, 3, 4, 0, time.UTC)
	return pipeline.NewDocument(raw, "", pipeline.Derivation{ID: "derivation", No: 3, Parser: Parser,
		EffectiveAt: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)})
}

// caseMeta is the meta.json of a golden folder.
type caseMeta struct {
	URL         string               `json:"url"`
	MediaType   string               `json:"media_type"`
	Kind        string               `json:"kind"`
	RequestBody string               `json:"request_body"`
	Title       string               `json:"title"`
	Context     map[string]string    `json:"context"`
	Rules       pipeline.SourceRules `json:"rules"`
}

type testCase struct {
	name  string
	dir   string
	doc   pipeline.Document
	rules *pipeline.Rules
}

func goldenCases(t testing.TB) []testCase {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join("testdata", "*", "meta.json"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no golden folders: %v", err)
	}
	var cases []testCase
	for _, file := range dirs {
		dir := filepath.Dir(file)
		var meta caseMeta
		decoder := json.NewDecoder(bytes.NewReader(readFile(t, file)))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&meta); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		documents, _ := filepath.Glob(filepath.Join(dir, "document.*"))
		if len(documents) != 1 {
			t.Fatalf("%s: want one document.*, have %v", dir, documents)
		}
		source := meta.Rules
		source.Kind, source.Prose = pipeline.DocumentKind(meta.Kind), true
		cases = append(cases, testCase{name: filepath.Base(dir), dir: dir, rules: testRules(t, source),
			doc: testDocument(pipeline.RawDocument{URL: meta.URL, MediaType: meta.MediaType, RequestBody: []byte(meta.RequestBody),
				Title: meta.Title, Context: meta.Context, Body: readFile(t, documents[0])})})
	}
	return cases
}

// sharedCases returns the documents of the shared folder beside the repository:
// the reading test set and the recorded samples. It is empty where the folder is
// absent.
func sharedCases(t testing.TB, parts ...string) []testCase {
	t.Helper()
	root := filepath.Join("..", "..", "shared")
	var cases []testCase
	for _, part := range parts {
		folder := filepath.Join(root, filepath.FromSlash(part))
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Logf("no folder %s: its documents are not tested here", folder)
			continue
		}
		urls := manifest(t, filepath.Join(folder, "manifest.jsonl"))
		for _, e := range entries {
			if e.IsDir() || e.Name() == "manifest.jsonl" || e.Name() == "gold.jsonl" {
				continue
			}
			address := urls[e.Name()]
			cases = append(cases, testCase{name: e.Name(), rules: testRules(t, pipeline.SourceRules{Prose: true, Region: sampleRegion(part)}),
				doc: testDocument(pipeline.RawDocument{URL: address[0], MediaType: address[1], Body: readFile(t, filepath.Join(folder, e.Name()))})})
		}
	}
	return cases
}

func sampleRegion(part string) string {
	if strings.Contains(part, "nbs_2026") {
		return "000000"
	}
	return ""
}

func manifest(t testing.TB, path string) map[string][2]string {
	urls := map[string][2]string{}
	file, err := os.Open(path)
	if err != nil {
		return urls
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var row struct {
			File      string `json:"file"`
			URL       string `json:"url"`
			MediaType string `json:"media_type"`
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		urls[row.File] = [2]string{row.URL, row.MediaType}
	}
	return urls
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// shared compiles the rules of all tests once.
var shared = New()

func read(t testing.TB, c testCase) pipeline.Reading {
	t.Helper()
	reading, err := shared.Read(c.doc, c.rules)
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	return reading
}
