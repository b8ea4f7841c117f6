// Package portal answers on HTTP for people and their spreadsheets.
//
// All its pages stand in one table (Pages), each with who may use it; the server and
// the test of who may do what are made from that table. Without accounts of its own an
// installation on one machine can still be used there: what Rule.OnLoopback says is
// open while the pages listen on loopback only, and then they answer only to loopback
// names, so that no other site's page can reach them through a name that it controls.
package portal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"go.uber.org/zap"

	"zhibiao/portal/account"
	"zhibiao/portal/audit"
	"zhibiao/portal/session"
	"zhibiao/portal/signin"
	"zhibiao/portal/web"
	"zhibiao/warehouse"
)

// Config says what the pages stand on.
type Config struct {
	// Reader opens the warehouse with the account that only reads.
	Reader func(context.Context) (*warehouse.Warehouse, error)
	Logger *zap.Logger
	// MaxExports is how many exports run at once; 4. More are told to come again.
	MaxExports int
	// Stall is how long a client may take no data; 1 min.
	Stall time.Duration
	// Drain is how long running answers may take when the server ends; 10 s.
	Drain time.Duration

	Accounts signin.Book // the broker's bucket of accounts
	Sessions signin.Book // the broker's bucket of sessions
	Audit    *audit.Log
	Idle     time.Duration // until a session without requests ends; session.DefaultIdle
	Lifetime time.Duration // until any session ends; session.DefaultLifetime
	Access   Access
	Issuer   *signin.Issuer   // of OIDC; nil for none
	Now      func() time.Time // nil is time.Now
	// More are pages beside the portal's own.
	More []web.Page
}

// Access is how people reach the pages.
type Access struct {
	Local   bool           // on this machine only, without a proxy in front
	TLS     bool           // the pages' own
	Proxies []netip.Prefix // whose word for address and https is taken; none for no proxy
	Host    string         // host and port under which browsers know the pages; "" for any
}

// Secure reports whether browsers reach the pages by https.
func (a Access) Secure() bool { return a.TLS || len(a.Proxies) > 0 }

func (c Config) withDefaults() Config {
	if c.MaxExports == 0 {
		c.MaxExports = 4
	}
	if c.Stall == 0 {
		c.Stall = time.Minute
	}
	if c.Drain == 0 {
		c.Drain = 10 * time.Second
	}
	if c.Logger == nil {
		c.Logger = zap.NewNop()
	}
	return c
}

// loginQueue is how many people may wait to sign in. At 30 to 70 ms a hash the last of
// them waits up to half a minute.
const loginQueue = 512

// Handler answers the requests of all pages.
func Handler(config Config) (http.Handler, error) {
	config = config.withDefaults()
	if config.Accounts == nil || config.Sessions == nil || config.Audit == nil {
		return nil, errors.New("opening the pages: accounts, sessions and the audit trail are needed")
	}
	directory := signin.NewDirectory(config.Accounts, config.Now)
	sessions := session.New(session.Config{
		Book: config.Sessions, Current: directory.Current, Idle: config.Idle, Lifetime: config.Lifetime,
		Secure: config.Access.Secure(), Now: config.Now, Fail: sessionFailed(config.Logger),
	})
	site, err := web.New(web.Config{
		Pages: Pages(config, directory, sessions), Sessions: sessions,
		Local: config.Access.Local, Secure: config.Access.Secure(), Logger: config.Logger,
	})
	if err != nil {
		return nil, fmt.Errorf("opening the pages: %w", err)
	}
	return config.Access.guard(sessions.Middleware(site)), nil
}

// Pages is the table of all pages.
func Pages(config Config, directory *signin.Directory, sessions *session.Sessions) []web.Page {
	desk := signin.NewDesk(directory, signin.NewAttempts(config.Sessions, config.Now), signin.NewGate(loginQueue))
	entrance := &signin.Pages{Desk: desk, Sessions: sessions, Audit: config.Audit, Issuer: config.Issuer, Logger: config.Logger}
	exports := &exports{config: config, places: make(chan struct{}, config.MaxExports)}
	table := []web.Page{home(config.More)}
	table = append(table, entrance.Table()...)
	table = append(table, exports.table()...)
	return append(table, config.More...)
}

var views = web.MustViews(web.Sub(templates, "templates"))

// desks are the pages that the work of a role begins with.
var desks = map[account.Role]string{
	account.Province: "/morning", account.County: "/supplement", account.City: "/review", account.Unit: "/filing", account.Analyst: "/number",
}

// home is where people begin: the page of their work if it is there, else what they
// may do here.
func home(pages []web.Page) web.Page {
	there := map[string]bool{}
	for _, p := range pages {
		there[p.Pattern] = p.Method == http.MethodGet || there[p.Pattern]
	}
	return web.Page{Method: http.MethodGet, Pattern: "/{$}", Allow: web.Rule{Right: account.Work}, Handler: func(w http.ResponseWriter, r *http.Request) error {
		if who, found := account.From(r.Context()); found && there[desks[who.Role]] {
			return web.SeeOther(w, r, desks[who.Role])
		}
		return views.Show(w, r, http.StatusOK, "home.html", nil)
	}}
}

// sessionFailed answers where not even the frame of a page can be shown.
func sessionFailed(log *zap.Logger) func(http.ResponseWriter, *http.Request, error) {
	return func(w http.ResponseWriter, r *http.Request, err error) {
		log.Error("a session failed", zap.String("path", r.URL.Path), zap.Error(err))
		w.Header().Set("Retry-After", "10")
		http.Error(w, "系统暂时无法使用，请稍后再试。\nThe system is not available at the moment; try again in a while.", http.StatusServiceUnavailable)
	}
}
