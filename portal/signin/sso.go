package signin

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"go.uber.org/zap"

	"zhibiao/portal/audit"
	"zhibiao/portal/web"
)

// issuerParameters are what issuers add to the way back.
var issuerParameters = []string{"code", "state", "scope", "error", "error_description", "error_uri", "iss", "session_state"}

const journeyTime = 10 * time.Minute

// journeyCookie is the name of the cookie of a journey.
func (p *Pages) journeyCookie() string { return p.Sessions.CookieName() + "-sso" }

// toIssuer sends somebody to sign in at the issuer. What it remembers is in the
// visitor's cookie, not in the broker, which strangers could fill.
func (p *Pages) toIssuer(w http.ResponseWriter, r *http.Request) error {
	address, j, err := p.Issuer.begin(r.Context(), web.LocalPath(r.URL.Query().Get("to")))
	if err != nil {
		return p.issuerFailed(w, r, err)
	}
	content, err := json.Marshal(j)
	if err != nil {
		return err
	}
	p.setJourney(w, base64.RawURLEncoding.EncodeToString(content), int(journeyTime/time.Second))
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

func (p *Pages) setJourney(w http.ResponseWriter, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: p.journeyCookie(), Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: p.Sessions.Secure(), SameSite: http.SameSiteLaxMode,
	})
}

// fromIssuer lets in who has signed in at the issuer and has an account here.
func (p *Pages) fromIssuer(w http.ResponseWriter, r *http.Request) error {
	var j journey
	if cookie, err := r.Cookie(p.journeyCookie()); err == nil {
		if content, err := base64.RawURLEncoding.DecodeString(cookie.Value); err == nil {
			_ = json.Unmarshal(content, &j) // a journey without a state is refused
		}
	}
	p.setJourney(w, "", -1)
	user, err := p.Issuer.user(r.Context(), j, r.URL.Query())
	if err != nil {
		return p.issuerFailed(w, r, err)
	}
	entered, err := p.Desk.bySSO(r, user)
	if errors.Is(err, ErrUnknown) {
		p.Logger.Warn("somebody without an account came from the issuer", zap.String("from", audit.Address(r.Context())))
		return p.show(w, r, http.StatusForbidden, "login.html", form{To: j.To,
			ZH: "统一身份认证成功，但没有与之对应的账号。请联系省局管理员。",
			EN: "You signed in, but no account here belongs to that. Ask the provincial administrator."})
	}
	return p.goOn(w, r, "login.html", form{To: j.To}, "single sign-on", entered, err)
}

// bySSO returns the account of an issuer's user, with what is still asked of him.
func (d *Desk) bySSO(r *http.Request, user string) (Entered, error) {
	a, err := d.directory.BySSO(r.Context(), user)
	if err != nil {
		return Entered{}, err
	}
	e, _, err := d.directory.read(r.Context(), a.Name)
	if err == nil && e.Disabled {
		err = ErrUnknown
	}
	return e.entered(), err
}

// issuerFailed shows the log-in page again; the reason is for the log, since it may
// hold what an attacker wrote.
func (p *Pages) issuerFailed(w http.ResponseWriter, r *http.Request, err error) error {
	var unreachable *url.Error
	level := p.Logger.Warn
	if errors.As(err, &unreachable) {
		level = p.Logger.Error
	}
	level("single sign-on failed", zap.String("from", audit.Address(r.Context())), zap.Error(err))
	return p.show(w, r, http.StatusBadGateway, "login.html", form{To: r.URL.Query().Get("to"),
		ZH: "统一身份认证没有成功，请重试，或者用密码登录。",
		EN: "Single sign-on did not work; try again, or use a password."})
}
