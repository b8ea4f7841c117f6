package archive

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"zhibiao/pipeline"
)

// maxContent bounds what one compressed file may unfold to, in bytes.
const maxContent = 1 << 30

// DamagedError says that a file of the archive does not hold what its name says.
type DamagedError struct {
	Path string // of the file
	Want string // hash that the name promises
	Got  string // hash of what is in it, "" where it cannot be unpacked
}

func (e *DamagedError) Error() string {
	if e.Got == "" {
		return fmt.Sprintf("file %s is damaged: it cannot be unpacked; restore it from a backup", e.Path)
	}
	return fmt.Sprintf("file %s is damaged: its content has the hash %s; restore it from a backup", e.Path, e.Got)
}

// contentPath returns where content of a hash lies; a name that is no hash never
// becomes a path.
func (a *Archive) contentPath(folder, hash string) (string, error) {
	if raw, err := hex.DecodeString(hash); err != nil || len(raw) != 32 {
		return "", pipeline.Permanent(fmt.Errorf("%q is not a SHA-256 in hex", hash))
	}
	return filepath.Join(a.dir, folder, hash[:2], hash+compressedSuffix), nil
}

func (a *Archive) putContent(ctx context.Context, folder, hash string, content []byte) error {
	path, err := a.contentPath(folder, hash)
	if err != nil {
		return err
	}
	if len(content) > maxContent {
		return pipeline.Permanent(fmt.Errorf("%d bytes, more than %d", len(content), maxContent))
	}
	// Reading what is there costs less than an fsync and finds damage that a size
	// does not show.
	if _, err := a.content(ctx, folder, hash); err == nil {
		now := time.Now()
		if err := os.Chtimes(path, now, now); !errors.Is(err, fs.ErrNotExist) { // else Expire has just taken it
			return err
		}
	}
	return writeFile(ctx, path, a.encoder.EncodeAll(content, nil), true)
}

func (a *Archive) content(ctx context.Context, folder, hash string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	path, err := a.contentPath(folder, hash)
	if err != nil {
		return nil, err
	}
	packed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	content, err := a.decoder.DecodeAll(packed, nil)
	if err != nil {
		return nil, &DamagedError{Path: path, Want: hash}
	}
	if got := pipeline.HashBody(content); got != hash {
		return nil, &DamagedError{Path: path, Want: hash, Got: got}
	}
	return content, nil
}

// writeFile makes the file whole and durable: a temporary file in the same
// folder, fsync, rename, fsync of the folder. Without replace a file that is
// already there stays and fs.ErrExist is returned.
func writeFile(ctx context.Context, path string, content []byte, replace bool) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	folder := filepath.Dir(path)
	if err := makeFolder(folder); err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, "*"+temporarySuffix)
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // a no-op once it was renamed
	_, err = file.Write(content)
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return err
	}
	if replace {
		err = os.Rename(file.Name(), path)
	} else {
		err = os.Link(file.Name(), path) // unlike rename it never replaces
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return errors.Join(err, syncFolder(folder))
}

// makeFolder makes a folder durable with all that lead to it.
func makeFolder(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := makeFolder(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(filepath.Dir(dir))
}

func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
