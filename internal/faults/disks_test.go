package faults_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"zhibiao/internal/faults"
)

// mounted ends a row where nothing can be mounted.
func (t *trial) mounted(err error) {
	t.Helper()
	if errors.Is(err, faults.ErrNoMount) {
		t.skip("this machine lets the test mount nothing: run it as root")
	}
	if err != nil {
		t.Fatal(err)
	}
}

func rowBrokerDiskFull(t *trial)    { diskFull(t, "broker") }
func rowWarehouseDiskFull(t *trial) { diskFull(t, "warehouse") }
func rowArchiveDiskFull(t *trial)   { diskFull(t, "archive") }

// diskFull fills the disk of one part of a serving process while documents come in,
// and makes room again; nobody does anything else.
func diskFull(t *trial, part string) {
	h := newHouse(t, "broker: {max_store: 200000000}\ncollect: {patience: 1m}\n")
	folder := filepath.Join(h.folder, part)
	unmount, err := faults.Mount(folder, 400<<20)
	t.mounted(err)
	t.Cleanup(func() { unmount() })
	h.serve()
	for night := 1; night <= 2; night++ {
		h.world.SetNight(night)
		h.site.ForgetRequests()
		r := h.start(collectArgs()...)
		requests := t.random.IntN(60)
		before(time.Minute, func() bool { return r.over() || len(h.site.Requests()) > requests })
		release, err := faults.Fill(folder)
		if err != nil {
			t.Fatal(err)
		}
		t.Faults++
		pause(time.Duration(2000+t.random.IntN(3000)) * time.Millisecond)
		if err := release(); err != nil {
			t.Fatal(err)
		}
		h.faultEnded()
		before(3*time.Minute, r.over)
		h.collectUntilDone()
	}
	h.settle(h.judgeFolder(h.folder, h.owed(1, 2), nil))
	h.Dead = h.deadLetters(h.folder)
	h.noHalfFiles()
}

// collectUntilDone collects again and again until a run ends well.
func (h *house) collectUntilDone() {
	h.Helper()
	var said string
	if !before(3*time.Minute, func() bool {
		out, err := h.command(h.folder, collectArgs()...).CombinedOutput()
		said = string(out)
		return err == nil
	}) {
		h.Fatalf("collecting does not succeed any more after the fault\n%s", tail(said))
	}
}

// serve starts a serving process and waits until it is ready.
func (h *house) serve() *running {
	h.Helper()
	_ = os.Remove(filepath.Join(h.folder, "control.sock")) // of one that was killed
	r := h.start("serve")
	eventually(h, time.Minute, "serve is ready", func() bool {
		_, err := os.Stat(filepath.Join(h.folder, "control.sock"))
		return err == nil || r.over()
	})
	if r.over() {
		h.Fatalf("serve ended\n%s", tail(r.said.String()))
	}
	return r
}

// noHalfFiles looks for files in the archive that no writer finished.
func (h *house) noHalfFiles() {
	h.Helper()
	err := filepath.WalkDir(filepath.Join(h.folder, "archive", "bodies"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && (strings.Contains(entry.Name(), ".tmp") || strings.Contains(entry.Name(), ".new")) {
			h.Errorf("%s was left half written", path)
		}
		return err
	})
	if err != nil {
		h.Error(err)
	}
}

// rowPowerLost takes the power from the disk of a process that does everything, once
// it has acknowledged the first night and while the second comes in. What it had
// acknowledged has to be there before anybody is asked again.
func rowPowerLost(t *trial) {
	h := newHouse(t, "broker: {max_store: 200000000}\n")
	held := h.folder
	disk, err := faults.NewDisk(t.TempDir(), filepath.Join(h.dir, "disk"), 1<<30)
	t.mounted(err)
	t.Cleanup(func() { disk.Unmount() })
	h.folder = filepath.Join(disk.Folder, "house")
	if err := os.CopyFS(h.folder, os.DirFS(held)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(h.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	syscall.Sync() // the settings are not what may be lost
	h.mustRun(h.folder, collectArgs()...)
	h.world.SetNight(2)
	h.site.ForgetRequests()
	r := h.start(collectArgs()...)
	requests := t.random.IntN(110)
	before(time.Minute, func() bool { return r.over() || len(h.site.Requests()) > requests })
	pause(time.Duration(t.random.IntN(400)) * time.Millisecond)
	h.losePower(r, disk)
	h.faultEnded()
	if v := h.judgeFolder(h.folder, h.owed(1), h.owed(2)); !v.Kept() {
		t.Errorf("of what was acknowledged before the power was lost: %v", v)
	}
	h.mustRun(h.folder, collectArgs()...)
	h.settle(h.judgeFolder(h.folder, h.owed(1, 2), nil))
	h.Dead = h.deadLetters(h.folder)
}

// losePower lets the process and its engine stand still, copies what is on the disk,
// kills them and puts the copy in the disk's place.
func (h *house) losePower(r *running, disk *faults.Disk) {
	h.Helper()
	family := append(children(r.Process.Pid), r.Process.Pid)
	for _, pid := range family {
		_ = syscall.Kill(pid, syscall.SIGSTOP)
	}
	if err := disk.Snapshot(); err != nil {
		h.Fatal(err)
	}
	for _, pid := range family {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	h.Faults++
	<-r.ended
	var err error
	if !before(20*time.Second, func() bool { err = disk.Restore(); return err == nil }) {
		h.Fatal(err)
	}
}

// rowSyncFails lets every fsync fail from some moment on.
func rowSyncFails(t *trial) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.skip("strace is not installed (Debian: apt-get install strace)")
	}
	h := newHouse(t, "")
	for night := 1; night <= 2; night++ {
		h.world.SetNight(night)
		args := []string{"-f", "-qq", "-o", filepath.Join(h.dir, "trace"), "-e", "trace=fsync,fdatasync",
			"-e", fmt.Sprintf("inject=fsync,fdatasync:error=EIO:when=%d+", 1+t.random.IntN(12)), zhibiao(t), "--data", h.folder}
		command := exec.Command(strace, append(args, collectArgs()...)...)
		command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		ended := make(chan error, 1)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		go func() { ended <- command.Wait() }()
		var outcome error
		select {
		case outcome = <-ended:
		case <-time.After(40 * time.Second): // it tries again for ever, which is right
			outcome = errors.New("still trying")
			_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
			<-ended
		}
		text, err := os.ReadFile(filepath.Join(h.dir, "trace"))
		if err != nil {
			t.Fatal(err)
		}
		hits := strings.Count(string(text), "(INJECTED)")
		t.Faults += hits
		if hits > 0 && outcome == nil {
			t.Note += fmt.Sprintf("night %d says that it is done after %d syncs failed; ", night, hits)
		}
		h.faultEnded()
		if hits > 0 && outcome == nil { // then it has to be so
			if v := h.judgeFolder(h.folder, h.owed(nightsUntil(night)...), nil); !v.Kept() {
				t.Errorf("acknowledged although syncs failed: %v", v)
			}
		}
		h.mustRun(h.folder, collectArgs()...)
	}
	h.settle(h.judgeFolder(h.folder, h.owed(1, 2), nil))
	h.Dead = h.deadLetters(h.folder)
}
