package chdb

import (
	"runtime"
	"strings"
	"unsafe"
)

// Handle is one connection to the engine. It serves one statement at a time and
// keeps settings, the current database and temporary tables between them.
type Handle struct {
	library *Library
	conn    unsafe.Pointer // chdb_connection*: a pointer to the connection
}

// Statement is a text with the values of its {name:Type} parameters. Format is
// the output format of a query and the input format of an INSERT.
type Statement struct {
	SQL        string
	Format     string
	Parameters map[string]string
}

// Statistics counts the work of one statement in rows and bytes.
type Statistics struct {
	ResultRows                uint64
	ReadRows, ReadBytes       uint64
	WrittenRows, WrittenBytes uint64
}

// Error is an answer of the engine, as ClickHouse words it:
// "Code: 60. DB::Exception: ...".
type Error struct{ Text string }

func (e *Error) Error() string { return e.Text }

// Close ends the connection. The handle and its streams must not be used again.
func (h *Handle) Close() {
	if h.conn != nil {
		h.library.closeConn(h.conn)
		h.conn = nil
	}
}

func (h *Handle) connection() unsafe.Pointer { return *(*unsafe.Pointer)(h.conn) }

// run is the shape of the three functions that start a statement: its text, its
// format, and count names and values of parameters with their lengths.
type run = func(conn, sql unsafe.Pointer, sqlLen uintptr, format unsafe.Pointer, formatLen uintptr,
	names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer

// start passes a statement with its parameters to one of the three entry points.
func (h *Handle) start(entry run, statement Statement) unsafe.Pointer {
	var names, values []unsafe.Pointer
	var nameLens, valueLens []uintptr
	var pinner runtime.Pinner
	defer pinner.Unpin()
	for name, value := range statement.Parameters {
		nameBytes, valueBytes := []byte(name+"\x00"), []byte(value+"\x00")
		pinner.Pin(&nameBytes[0])
		pinner.Pin(&valueBytes[0])
		names, nameLens = append(names, unsafe.Pointer(&nameBytes[0])), append(nameLens, uintptr(len(name)))
		values, valueLens = append(values, unsafe.Pointer(&valueBytes[0])), append(valueLens, uintptr(len(value)))
	}
	var n, nl, v, vl unsafe.Pointer
	if len(names) > 0 {
		pinner.Pin(&names[0])
		pinner.Pin(&values[0])
		n, nl = unsafe.Pointer(&names[0]), unsafe.Pointer(&nameLens[0])
		v, vl = unsafe.Pointer(&values[0]), unsafe.Pointer(&valueLens[0])
	}
	result := entry(h.connection(), bytesOf(statement.SQL), uintptr(len(statement.SQL)),
		bytesOf(statement.Format), uintptr(len(statement.Format)), n, nl, v, vl, uintptr(len(names)))
	runtime.KeepAlive(statement)
	runtime.KeepAlive(nameLens)
	runtime.KeepAlive(valueLens)
	return result
}

// Query runs a statement and holds its whole result in memory.
func (h *Handle) Query(statement Statement) ([]byte, Statistics, error) {
	result := h.start(h.library.query, statement)
	defer h.library.destroyResult(result)
	if err := h.library.errorOf(result); err != nil {
		return nil, Statistics{}, err
	}
	return append([]byte(nil), h.library.contentOf(result)...), h.library.statisticsOf(result), nil
}

// Run runs a statement for its effect and drops what it answers.
func (h *Handle) Run(sql string) error {
	_, _, err := h.Query(Statement{SQL: sql, Format: "Null"})
	return err
}

// contentOf is the result's memory, valid until the result is destroyed.
func (l *Library) contentOf(result unsafe.Pointer) []byte {
	length := l.length(result)
	if length == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(l.buffer(result)), length)
}

func (l *Library) errorOf(result unsafe.Pointer) error {
	if result == nil {
		return &Error{Text: "Code: 1002. DB::Exception: the engine gave no result. (UNKNOWN_EXCEPTION)"}
	}
	return wrap(text(l.resultError(result)))
}

// wrap gives the engine's message without libchdb's own prefix, nil for "".
func wrap(message string) error {
	if message == "" {
		return nil
	}
	if at := strings.Index(message, "Code: "); at > 0 && at < 16 {
		message = message[at:]
	}
	return &Error{Text: strings.TrimRight(message, "\n")}
}

func (l *Library) statisticsOf(result unsafe.Pointer) Statistics {
	return Statistics{
		ResultRows: l.rowsRead(result),
		ReadRows:   l.storageRows(result), ReadBytes: l.storageBytes(result),
		WrittenRows: l.rowsWritten(result), WrittenBytes: l.bytesWritten(result),
	}
}
