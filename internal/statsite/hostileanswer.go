package statsite

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/http"
	"time"
)

// answerBehaviours answer something else than the page that was asked for.
func answerBehaviours() []Behaviour {
	return []Behaviour{
		{Name: "not-found", Says: "404", play: answer(http.StatusNotFound, "", "404")},
		{Name: "server-error", Says: "500", play: answer(http.StatusInternalServerError, "", "500")},
		{Name: "too-many-requests", Says: "429 with Retry-After in seconds, once", play: busyOnce(http.StatusTooManyRequests, func() string { return "120" })},
		{Name: "unavailable-until", Says: "503 with Retry-After as a date, once", play: busyOnce(http.StatusServiceUnavailable, nil)},
		{Name: "always-busy", Says: "429 with Retry-After of a day, always", play: func(_ *Site, out http.ResponseWriter, _ *http.Request, _ int) {
			out.Header().Set("Retry-After", "86400")
			http.Error(out, "busy", http.StatusTooManyRequests)
		}},
		{Name: "challenge-200", Says: "a script that sets a cookie, with status 200", play: answer(http.StatusOK, "text/html", challengePage)},
		{Name: "challenge-202", Says: "status 202 and a script", play: answer(http.StatusAccepted, "text/html", challengePage)},
		{Name: "challenge-412", Says: "status 412 (Ruishu)", play: answer(http.StatusPreconditionFailed, "text/html",
			`<html><head><meta content="x"><script>$_ts=window['$_ts'];</script></head><body></body></html>`)},
		{Name: "challenge-521", Says: "status 521 (Jiasule)", play: answer(521, "text/html", `<script>document.cookie='__jsl_clearance=1'</script>`)},
		{Name: "captcha", Says: "a captcha with status 200", play: answer(http.StatusOK, "text/html; charset=utf-8",
			`<html><head><title>安全验证</title></head><body><p>请完成安全验证后继续访问</p><img src="/captcha.jpg"></body></html>`)},
		{Name: "login-wall", Says: "a form for a password, with status 200", play: answer(http.StatusOK, "text/html; charset=utf-8",
			`<html><head><title>统一身份认证</title></head><body><form>用户名<input name="u">密码<input type="password" name="p"><button>登录</button></form></body></html>`)},
		{Name: "soft-404", Says: "a page that says that there is none, with status 200", play: answer(http.StatusOK, "text/html; charset=utf-8",
			`<html><head><title>提示信息</title></head><body><p>对不起，您访问的页面不存在或已被删除。</p><a href="/">返回首页</a></body></html>`)},
		{Name: "maintenance", Says: "a notice of maintenance, with status 200", play: answer(http.StatusOK, "text/html; charset=utf-8",
			`<html><head><title>系统维护</title></head><body><h1>系统维护中，请稍后访问</h1></body></html>`)},
		{Name: "empty-shell", Says: "a page that scripts would fill", play: answer(http.StatusOK, "text/html; charset=utf-8",
			`<!DOCTYPE html><html><head><title>数据</title></head><body><div id="app"></div><script src="/js/app.js"></script></body></html>`)},
		{Name: "empty-body", Says: "status 200 and no byte", play: answer(http.StatusOK, "text/html", "")},
		{Name: "personal-data", Says: "a workbook with identity-card numbers and mobile phones", play: personalWorkbook},
	}
}

func answer(status int, mediaType, body string) func(*Site, http.ResponseWriter, *http.Request, int) {
	return func(_ *Site, out http.ResponseWriter, _ *http.Request, _ int) {
		if mediaType != "" {
			out.Header().Set("Content-Type", mediaType)
		}
		out.WriteHeader(status)
		_, _ = out.Write([]byte(body))
	}
}

// busyOnce asks the first visitor of an address to come back; without a value it
// names a date.
func busyOnce(status int, value func() string) func(*Site, http.ResponseWriter, *http.Request, int) {
	return func(s *Site, out http.ResponseWriter, _ *http.Request, visit int) {
		if visit > 1 {
			sendHTML(out, hostileArticle("再来", visit))
			return
		}
		wait := s.Clock().Add(busyUntil).UTC().Format(http.TimeFormat)
		if value != nil {
			wait = value()
		}
		out.Header().Set("Retry-After", wait)
		http.Error(out, "busy", status)
	}
}

// siteBehaviours lead elsewhere, forbid, or confirm.
func siteBehaviours() []Behaviour {
	return []Behaviour{
		{Name: "redirect-chain", Says: "ten redirects in a row", play: func(_ *Site, out http.ResponseWriter, r *http.Request, _ int) {
			var hop int
			_, _ = fmt.Sscanf(r.URL.Query().Get("hop"), "%d", &hop)
			if hop == 10 {
				sendHTML(out, hostileArticle("终点", 1))
				return
			}
			http.Redirect(out, r, fmt.Sprintf("%s?hop=%d", HostilePage, hop+1), http.StatusFound)
		}},
		{Name: "redirect-loop", Says: "a redirect to itself", play: lead(func(*Site) string { return HostilePage })},
		{Name: "redirect-private", Says: "a redirect to an address inside", play: lead(func(s *Site) string { return "http://" + s.Addr() + HostileGood })},
		{Name: "redirect-foreign", Says: "a redirect to another host", play: lead(func(*Site) string { return "http://soft-404" + hostileZone + HostileGood })},
		{Name: "redirect-file", Says: "a redirect to a file", play: lead(func(*Site) string { return "file:///etc/passwd" })},
		{Name: "robots-forbid", Says: "a robots.txt that forbids everything", play: robots(http.StatusOK, "User-agent: *\nDisallow: /\n")},
		{Name: "robots-error", Says: "503 for robots.txt", play: robots(http.StatusServiceUnavailable, "")},
		{Name: "unchanged", Says: "validators, and 304 to who has the page", play: func(_ *Site, out http.ResponseWriter, r *http.Request, _ int) {
			out.Header().Set("ETag", `"v1"`)
			out.Header().Set("Last-Modified", "Fri, 02 Oct 2026 08:00:00 GMT")
			http.ServeContent(out, r, "page.html", time.Date(2026, 10, 2, 8, 0, 0, 0, time.UTC), bytes.NewReader([]byte(hostileArticle("不变", 1))))
		}},
	}
}

func lead(where func(*Site) string) func(*Site, http.ResponseWriter, *http.Request, int) {
	return func(s *Site, out http.ResponseWriter, _ *http.Request, _ int) {
		out.Header().Set("Location", where(s))
		out.WriteHeader(http.StatusFound)
	}
}

func robots(status int, text string) func(*Site, http.ResponseWriter, *http.Request, int) {
	return func(_ *Site, out http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Path != "/robots.txt" {
			sendHTML(out, hostileArticle("不应被访问", 1))
			return
		}
		out.Header().Set("Content-Type", "text/plain")
		out.WriteHeader(status)
		_, _ = out.Write([]byte(text))
	}
}

// personalWorkbook is a list of people who do not exist; the number is of no birth
// that was registered, with the check letter that the standard asks for.
func personalWorkbook(_ *Site, out http.ResponseWriter, _ *http.Request, _ int) {
	var book bytes.Buffer
	archive := zip.NewWriter(&book)
	part, _ := archive.Create("xl/sharedStrings.xml")
	fmt.Fprint(part, `<sst><si><t>姓名</t></si><si><t>身份证号</t></si><si><t>11010519491231002X</t></si>`+
		`<si><t>联系电话</t></si><si><t>13800000000</t></si></sst>`)
	_ = archive.Close()
	out.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	_, _ = out.Write(book.Bytes())
}
