package public

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/text/encoding"
)

// sessionParameter is the session id that Java servers put in a path: it
// changes from run to run.
var sessionParameter = regexp.MustCompile(`(?i);jsessionid=[^/?#;]*`)

// canonicalURL resolves a reference as a browser does and writes it in the one
// way that names a lineage: http or https, host in lower case without a default
// port, no fragment, no session id. base is nil for an absolute URL. legacy is
// the encoding of the page that holds the reference, in which browsers write
// the letters of a query; nil for UTF-8.
func canonicalURL(base *url.URL, reference string, legacy encoding.Encoding) (*url.URL, error) {
	cleaned := strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(strings.TrimSpace(reference))
	u, err := url.Parse(cleaned)
	if err != nil {
		return nil, fmt.Errorf("reading URL %q: %w", reference, err)
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return nil, fmt.Errorf("reading URL %q: want http:// or https:// and a host, without a user", reference)
	}
	cleanHost(u)
	u.Fragment, u.RawFragment = "", ""
	if u.Path == "" {
		u.Path = "/"
	}
	if path := sessionParameter.ReplaceAllString(u.EscapedPath(), ""); path != u.EscapedPath() {
		u.RawPath = path
		if u.Path, err = url.PathUnescape(path); err != nil {
			return nil, fmt.Errorf("reading URL %q: %w", reference, err)
		}
	}
	u.RawQuery = escapeQuery(u.RawQuery, legacy)
	u.ForceQuery = false
	return u, nil
}

// cleanHost writes the host in lower case and drops a default port.
func cleanHost(u *url.URL) {
	u.Host = strings.TrimSuffix(strings.ToLower(u.Host), ":")
	switch u.Scheme {
	case "http":
		u.Host = strings.TrimSuffix(u.Host, ":80")
	case "https":
		u.Host = strings.TrimSuffix(u.Host, ":443")
	}
}

// hostOf returns the clean host of a URL.
func hostOf(u *url.URL) string {
	clean := *u
	cleanHost(&clean)
	return clean.Host
}

// escapeQuery percent-encodes what a query must not hold bare, in the page's
// encoding, and leaves what is encoded already.
func escapeQuery(query string, legacy encoding.Encoding) string {
	if legacy != nil {
		if encoded, err := legacy.NewEncoder().String(query); err == nil {
			query = encoded
		}
	}
	var escaped strings.Builder
	for i := 0; i < len(query); i++ {
		switch letter := query[i]; {
		case letter <= ' ' || letter >= 0x7f || strings.IndexByte(`"<>`, letter) >= 0:
			fmt.Fprintf(&escaped, "%%%02X", letter)
		default:
			escaped.WriteByte(letter)
		}
	}
	return escaped.String()
}
