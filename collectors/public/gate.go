package public

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"
)

const (
	// maxInRow is how many requests to a host may fail one after the other.
	maxInRow = 5
	// maxRetryAfter is the longest wait that a host's Retry-After is obeyed for.
	maxRetryAfter = time.Hour
)

// backoff is the wait before the second and third attempt where the host names
// none, in intervals.
var backoff = []time.Duration{2, 10}

// gate is the top of the chain; a redirect passes it again.
func (r *run) gate(request *http.Request) (*http.Response, error) {
	scheme, host := request.URL.Scheme, hostOf(request.URL)
	if scheme != "http" && scheme != "https" || !r.hosts[host] {
		return nil, &PageError{Kind: ErrForeignHost, URL: request.URL.String()}
	}
	if err := r.open(request); err != nil {
		return nil, err
	}
	if err := r.obeyRobots(request); err != nil {
		return nil, err
	}
	answer, err := r.retry(request)
	var page *PageError
	if errors.As(err, &page) && errors.Is(page.Kind, ErrBlocked) {
		r.block(host, page)
	}
	return answer, err
}

// open reports why the host is not asked any more.
func (r *run) open(request *http.Request) error {
	name := hostOf(request.URL)
	if challenge := r.options.Pace.blocking(name, r.options.Clock()); challenge != nil {
		return &PageError{Kind: ErrBlocked, URL: request.URL.String(), Wait: blockedWait, Evidence: challenge.Evidence,
			Detail: "not asked, for the host sent a challenge at " + challenge.URL}
	}
	state := r.host(name)
	if state.inRow >= maxInRow {
		return &PageError{Kind: ErrStopped, URL: request.URL.String(),
			Detail: fmt.Sprintf("%d requests to the host failed in a row", state.inRow)}
	}
	return nil
}

// retry sends the request, and again where that may help. The waiting is done
// by the host's pace.
func (r *run) retry(request *http.Request) (*http.Response, error) {
	host := hostOf(request.URL)
	for attempt := 0; ; attempt++ {
		again, err := repeat(request, attempt)
		if err != nil {
			return nil, err
		}
		answer, err := r.turn(again)
		var page *PageError
		if err != nil && !errors.As(err, &page) || page != nil && errors.Is(page.Kind, ErrBudget) {
			return nil, err
		}
		state := r.host(host)
		if page == nil {
			r.options.Pace.answered(host)
		} else if page.isComplaint() {
			r.options.Pace.complained(host)
		}
		if page == nil || !page.ofHost() {
			state.inRow = 0
			return answer, err
		}
		state.inRow++
		if state.inRow == maxInRow {
			r.options.Logger.Warn("host failed too often in a row, not asked again in this run",
				zap.String("source", r.source.Name), zap.String("host", host), zap.Error(page))
		}
		wait := page.Wait
		if wait == 0 && attempt < len(backoff) {
			wait = backoff[attempt] * r.interval(request)
		}
		if !page.retryable() || attempt == len(backoff) || state.inRow >= maxInRow {
			return nil, page
		}
		r.options.Pace.hold(host, r.options.Clock().Add(wait))
		r.counts.retries.Add(1)
	}
}

// repeat returns the request for an attempt, with a body that was not yet read.
func repeat(request *http.Request, attempt int) (*http.Request, error) {
	if attempt == 0 {
		return request, nil
	}
	again := request.Clone(request.Context())
	if request.GetBody != nil {
		body, err := request.GetBody()
		if err != nil {
			return nil, fmt.Errorf("repeating the request to %s: %w", request.URL, err)
		}
		again.Body = body
	}
	return again, nil
}

// turn waits until the host may be asked, counts the request and sends it.
func (r *run) turn(request *http.Request) (*http.Response, error) {
	if r.requests >= r.limits.MaxRequests {
		r.spent = true
		return nil, &PageError{Kind: ErrBudget, URL: request.URL.String(),
			Detail: fmt.Sprintf("%d requests were sent", r.requests)}
	}
	end, err := r.options.Pace.take(request.Context(), &r.options, hostOf(request.URL), r.interval(request))
	if err != nil {
		return nil, err
	}
	defer end()
	r.requests++
	r.counts.requests.Add(1)
	answer, err := r.capture(request)
	if request.Context().Err() != nil {
		return nil, context.Cause(request.Context())
	}
	return answer, err
}

// interval is the pause after a request to the host: the source's, or the
// longer one that robots.txt asks for.
func (r *run) interval(request *http.Request) time.Duration {
	if r.network.isVirtual(request.URL.Hostname()) {
		return r.limits.Interval
	}
	return max(r.limits.Interval, leastInterval, r.robots.crawlDelay(siteOf(request.URL), r.options.Clock()))
}

// retryAfter reads the header Retry-After, in seconds or as a date.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		wait = time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	} else if date, err := http.ParseTime(value); err == nil {
		wait = date.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}
