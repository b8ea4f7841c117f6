package session_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"zhibiao/portal/account"
	"zhibiao/portal/portaltest"
	"zhibiao/portal/session"
	"zhibiao/portal/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// visitor is a browser that keeps its cookie between requests.
type visitor struct {
	t        *testing.T
	sessions *session.Sessions
	cookie   *http.Cookie
	last     *http.Response
}

// visit makes a request in which f runs.
func (v *visitor) visit(f func(ctx context.Context)) {
	v.t.Helper()
	r := httptest.NewRequestWithContext(v.t.Context(), http.MethodGet, "/", nil)
	if v.cookie != nil {
		r.AddCookie(v.cookie)
	}
	w := httptest.NewRecorder()
	v.sessions.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f(r.Context())
		w.WriteHeader(http.StatusOK)
	})).ServeHTTP(w, r)
	v.last = w.Result()
	for _, c := range v.last.Cookies() {
		v.cookie = c
		if c.Value == "" {
			v.cookie = nil
		}
	}
}

func (v *visitor) who() string {
	v.t.Helper()
	name := ""
	v.visit(func(ctx context.Context) {
		a, _, err := v.sessions.Account(ctx)
		if err != nil {
			v.t.Error(err)
		}
		name = a.Name
	})
	return name
}

func (v *visitor) begin(name string, generation int) {
	v.t.Helper()
	v.visit(func(ctx context.Context) {
		if err := v.sessions.Begin(ctx, name, generation); err != nil {
			v.t.Error(err)
		}
	})
}

// world is a time, a book, and accounts whose sessions of one generation are good.
type world struct {
	at         time.Time
	book       *portaltest.Book
	generation int
}

func newWorld() *world { return &world{at: time.Now(), book: portaltest.NewBook(), generation: 1} }

func (w *world) config() session.Config {
	return session.Config{
		Book: w.book, Now: func() time.Time { return w.at }, Idle: time.Hour, Lifetime: 8 * time.Hour, Secure: true,
		Current: func(_ context.Context, name string, generation int) (account.Account, bool, error) {
			return account.Account{Name: name}, generation == w.generation, nil
		},
		Fail: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		},
	}
}

func (w *world) visitor(t *testing.T) *visitor {
	return &visitor{t: t, sessions: session.New(w.config())}
}

func TestASessionOutlivesARestart(t *testing.T) {
	w := newWorld()
	v := w.visitor(t)
	v.begin("a1", 1)
	v.sessions = session.New(w.config())
	if got := v.who(); got != "a1" {
		t.Errorf("after the restart %q has signed in", got)
	}
}

func TestTheCookieIsForThisHostAndNoScript(t *testing.T) {
	v := newWorld().visitor(t)
	v.begin("a1", 1)
	c := v.cookie
	if c.Name != session.SecureCookie || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || len(c.Value) < 40 {
		t.Errorf("got %s", c)
	}
}

func TestSigningInChangesTheTokenAndVoidsThePlantedOne(t *testing.T) {
	v := newWorld().visitor(t)
	v.visit(func(ctx context.Context) {
		if err := v.sessions.BeginHalf(ctx, "a1"); err != nil {
			t.Error(err)
		}
	})
	planted := v.cookie
	v.begin("a1", 1)
	if planted.Value == v.cookie.Value {
		t.Error("the token stayed as it was")
	}
	v.cookie = planted
	if got := v.who(); got != "" {
		t.Errorf("whoever planted the token is %q", got)
	}
	v.cookie = &http.Cookie{Name: session.SecureCookie, Value: "of-the-attackers-choice"}
	v.begin("a1", 1)
	if v.cookie.Value == "of-the-attackers-choice" {
		t.Error("a token was taken over")
	}
}

func TestSessionsEnd(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(w *world, v *visitor)
	}{
		{"when somebody signs out", func(_ *world, v *visitor) {
			v.visit(func(ctx context.Context) {
				if err := v.sessions.End(ctx); err != nil {
					v.t.Error(err)
				}
			})
		}},
		{"after an hour without a request", func(w *world, _ *visitor) { w.at = w.at.Add(time.Hour + time.Second) }},
		{"after eight hours of requests", func(w *world, v *visitor) {
			for range 17 {
				w.at = w.at.Add(30 * time.Minute)
				v.who()
			}
		}},
		{"when the password was changed or the account disabled", func(w *world, _ *visitor) { w.generation++ }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			v := w.visitor(t)
			v.begin("a1", 1)
			kept := v.cookie
			c.end(w, v)
			v.cookie = kept // an attacker's copy
			if got := v.who(); got != "" {
				t.Errorf("%q has still signed in", got)
			}
		})
	}
}

