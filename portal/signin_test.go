package portal_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"zhibiao/portal/account"
)

func TestAClerkSignsInWithACodeOnceAndThenWithHisPassword(t *testing.T) {
	h := openHouse(t, nil)
	b := h.browser()
	if got := b.get("/account"); got.status != http.StatusSeeOther || got.location != "/login?to=%2Faccount" {
		t.Errorf("a stranger: %d %s", got.status, got.location)
	}
	if got := b.useCode("QingXu ", h.add(county()), "/account"); got.status != http.StatusSeeOther || got.location != "/account" {
		t.Fatalf("with the code: %d %s\n%s", got.status, got.location, got.body)
	}
	if got := b.get("/account"); got.status != 200 || !strings.Contains(got.body, "清徐县市场监管局") {
		t.Errorf("his account: %d\n%s", got.status, got.body)
	}
	if got := b.post("/logout"); got.status != http.StatusSeeOther || b.get("/account").status != http.StatusSeeOther {
		t.Errorf("signing out: %d", got.status)
	}
	if got := b.signIn("qingxu"); got.status != http.StatusSeeOther || b.get("/").status != 200 {
		t.Errorf("with the password: %d", got.status)
	}
	want := []string{"session.begin qingxu 192.0.2.7", "session.end qingxu 192.0.2.7", "session.begin qingxu 192.0.2.7"}
	if got := h.whatWasDone(); !slices.Equal(got, want) {
		t.Errorf("the trail says %q", got)
	}
}

func TestAReviewerSetsUpAnAuthenticatorAndNeedsItFromThenOn(t *testing.T) {
	h := openHouse(t, nil)
	b := h.browser()
	oneTime := h.add(account.Account{Name: "shengju", Role: account.Province, Region: "140000"})
	if got := b.useCode("shengju", oneTime, "/account"); got.location != "/login/second?to=%2Faccount" {
		t.Fatalf("after the code: %d %s", got.status, got.location)
	}
	if got := b.get("/account"); got.status != http.StatusSeeOther {
		t.Errorf("without the second step: %d", got.status)
	}
	shown := b.get("/login/second?to=/account")
	found := regexp.MustCompile(`<span class="code">([A-Z2-7]{32})</span>`).FindStringSubmatch(shown.body)
	if found == nil || !strings.Contains(shown.body, "data:image/png;base64,") || strings.Contains(shown.body, "ZgotmplZ") {
		t.Fatalf("no secret in\n%s", shown.body)
	}
	if again := b.get("/login/second"); !strings.Contains(again.body, found[1]) {
		t.Error("another look shows another secret")
	}
	if got := b.post("/login/second", "one_time", "000000"); got.status != http.StatusUnauthorized || !strings.Contains(got.body, found[1]) {
		t.Errorf("with a wrong password: %d", got.status)
	}
	if got := b.post("/login/second", "one_time", authenticator(t, found[1], 0), "to", "/account"); got.location != "/account" || b.get("/account").status != 200 {
		t.Fatalf("with the right one: %d %s", got.status, got.location)
	}
	other := h.browser()
	if got := other.signIn("shengju"); got.location != "/login/second?to=%2F" {
		t.Fatalf("the next log-in: %s", got.location)
	}
	if got := other.get("/login/second"); strings.Contains(got.body, "data:image") || strings.Contains(got.body, found[1]) {
		t.Error("the secret is shown to whoever knows the password")
	}
	if got := other.post("/login/second", "one_time", authenticator(t, found[1], 1)); got.location != "/" || other.get("/account").status != 200 {
		t.Errorf("the second step: %d %s", got.status, got.location)
	}
}

func TestChangingThePasswordSignsOtherDevicesOut(t *testing.T) {
	h := openHouse(t, nil)
	phone, desk := h.browser(), h.browser()
	phone.useCode("qingxu", h.add(county()), "/")
	desk.signIn("qingxu")
	for _, c := range []struct{ old, password, again, want string }{
		{"wrong", "又长又好的另一个密码呀", "又长又好的另一个密码呀", "不正确"},
		{password, "又长又好的另一个密码呀", "又长又好的另一个密码", "不一样"},
		{password, "12345", "12345", "至少 10 个字符"},
	} {
		if got := desk.post("/account/password", "old", c.old, "password", c.password, "again", c.again); got.status < 400 || !strings.Contains(got.body, c.want) {
			t.Errorf("%v: %d", c, got.status)
		}
	}
	if got := desk.post("/account/password", "old", password, "password", "又长又好的另一个密码呀", "again", "又长又好的另一个密码呀"); got.status != http.StatusSeeOther {
		t.Fatalf("got %d\n%s", got.status, got.body)
	}
	if got := desk.get("/account"); got.status != 200 || !strings.Contains(got.body, "密码已修改") {
		t.Errorf("this device: %d", got.status)
	}
	if got := phone.get("/account"); got.status != http.StatusSeeOther {
		t.Errorf("the other device: %d", got.status)
	}
}

func TestADisabledAccountIsOutAtOnce(t *testing.T) {
	h := openHouse(t, nil)
	b := h.browser()
	b.useCode("qingxu", h.add(county()), "/")
	if err := h.directory.SetDisabled(t.Context(), "qingxu", true); err != nil {
		t.Fatal(err)
	}
	if got := b.get("/account"); got.status != http.StatusSeeOther {
		t.Errorf("got %d", got.status)
	}
}

func TestTheTrailThatCannotBeWrittenLetsNobodyIn(t *testing.T) {
	h := openHouse(t, nil)
	b := h.browser()
	oneTime := h.add(county())
	h.trail.AfterAppend = func() error { h.trail.Records = nil; return http.ErrAbortHandler }
	if got := b.useCode("qingxu", oneTime, "/"); got.status < 500 || b.get("/account").status != http.StatusSeeOther {
		t.Errorf("got %d", got.status)
	}
}

func TestPagesSpeakBothLanguages(t *testing.T) {
	h := openHouse(t, nil)
	b := h.browser()
	if got := b.get("/login"); !strings.Contains(got.body, "密码") || !strings.Contains(got.body, `lang="zh-CN"`) || !strings.Contains(got.body, `href="/login?lang=en"`) {
		t.Errorf("first Chinese: %s", got.body)
	}
	if got := b.get("/login?lang=en"); !strings.Contains(got.body, "Password") || strings.Contains(got.body, "密码") {
		t.Errorf("then English: %s", got.body)
	}
	if got := b.get("/nowhere"); got.status != 404 || !strings.Contains(got.body, "There is no such page") {
		t.Errorf("which the cookie keeps: %s", got.body)
	}
	if got := b.get("/login?lang=zh"); !strings.Contains(got.body, "密码") {
		t.Errorf("and back: %s", got.body)
	}
	if got := b.get("/login?sort=value"); got.status != 400 || !strings.Contains(got.body, "sort") {
		t.Errorf("an unknown parameter: %d", got.status)
	}
}
