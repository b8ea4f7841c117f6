// Package chdb is the binding to libchdb, ClickHouse as a shared library. It
// loads the library with purego, so the binary needs no C compiler.
//
// Three rules of the library shape it. Signal handlers are switched off before
// the first connection, or a recovered panic in Go kills the process. A Handle
// serves one statement at a time: sharing one gives wrong answers without an
// error. Data of an INSERT goes through the insert stream, since the query text
// is not safe for binary data.
package chdb

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Library is libchdb mapped into this process. There is one engine with one
// data folder in a process, so open it once.
type Library struct {
	connect         func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	closeConn       func(conn unsafe.Pointer)
	query           run
	stream          run
	insert          run
	classify        func(conn unsafe.Pointer, sql unsafe.Pointer, sqlLen uintptr, database unsafe.Pointer, databaseLen uintptr, out unsafe.Pointer) int32
	fetch           func(conn, stream unsafe.Pointer) unsafe.Pointer
	cancelStream    func(conn, stream unsafe.Pointer)
	destroyResult   func(result unsafe.Pointer)
	buffer          func(result unsafe.Pointer) unsafe.Pointer
	length          func(result unsafe.Pointer) uintptr
	resultError     func(result unsafe.Pointer) unsafe.Pointer
	rowsRead        func(result unsafe.Pointer) uint64
	storageRows     func(result unsafe.Pointer) uint64
	storageBytes    func(result unsafe.Pointer) uint64
	rowsWritten     func(result unsafe.Pointer) uint64
	bytesWritten    func(result unsafe.Pointer) uint64
	insertAppend    func(stream, data unsafe.Pointer, length uintptr) int32
	insertDone      func(stream unsafe.Pointer) unsafe.Pointer
	insertCancel    func(stream unsafe.Pointer)
	insertError     func(stream unsafe.Pointer) unsafe.Pointer
	insertDestroy   func(stream unsafe.Pointer)
	signalsEnabled  func(enabled int32)
	engineArguments []string
	keeper          *Handle // never used: without any handle the engine closes its folder
}

// Open maps the library at path and switches its signal handlers off. The
// arguments configure the engine (for example "--path=DIR") and are the same for
// every handle; unknown ones are ignored by libchdb without an error.
func Open(path string, arguments []string) (*Library, error) {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("loading the engine library: %w", err)
	}
	library := &Library{engineArguments: append([]string{"clickhouse"}, arguments...)}
	for name, function := range library.symbols() {
		address, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("loading the engine library %s: %w", path, err)
		}
		purego.RegisterFunc(function, address)
	}
	before := signalHandlers()
	library.signalsEnabled(0)
	if library.keeper, err = library.Connect(); err != nil {
		return nil, err
	}
	if after := signalHandlers(); after != before {
		return nil, errors.New("the engine library replaced the signal handlers of this process: it must not be used")
	}
	return library, nil
}

func (l *Library) symbols() map[string]any {
	return map[string]any{
		"chdb_connect":                     &l.connect,
		"chdb_close_conn":                  &l.closeConn,
		"chdb_query_with_params_n":         &l.query,
		"chdb_stream_query_with_params_n":  &l.stream,
		"chdb_stream_insert_with_params_n": &l.insert,
		"chdb_classify_query_n":            &l.classify,
		"chdb_stream_fetch_result":         &l.fetch,
		"chdb_stream_cancel_query":         &l.cancelStream,
		"chdb_destroy_query_result":        &l.destroyResult,
		"chdb_result_buffer":               &l.buffer,
		"chdb_result_length":               &l.length,
		"chdb_result_error":                &l.resultError,
		"chdb_result_rows_read":            &l.rowsRead,
		"chdb_result_storage_rows_read":    &l.storageRows,
		"chdb_result_storage_bytes_read":   &l.storageBytes,
		"chdb_result_rows_written":         &l.rowsWritten,
		"chdb_result_bytes_written":        &l.bytesWritten,
		"chdb_stream_append":               &l.insertAppend,
		"chdb_stream_done":                 &l.insertDone,
		"chdb_stream_cancel_insert":        &l.insertCancel,
		"chdb_stream_insert_error":         &l.insertError,
		"chdb_destroy_insert_stream":       &l.insertDestroy,
		"chdb_set_signal_handlers_enabled": &l.signalsEnabled,
	}
}

// Connect opens a handle. It fails when the data folder is open in another
// process; libchdb tells the reason on standard error only.
func (l *Library) Connect() (*Handle, error) {
	arguments := make([][]byte, len(l.engineArguments))
	pointers := make([]unsafe.Pointer, len(arguments)+1)
	var pinner runtime.Pinner
	defer pinner.Unpin()
	for i, argument := range l.engineArguments {
		arguments[i] = append([]byte(argument), 0)
		pinner.Pin(&arguments[i][0])
		pointers[i] = unsafe.Pointer(&arguments[i][0])
	}
	pinner.Pin(&pointers[0])
	conn := l.connect(int32(len(arguments)), unsafe.Pointer(&pointers[0]))
	if conn == nil {
		return nil, errors.New("the engine could not open its data folder")
	}
	return &Handle{library: l, conn: conn}, nil
}

// text copies a C string; nil gives "".
func text(pointer unsafe.Pointer) string {
	if pointer == nil {
		return ""
	}
	length := 0
	for *(*byte)(unsafe.Add(pointer, length)) != 0 {
		length++
	}
	return string(unsafe.Slice((*byte)(pointer), length))
}

func bytesOf(s string) unsafe.Pointer {
	if s == "" {
		return unsafe.Pointer(&emptyText[0])
	}
	return unsafe.Pointer(unsafe.StringData(s))
}

var emptyText = [1]byte{}
