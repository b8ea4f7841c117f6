package public

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
)

// shelf is an archive of bodies in memory.
type shelf struct {
	mu     sync.Mutex
	bodies map[string][]byte
}

func (s *shelf) PutBody(_ context.Context, body []byte) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bodies == nil {
		s.bodies = map[string][]byte{}
	}
	hash := pipeline.HashBody(body)
	s.bodies[hash] = bytes.Clone(body)
	return hash, nil
}

func (s *shelf) Body(_ context.Context, hash string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, ok := s.bodies[hash]
	if !ok {
		return nil, errors.New("not in the archive")
	}
	return body, nil
}

// hostileRig collects from the statistics site's hostile hosts.
type hostileRig struct {
	site    *statsite.Site
	time    *fakeTime
	archive *shelf
	memory  *Memory
	dir     string
	options Options
}

func newHostileRig(t *testing.T) *hostileRig {
	t.Helper()
	site, err := statsite.Serve(context.Background(), statsite.NewWorld(statsite.Config{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { site.Close() })
	r := &hostileRig{site: site, time: &fakeTime{now: day}, archive: &shelf{}, dir: t.TempDir()}
	site.OversizeBytes, site.DripEvery, site.Clock = 1<<20, 100*time.Microsecond, r.time.clock
	if r.memory, err = OpenMemory(r.dir); err != nil {
		t.Fatal(err)
	}
	r.options = Options{Resolve: map[string]string{}, Clock: r.time.clock, Sleep: r.time.sleep,
		Bodies: r.archive, Memory: r.memory, Pace: NewPace()}
	for _, behaviour := range statsite.Behaviours() {
		r.options.Resolve[behaviour.Host()] = site.Addr()
	}
	return r
}

// pages is a source of the page that misbehaves and then one that does not.
func hostilePages(b statsite.Behaviour) *pipeline.Source {
	source := pageSource(&pipeline.PageCollection{Pages: []pipeline.DirectPage{
		{URL: b.URL()}, {URL: "http://" + b.Host() + statsite.HostileGood}}})
	source.Limits.MaxBody = 256 << 10
	source.Limits.Idle = 500 * time.Millisecond
	if b.Name == "slow-drip" {
		source.Limits.MinRate = 1 << 20
	}
	return source
}

func (r *hostileRig) collect(t *testing.T, source *pipeline.Source) ([]pipeline.RawDocument, error) {
	t.Helper()
	c, err := New(source, r.options)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(source.Pages.Pages[0].URL, "slow-drip") {
		c.grace = time.Millisecond
	}
	return collectWith(t.Context(), c, pipeline.Window{})
}

// asked counts the requests for the page that misbehaves.
func (r *hostileRig) asked(path string) (n int) {
	for _, request := range r.site.Requests() {
		if request.Path == path {
			n++
		}
	}
	return n
}

func behaviourNamed(t *testing.T, name string) statsite.Behaviour {
	t.Helper()
	for _, behaviour := range statsite.Behaviours() {
		if behaviour.Name == name {
			return behaviour
		}
	}
	t.Fatalf("the statistics site has no behaviour %q", name)
	return statsite.Behaviour{}
}

// hostilePage says what is done about a page.
type hostilePage struct {
	behaviour string
	kind      error // nil: the page is handed over
	asked     int   // how often it is asked for
	evidence  bool  // its body is archived
	stops     bool  // the host is not asked for the good page
	marked    bool  // the source is marked as blocked
}

var hostilePageTests = []hostilePage{
	{behaviour: "slow-drip", kind: ErrSlow, asked: 1},
	{behaviour: "stall", kind: ErrSlow, asked: 1},
	{behaviour: "reset", kind: ErrUnreachable, asked: 4}, // net/http itself repeats once on a connection that was in use
	{behaviour: "gzip-bomb", kind: ErrTooLarge, asked: 1},
	{behaviour: "oversize", kind: ErrTooLarge, asked: 1},
	{behaviour: "announced-oversize", kind: ErrTooLarge, asked: 1},
	{behaviour: "length-too-long", kind: ErrTruncated, asked: 3, evidence: true},
	{behaviour: "length-too-short", asked: 1},
	{behaviour: "cut-without-length", kind: ErrTruncated, asked: 3, evidence: true},
	{behaviour: "cut-chunks", kind: ErrTruncated, asked: 3, evidence: true},
	{behaviour: "wrong-encoding", kind: ErrEncoding, asked: 3},
	{behaviour: "wrong-charset", asked: 1},
	{behaviour: "not-found", kind: ErrStatus, asked: 1},
	{behaviour: "server-error", kind: ErrStatus, asked: 1},
	{behaviour: "too-many-requests", asked: 2},
	{behaviour: "unavailable-until", asked: 2},
	{behaviour: "always-busy", kind: ErrStatus, asked: 3},
	{behaviour: "challenge-200", kind: ErrBlocked, asked: 1, evidence: true, stops: true, marked: true},
	{behaviour: "challenge-202", kind: ErrBlocked, asked: 1, evidence: true, stops: true, marked: true},
	{behaviour: "challenge-412", kind: ErrBlocked, asked: 1, evidence: true, stops: true, marked: true},
	{behaviour: "challenge-521", kind: ErrBlocked, asked: 1, evidence: true, stops: true, marked: true},
	{behaviour: "captcha", kind: ErrBlocked, asked: 1, evidence: true, stops: true, marked: true},
	{behaviour: "login-wall", kind: ErrLogin, asked: 1, evidence: true, marked: true},
	{behaviour: "soft-404", kind: ErrMissing, asked: 1, evidence: true},
	{behaviour: "maintenance", kind: ErrMissing, asked: 1, evidence: true},
	{behaviour: "empty-shell", kind: ErrShell, asked: 1, evidence: true},
	{behaviour: "empty-body", kind: ErrTruncated, asked: 3},
	{behaviour: "redirect-chain", kind: ErrRedirects, asked: 1},
	{behaviour: "redirect-loop", kind: ErrRedirects, asked: 6},
	{behaviour: "redirect-private", kind: ErrForeignHost, asked: 1},
	{behaviour: "redirect-foreign", kind: ErrForeignHost, asked: 1},
	{behaviour: "redirect-file", kind: ErrForeignHost, asked: 1},
	{behaviour: "robots-forbid", kind: ErrRobots, asked: 0, stops: true},
	{behaviour: "robots-error", kind: ErrRobots, asked: 0, stops: true},
}

func TestHostilePages(t *testing.T) {
	for _, test := range hostilePageTests {
		t.Run(test.behaviour, func(t *testing.T) {
			r := newHostileRig(t)
			behaviour := behaviourNamed(t, test.behaviour)
			got, err := r.collect(t, hostilePages(behaviour))
			if handed := slices.ContainsFunc(got, func(d pipeline.RawDocument) bool { return d.URL == behaviour.URL() }); handed != (test.kind == nil) {
				t.Errorf("the page was handed over: %v (%v)", handed, err)
			}
			if good := slices.ContainsFunc(got, func(d pipeline.RawDocument) bool { return strings.HasSuffix(d.URL, statsite.HostileGood) }); good == test.stops {
				t.Errorf("the good page of the host was handed over: %v (%v)", good, err)
			}
			if n := r.asked(statsite.HostilePage); n != test.asked {
				t.Errorf("the page was asked for %d times, want %d", n, test.asked)
			}
			if test.kind == nil {
				if err != nil {
					t.Errorf("got %v, want no error", err)
				}
				return
			}
			r.expectFailure(t, test, failures(t, err)[0].Err)
		})
	}
}

func (r *hostileRig) expectFailure(t *testing.T, test hostilePage, err error) {
	t.Helper()
	var page *PageError
	if !errors.As(err, &page) || !errors.Is(page.Kind, test.kind) {
		t.Fatalf("got %v, want one that %q", err, test.kind)
	}
	_, archived := r.archive.bodies[page.Evidence]
	if archived != test.evidence {
		t.Errorf("the body is archived as evidence: %v, want %v", archived, test.evidence)
	}
	marks, failed := r.memory.Marks()
	if failed != nil || len(marks) == 1 != test.marked {
		t.Fatalf("got marks %+v and %v, want the source marked: %v", marks, failed, test.marked)
	}
	if test.marked && (marks[0].State != StateBlocked || marks[0].GapGoes != pipeline.Province || marks[0].Evidence != page.Evidence || !marks[0].Since.Equal(r.time.clock())) {
		t.Errorf("the mark is %+v", marks[0])
	}
}

func TestRetryAfterOfAHostileHostIsKeptAndCapped(t *testing.T) {
	for name, want := range map[string]time.Duration{"too-many-requests": 2 * time.Minute, "unavailable-until": 10*time.Minute - time.Second, "always-busy": time.Hour} {
		r := newHostileRig(t)
		_, err := r.collect(t, hostilePages(behaviourNamed(t, name)))
		if longest := slices.Max(r.time.slept); longest < want-defaultInterval || longest > time.Hour {
			t.Errorf("%s: waited %s, want about %s", name, longest, want)
		}
		if wait, ok := pipeline.RetryDelay(err); ok != (name == "always-busy") || ok && wait != time.Hour {
			t.Errorf("%s: the run says to come back in %s", name, wait)
		}
	}
}

func TestTheMarkOfABlockedSourceIsLiftedWhenItLetsUsIn(t *testing.T) {
	r := newHostileRig(t)
	blocked, free := hostilePages(behaviourNamed(t, "captcha")), hostilePages(behaviourNamed(t, "wrong-charset"))
	r.collect(t, blocked)
	first := r.time.clock()
	r.time.sleep(t.Context(), 24*time.Hour)
	r.collect(t, blocked)
	marks, err := r.memory.Marks()
	if err != nil || len(marks) != 1 || !marks[0].Since.Equal(first) || !marks[0].SeenAt.After(first) {
		t.Fatalf("got %+v and %v, want one mark since the first night", marks, err)
	}
	r.collect(t, free) // of the same name
	if marks, err := r.memory.Marks(); err != nil || len(marks) != 0 {
		t.Errorf("got %+v and %v, want the mark lifted", marks, err)
	}
}

func TestAnAttachmentWithPersonalDataIsQuarantined(t *testing.T) {
	r := newHostileRig(t)
	got, err := r.collect(t, hostilePages(behaviourNamed(t, "personal-data")))
	if len(got) != 1 || !errors.Is(err, ErrPersonal) || strings.Contains(err.Error(), "110105") {
		t.Fatalf("got %d documents and %v, want the workbook refused without its numbers", len(got), err)
	}
	kept, _ := filepath.Glob(filepath.Join(r.dir, quarantineFolder, "*"))
	if len(kept) != 2 || len(r.archive.bodies) != 0 {
		t.Fatalf("quarantine holds %v, the archive %d bodies; want the file and its reason, and no body", kept, len(r.archive.bodies))
	}
	for _, file := range kept {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s is not its owner's alone: %v", file, err)
		}
	}
}

func TestARedirectToAnAddressInsideIsRefusedAfterNameResolution(t *testing.T) {
	r := newHostileRig(t)
	// The source names the host, so that only its address speaks against it.
	source := pageSource(&pipeline.PageCollection{Pages: []pipeline.DirectPage{{URL: strings.Replace("http://"+r.site.Addr(), "127.0.0.1", "localhost", 1) + statsite.HostilePage}}})
	r.options.Resolve = nil
	if _, err := r.collect(t, source); !errors.Is(err, ErrNotPublic) || len(r.site.Requests()) != 0 {
		t.Fatalf("got %v after %d requests, want the address refused", err, len(r.site.Requests()))
	}
	address := netip.MustParseAddrPort(r.site.Addr())
	source.Limits.AllowAddrs = []string{address.String()}
	r.options.Pace = NewPace() // the old one remembers that robots.txt could not be asked
	if _, err := r.collect(t, source); errors.Is(err, ErrNotPublic) || len(r.site.Requests()) == 0 {
		t.Errorf("got %v, want the address that the source's file allows to be asked", err)
	}
	source.Limits.AllowAddrs = []string{"127.0.0.1"}
	if _, err := New(source, r.options); err == nil || !strings.Contains(err.Error(), "allow_addrs") {
		t.Errorf("an address without a port is accepted: %v", err)
	}
}

func TestAnUnchangedPageIsConfirmedWithoutABody(t *testing.T) {
	r := newHostileRig(t)
	source := hostilePages(behaviourNamed(t, "unchanged"))
	source.Pages.Pages = source.Pages.Pages[:1]
	first, err := r.collect(t, source)
	if err != nil || len(first) != 1 {
		t.Fatalf("got %d documents and %v", len(first), err)
	}
	r.archive.PutBody(t.Context(), first[0].Body) // as the worker does
	second, err := r.collect(t, source)
	if err != nil || len(second) != 1 || !bytes.Equal(second[0].Body, first[0].Body) || second[0].MediaType != first[0].MediaType {
		t.Fatalf("got %d documents and %v, want the page as it was", len(second), err)
	}
	requests := r.site.Requests()
	if last := requests[len(requests)-1]; last.Condition != `"v1"` {
		t.Errorf("asked with condition %q", last.Condition)
	}
	clear(r.archive.bodies)
	third, err := r.collect(t, source)
	if requests = r.site.Requests(); err != nil || len(third) != 1 || requests[len(requests)-1].Condition != "" {
		t.Errorf("without the body, asked with condition %q: %v", requests[len(requests)-1].Condition, err)
	}
	r.archive.PutBody(t.Context(), first[0].Body)
	r.time.sleep(t.Context(), maxConfirmed+time.Hour)
	r.collect(t, source)
	if requests = r.site.Requests(); requests[len(requests)-1].Condition != "" {
		t.Error("a page is still asked conditionally after a month")
	}
}

func TestTheBudgetOfAHostIsSharedSlowsDownAndRecovers(t *testing.T) {
	pace := NewPace()
	options := Options{Clock: (&fakeTime{now: day}).clock}
	pauses := func() time.Duration {
		h := pace.host(host)
		h.next = time.Time{}
		h.rest(options.Clock(), time.Second)
		return h.wait(options.Clock()).Truncate(time.Second)
	}
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 16} {
		if got := pauses(); got != want*time.Second {
			t.Errorf("after %d complaints the pause is %s, want %ds", i, got, want)
		}
		pace.complained(host)
	}
	for range maxSlow*recovery - 1 {
		pace.answered(host)
	}
	if got := pauses(); got != 2*time.Second {
		t.Errorf("the pause is %s after many answers, want 2 s", got)
	}
	pace.answered(host)
	if got := pauses(); got != time.Second {
		t.Errorf("the pause is %s, want the source's again", got)
	}
}

func TestRobotsTxtIsAskedOnceForAllSourcesOfAProcess(t *testing.T) {
	r := newHostileRig(t)
	for i := range 3 {
		source := hostilePages(behaviourNamed(t, "wrong-charset"))
		source.Name = fmt.Sprintf("source-%d", i)
		if _, err := r.collect(t, source); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.asked("/robots.txt"); n != 1 {
		t.Errorf("robots.txt was asked for %d times", n)
	}
}
