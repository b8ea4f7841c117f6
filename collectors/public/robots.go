package public

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	// robotsLife is how long a robots.txt is believed (RFC 9309: at most a day).
	robotsLife = 24 * time.Hour
	// robotsErrorLife is how long a failure to read one is believed.
	robotsErrorLife = 10 * time.Minute
	// maxCrawlDelay is the longest Crawl-delay that is obeyed.
	maxCrawlDelay = 5 * time.Minute
)

// robotsCache keeps what sites allow.
type robotsCache struct {
	mu    sync.Mutex
	sites map[string]robotsVerdict
}

type robotsVerdict struct {
	rules robotsRules
	err   error // why nothing may be asked
	until time.Time
}

func newRobotsCache() *robotsCache { return &robotsCache{sites: map[string]robotsVerdict{}} }

func (c *robotsCache) get(site string, now time.Time) (robotsVerdict, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	verdict, ok := c.sites[site]
	return verdict, ok && now.Before(verdict.until)
}

func (c *robotsCache) put(site string, verdict robotsVerdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sites[site] = verdict
}

func (c *robotsCache) crawlDelay(site string, now time.Time) time.Duration {
	verdict, _ := c.get(site, now)
	return min(verdict.rules.delay, maxCrawlDelay)
}

// siteOf returns what one robots.txt is for: scheme, host and port.
func siteOf(u *url.URL) string { return u.Scheme + "://" + hostOf(u) }

// obeyRobots returns why the request must not be sent, or nil.
func (r *run) obeyRobots(request *http.Request) error {
	site := siteOf(request.URL)
	verdict, ok := r.robots.get(site, r.options.Clock())
	if !ok {
		verdict = r.askRobots(request.Context(), site)
		if request.Context().Err() != nil {
			return context.Cause(request.Context())
		}
		r.robots.put(site, verdict)
	}
	if verdict.err != nil {
		return robotsFailure(request, verdict.err)
	}
	if !verdict.rules.allows(pathOf(request.URL)) {
		return &PageError{Kind: ErrRobots, URL: request.URL.String()}
	}
	return nil
}

// robotsFailure says why a site whose robots.txt could not be read is not asked.
func robotsFailure(request *http.Request, err error) *PageError {
	var page *PageError
	if errors.As(err, &page) && !errors.Is(page.Kind, ErrStatus) {
		failed := *page
		failed.URL = request.URL.String()
		failed.Detail = strings.TrimPrefix(page.Detail+", while asking for robots.txt", ", ")
		return &failed
	}
	failed := &PageError{Kind: ErrRobots, URL: request.URL.String(), Detail: "robots.txt cannot be read, which forbids everything"}
	if page != nil {
		failed.Status, failed.Wait = page.Status, page.Wait
	} else {
		failed.Cause = err
	}
	return failed
}

// askRobots reads the robots.txt of a site: 4xx allows everything, 5xx and no
// answer nothing.
func (r *run) askRobots(ctx context.Context, site string) robotsVerdict {
	now := r.options.Clock()
	x := &exchange{expect: expectRobots}
	request, err := http.NewRequestWithContext(context.WithValue(ctx, exchangeKey{}, x), http.MethodGet, site+"/robots.txt", nil)
	if err != nil {
		return robotsVerdict{err: err, until: now.Add(robotsErrorLife)}
	}
	request.Header.Set("User-Agent", r.agent)
	answer, err := r.probe.Do(request)
	if err == nil {
		answer.Body.Close()
		return robotsVerdict{rules: parseRobots(x.body), until: now.Add(robotsLife)}
	}
	var page *PageError
	if !errors.As(err, &page) {
		return robotsVerdict{err: fmt.Errorf("asking for robots.txt: %w", err), until: now.Add(robotsErrorLife)}
	}
	if errors.Is(page.Kind, ErrRedirects) || page.Status >= 400 && page.Status < 500 && page.Status != http.StatusTooManyRequests {
		return robotsVerdict{until: now.Add(robotsLife)}
	}
	life := robotsErrorLife
	if errors.Is(page.Kind, ErrBudget) {
		life = 0 // says nothing about the site
	}
	return robotsVerdict{err: page, until: now.Add(life)}
}
