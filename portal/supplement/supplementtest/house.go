// Package supplementtest has the house that tests of the county's and reviewers' pages
// work in: the pages behind their real log-in, a real desk on an embedded broker, and
// a warehouse that says what the test wants.
package supplementtest

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	desk "zhibiao/collectors/supplement"
	"zhibiao/pipeline"
	"zhibiao/pipeline/archive"
	"zhibiao/pipeline/stream"
	"zhibiao/portal"
	"zhibiao/portal/account"
	"zhibiao/portal/audit"
	"zhibiao/portal/review"
	"zhibiao/portal/signin"
	"zhibiao/portal/supplement"
)

// ErrAway is what is away says.
var ErrAway = errors.New("it is away")

// Numbers is a warehouse that says what a test wants. It is safe for concurrent use.
type Numbers struct {
	mu    sync.Mutex
	gaps  []desk.Gap
	known []desk.Known
	away  bool
}

// SetAway makes everything fail, or mends it.
func (n *Numbers) SetAway(away bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.away = away
}

// Set says what is known and what is absent.
func (n *Numbers) Set(gaps []desk.Gap, known []desk.Known) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.gaps, n.known = gaps, known
}

// Gaps is what the desk asks.
func (n *Numbers) Gaps(_ context.Context, region string, _ pipeline.Date) ([]desk.Gap, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.away {
		return nil, ErrAway
	}
	var found []desk.Gap
	for _, gap := range n.gaps {
		if gap.Cell.Region == region {
			found = append(found, gap)
		}
	}
	return found, nil
}

// Known is what the desk asks.
func (n *Numbers) Known(_ context.Context, region string, _ pipeline.Date) ([]desk.Known, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.away {
		return nil, ErrAway
	}
	var found []desk.Known
	for _, known := range n.known {
		if known.Cell.Region == region {
			found = append(found, known)
		}
	}
	return found, nil
}

// Held is what the desk asks.
func (n *Numbers) Held(context.Context, string, time.Time) ([]desk.Cell, error) { return nil, nil }

// Book is a desk's book that can be away.
type Book struct {
	desk.Book
	mu   sync.Mutex
	away bool
}

// SetAway makes everything fail, or mends it.
func (b *Book) SetAway(away bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = away
}

func (b *Book) isAway() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.away
}

// Get is the book's.
func (b *Book) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	if b.isAway() {
		return nil, 0, ErrAway
	}
	return b.Book.Get(ctx, key)
}

// Put is the book's.
func (b *Book) Put(ctx context.Context, key string, value []byte, revision uint64) (uint64, bool, error) {
	if b.isAway() {
		return 0, false, ErrAway
	}
	return b.Book.Put(ctx, key, value, revision)
}

// House is the pages with what they stand on.
type House struct {
	Handler   http.Handler
	Desk      *desk.Desk
	Directory *signin.Directory
	Numbers   *Numbers
	Drafts    *Book
	Trail     *audit.Log
	Config    portal.Config

	mu     sync.Mutex
	ahead  time.Duration // of the clock
	broker *stream.Embedded
	store  *archive.Archive
}

// Host is the name that browsers of a test know the pages by.
const Host = "zhibiao.example.cn"

// Open opens a house for a test, which is reached by https.
func Open(t testing.TB) *House {
	t.Helper()
	h, err := OpenIn(t.Context(), t.TempDir(), portal.Access{TLS: true, Host: Host})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// OpenIn opens a house in a folder; Close closes it.
func OpenIn(ctx context.Context, dir string, access portal.Access) (*House, error) {
	h := &House{Numbers: &Numbers{}}
	var err error
	if h.broker, err = stream.StartEmbedded(ctx, stream.Config{Dir: filepath.Join(dir, "broker")}); err != nil {
		return nil, err
	}
	if err := h.open(ctx, dir, access); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

func (h *House) open(ctx context.Context, dir string, access portal.Access) (err error) {
	if h.store, err = archive.Open(filepath.Join(dir, "archive")); err != nil {
		return err
	}
	entries, problem1 := h.broker.Entries(ctx)
	drafts, problem2 := h.broker.Drafts(ctx)
	accounts, problem3 := h.broker.Accounts(ctx)
	sessions, problem4 := h.broker.Sessions(ctx)
	trail, problem5 := h.broker.Trail(ctx)
	if err := errors.Join(problem1, problem2, problem3, problem4, problem5); err != nil {
		return err
	}
	h.Drafts, h.Trail = &Book{Book: drafts}, audit.NewLog(trail, nil)
	h.Desk, err = desk.New(desk.Config{
		Entries: entries, Drafts: h.Drafts, Numbers: h.Numbers, Evidences: h.store, Indicators: Indicators, Units: Units, Clock: h.now,
		Audit: func(ctx context.Context, e desk.Event) error {
			ctx = account.With(ctx, account.Account{Name: e.Account, Role: account.Role(e.Role)})
			return h.Trail.Record(ctx, audit.Event{What: "entry." + string(e.Act), Object: e.Subject, Region: e.Region})
		},
	})
	if err != nil {
		return err
	}
	pages := supplement.Pages(supplement.Config{Desk: h.Desk, Regions: Regions, Indicators: Indicators, Units: Units, Trace: "/number/"})
	pages = append(pages, review.Pages(review.Config{Desk: h.Desk, Regions: Regions, Indicators: Indicators, Trace: "/number/"})...)
	h.Config = portal.Config{Accounts: accounts, Sessions: sessions, Audit: h.Trail, Access: access, More: pages}
	h.Directory = signin.NewDirectory(accounts, nil)
	h.Handler, err = portal.Handler(h.Config)
	return err
}

// Close ends the broker.
func (h *House) Close() error {
	var err error
	if h.store != nil {
		err = h.store.Close()
	}
	return errors.Join(h.broker.Close(), err)
}

func (h *House) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Now().Add(h.ahead)
}

// Wait lets the desk's clock go on.
func (h *House) Wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ahead += d
}

// Loopback is how a house on this machine is reached.
func Loopback() portal.Access { return portal.Access{Local: true} }
