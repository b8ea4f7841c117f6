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
)

// Expired is what Expire removed.
type Expired struct {
	Bodies int
	Bytes  int64 // on disk
}

// Expire removes the bodies that belong to no document and were last put before a
// time: pages that a publisher answered in place of the document, and what a process
// that died had begun. Bodies of documents stay for ever (promise 8). It may run
// beside everything else.
func (a *Archive) Expire(ctx context.Context, before time.Time) (Expired, error) {
	var expired Expired
	prefixes, err := os.ReadDir(filepath.Join(a.dir, bodiesFolder))
	if err != nil {
		return expired, fmt.Errorf("looking for bodies to remove: %w", err)
	}
	for _, prefix := range prefixes {
		if err := ctx.Err(); err != nil {
			return expired, err
		}
		if !prefix.IsDir() {
			continue
		}
		if err := a.expirePrefix(prefix.Name(), before, &expired); err != nil {
			return expired, fmt.Errorf("removing bodies that belong to no document: %w", err)
		}
	}
	return expired, nil
}

func (a *Archive) expirePrefix(prefix string, before time.Time, expired *Expired) error {
	folder := filepath.Join(a.dir, bodiesFolder, prefix)
	indexed, err := a.indexed(prefix)
	if err != nil {
		return err
	}
	bodies, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, body := range bodies {
		hash, whole := strings.CutSuffix(body.Name(), compressedSuffix)
		info, err := body.Info()
		if errors.Is(err, fs.ErrNotExist) || !whole || err == nil && !info.ModTime().Before(before) {
			continue
		}
		if err != nil {
			return err
		}
		if indexed[hash] {
			continue
		}
		removed, err := removeOld(filepath.Join(folder, body.Name()), before)
		if err != nil {
			return err
		}
		if removed {
			expired.Bodies++
			expired.Bytes += info.Size()
		}
	}
	return nil
}

// indexed are the hashes of the bodies of documents. A document that comes later has
// put its body before, which then is not old.
func (a *Archive) indexed(prefix string) (map[string]bool, error) {
	entries, err := os.ReadDir(filepath.Join(a.dir, versionsFolder, prefix))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	hashes := make(map[string]bool, len(entries))
	for _, entry := range entries {
		hash, _, _ := strings.Cut(entry.Name(), ".")
		hashes[hash] = true
	}
	return hashes, nil
}

// removeOld moves the file aside before it looks at its time for the last time: a
// writer that found it there has renewed its time, or finds it gone and writes it.
func removeOld(path string, before time.Time) (bool, error) {
	aside := path + temporarySuffix
	if err := os.Rename(path, aside); err != nil {
		return false, err
	}
	info, err := os.Stat(aside)
	if err != nil {
		return false, err
	}
	if !info.ModTime().Before(before) {
		return false, os.Rename(aside, path)
	}
	return true, os.Remove(aside)
}
