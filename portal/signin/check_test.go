package signin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zhibiao/portal/account"
)

func TestTheFirstLogInSetsAPassword(t *testing.T) {
	h := newHall(t)
	oneTime := h.add(county("qingxu"))
	for _, c := range []struct{ name, code, password string }{
		{"another code", "2222-2222-2222", goodPassword},
		{"no code", "", goodPassword},
		{"another account's", oneTime, goodPassword},
	} {
		name := "qingxu"
		if strings.HasPrefix(c.name, "another account") {
			name = "yangqu"
		}
		if _, err := h.desk.ByCode(t.Context(), name, c.code, c.password, address); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	var choice *ChoiceError
	if _, err := h.desk.ByCode(t.Context(), "qingxu", oneTime, "12345678", address); !errors.As(err, &choice) {
		t.Errorf("a weak password: %v", err)
	}
	typed := " " + strings.ToLower(strings.ReplaceAll(oneTime, "-", " ")) + "　"
	entered, err := h.desk.ByCode(t.Context(), "qingxu", typed, goodPassword, address)
	if err != nil || entered.Name != "qingxu" || entered.Second != NothingMore {
		t.Fatalf("got %+v, %v", entered, err)
	}
	if _, err := h.desk.ByCode(t.Context(), "qingxu", oneTime, goodPassword+"2", address); !errors.Is(err, ErrRefused) {
		t.Errorf("the code works a second time: %v", err)
	}
	if err := h.byPassword("qingxu", goodPassword); err != nil {
		t.Errorf("the password does not work: %v", err)
	}
}

func TestACodeRunsOut(t *testing.T) {
	h := newHall(t)
	oneTime := h.add(county("qingxu"))
	h.pass(DefaultCodeValid)
	if _, err := h.desk.ByCode(t.Context(), "qingxu", oneTime, goodPassword, address); !errors.Is(err, ErrRefused) {
		t.Errorf("got %v", err)
	}
}

func TestACodeUsedTwiceAtOnceWorksOnce(t *testing.T) {
	h := newHall(t)
	oneTime := h.add(county("qingxu"))
	h.desk.gate = &Gate{make(chan struct{}, 4), make(chan struct{}, 4)}
	var worked atomic.Int32
	var using sync.WaitGroup
	for i := range 4 {
		using.Go(func() {
			if _, err := h.desk.ByCode(context.Background(), "qingxu", oneTime, fmt.Sprint(goodPassword, i), address); err == nil {
				worked.Add(1)
			}
		})
	}
	using.Wait()
	if worked.Load() != 1 {
		t.Errorf("it worked %d times", worked.Load())
	}
}

func TestANewCodeLeavesThePasswordUntilItIsUsed(t *testing.T) {
	h := newHall(t)
	h.settled(county("qingxu"))
	oneTime, err := h.directory.NewCode(t.Context(), "qingxu", time.Hour, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.byPassword("qingxu", goodPassword); err != nil {
		t.Errorf("the password is gone: %v", err)
	}
	if _, err := h.desk.ByCode(t.Context(), "qingxu", oneTime, "一个新的密码又长又好", address); err != nil {
		t.Fatal(err)
	}
	if err := h.byPassword("qingxu", goodPassword); !errors.Is(err, ErrRefused) {
		t.Errorf("the old password still works: %v", err)
	}
}

func TestANewPasswordAndBeingDisabledEndSessions(t *testing.T) {
	h := newHall(t)
	h.settled(county("qingxu"))
	entered, err := h.desk.ByPassword(t.Context(), "qingxu", goodPassword, address)
	if err != nil {
		t.Fatal(err)
	}
	good := func(generation int) bool {
		_, ok, err := h.directory.Current(t.Context(), "qingxu", generation)
		if err != nil {
			t.Error(err)
		}
		return ok
	}
	if !good(entered.Generation) {
		t.Error("a fresh session is void")
	}
	changed, err := h.desk.ChangePassword(t.Context(), "qingxu", goodPassword, "一个新的密码又长又好", address)
	if err != nil || good(entered.Generation) || !good(changed.Generation) {
		t.Errorf("after the change: %v", err)
	}
	if err := h.directory.SetDisabled(t.Context(), "qingxu", true); err != nil || good(changed.Generation) || good(changed.Generation+1) {
		t.Errorf("disabled: %v", err)
	}
	if err := h.byPassword("qingxu", "一个新的密码又长又好"); !errors.Is(err, ErrRefused) {
		t.Errorf("a disabled account signs in: %v", err)
	}
	if _, err := h.directory.NewCode(t.Context(), "qingxu", time.Hour, false); err == nil {
		t.Error("a disabled account got a code")
	}
}

func TestSomebodyWhoIsNotThereIsToldTheSame(t *testing.T) {
	h := newHall(t)
	h.settled(county("qingxu"))
	h.add(county("new"))
	for _, name := range []string{"nobody", "new", "", "a*", "qingxu", strings.Repeat("x", 5000)} {
		if err := h.byPassword(name, "wrong"); !errors.Is(err, ErrRefused) {
			t.Errorf("%.20q is told %v", name, err)
		}
	}
	h.pass(time.Hour)
	if err := h.byPassword("new", ""); !errors.Is(err, ErrRefused) {
		t.Errorf("an empty password opens an account without one: %v", err)
	}
}

func TestWhoKeepsFailingWaitsLongerAndLonger(t *testing.T) {
	for _, name := range []string{"qingxu", "nobody"} {
		h := newHall(t)
		h.settled(county("qingxu"))
		for i := range freeFailures + 1 {
			if err := h.byPassword(name, "wrong"); !errors.Is(err, ErrRefused) {
				t.Fatalf("%s, failure %d: %v", name, i+1, err)
			}
		}
		want := firstWait
		for range 7 {
			if got := h.mustWait(h.byPassword(name, goodPassword)); got != want {
				t.Fatalf("%s waits %s, want %s", name, got, want)
			}
			h.pass(want - time.Second)
			h.mustWait(h.byPassword(name, goodPassword))
			h.pass(time.Second)
			if err := h.byPassword(name, "wrong"); !errors.Is(err, ErrRefused) {
				t.Fatalf("%s after waiting: %v", name, err)
			}
			want = min(2*want, longestWait)
		}
	}
}

func TestTheRightPasswordAfterWaitingLetsInAndForgets(t *testing.T) {
	h := newHall(t)
	h.settled(county("qingxu"))
	for range freeFailures + 1 {
		h.byPassword("qingxu", "wrong")
	}
	h.pass(firstWait)
	if err := h.byPassword("qingxu", goodPassword); err != nil {
		t.Fatal(err)
	}
	for range freeFailures {
		if err := h.byPassword("qingxu", "wrong"); !errors.Is(err, ErrRefused) {
			t.Errorf("earlier failures are not forgotten: %v", err)
		}
	}
}

func TestALockIsToldOnceItFalls(t *testing.T) {
	h := newHall(t)
	h.settled(county("qingxu"))
	for i := range freeFailures + 1 {
		var locked *LockedError
		if got, want := errors.As(h.byPassword("qingxu", "wrong"), &locked), i == freeFailures; got != want {
			t.Errorf("failure %d is told as a lock: %v", i+1, got)
		}
	}
}

// Guessing in parallel gains nothing: no more passwords are looked at than one after
// another.
func TestGuessingInParallelIsNoFaster(t *testing.T) {
	h := newHall(t)
	h.settled(county("qingxu"))
	h.desk.gate = &Gate{make(chan struct{}, 8), make(chan struct{}, 100)}
	var looked atomic.Int32
	var guessing sync.WaitGroup
	for range 40 {
		guessing.Go(func() {
			if errors.Is(h.byPassword("qingxu", "wrong"), ErrRefused) {
				looked.Add(1)
			}
		})
	}
	guessing.Wait()
	if got := looked.Load(); got != freeFailures+1 {
		t.Errorf("%d passwords were looked at, want %d", got, freeFailures+1)
	}
}

func TestAnAddressThatTriesManyAccountsWaits(t *testing.T) {
	h := newHall(t)
	h.settled(county("qingxu"))
	refused := 0
	var err error
	for i := 0; i < 2*addressBurst; i++ {
		if err = h.byPassword(fmt.Sprint("account-", i), "wrong"); !errors.Is(err, ErrRefused) {
			break
		}
		refused++
	}
	if h.mustWait(err); refused != addressBurst {
		t.Errorf("%d accounts could be tried, want %d", refused, addressBurst)
	}
	if _, err := h.desk.ByPassword(t.Context(), "qingxu", goodPassword, "192.0.2.8"); err != nil {
		t.Errorf("another address waits too: %v", err)
	}
	h.pass(addressRefill)
	if err := h.byPassword("qingxu", goodPassword); err != nil {
		t.Errorf("an office behind the address is locked out for longer: %v", err)
	}
}

func TestAnOfficeBehindOneAddressSignsInAllAtOnce(t *testing.T) {
	h := newHall(t)
	h.settled(county("qingxu"))
	for i := range addressBurst + 5 {
		if err := h.byPassword("qingxu", goodPassword); err != nil {
			t.Fatalf("log-in %d: %v", i+1, err)
		}
	}
}

func TestInventedNamesAndAddressesCannotFillTheBroker(t *testing.T) {
	keys := map[string]bool{}
	for i := range 200_000 {
		keys[Visitor{Name: fmt.Sprint("n", i)}.key()] = true
		keys[addressKey(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))] = true
	}
	if len(keys) > 2*65536 {
		t.Errorf("%d counters", len(keys))
	}
	if addressKey("2001:db8:1:2:3::4") != addressKey("2001:db8:1:2:ffff::1") {
		t.Error("one customer of IPv6 has many counters")
	}
}

func TestTheBrokerHoldsNoPasswordsOrCodes(t *testing.T) {
	h := newHall(t)
	oneTime := h.add(county("qingxu"))
	before := h.accounts.Text()
	if _, err := h.desk.ByCode(t.Context(), "qingxu", oneTime, goodPassword, address); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{before, h.accounts.Text(), h.counts.Text()} {
		if strings.Contains(text, oneTime) || strings.Contains(text, typedCode(oneTime)) || strings.Contains(text, goodPassword) {
			t.Errorf("a secret is in %s", text)
		}
	}
}

func TestAnAccountIsAddedOnce(t *testing.T) {
	h := newHall(t)
	h.add(account.Account{Name: "a1", Role: account.Analyst, Region: "140000", SSO: "u-1"})
	if _, err := h.directory.Add(t.Context(), county("a1"), time.Hour); !errors.Is(err, ErrTaken) {
		t.Errorf("the same name: %v", err)
	}
	if _, err := h.directory.Add(t.Context(), account.Account{Name: "a2", Role: account.Analyst, Region: "140000", SSO: "u-1"}, time.Hour); err == nil {
		t.Error("two accounts sign in as the same user")
	}
	if _, err := h.directory.Get(t.Context(), "a2"); !errors.Is(err, ErrUnknown) {
		t.Errorf("got %v", err)
	}
}

func TestABrokerThatIsAwayIsNotAWrongPassword(t *testing.T) {
	h := newHall(t)
	h.settled(county("qingxu"))
	h.accounts.Fail(errors.New("away"))
	if err := h.byPassword("qingxu", goodPassword); err == nil || errors.Is(err, ErrRefused) {
		t.Errorf("got %v", err)
	}
	h.accounts.Fail(nil)
	h.counts.Fail(errors.New("away"))
	if err := h.byPassword("qingxu", goodPassword); err == nil || errors.Is(err, ErrRefused) {
		t.Errorf("without counting: %v", err)
	}
}
