package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"zhibiao/pipeline"
	"zhibiao/portal"
	"zhibiao/portal/audit"
	"zhibiao/portal/review"
	"zhibiao/portal/session"
	"zhibiao/portal/signin"
	"zhibiao/portal/supplement"
	"zhibiao/portal/web"
)

// pageSettings say how people reach the pages.
type pageSettings struct {
	// Listen is the address of the pages of a serve; a free loopback port by default.
	// One that other machines can reach takes a certificate or a trusted proxy.
	Listen string `yaml:"listen"`
	// Certificate and Key are PEM files.
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
	// TrustedProxy are the addresses, or networks such as 10.1.0.0/16, of proxies that
	// people reach by https. They must set X-Forwarded-For and X-Forwarded-Proto and
	// keep Host.
	TrustedProxy []string `yaml:"trusted_proxy"`
	// URL is how browsers know the pages, such as https://zhibiao.example.gov.cn; other
	// names are then not answered.
	URL      string        `yaml:"url"`
	Idle     time.Duration `yaml:"idle"`     // until a session without requests ends; 1h
	Lifetime time.Duration `yaml:"lifetime"` // until any session ends; 8h, at most 24h
	// OIDC lets people sign in at an issuer too. It takes url.
	OIDC oidcSettings `yaml:"oidc"`
}

// oidcSettings say how an issuer of OIDC is reached.
type oidcSettings struct {
	Issuer     string `yaml:"issuer"`
	ClientID   string `yaml:"client_id"`
	SecretFile string `yaml:"client_secret_file"` // "" for a client without a secret
	Claim      string `yaml:"claim"`              // that account add --sso names; sub
}

func (p pageSettings) issuerConfig() signin.IssuerConfig {
	return signin.IssuerConfig{
		URL: p.OIDC.Issuer, ClientID: p.OIDC.ClientID, Claim: p.OIDC.Claim,
		Back: strings.TrimSuffix(p.URL, "/") + signin.SSOBackPath,
	}
}

// issuer returns the issuer of OIDC, nil for none.
func (p pageSettings) issuer() (*signin.Issuer, error) {
	if p.OIDC == (oidcSettings{}) {
		return nil, nil
	}
	config := p.issuerConfig()
	if p.OIDC.SecretFile != "" {
		text, err := os.ReadFile(p.OIDC.SecretFile)
		if err != nil {
			return nil, fmt.Errorf("reading pages.oidc.client_secret_file: %w", err)
		}
		config.ClientSecret = strings.TrimSpace(string(text))
	}
	return signin.NewIssuer(config), nil
}

func (p pageSettings) proxies() ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, text := range p.TrustedProxy {
		if address, err := netip.ParseAddr(text); err == nil {
			prefixes = append(prefixes, netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if err != nil || prefix.Bits() == 0 {
			return nil, fmt.Errorf("pages.trusted_proxy: %q is not an address or a network, such as 10.1.2.3 or 10.1.0.0/16", text)
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}

func (p pageSettings) check(problem func(format string, args ...any)) {
	if _, err := p.proxies(); err != nil {
		problem("%w", err)
	}
	if (p.Certificate == "") != (p.Key == "") {
		problem("pages.certificate, pages.key: one is of no use without the other")
	}
	if err := portal.CheckReach(p.Listen, p.Certificate != "" || len(p.TrustedProxy) > 0); err != nil {
		problem("pages.listen: %w", err)
	}
	if p.URL != "" {
		if u, err := url.Parse(p.URL); err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" && u.Path != "/" {
			problem("pages.url: %q is not https://host", p.URL)
		}
	}
	if p.OIDC != (oidcSettings{}) {
		if err := p.issuerConfig().Check(); err != nil {
			problem("pages.oidc, pages.url: %w", err)
		}
	}
	if p.Idle < 0 || p.Lifetime < 0 || p.Lifetime > session.MaxLifetime {
		problem("pages.idle, pages.lifetime: want durations such as 1h, a lifetime of at most %s", session.MaxLifetime)
	}
}

// address is where people find the pages.
func (p pageSettings) address(listening net.Addr) string {
	switch {
	case p.URL != "":
		return p.URL
	case p.Certificate != "":
		return "https://" + listening.String()
	}
	return "http://" + listening.String()
}

// access says how people reach the pages, with the certificate of the files, nil for
// none.
func (p pageSettings) access() (portal.Access, *tls.Certificate, error) {
	listen, err := netip.ParseAddrPort(p.Listen)
	if err != nil {
		return portal.Access{}, nil, fmt.Errorf("pages.listen: %w", err)
	}
	proxies, err := p.proxies()
	if err != nil {
		return portal.Access{}, nil, err
	}
	access := portal.Access{Local: listen.Addr().IsLoopback() && len(proxies) == 0, Proxies: proxies, TLS: p.Certificate != ""}
	if u, err := url.Parse(p.URL); err == nil {
		access.Host = u.Host
	}
	if !access.TLS {
		return access, nil, nil
	}
	certificate, err := tls.LoadX509KeyPair(p.Certificate, p.Key)
	if err != nil {
		return portal.Access{}, nil, fmt.Errorf("reading pages.certificate and pages.key: %w", err)
	}
	return access, &certificate, nil
}

// pages returns what the pages stand on.
func (a *app) pages(ctx context.Context) (portal.Config, *tls.Certificate, error) {
	access, certificate, err := a.settings.Pages.access()
	if err != nil {
		return portal.Config{}, nil, pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	issuer, err := a.settings.Pages.issuer()
	if err != nil {
		return portal.Config{}, nil, pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	broker, err := a.broker(ctx)
	if err != nil {
		return portal.Config{}, nil, err
	}
	trail, err := a.audit(ctx)
	if err != nil {
		return portal.Config{}, nil, err
	}
	accounts, err := broker.Accounts(ctx)
	sessions, missing := broker.Sessions(ctx)
	if err = errors.Join(err, missing); err != nil {
		return portal.Config{}, nil, environment("opening the accounts", err)
	}
	county, err := a.countyPages(ctx)
	if err != nil {
		return portal.Config{}, nil, err
	}
	return portal.Config{
		Reader: a.publicReader, Logger: a.log, Accounts: accounts, Sessions: sessions, Audit: trail,
		Idle: a.settings.Pages.Idle, Lifetime: a.settings.Pages.Lifetime, Access: access, Issuer: issuer,
		More: append(county, a.officerPages(trail)...),
	}, certificate, nil
}

// tracePath is where the pages show an observation's trace.
const tracePath = "/number/"

// countyPages are the pages of county staff and of those who review what they enter.
func (a *app) countyPages(ctx context.Context) ([]web.Page, error) {
	desk, err := a.desk(ctx)
	if err != nil {
		return nil, err
	}
	return append(
		supplement.Pages(supplement.Config{Desk: desk, Regions: a.set.Regions(), Indicators: a.set.Indicators(), Units: a.set.Units(), Trace: tracePath}),
		review.Pages(review.Config{Desk: desk, Regions: a.set.Regions(), Indicators: a.set.Indicators(), Trace: tracePath})...), nil
}

// audit opens the trail of who did what.
func (a *app) audit(ctx context.Context) (*audit.Log, error) {
	broker, err := a.broker(ctx)
	if err != nil {
		return nil, err
	}
	trail, err := broker.Trail(ctx)
	if err != nil {
		return nil, environment("opening the audit trail", err)
	}
	return audit.NewLog(trail, now), nil
}
