package httpfront

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"zhibiao/warehouse/engine/internal/chdb"
)

var codePattern = regexp.MustCompile(`^Code: (\d+)\.`)

// statuses are the HTTP statuses of ClickHouse's error codes; others are 500.
var statuses = map[string]int{
	"194": http.StatusUnauthorized, "516": http.StatusForbidden,
	"164": http.StatusForbidden, "497": http.StatusForbidden, "452": http.StatusForbidden,
	"60": http.StatusNotFound, "81": http.StatusNotFound, "46": http.StatusNotFound,
	"62": http.StatusBadRequest, "27": http.StatusBadRequest, "26": http.StatusBadRequest, "36": http.StatusBadRequest,
	"47": http.StatusBadRequest, "53": http.StatusBadRequest, "72": http.StatusBadRequest, "115": http.StatusBadRequest,
	"456": http.StatusBadRequest, "457": http.StatusBadRequest, "48": http.StatusNotImplemented,
	"501": http.StatusMethodNotAllowed, "307": http.StatusRequestEntityTooLarge, "159": http.StatusRequestTimeout,
	"202": http.StatusServiceUnavailable, "241": http.StatusInternalServerError,
}

// fail tells the client about an error, with a status of its own if nothing has
// been sent yet and inside the body otherwise.
func (r *reply) fail(err error) {
	text, code := exceptionText(err)
	if r.out != nil {
		r.failInside(text)
		return
	}
	header := r.writer.Header()
	header.Set("Content-Type", "text/plain; charset=UTF-8")
	header.Set("X-ClickHouse-Exception-Code", code)
	status, known := statuses[code]
	if !known {
		status = http.StatusInternalServerError
	}
	if status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", `Basic realm="ClickHouse server HTTP API"`)
	}
	r.writer.WriteHeader(status)
	fmt.Fprintln(r.writer, text)
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

// exceptionText words any error as ClickHouse does and finds its code.
func exceptionText(err error) (text, code string) {
	var engine *chdb.Error
	switch {
	case errors.As(err, &engine):
		text = engine.Text
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		text = "Code: 394. DB::Exception: Query was cancelled. (QUERY_WAS_CANCELLED)"
	default:
		text = "Code: 1002. DB::Exception: " + err.Error() + ". (UNKNOWN_EXCEPTION)"
	}
	text = strings.ReplaceAll(text, "\r", " ")
	if found := codePattern.FindStringSubmatch(text); found != nil {
		return text, found[1]
	}
	return "Code: 1002. DB::Exception: " + text, "1002"
}
