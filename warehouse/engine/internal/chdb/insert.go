package chdb

import (
	"runtime"
	"unsafe"
)

// Insert is an open INSERT. Nothing is promised before Done has answered.
type Insert struct {
	handle *Handle
	stream unsafe.Pointer
}

// Insert starts an INSERT whose data follows in the statement's format. The text
// has neither a FORMAT clause nor data.
func (h *Handle) Insert(statement Statement) (*Insert, error) {
	stream := h.start(h.library.insert, statement)
	insert := &Insert{handle: h, stream: stream}
	if err := insert.failure(); err != nil {
		insert.Close()
		return nil, err
	}
	return insert, nil
}

// Append hands over data, cut anywhere. It waits while the engine is behind.
func (i *Insert) Append(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	state := i.handle.library.insertAppend(i.stream, unsafe.Pointer(&data[0]), uintptr(len(data)))
	runtime.KeepAlive(data)
	if state == 0 {
		return nil
	}
	if err := i.failure(); err != nil {
		return err
	}
	return &Error{Text: "Code: 1002. DB::Exception: the engine refused inserted data without a reason. (UNKNOWN_EXCEPTION)"}
}

func (i *Insert) failure() error {
	return wrap(text(i.handle.library.insertError(i.stream)))
}

// Done ends the data and waits until the rows are stored.
func (i *Insert) Done() (Statistics, error) {
	result := i.handle.library.insertDone(i.stream)
	defer i.handle.library.destroyResult(result)
	if err := i.handle.library.errorOf(result); err != nil {
		return Statistics{}, err
	}
	return i.handle.library.statisticsOf(result), nil
}

// Close frees the insert and abandons it unless Done was called. Blocks that the
// engine has already formed stay.
func (i *Insert) Close() {
	if i.stream != nil {
		i.handle.library.insertDestroy(i.stream)
		i.stream = nil
	}
}
