package portal_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"zhibiao/portal"
	"zhibiao/portal/account"
	"zhibiao/portal/session"
)

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	h := openHouse(t, nil)
	b := h.browser()
	b.useCode("qingxu", h.add(county()), "/")
	for name, c := range map[string]struct {
		headers map[string]string
		taken   bool
	}{
		"a new browser, own page":               {map[string]string{"Sec-Fetch-Site": "same-origin"}, true},
		"typed by the user":                     {map[string]string{"Sec-Fetch-Site": "none"}, true},
		"a new browser, another site":           {map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, false},
		"a new browser, a sister host":          {map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "https://other.example.cn"}, false},
		"an older browser, own page":            {map[string]string{"Origin": "https://zhibiao.example.cn"}, true},
		"an older browser, another site":        {map[string]string{"Origin": "https://evil.example"}, false},
		"an older browser, hidden origin":       {map[string]string{"Origin": "null"}, false},
		"an old browser, own page":              {map[string]string{"Referer": "https://zhibiao.example.cn/logout"}, true},
		"an old browser, another site":          {map[string]string{"Referer": "https://evil.example/zhibiao.example.cn"}, false},
		"an old browser, a name that starts so": {map[string]string{"Referer": "https://zhibiao.example.cn.evil.example/"}, false},
		"an old browser, as a user's name":      {map[string]string{"Referer": "https://zhibiao.example.cn@evil.example/"}, false},
		"an old browser that does not say":      {map[string]string{}, false},
	} {
		b.headers = c.headers
		got := b.post("/account/password", "old", "x", "password", "y", "again", "z")
		if taken := got.status == http.StatusUnprocessableEntity; taken != c.taken || !taken && got.status != http.StatusForbidden {
			t.Errorf("%s: %d", name, got.status)
		}
	}
}

func TestNothingChangesByGET(t *testing.T) {
	h := openHouse(t, nil)
	b := h.browser()
	b.useCode("qingxu", h.add(county()), "/")
	for _, path := range []string{"/logout", "/account/password?old=a&password=b&again=b", "/login/code?name=qingxu"} {
		b.get(path)
	}
	if got := b.get("/account"); got.status != 200 {
		t.Errorf("got %d", got.status)
	}
}

func TestAPlantedSessionIsWorthNothing(t *testing.T) {
	h := openHouse(t, nil)
	attacker, victim := h.browser(), h.browser()
	oneTime := h.add(account.Account{Name: "shengju", Role: account.Province, Region: "140000"})
	h.browser().useCode("shengju", oneTime, "/") // sets a password
	attacker.signIn("shengju")                   // a half log-in has a token
	planted := attacker.cookies[session.SecureCookie]
	if planted == nil {
		t.Fatal("a half log-in has no token")
	}
	victim.cookies[session.SecureCookie] = planted
	victim.useCode("qingxu", h.add(county()), "/")
	if victim.cookies[session.SecureCookie].Value == planted.Value || victim.get("/account").status != 200 {
		t.Error("the victim kept the planted token")
	}
	if got := attacker.get("/account"); got.status != http.StatusSeeOther {
		t.Errorf("the attacker got in: %d", got.status)
	}
}

func TestGuessingIsSlowedDownAndLeavesATrace(t *testing.T) {
	h := openHouse(t, nil)
	oneTime := h.add(county())
	h.browser().useCode("qingxu", oneTime, "/")
	var statuses []int
	for i := range 8 {
		b := h.browser() // a new session and another address do not help
		h.from = fmt.Sprintf("192.0.2.%d:1", i)
		got := b.post("/login", "name", "qingxu", "password", fmt.Sprint("guess", i))
		statuses = append(statuses, got.status)
		if got.status == http.StatusTooManyRequests && (got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "秒后再试")) {
			t.Errorf("who has to wait is not told: %s", got.body)
		}
	}
	if fmt.Sprint(statuses) != "[401 401 401 401 401 429 429 429]" {
		t.Errorf("got %v", statuses)
	}
	if got := h.whatWasDone(); got[len(got)-1] != "session.locked  192.0.2.4" {
		t.Errorf("the trail says %q", got)
	}
	known, unknown := h.browser().signIn("yangqu"), h.browser().post("/login", "name", "nobody", "password", "x")
	if known.status != unknown.status || strings.ReplaceAll(known.body, "yangqu", "") != strings.ReplaceAll(unknown.body, "nobody", "") {
		t.Error("it can be told which accounts there are")
	}
}

