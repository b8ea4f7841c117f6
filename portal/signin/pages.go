package signin

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"net/url"
	"time"

	"go.uber.org/zap"

	"zhibiao/portal/account"
	"zhibiao/portal/audit"
	"zhibiao/portal/session"
	"zhibiao/portal/web"
)

//go:embed templates/*.html
var templates embed.FS

// Recorder notes what was done; *audit.Log is one.
type Recorder interface {
	Record(ctx context.Context, event audit.Event) error
}

// Pages are the pages of signing in and of one's own account.
type Pages struct {
	Desk     *Desk
	Sessions *session.Sessions
	Audit    Recorder
	Issuer   *Issuer // of OIDC; nil for none
	Logger   *zap.Logger
}

var views = web.MustViews(web.Sub(templates, "templates"))

const (
	codePath   = web.LoginPath + "/code"
	secondPath = web.LoginPath + "/second"
	ssoPath    = web.LoginPath + "/sso"
	ssoBack    = web.LoginPath + "/sso/back"
)

// Table returns the pages.
func (p *Pages) Table() []web.Page {
	anyone, own := web.Rule{Anyone: true}, web.Rule{Right: account.Work}
	to := []string{"to"}
	table := []web.Page{
		{Method: http.MethodGet, Pattern: web.LoginPath, Allow: anyone, Query: to, Handler: p.showLogin},
		{Method: http.MethodPost, Pattern: web.LoginPath, Allow: anyone, Handler: p.login},
		{Method: http.MethodGet, Pattern: codePath, Allow: anyone, Query: to, Handler: p.showCode},
		{Method: http.MethodPost, Pattern: codePath, Allow: anyone, Handler: p.useCode},
		{Method: http.MethodGet, Pattern: secondPath, Allow: anyone, Query: to, Handler: p.showSecond},
		{Method: http.MethodPost, Pattern: secondPath, Allow: anyone, Handler: p.second},
		{Method: http.MethodGet, Pattern: "/logout", Allow: own, Handler: p.showLogout},
		{Method: http.MethodPost, Pattern: "/logout", Allow: own, Handler: p.logout},
		{Method: http.MethodGet, Pattern: "/account", Allow: own, Handler: p.showAccount},
		{Method: http.MethodPost, Pattern: "/account/password", Allow: own, Handler: p.changePassword},
	}
	if p.Issuer != nil {
		table = append(table,
			web.Page{Method: http.MethodGet, Pattern: ssoPath, Allow: anyone, Query: to, Handler: p.toIssuer},
			web.Page{Method: http.MethodGet, Pattern: ssoBack, Allow: anyone, Query: issuerParameters, Handler: p.fromIssuer})
	}
	return table
}

// form is what the pages of signing in show: what was typed, without secrets, and
// what was wrong with it.
type form struct {
	Name, To string
	ZH, EN   string // the problem; "" for none
	SSO      bool
	SetUp    *SetUp // to be entered into an authenticator
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, name string, f form) error {
	f.To, f.SSO = web.LocalPath(f.To), p.Issuer != nil
	return views.Show(w, r, status, name, f)
}

func (p *Pages) showLogin(w http.ResponseWriter, r *http.Request) error {
	to := web.LocalPath(r.URL.Query().Get("to"))
	if _, ok := account.From(r.Context()); ok {
		return web.SeeOther(w, r, to)
	}
	return p.show(w, r, http.StatusOK, "login.html", form{To: to})
}

func (p *Pages) showCode(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, http.StatusOK, "code.html", form{To: r.URL.Query().Get("to")})
}

func (p *Pages) login(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	f := form{Name: typedName(r.PostForm.Get("name")), To: r.PostForm.Get("to")}
	entered, err := p.Desk.ByPassword(r.Context(), f.Name, r.PostForm.Get("password"), audit.Address(r.Context()))
	return p.goOn(w, r, "login.html", f, "password", entered, err)
}

func (p *Pages) useCode(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	f := form{Name: typedName(r.PostForm.Get("name")), To: r.PostForm.Get("to")}
	password := r.PostForm.Get("password")
	if password != r.PostForm.Get("again") {
		f.ZH, f.EN = "两次输入的新密码不一样。", "The two new passwords differ."
		return p.show(w, r, http.StatusUnprocessableEntity, "code.html", f)
	}
	entered, err := p.Desk.ByCode(r.Context(), f.Name, r.PostForm.Get("code"), password, audit.Address(r.Context()))
	return p.goOn(w, r, "code.html", f, "code", entered, err)
}

