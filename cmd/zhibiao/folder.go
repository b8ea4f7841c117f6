package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// folderLock is held for as long as a process has a data folder open: one
// process at a time (promise 7).
type folderLock struct{ file *os.File }

// folderBusyError says that another process has the folder open.
type folderBusyError struct {
	dir    string
	holder string // "process 123 (serve)"
}

func (e *folderBusyError) Error() string {
	return fmt.Sprintf("the data folder %s is in use by %s: wait until it ends, or stop it", e.dir, e.holder)
}

// mustBeThere refuses a data folder that is missing.
func mustBeThere(dir string) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no data folder at %s: name it with --data; serve, collect and demo make one", dir)
	}
	return nil
}

// lockFolder makes the folder if needed and takes its lock for a command.
func lockFolder(dir, command string) (*folderLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	name := filepath.Join(dir, "lock")
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the data folder's lock: %w", err)
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer file.Close()
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("locking %s: %w", name, err)
		}
		return nil, &folderBusyError{dir: dir, holder: readHolder(name)}
	}
	holder := fmt.Sprintf("process %d (%s)\n", os.Getpid(), command)
	if err := errors.Join(file.Truncate(0), writeAt(file, holder)); err != nil {
		file.Close()
		return nil, fmt.Errorf("writing %s: %w", name, err)
	}
	return &folderLock{file}, nil
}

func writeAt(file *os.File, text string) error {
	_, err := file.WriteAt([]byte(text), 0)
	return err
}

func readHolder(name string) string {
	text, err := os.ReadFile(name)
	if holder := strings.TrimSpace(string(text)); err == nil && holder != "" {
		return holder
	}
	return "another process"
}

// release gives the folder free; the kernel does the same for a killed process.
func (l *folderLock) release() { l.file.Close() }
