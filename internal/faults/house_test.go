package faults_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// house is one process that does everything: broker, warehouse and workers in a folder.
type house struct {
	*land
	folder string
}

func newHouse(t *trial, more string) *house {
	t.Helper()
	l := newLand(t)
	return &house{l, l.makeFolder("house", more)}
}

// killsANight are those of one run and night.
func killsANight() int {
	if *long {
		return 8
	}
	return 3
}

// rowCollectorKilled kills the process after some request to the publishers.
func rowCollectorKilled(t *trial) {
	h := newHouse(t, "")
	h.nights(func() { h.killAfterRequest(t.random.IntN(110)) })
}

// rowProcessKilled kills the whole process, or its engine alone, at any moment.
func rowProcessKilled(t *trial) {
	h := newHouse(t, "")
	h.nights(func() {
		if t.random.IntN(4) == 0 {
			h.killEngine()
			return
		}
		h.killAfter(time.Duration(50+t.random.IntN(2500)) * time.Millisecond)
	})
}

// nights collects two nights, each with faults first and undisturbed then, and judges.
func (h *house) nights(fault func()) {
	h.Helper()
	for night := 1; night <= 2; night++ {
		h.world.SetNight(night)
		for range killsANight() {
			fault()
		}
		h.faultEnded()
		h.mustRun(h.folder, collectArgs()...)
	}
	h.settle(h.judgeFolder(h.folder, h.owed(1, 2), nil))
	h.Dead = h.deadLetters(h.folder)
}

// running is a process under test.
type running struct {
	*exec.Cmd
	ended chan struct{}
	said  bytes.Buffer
}

func (h *house) start(args ...string) *running {
	h.Helper()
	r := &running{Cmd: h.command(h.folder, args...), ended: make(chan struct{})}
	r.Stdout, r.Stderr = &r.said, &r.said
	if err := r.Start(); err != nil {
		h.Fatal(err)
	}
	go func() {
		_ = r.Wait()
		close(r.ended)
	}()
	h.Cleanup(func() {
		r.Process.Kill()
		<-r.ended
	})
	return r
}

func (r *running) over() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// kill kills a process, and counts it if it was at work.
func (h *house) kill(r *running) {
	h.Helper()
	if r.over() {
		return
	}
	if err := r.Process.Kill(); err == nil {
		h.Faults++
		h.Kills++
	}
	<-r.ended
}

// killAfterRequest kills a collecting process after so many requests to the site, and
// a moment.
func (h *house) killAfterRequest(requests int) {
	h.site.ForgetRequests()
	moment := time.Duration(h.random.IntN(40)) * time.Millisecond
	r := h.start(collectArgs()...)
	before(time.Minute, func() bool { return r.over() || len(h.site.Requests()) > requests })
	pause(moment)
	h.kill(r)
}

func (h *house) killAfter(moment time.Duration) {
	r := h.start(collectArgs()...)
	before(moment, r.over)
	h.kill(r)
}

// killEngine kills the warehouse's process alone, while rows come in; the collecting
// goes on and has to end well.
func (h *house) killEngine() {
	h.Helper()
	h.site.ForgetRequests()
	requests := h.random.IntN(100)
	r := h.start(collectArgs()...)
	before(time.Minute, func() bool { return r.over() || len(h.site.Requests()) > requests })
	for _, child := range children(r.Process.Pid) {
		if syscall.Kill(child, syscall.SIGKILL) == nil {
			h.Faults++
			h.Kills++
		}
	}
	if !before(2*time.Minute, r.over) {
		h.Fatalf("the process does not end after its engine was killed\n%s", tail(r.said.String()))
	}
	if code := r.ProcessState.ExitCode(); code != 0 {
		h.Errorf("the process ends with %d after its engine was killed\n%s", code, tail(r.said.String()))
	}
}

// children are the processes that a process has started.
func children(pid int) []int {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	var found []int
	for _, file := range all {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			child, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			found = append(found, child)
		}
	}
	return found
}
