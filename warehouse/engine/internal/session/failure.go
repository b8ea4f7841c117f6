package session

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"zhibiao/warehouse/engine/internal/chdb"
)

// Exception words an error of a front as ClickHouse words its own.
func Exception(code int, name, message string) error {
	return &chdb.Error{Text: fmt.Sprintf("Code: %d. DB::Exception: %s. (%s)", code, message, name)}
}

var (
	codePattern = regexp.MustCompile(`^Code: (\d+)\.`)
	namePattern = regexp.MustCompile(`\(([A-Z][A-Z0-9_]+)\)$`)
)

// unknownException is ClickHouse's code for an error without one.
const unknownException = 1002

// Failure is an error as ClickHouse words it: the whole text begins with its code
// and ends in its name.
type Failure struct {
	Code int
	Name string
	Text string
}

// FailureOf words any error.
func FailureOf(err error) Failure {
	text := ""
	var engine *chdb.Error
	switch {
	case errors.As(err, &engine):
		text = engine.Text
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		text = "Code: 394. DB::Exception: Query was cancelled. (QUERY_WAS_CANCELLED)"
	default:
		text = err.Error() + ". (UNKNOWN_EXCEPTION)"
	}
	text = strings.ReplaceAll(text, "\r", " ")
	failure := Failure{Code: unknownException, Name: "UNKNOWN_EXCEPTION", Text: text}
	if name := namePattern.FindStringSubmatch(text); name != nil {
		failure.Name = name[1]
	}
	if code := codePattern.FindStringSubmatch(text); code != nil {
		failure.Code, _ = strconv.Atoi(code[1])
		return failure
	}
	failure.Text = fmt.Sprintf("Code: %d. DB::Exception: %s", unknownException, text)
	return failure
}
