package web

import (
	"net/http"
	"net/url"
	"strings"
)

var crossOrigin = http.NewCrossOriginProtection()

// sameOrigin reports whether a request that may change something was sent by a page of
// this site. Browsers say so themselves; of those too old for it, which
// http.CrossOriginProtection would let pass, the page that they name is looked at.
func sameOrigin(r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	if crossOrigin.Check(r) != nil {
		return false
	}
	if r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("Origin") != "" {
		return true
	}
	from, err := url.Parse(r.Header.Get("Referer"))
	return err == nil && from.Host != "" && strings.EqualFold(from.Host, r.Host)
}

// LocalPath returns a path of this site as it is, and / for anything that could lead
// elsewhere.
func LocalPath(to string) string {
	if !strings.HasPrefix(to, "/") || strings.Contains(to, "\\") || strings.HasPrefix(to, "//") {
		return "/"
	}
	for _, r := range to {
		if r < ' ' || r == 0x7f {
			return "/"
		}
	}
	parsed, err := url.Parse(to)
	if err != nil || parsed.IsAbs() || parsed.Host != "" || parsed.User != nil {
		return "/"
	}
	return to
}

// policy lets a page load its own files and nothing else, and run no script in it.
const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; font-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func secureHeaders(w http.ResponseWriter, secure bool) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin") // sameOrigin reads it
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}
