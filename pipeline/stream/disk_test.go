package stream

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"zhibiao/pipeline"
)

// TestAFullDiskIsBackPressureAndHealsByItself needs a file system of its own, so
// the right to mount one.
func TestAFullDiskIsBackPressureAndHealsByItself(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("mounting a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	e := startEmbedded(t, dir, Profile{}) // believes in more space than there is
	payload := make([]byte, 200<<10)
	confirmed, full := 0, false
	for !full {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		err := e.Publish(ctx, Batch{Subject: "observations.public", ID: fmt.Sprint("fill-", confirmed), Payload: payload})
		cancel()
		switch {
		case err == nil:
			confirmed++
		case pipeline.IsPermanent(err):
			t.Fatalf("a full disk is called permanent: %v", err)
		default:
			full = true
		}
	}
	if e.Health() == nil {
		t.Error("the broker cannot store and calls itself healthy")
	}
	watching, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { e.Watch(watching, 50*time.Millisecond) })
	defer running.Wait()
	defer stop()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=200m"); err != nil {
		t.Fatal(err)
	}
	mustPublish(t, e.Broker, Batch{Subject: "observations.public", ID: "after", Payload: payload})
	depths, err := e.Depths(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if stored := depths[1].Messages; stored < uint64(confirmed)+1 {
		t.Errorf("%d messages are stored, want the %d confirmed ones and the last", stored, confirmed)
	}
	t.Logf("%d messages before the disk was full", confirmed)
}
