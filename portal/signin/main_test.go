package signin

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"zhibiao/portal/account"
	"zhibiao/portal/portaltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	goodPassword = "正确的马电池和订书钉"
	address      = "192.0.2.7"
)

// hall is a desk over books in memory, at a time that the test moves.
type hall struct {
	t         *testing.T
	mu        sync.Mutex
	at        time.Time
	accounts  *portaltest.Book
	counts    *portaltest.Book
	directory *Directory
	attempts  *Attempts
	desk      *Desk
}

func newHall(t *testing.T) *hall {
	h := &hall{t: t, at: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC), accounts: portaltest.NewBook(), counts: portaltest.NewBook()}
	h.directory = NewDirectory(h.accounts, h.now)
	h.attempts = NewAttempts(h.counts, h.now)
	h.desk = NewDesk(h.directory, h.attempts, NewGate(1000))
	return h
}

func (h *hall) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hall) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

func county(name string) account.Account {
	return account.Account{Name: name, Display: "清徐县", Role: account.County, Region: "140121"}
}

// add adds an account and returns its code.
func (h *hall) add(a account.Account) string {
	h.t.Helper()
	oneTime, err := h.directory.Add(h.t.Context(), a, DefaultCodeValid)
	if err != nil {
		h.t.Fatal(err)
	}
	return oneTime
}

// settled adds an account that has set its password.
func (h *hall) settled(a account.Account) {
	h.t.Helper()
	if _, err := h.desk.ByCode(h.t.Context(), a.Name, h.add(a), goodPassword, address); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) byPassword(name, password string) error {
	_, err := h.desk.ByPassword(context.Background(), name, password, address)
	return err
}

func (h *hall) mustWait(err error) time.Duration {
	h.t.Helper()
	var wait *WaitError
	if !errors.As(err, &wait) {
		h.t.Fatalf("got %v, want to be told to wait", err)
	}
	return wait.For
}
