package signin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"zhibiao/pipeline"
	"zhibiao/portal/account"
)

// Book is a bucket that advances by compare-and-set; *stream.Book is one.
type Book interface {
	Get(ctx context.Context, key string) (value []byte, revision uint64, err error)
	Put(ctx context.Context, key string, value []byte, revision uint64) (next uint64, ok bool, err error)
	Keys(ctx context.Context, folder string) ([]string, error)
	Remove(ctx context.Context, key string) error
}

// What a caller may be told of an account.
var (
	ErrUnknown = errors.New("there is no such account")
	ErrTaken   = errors.New("there is an account of that name already")
)

// Directory is the accounts with their secrets. It is safe for concurrent use, by
// several processes too.
type Directory struct {
	book Book
	now  func() time.Time
}

// NewDirectory returns the accounts of a book; now nil is time.Now.
func NewDirectory(book Book, now func() time.Time) *Directory {
	if now == nil {
		now = time.Now
	}
	return &Directory{book, now}
}

// entry is an account as it is stored.
type entry struct {
	account.Account
	Password string  `json:"password,omitempty"` // Argon2id; "" before the first log-in
	Code     *code   `json:"code,omitempty"`     // not used yet
	Factor   *factor `json:"factor,omitempty"`   // nil before it was set up
	// Generation counts what ends all sessions: a new password, being disabled.
	Generation int `json:"generation"`
}

type code struct {
	Hash  string    `json:"hash"`
	Until time.Time `json:"until"`
	// ResetFactor sets the authenticator up anew when the code is used.
	ResetFactor bool `json:"reset_factor,omitempty"`
}

const accountFolder = "account"

func (d *Directory) read(ctx context.Context, name string) (entry, uint64, error) {
	if account.CheckName(name) != nil {
		return entry{}, 0, ErrUnknown
	}
	content, revision, err := d.book.Get(ctx, accountFolder+"."+name)
	if err != nil {
		return entry{}, 0, pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf("reading account %s: %w", name, err))
	}
	if revision == 0 {
		return entry{}, 0, ErrUnknown
	}
	var e entry
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields() // promise 11
	if err := decoder.Decode(&e); err != nil {
		return entry{}, 0, fmt.Errorf("reading account %s: %w", name, err)
	}
	return e, revision, nil
}

// change reads an account, lets f change it and writes it back; f runs again if
// somebody else wrote first. An error of f is returned and nothing is written.
func (d *Directory) change(ctx context.Context, name string, f func(*entry) error) (entry, error) {
	for ctx.Err() == nil {
		e, revision, err := d.read(ctx, name)
		if err != nil {
			return entry{}, err
		}
		if err := f(&e); err != nil {
			return e, err
		}
		ok, err := d.write(ctx, e, revision)
		if err != nil || ok {
			return e, err
		}
	}
	return entry{}, fmt.Errorf("changing account %s: %w", name, context.Cause(ctx))
}

func (d *Directory) write(ctx context.Context, e entry, revision uint64) (ok bool, err error) {
	content, err := json.Marshal(e)
	if err == nil {
		_, ok, err = d.book.Put(ctx, accountFolder+"."+e.Name, content, revision)
	}
	if err != nil {
		return false, pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf("writing account %s: %w", e.Name, err))
	}
	return ok, nil
}

// Add adds an account and returns the one-time code of its first log-in, which nobody
// can find out later. ErrTaken: the name is in use.
func (d *Directory) Add(ctx context.Context, a account.Account, valid time.Duration) (oneTime string, err error) {
	a.Created, a.Disabled = d.now().UTC().Truncate(time.Second), false
	if err := a.Check(); err != nil {
		return "", pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	if a.SSO != "" {
		if _, err := d.BySSO(ctx, a.SSO); !errors.Is(err, ErrUnknown) {
			return "", errors.Join(err, pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("adding account %s: another account signs in as %q", a.Name, a.SSO)))
		}
	}
	oneTime = newCode()
	e := entry{Account: a, Generation: 1, Code: d.codeEntry(oneTime, valid, false)}
	ok, err := d.write(ctx, e, 0)
	if err == nil && !ok {
		err = pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("adding account %s: %w", a.Name, ErrTaken))
	}
	if err != nil {
		return "", err
	}
	return oneTime, nil
}

func (d *Directory) codeEntry(oneTime string, valid time.Duration, resetFactor bool) *code {
	return &code{Hash: hash(typedCode(oneTime)), Until: d.now().Add(valid).UTC().Truncate(time.Second), ResetFactor: resetFactor}
}

// NewCode returns a new one-time code of an account and voids an earlier one. The
// password stays as it is until the code is used.
func (d *Directory) NewCode(ctx context.Context, name string, valid time.Duration, resetFactor bool) (string, error) {
	oneTime := newCode()
	made := d.codeEntry(oneTime, valid, resetFactor)
	_, err := d.change(ctx, name, func(e *entry) error {
		if e.Disabled {
			return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("making a code for %s: the account is disabled", name))
		}
		e.Code = made
		return nil
	})
	if err != nil {
		return "", yourInput(err)
	}
	return oneTime, nil
}

// SetDisabled disables an account, which ends its sessions, or enables it again.
func (d *Directory) SetDisabled(ctx context.Context, name string, disabled bool) error {
	_, err := d.change(ctx, name, func(e *entry) error {
		e.Disabled = disabled
		e.Generation++
		return nil
	})
	return yourInput(err)
}

func yourInput(err error) error {
	if errors.Is(err, ErrUnknown) {
		return pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	return err
}

// Get returns an account. ErrUnknown: there is none of that name.
func (d *Directory) Get(ctx context.Context, name string) (account.Account, error) {
	e, _, err := d.read(ctx, name)
	return e.Account, err
}

// Current returns an account whose sessions of a generation are still good.
func (d *Directory) Current(ctx context.Context, name string, generation int) (a account.Account, ok bool, err error) {
	e, _, err := d.read(ctx, name)
	if errors.Is(err, ErrUnknown) {
		return account.Account{}, false, nil
	}
	return e.Account, err == nil && e.Generation == generation && !e.Disabled, err
}

// Standing is an account as an administrator sees it.
type Standing struct {
	account.Account
	SignedIn  bool      // has set a password
	CodeUntil time.Time // of a code that was not used; zero for none
	Factor    bool      // has set up an authenticator
}

// List returns all accounts by name.
func (d *Directory) List(ctx context.Context) ([]Standing, error) {
	keys, err := d.book.Keys(ctx, accountFolder)
	if err != nil {
		return nil, pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf("listing the accounts: %w", err))
	}
	var all []Standing
	for _, key := range keys {
		e, _, err := d.read(ctx, strings.TrimPrefix(key, accountFolder+"."))
		if errors.Is(err, ErrUnknown) {
			continue
		}
		if err != nil {
			return nil, err
		}
		s := Standing{Account: e.Account, SignedIn: e.Password != "", Factor: e.Factor != nil}
		if e.Code != nil {
			s.CodeUntil = e.Code.Until
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(x, y Standing) int { return strings.Compare(x.Name, y.Name) })
	return all, nil
}

// BySSO returns the account that an issuer's user signs in to. ErrUnknown: none, or
// more than one.
func (d *Directory) BySSO(ctx context.Context, user string) (account.Account, error) {
	all, err := d.List(ctx)
	if err != nil {
		return account.Account{}, err
	}
	var found []account.Account
	for _, s := range all {
		if s.SSO == user && user != "" {
			found = append(found, s.Account)
		}
	}
	if len(found) != 1 {
		return account.Account{}, ErrUnknown
	}
	return found[0], nil
}
