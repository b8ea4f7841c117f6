package public

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"
)

// network is the lowest link: it sends a request to the host itself, through the
// proxy of the settings, or to the loopback address of a virtual host. Environment
// variables are never asked.
type network struct {
	resolve map[string]string
	outside *http.Transport
	virtual *http.Transport
	proxied bool
	guard   func(network, address string, _ syscall.RawConn) error
	lookup  func(ctx context.Context, network, host string) ([]netip.Addr, error)
	send    http.RoundTripper // outside and virtual, or what wraps them
}

func newNetwork(o *Options, allowed []netip.AddrPort) (*network, error) {
	for host, address := range o.Resolve {
		parsed, err := netip.ParseAddrPort(address)
		if err != nil || !parsed.Addr().IsLoopback() {
			return nil, fmt.Errorf("resolving virtual host %s: %q is not a loopback address with a port", host, address)
		}
	}
	n := &network{
		resolve: o.Resolve,
		virtual: newTransport(&net.Dialer{Timeout: 5 * time.Second}, nil),
		proxied: o.Proxy != nil,
		guard:   addressGuard(allowed),
		lookup:  net.DefaultResolver.LookupNetIP,
	}
	dialer := &net.Dialer{Timeout: 20 * time.Second, Control: n.guard}
	if n.proxied {
		dialer.Control = nil // it dials nothing but the proxy, which the settings name
	}
	n.outside = newTransport(dialer, o.CAs)
	if n.proxied {
		n.outside.Proxy = http.ProxyURL(o.Proxy)
	}
	n.send = roundTrip(n.route)
	if o.Network != nil {
		n.send = o.Network(n.send)
	}
	return n, nil
}

// newTransport speaks HTTP/1.1 over one connection to a host and leaves
// Content-Encoding alone.
func newTransport(dialer *net.Dialer, authorities *x509.CertPool) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    20 * time.Second,
		DisableCompression:     true,
		MaxConnsPerHost:        1,
		MaxIdleConns:           4,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		Protocols:              protocols,
	}
}

// route sends the request where Resolve says, if it says anything.
func (n *network) route(request *http.Request) (*http.Response, error) {
	if len(n.resolve) == 0 {
		if n.proxied {
			if err := n.checkBehindProxy(request.Context(), request.URL.Hostname(), portOf(request.URL)); err != nil {
				return nil, err
			}
		}
		return n.outside.RoundTrip(request)
	}
	address, ok := n.resolve[request.URL.Hostname()]
	if !ok {
		return nil, fmt.Errorf("%s is not one of the virtual hosts, and no other host is asked", request.URL.Host)
	}
	sent, target := request.WithContext(request.Context()), *request.URL
	target.Scheme, target.Host = "http", address
	sent.Host, sent.URL = request.URL.Host, &target
	answer, err := n.virtual.RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	answer.Request = request
	return answer, nil
}

// portOf returns the port that a URL leads to, 0 for one that is none.
func portOf(u *url.URL) uint16 {
	switch {
	case u.Port() != "":
		port, _ := strconv.ParseUint(u.Port(), 10, 16)
		return uint16(port)
	case u.Scheme == "https":
		return 443
	}
	return 80
}

// isVirtual reports whether the host is one of Resolve.
func (n *network) isVirtual(hostname string) bool {
	_, ok := n.resolve[hostname]
	return ok
}

func (n *network) closeIdle() {
	n.outside.CloseIdleConnections()
	n.virtual.CloseIdleConnections()
}

// reserved are blocks that netip does not tell apart from public ones.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this network
	netip.MustParsePrefix("100.64.0.0/10"),   // shared address space, RFC 6598
	netip.MustParsePrefix("192.0.0.0/24"),    // protocol assignments
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"), // documentation
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation
	netip.MustParsePrefix("240.0.0.0/4"),     // reserved
	netip.MustParsePrefix("64:ff9b::/96"),    // NAT64, hides any IPv4 address
	netip.MustParsePrefix("64:ff9b:1::/48"),  // local NAT64
	netip.MustParsePrefix("2001:db8::/32"),   // documentation
	netip.MustParsePrefix("2002::/16"),       // 6to4, hides any IPv4 address
}

func isPublic(address netip.Addr) bool {
	address = address.Unmap()
	if !address.IsGlobalUnicast() || address.IsPrivate() {
		return false
	}
	for _, block := range reserved {
		if block.Contains(address) {
			return false
		}
	}
	return true
}

// addressGuard refuses a connection to an address that is neither public nor
// allowed. It sees the address after name resolution, so no name can lead
// inside.
func addressGuard(allowed []netip.AddrPort) func(string, string, syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		parsed, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("reading address %q: %w", address, err)
		}
		for _, exception := range allowed {
			if exception == netip.AddrPortFrom(parsed.Addr().Unmap(), parsed.Port()) {
				return nil
			}
		}
		if !isPublic(parsed.Addr()) {
			return fmt.Errorf("%w: %s", ErrNotPublic, parsed.Addr())
		}
		return nil
	}
}

// certificateFault reports whether the host's certificate was refused, which no
// retry mends.
func certificateFault(err error) bool {
	var fault *tls.CertificateVerificationError
	return errors.As(err, &fault)
}

// roundTrip is a function as http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }
