package libchdb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Install puts the pinned library into the user's cache and answers with its
// path. It is a no-op when a verified one is there, and safe when several run at
// once: the second waits for the first. It needs npm, which checks the tarball
// against the sha512 of package-lock.json; the library itself is verified again
// before it takes its final name.
func Install(ctx context.Context) (string, error) {
	file, err := location()
	if err != nil {
		return "", err
	}
	damage := verify(file, size, digest)
	if damage == nil {
		return file, nil
	}
	if os.Getenv(Override) != "" {
		return "", damage // that place is the user's
	}
	folder := filepath.Dir(file)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("making the cache folder: %w", err)
	}
	unlock, err := lockFolder(ctx, folder)
	if err != nil {
		return "", err
	}
	defer unlock()
	if verify(file, size, digest) == nil {
		return file, nil // the other one did it
	}
	work, err := os.MkdirTemp(folder, "fetch-*")
	if err != nil {
		return "", fmt.Errorf("making a folder for the download: %w", err)
	}
	defer os.RemoveAll(work)
	fetched, err := fetch(ctx, work)
	if err != nil {
		return "", err
	}
	if err := verify(fetched, size, digest); err != nil {
		return "", fmt.Errorf("checking what npm fetched: %w", err)
	}
	if err := moveDurably(fetched, file); err != nil {
		return "", fmt.Errorf("moving the library into the cache: %w", err)
	}
	return file, verify(file, size, digest)
}

// fetch runs npm in work and answers with the library inside its node_modules.
func fetch(ctx context.Context, work string) (string, error) {
	for name, content := range map[string][]byte{"package.json": packageJSON, "package-lock.json": packageLock} {
		if err := os.WriteFile(filepath.Join(work, name), content, 0o644); err != nil {
			return "", fmt.Errorf("writing %s: %w", name, err)
		}
	}
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = work
	npm.WaitDelay = 5 * time.Second
	if output, err := npm.CombinedOutput(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return "", errors.New("npm is needed to fetch the ClickHouse engine library and was not found: install Node.js, or set " + Override + " to the library's file")
		}
		return "", fmt.Errorf("fetching %s %s with npm: %w: %s", packageName, Version(), err, oneLine(output))
	}
	return filepath.Join(work, "node_modules", filepath.FromSlash(packageName), fileName), nil
}

// moveDurably renames within one file system, after the content and before the
// name are on disk.
func moveDurably(from, to string) error {
	if err := syncPath(from); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncPath(filepath.Dir(to))
}

func syncPath(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return file.Sync()
}

// lockFolder waits for the folder's installation lock.
func lockFolder(ctx context.Context, folder string) (unlock func(), err error) {
	file, err := os.OpenFile(filepath.Join(folder, ".install.lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the installation lock: %w", err)
	}
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { file.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			file.Close()
			return nil, fmt.Errorf("locking %s: %w", file.Name(), err)
		}
		select {
		case <-ctx.Done():
			file.Close()
			return nil, fmt.Errorf("waiting for another installation of the library: %w", ctx.Err())
		case <-ticker.C:
		}
	}
}

func fileDigest(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.CopyBuffer(hash, file, make([]byte, 1<<20)); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
