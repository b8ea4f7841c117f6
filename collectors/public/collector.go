package public

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"zhibiao/pipeline"
)

// Defaults of a source's limits.
const (
	defaultInterval    = 3 * time.Second
	defaultTimeout     = time.Minute
	defaultIdle        = 20 * time.Second
	defaultMinRate     = 1 << 10
	defaultMaxBody     = 20 << 20
	defaultMaxRequests = 2000
	// leastInterval holds whatever a source's file says, save for virtual hosts.
	leastInterval = time.Second
)

// Options are what a collector needs beside its source's file. Zero fields have
// defaults.
type Options struct {
	// Resolve maps virtual hosts to a loopback address and port, for the demo and
	// tests: the URL keeps the host, plain HTTP is spoken whatever its scheme.
	// Where it is set, no other host is ever asked.
	Resolve map[string]string
	// AllowAddrs are addresses that may be asked although they are not public.
	AllowAddrs []netip.AddrPort
	// Proxy is asked for all hosts, http, https or socks5; nil for none. Environment
	// variables are never asked.
	Proxy *url.URL
	// CAs are the certificate authorities that are trusted; nil for the system's.
	CAs *x509.CertPool
	// Contact is how a publisher reaches us, an address or URL; "" for the contact in
	// the source's impact assessment.
	Contact string
	// Pace is shared by collectors, so that a host that several sources name is
	// still asked by one at a time; nil for one of its own.
	Pace *Pace
	// Bodies is the archive. With it, what is no document is kept as evidence; with
	// Memory as well, pages are asked only whether they changed. nil for neither.
	Bodies Bodies
	// Memory is kept between runs; nil for none.
	Memory *Memory
	// Network wraps the network itself: Record or Replay.
	Network func(http.RoundTripper) http.RoundTripper
	// Clock and Sleep are the time; Sleep returns early with the context's error.
	Clock func() time.Time
	Sleep func(context.Context, time.Duration) error

	Logger *zap.Logger
}

// Stats counts what a collector has asked of publishers since it was made.
type Stats struct {
	Requests  int64 // sent, with robots.txt, redirects and retries
	Retries   int64 // of them repeated
	Bytes     int64 // of bodies, as sent over the wire
	Confirmed int64 // pages of which the publisher said that they did not change
	Documents int64 // handed over, with those that were confirmed
}

type counters struct{ requests, retries, bytes, confirmed, documents atomic.Int64 }

// Collector visits one source. Several goroutines may use it.
type Collector struct {
	source  *pipeline.Source
	limits  pipeline.Limits
	options Options
	agent   string
	hosts   map[string]bool // that the source's file names
	network *network
	robots  *robotsCache
	pages   *pagePatterns // nil for an API
	grace   time.Duration // before the rate of a transfer counts
	counts  counters
}

// New returns the collector of a source. The error says what in the source's
// file or the options does not fit.
func New(source *pipeline.Source, options Options) (*Collector, error) {
	c := &Collector{
		source:  source,
		limits:  withDefaults(source.Limits),
		options: options.withDefaults(),
		hosts:   map[string]bool{},
		grace:   rateGrace,
	}
	c.robots = c.options.Pace.robots
	if err := c.prepare(); err != nil {
		return nil, fmt.Errorf("preparing source %s: %w", source.Name, err)
	}
	return c, nil
}

func (c *Collector) prepare() (err error) {
	if (c.source.API == nil) == (c.source.Pages == nil) {
		return errors.New("a source that is fetched has either an api or pages")
	}
	if c.agent, err = userAgent(cmp.Or(c.options.Contact, c.source.Impact.Contact)); err != nil {
		return err
	}
	if err := c.nameHosts(); err != nil {
		return err
	}
	if c.source.API != nil {
		err = checkAPI(c.source.API)
	} else {
		c.pages, err = compilePatterns(c.source.Pages)
	}
	if err != nil {
		return err
	}
	allowed := slices.Clone(c.options.AllowAddrs)
	for _, text := range c.source.Limits.AllowAddrs {
		address, err := netip.ParseAddrPort(text)
		if err != nil {
			return fmt.Errorf("limits.allow_addrs: %q is no address with a port, such as 10.1.2.3:80", text)
		}
		allowed = append(allowed, address)
	}
	c.network, err = newNetwork(&c.options, allowed)
	return err
}

// nameHosts registers the hosts of all URLs in the source's file.
func (c *Collector) nameHosts() error {
	var named []string
	if api := c.source.API; api != nil {
		named = append(named, api.URL)
		if api.SessionURL != "" {
			named = append(named, api.SessionURL)
		}
	} else {
		for _, list := range c.source.Pages.Lists {
			named = append(named, list.URL)
		}
		for _, page := range c.source.Pages.Pages {
			named = append(named, page.URL)
		}
	}
	for _, raw := range named {
		u, err := canonicalURL(nil, raw, nil)
		if err != nil {
			return err
		}
		c.hosts[u.Host] = true
	}
	return nil
}

// Collect implements pipeline.Collector. Its error is the emitter's, the
// context's, or a *CollectError.
func (c *Collector) Collect(ctx context.Context, window pipeline.Window, emit func(context.Context, pipeline.RawDocument) error) error {
	r := newRun(c, window, emit)
	defer c.network.closeIdle()
	var err error
	if c.source.API != nil {
		err = r.collectAPI(ctx, c.source.API)
	} else {
		err = r.collectPages(ctx, c.source.Pages)
	}
	c.options.Logger.Info("source visited", zap.String("source", c.source.Name),
		zap.Int("requests", r.requests), zap.Int("documents", r.documents), zap.Int("failures", len(r.failures)))
	if err != nil {
		return fmt.Errorf("collecting %s: %w", c.source.Name, err)
	}
	if len(r.failures) > 0 {
		err = &CollectError{Source: c.source.Name, Failures: r.failures}
	}
	r.remember(err)
	return err
}

// Stats returns the counts so far.
func (c *Collector) Stats() Stats {
	return Stats{
		Requests:  c.counts.requests.Load(),
		Retries:   c.counts.retries.Load(),
		Bytes:     c.counts.bytes.Load(),
		Confirmed: c.counts.confirmed.Load(),
		Documents: c.counts.documents.Load(),
	}
}

func withDefaults(limits pipeline.Limits) pipeline.Limits {
	limits.Interval = cmp.Or(limits.Interval, defaultInterval)
	limits.Timeout = cmp.Or(limits.Timeout, defaultTimeout)
	limits.Idle = cmp.Or(limits.Idle, defaultIdle)
	limits.MinRate = cmp.Or(limits.MinRate, defaultMinRate)
	limits.MaxBody = cmp.Or(limits.MaxBody, defaultMaxBody)
	limits.MaxRequests = cmp.Or(limits.MaxRequests, defaultMaxRequests)
	return limits
}

func (o Options) withDefaults() Options {
	if o.Pace == nil {
		o.Pace = NewPace()
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	return o
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// product is the name under which robots.txt and publishers know us.
const product = "zhibiao"

// userAgent names us and the contact; what is not ASCII in it is
// percent-encoded, for headers carry nothing else safely.
func userAgent(contact string) (string, error) {
	contact = strings.Join(strings.Fields(contact), " ")
	if contact == "" {
		return "", errors.New("the user agent needs a contact: name one in impact.contact")
	}
	var encoded strings.Builder
	for _, letter := range []byte(contact) {
		if letter < ' ' || letter > '~' {
			fmt.Fprintf(&encoded, "%%%02X", letter)
		} else {
			encoded.WriteByte(letter)
		}
	}
	return product + "/1.0 (+" + encoded.String() + ")", nil
}
