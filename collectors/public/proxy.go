package public

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/netip"
	"os"
	"strings"
)

// ReadCAs returns the system's certificate authorities and those of a PEM file, for
// Options.CAs. The checking of certificates is never switched off.
func ReadCAs(file string) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading certificate authorities: %w", err)
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("reading certificate authorities: %s holds no certificate in PEM form", file)
	}
	return pool, nil
}

// insideNames end names that only mean something inside.
var insideNames = []string{".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa"}

// checkBehindProxy refuses a host that is not public before a proxy is asked for it:
// the proxy dials, so that the guard on our own connections sees nothing. A name
// that we cannot resolve is left to the proxy unless it can only mean a host inside.
func (n *network) checkBehindProxy(ctx context.Context, hostname string, port uint16) error {
	if address, err := netip.ParseAddr(hostname); err == nil {
		return n.guard("tcp", netip.AddrPortFrom(address.Unmap(), port).String(), nil)
	}
	name := strings.ToLower(strings.TrimSuffix(hostname, "."))
	if !strings.Contains(name, ".") {
		return fmt.Errorf("%w: %s", ErrNotPublic, name)
	}
	for _, inside := range insideNames {
		if strings.HasSuffix(name, inside) {
			return fmt.Errorf("%w: %s", ErrNotPublic, name)
		}
	}
	addresses, err := n.lookup(ctx, "ip", name)
	if err != nil {
		return ctx.Err()
	}
	for _, address := range addresses {
		if err := n.guard("tcp", netip.AddrPortFrom(address.Unmap(), port).String(), nil); err != nil {
			return err
		}
	}
	return nil
}
