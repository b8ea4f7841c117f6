package configs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"zhibiao/pipeline"
)

// Example is what lies beside a source's file: saved documents and every line
// that reading them must give.
type Example struct {
	Documents []ExampleDocument
	Want      []byte // NAME.want.ndjson; nil if there is none yet
}

// ExampleDocument is one saved document and where it is from.
type ExampleDocument struct {
	File string
	Body []byte
	URL  string
	// What the list or the request says of it.
	Method, Request, Title, Region, MediaType string
}

// ExampleFolder and ExampleWant name what lies beside NAME.yaml.
func ExampleFolder(name string) string { return name + ".example" }

// ExampleWant is the file of the expected lines.
func ExampleWant(name string) string { return name + ".want.ndjson" }

// ExampleList is the file in an example's folder that lists its documents.
const ExampleList = "documents.yaml"

type exampleFile struct {
	Documents []struct {
		File      string `yaml:"file"`
		URL       string `yaml:"url"`
		Method    string `yaml:"method"`
		Request   string `yaml:"request"`
		Title     string `yaml:"title"`
		Region    string `yaml:"region"`
		MediaType string `yaml:"media_type"`
	} `yaml:"documents"`
}

// ReadExample reads the example of a source from the folder that holds its file.
// The error is Problems: every document is listed, and every file is one.
func ReadExample(folder fs.FS, name string) (Example, error) {
	var problems Problems
	list := path.Join(ExampleFolder(name), ExampleList)
	data, err := fs.ReadFile(folder, list)
	if err != nil {
		problems.add(list, position{}, "save a document there with zhibiao source record URL, or list one that you have", "there is no example: %v", err)
		return Example{}, problems
	}
	var f exampleFile
	d := readYAML(list, data, &f, &problems)
	example := Example{}
	listed := map[string]bool{ExampleList: true}
	for i, e := range f.Documents {
		at := entry("documents", i)
		if e.File == "" || e.File != path.Base(e.File) || listed[e.File] {
			d.problem(at+".file", "name each file of the folder once", "the file %q is none of the folder, or there twice", e.File)
			continue
		}
		listed[e.File] = true
		body, err := fs.ReadFile(folder, path.Join(ExampleFolder(name), e.File))
		if err != nil {
			d.problem(at+".file", "save the document there", "reading it: %v", err)
			continue
		}
		if e.URL == "" {
			d.problem(at, "write the address that it was published at", "%s.url is missing", at)
		}
		example.Documents = append(example.Documents, ExampleDocument{File: e.File, Body: body, URL: e.URL, Method: cmp.Or(e.Method, "GET"),
			Request: e.Request, Title: e.Title, Region: e.Region, MediaType: e.MediaType})
	}
	if len(f.Documents) == 0 && !d.broken {
		d.problem("documents", "list at least one", "the example has no document")
	}
	unlisted(folder, name, listed, d)
	if err := problems.err(); err != nil {
		return Example{}, err
	}
	example.Want, err = fs.ReadFile(folder, ExampleWant(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Example{}, fmt.Errorf("reading the expected lines: %w", err)
	}
	return example, nil
}

// unlisted reports files of the folder that no entry names.
func unlisted(folder fs.FS, name string, listed map[string]bool, d *document) {
	entries, _ := fs.ReadDir(folder, ExampleFolder(name)) // it was read from a moment ago
	for _, e := range entries {
		if !listed[e.Name()] {
			d.problem("documents", "list it, or take it away", "the file %s is not listed", e.Name())
		}
	}
}

// Raw returns the document as a collector of the source would hand it over, but
// for the time.
func (e *ExampleDocument) Raw(source *pipeline.Source) pipeline.RawDocument {
	raw := pipeline.RawDocument{Source: source.Name, Supplier: source.Rules.Supplier, Access: source.Access, Method: e.Method, URL: e.URL,
		RequestBody: []byte(e.Request), MediaType: e.MediaType, Title: e.Title, Body: slices.Clone(e.Body)}
	if e.Region != "" {
		raw.Context = map[string]string{pipeline.ContextRegion: e.Region}
	}
	return raw
}