func TestRequestsKeepASessionAliveWithoutWritingEachTime(t *testing.T) {
	w := newWorld()
	v := w.visitor(t)
	v.begin("a1", 1)
	before := w.book.Text()
	for range 10 {
		w.at = w.at.Add(20 * time.Second)
		v.who()
	}
	if w.book.Text() != before {
		t.Error("requests within minutes cost a write")
	}
	for range 6 {
		w.at = w.at.Add(50 * time.Minute)
		if got := v.who(); got != "a1" {
			t.Fatalf("a session in use ended: %q", got)
		}
	}
}

// A request that began before somebody signed out must not bring his session back.
func TestARequestUnderWayDoesNotBringASessionBack(t *testing.T) {
	w := newWorld()
	v := w.visitor(t)
	v.begin("a1", 1)
	kept := v.cookie
	v.visit(func(ctx context.Context) {
		other := &visitor{t: t, sessions: v.sessions, cookie: kept}
		other.visit(func(ctx context.Context) {
			if err := v.sessions.End(ctx); err != nil {
				t.Error(err)
			}
		})
		v.sessions.Keep(ctx, web.Note{ZH: "已保存"}) // changes the session
	})
	v.cookie = kept
	if got := v.who(); got != "" {
		t.Errorf("%q is back", got)
	}
}

func TestTheBrokerHoldsNoTokens(t *testing.T) {
	w := newWorld()
	v := w.visitor(t)
	v.begin("a1", 1)
	if strings.Contains(w.book.Text(), v.cookie.Value) {
		t.Error("who reads the broker can sign in")
	}
}

func TestNotesAreShownOnce(t *testing.T) {
	v := newWorld().visitor(t)
	v.begin("a1", 1)
	v.visit(func(ctx context.Context) { v.sessions.Keep(ctx, web.Note{ZH: "已保存", EN: "Saved"}) })
	var first, second []web.Note
	v.visit(func(ctx context.Context) { first = v.sessions.Notes(ctx) })
	v.visit(func(ctx context.Context) { second = v.sessions.Notes(ctx) })
	if len(first) != 1 || first[0].ZH != "已保存" || len(second) != 0 {
		t.Errorf("got %v, then %v", first, second)
	}
}

func TestWhoHasNoSessionCostsNoWrite(t *testing.T) {
	w := newWorld()
	v := w.visitor(t)
	v.who()
	v.visit(func(ctx context.Context) { v.sessions.Notes(ctx) })
	if w.book.Text() != "" || v.cookie != nil {
		t.Errorf("strangers fill the broker: %q", w.book.Text())
	}
}

func TestAHalfLogInLetsNobodyInAndRunsOut(t *testing.T) {
	w := newWorld()
	v := w.visitor(t)
	v.visit(func(ctx context.Context) {
		if err := v.sessions.BeginHalf(ctx, "a1"); err != nil {
			t.Error(err)
		}
	})
	if got := v.who(); got != "" {
		t.Errorf("a half log-in let %q in", got)
	}
	half := func() (name string) {
		v.visit(func(ctx context.Context) { name = v.sessions.Half(ctx) })
		return name
	}
	if got := half(); got != "a1" {
		t.Errorf("the half log-in is of %q", got)
	}
	w.at = w.at.Add(11 * time.Minute)
	if got := half(); got != "" {
		t.Errorf("the half log-in of %q does not run out", got)
	}
}

func TestABrokerThatIsAwayIsNotTakenForASignOut(t *testing.T) {
	w := newWorld()
	v := w.visitor(t)
	v.begin("a1", 1)
	w.book.Fail(errors.New("away"))
	v.visit(func(context.Context) { t.Error("the page was reached without a session") })
	if v.last.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("got %d", v.last.StatusCode)
	}
	w.book.Fail(nil)
	if got := v.who(); got != "a1" {
		t.Errorf("after the outage %q has signed in", got)
	}
}
