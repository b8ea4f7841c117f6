package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// IssuerConfig is how an issuer of OIDC is reached.
type IssuerConfig struct {
	URL          string // the issuer's, as its tokens name it
	ClientID     string
	ClientSecret string
	Back         string // the pages' own URL of /login/sso/back, as registered at the issuer
	Claim        string // of the ID token, that accounts are found by (account add --sso); sub
	Client       *http.Client
}

// SSOBackPath is where an issuer sends people back to.
const SSOBackPath = ssoBack

// Issuer lets people in who have signed in at an issuer of OIDC, by the code flow with
// state, nonce and PKCE. It says only who somebody is; what he may do, his account
// here says. It is safe for concurrent use.
type Issuer struct {
	config IssuerConfig

	mu       sync.Mutex
	provider *oidc.Provider // nil before the issuer was asked first
}

const issuerPatience = 10 * time.Second

// NewIssuer returns an issuer, which is first asked when somebody signs in.
func NewIssuer(config IssuerConfig) *Issuer {
	if config.Claim == "" {
		config.Claim = "sub"
	}
	if config.Client == nil {
		config.Client = &http.Client{Timeout: issuerPatience}
	}
	return &Issuer{config: config}
}

// Check refuses a configuration that cannot work.
func (c IssuerConfig) Check() error {
	for what, text := range map[string]string{"issuer": c.URL, "address to come back to": c.Back} {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost" {
			return fmt.Errorf("the %s %q is not https://…", what, text)
		}
	}
	if c.ClientID == "" {
		return errors.New("the client's id is missing")
	}
	return nil
}

// journey is what is remembered of somebody who was sent to the issuer, in a cookie of
// his own.
type journey struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	To       string `json:"to"`
}

func (i *Issuer) oauth(ctx context.Context) (context.Context, *oidc.Provider, *oauth2.Config, error) {
	ctx = oidc.ClientContext(ctx, i.config.Client)
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.provider == nil {
		provider, err := oidc.NewProvider(ctx, i.config.URL)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("asking the issuer how it is reached: %w", err)
		}
		i.provider = provider
	}
	return ctx, i.provider, &oauth2.Config{
		ClientID: i.config.ClientID, ClientSecret: i.config.ClientSecret, RedirectURL: i.config.Back,
		Endpoint: i.provider.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "profile"},
	}, nil
}

// begin returns where to send somebody, and what to remember of him.
func (i *Issuer) begin(ctx context.Context, to string) (string, journey, error) {
	_, _, config, err := i.oauth(ctx)
	if err != nil {
		return "", journey{}, err
	}
	j := journey{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), To: to}
	return config.AuthCodeURL(j.State, oidc.Nonce(j.Nonce), oauth2.S256ChallengeOption(j.Verifier)), j, nil
}

// user returns who came back from the issuer.
func (i *Issuer) user(ctx context.Context, j journey, query url.Values) (string, error) {
	if j.State == "" || subtle.ConstantTimeCompare([]byte(j.State), []byte(query.Get("state"))) != 1 {
		return "", errors.New("the state is not the one that was sent")
	}
	if by := query.Get("iss"); by != "" && by != i.config.URL {
		return "", fmt.Errorf("the answer is of another issuer, %q", by)
	}
	if problem := query.Get("error"); problem != "" {
		return "", fmt.Errorf("the issuer refuses: %q %q", problem, query.Get("error_description"))
	}
	ctx, provider, config, err := i.oauth(ctx)
	if err != nil {
		return "", err
	}
	token, err := config.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(j.Verifier))
	if err != nil {
		return "", fmt.Errorf("exchanging the code: %w", err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: i.config.ClientID}).Verify(ctx, raw)
	if err != nil {
		return "", fmt.Errorf("checking the ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(j.Nonce)) != 1 {
		return "", errors.New("the ID token was made for another log-in")
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return "", fmt.Errorf("reading the ID token: %w", err)
	}
	user, _ := claims[i.config.Claim].(string)
	if user == "" {
		return "", fmt.Errorf("the ID token has no claim %s", i.config.Claim)
	}
	return user, nil
}
