package observe

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Disk guards the space of a folder's file system. A disk without space stops the
// broker, the archive and the warehouse together, so collecting stops before.
type Disk struct {
	Dir string
	// Percent and Bytes of free space below either of which nothing new is collected;
	// 0 does not look.
	Percent int
	Bytes   uint64
}

// Space returns the free and all bytes.
func (d Disk) Space() (free, total uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(d.Dir, &s); err != nil {
		return 0, 0, fmt.Errorf("asking for the space in %s: %w", d.Dir, err)
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}

// Check returns an error while there is less space than the guard wants.
func (d Disk) Check() error {
	free, total, err := d.Space()
	if err != nil {
		return err
	}
	return d.judge(free, total)
}

func (d Disk) judge(free, total uint64) error {
	need := max(d.Bytes, total/100*uint64(d.Percent))
	if free >= need {
		return nil
	}
	return fmt.Errorf("%d MiB free in %s, collecting stops below %d MiB: make room (delete old backups, move the folder), or lower disk.percent and disk.bytes in the settings",
		free>>20, d.Dir, need>>20)
}
