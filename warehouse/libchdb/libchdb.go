// Package libchdb finds, checks and installs the ClickHouse engine library that
// the embedded warehouse loads into its child process.
//
// The library is 566 MB, so it lives once per user in the cache folder and not
// in each checkout. package.json and package-lock.json in this folder pin it;
// [Path] only ever answers with a file whose checksum has been verified.
package libchdb

import (
	_ "embed" // for the two npm files
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

const (
	// Override names the environment variable that points to a library file
	// elsewhere, for machines where it is installed by other means. The file is
	// verified like the cached one.
	Override = "ZHIBIAO_LIBCHDB"

	packageName = "@chdb/lib-linux-x64-gnu"
	fileName    = "libchdb.so"
	size        = 566330096 // bytes
	digest      = "36ad4e999882821ef13cf2d0f52c93f48e6ee1b4498b35a201c23ce4b8d15bf5"
	stampSuffix = ".verified"
)

//go:embed package.json
var packageJSON []byte

//go:embed package-lock.json
var packageLock []byte

// Version is the pinned version of the npm package, for example "26.7.3-stable.1".
func Version() string { return pinned().Dependencies[packageName] }

var pinned = sync.OnceValue(func() (manifest struct {
	Dependencies map[string]string `json:"dependencies"`
}) {
	if err := json.Unmarshal(packageJSON, &manifest); err != nil {
		panic("reading the embedded package.json: " + err.Error())
	}
	return manifest
})

// Path answers with the verified library: the file named by [Override], or the
// one in the user's cache. A missing or damaged file is an error of one sentence
// that names the command which mends it. The checksum takes about a second the
// first time; afterwards a stamp beside the file vouches for it as long as its
// size, modification time and inode stay the same.
func Path() (string, error) {
	file, err := location()
	if err != nil {
		return "", err
	}
	if err := verify(file, size, digest); err != nil {
		return "", err
	}
	return file, nil
}

// remedy is how a user mends a missing or damaged library.
func remedy() string {
	if os.Getenv(Override) != "" {
		return "unset " + Override + " and run `make engine`"
	}
	return "run `make engine`"
}

func location() (string, error) {
	if file := os.Getenv(Override); file != "" {
		return file, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache folder for the ClickHouse engine library: %w; set %s to the library's file", err, Override)
	}
	return filepath.Join(cache, "zhibiao", "libchdb", Version(), fileName), nil
}

// verify checks one file against its expected size in bytes and sha256 in hex.
func verify(file string, wantSize int64, wantDigest string) error {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the ClickHouse engine library is missing at %s: %s", file, remedy())
	}
	if err != nil {
		return fmt.Errorf("reading the ClickHouse engine library: %w", err)
	}
	if info.Size() != wantSize {
		return fmt.Errorf("the ClickHouse engine library at %s is damaged (%d bytes, expected %d): %s", file, info.Size(), wantSize, remedy())
	}
	stamp := stampOf(info, wantDigest)
	if seen, err := os.ReadFile(file + stampSuffix); err == nil && string(seen) == stamp {
		return nil
	}
	got, err := fileDigest(file)
	if err != nil {
		return fmt.Errorf("reading the ClickHouse engine library: %w", err)
	}
	if got != wantDigest {
		return fmt.Errorf("the ClickHouse engine library at %s is damaged (sha256 %s, expected %s): %s", file, got, wantDigest, remedy())
	}
	// A stamp that cannot be written only costs the next start a second.
	_ = writeAtomic(file+stampSuffix, []byte(stamp))
	return nil
}

// stampOf describes the verified state of a file in one line.
func stampOf(info fs.FileInfo, digest string) string {
	var inode uint64
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		inode = stat.Ino
	}
	return fmt.Sprintf("size=%d mtime=%d inode=%d sha256=%s\n", info.Size(), info.ModTime().UnixNano(), inode, digest)
}

func writeAtomic(file string, content []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(content)
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), file)
}

// oneLine turns a command's output into one line for an error message.
func oneLine(output []byte) string {
	return strings.Join(strings.Fields(string(output)), " ")
}
