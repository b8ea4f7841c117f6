package public

import (
	"bytes"
	"regexp"
)

// A page may answer 200 and yet not be what was asked for. All signs count only in
// a page that says little: a document may mention any of these words.

// missingTitle is a title of a page that is not there.
var missingTitle = regexp.MustCompile(`(?i)<title[^>]*>[^<]{0,40}(?:\b404\b|not found|页面不存在|找不到|系统维护|网站维护|出错了|错误提示|访问出错)`)

// missingWords are what such pages say, in UTF-8 and in GBK.
var missingWords = withGBK(
	"页面不存在", "页面没有找到", "页面未找到", "找不到页面", "找不到您访问的页面", "您访问的页面不存在",
	"您要访问的页面", "您所访问的页面", "您浏览的页面", "内容不存在或已被删除", "文章不存在", "信息不存在", "已被删除或不存在",
	"系统维护中", "网站维护中", "网站升级改造", "网站已关闭", "网站暂停服务",
)

// loginWords are what stands beside a field for a password.
var loginWords = withGBK("登录", "登陆", "login", "sign in")

var passwordField = regexp.MustCompile(`(?i)<input[^>]+type\s*=\s*["']?password`)

// shellMark is the element that scripts fill, nothing else being on the page.
var shellMark = regexp.MustCompile(`(?i)<(?:div|section|main)[^>]+id\s*=\s*["']?(?:app|root|__next|__nuxt|main-app)["'\s>]`)

// missingText is how many bytes of text a page that is not there may show around
// its message.
const missingText = 600

func isShell(body []byte) bool { return shellMark.Match(body) }

// pretence returns what shows that a page with status 200 is no document, and what
// it is instead; nil for a document.
func pretence(body []byte, seen appearance) (sign string, kind error) {
	if !seen.tagged || seen.shown >= littleText {
		return "", nil
	}
	if passwordField.Match(body) {
		if word := firstOf(bytes.ToLower(body), loginWords); word != "" {
			return "a page with little text and a field for a password", ErrLogin
		}
	}
	if seen.shown < missingText {
		if missingTitle.Match(body) {
			return "its title", ErrMissing
		}
		if word := firstOf(body, missingWords); word != "" {
			return "its message", ErrMissing
		}
	}
	if seen.frames || seen.images {
		return "", nil
	}
	switch {
	case seen.shown < silentText && isShell(body):
		return "a page that scripts would fill", ErrShell
	case seen.shown == 0 && isPage(body):
		return "a page that shows nothing", ErrShell
	}
	return "", nil
}

func isPage(body []byte) bool {
	head := bytes.ToLower(body[:min(len(body), 1<<10)])
	return bytes.Contains(head, []byte("<html")) || bytes.Contains(head, []byte("<body")) || bytes.Contains(head, []byte("<!doctype html"))
}
