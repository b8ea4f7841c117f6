package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Files of a backup beside its folders.
const (
	sumsFile   = "SHA256SUMS"
	recordFile = "backup.json"
	notesFile  = "archive.list" // while the backup is made
)

// Where a broker or a warehouse is.
const (
	embedded = "embedded"
	external = "external"
)

// backupSchema is the current number of backupRecord's JSON form.
const backupSchema = 1

// backupRecord says that a backup is whole, and what is in it.
type backupRecord struct {
	Schema    int       `json:"schema"`
	Program   string    `json:"program"` // version that made it
	MadeAt    time.Time `json:"made_at"`
	Broker    string    `json:"broker"`    // embedded: it is in the backup
	Warehouse string    `json:"warehouse"` // embedded: it is in the backup
	Files     int       `json:"files"`
	Bytes     int64     `json:"bytes"`
	Sums      string    `json:"sums"` // SHA-256 of SHA256SUMS
}

// copying copies files into a backup and writes down their checksums.
type copying struct {
	dir      string
	sums     *os.File
	lines    *bufio.Writer
	all      hash.Hash // of the lines
	record   backupRecord
	progress func()
}

func newCopying(dir string) (*copying, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	sums, err := os.OpenFile(filepath.Join(dir, sumsFile), os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	c := &copying{dir: dir, sums: sums, all: sha256.New(), progress: func() {},
		record: backupRecord{Schema: backupSchema, Program: version, Broker: external, Warehouse: external}}
	c.lines = bufio.NewWriter(io.MultiWriter(sums, c.all))
	return c, nil
}

func (c *copying) close() { c.sums.Close() }

// tree copies the regular files under from, whose paths there are wanted.
func (c *copying) tree(ctx context.Context, from, to string, wanted func(path string) bool) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil || relative == "." {
			return err
		}
		if !wanted(relative) {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() {
			return ctx.Err()
		}
		return c.file(ctx, path, filepath.Join(to, relative))
	})
}

// file copies one file and writes down its checksum.
func (c *copying) file(ctx context.Context, from, to string) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	sum, size, err := copyFile(from, filepath.Join(c.dir, to))
	if err != nil {
		return err
	}
	c.record.Files++
	c.record.Bytes += size
	c.progress()
	_, err = fmt.Fprintf(c.lines, "%s  %s\n", sum, filepath.ToSlash(to))
	return err
}

// copyFile copies a file into a new one with the same rights, and returns its
// SHA-256 in hex and its size. It does not sync.
func copyFile(from, to string) (sum string, size int64, err error) {
	source, err := os.Open(from)
	if err != nil {
		return "", 0, err
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return "", 0, err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return "", 0, err
	}
	target, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return "", 0, err
	}
	digest := sha256.New()
	size, err = io.Copy(io.MultiWriter(target, digest), source)
	return hex.EncodeToString(digest.Sum(nil)), size, errors.Join(err, target.Close())
}

// note lists the files of the archive as they are now. It only ever gets new
// ones, so what is listed can be copied later.
func (c *copying) note(ctx context.Context, from string) error {
	list, err := os.OpenFile(filepath.Join(c.dir, notesFile), os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(list)
	err = filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.HasSuffix(path, ".tmp") {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err == nil {
			_, err = fmt.Fprintln(out, relative)
		}
		return errors.Join(err, ctx.Err())
	})
	return errors.Join(err, out.Flush(), list.Close())
}

// noted copies what note listed.
func (c *copying) noted(ctx context.Context, from, to string) error {
	name := filepath.Join(c.dir, notesFile)
	list, err := os.Open(name)
	if err != nil {
		return err
	}
	defer list.Close()
	lines := bufio.NewScanner(list)
	for lines.Scan() {
		if err := c.file(ctx, filepath.Join(from, lines.Text()), filepath.Join(to, lines.Text())); err != nil {
			return err
		}
	}
	return errors.Join(lines.Err(), os.Remove(name))
}

// finish makes the copies durable and says, last, that the backup is whole.
func (c *copying) finish(madeAt time.Time) (backupRecord, error) {
	if err := errors.Join(c.lines.Flush(), c.sums.Sync(), syncAll(c.dir)); err != nil {
		return c.record, err
	}
	c.record.MadeAt = madeAt.UTC().Truncate(time.Second)
	c.record.Sums = hex.EncodeToString(c.all.Sum(nil))
	text, err := json.MarshalIndent(c.record, "", "  ")
	if err != nil {
		return c.record, err
	}
	err = replaceFile(filepath.Join(c.dir, recordFile), append(text, '\n'))
	return c.record, errors.Join(err, syncAll(c.dir))
}

// syncAll makes everything on the disk of a folder durable: one call for a
// million files.
func syncAll(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := unix.Syncfs(int(folder.Fd())); err != nil {
		return fmt.Errorf("syncing the disk of %s: %w", dir, err)
	}
	return nil
}
