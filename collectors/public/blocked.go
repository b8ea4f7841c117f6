package public

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"go.uber.org/zap"
)

// classify tells a document from everything else that a host may answer.
func (r *run) classify(request *http.Request, answer *http.Response, body []byte, expect expectation) error {
	failed := func(kind error, status int, sign string) error {
		return &PageError{Kind: kind, URL: request.URL.String(), Status: status, Detail: sign}
	}
	var seen appearance
	if expect != expectRobots {
		seen = look(body)
		if sign := challengeSign(answer.StatusCode, body, expect, seen); sign != "" {
			return failed(ErrBlocked, answer.StatusCode, sign)
		}
	}
	if wrong := r.statusError(request, answer); wrong != nil {
		return wrong
	}
	if expect == expectRobots || expect == expectCookies {
		return nil
	}
	if len(body) == 0 {
		return failed(ErrTruncated, 0, "the body is empty")
	}
	if sign := cutSign(answer, body); sign != "" {
		return failed(ErrTruncated, 0, sign)
	}
	if expect == expectPage {
		if sign, kind := pretence(body, seen); kind != nil {
			return failed(kind, answer.StatusCode, sign)
		}
	}
	return nil
}

// withEvidence archives the body of what is no document and names it in the error.
// Without an archive, or where it fails, the error says what it says.
func (r *run) withEvidence(ctx context.Context, err error, body []byte) error {
	var page *PageError
	if r.options.Bodies == nil || len(body) == 0 || !errors.As(err, &page) || !isEvidence[page.Kind] {
		return err
	}
	hash, failed := r.options.Bodies.PutBody(ctx, body)
	if failed != nil {
		r.options.Logger.Warn("cannot archive the evidence of an answer that is no document",
			zap.String("source", r.source.Name), zap.String("url", page.URL), zap.Error(failed))
		return err
	}
	page.Evidence = hash
	return page
}

// isEvidence are the kinds of answers whose bodies show why they were refused.
var isEvidence = map[error]bool{ErrBlocked: true, ErrLogin: true, ErrMissing: true, ErrShell: true, ErrTruncated: true}

// statusError returns the error of a status that is not a document, or nil.
func (r *run) statusError(request *http.Request, answer *http.Response) *PageError {
	switch answer.StatusCode {
	case http.StatusOK, http.StatusNonAuthoritativeInfo:
		return nil
	}
	return &PageError{
		Kind:   ErrStatus,
		URL:    request.URL.String(),
		Status: answer.StatusCode,
		Wait:   retryAfter(answer.Header.Get("Retry-After"), r.options.Clock()),
	}
}

// Statuses with which the protections of Chinese government sites send their
// challenges: 202 and 412 (Ruishu), 521 (Jiasule).
var challengeStatuses = map[int]bool{202: true, 412: true, 521: true}

// markedStatuses are those whose pages are searched for markers: an error page
// such as a 404 may mention them innocently.
var markedStatuses = map[int]bool{200: true, 403: true, 429: true, 503: true}

// challengeMarkers are pieces of challenge pages, in ASCII lower case or UTF-8.
// Healthy pages may hold them too, so they count only in a page that says little.
var challengeMarkers = []string{
	"__jsl_clearance", "wzws_confirm", "wzwsparams", "wzwschallenge", "$_ts=", "$_ts[", "acw_sc__v2", "cf-chl",
	"challenge-platform", "waf_text_verify", "/_guard/", "captcha", "滑动验证", "安全验证", "访问验证", "人机验证",
}

const (
	// silentText is how many letters a page made only of scripts may still show.
	silentText = 64
	// littleText is how many letters (bytes) a page with a marker may show.
	littleText = 900
)

