package portal

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"zhibiao/portal/audit"
)

// guard answers only requests that came the way the pages are meant to be reached, and
// finds out from which address.
func (a Access) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, err := a.address(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		if err := a.checkHost(r.Host); err != nil {
			http.Error(w, err.Error(), http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r.WithContext(audit.With(r.Context(), audit.By{From: from})))
	})
}

// address returns where a request comes from. Behind proxies that is the last address
// of X-Forwarded-For that is not a proxy's: everything before it anybody may write.
func (a Access) address(r *http.Request) (string, error) {
	peer := peerOf(r)
	if len(a.Proxies) == 0 {
		if a.Local && (r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "") {
			return "", fmt.Errorf("a proxy stands before these pages: name it in pages.trusted_proxy")
		}
		return peer.String(), nil
	}
	if !a.trusts(peer) {
		if a.TLS {
			return peer.String(), nil
		}
		return "", fmt.Errorf("these pages are reached through their proxy only")
	}
	if !a.TLS && r.Header.Get("X-Forwarded-Proto") != "https" {
		return "", fmt.Errorf("the proxy does not say X-Forwarded-Proto: https: people must reach it by https, and it must say so")
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		address, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		if address = address.Unmap(); !a.trusts(address) {
			return address.String(), nil
		}
	}
	return peer.String(), nil
}

func peerOf(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap()
}

func (a Access) trusts(address netip.Addr) bool {
	return slices.ContainsFunc(a.Proxies, func(p netip.Prefix) bool { return p.Contains(address) })
}

// checkHost refuses requests under another host's name: a page of that host would reach
// us through a name that resolves to this machine.
func (a Access) checkHost(host string) error {
	if a.Host != "" {
		if !strings.EqualFold(host, a.Host) {
			return fmt.Errorf("these pages answer as %s, not as %q", a.Host, host)
		}
		return nil
	}
	if !a.Local {
		return nil
	}
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	if ip := net.ParseIP(name); name != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("these pages answer as localhost or 127.0.0.1, not as %q", host)
	}
	return nil
}
