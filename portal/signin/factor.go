package signin

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// factor is an authenticator that was set up.
type factor struct {
	Secret string `json:"secret"` // base32, as of RFC 6238
	// Step is the last 30-second step whose password was used: none is taken twice.
	Step int64 `json:"step"`
}

const (
	factorPeriod = 30 // seconds
	factorSkew   = 1  // steps that a clock may be off either way
	issuerName   = "zhibiao"
)

var factorOptions = totp.ValidateOpts{Period: factorPeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// stepOf returns the step whose password was typed, among those around now that come
// after the last one used; 0 for none.
func (f factor) stepOf(typed string, now time.Time) int64 {
	typed = typedCode(typed)
	current := now.Unix() / factorPeriod
	for step := current - factorSkew; step <= current+factorSkew; step++ {
		want, err := totp.GenerateCodeCustom(f.Secret, time.Unix(step*factorPeriod, 0), factorOptions)
		if err == nil && step > f.Step && subtle.ConstantTimeCompare([]byte(want), []byte(typed)) == 1 {
			return step
		}
	}
	return 0
}

// SetUp is what somebody enters into his authenticator.
type SetUp struct {
	Secret  string       // base32
	Picture template.URL // a QR code of the same as data: URL
}

// NewSetUp returns a new secret for an account. Nothing is stored before ConfirmFactor.
func NewSetUp(name string) (SetUp, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuerName, AccountName: name, Period: factorPeriod})
	if err != nil {
		return SetUp{}, fmt.Errorf("making a secret for an authenticator: %w", err)
	}
	return setUpOf(key)
}

// SetUpWith returns how to enter a secret that was made before.
func SetUpWith(name, secret string) (SetUp, error) {
	key, err := otp.NewKeyFromURL(fmt.Sprintf("otpauth://totp/%s:%s?issuer=%s&secret=%s&period=%d", issuerName, name, issuerName, secret, factorPeriod))
	if err != nil {
		return SetUp{}, fmt.Errorf("showing the secret of an authenticator: %w", err)
	}
	return setUpOf(key)
}

const pictureSize = 240 // pixels

func setUpOf(key *otp.Key) (SetUp, error) {
	image, err := key.Image(pictureSize, pictureSize)
	if err != nil {
		return SetUp{}, fmt.Errorf("drawing the secret of an authenticator: %w", err)
	}
	var picture strings.Builder
	encoder := base64.NewEncoder(base64.StdEncoding, &picture)
	if err := errors.Join(png.Encode(encoder, image), encoder.Close()); err != nil {
		return SetUp{}, fmt.Errorf("drawing the secret of an authenticator: %w", err)
	}
	return SetUp{key.Secret(), template.URL("data:image/png;base64," + picture.String())}, nil
}

// ByFactor checks the password of an authenticator that an account has set up. Errors
// as of ByPassword.
func (d *Desk) ByFactor(ctx context.Context, name, typed, address string) (Entered, error) {
	return d.second(ctx, name, address, func(e *entry) error {
		if e.Factor == nil {
			return ErrRefused
		}
		step := e.Factor.stepOf(typed, d.directory.now())
		if step == 0 {
			return ErrRefused
		}
		e.Factor.Step = step
		return nil
	})
}

// ConfirmFactor sets up an authenticator for an account that has none, if it shows the
// secret's password. Errors as of ByPassword.
func (d *Desk) ConfirmFactor(ctx context.Context, name, secret, typed, address string) (Entered, error) {
	return d.second(ctx, name, address, func(e *entry) error {
		step := factor{Secret: secret}.stepOf(typed, d.directory.now())
		if e.Factor != nil || step == 0 {
			return ErrRefused
		}
		e.Factor = &factor{Secret: secret, Step: step}
		return nil
	})
}

// second is a try of somebody whose password was right already.
func (d *Desk) second(ctx context.Context, name, address string, look func(*entry) error) (Entered, error) {
	entered, err := d.try(ctx, name, address, func(entry) (entry, error) {
		return d.directory.change(ctx, name, func(e *entry) error {
			if e.Disabled {
				return ErrRefused
			}
			return look(e)
		})
	})
	if err != nil {
		return Entered{}, err
	}
	entered.Second = NothingMore
	visitor := Visitor{Name: name, Known: true, Address: address}
	return entered, d.attempts.Forget(ctx, visitor.Name)
}
