package faults

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// ErrNoMount says that this machine does not let the caller mount anything.
var ErrNoMount = errors.New("mounting needs root")

// Mount mounts a file system of so many bytes in memory on a folder, which it makes.
func Mount(folder string, size int64) (unmount func() error, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("making a small disk: %w", err)
	}
	if err := syscall.Mount("faults", folder, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", size)); err != nil {
		return nil, fmt.Errorf("making a small disk: %w: %w", ErrNoMount, err)
	}
	return func() error { return syscall.Unmount(folder, syscall.MNT_DETACH) }, nil
}

// Fill takes all the space that is left on a folder's disk; release gives it back.
func Fill(folder string) (release func() error, err error) {
	name := filepath.Join(folder, "ballast")
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("filling the disk: %w", err)
	}
	piece := make([]byte, 64<<10)
	for err == nil && len(piece) > 0 {
		if _, err = file.Write(piece); err != nil && len(piece) > 1 {
			piece, err = piece[:len(piece)/2], nil
		}
	}
	if err != nil && !errors.Is(err, syscall.ENOSPC) {
		return nil, errors.Join(fmt.Errorf("filling the disk: %w", err), file.Close(), os.Remove(name))
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("filling the disk: %w", err)
	}
	return func() error { return os.Remove(name) }, nil
}

// Disk is a file system in a file, mounted on a folder, that can lose its power.
type Disk struct {
	Folder string
	image  string
}

// NewDisk makes a disk of so many bytes; the image lies in dir.
func NewDisk(dir, folder string, size int64) (*Disk, error) {
	d := &Disk{Folder: folder, image: filepath.Join(dir, "image")}
	file, err := os.Create(d.image)
	if err == nil {
		err = errors.Join(file.Truncate(size), file.Close())
	}
	if err == nil {
		err = os.MkdirAll(folder, 0o700)
	}
	if err != nil {
		return nil, fmt.Errorf("making a disk: %w", err)
	}
	if text, err := exec.Command("mkfs.ext4", "-q", "-F", d.image).CombinedOutput(); err != nil { //nolint:noctx // it takes a moment
		return nil, fmt.Errorf("making a disk: %w: %s", err, text)
	}
	return d, d.mount()
}

func (d *Disk) mount() error {
	if text, err := exec.Command("mount", "-o", "loop", d.image, d.Folder).CombinedOutput(); err != nil { //nolint:noctx // see above
		return fmt.Errorf("mounting a disk: %w: %w: %s", ErrNoMount, err, text)
	}
	return nil
}

// Unmount takes the disk off its folder.
func (d *Disk) Unmount() error { return syscall.Unmount(d.Folder, syscall.MNT_DETACH) }

// Snapshot copies what is on the disk itself at this moment, without what the system
// still holds in memory: what a loss of power leaves. Whoever writes must stand still.
func (d *Disk) Snapshot() error {
	from, err := os.Open(d.image)
	if err != nil {
		return fmt.Errorf("copying the disk: %w", err)
	}
	defer from.Close()
	to, err := os.Create(d.image + ".lost")
	if err != nil {
		return fmt.Errorf("copying the disk: %w", err)
	}
	_, err = io.Copy(to, from)
	if err := errors.Join(err, to.Close()); err != nil {
		return fmt.Errorf("copying the disk: %w", err)
	}
	return nil
}

// Restore puts the last snapshot in the disk's place. Nobody may use the disk.
func (d *Disk) Restore() error {
	if err := syscall.Unmount(d.Folder, 0); err != nil {
		return fmt.Errorf("taking the disk away: %w", err)
	}
	if err := os.Rename(d.image+".lost", d.image); err != nil {
		return fmt.Errorf("putting the copy in place: %w", err)
	}
	return d.mount()
}
