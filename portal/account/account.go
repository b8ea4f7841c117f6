package account

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Account is somebody who may sign in, without his secrets.
type Account struct {
	Name     string    `json:"name"`               // what he signs in with: a–z, 0–9, - and _
	Display  string    `json:"display"`            // what pages call him, such as 清徐县市场监管局
	Role     Role      `json:"role"`               //
	Region   string    `json:"region"`             // GB/T 2260; 000000 for an administrator
	Unit     string    `json:"unit,omitempty"`     // the coordinating unit of a unit's account
	SSO      string    `json:"sso,omitempty"`      // who he is to the issuer of OIDC; "" signs in by password only
	Disabled bool      `json:"disabled,omitempty"` // may do nothing any more
	Created  time.Time `json:"created"`
}

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{1,39}$`)

// CheckName refuses a name that nobody could sign in with.
func CheckName(name string) error {
	if !nameForm.MatchString(name) {
		return fmt.Errorf("reading account name %q: want 2 to 40 of a–z, 0–9, - and _, such as qingxu-1", name)
	}
	return nil
}

const maxText = 120 // characters of a display name, a unit, a subject

// Check says what is wrong with an account as somebody wants to add it.
func (a Account) Check() error {
	if err := CheckName(a.Name); err != nil {
		return err
	}
	for what, text := range map[string]string{"display name": a.Display, "unit": a.Unit, "sso": a.SSO} {
		if utf8.RuneCountInString(text) > maxText || strings.IndexFunc(text, unicode.IsControl) >= 0 || !utf8.ValidString(text) {
			return fmt.Errorf("reading the %s of %s: want at most %d printable characters", what, a.Name, maxText)
		}
	}
	if _, err := ParseRole(string(a.Role)); err != nil {
		return err
	}
	if err := CheckRegion(a.Region); err != nil {
		return err
	}
	if (a.Role == Unit) != (a.Unit != "") {
		return fmt.Errorf("reading account %s: a coordinating unit's account names its unit, and no other does", a.Name)
	}
	level := LevelOf(a.Region)
	for role, want := range map[Role]Level{County: CountyLevel, City: CityLevel, Province: ProvinceLevel, Unit: ProvinceLevel} {
		if a.Role == role && level != want {
			return fmt.Errorf("reading account %s: region %s does not fit the role %s", a.Name, a.Region, a.Role)
		}
	}
	return nil
}

type accountKey struct{}

// With returns a context of a request that this account made.
func With(ctx context.Context, a Account) context.Context {
	return context.WithValue(ctx, accountKey{}, a)
}

// From returns the account that made a request; ok is false for somebody who has not
// signed in.
func From(ctx context.Context) (a Account, ok bool) {
	a, ok = ctx.Value(accountKey{}).(Account)
	return a, ok
}