// goOn lets somebody in, sends him to the second step, or shows the form again.
func (p *Pages) goOn(w http.ResponseWriter, r *http.Request, name string, f form, how string, entered Entered, err error) error {
	if err != nil {
		return p.refuse(w, r, name, f, err)
	}
	if entered.Second != NothingMore {
		if err := p.Sessions.BeginHalf(r.Context(), entered.Name); err != nil {
			return err
		}
		return web.SeeOther(w, r, secondPath+"?to="+url.QueryEscape(web.LocalPath(f.To)))
	}
	if err := p.begin(r.Context(), entered, how); err != nil {
		return err
	}
	return web.SeeOther(w, r, f.To)
}

// begin lets an account in, once that is on the trail.
func (p *Pages) begin(ctx context.Context, entered Entered, how string) error {
	ctx = account.With(ctx, entered.Account)
	if err := p.Audit.Record(ctx, audit.Event{What: "session.begin", Object: entered.Name, Region: entered.Region, Detail: map[string]string{"by": how}}); err != nil {
		return err
	}
	return p.Sessions.Begin(ctx, entered.Name, entered.Generation)
}

// refuse shows a form again with what was wrong.
func (p *Pages) refuse(w http.ResponseWriter, r *http.Request, name string, f form, err error) error {
	status, err := p.explain(r.Context(), &f, err)
	if err != nil {
		return err
	}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "30")
	}
	return p.show(w, r, status, name, f)
}

// explain puts into words why somebody was refused. What is our fault it returns.
func (p *Pages) explain(ctx context.Context, f *form, err error) (status int, fault error) {
	var wait *WaitError
	var choice *ChoiceError
	var locked *LockedError
	switch {
	case errors.As(err, &wait):
		seconds := max(1, int(wait.For.Round(time.Second)/time.Second))
		f.ZH, f.EN = waitTexts(seconds)
		return http.StatusTooManyRequests, nil
	case errors.As(err, &choice):
		f.ZH, f.EN = choice.ZH, choice.EN
		return http.StatusUnprocessableEntity, nil
	case errors.As(err, &locked):
		p.Logger.Warn("an account has to wait after failed log-ins", zap.String("account", locked.Name), zap.String("from", audit.Address(ctx)))
		if err := p.Audit.Record(ctx, audit.Event{What: "session.locked", Object: locked.Name}); err != nil {
			return 0, err
		}
		fallthrough
	case errors.Is(err, ErrRefused):
		f.ZH = "账号或密码（登录码、动态口令）不正确。忘记密码或登录码过期，请联系省局管理员重新发放登录码。"
		f.EN = "The account or the password (code, authenticator's password) is not right. If you forgot it or the code has run out, ask the provincial administrator for a new code."
		return http.StatusUnauthorized, nil
	case errors.Is(err, ErrBusy):
		f.ZH, f.EN = "现在登录的人太多，请半分钟后再试。", "Too many people sign in at this moment; try again in half a minute."
		return http.StatusServiceUnavailable, nil
	}
	return 0, err
}

func (p *Pages) showLogout(w http.ResponseWriter, r *http.Request) error {
	return views.Show(w, r, http.StatusOK, "logout.html", nil)
}

func (p *Pages) logout(w http.ResponseWriter, r *http.Request) error {
	if err := p.Audit.Record(r.Context(), audit.Event{What: "session.end"}); err != nil {
		return err
	}
	if err := p.Sessions.End(r.Context()); err != nil {
		return err
	}
	return web.SeeOther(w, r, web.LoginPath)
}

func (p *Pages) showAccount(w http.ResponseWriter, r *http.Request) error {
	return views.Show(w, r, http.StatusOK, "account.html", form{})
}

func (p *Pages) changePassword(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	a, _ := account.From(r.Context()) // the guard let him in
	password := r.PostForm.Get("password")
	if password != r.PostForm.Get("again") {
		return p.show(w, r, http.StatusUnprocessableEntity, "account.html", form{ZH: "两次输入的新密码不一样。", EN: "The two new passwords differ."})
	}
	entered, err := p.Desk.ChangePassword(r.Context(), a.Name, r.PostForm.Get("old"), password, audit.Address(r.Context()))
	if err != nil {
		return p.refuse(w, r, "account.html", form{}, err)
	}
	if err := p.Audit.Record(r.Context(), audit.Event{What: "password.change", Object: a.Name}); err != nil {
		return err
	}
	if err := p.Sessions.Begin(r.Context(), entered.Name, entered.Generation); err != nil {
		return err
	}
	web.Tell(r.Context(), web.Note{ZH: "密码已修改，其他设备上的登录已失效。", EN: "The password was changed; other devices were signed out."})
	return web.SeeOther(w, r, "/account")
}