func TestLogInLeadsOnlyToThisSite(t *testing.T) {
	h := openHouse(t, nil)
	oneTime := h.add(county())
	signedIn := h.browser()
	signedIn.useCode("qingxu", oneTime, "/")
	for _, to := range []string{
		"https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/%09/evil.example", "/\t/evil.example", "javascript:alert(1)",
		"http:evil.example", "/\n//evil.example", " //evil.example", "///evil.example", "evil.example", "", "/..//evil.example", "/.//evil.example", "https:/evil.example",
	} {
		got := h.browser().post("/login", "name", "qingxu", "password", password, "to", to)
		if got.status != http.StatusSeeOther || !strings.HasPrefix(got.location, "/") || strings.HasPrefix(got.location, "//") || strings.Contains(got.location, "\\") {
			t.Errorf("%q leads to %q", to, got.location)
		}
		if got := signedIn.do(http.MethodGet, "/login?to="+strings.NewReplacer("\t", "%09", "\n", "%0A", " ", "%20", "%", "%25").Replace(to), nil); got.location != "" && (!strings.HasPrefix(got.location, "/") || strings.HasPrefix(got.location, "//")) {
			t.Errorf("%q leads whoever has signed in to %q", to, got.location)
		}
	}
	if got := h.browser().post("/login", "name", "qingxu", "password", password, "to", "/supplement/140121?period=2025"); got.location != "/supplement/140121?period=2025" {
		t.Errorf("a page of the site: %q", got.location)
	}
}

func TestScriptIsNeverGivenBackAsScript(t *testing.T) {
	h := openHouse(t, nil)
	script := `"><script>alert(1)</script>`
	escaped := `%22%3E%3Cscript%3Ealert(1)%3C/script%3E`
	a := county()
	a.Display = `<script>alert(1)</script>`
	b := h.browser()
	b.useCode("qingxu", h.add(a), "/")
	for name, got := range map[string]page{
		"a name that is not known":   h.browser().post("/login", "name", script, "password", "x", "to", "/"+script),
		"a code":                     h.browser().post("/login/code", "name", script, "code", script, "password", "x", "again", "y"),
		"where to go on":             h.browser().get("/login?to=/" + escaped),
		"an unknown parameter":       h.browser().get("/login?" + escaped + "=1"),
		"a path":                     h.browser().get("/" + escaped),
		"a name on the own account":  b.get("/account"),
		"a name in the frame":        b.get("/nowhere"),
		"a file that is not there":   b.get("/static/" + escaped),
		"parameters of the language": b.get("/account?lang=en"),
	} {
		if strings.Contains(got.body, "<script") {
			t.Errorf("%s: script in\n%s", name, got.body)
		}
		policy := got.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", name, policy)
		}
	}
}

func TestEveryPageForbidsFramesAndGuessingOfTypes(t *testing.T) {
	h := openHouse(t, nil)
	for _, path := range []string{"/", "/login", "/nowhere", "/static/zhibiao.css", "/export/"} {
		got := h.browser().get(path)
		for name, want := range map[string]string{
			"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000",
		} {
			if got.header.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, got.header.Get(name))
			}
		}
	}
}

func TestFilesOutsideTheStaticOnesAreNotServed(t *testing.T) {
	h := openHouse(t, nil)
	for _, path := range []string{"/static/..%2fviews.go", "/static/%2e%2e/views.go", "/static/", "/static/.css", "/static/zhibiao.css%00.css", "/static/../portal.go"} {
		if got := h.browser().get(path); got.status == 200 {
			t.Errorf("%s: %d", path, got.status)
		}
	}
}

func TestExportsAreOpenOnThisMachineOnly(t *testing.T) {
	h := openHouse(t, nil)
	if got := h.browser().get("/export/"); got.status != http.StatusSeeOther {
		t.Errorf("a stranger: %d", got.status)
	}
	b := h.browser()
	b.useCode("qingxu", h.add(county()), "/")
	if got := b.get("/export/"); got.status != http.StatusForbidden {
		t.Errorf("a county: %d", got.status)
	}
	analyst := h.browser()
	analyst.useCode("ana", h.add(account.Account{Name: "ana", Role: account.Analyst, Region: "140000"}), "/")
	if got := analyst.get("/export/"); got.status != 200 {
		t.Errorf("an analyst: %d", got.status)
	}
}

