package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"zhibiao/pipeline"
)

// versionName is what an id made by pipeline.ContentID looks like.
var versionName = regexp.MustCompile(`^[a-z2-7]{32}$`)

func (a *Archive) documentPath(version string) (string, error) {
	if !versionName.MatchString(version) {
		return "", pipeline.Permanent(fmt.Errorf("%q is not the id of a document version", version))
	}
	return filepath.Join(a.dir, documentsFolder, version+".json"), nil
}

// PutDocument stores the metadata of a version, once: where it is already there,
// the stored one is returned with its first fetched_at, and created is false. So
// a fetch that is repeated after a crash says the same as the first. The body
// must have been put before.
func (a *Archive) PutDocument(ctx context.Context, doc pipeline.Document) (stored pipeline.Document, created bool, err error) {
	path, err := a.documentPath(doc.Version)
	if err != nil {
		return pipeline.Document{}, false, fmt.Errorf("archiving document: %w", err)
	}
	content, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return pipeline.Document{}, false, fmt.Errorf("archiving document %s: %w", doc.Version, err)
	}
	// The index first: a document is always found by its body.
	if err := a.index(ctx, doc); err != nil {
		return pipeline.Document{}, false, fmt.Errorf("archiving document %s: %w", doc.Version, err)
	}
	err = writeFile(ctx, path, append(content, '\n'), false)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return pipeline.Document{}, false, fmt.Errorf("archiving document %s: %w", doc.Version, err)
	}
	created = err == nil
	stored, err = a.metadata(ctx, doc.Version)
	if err != nil {
		return pipeline.Document{}, false, err
	}
	stored.Body = doc.Body
	return stored, created, nil
}

func (a *Archive) index(ctx context.Context, doc pipeline.Document) error {
	if _, err := a.contentPath(bodiesFolder, doc.Hash); err != nil {
		return err
	}
	path := filepath.Join(a.dir, versionsFolder, doc.Hash[:2], doc.Hash+"."+doc.Version)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	return writeFile(ctx, path, nil, true)
}

// Metadata returns a version without its body.
func (a *Archive) Metadata(ctx context.Context, version string) (pipeline.Document, error) {
	return a.metadata(ctx, version)
}

// Document returns a version with its body.
func (a *Archive) Document(ctx context.Context, version string) (pipeline.Document, error) {
	doc, err := a.metadata(ctx, version)
	if err != nil {
		return pipeline.Document{}, err
	}
	doc.Body, err = a.Body(ctx, doc.Hash)
	if err != nil {
		return pipeline.Document{}, fmt.Errorf("reading document %s: %w", version, err)
	}
	return doc, nil
}

func (a *Archive) metadata(ctx context.Context, version string) (pipeline.Document, error) {
	if err := ctx.Err(); err != nil {
		return pipeline.Document{}, err
	}
	path, err := a.documentPath(version)
	if err != nil {
		return pipeline.Document{}, fmt.Errorf("reading document: %w", err)
	}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return pipeline.Document{}, fmt.Errorf("reading document %s: %w", version, ErrNotFound)
	}
	if err != nil {
		return pipeline.Document{}, fmt.Errorf("reading document %s: %w", version, err)
	}
	var doc pipeline.Document
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields() // promise 11
	if err := decoder.Decode(&doc); err != nil {
		return pipeline.Document{}, fmt.Errorf("reading document %s: %w: %w", version, &DamagedError{Path: path, Want: version}, err)
	}
	if doc.Schema != pipeline.DocumentSchema || doc.Version != version {
		return pipeline.Document{}, fmt.Errorf(
			"reading document %s: file %s holds version %s in schema %d, this program knows schema %d: is the program older than the archive?",
			version, path, doc.Version, doc.Schema, pipeline.DocumentSchema)
	}
	return doc, nil
}

var hexPrefix = regexp.MustCompile(`^[0-9a-f]{2,64}$`)

// DocumentsByPrefix returns the versions, without bodies and ordered by
// fetched_at, whose body's hash starts with the hex digits (two at least): what
// an observation's id tells of its document.
func (a *Archive) DocumentsByPrefix(ctx context.Context, prefix string) ([]pipeline.Document, error) {
	if !hexPrefix.MatchString(prefix) {
		return nil, pipeline.Permanent(fmt.Errorf("finding documents by %q: want 2 to 64 lower-case hex digits", prefix))
	}
	entries, err := os.ReadDir(filepath.Join(a.dir, versionsFolder, prefix[:2]))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("finding documents by %s: %w", prefix, err)
	}
	var found []pipeline.Document
	for _, entry := range entries {
		hash, version, whole := strings.Cut(entry.Name(), ".")
		if !whole || !strings.HasPrefix(hash, prefix) || !versionName.MatchString(version) {
			continue
		}
		doc, err := a.metadata(ctx, version)
		if errors.Is(err, ErrNotFound) {
			continue // its writer died between index and metadata
		}
		if err != nil {
			return nil, err
		}
		found = append(found, doc)
	}
	slices.SortStableFunc(found, func(a, b pipeline.Document) int { return a.FetchedAt.Compare(b.FetchedAt) })
	return found, nil
}
