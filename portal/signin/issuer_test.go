package signin

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// fakeIssuer is an issuer of OIDC, as small as can be. It gives one code and exchanges
// it for whoever proves to have begun the journey.
type fakeIssuer struct {
	t         *testing.T
	server    *httptest.Server
	key       *rsa.PrivateKey
	challenge string
	claims    map[string]any // laid over the good ones
	forged    bool           // signs with another key
}

const clientID, clientSecret, back = "zhibiao", "s3cret", "https://zhibiao.example.cn/login/sso/back"

func startIssuer(t *testing.T) *fakeIssuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeIssuer{t: t, key: key}
	mux := http.NewServeMux()
	f.server = httptest.NewServer(mux)
	t.Cleanup(f.server.Close)
	answer := func(w http.ResponseWriter, value any) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(value)
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"issuer": f.server.URL, "authorization_endpoint": f.server.URL + "/authorize", "token_endpoint": f.server.URL + "/token",
			"jwks_uri": f.server.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"keys": []map[string]string{{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1",
			"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
		}}})
	})
	mux.HandleFunc("POST /token", f.token)
	return f
}

func (f *fakeIssuer) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if id != clientID || secret != clientSecret || r.PostFormValue("code") != "the-code" || r.PostFormValue("redirect_uri") != back ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != f.challenge {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": f.sign()})
}

func (f *fakeIssuer) sign() string {
	part := func(value any) string {
		content, err := json.Marshal(value)
		if err != nil {
			f.t.Error(err)
		}
		return base64.RawURLEncoding.EncodeToString(content)
	}
	signed := part(map[string]string{"alg": "RS256", "kid": "1"}) + "." + part(f.claims)
	key := f.key
	if f.forged {
		key, _ = rsa.GenerateKey(rand.Reader, 2048)
	}
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		f.t.Error(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func (f *fakeIssuer) issuer() *Issuer {
	return NewIssuer(IssuerConfig{URL: f.server.URL, ClientID: clientID, ClientSecret: clientSecret, Back: back,
		Client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}})
}

// journeyTo begins a journey and lets the issuer see it.
func (f *fakeIssuer) journeyTo(i *Issuer) (journey, url.Values) {
	f.t.Helper()
	address, j, err := i.begin(context.Background(), "/")
	if err != nil {
		f.t.Fatal(err)
	}
	sent, err := url.Parse(address)
	if err != nil {
		f.t.Fatal(err)
	}
	q := sent.Query()
	if !strings.HasPrefix(address, f.server.URL+"/authorize?") || q.Get("code_challenge_method") != "S256" || q.Get("redirect_uri") != back || q.Get("response_type") != "code" {
		f.t.Errorf("sent to %s", address)
	}
	f.challenge = q.Get("code_challenge")
	f.claims = map[string]any{
		"iss": f.server.URL, "aud": clientID, "sub": "u-1", "nonce": q.Get("nonce"),
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
	}
	return j, url.Values{"code": {"the-code"}, "state": {q.Get("state")}}
}

func TestSomebodyComesBackFromTheIssuer(t *testing.T) {
	f := startIssuer(t)
	i := f.issuer()
	j, q := f.journeyTo(i)
	if user, err := i.user(t.Context(), j, q); err != nil || user != "u-1" {
		t.Errorf("got %q, %v", user, err)
	}
	i.config.Claim = "preferred_username"
	j, q = f.journeyTo(i)
	f.claims["preferred_username"] = "qingxu"
	if user, err := i.user(t.Context(), j, q); err != nil || user != "qingxu" {
		t.Errorf("by another claim: %q, %v", user, err)
	}
}

func TestNobodyComesBackOnAnothersJourney(t *testing.T) {
	f := startIssuer(t)
	for name, change := range map[string]func(j *journey, q url.Values){
		"another state":           func(_ *journey, q url.Values) { q.Set("state", "x") },
		"no state at all":         func(j *journey, q url.Values) { j.State = ""; q.Del("state") },
		"another nonce":           func(*journey, url.Values) { f.claims["nonce"] = "x" },
		"no nonce":                func(*journey, url.Values) { delete(f.claims, "nonce") },
		"another verifier":        func(j *journey, _ url.Values) { j.Verifier = strings.Repeat("x", 43) },
		"another code":            func(_ *journey, q url.Values) { q.Set("code", "x") },
		"another client's token":  func(*journey, url.Values) { f.claims["aud"] = "other" },
		"another issuer's token":  func(*journey, url.Values) { f.claims["iss"] = "https://evil.example" },
		"another issuer's answer": func(_ *journey, q url.Values) { q.Set("iss", "https://evil.example") },
		"an old token":            func(*journey, url.Values) { f.claims["exp"] = time.Now().Add(-time.Minute).Unix() },
		"a token without a user":  func(*journey, url.Values) { delete(f.claims, "sub") },
		"a refusal":               func(_ *journey, q url.Values) { q.Set("error", "access_denied") },
		"a forged token":          func(*journey, url.Values) { f.forged = true },
	} {
		f.forged = false
		i := f.issuer()
		j, q := f.journeyTo(i)
		change(&j, q)
		if user, err := i.user(t.Context(), j, q); err == nil {
			t.Errorf("%s: %q is let in", name, user)
		}
	}
}

func TestAnIssuerIsCheckedBeforeItIsUsed(t *testing.T) {
	good := IssuerConfig{URL: "https://sso.example.cn", ClientID: "x", Back: back}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]IssuerConfig{
		"http":          {URL: "http://sso.example.cn", ClientID: "x", Back: back},
		"no issuer":     {ClientID: "x", Back: back},
		"no client":     {URL: good.URL, Back: back},
		"no way back":   {URL: good.URL, ClientID: "x", Back: "/login/sso/back"},
		"back by http":  {URL: good.URL, ClientID: "x", Back: "http://zhibiao.example.cn/login/sso/back"},
		"not a URL":     {URL: "sso", ClientID: "x", Back: back},
		"another thing": {URL: "file:///etc/passwd", ClientID: "x", Back: back},
	} {
		if c.Check() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
