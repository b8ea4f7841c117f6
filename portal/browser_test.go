package portal_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"zhibiao/portal"
	"zhibiao/portal/account"
	"zhibiao/portal/audit"
	"zhibiao/portal/portaltest"
	"zhibiao/portal/signin"
)

const password = "正确的马电池和订书钉"

// house is the pages with their books, for browsers of a test.
type house struct {
	t         *testing.T
	config    portal.Config
	handler   http.Handler
	directory *signin.Directory
	accounts  *portaltest.Book
	sessions  *portaltest.Book
	trail     *portaltest.Trail
	logs      *observer.ObservedLogs
	host      string
	from      string // address of browsers
}

// openHouse opens pages that are reached by https; change may alter how.
func openHouse(t *testing.T, change func(*portal.Config)) *house {
	t.Helper()
	h := &house{t: t, accounts: portaltest.NewBook(), sessions: portaltest.NewBook(), trail: &portaltest.Trail{}, host: "zhibiao.example.cn", from: "192.0.2.7:1000"}
	core, logs := observer.New(zapcore.DebugLevel)
	h.logs = logs
	h.config = portal.Config{Accounts: h.accounts, Sessions: h.sessions, Audit: audit.NewLog(h.trail, nil), Logger: zap.New(core), Access: portal.Access{TLS: true, Host: h.host}}
	if change != nil {
		change(&h.config)
	}
	h.directory = signin.NewDirectory(h.accounts, nil)
	h.handler = handlerOf(t, h.config)
	return h
}

func (h *house) add(a account.Account) (oneTime string) {
	h.t.Helper()
	oneTime, err := h.directory.Add(h.t.Context(), a, time.Hour)
	if err != nil {
		h.t.Fatal(err)
	}
	return oneTime
}

// browser keeps cookies.
type browser struct {
	house   *house
	cookies map[string]*http.Cookie
	headers map[string]string
}

func (h *house) browser() *browser {
	return &browser{h, map[string]*http.Cookie{}, map[string]string{"Sec-Fetch-Site": "same-origin"}}
}

type page struct {
	status   int
	body     string
	location string
	header   http.Header
}

func (b *browser) do(method, path string, form url.Values) page {
	b.house.t.Helper()
	r := httptest.NewRequestWithContext(b.house.t.Context(), method, path, strings.NewReader(form.Encode()))
	r.Host, r.RemoteAddr = b.house.host, b.house.from
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range b.headers {
		r.Header.Set(name, value)
	}
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.house.handler.ServeHTTP(w, r)
	answer := w.Result()
	for _, c := range answer.Cookies() {
		b.cookies[c.Name] = c
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.house.t.Fatal(err)
	}
	return page{answer.StatusCode, string(body), answer.Header.Get("Location"), answer.Header}
}

func (b *browser) get(path string) page { return b.do(http.MethodGet, path, nil) }

func (b *browser) post(path string, pairs ...string) page {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, path, form)
}

func (b *browser) useCode(name, oneTime, to string) page {
	return b.post("/login/code", "name", name, "code", oneTime, "password", password, "again", password, "to", to)
}

func (b *browser) signIn(name string) page {
	return b.post("/login", "name", name, "password", password)
}

func county() account.Account {
	return account.Account{Name: "qingxu", Display: "清徐县市场监管局", Role: account.County, Region: "140121"}
}

func (h *house) whatWasDone() []string {
	h.t.Helper()
	var deeds []string
	if err := h.config.Audit.List(h.t.Context(), 1, func(r audit.Record) error {
		deeds = append(deeds, strings.Join([]string{r.What, r.Who, r.From}, " "))
		return nil
	}); err != nil {
		h.t.Fatal(err)
	}
	return deeds
}

// the one-time password that an authenticator shows, some steps from now
func authenticator(t *testing.T, secret string, steps int) string {
	t.Helper()
	typed, err := totp.GenerateCode(secret, time.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return typed
}
