package signin

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"zhibiao/portal/account"
)

// The test vectors of RFC 6238, appendix B, SHA-1, cut to six digits.
func TestAuthenticatorsPasswordsAreThoseOfRFC6238(t *testing.T) {
	f := factor{Secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := f.stepOf(want, time.Unix(at, 0)); got != at/factorPeriod {
			t.Errorf("at %d %s is of step %d", at, want, got)
		}
		for _, away := range []time.Duration{-factorPeriod, factorPeriod} {
			if f.stepOf(want, time.Unix(at, 0).Add(away*time.Second)) == 0 {
				t.Errorf("at %d a clock that is off by %ds is refused", at, away)
			}
		}
		for _, away := range []time.Duration{-3 * factorPeriod, 3 * factorPeriod} {
			if f.stepOf(want, time.Unix(at, 0).Add(away*time.Second)) != 0 {
				t.Errorf("at %d a password that is off by %ds is taken", at, away)
			}
		}
	}
	for _, typed := range []string{"", "28708", "2870822", "000000", "287O82", strings.Repeat("2", 100)} {
		if f.stepOf(typed, time.Unix(59, 0)) != 0 {
			t.Errorf("%q is taken", typed)
		}
	}
	if f.stepOf(" ２８７ ０８２ ", time.Unix(59, 0)) == 0 {
		t.Error("full-width digits with a space are refused")
	}
}

func reviewer() account.Account {
	return account.Account{Name: "shengju", Role: account.Province, Region: "140000"}
}

func (h *hall) oneTime(secret string) string {
	h.t.Helper()
	typed, err := totp.GenerateCode(secret, h.now())
	if err != nil {
		h.t.Fatal(err)
	}
	return typed
}

// equipped adds a reviewer who has set up an authenticator.
func (h *hall) equipped() (secret string) {
	h.t.Helper()
	h.settled(reviewer())
	s, err := NewSetUp("shengju")
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.desk.ConfirmFactor(h.t.Context(), "shengju", s.Secret, h.oneTime(s.Secret), address); err != nil {
		h.t.Fatal(err)
	}
	h.pass(time.Minute)
	return s.Secret
}

func TestReviewersAndAdministratorsNeedAnAuthenticator(t *testing.T) {
	h := newHall(t)
	h.settled(reviewer())
	entered, err := h.desk.ByPassword(t.Context(), "shengju", goodPassword, address)
	if err != nil || entered.Second != AuthenticatorSetUp {
		t.Errorf("before it is set up: %+v, %v", entered, err)
	}
	h = newHall(t)
	h.equipped()
	entered, err = h.desk.ByPassword(t.Context(), "shengju", goodPassword, address)
	if err != nil || entered.Second != Authenticator {
		t.Errorf("after: %+v, %v", entered, err)
	}
	for _, role := range account.Roles() {
		if want := role == account.Admin || role == account.Province; role.NeedsSecondFactor() != want {
			t.Errorf("%s needs one: %v", role, !want)
		}
	}
}

func TestAnAuthenticatorsPasswordWorksOnce(t *testing.T) {
	h := newHall(t)
	secret := h.equipped()
	typed := h.oneTime(secret)
	entered, err := h.desk.ByFactor(t.Context(), "shengju", typed, address)
	if err != nil || entered.Second != NothingMore {
		t.Fatalf("got %+v, %v", entered, err)
	}
	if _, err := h.desk.ByFactor(t.Context(), "shengju", typed, address); !errors.Is(err, ErrRefused) {
		t.Errorf("a second time: %v", err)
	}
}

// Whoever knows the password must not get more guesses at the second step by signing
// in with it again and again.
func TestARightPasswordDoesNotForgetFailuresOfTheSecondStep(t *testing.T) {
	h := newHall(t)
	h.equipped()
	guesses := 0
	for range 50 {
		if err := h.byPassword("shengju", goodPassword); err != nil {
			break
		}
		if _, err := h.desk.ByFactor(t.Context(), "shengju", "000000", address); !errors.Is(err, ErrRefused) {
			break
		}
		guesses++
	}
	if guesses > freeFailures+1 {
		t.Errorf("%d guesses were possible", guesses)
	}
}

func TestAnAuthenticatorIsNotReplacedBySettingUpAnother(t *testing.T) {
	h := newHall(t)
	h.equipped()
	s, err := NewSetUp("shengju")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.desk.ConfirmFactor(t.Context(), "shengju", s.Secret, h.oneTime(s.Secret), address); !errors.Is(err, ErrRefused) {
		t.Errorf("got %v", err)
	}
}

func TestALostAuthenticatorIsReplacedByACode(t *testing.T) {
	h := newHall(t)
	h.equipped()
	oneTime, err := h.directory.NewCode(t.Context(), "shengju", time.Hour, false)
	if err != nil {
		t.Fatal(err)
	}
	if entered, err := h.desk.ByCode(t.Context(), "shengju", oneTime, goodPassword, address); err != nil || entered.Second != Authenticator {
		t.Errorf("without a reset: %+v, %v", entered, err)
	}
	oneTime, err = h.directory.NewCode(t.Context(), "shengju", time.Hour, true)
	if err != nil {
		t.Fatal(err)
	}
	if entered, err := h.desk.ByCode(t.Context(), "shengju", oneTime, goodPassword, address); err != nil || entered.Second != AuthenticatorSetUp {
		t.Errorf("with a reset: %+v, %v", entered, err)
	}
}

func TestThePictureIsOfTheSecret(t *testing.T) {
	s, err := NewSetUp("shengju")
	if err != nil {
		t.Fatal(err)
	}
	again, err := SetUpWith("shengju", s.Secret)
	if err != nil || again.Secret != s.Secret || !strings.HasPrefix(string(again.Picture), "data:image/png;base64,") || len(again.Picture) < 300 {
		t.Errorf("got %+v, %v", again, err)
	}
}
