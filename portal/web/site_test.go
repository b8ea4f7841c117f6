package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/web"
)

// visitor is who makes the requests of a test.
type visitor struct {
	account.Account
	signedIn bool
	err      error
	notes    []web.Note
}

type sessions struct{ v *visitor }

func (s sessions) Account(context.Context) (account.Account, bool, error) {
	return s.v.Account, s.v.signedIn, s.v.err
}
func (s sessions) Keep(_ context.Context, n web.Note) { s.v.notes = append(s.v.notes, n) }
func (s sessions) Notes(context.Context) []web.Note {
	notes := s.v.notes
	s.v.notes = nil
	return notes
}

func site(t *testing.T, v *visitor, pages ...web.Page) http.Handler {
	t.Helper()
	s, err := web.New(web.Config{Pages: pages, Sessions: sessions{v}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ask(t *testing.T, handler http.Handler, method, target string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

func nothing(http.ResponseWriter, *http.Request) error { return nil }

var anyone = web.Rule{Anyone: true}

func TestPagesThatDoNotSayEverythingKeepTheServerFromStarting(t *testing.T) {
	good := web.Page{Method: http.MethodGet, Pattern: "/x", Allow: anyone, Handler: nothing}
	for name, c := range map[string]struct {
		change func(*web.Page)
		want   string
	}{
		"no rule":                       {func(p *web.Page) { p.Allow = web.Rule{} }, "who may use it"},
		"only open on loopback":         {func(p *web.Page) { p.Allow = web.Rule{OnLoopback: true} }, "who may use it"},
		"anyone and a right":            {func(p *web.Page) { p.Allow = web.Rule{Anyone: true, Right: account.Work} }, "who may use it"},
		"a right that there is not":     {func(p *web.Page) { p.Allow = web.Rule{Right: "fly"} }, "no right"},
		"a region that nobody looks at": {func(p *web.Page) { p.Pattern, p.Allow = "/x/{region}", web.Rule{Right: account.Enter} }, "does not look at"},
		"a unit that nobody looks at":   {func(p *web.Page) { p.Pattern, p.Allow = "/x/{unit}", web.Rule{Right: account.File} }, "does not look at"},
		"no handler":                    {func(p *web.Page) { p.Handler = nil }, "no handler"},
		"a strange method":              {func(p *web.Page) { p.Method = "PATCH" }, "GET or POST"},
		"no pattern":                    {func(p *web.Page) { p.Pattern = "" }, "starts with /"},
		"a form in the menu":            {func(p *web.Page) { p.Method, p.Menu = http.MethodPost, &web.Menu{} }, "menu"},
		"the same pattern twice":        {func(p *web.Page) { p.Pattern = "/y" }, "/y"},
		"a pattern that clashes":        {func(p *web.Page) { p.Pattern = "/{a}/{b" }, "declaring"},
	} {
		p := good
		c.change(&p)
		pages := []web.Page{{Method: http.MethodGet, Pattern: "/y", Allow: anyone, Handler: nothing}, p}
		if _, err := web.New(web.Config{Pages: pages, Sessions: sessions{&visitor{}}}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestErrorsOfPagesAreShownInBothLanguagesWithoutTheirCause(t *testing.T) {
	v := &visitor{}
	for name, c := range map[string]struct {
		err    error
		status int
		want   string
	}{
		"a refusal":          {web.Refuse(http.StatusConflict, "已被他人处理", "somebody else was first"), 409, "已被他人处理"},
		"the user's fault":   {pipeline.WithExit(pipeline.ExitYourInput, errors.New("column <b>")), 400, "column &lt;b&gt;"},
		"an outage":          {pipeline.WithExit(pipeline.ExitEnvironment, errors.New("dial 10.0.0.1")), 503, "暂时无法使用"},
		"our fault":          {errors.New("select secret"), 500, "系统出错了"},
		"what is too large":  {&http.MaxBytesError{Limit: 1}, 413, "太大"},
		"what is not theirs": {web.ErrNothing, 500, "系统出错了"},
	} {
		handler := site(t, v, web.Page{Method: http.MethodGet, Pattern: "/x", Allow: anyone, Handler: func(http.ResponseWriter, *http.Request) error { return c.err }})
		w := ask(t, handler, http.MethodGet, "/x")
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: %d\n%s", name, w.Code, w.Body)
		}
		for _, secret := range []string{"10.0.0.1", "secret"} {
			if strings.Contains(w.Body.String(), secret) {
				t.Errorf("%s tells %q", name, secret)
			}
		}
	}
}

func TestWhatIsNotThereAndWhatIsNotYoursAreAnsweredAlike(t *testing.T) {
	v := &visitor{Account: account.Account{Name: "qingxu", Role: account.County, Region: "140121"}, signedIn: true}
	entries := map[string]string{"1": "140121", "2": "140122"}
	handler := site(t, v, web.Page{Method: http.MethodGet, Pattern: "/entry/{id}", Handler: nothing, Allow: web.Rule{Right: account.ReadSheet,
		Object: func(r *http.Request) (account.Object, error) {
			region, there := entries[r.PathValue("id")]
			if !there {
				return account.Object{}, web.ErrNothing
			}
			return account.Object{Region: region}, nil
		}}})
	own, others, none, elsewhere := ask(t, handler, "GET", "/entry/1"), ask(t, handler, "GET", "/entry/2"), ask(t, handler, "GET", "/entry/3"), ask(t, handler, "GET", "/elsewhere")
	if own.Code != 200 || others.Code != 404 || none.Code != 404 {
		t.Errorf("got %d %d %d", own.Code, others.Code, none.Code)
	}
	same := func(w *httptest.ResponseRecorder, id string) string {
		return strings.ReplaceAll(w.Body.String(), id, "")
	}
	if same(others, "/entry/2") != same(none, "/entry/3") || same(others, "/entry/2") != same(elsewhere, "/elsewhere") {
		t.Error("it can be told what there is")
	}
}

// An object that says nothing must not pass for one's own.
func TestAnObjectThatSaysNothingIsRefused(t *testing.T) {
	v := &visitor{Account: account.Account{Role: account.County, Region: "140121"}, signedIn: true}
	handler := site(t, v, web.Page{Method: http.MethodGet, Pattern: "/x", Handler: nothing, Allow: web.Rule{Right: account.Enter,
		Object: func(*http.Request) (account.Object, error) { return account.Object{}, nil }}})
	if w := ask(t, handler, "GET", "/x"); w.Code != 404 {
		t.Errorf("got %d", w.Code)
	}
}

func TestTheMenuShowsWhatOneMayDo(t *testing.T) {
	v := &visitor{Account: account.Account{Display: "清徐县", Role: account.County, Region: "140121"}, signedIn: true}
	views := web.MustViews(fstest.MapFS{"x.html": {Data: []byte(`{{define "title"}}x{{end}}{{define "main"}}{{.Data}} {{t "中文" "English"}}{{end}}`)}})
	show := func(w http.ResponseWriter, r *http.Request) error { return views.Show(w, r, 200, "x.html", "<i>") }
	handler := site(t, v,
		web.Page{Method: http.MethodGet, Pattern: "/fill", Allow: web.Rule{Right: account.Enter}, Menu: &web.Menu{ZH: "填报", EN: "Fill"}, Handler: show},
		web.Page{Method: http.MethodGet, Pattern: "/tend", Allow: web.Rule{Right: account.Tend}, Menu: &web.Menu{ZH: "今晨", EN: "Morning"}, Handler: show},
		web.Page{Method: http.MethodPost, Pattern: "/fill", Allow: web.Rule{Right: account.Enter}, Handler: func(w http.ResponseWriter, r *http.Request) error {
			web.Tell(r.Context(), web.Note{ZH: "已保存", EN: "Saved"})
			return web.SeeOther(w, r, "/fill")
		}})
	body := ask(t, handler, "GET", "/fill").Body.String()
	for text, want := range map[string]bool{`href="/fill" class="here"`: true, "填报": true, "今晨": false, "&lt;i&gt; 中文": true, "清徐县": true, "县级填报": true} {
		if strings.Contains(body, text) != want {
			t.Errorf("%q is there: %v\n%s", text, !want, body)
		}
	}
	if w := ask(t, handler, "POST", "/fill"); w.Code != 303 || w.Header().Get("Location") != "/fill" {
		t.Errorf("got %d %s", w.Code, w.Header().Get("Location"))
	}
	if body := ask(t, handler, "GET", "/fill?lang=en").Body.String(); !strings.Contains(body, "Saved") || !strings.Contains(body, "English") || !strings.Contains(body, "county") {
		t.Errorf("got %s", body)
	}
	if body := ask(t, handler, "GET", "/fill").Body.String(); strings.Contains(body, "已保存") {
		t.Error("a note is shown twice")
	}
}

func TestNothingIsSentOfAPageThatFails(t *testing.T) {
	views := web.MustViews(fstest.MapFS{"x.html": {Data: []byte(`{{define "title"}}x{{end}}{{define "main"}}half {{.Data.Missing}}{{end}}`)}})
	handler := site(t, &visitor{}, web.Page{Method: http.MethodGet, Pattern: "/x", Allow: anyone, Handler: func(w http.ResponseWriter, r *http.Request) error {
		return views.Show(w, r, 200, "x.html", struct{}{})
	}})
	if w := ask(t, handler, "GET", "/x"); w.Code != 500 || strings.Contains(w.Body.String(), "half") {
		t.Errorf("got %d\n%s", w.Code, w.Body)
	}
}

// A session that ends while somebody types must not cost him what he typed.
func TestWhatWasTypedSurvivesTheEndOfASession(t *testing.T) {
	v := &visitor{Account: account.Account{Role: account.County, Region: "140121"}}
	handler := site(t, v, web.Page{Method: http.MethodPost, Pattern: "/fill", Allow: web.Rule{Right: account.Enter}, Handler: nothing})
	post := func(body, kind string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/fill", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	const form = "application/x-www-form-urlencoded"
	w := post("gdp=12.5&note=%22%3E%3Cscript%3E&note=%E4%B8%A4", form)
	for _, want := range []string{`action="/fill"`, `name="gdp" value="12.5"`, `value="&#34;&gt;&lt;script&gt;"`, `name="note" value="两"`} {
		if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%d, want %s in\n%s", w.Code, want, w.Body)
		}
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"a password": post("password=geheim&old=x", form), "an upload": post("geheim", "multipart/form-data; boundary=x"),
		"nothing": post("", form), "too much": post("geheim="+strings.Repeat("x", 1<<20), form),
	} {
		if w.Code != http.StatusSeeOther || strings.Contains(w.Body.String(), "geheim") {
			t.Errorf("%s: %d\n%s", name, w.Code, w.Body)
		}
	}
	v.signedIn = true
	if w := post("gdp=12.5", form); w.Code != 200 {
		t.Errorf("sent again: %d", w.Code)
	}
}

// Whatever somebody puts behind to=, a browser stays on this site.
func FuzzLocalPathsStayOnTheSite(f *testing.F) {
	for _, to := range []string{"/", "/a?b=c", "//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example", "/%2F/evil.example", "/a//b"} {
		f.Add(to)
	}
	base, err := url.Parse("https://zhibiao.example.cn/login")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, to string) {
		local := web.LocalPath(to)
		// As the URL standard has browsers read it: tabs and line breaks are dropped, \ is /.
		read := strings.NewReplacer("\t", "", "\n", "", "\r", "", "\\", "/").Replace(strings.TrimFunc(local, func(r rune) bool { return r <= ' ' }))
		there, err := base.Parse(read)
		if err != nil || there.Host != base.Host || there.Scheme != "https" || !strings.HasPrefix(local, "/") {
			t.Errorf("%q leads to %v, %v", to, there, err)
		}
	})
}
