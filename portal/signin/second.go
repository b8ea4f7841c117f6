package signin

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/audit"
	"zhibiao/portal/web"
)

// showSecond asks for the authenticator's password, or shows how to set one up.
func (p *Pages) showSecond(w http.ResponseWriter, r *http.Request) error {
	return p.askSecond(w, r, http.StatusOK, form{To: r.URL.Query().Get("to")})
}

func (p *Pages) askSecond(w http.ResponseWriter, r *http.Request, status int, f form) error {
	name := p.Sessions.Half(r.Context())
	if name == "" {
		return web.SeeOther(w, r, web.LoginPath+"?to="+url.QueryEscape(web.LocalPath(f.To)))
	}
	e, _, err := p.Desk.directory.read(r.Context(), name)
	if err != nil {
		return err
	}
	if e.second() == AuthenticatorSetUp {
		if f.SetUp, err = p.setUp(r, name); err != nil {
			return err
		}
	}
	return p.show(w, r, status, "second.html", f)
}

// setUp returns the secret that the visitor is setting up, the same until he is done.
func (p *Pages) setUp(r *http.Request, name string) (*SetUp, error) {
	if secret := p.Sessions.Secret(r.Context()); secret != "" {
		s, err := SetUpWith(name, secret)
		return &s, err
	}
	s, err := NewSetUp(name)
	if err == nil {
		p.Sessions.KeepSecret(r.Context(), s.Secret)
	}
	return &s, err
}

func (p *Pages) second(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	f := form{To: r.PostForm.Get("to")}
	name := p.Sessions.Half(r.Context())
	if name == "" {
		return p.askSecond(w, r, http.StatusOK, f)
	}
	typed, address := r.PostForm.Get("one_time"), audit.Address(r.Context())
	var entered Entered
	var err error
	if secret := p.Sessions.Secret(r.Context()); secret != "" {
		entered, err = p.Desk.ConfirmFactor(r.Context(), name, secret, typed, address)
	} else {
		entered, err = p.Desk.ByFactor(r.Context(), name, typed, address)
	}
	if err != nil {
		status, fault := p.explain(r.Context(), &f, err)
		if fault != nil {
			return fault
		}
		return p.askSecond(w, r, status, f)
	}
	if p.Sessions.Secret(r.Context()) != "" {
		if err := p.Audit.Record(account.With(r.Context(), entered.Account), audit.Event{What: "factor.set_up", Object: name}); err != nil {
			return err
		}
	}
	if err := p.begin(r.Context(), entered, "password and authenticator"); err != nil {
		return err
	}
	return web.SeeOther(w, r, f.To)
}

func unreadable(err error) error {
	return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("reading the form: %w", err))
}

// typedName brings an account's name as somebody typed it into its form.
func typedName(text string) string { return strings.ToLower(strings.TrimSpace(normal(text))) }

func waitTexts(seconds int) (zh, en string) {
	if seconds > 90 {
		minutes := (seconds + 59) / 60
		return fmt.Sprintf("多次输入有误，请 %d 分钟后再试。也可以请省局管理员重新发放登录码。", minutes),
			fmt.Sprintf("Too many tries failed; try again in %d minutes, or ask the provincial administrator for a new code.", minutes)
	}
	return fmt.Sprintf("多次输入有误，请 %d 秒后再试。", seconds), fmt.Sprintf("Too many tries failed; try again in %d seconds.", seconds)
}
