package public

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"zhibiao/pipeline"
)

// The kinds of a PageError, for errors.Is.
var (
	// ErrStatus: the host answered with a status that is not a document.
	ErrStatus = errors.New("answered with an error status")
	// ErrBlocked: the host answered with a bot challenge; it is not asked again in
	// this run.
	ErrBlocked = errors.New("blocked by the publisher")
	// ErrLogin: the page asks for a login.
	ErrLogin = errors.New("asks for a login")
	// ErrMissing: the page says, with status 200, that it does not exist or that
	// the site is closed.
	ErrMissing = errors.New("says that there is no such page")
	// ErrShell: the page holds no text; scripts or nothing would fill it.
	ErrShell = errors.New("is an empty shell")
	// ErrSlow: the transfer stood still or trickled.
	ErrSlow = errors.New("too slow")
	// ErrPersonal: the attachment holds personal data.
	ErrPersonal = errors.New("holds personal data and is not collected")
	// ErrTrap: addresses without end, such as a calendar.
	ErrTrap = errors.New("leads on without end")
	// ErrTooLarge: the body passes the source's limit, or inflates out of measure.
	ErrTooLarge = errors.New("too large")
	// ErrTruncated: the body ended before it was complete.
	ErrTruncated = errors.New("truncated")
	// ErrEncoding: the body does not hold what its Content-Encoding says.
	ErrEncoding = errors.New("cannot be decompressed")
	// ErrRobots: robots.txt forbids the page, or could not be asked.
	ErrRobots = errors.New("forbidden by robots.txt")
	// ErrBudget: the run has used up its requests.
	ErrBudget = errors.New("too many requests in one run")
	// ErrUnreachable: no answer was received.
	ErrUnreachable = errors.New("unreachable")
	// ErrForeignHost: the URL leads to a host that the source's file does not name.
	ErrForeignHost = errors.New("leads to a host that is not the source's")
	// ErrNotPublic: the host's address is not a public one.
	ErrNotPublic = errors.New("has an address that is not public")
	// ErrRedirects: too many redirects, or redirects in a circle.
	ErrRedirects = errors.New("redirected too often")
	// ErrStopped: the host failed too often in a row and is not asked again in this
	// run.
	ErrStopped = errors.New("not asked")
	// ErrUnexpected: the answer is not what the source's file promises.
	ErrUnexpected = errors.New("is not what the source's file describes")
	// ErrAnswer: the interface answered with an error of its own.
	ErrAnswer = errors.New("the interface answered with an error")
)

// advice is what a person can do about each kind.
var advice = map[error]string{
	ErrStatus:      "open it in a browser, and mend the URL in the source's file if the page has moved",
	ErrBlocked:     "never bypass a challenge: run less often, or ask the publisher",
	ErrLogin:       "find a public page, or leave it to the province",
	ErrMissing:     "open it in a browser, and mend the URL in the source's file if the page has moved",
	ErrShell:       "find the address that its scripts ask for, or leave it to the province",
	ErrSlow:        "run it again at another hour, or lower limits.min_rate in the source's file",
	ErrPersonal:    "look at the file in quarantine, and tell the publisher",
	ErrTrap:        "narrow the link pattern in the source's file",
	ErrTooLarge:    "raise limits.max_body in the source's file if the document is meant to be this large",
	ErrTruncated:   "run it again",
	ErrEncoding:    "run it again, and tell the publisher if it stays",
	ErrRobots:      "ask the publisher for leave, or take the page out of the source's file",
	ErrBudget:      "narrow the window, or raise limits.max_requests in the source's file",
	ErrUnreachable: "run it again, and check name and network if it stays",
	ErrForeignHost: "name a page of that host in the source's file if it belongs to the source, or narrow its link pattern",
	ErrNotPublic:   "if it is meant, name it under limits.allow_addrs of the source's file, or with --allow-addr when recording",
	ErrRedirects:   "open it in a browser, and mend the URL in the source's file",
	ErrStopped:     "run it again when the host answers",
	ErrUnexpected:  "open it in a browser, and mend the source's file",
	ErrAnswer:      "compare the request in the source's file with the publisher's site",
}

