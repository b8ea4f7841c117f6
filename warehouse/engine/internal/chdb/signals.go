package chdb

import (
	"syscall"
	"unsafe"
)

// guarded are the signals that a recovered panic or the scheduler of Go needs.
var guarded = [...]syscall.Signal{
	syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL,
	syscall.SIGABRT, syscall.SIGTRAP, syscall.SIGSYS, syscall.SIGURG, syscall.SIGPROF,
}

// signalHandlers reads the addresses of the handlers installed for them.
func signalHandlers() (handlers [len(guarded)]uintptr) {
	for i, number := range guarded {
		var action struct {
			handler, flags, restorer uintptr
			mask                     uint64
		}
		_, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(number), 0,
			uintptr(unsafe.Pointer(&action)), unsafe.Sizeof(action.mask), 0, 0)
		if errno == 0 {
			handlers[i] = action.handler
		}
	}
	return handlers
}
