package decode

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"zhibiao/pipeline"
)

// Form is the outer form of a body, told from its first bytes and not from what
// the answer claims.
type Form string

// The forms.
const (
	FormEmpty Form = "empty"
	FormHTML  Form = "html"
	FormJSON  Form = "json"
	FormXLSX  Form = "xlsx"
	FormDOCX  Form = "docx"
	FormZip   Form = "zip" // of anything else, or damaged
	FormOLE   Form = "ole" // the container of XLS and DOC
	FormPDF   Form = "pdf"
	FormText  Form = "text" // anything else: CSV, plain text
)

// FormOf tells the form of a body.
func FormOf(body []byte) Form {
	switch {
	case bytes.HasPrefix(body, []byte("PK\x03\x04")), bytes.HasPrefix(body, []byte("PK\x05\x06")):
		return zipForm(body)
	case bytes.HasPrefix(body, []byte("\xd0\xcf\x11\xe0")):
		return FormOLE
	case bytes.HasPrefix(body, []byte("%PDF-")):
		return FormPDF
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case len(text) == 0:
		return FormEmpty
	case text[0] == '<':
		return FormHTML
	case text[0] == '{' || text[0] == '[':
		return FormJSON
	}
	return FormText
}

// Texts of pages that stand in for a document.
var (
	challengeTexts = []string{"安全验证", "访问验证", "人机验证", "验证码", "请开启JavaScript", "请启用JavaScript", "enable JavaScript",
		"正在进行安全检测", "访问过于频繁", "WZWS", "waf"}
	notFoundTexts = []string{"404错误", "错误404", "Error 404", "页面不存在", "页面没有找到", "页面找不到", "找不到页面", "找不到您访问的", "Not Found", "访问的页面已删除", "信息不存在", "文章不存在"}
)

// status404 is the bare status in a title; 40415万元 is none.
var status404 = regexp.MustCompile(`(?:^|\D)404(?:$|[^\d.])`)

// Longest text of a page that can still be a stand-in, in letters.
const standInLetters = 600

// StandIn reports, as a fault, that a page is not the document but a challenge,
// a login or a "not found" page that was answered with status 200; nil else.
func (p *Page) StandIn() *Fault {
	letters := 0
	for _, b := range p.Blocks {
		if b.Kind == Grid {
			return nil
		}
		if letters <= standInLetters {
			letters += utf8.RuneCountInString(b.Text.String())
		}
	}
	title := p.Title.String()
	switch {
	case letters == 0 && p.scripts:
		return fault(pipeline.NotADocument, "the page holds only a script: a challenge of the publisher's firewall; slow down and fetch it again later")
	case letters == 0:
		return fault(pipeline.NotADocument, "the page holds no text")
	case letters > standInLetters:
		return nil
	case p.password:
		return fault(pipeline.NotADocument, "the page is a login page")
	}
	text := p.text()
	switch {
	case containsAny(title+"\n"+text, challengeTexts):
		return fault(pipeline.NotADocument, "the page is a challenge of the publisher's firewall; slow down and fetch it again later")
	case status404.MatchString(title) || containsAny(title, notFoundTexts) || letters < 200 && containsAny(text, notFoundTexts):
		return fault(pipeline.NotADocument, "the page says that the document does not exist (a soft 404)")
	}
	return nil
}

func (p *Page) text() string {
	var text strings.Builder
	for _, b := range p.Blocks {
		text.WriteString(b.Text.String())
		text.WriteByte('\n')
	}
	return text.String()
}

func containsAny(text string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}
