package session

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/web"
)

// Config is how long sessions last and how they are carried.
type Config struct {
	Book Book
	// Current returns an account if its sessions of a generation are still good.
	Current func(ctx context.Context, name string, generation int) (a account.Account, ok bool, err error)
	// Fail answers a request whose session could not be read or written.
	Fail     func(w http.ResponseWriter, r *http.Request, err error)
	Idle     time.Duration    // without a request; 1 h
	Lifetime time.Duration    // after log-in, whatever happens; 8 h, at most 24 h
	Secure   bool             // browsers reach the pages by https
	Now      func() time.Time // nil is time.Now
}

// Defaults.
const (
	DefaultIdle     = time.Hour
	DefaultLifetime = 8 * time.Hour
	MaxLifetime     = 24 * time.Hour // the broker forgets what is older
)

// Sessions are the sessions of the pages. It is safe for concurrent use.
type Sessions struct {
	config  Config
	manager *scs.SessionManager
}

// Cookies. The first form cannot be set by another host or over http.
const (
	SecureCookie = "__Host-zhibiao"
	PlainCookie  = "zhibiao"
)

// New returns sessions.
func New(config Config) *Sessions {
	if config.Idle == 0 {
		config.Idle = DefaultIdle
	}
	if config.Lifetime == 0 {
		config.Lifetime = DefaultLifetime
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	// Not scs.New: that starts a store in memory whose goroutine never ends.
	manager := &scs.SessionManager{
		Store: &store{config.Book, config.Now}, Codec: scs.GobCodec{}, Lifetime: min(config.Lifetime, MaxLifetime),
		Cookie: scs.SessionCookie{
			Name: PlainCookie, Path: "/", HttpOnly: true, Secure: config.Secure,
			// Lax: with Strict a link in a letter and the way back from an issuer of OIDC
			// would meet a stranger. Nothing changes by GET.
			SameSite: http.SameSiteLaxMode,
		},
	}
	if config.Secure {
		manager.Cookie.Name = SecureCookie
	}
	s := &Sessions{config, manager}
	manager.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		config.Fail(w, r, pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf("keeping a session: %w", err)))
	}
	return s
}

// CookieName is the name of the cookie of sessions.
func (s *Sessions) CookieName() string { return s.manager.Cookie.Name }

// Secure reports whether cookies are sent by https only.
func (s *Sessions) Secure() bool { return s.config.Secure }

// Middleware reads the session of a request before next and writes what changed.
func (s *Sessions) Middleware(next http.Handler) http.Handler { return s.manager.LoadAndSave(next) }

// What a session holds.
const (
	accountKey    = "account"
	generationKey = "generation"
	seenKey       = "seen"  // Unix seconds
	notesKey      = "notes" // JSON
	halfKey       = "half"  // account whose password was right and who still owes a second step
	halfUntilKey  = "half_until"
	secretKey     = "secret" // of an authenticator that is being set up
)

// Account returns who has signed in.
func (s *Sessions) Account(ctx context.Context) (account.Account, bool, error) {
	name := s.manager.GetString(ctx, accountKey)
	if name == "" {
		return account.Account{}, false, nil
	}
	now := s.config.Now()
	seen := time.Unix(s.manager.GetInt64(ctx, seenKey), 0)
	if now.Sub(seen) > s.config.Idle {
		return account.Account{}, false, s.End(ctx)
	}
	a, ok, err := s.config.Current(ctx, name, s.manager.GetInt(ctx, generationKey))
	if err != nil {
		return account.Account{}, false, err
	}
	if !ok {
		return account.Account{}, false, s.End(ctx)
	}
	if now.Sub(seen) > s.config.Idle/12 { // not every request costs a write
		s.manager.Put(ctx, seenKey, now.Unix())
	}
	return a, true, nil
}

// Begin lets an account in, under a new token: what somebody may have planted before
// is worth nothing.
func (s *Sessions) Begin(ctx context.Context, name string, generation int) error {
	if err := s.manager.Clear(ctx); err != nil {
		return fmt.Errorf("beginning a session: %w", err)
	}
	if err := s.manager.RenewToken(ctx); err != nil {
		return fmt.Errorf("beginning a session: %w", err)
	}
	s.manager.Put(ctx, accountKey, name)
	s.manager.Put(ctx, generationKey, generation)
	s.manager.Put(ctx, seenKey, s.config.Now().Unix())
	return nil
}

// End ends the session of a request.
func (s *Sessions) End(ctx context.Context) error {
	if err := s.manager.Destroy(ctx); err != nil {
		return fmt.Errorf("ending a session: %w", err)
	}
	return nil
}

const (
	halfTime = 10 * time.Minute // for the second step
	maxNotes = 5
)

// BeginHalf remembers, under a new token, an account that still owes a second step.
func (s *Sessions) BeginHalf(ctx context.Context, name string) error {
	if err := s.manager.Clear(ctx); err != nil {
		return fmt.Errorf("beginning a session: %w", err)
	}
	if err := s.manager.RenewToken(ctx); err != nil {
		return fmt.Errorf("beginning a session: %w", err)
	}
	s.manager.Put(ctx, halfKey, name)
	s.manager.Put(ctx, halfUntilKey, s.config.Now().Add(halfTime).Unix())
	return nil
}

// Half returns the account that owes a second step, "" for none.
func (s *Sessions) Half(ctx context.Context) string {
	if s.config.Now().Unix() > s.manager.GetInt64(ctx, halfUntilKey) {
		return ""
	}
	return s.manager.GetString(ctx, halfKey)
}

// KeepSecret remembers the secret of an authenticator that is being set up.
func (s *Sessions) KeepSecret(ctx context.Context, secret string) {
	s.manager.Put(ctx, secretKey, secret)
}

// Secret returns the secret of an authenticator that is being set up.
func (s *Sessions) Secret(ctx context.Context) string { return s.manager.GetString(ctx, secretKey) }

// Keep puts a note by for the next page.
func (s *Sessions) Keep(ctx context.Context, note web.Note) {
	var notes []web.Note
	_ = json.Unmarshal([]byte(s.manager.GetString(ctx, notesKey)), &notes) // "" are none
	if len(notes) == maxNotes {
		return
	}
	if content, err := json.Marshal(append(notes, note)); err == nil {
		s.manager.Put(ctx, notesKey, string(content))
	}
}

// Notes takes the notes out.
func (s *Sessions) Notes(ctx context.Context) []web.Note {
	if !s.manager.Exists(ctx, notesKey) {
		return nil
	}
	var notes []web.Note
	_ = json.Unmarshal([]byte(s.manager.PopString(ctx, notesKey)), &notes) // only Keep writes them
	return notes
}
