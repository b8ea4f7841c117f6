package web

import (
	"errors"
	"fmt"
	"net/http"

	"zhibiao/pipeline"
)

// Problem is an error that a person is shown, in both languages: what is wrong and
// what to do.
type Problem struct {
	Status int // of HTTP
	ZH, EN string
	Cause  error // for the log; nil for what is the visitor's doing
}

func (p *Problem) Error() string { return fmt.Sprintf("%s (%d)", p.EN, p.Status) }

func (p *Problem) Unwrap() error { return p.Cause }

// Refuse returns an error that is shown with a status.
func Refuse(status int, zh, en string) error { return &Problem{Status: status, ZH: zh, EN: en} }

// What people are told most often.
var (
	errNotYours = &Problem{Status: http.StatusNotFound, ZH: "没有这个页面，或者它不在您的账号范围内。", EN: "There is no such page, or it is outside what your account may see."}
	errNoRight  = &Problem{Status: http.StatusForbidden, ZH: "您的账号没有这项权限。如有需要，请联系省局管理员。", EN: "Your account does not have this right. Ask the administrator at the provincial bureau if you need it."}
	errForeign  = &Problem{Status: http.StatusForbidden, ZH: "无法确认这次提交来自本网站的页面。请返回重新打开页面后再提交；如仍不行，请更换浏览器，或关闭会隐藏来源（Referer）的软件。", EN: "It cannot be told that this was sent from a page of this site. Open the page again and send it once more; if that does not help, use another browser, or switch off what hides the Referer."}
	errTooLarge = &Problem{Status: http.StatusRequestEntityTooLarge, ZH: "提交的内容太大。", EN: "What was sent is too large."}
)

// problemOf makes of any error what a person may be told.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return errTooLarge
	}
	switch pipeline.ExitCode(err) {
	case pipeline.ExitYourInput:
		return &Problem{Status: http.StatusBadRequest, ZH: "请求有误：" + err.Error(), EN: err.Error()}
	case pipeline.ExitEnvironment:
		return &Problem{Status: http.StatusServiceUnavailable, ZH: "系统暂时无法使用，已保存的内容不受影响，请稍后再试。", EN: "The system is not available at the moment. What was saved is safe; try again in a while.", Cause: err}
	}
	return &Problem{Status: http.StatusInternalServerError, ZH: "系统出错了，已记录。请稍后再试；如仍有问题请联系管理员。", EN: "Something went wrong on our side and was noted. Try again; if it happens again tell the administrator.", Cause: err}
}
