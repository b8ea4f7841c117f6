package statsite

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzHandler asks anything of any host; the site answers with a status and never panics.
func FuzzHandler(f *testing.F) {
	w := NewWorld(Config{})
	for _, r := range w.Requests() {
		parsed, err := url.Parse(r.URL)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(parsed.Host, parsed.Path, parsed.RawQuery, r.Method == "POST", r.Body)
	}
	f.Add("taiyuan.tjj.example", "/tjsj/qxgb/202404/t20240405_11401212023.shtml", "", false, "")
	f.Add("shuozhou.tjj.example", "/qxgb/list_2.html", "", false, "")
	f.Add("yearbook.stats.example", "/nj/2024/14/0101.html", "", false, "")
	f.Add("data.stats.example", "/easyquery.htm", easyForm("hgyd", "[]", `[{"wdcode":"sj","valuecode":"LAST99999"}]`), false, "")
	f.Fuzz(func(t *testing.T, host, path, query string, post bool, body string) {
		request := &http.Request{Method: "GET", Host: host, URL: &url.URL{Path: path, RawQuery: query}, Header: http.Header{}, Body: http.NoBody}
		if post {
			request = httptest.NewRequest("POST", "/", strings.NewReader(body))
			request.Host, request.URL = host, &url.URL{Path: path, RawQuery: query}
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		out := httptest.NewRecorder()
		w.Handler().ServeHTTP(out, request)
		if out.Code < 200 || out.Code > 599 {
			t.Errorf("status %d", out.Code)
		}
	})
}