// PageError says why one URL gave no document: what, where and what to do. It
// wraps its Kind, and its Cause where there is one.
type PageError struct {
	Kind   error  // one of the kinds of this package
	URL    string // the URL that failed; after a redirect, its target
	Status int    // HTTP status, 0 for none
	Detail string // what was seen
	Cause  error
	// Wait is how long the host asks to be left alone, 0 where it says nothing.
	Wait time.Duration
	// Evidence is the hash of the archived body that showed it, "" for none.
	Evidence string
}

func (e *PageError) Error() string {
	var what strings.Builder
	fmt.Fprintf(&what, "fetching %s: %v", e.URL, e.Kind)
	if e.Status != 0 {
		fmt.Fprintf(&what, " (%s)", strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))))
	}
	if e.Detail != "" {
		what.WriteString(": " + e.Detail)
	}
	if e.Cause != nil {
		fmt.Fprintf(&what, ": %v", e.Cause)
	}
	if e.Evidence != "" {
		what.WriteString(" (archived as " + e.Evidence + ")")
	}
	return what.String() + "; " + e.advice()
}

func (e *PageError) advice() string {
	if errors.Is(e.Kind, ErrStatus) && (e.Status >= 500 || e.Status == http.StatusTooManyRequests) {
		return "run it again later"
	}
	return advice[e.Kind]
}

// Unwrap returns the kind, the cause, and for what no longer looks like the
// source's file pipeline.ErrSourceChanged.
func (e *PageError) Unwrap() []error {
	wrapped := []error{e.Kind}
	if e.Cause != nil {
		wrapped = append(wrapped, e.Cause)
	}
	if errors.Is(e.Kind, ErrUnexpected) {
		wrapped = append(wrapped, pipeline.ErrSourceChanged)
	}
	return wrapped
}

// retryable reports whether the same request may succeed in a moment.
func (e *PageError) retryable() bool {
	switch {
	case errors.Is(e.Kind, ErrTruncated), errors.Is(e.Kind, ErrEncoding):
		return true
	case errors.Is(e.Kind, ErrUnreachable):
		return !certificateFault(e.Cause)
	}
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return errors.Is(e.Kind, ErrStatus)
	}
	return false
}

// isComplaint reports whether the host says that it is asked too often.
func (e *PageError) isComplaint() bool {
	return errors.Is(e.Kind, ErrStatus) && (e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable)
}

// ofHost reports whether the error speaks against the host, and not only
// against one page of it.
func (e *PageError) ofHost() bool {
	return e.retryable() || errors.Is(e.Kind, ErrUnreachable) || errors.Is(e.Kind, ErrSlow) ||
		errors.Is(e.Kind, ErrStatus) && (e.Status >= 500 || e.Status == http.StatusForbidden)
}

// PageFailure is one URL of a run that gave no document.
type PageFailure struct {
	URL string
	Err error
}

// CollectError joins the failures of a run, in the order in which they
// happened; all other documents were handed over.
type CollectError struct {
	Source   string
	Failures []PageFailure
}

// shownFailures is how many failures the message spells out.
const shownFailures = 5

func (e *CollectError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "collecting %s: %d failed", e.Source, len(e.Failures))
	for i, failure := range e.Failures {
		if i == shownFailures {
			fmt.Fprintf(&text, "\n  and %d more", len(e.Failures)-shownFailures)
			break
		}
		fmt.Fprintf(&text, "\n  %v", failure.Err)
	}
	return text.String()
}

// Unwrap returns the errors of all failures.
func (e *CollectError) Unwrap() []error {
	wrapped := make([]error, len(e.Failures))
	for i, failure := range e.Failures {
		wrapped[i] = failure.Err
	}
	return wrapped
}
