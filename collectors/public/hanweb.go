package public

import (
	"bytes"
	"fmt"
	entities "html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Hanweb's lists hold their rows as CDATA sections in a script, and ask a proxy for
// the next stretch of them: a POST whose query names first and last record, and
// whose form names the column.
var (
	hanwebProxy   = regexp.MustCompile(`[^"'\s>\]]*/dataproxy\.jsp\?[^"'\s>\]]+`)
	hanwebRecord  = regexp.MustCompile(`(?s)<record>\s*<!\[CDATA\[(.*?)\]\]>\s*</record>`)
	hanwebPerPage = regexp.MustCompile(`(?i)["']?per_?page["']?\s*[:=,(]\s*["']?(\d{1,3})`)
)

// hanwebDefault is how many records a page shows where it does not say.
const hanwebDefault = 15

// hanwebRows returns the rows that a page or an answer of the proxy holds as CDATA,
// as HTML, or "" for none.
func hanwebRows(text string) string {
	var rows strings.Builder
	for _, record := range hanwebRecord.FindAllStringSubmatch(text, -1) {
		rows.WriteString(record[1] + "\n")
	}
	return rows.String()
}

// isHanweb reports whether a page that seems to hold only scripts holds a list.
func isHanweb(body []byte) bool { return bytes.Contains(body, []byte("/dataproxy.jsp?")) }

// hanwebPaging is how a list asks for its further records.
type hanwebPaging struct {
	proxy   *url.URL // without the query
	form    string
	perPage int
}

// readHanweb reads from the first page how to go on; nil where it does not say.
func readHanweb(page *listPage) *hanwebPaging {
	found := hanwebProxy.FindString(entities.UnescapeString(page.text))
	if found == "" {
		return nil
	}
	target, err := canonicalURL(page.base, found, page.legacy)
	if err != nil {
		return nil
	}
	paging := &hanwebPaging{proxy: target, perPage: hanwebDefault, form: hanwebForm(target.RawQuery)}
	if said := hanwebPerPage.FindStringSubmatch(page.text); said != nil {
		if n, _ := strconv.Atoi(said[1]); n > 0 {
			paging.perPage = n
		}
	}
	target.RawQuery = ""
	return paging
}

// hanwebForm keeps what names the column, in the page's order, and drops what names
// a stretch.
func hanwebForm(query string) string {
	kept := []string{"col=1"}
	for _, pair := range strings.Split(query, "&") {
		switch name, _, _ := strings.Cut(pair, "="); strings.ToLower(name) {
		case "", "page", "col", "startrecord", "endrecord", "perpage":
		default:
			kept = append(kept, pair)
		}
	}
	return strings.Join(kept, "&")
}

// ask returns the address and the form of the number-th page.
func (h *hanwebPaging) ask(number int) (target, form string) {
	first := (number-1)*h.perPage + 1
	return fmt.Sprintf("%s?startrecord=%d&endrecord=%d&perpage=%d", h.proxy, first, first+h.perPage-1, h.perPage), h.form
}
