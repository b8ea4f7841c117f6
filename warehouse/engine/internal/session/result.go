package session

import (
	"errors"
	"io"
	"strings"

	"zhibiao/warehouse/engine/internal/chdb"
)

// Streams reports whether the engine gives the result of a statement with this
// first word piece by piece.
func Streams(keyword string) bool {
	return keyword == "SELECT" || keyword == "WITH" || keyword == "FROM"
}

// Result is what a statement answers, in one piece or in several.
type Result struct {
	stream     *chdb.Stream
	piece      []byte // the first one, already fetched
	err        error  // of the first fetch
	fetched    bool
	statistics chdb.Statistics
}

// Result runs a statement, streamed where asked for and possible. Errors of the
// statement come from here and not from the first Next, so that a front can still
// answer with an error alone.
func (s *Session) Result(statement chdb.Statement, stream bool) (*Result, error) {
	if !stream {
		return s.whole(statement)
	}
	opened, err := s.Stream(statement)
	if err != nil && strings.Contains(err.Error(), "Streaming query is not supported") {
		return s.whole(statement)
	}
	if err != nil {
		return nil, err
	}
	piece, err := opened.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		opened.Close()
		return nil, err
	}
	return &Result{stream: opened, piece: piece, err: err, fetched: true}, nil
}

func (s *Session) whole(statement chdb.Statement) (*Result, error) {
	content, statistics, err := s.Query(statement)
	if err != nil {
		return nil, err
	}
	return &Result{piece: content, fetched: len(content) > 0, statistics: statistics}, nil
}

// Whole reports whether the result came in one piece; its statistics are then
// known before the first Next.
func (r *Result) Whole() bool { return r.stream == nil }

// Next gives the next piece, valid until the following call, and io.EOF at the
// end.
func (r *Result) Next() ([]byte, error) {
	if r.fetched {
		r.fetched = false
		return r.piece, r.err
	}
	if r.stream == nil || r.err != nil {
		return nil, io.EOF
	}
	return r.stream.Next()
}

// Statistics counts the work so far.
func (r *Result) Statistics() chdb.Statistics {
	if r.stream != nil {
		return r.stream.Statistics
	}
	return r.statistics
}

// Close ends the statement. It can be called again.
func (r *Result) Close() {
	if r.stream != nil {
		r.stream.Close()
	}
}
