package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"zhibiao/pipeline"
	"zhibiao/portal/account"
)

// Sessions is what the pages ask of the store of sessions. The context is a request's.
type Sessions interface {
	// Account returns who has signed in; ok is false for nobody.
	Account(ctx context.Context) (a account.Account, ok bool, err error)
	// Keep puts a note by for the next page that the visitor sees.
	Keep(ctx context.Context, note Note)
	// Notes takes the notes out.
	Notes(ctx context.Context) []Note
}

// Note is what a page tells on the next one: saved, returned, …
type Note struct {
	Problem bool // something did not work
	ZH, EN  string
}

// Config is what a site is made of.
type Config struct {
	Pages    []Page
	Sessions Sessions
	Local    bool // it answers this machine only
	Secure   bool // browsers reach it by https
	Logger   *zap.Logger
}

// Site answers the requests of a table of pages.
type Site struct {
	config Config
	mux    *http.ServeMux
	menu   []Page
	frame  *Views
}

// New makes a site. A page without a rule, or two that answer the same request, are
// errors.
func New(config Config) (s *Site, err error) {
	if config.Logger == nil {
		config.Logger = zap.NewNop()
	}
	s = &Site{config: config, mux: http.NewServeMux(), frame: ownViews}
	defer func() { // of http.ServeMux, for patterns that clash
		if clash := recover(); clash != nil {
			s, err = nil, fmt.Errorf("declaring the pages: %v", clash)
		}
	}()
	var problems []error
	for _, p := range append(slices.Clone(config.Pages), staticPage()) {
		if err := p.check(); err != nil {
			problems = append(problems, err)
			continue
		}
		if p.Menu != nil {
			s.menu = append(s.menu, p)
		}
		s.mux.Handle(p.Method+" "+p.Pattern, s.guard(p))
	}
	s.mux.Handle("/", s.answer(func(http.ResponseWriter, *http.Request) error { return errNotYours }))
	return s, errors.Join(problems...)
}

// ServeHTTP answers one request. The context must have passed the sessions' own
// middleware.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secureHeaders(w, s.config.Secure)
	v := &visit{site: s, language: chooseLanguage(w, r, s.config.Secure)}
	r = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
	if !sameOrigin(r) {
		s.fail(w, r, errForeign)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// visit is what the site knows about a request.
type visit struct {
	site     *Site
	language Language
}

type visitKey struct{}

func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

// answer shows the error of a handler as a page.
func (s *Site) answer(handler Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok, err := s.config.Sessions.Account(r.Context())
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if ok {
			r = r.WithContext(account.With(r.Context(), a))
		}
		if err := handler(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

const uploadTime = 5 * time.Minute // for a body above the usual size on a slow line

// guard lets in whom the page's rule lets in (every page, every request).
func (s *Site) guard(p Page) http.Handler {
	limit := p.MaxBody
	if limit == 0 {
		limit = defaultMaxBody
	}
	return s.answer(func(w http.ResponseWriter, r *http.Request) error {
		if err := s.admit(p, r); err != nil {
			return err
		}
		if err := onlyParameters(r.URL.RawQuery, p.Query); err != nil && !p.ChecksQuery {
			return err
		}
		if limit > defaultMaxBody {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadTime))
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		return p.Handler(w, r)
	})
}

// errSignIn sends who is nobody yet to the log-in page.
var errSignIn = errors.New("nobody has signed in")

func (s *Site) admit(p Page, r *http.Request) error {
	if p.Allow.Anyone || p.Allow.OnLoopback && s.config.Local {
		return nil
	}
	a, ok := account.From(r.Context())
	if !ok {
		return errSignIn
	}
	if !a.May(p.Allow.Right, account.Object{}) {
		return errNoRight
	}
	if p.Allow.Object == nil {
		return nil
	}
	o, err := p.Allow.Object(r)
	if errors.Is(err, ErrNothing) || err == nil && (o == account.Object{} || !a.May(p.Allow.Right, o)) {
		return errNotYours
	}
	return err
}

// onlyParameters names a parameter that the page does not know (promise 11).
func onlyParameters(raw string, known []string) error {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("reading the parameters: %w", err))
	}
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if name != languageParameter && !slices.Contains(known, name) {
			hint := "there are none here"
			if len(known) > 0 {
				hint = "choose from " + strings.Join(known, ", ")
			}
			return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("unknown parameter %q: %s", name, hint))
		}
	}
	return nil
}

// fail shows an error, and logs what is not the visitor's doing.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errSignIn) {
		if err = s.askToSignIn(w, r); err == nil {
			return
		}
	}
	p := problemOf(err)
	if p.Cause != nil {
		s.config.Logger.Error("a page failed", zap.String("method", r.Method), zap.String("path", r.URL.Path), zap.Int("status", p.Status), zap.Error(p.Cause))
	}
	if err := s.frame.Show(w, r, p.Status, "problem.html", p); err != nil {
		s.config.Logger.Error("a page of an error failed", zap.Error(err))
		http.Error(w, http.StatusText(p.Status), p.Status)
	}
}
