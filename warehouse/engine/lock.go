package engine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const lockName = "engine.lock"

// lockFolder takes the folder for this process. The lock goes with the process,
// so a killed one leaves none behind; it is not handed to the child.
func lockFolder(dir string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock of the engine's folder: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		defer file.Close()
		owner, _ := io.ReadAll(io.LimitReader(file, 32))
		return nil, fmt.Errorf("the warehouse in %s is already open in process %s: stop that one, or use another data folder", dir, strings.TrimSpace(string(owner)))
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("locking the engine's folder %s: %w", dir, err)
	}
	// The number is for the message of a second engine only.
	if file.Truncate(0) == nil {
		fmt.Fprintf(file, "%d\n", os.Getpid())
	}
	return file, nil
}
