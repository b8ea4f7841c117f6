package public

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"zhibiao/pipeline"
)

// Bodies is where bodies are kept by the hash of their content: the archive. What
// PutBody has confirmed is durable; Body checks what it returns.
type Bodies interface {
	PutBody(ctx context.Context, body []byte) (hash string, err error)
	Body(ctx context.Context, hash string) ([]byte, error)
}

// Memory is a folder with what is known of publishers between runs: the validators
// of pages, the marks of sources that are blocked, and files in quarantine. Losing
// it costs requests and marks, never a number. It is safe for concurrent use, also
// by several processes.
//
//	pages/ab/<lineage>.json   validators of the last answer that was handed over
//	marks/<source>.json       why a source cannot be collected, and since when
//	quarantine/<sha256>       a file with personal data, and beside it why
type Memory struct{ dir string }

const (
	pagesFolder      = "pages"
	marksFolder      = "marks"
	quarantineFolder = "quarantine"
)

// OpenMemory opens the folder and makes it where it is missing, readable by its
// owner only.
func OpenMemory(dir string) (*Memory, error) {
	for _, folder := range []string{pagesFolder, marksFolder, quarantineFolder} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			return nil, fmt.Errorf("opening the memory of publishers %s: %w", dir, err)
		}
	}
	return &Memory{dir}, nil
}

// validators are what a server said of the answer that it gave last.
type validators struct {
	URL          string    `json:"url"` // that gave the answer, after redirects
	ETag         string    `json:"etag,omitempty"`
	LastModified string    `json:"last_modified,omitempty"`
	MediaType    string    `json:"media_type,omitempty"`
	Hash         string    `json:"hash"`        // of the body
	AnsweredAt   time.Time `json:"answered_at"` // in full
}

func (m *Memory) page(lineage string) string {
	return filepath.Join(m.dir, pagesFolder, lineage[:min(2, len(lineage))], lineage+".json")
}

// recall returns the validators of a lineage. A file that cannot be read counts as
// none: the page is then asked for in full.
func (m *Memory) recall(lineage string) (validators, bool) {
	var known validators
	ok := readJSON(m.page(lineage), &known) == nil
	return known, ok && known.Hash != "" && (known.ETag != "" || known.LastModified != "")
}

// keep remembers an answer, or forgets the lineage where the server gave no
// validator.
func (m *Memory) keep(lineage string, known validators) error {
	path := m.page(lineage)
	if known.ETag == "" && known.LastModified == "" {
		return remove(path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return writeJSON(path, known)
}

// Mark says that a source cannot be collected and what was seen. Its gaps are the
// province's to fill until the publisher lets us in again (promise 10).
type Mark struct {
	Source   string            `json:"source"`
	State    State             `json:"state"`
	Since    time.Time         `json:"since"`
	SeenAt   time.Time         `json:"seen_at"` // last
	URL      string            `json:"url"`
	Sign     string            `json:"sign"`
	Evidence string            `json:"evidence,omitempty"` // hash of the archived body
	GapGoes  pipeline.Supplier `json:"gap_goes"`
}

// Marks returns the marks of all sources, by name.
func (m *Memory) Marks() ([]Mark, error) {
	entries, err := os.ReadDir(filepath.Join(m.dir, marksFolder))
	if err != nil {
		return nil, fmt.Errorf("reading the marks of sources: %w", err)
	}
	var marks []Mark
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".json") {
			continue
		}
		var mark Mark
		switch err := readJSON(filepath.Join(m.dir, marksFolder, entry.Name()), &mark); {
		case errors.Is(err, fs.ErrNotExist): // lifted meanwhile
		case err != nil:
			return nil, fmt.Errorf("reading the mark %s: %w", entry.Name(), err)
		default:
			marks = append(marks, mark)
		}
	}
	slices.SortFunc(marks, func(a, b Mark) int { return strings.Compare(a.Source, b.Source) })
	return marks, nil
}

func (m *Memory) markPath(source string) string {
	return filepath.Join(m.dir, marksFolder, source+".json")
}

// mark writes the mark of a source; one that is there keeps its beginning.
func (m *Memory) mark(mark Mark) error {
	var earlier Mark
	if readJSON(m.markPath(mark.Source), &earlier) == nil && earlier.State == mark.State {
		mark.Since = earlier.Since
	}
	return writeJSON(m.markPath(mark.Source), mark)
}

// unmark lifts the mark of a source that was collected again.
func (m *Memory) unmark(source string) error { return remove(m.markPath(source)) }

// quarantined says why a file is in quarantine, without quoting it.
type quarantined struct {
	Source string    `json:"source"`
	URL    string    `json:"url"`
	Why    string    `json:"why"`
	SeenAt time.Time `json:"seen_at"`
}

// quarantine puts a body aside for a person to judge. It is not in the archive.
func (m *Memory) quarantine(body []byte, why quarantined) error {
	path := filepath.Join(m.dir, quarantineFolder, pipeline.HashBody(body))
	if err := replaceFile(path, body); err != nil {
		return err
	}
	return writeJSON(path+".json", why)
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

func writeJSON(path string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(path, append(text, '\n'))
}

// replaceFile puts a file in place at once.
func replaceFile(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, remove(file.Name()))
	}
	return nil
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
