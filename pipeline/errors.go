package pipeline

import (
	"errors"
	"fmt"
	"time"
)

// Errors are verdicts. Permanent: the same input will fail again, so it is set
// aside and a person looks. RetryAfter: the other side asks to wait. RowsError:
// some rows will never load, the rest did. SetUp: an outage that a person has to
// end. Any other error is an outage: nothing is known, so it is tried again and the
// intake stops meanwhile (promise 5).

// ErrSourceChanged says that a source no longer looks as its file describes it.
var ErrSourceChanged = errors.New("source changed")

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

// Permanent marks an error as one that no retry mends. nil stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// IsPermanent reports whether err, or an error that it wraps, is permanent.
func IsPermanent(err error) bool {
	var p *permanentError
	return errors.As(err, &p)
}

type retryError struct {
	err   error
	after time.Duration
}

func (e *retryError) Error() string { return fmt.Sprintf("%v (try again in %s)", e.err, e.after) }
func (e *retryError) Unwrap() error { return e.err }

// RetryAfter marks an error as one to try again after d. nil stays nil.
func RetryAfter(err error, d time.Duration) error {
	if err == nil {
		return nil
	}
	return &retryError{err, d}
}

// RetryDelay returns the wait that err asks for, if it asks for one.
func RetryDelay(err error) (time.Duration, bool) {
	var r *retryError
	if errors.As(err, &r) {
		return r.after, true
	}
	return 0, false
}

// RowsError names the rows of a batch that can never be loaded, by index; all
// other rows of the batch are durable.
type RowsError struct {
	Failed map[int]error
}

func (e *RowsError) Error() string {
	first := -1
	for i := range e.Failed {
		if first < 0 || i < first {
			first = i
		}
	}
	return fmt.Sprintf("%d rows refused by the warehouse, first row %d: %v", len(e.Failed), first, e.Failed[first])
}

type setUpError struct{ err error }

func (e *setUpError) Error() string { return e.err.Error() }
func (e *setUpError) Unwrap() error { return e.err }

// SetUp marks an outage that no waiting mends: the other side is not set up for
// what is asked of it (a table or column is missing, the account is refused), and a
// person has to do something, which the error says. Nothing is dropped meanwhile,
// and the work goes on by itself once it is mended. nil stays nil.
func SetUp(err error) error {
	if err == nil {
		return nil
	}
	return &setUpError{err}
}

// IsSetUp reports whether err, or an error that it wraps, is one of the other
// side's set-up.
func IsSetUp(err error) bool {
	var s *setUpError
	return errors.As(err, &s)
}

// Exit codes of the command (DESIGN section 7).
const (
	ExitDone        = 0
	ExitOurFault    = 1
	ExitYourInput   = 2
	ExitEnvironment = 3
	ExitPartly      = 4
)

type exitError struct {
	err  error
	code int
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// WithExit gives an error the exit code that the command ends with. nil stays
// nil.
func WithExit(code int, err error) error {
	if err == nil {
		return nil
	}
	return &exitError{err, code}
}

// ExitCode returns the exit code of an error: 0 for nil, 1 where none was given.
func ExitCode(err error) int {
	if err == nil {
		return ExitDone
	}
	var e *exitError
	if errors.As(err, &e) {
		return e.code
	}
	return ExitOurFault
}
