package chdb

import (
	"io"
	"unsafe"
)

// Stream is the result of a SELECT, read chunk by chunk with bounded memory.
// Each chunk is complete in its format, so headers and footers repeat: only
// formats without them concatenate.
type Stream struct {
	handle     *Handle
	stream     unsafe.Pointer
	chunk      unsafe.Pointer
	ended      bool
	Statistics Statistics
}

// Stream starts a SELECT or WITH. Its errors come from the first Next.
func (h *Handle) Stream(statement Statement) (*Stream, error) {
	stream := h.start(h.library.stream, statement)
	if err := h.library.errorOf(stream); err != nil {
		if stream != nil {
			h.library.destroyResult(stream)
		}
		return nil, err
	}
	return &Stream{handle: h, stream: stream}, nil
}

// Next gives the next chunk, valid until the following call, and io.EOF at the
// end of the result.
func (s *Stream) Next() ([]byte, error) {
	if s.ended {
		return nil, io.EOF
	}
	s.release()
	library := s.handle.library
	s.chunk = library.fetch(s.handle.connection(), s.stream)
	if err := library.errorOf(s.chunk); err != nil {
		s.ended = true
		return nil, err
	}
	statistics := library.statisticsOf(s.chunk)
	content := library.contentOf(s.chunk)
	s.Statistics.ResultRows += statistics.ResultRows
	s.Statistics.ReadRows += statistics.ReadRows
	s.Statistics.ReadBytes += statistics.ReadBytes
	if len(content) == 0 {
		s.ended = true
		return nil, io.EOF
	}
	return content, nil
}

func (s *Stream) release() {
	if s.chunk != nil {
		s.handle.library.destroyResult(s.chunk)
		s.chunk = nil
	}
}

// Close cancels what is left of the result and frees it.
func (s *Stream) Close() {
	s.release()
	if s.stream == nil {
		return
	}
	if !s.ended {
		s.handle.library.cancelStream(s.handle.connection(), s.stream)
	}
	s.handle.library.destroyResult(s.stream)
	s.stream = nil
}
