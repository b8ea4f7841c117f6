package httpfront

import (
	"fmt"
	"net/http"
	"strconv"

	"zhibiao/warehouse/engine/internal/session"
)

// statuses are the HTTP statuses of ClickHouse's error codes; others are 500.
var statuses = map[int]int{
	194: http.StatusUnauthorized, 516: http.StatusForbidden,
	164: http.StatusForbidden, 497: http.StatusForbidden, 452: http.StatusForbidden,
	60: http.StatusNotFound, 81: http.StatusNotFound, 46: http.StatusNotFound,
	62: http.StatusBadRequest, 27: http.StatusBadRequest, 26: http.StatusBadRequest, 36: http.StatusBadRequest,
	47: http.StatusBadRequest, 53: http.StatusBadRequest, 72: http.StatusBadRequest, 115: http.StatusBadRequest,
	456: http.StatusBadRequest, 457: http.StatusBadRequest, 48: http.StatusNotImplemented,
	501: http.StatusMethodNotAllowed, 307: http.StatusRequestEntityTooLarge, 159: http.StatusRequestTimeout,
	202: http.StatusServiceUnavailable, 241: http.StatusInternalServerError,
}

// fail tells the client about an error, with a status of its own if nothing has
// been sent yet and inside the body otherwise.
func (r *reply) fail(err error) {
	failure := session.FailureOf(err)
	if r.out != nil {
		r.failInside(failure.Text)
		return
	}
	header := r.writer.Header()
	header.Set("Content-Type", "text/plain; charset=UTF-8")
	header.Set("X-ClickHouse-Exception-Code", strconv.Itoa(failure.Code))
	status, known := statuses[failure.Code]
	if !known {
		status = http.StatusInternalServerError
	}
	if status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", `Basic realm="ClickHouse server HTTP API"`)
	}
	r.writer.WriteHeader(status)
	fmt.Fprintln(r.writer, failure.Text)
}

// failInside appends ClickHouse's exception block, outside its compressed blocks,
// and breaks the connection off: a client that does not look for the block must
// not take the result for complete.
func (r *reply) failInside(text string) {
	message := text + "\n"
	_, err := fmt.Fprintf(r.out, "\r\n__exception__\r\n%s\r\n%s%d %s\r\n__exception__\r\n", r.tag, message, len(message), r.tag)
	if err == nil && r.flush() == nil {
		_ = http.NewResponseController(r.writer).Flush()
	}
	panic(http.ErrAbortHandler)
}
