package faults_test

import (
	"fmt"
	"syscall"
	"time"
)

// longestDrain is what a process may take to end in order.
const longestDrain = 20 * time.Second

// rowTerminated ends a serving process in order while documents come in.
func rowTerminated(t *trial) {
	h := newHouse(t, "")
	longest := time.Duration(0)
	for night := 1; night <= 2; night++ {
		h.world.SetNight(night)
		for range 2 {
			serving := h.serve()
			h.site.ForgetRequests()
			r := h.start(collectArgs()...)
			requests := t.random.IntN(90)
			before(time.Minute, func() bool { return r.over() || len(h.site.Requests()) > requests })
			began := time.Now()
			if err := serving.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			eventually(t, time.Minute, "serve ends", serving.over)
			longest = max(longest, time.Since(began))
			t.Faults++
			if code := serving.ProcessState.ExitCode(); code != 0 {
				t.Errorf("serve ends with %d after SIGTERM\n%s", code, tail(serving.said.String()))
			}
			eventually(t, time.Minute, "the command in it ends", r.over)
		}
		h.faultEnded()
		h.mustRun(h.folder, collectArgs()...)
	}
	t.Note = fmt.Sprintf("longest end %.1f s", longest.Seconds())
	if longest > longestDrain {
		t.Errorf("it took %s to end after SIGTERM", longest)
	}
	h.settle(h.judgeFolder(h.folder, h.owed(1, 2), nil))
	h.Dead = h.deadLetters(h.folder)
	h.noHalfFiles()
}

// rowTwoProcesses starts a second process on a folder that one works on.
func rowTwoProcesses(t *trial) {
	h := newHouse(t, "")
	serving := h.serve()
	r := h.start(collectArgs()...)
	requests := t.random.IntN(60)
	before(time.Minute, func() bool { return r.over() || len(h.site.Requests()) > requests })
	began := time.Now()
	second := h.start("serve")
	eventually(t, time.Minute, "the second ends", second.over)
	took := time.Since(began)
	t.Faults++
	h.faultEnded()
	if code := second.ProcessState.ExitCode(); code != 3 {
		t.Errorf("the second ends with %d, want 3\n%s", code, tail(second.said.String()))
	}
	if took > 2*time.Second {
		t.Errorf("the second took %s to end", took)
	}
	if serving.over() {
		t.Error("the first ended too")
	}
	eventually(t, time.Minute, "collecting ends", r.over)
	t.Note = fmt.Sprintf("the second ended within %.1f s", took.Seconds())
	h.settle(h.judgeFolder(h.folder, h.owed(1), nil))
	h.Dead = h.deadLetters(h.folder)
}

// rowBackfillAtNight runs a backfill and the nightly collection of the same pages at
// once, and kills both.
func rowBackfillAtNight(t *trial) {
	h := newHouse(t, "")
	for night := 1; night <= 2; night++ {
		h.world.SetNight(night)
		serving := h.serve()
		nightly := h.start(collectArgs()...)
		var backfills []*running
		for _, s := range sources[:3] {
			backfills = append(backfills, h.start("backfill", "--source", s, "--from", "2000", "--to", "2024"))
		}
		pause(time.Duration(100+t.random.IntN(1500)) * time.Millisecond)
		h.kill(serving)
		for _, r := range append(backfills, nightly) {
			eventually(t, time.Minute, "a command whose serve was killed ends", r.over)
		}
		h.faultEnded()
		serving = h.serve()
		again := h.start(append([]string{"backfill"}, "--source", sources[0], "--from", "2000", "--to", "2024")...)
		h.mustRun(h.folder, collectArgs()...)
		eventually(t, 2*time.Minute, "the backfill ends", again.over)
		if err := serving.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		eventually(t, time.Minute, "serve ends", serving.over)
	}
	h.settle(h.judgeFolder(h.folder, h.owed(1, 2), nil))
	h.Dead = h.deadLetters(h.folder)
}
