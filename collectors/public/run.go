package public

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/gocolly/colly/v2"
	"go.uber.org/zap"

	"zhibiao/pipeline"
)

// run is one call of Collect. One goroutine uses it; cookies, blocked hosts and
// counts end with it.
type run struct {
	*Collector
	window    pipeline.Window
	emit      func(context.Context, pipeline.RawDocument) error
	front     *colly.Collector
	probe     *http.Client          // asks for robots.txt
	states    map[string]*hostState // by host
	requests  int
	documents int
	spent     bool // the run has used up its requests
	unasked   int  // pages that were found after that
	failures  []PageFailure
}

// hostState is what a run knows of a host.
type hostState struct {
	inRow int // requests that failed one after the other
}

func newRun(c *Collector, window pipeline.Window, emit func(context.Context, pipeline.RawDocument) error) *run {
	r := &run{Collector: c, window: window, emit: emit, states: map[string]*hostState{}}
	asked := roundTrip(r.retry)
	r.probe = &http.Client{Transport: asked, CheckRedirect: limitRedirects}

	// Init instead of NewCollector: COLLY_* variables are never read.
	r.front = &colly.Collector{}
	r.front.Init()
	r.front.UserAgent = c.agent
	r.front.MaxBodySize = 0               // capture limits it, with an error
	r.front.AllowURLRevisit = true        // a failed page may be asked again
	r.front.ParseHTTPErrorResponse = true // capture classifies
	r.front.IgnoreRobotsTxt = true        // the gate obeys it
	r.front.SetRequestTimeout(0)          // capture limits each attempt, not the waiting
	r.front.SetRedirectHandler(limitRedirects)
	r.front.WithTransport(roundTrip(r.gate))
	r.front.OnResponse(func(response *colly.Response) {
		if x, ok := response.Ctx.GetAny(exchangeName).(*exchange); ok {
			response.Body = x.body // colly was given none, so it copied and changed none
			x.final = response.Request.URL
		}
	})
	return r
}

// maxRedirects is how many redirects one page may take.
const maxRedirects = 5

func limitRedirects(request *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return &PageError{Kind: ErrRedirects, URL: request.URL.String(), Detail: fmt.Sprintf("%d redirects", len(via))}
	}
	return nil
}

// expectation is what kind of answer a request is to bring.
type expectation int

const (
	expectPage    expectation = iota // a page with text, or a file
	expectJSON                       // JSON
	expectRows                       // rows of a list, in HTML or XML
	expectCookies                    // any page, for its cookies; it may be made of scripts
	expectRobots                     // robots.txt, of which a beginning is enough
)

// exchange accompanies a request down the chain and brings its answer back up,
// past everything that might change it.
type exchange struct {
	expect    expectation
	known     *remembered // what the page was, nil to ask in full
	body      []byte
	mediaType string     // as claimed
	said      validators // of this answer
	unchanged bool       // the publisher confirmed that it is what it was
	final     *url.URL   // after redirects
}

type exchangeKey struct{}

const exchangeName = "exchange"

func exchangeOf(request *http.Request) *exchange {
	x, _ := request.Context().Value(exchangeKey{}).(*exchange)
	if x == nil {
		x = &exchange{}
	}
	return x
}

// fetch asks for one URL. Its error is the context's or a *PageError, which may
// carry pipeline.RetryAfter.
func (r *run) fetch(ctx context.Context, method, target string, body []byte, header http.Header, expect expectation) (x *exchange, err error) {
	x = &exchange{expect: expect}
	if method == http.MethodGet && expect == expectPage {
		x.known = r.recall(ctx, target)
	}
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("fetching %s: our own fault, please report it: panic: %v", target, fault)
		}
	}()
	// colly takes its context from the collector, not from the call.
	r.front.Context = context.WithValue(ctx, exchangeKey{}, x)
	defer func() { r.front.Context = context.Background() }()
	carried := colly.NewContext()
	carried.Put(exchangeName, x)
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(body)
	}
	if header == nil {
		header = http.Header{}
	}
	header.Set("User-Agent", r.agent)
	err = r.front.Request(method, target, content, carried, header)
	return x, r.verdict(ctx, target, err)
}

// verdict makes a typed error of what colly returned.
func (r *run) verdict(ctx context.Context, target string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var page *PageError
	if !errors.As(err, &page) {
		page = &PageError{Kind: ErrUnreachable, URL: target, Cause: err}
	}
	if page.Wait > 0 {
		return pipeline.RetryAfter(page, page.Wait)
	}
	return page
}

// fail notes a failure; the run goes on. Only the end of the context ends it.
func (r *run) fail(ctx context.Context, target string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	r.failures = append(r.failures, PageFailure{URL: target, Err: err})
	return nil
}

// hand completes a document and hands it over.
func (r *run) hand(ctx context.Context, document pipeline.RawDocument) error {
	document.Source = r.source.Name
	document.Supplier = r.source.Rules.Supplier
	if document.Supplier == "" {
		document.Supplier = pipeline.Public
	}
	document.Access = r.source.Access
	if document.Access == "" {
		document.Access = pipeline.AccessPublic
	}
	document.FetchedAt = r.options.Clock()
	if err := r.emit(ctx, document); err != nil {
		return fmt.Errorf("handing over %s: %w", document.URL, err)
	}
	r.documents++
	r.counts.documents.Add(1)
	return nil
}

// wanted reports whether the window asks for the region; a place without a
// region is always visited, for its documents say themselves what they are
// about.
func (r *run) wanted(region string) bool {
	if region == "" || len(r.window.Regions) == 0 {
		return true
	}
	for _, asked := range r.window.Regions {
		if asked == region {
			return true
		}
	}
	return false
}

func (r *run) host(name string) *hostState {
	state := r.states[name]
	if state == nil {
		state = &hostState{}
		r.states[name] = state
	}
	return state
}

// block ends the asking of a host, by all sources, for the time that it is to be
// left alone.
func (r *run) block(name string, challenge *PageError) {
	challenge.Wait = blockedWait
	r.options.Pace.block(name, challenge, r.options.Clock().Add(blockedWait))
	r.options.Logger.Warn("blocked by the publisher, not asked for an hour",
		zap.String("source", r.source.Name), zap.String("host", name), zap.String("sign", challenge.Detail))
}

// blockedWait is how long a host that sent a challenge is to be left alone.
const blockedWait = time.Hour
