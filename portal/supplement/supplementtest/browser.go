package supplementtest

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"zhibiao/portal/account"
)

// Browser keeps cookies, as a person's does.
type Browser struct {
	T       testing.TB
	house   *House
	cookies map[string]*http.Cookie
}

// Page is what a browser was answered.
type Page struct {
	Status   int
	Body     string
	Location string
	Header   http.Header
}

// File is a file that is uploaded.
type File struct {
	Field, Name string
	Content     []byte
}

const password = "一个好记的长密码没有人猜"

// SignIn adds an account and signs in with its one-time code, and an authenticator
// where the role takes one.
func (h *House) SignIn(t testing.TB, a account.Account) *Browser {
	t.Helper()
	oneTime, err := h.Directory.Add(t.Context(), a, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	b := &Browser{t, h, map[string]*http.Cookie{}}
	got := b.Post("/login/code", "name", a.Name, "code", oneTime, "password", password, "again", password, "to", "/")
	if a.Role.NeedsSecondFactor() {
		got = b.Post("/login/second", "one_time", TOTP(t, b.Get("/login/second").Body), "to", "/")
	}
	if got.Status != http.StatusSeeOther || strings.HasPrefix(b.Get("/").Location, "/login") {
		t.Fatalf("%s could not sign in: %d %s", a.Name, got.Status, got.Body)
	}
	return b
}

var shownSecret = regexp.MustCompile(`<span class="code">([A-Z2-7]{32})</span>`)

// TOTP returns the one-time password for the secret that a page shows.
func TOTP(t testing.TB, page string) string {
	t.Helper()
	found := shownSecret.FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no secret is shown in\n%s", page)
	}
	typed, err := totp.GenerateCode(found[1], time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return typed
}

// County and others are accounts.
func County(name, region string) account.Account {
	return account.Account{Name: name, Display: "市场监管局", Role: account.County, Region: region}
}

// City is a reviewer of a city.
func City(name, region string) account.Account {
	return account.Account{Name: name, Display: "市局", Role: account.City, Region: region}
}

// Province is a reviewer of the province.
func Province(name string) account.Account {
	return account.Account{Name: name, Display: "省局", Role: account.Province, Region: "140000"}
}

// Get opens a page.
func (b *Browser) Get(path string) Page {
	return b.do(http.MethodGet, path, "", nil)
}

// Post sends a form of pairs of names and values.
func (b *Browser) Post(path string, pairs ...string) Page {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// Upload sends a form with files.
func (b *Browser) Upload(path string, files []File, pairs ...string) Page {
	b.T.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		if err := form.WriteField(pairs[i], pairs[i+1]); err != nil {
			b.T.Fatal(err)
		}
	}
	for _, f := range files {
		part, err := form.CreateFormFile(f.Field, f.Name)
		if err != nil {
			b.T.Fatal(err)
		}
		if _, err := part.Write(f.Content); err != nil {
			b.T.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		b.T.Fatal(err)
	}
	return b.do(http.MethodPost, path, form.FormDataContentType(), &body)
}

// Follow opens the page that an answer leads to.
func (b *Browser) Follow(p Page) Page {
	b.T.Helper()
	if p.Status != http.StatusSeeOther {
		b.T.Fatalf("it leads nowhere: %d\n%s", p.Status, p.Body)
	}
	path, _, _ := strings.Cut(p.Location, "#")
	return b.Get(path)
}

func (b *Browser) do(method, path, contentType string, body io.Reader) Page {
	b.T.Helper()
	r := httptest.NewRequestWithContext(b.T.Context(), method, path, body)
	r.Host, r.RemoteAddr = Host, "192.0.2.7:1000"
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.house.Handler.ServeHTTP(w, r)
	answer := w.Result()
	defer answer.Body.Close()
	for _, c := range answer.Cookies() {
		b.cookies[c.Name] = c
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		b.T.Fatal(err)
	}
	return Page{answer.StatusCode, string(text), answer.Header.Get("Location"), answer.Header}
}

var fieldValue = `name="%s" value="([^"]*)"`

// Field returns the value of the first field of a name in a page.
func (p Page) Field(name string) string {
	found := regexp.MustCompile(strings.Replace(fieldValue, "%s", regexp.QuoteMeta(name), 1)).FindStringSubmatch(p.Body)
	if found == nil {
		return ""
	}
	return found[1]
}
