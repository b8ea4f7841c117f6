package main

import (
	"os"
	"runtime/debug"
)

// memoryBound is what this process tries to stay under, in bytes. Two loads of a
// hundred thousand rows and the broker's caches are some 450 MiB in use, which the
// collector would let garbage double; together with the engine, which takes some
// 600 MiB beside them, a process stays below 1.5 GiB.
const memoryBound = 768 << 20

// boundMemory makes the garbage collector work harder near the bound. It refuses
// nothing beyond it, and GOMEMLIMIT overrules it.
func boundMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryBound)
	}
}
