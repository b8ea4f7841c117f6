package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"zhibiao/pipeline"
)

// ErrOtherReading says that a version has an archived reading already, and it is
// another one: two processes with different rules read it. The first one counts.
var ErrOtherReading = errors.New("there is another reading of this version")

// PutReading stores the canonical reading of a version and returns its hash. A
// version has one reading: a second one with other bytes is ErrOtherReading.
func (a *Archive) PutReading(ctx context.Context, version string, reading []byte) (string, error) {
	path, err := a.readPath(version)
	if err != nil {
		return "", fmt.Errorf("archiving reading: %w", err)
	}
	hash := pipeline.HashBody(reading)
	if err := a.putContent(ctx, readingsFolder, hash, reading); err != nil {
		return "", fmt.Errorf("archiving reading of %s: %w", version, err)
	}
	err = writeFile(ctx, path, []byte(hash+"\n"), false)
	if err == nil {
		return hash, nil
	}
	if !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("archiving reading of %s: %w", version, err)
	}
	first, err := a.readingHash(version)
	if err != nil {
		return "", err
	}
	if first != hash {
		return "", fmt.Errorf("archiving reading %s of %s: %w: %s", hash, version, ErrOtherReading, first)
	}
	return hash, nil
}

// Reading returns the archived reading of a version; ok is false where there is
// none.
func (a *Archive) Reading(ctx context.Context, version string) (reading []byte, ok bool, err error) {
	hash, err := a.readingHash(version)
	if errors.Is(err, ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	reading, err = a.content(ctx, readingsFolder, hash)
	if err != nil {
		return nil, false, fmt.Errorf("reading the reading of %s: %w", version, err)
	}
	return reading, true, nil
}

func (a *Archive) readPath(version string) (string, error) {
	if !versionName.MatchString(version) {
		return "", pipeline.Permanent(fmt.Errorf("%q is not the id of a document version", version))
	}
	return filepath.Join(a.dir, readFolder, version), nil
}

func (a *Archive) readingHash(version string) (string, error) {
	path, err := a.readPath(version)
	if err != nil {
		return "", err
	}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("finding the reading of %s: %w", version, err)
	}
	if len(content) != 65 || content[64] != '\n' {
		return "", fmt.Errorf("finding the reading of %s: %w", version, &DamagedError{Path: path})
	}
	return string(content[:64]), nil
}
