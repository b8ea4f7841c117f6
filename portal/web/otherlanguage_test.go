package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A path that begins with two slashes, written out or not, is another host to a
// browser: the other language stays on this site.
func TestTheOtherLanguageIsOnThisSite(t *testing.T) {
	for _, path := range []string{"/%2fevil.example", "/%2f%2fevil.example", "//evil.example", "/page"} {
		r := httptest.NewRequest(http.MethodGet, "http://pages.example"+path, nil)
		link := newFrame(r, Chinese, nil).OtherLang
		to, err := r.URL.Parse(link)
		if err != nil || to.Host != "pages.example" || strings.HasPrefix(link, "//") {
			t.Errorf("from %s the link is %q: %v, %v", path, link, to, err)
		}
	}
}
