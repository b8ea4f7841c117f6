package public

import (
	"bytes"
	"net/http"
)

// classify tells a document from everything else that a host may answer.
func (r *run) classify(request *http.Request, answer *http.Response, body []byte, expect expectation) error {
	if expect != expectRobots {
		if sign := challengeSign(answer.StatusCode, body, expect); sign != "" {
			return &PageError{Kind: ErrBlocked, URL: request.URL.String(), Status: answer.StatusCode, Detail: sign}
		}
	}
	if failed := r.statusError(request, answer); failed != nil {
		return failed
	}
	if len(body) == 0 && (expect == expectPage || expect == expectJSON) {
		return &PageError{Kind: ErrTruncated, URL: request.URL.String(), Detail: "the body is empty"}
	}
	return nil
}

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
func challengeSign(status int, body []byte, expect expectation) string {
	if challengeStatuses[status] {
		return "a status that challenges are sent with"
	}
	if !beginsWithTag(body) {
		return ""
	}
	if expect == expectJSON && status == http.StatusOK {
		return "HTML where JSON was promised"
	}
	shown, scripts, frames := weigh(body)
	if shown < littleText && markedStatuses[status] {
		lower := bytes.ToLower(body)
		for _, marker := range challengeMarkers {
			if bytes.Contains(lower, []byte(marker)) {
				return "a page with little text that holds " + marker
			}
		}
	}
	if expect == expectPage && status == http.StatusOK && shown < silentText && scripts && !frames {
		return "a page that holds scripts and no text"
	}
	return ""
}

func beginsWithTag(body []byte) bool {
	body = bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(body) > 0 && body[0] == '<'
}

// weigh counts the bytes of HTML that a reader would see, and says whether it
// has scripts and frames. Tags are ASCII in every encoding that is met here.
func weigh(body []byte) (shown int, scripts, frames bool) {
	for len(body) > 0 {
		open := bytes.IndexByte(body, '<')
		if open < 0 {
			return shown + visible(body), scripts, frames
		}
		shown += visible(body[:open])
		body = body[open:]
		if bytes.HasPrefix(body, []byte("<!--")) {
			body = after(body, "-->")
			continue
		}
		name := tagName(body)
		switch name {
		case "script", "style", "noscript", "title", "textarea":
			scripts = scripts || name == "script"
			body = after(after(body, ">"), "</"+name)
		case "frame", "frameset", "iframe":
			frames = true
		}
		body = after(body, ">")
	}
	return shown, scripts, frames
}

func visible(text []byte) (count int) {
	for _, letter := range text {
		if letter > ' ' {
			count++
		}
	}
	return count
}

// tagName returns the lower-case name of the tag that body begins with.
func tagName(body []byte) string {
	end := 1
	for end < len(body) && end <= 10 && (body[end]|0x20 >= 'a' && body[end]|0x20 <= 'z') {
		end++
	}
	return string(bytes.ToLower(body[1:end]))
}

// after returns what follows the first mark, whose letters may be in any case,
// or nothing.
func after(body []byte, mark string) []byte {
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
