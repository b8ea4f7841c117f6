package chdb

import (
	"runtime"
	"unsafe"
)

// Class says what a statement does to state that outlives it.
type Class uint32

// The classes of the engine's own parser, from harmless to unknown.
const (
	ReadOnly Class = iota
	Mutating
	MutatingGlobal
	Control
	Unknown // does not parse
)

// Analysis is what the engine's parser says about a text without running it.
type Analysis struct {
	Class Class
	// Statements counts what would be executed; 0 when the text does not parse.
	Statements int
	// WritesElsewhere is true unless it is proven that nothing is written outside
	// the named database, for example by INTO OUTFILE.
	WritesElsewhere bool
}

const writesOnlyTarget = 1 << 1

// Classify parses the text under the handle's settings. Writes are judged
// against database.
func (h *Handle) Classify(sql, database string) (Analysis, error) {
	var report struct{ size, statements, flags, class uint32 }
	report.size = uint32(unsafe.Sizeof(report))
	state := h.library.classify(h.connection(), bytesOf(sql), uintptr(len(sql)),
		bytesOf(database), uintptr(len(database)), unsafe.Pointer(&report))
	runtime.KeepAlive(sql)
	runtime.KeepAlive(database)
	if state != 0 {
		return Analysis{}, &Error{Text: "Code: 1002. DB::Exception: the engine could not analyse the statement. (UNKNOWN_EXCEPTION)"}
	}
	return Analysis{
		Class:           Class(report.class),
		Statements:      int(report.statements),
		WritesElsewhere: report.flags&writesOnlyTarget == 0,
	}, nil
}
