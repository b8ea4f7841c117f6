package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zhibiao/portal/account"
)

// ErrRefused says that name and secret do not belong together, and not which of them
// is wrong.
var ErrRefused = errors.New("the account or the password is not right")

// WaitError says that somebody has to wait before he may try again.
type WaitError struct{ For time.Duration }

func (e *WaitError) Error() string {
	return fmt.Sprintf("too many tries failed: wait %s", e.For.Round(time.Second))
}

// LockedError is ErrRefused of a try after which the account has to wait.
type LockedError struct{ Name string }

func (e *LockedError) Error() string { return "signing in as " + e.Name + ": " + ErrRefused.Error() }

// Unwrap makes it an ErrRefused.
func (e *LockedError) Unwrap() error { return ErrRefused }

// ChoiceError says why a new password is not taken.
type ChoiceError struct{ ZH, EN string }

func (e *ChoiceError) Error() string { return e.EN }

// Desk checks what people show. It is safe for concurrent use.
type Desk struct {
	directory *Directory
	attempts  *Attempts
	gate      *Gate
}

// NewDesk returns a desk over accounts and counts of attempts.
func NewDesk(directory *Directory, attempts *Attempts, gate *Gate) *Desk {
	return &Desk{directory, attempts, gate}
}

// Entered is somebody who has shown what was asked so far.
type Entered struct {
	account.Account
	Generation int
	// Second is what is still asked of him.
	Second Second
}

// Second is what is asked beside the password.
type Second int

// Second steps.
const (
	NothingMore Second = iota
	Authenticator
	AuthenticatorSetUp // he has none yet and must set one up
)

func (e entry) second() Second {
	switch {
	case e.Factor != nil:
		return Authenticator
	case e.Role.NeedsSecondFactor():
		return AuthenticatorSetUp
	}
	return NothingMore
}

func (e entry) entered() Entered { return Entered{e.Account, e.Generation, e.second()} }

// ByPassword checks a password. Errors: ErrRefused (also of an account that is not
// there, disabled or has no password), *WaitError, ErrBusy.
func (d *Desk) ByPassword(ctx context.Context, name, password, address string) (Entered, error) {
	return d.try(ctx, name, address, func(e entry) (entry, error) {
		if !matches(e.Password, password) {
			return e, ErrRefused
		}
		return e, nil
	})
}

// ByCode checks a one-time code, voids it and sets a password. Errors as of
// ByPassword, and *ChoiceError, after which the code is still good.
func (d *Desk) ByCode(ctx context.Context, name, oneTime, password, address string) (Entered, error) {
	return d.try(ctx, name, address, func(e entry) (entry, error) {
		var stored string
		if e.Code != nil && d.directory.now().Before(e.Code.Until) {
			stored = e.Code.Hash
		}
		if !matches(stored, typedCode(oneTime)) {
			return e, ErrRefused
		}
		if zh, en := choiceProblem(e.Account, password); zh != "" {
			return e, &ChoiceError{zh, en}
		}
		hashed := hash(password)
		return d.directory.change(ctx, e.Name, func(now *entry) error {
			if now.Code == nil || now.Code.Hash != stored || now.Disabled {
				return ErrRefused // it was used or replaced meanwhile
			}
			if now.Code.ResetFactor {
				now.Factor = nil
			}
			now.Password, now.Code = hashed, nil
			now.Generation++
			return nil
		})
	})
}

// ChangePassword sets another password of an account that shows its old one. It ends
// the account's other sessions. Errors as of ByCode.
func (d *Desk) ChangePassword(ctx context.Context, name, old, password, address string) (Entered, error) {
	return d.try(ctx, name, address, func(e entry) (entry, error) {
		if !matches(e.Password, old) {
			return e, ErrRefused
		}
		if zh, en := choiceProblem(e.Account, password); zh != "" {
			return e, &ChoiceError{zh, en}
		}
		hashed := hash(password)
		return d.directory.change(ctx, e.Name, func(now *entry) error {
			if now.Password != e.Password || now.Disabled {
				return ErrRefused
			}
			now.Password = hashed
			now.Generation++
			return nil
		})
	})
}

// try counts a try, looks, and takes the try back if it was right. An account that is
// not there is looked at in the same way, for as long.
func (d *Desk) try(ctx context.Context, name, address string, look func(entry) (entry, error)) (entered Entered, err error) {
	err = d.gate.Through(ctx, func() error {
		e, _, err := d.directory.read(ctx, name)
		if err != nil && !errors.Is(err, ErrUnknown) {
			return err
		}
		visitor := Visitor{Name: name, Known: err == nil, Address: address}
		wait, locks, err := d.attempts.Try(ctx, visitor)
		if err != nil {
			return err
		}
		if wait > 0 {
			return &WaitError{wait}
		}
		if e.Disabled {
			e.Password, e.Code = "", nil
		}
		looked, err := look(e)
		if errors.Is(err, ErrRefused) && locks && visitor.Known {
			return &LockedError{name}
		}
		if errors.Is(err, ErrRefused) {
			return err
		}
		if taking := d.attempts.Right(ctx, visitor, err == nil && looked.second() == NothingMore); taking != nil {
			return errors.Join(err, taking)
		}
		entered = looked.entered()
		return err
	})
	return entered, err
}