// challengeSign returns what shows that the answer is a bot challenge, or "".
func challengeSign(status int, body []byte, expect expectation, seen appearance) string {
	if challengeStatuses[status] {
		return "a status that challenges are sent with"
	}
	if !seen.tagged {
		return ""
	}
	if expect == expectJSON && status == http.StatusOK {
		return "HTML where JSON was promised"
	}
	if seen.shown < littleText && markedStatuses[status] {
		if marker := firstOf(bytes.ToLower(body), challengeMarkers); marker != "" {
			return "a page with little text that holds " + marker
		}
	}
	if expect == expectPage && status == http.StatusOK && seen.shown < silentText && seen.scripts && !seen.frames && !isShell(body) && !isHanweb(body) {
		return "a page that holds scripts and no text"
	}
	return ""
}

func firstOf(text []byte, marks []string) string {
	for _, mark := range marks {
		if bytes.Contains(text, []byte(mark)) {
			return mark
		}
	}
	return ""
}

func beginsWithTag(body []byte) bool {
	body = bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(body) > 0 && body[0] == '<'
}

// appearance is what a reader would see of an answer.
type appearance struct {
	tagged                  bool // it begins as HTML or XML
	shown                   int  // bytes of text
	scripts, frames, images bool
}

// look weighs HTML. Tags are ASCII in every encoding that is met here.
func look(body []byte) (seen appearance) {
	seen.tagged = beginsWithTag(body)
	for seen.tagged && len(body) > 0 {
		open := bytes.IndexByte(body, '<')
		if open < 0 {
			seen.shown += visible(body)
			break
		}
		seen.shown += visible(body[:open])
		body = body[open:]
		if bytes.HasPrefix(body, []byte("<!--")) {
			body = after(body, "-->")
			continue
		}
		switch kind := kindOfTag(body); kind {
		case silentTag, scriptTag:
			seen.scripts = seen.scripts || kind == scriptTag
			name := tagName(body)
			body = after(after(body, ">"), closingTags[string(bytes.ToLower(name))])
		case frameTag:
			seen.frames = true
		case imageTag:
			seen.images = true
		}
		body = after(body, ">")
	}
	return seen
}

func visible(text []byte) (count int) {
	for _, letter := range text {
		if letter > ' ' {
			count++
		}
	}
	return count
}

// tagKind is what a tag means for what a page shows.
type tagKind int

const (
	plainTag  tagKind = iota
	silentTag         // its content is not shown
	scriptTag         // as is that of a script
	frameTag
	imageTag
)

var tagKinds = map[string]tagKind{
	"style": silentTag, "noscript": silentTag, "title": silentTag, "textarea": silentTag, "script": scriptTag,
	"frame": frameTag, "frameset": frameTag, "iframe": frameTag, "img": imageTag, "embed": imageTag, "object": imageTag,
}

// closingTags begin the ends of the tags whose content is not shown.
var closingTags = map[string]string{
	"style": "</style", "noscript": "</noscript", "title": "</title", "textarea": "</textarea", "script": "</script",
}

// kindOfTag returns the kind of the tag that body begins with; most are plain, and
// told by their first letter.
func kindOfTag(body []byte) tagKind {
	if len(body) < 2 || !bytes.ContainsRune([]byte("sntfieoSNTFIEO"), rune(body[1])) {
		return plainTag
	}
	var lower [maxTagName]byte
	name := tagName(body)
	for i, letter := range name {
		lower[i] = letter | 0x20
	}
	return tagKinds[string(lower[:len(name)])]
}

// maxTagName is the longest name that is told apart.
const maxTagName = 10

// tagName returns the letters of the tag that body begins with.
func tagName(body []byte) []byte {
	end := 1
	for end < len(body) && end <= maxTagName && (body[end]|0x20 >= 'a' && body[end]|0x20 <= 'z') {
		end++
	}
	return body[1:end]
}

// after returns what follows the first mark, whose letters may be in any case,
// or nothing.
func after(body []byte, mark string) []byte {
	if len(mark) == 1 {
		_, rest, _ := bytes.Cut(body, []byte(mark))
		return rest
	}
	for from := 0; ; {
		at := bytes.IndexByte(body[from:], mark[0])
		if at < 0 || from+at+len(mark) > len(body) {
			return nil
		}
		from += at
		if bytes.EqualFold(body[from:from+len(mark)], []byte(mark)) {
			return body[from+len(mark):]
		}
		from++
	}
}
