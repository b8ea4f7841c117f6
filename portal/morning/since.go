package morning

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"zhibiao/portal/number"
	"zhibiao/portal/web"
)

const daysParameter = "days"

// evening is the hour at which a day of work ends in Shanghai: what came later came
// last night.
const evening = 18

// spans are the days that one can look back.
var spans = []int{1, 3, 7, 30}

// span is what a request looks back on.
type span struct {
	Days  int
	Since time.Time
}

// spanOf reads ?days=, one night by default: from the evening so many days before
// today on.
func (p *pages) spanOf(r *http.Request) (span, error) {
	days := spans[0]
	if text := r.URL.Query().Get(daysParameter); text != "" {
		days = 0
		for _, known := range spans {
			if text == strconv.Itoa(known) {
				days = known
			}
		}
	}
	if days == 0 {
		return span{}, web.Refuse(http.StatusBadRequest, "可以往前看 1、3、7 或 30 天。", "One can look back 1, 3, 7 or 30 days.")
	}
	now := p.Now().In(number.Shanghai)
	return span{days, time.Date(now.Year(), now.Month(), now.Day()-days, evening, 0, 0, 0, number.Shanghai)}, nil
}

// sourcePath is the page of what came of a source within a span.
func (s span) sourcePath(source string) string {
	path := "/morning/source/" + url.PathEscape(source)
	if s.Days != spans[0] {
		path += "?" + daysParameter + "=" + strconv.Itoa(s.Days)
	}
	return path
}

// text is the moment as the warehouse reads it.
func (s span) text() string { return s.Since.UTC().Format("2006-01-02 15:04:05.000") }
