package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"zhibiao/pipeline/schedule"
)

func examineDisk(_ context.Context, a *app) (string, error) {
	disk := a.settings.Operation.disk(a.dir)
	if err := disk.Check(); err != nil {
		return "", err
	}
	free, total, err := disk.Space()
	return fmt.Sprintf("%d of %d GiB free", free>>30, total>>30), err
}

// A disk that syncs slower than this holds the line up.
const leastSyncs = 100

// examineSync counts how many small writes a second the disk makes durable: the
// broker needs one for each message.
func examineSync(ctx context.Context, a *app) (string, error) {
	file, err := os.CreateTemp(a.dir, "doctor-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	start, count := now(), 0
	for ; now().Sub(start) < time.Second && ctx.Err() == nil; count++ {
		if _, err := file.Write(make([]byte, 1024)); err != nil {
			return "", err
		}
		if err := file.Sync(); err != nil {
			return "", err
		}
	}
	rate := int(float64(count) / now().Sub(start).Seconds())
	if rate < leastSyncs {
		return "", warning{fmt.Errorf("%d syncs a second in %s, fewer than %d: every message waits for one; use a faster disk, or one with a write cache that survives power loss", rate, a.dir, leastSyncs)}
	}
	return fmt.Sprintf("%d syncs a second", rate), nil
}

// A clock that differs from the warehouse server's by more than this is wrong, one
// of the two.
const mostSkew = 10 * time.Second

// examineClock looks whether the clock is kept in time, whether it has gone back
// behind what it said before, and whether it agrees with the warehouse's.
func examineClock(ctx context.Context, a *app) (string, error) {
	w, err := a.warehouse(ctx)
	if err != nil {
		return "", fmt.Errorf("comparing clocks: %w", err)
	}
	before := now()
	theirs, newest, err := w.Clock(ctx)
	if err != nil {
		return "", err
	}
	ours := before.Add(now().Sub(before) / 2)
	if skew := theirs.Sub(ours).Abs(); skew > mostSkew {
		return "", fmt.Errorf("this machine's clock and the warehouse's differ by %s: keep both in time with chrony or systemd-timesyncd", skew.Round(time.Second))
	}
	if newest.After(ours.Add(mostSkew)) {
		return "", fmt.Errorf("a run ended at %s, which is in the future: the clock was wrong then, or is now (%s)", newest.UTC().Format(time.RFC3339), ours.UTC().Format(time.RFC3339))
	}
	found := ours.In(schedule.Shanghai).Format("2006-01-02 15:04:05 -07:00")
	if err := keptInTime(); err != nil {
		return "", warning{fmt.Errorf("%s; %w", found, err)}
	}
	return found, nil
}

// keptInTime asks the kernel whether something keeps its clock in time. A kernel
// that does not tell, as in some containers, is believed.
func keptInTime() error {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	if err == nil && state == unix.TIME_ERROR && t.Status&unix.STA_UNSYNC != 0 {
		return errors.New("nothing keeps the clock in time: run chrony or systemd-timesyncd, or see that the host does")
	}
	return nil
}

// hostName is what this machine calls itself.
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown host"
	}
	return name
}
