// Package archive keeps what the pipeline received and how it read it, in a
// folder: bodies and readings by the hash of their content, the metadata of
// document versions once and for ever. Everything downstream can be made again
// from it, so a put returns only after the disk has it (promise 1).
//
//	bodies/ab/<sha256>.zst      body, compressed; the hash is over the raw body
//	documents/<version>.json    metadata of a version, written once
//	versions/ab/<sha256>.<version>  empty; leads from a body to its versions
//	readings/ab/<sha256>.zst    canonical reading, compressed
//	read/<version>              hash of the version's reading, written once
//	placed/<version>            empty; the version was put on top of its lineage
//	acceptances/ab/<sha256>.zst a person's decision to let held tables go on
//
// Files appear by rename, so that no reader ever sees half of one.
package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"zhibiao/pipeline"
)

// ErrNotFound says that the archive has no such body, document or reading.
var ErrNotFound = errors.New("not in the archive")

// Folders of the archive.
const (
	bodiesFolder    = "bodies"
	documentsFolder = "documents"
	versionsFolder  = "versions"
	readingsFolder  = "readings"
	readFolder      = "read"
	placedFolder    = "placed"

	acceptancesFolder = "acceptances"
)

const (
	compressedSuffix = ".zst"
	temporarySuffix  = ".tmp"
	// staleAfter is the age from which a temporary file belongs to a writer that
	// died; younger ones may be another process at work.
	staleAfter = time.Hour
)

// Archive is a content-addressed store in a folder. It is safe for concurrent
// use, also by several processes. Errors are outages (a full disk, a missing
// mount) unless they are permanent or ErrNotFound.
type Archive struct {
	dir     string
	encoder *zstd.Encoder
	decoder *zstd.Decoder
}

// Open opens the archive in dir, makes the folder where it is missing, and
// removes temporary files that a killed process left behind.
func Open(dir string) (*Archive, error) {
	for _, folder := range []string{bodiesFolder, documentsFolder, versionsFolder, readingsFolder, readFolder, placedFolder, acceptancesFolder} {
		if err := makeFolder(filepath.Join(dir, folder)); err != nil {
			return nil, fmt.Errorf("opening archive %s: %w", dir, err)
		}
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("opening archive %s: %w", dir, err)
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxContent))
	if err != nil {
		return nil, fmt.Errorf("opening archive %s: %w", dir, err)
	}
	a := &Archive{dir: dir, encoder: encoder, decoder: decoder}
	if _, err := a.Sweep(time.Now().Add(-staleAfter)); err != nil {
		return nil, err
	}
	return a, nil
}

// Close releases the compressors. The folder needs no closing.
func (a *Archive) Close() error {
	a.decoder.Close()
	return a.encoder.Close()
}

// Sweep removes temporary files last written before the given time and returns
// how many they were.
func (a *Archive) Sweep(before time.Time) (int, error) {
	removed := 0
	err := filepath.WalkDir(a.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, temporarySuffix) {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // its writer finished meanwhile
		}
		if err != nil || !info.ModTime().Before(before) {
			return err
		}
		removed++
		return os.Remove(path)
	})
	if err != nil {
		return removed, fmt.Errorf("sweeping archive %s: %w", a.dir, err)
	}
	return removed, nil
}

// PutBody stores a body and returns its hash. A body that is already there whole
// is not written again; a damaged file is replaced.
func (a *Archive) PutBody(ctx context.Context, body []byte) (string, error) {
	hash := pipeline.HashBody(body)
	if err := a.putContent(ctx, bodiesFolder, hash, body); err != nil {
		return "", fmt.Errorf("archiving body %s: %w", hash, err)
	}
	return hash, nil
}

// Body returns a body by its hash, checked against it. A file that no longer
// holds what its name says is a permanent error that names the file.
func (a *Archive) Body(ctx context.Context, hash string) ([]byte, error) {
	body, err := a.content(ctx, bodiesFolder, hash)
	if err != nil {
		return nil, fmt.Errorf("reading body %s: %w", hash, err)
	}
	return body, nil
}