func TestTooLargeFormsAreRefused(t *testing.T) {
	h := openHouse(t, nil)
	if got := h.browser().post("/login", "name", strings.Repeat("x", 100<<10), "password", "x"); got.status != http.StatusRequestEntityTooLarge && got.status != http.StatusBadRequest {
		t.Errorf("got %d", got.status)
	}
}

func TestNoSecretIsLoggedOrPutOnTheTrail(t *testing.T) {
	h := openHouse(t, nil)
	oneTime := h.add(county())
	b := h.browser()
	b.useCode("qingxu", oneTime, "/")
	for range 6 {
		h.browser().post("/login", "name", "qingxu", "password", "my-wrong-secret")
	}
	secrets := []string{password, oneTime, "my-wrong-secret", b.cookies[session.SecureCookie].Value}
	text := h.sessions.Text()
	for _, record := range h.trail.Records {
		text += string(record)
	}
	for _, entry := range h.logs.All() {
		text += entry.Message + fmt.Sprint(entry.ContextMap())
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in what is kept", secret)
		}
	}
}

func TestAddressesAreTakenFromTheProxyOnly(t *testing.T) {
	behind := func(c *portal.Config) {
		c.Access = portal.Access{Proxies: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}, Host: "zhibiao.example.cn"}
	}
	for name, c := range map[string]struct {
		peer    string
		headers map[string]string
		status  int
		from    string
	}{
		"the proxy's word":              {"10.1.0.5:1", map[string]string{"X-Forwarded-For": "192.0.2.9", "X-Forwarded-Proto": "https"}, 303, "192.0.2.9"},
		"what the visitor wrote before": {"10.1.0.5:1", map[string]string{"X-Forwarded-For": "198.51.100.1, 192.0.2.9", "X-Forwarded-Proto": "https"}, 303, "192.0.2.9"},
		"two proxies":                   {"10.1.0.5:1", map[string]string{"X-Forwarded-For": "192.0.2.9, 10.1.0.6", "X-Forwarded-Proto": "https"}, 303, "192.0.2.9"},
		"nonsense":                      {"10.1.0.5:1", map[string]string{"X-Forwarded-For": "<script>", "X-Forwarded-Proto": "https"}, 303, "10.1.0.5"},
		"no proxy":                      {"192.0.2.9:1", map[string]string{"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}, 403, ""},
		"http before the proxy":         {"10.1.0.5:1", map[string]string{"X-Forwarded-For": "192.0.2.9"}, 403, ""},
	} {
		h := openHouse(t, behind)
		h.from = c.peer
		b := h.browser()
		for header, value := range c.headers {
			b.headers[header] = value
		}
		got := b.useCode("qingxu", h.add(county()), "/")
		if got.status != c.status {
			t.Errorf("%s: %d\n%s", name, got.status, got.body)
		}
		if deeds := h.whatWasDone(); c.status == 303 && (len(deeds) != 1 || deeds[0] != "session.begin qingxu "+c.from) {
			t.Errorf("%s: the trail says %q", name, deeds)
		}
	}
}

func TestAProxyThatNobodyNamedIsRefused(t *testing.T) {
	h := openHouse(t, func(c *portal.Config) { c.Access = portal.Access{Local: true} })
	h.host = "127.0.0.1:8420"
	b := h.browser()
	if got := b.get("/export/"); got.status != 200 {
		t.Errorf("on this machine: %d", got.status)
	}
	b.headers["X-Forwarded-For"] = "192.0.2.9"
	if got := b.get("/export/"); got.status != http.StatusForbidden {
		t.Errorf("through a proxy: %d", got.status)
	}
}

func TestAnotherHostsNameIsNotAnswered(t *testing.T) {
	h := openHouse(t, nil)
	h.host = "evil.example"
	if got := h.browser().get("/login"); got.status != http.StatusMisdirectedRequest {
		t.Errorf("got %d", got.status)
	}
}
