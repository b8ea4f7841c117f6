package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// cost is what something took: time, and CPU time of this process, in which client
// and broker run, and of the engine's, its child.
type cost struct{ time, own, engine time.Duration }

func (c *cost) add(more cost) {
	c.time, c.own, c.engine = c.time+more.time, c.own+more.own, c.engine+more.engine
}

// report tells observations a second, and seconds of CPU for a million of them.
func (c *cost) report(b *testing.B, prefix string, observations float64) {
	b.ReportMetric(observations/c.time.Seconds(), prefix+"obs/s")
	b.ReportMetric(c.own.Seconds()*1e6/observations, prefix+"own_cpu_s/M")
	b.ReportMetric(c.engine.Seconds()*1e6/observations, prefix+"engine_cpu_s/M")
}

// costSince starts to measure.
func costSince(tb testing.TB) func() cost {
	began, own, engine := time.Now(), cpuTime(tb, "self"), cpuTime(tb, engineProcess(tb))
	return func() cost {
		return cost{time.Since(began), cpuTime(tb, "self") - own, cpuTime(tb, engineProcess(tb)) - engine}
	}
}

// engineProcess is the only child of this process.
func engineProcess(tb testing.TB) string {
	tb.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		tb.Skip("it measures processes by /proc, which is not here")
	}
	var children []string
	for _, task := range tasks {
		content, _ := os.ReadFile("/proc/self/task/" + task.Name() + "/children")
		children = append(children, strings.Fields(string(content))...)
	}
	if len(children) != 1 {
		tb.Fatalf("this process has the children %v, want the engine alone", children)
	}
	return children[0]
}

// cpuTime is the time of user and system that a process took.
func cpuTime(tb testing.TB, process string) time.Duration {
	tb.Helper()
	content, err := os.ReadFile("/proc/" + process + "/stat")
	if err != nil {
		tb.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(content), ") ")
	fields := strings.Fields(rest) // from field 3 on
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			tb.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}

// memoryPeak is the most resident memory, in bytes, of this process and the engine's.
func memoryPeak(tb testing.TB) (own, engine float64) {
	tb.Helper()
	peak := func(process string) float64 {
		content, err := os.ReadFile("/proc/" + process + "/status")
		if err != nil {
			tb.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(content), "VmHWM:")
		var kibibytes float64
		if _, err := fmt.Sscan(rest, &kibibytes); err != nil {
			tb.Fatal(err)
		}
		return kibibytes * 1024
	}
	return peak("self"), peak(engineProcess(tb))
}
