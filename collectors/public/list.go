package public

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/text/encoding"

	"zhibiao/pipeline"
)

// entry is one link of a list.
type entry struct {
	url       string
	title     string // the longer of text and title attribute, for lists cut titles
	text      string
	published pipeline.Stamp
	trap      string // why it is not followed, "" for a good address
}

// complete adds what another link to the same page knows.
func (e *entry) complete(other entry) {
	if len(other.title) > len(e.title) {
		e.title = other.title
	}
	if !e.published.Known() {
		e.published = other.published
	}
}

// listPage is a parsed page of a list.
type listPage struct {
	document   *goquery.Document
	text       string
	legacy     encoding.Encoding
	self, base *url.URL
	now        time.Time
}

// links returns the links of the rows in the page's order, with the date that
// stands in the row. Without a selector every link is a row of its own.
func (p *listPage) links(rows goquery.Matcher) []entry {
	var found []entry
	if rows == nil {
		p.document.Find("a[href]").Each(func(_ int, anchor *goquery.Selection) {
			found = p.appendLink(found, anchor, rowDate("", anchor.Text()))
		})
		return found
	}
	p.document.FindMatcher(rows).Each(func(_ int, row *goquery.Selection) {
		anchors := row.Find("a[href]")
		around := row.Clone()
		around.Find("a").Remove()
		outside := around.Text()
		if row.Is("a[href]") {
			anchors, outside = row, ""
		}
		published := rowDate(outside, anchors.Text())
		anchors.Each(func(_ int, anchor *goquery.Selection) {
			found = p.appendLink(found, anchor, published)
		})
	})
	return found
}

func (p *listPage) appendLink(found []entry, anchor *goquery.Selection, published pipeline.Stamp) []entry {
	href, _ := anchor.Attr("href")
	if href = strings.TrimSpace(href); href == "" || strings.HasPrefix(href, "#") {
		return found
	}
	u, err := canonicalURL(p.base, href, p.legacy)
	if err != nil {
		return found // javascript:, mailto: and the like are no pages
	}
	if !published.Known() {
		published = urlDate(u.Path)
	}
	link := entry{url: u.String(), text: oneLine(anchor.Text()), published: published}
	link.trap = trapSign(u, p.now)
	link.title = link.text
	if full, ok := anchor.Attr("title"); ok {
		if full = oneLine(full); utf8.RuneCountInString(full) > utf8.RuneCountInString(link.title) {
			link.title = full
		}
	}
	return append(found, link)
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

var (
	// anyDate is a date as lists print it beside a title.
	anyDate = regexp.MustCompile(`((?:19|20)\d\d)\s*(?:[-./]|年)\s*(\d{1,2})\s*(?:[-./]|月)\s*(\d{1,2})`)
	// plainDate is a date that can stand in a link without being a part of the title.
	plainDate = regexp.MustCompile(`((?:19|20)\d\d)[-./](\d{1,2})[-./](\d{1,2})`)
)

// rowDate returns the day on which an entry was published: the one date beside
// the link, or else the last plain date inside it. Two different dates beside
// the link say nothing.
func rowDate(outside, inside string) pipeline.Stamp {
	var published pipeline.Stamp
	for _, parts := range anyDate.FindAllStringSubmatch(outside, -1) {
		day, ok := dayOf(parts)
		switch {
		case !ok:
		case published.Known() && published != day:
			return pipeline.Stamp{}
		default:
			published = day
		}
	}
	if published.Known() {
		return published
	}
	if all := plainDate.FindAllStringSubmatch(inside, -1); len(all) > 0 {
		published, _ = dayOf(all[len(all)-1])
	}
	return published
}

// dayOf returns the stamp of year, month and day if there is such a day.
func dayOf(parts []string) (pipeline.Stamp, bool) {
	year, _ := strconv.Atoi(parts[1])
	month, _ := strconv.Atoi(parts[2])
	day, _ := strconv.Atoi(parts[3])
	date := pipeline.DateOf(year, month, day)
	if date.String() != fmt.Sprintf("%04d-%02d-%02d", year, month, day) {
		return pipeline.Stamp{}, false
	}
	return pipeline.DayStamp(date), true
}

// urlDates are the days that content systems write into addresses: the day of the
// upload, which is when the public could know the page and never what it is about.
var urlDates = []*regexp.Regexp{
	regexp.MustCompile(`/t((?:19|20)\d\d)(\d\d)(\d\d)_\d+\.s?html?$`),
	regexp.MustCompile(`/((?:19|20)\d\d)[-/](\d{1,2})[-/](\d{1,2})/[^/]+$`),
}

// urlDate returns the day in an address, for rows that print none.
func urlDate(path string) pipeline.Stamp {
	for _, pattern := range urlDates {
		if parts := pattern.FindStringSubmatch(path); parts != nil {
			if day, ok := dayOf(parts); ok {
				return day
			}
		}
	}
	return pipeline.Stamp{}
}

// numbering is how a list names its further pages, once one of them has said it.
type numbering struct{ name, extension string }

var (
	// trsCall is createPageHTML(count, current, "index", "html").
	trsCall = regexp.MustCompile(`createPageHTML\(\s*\d+\s*,\s*\d+\s*,\s*["']([\w-]+)["']\s*,\s*["'](\w+)["']`)
	// oneBasedCall is createPageHTML('id', n, current, 'name', 'shtml', rows).
	oneBasedCall = regexp.MustCompile(`createPageHTML\(\s*["'][^"']*["']\s*,\s*\d+\s*,\s*\d+\s*,\s*["']([\w-]+)["']\s*,\s*["'](\w+)["']`)
)

// next returns the URL of the page after the number-th, "" where there is none.
// Counts that the page prints are not believed: a list ends where a page brings
// nothing new.
func (p *listPage) next(style pipeline.Pagination, numbers *numbering, number int) string {
	switch style {
	case pipeline.PaginationNextLink:
		return p.nextLink()
	case pipeline.PaginationTRS:
		return p.numbered(trsCall, numbers, number) // page 2 is index_1
	case pipeline.PaginationOneBased:
		return p.numbered(oneBasedCall, numbers, number+1) // page 2 is index_2
	case pipeline.PaginationNumbered:
		return p.linkTo(number + 1)
	}
	return ""
}

func (p *listPage) numbered(call *regexp.Regexp, numbers *numbering, number int) string {
	if said := call.FindStringSubmatch(p.text); said != nil {
		numbers.name, numbers.extension = said[1], said[2]
	}
	if numbers.name == "" {
		return ""
	}
	u, err := canonicalURL(p.self, fmt.Sprintf("%s_%d.%s", numbers.name, number, numbers.extension), nil)
	if err != nil {
		return ""
	}
	return u.String()
}

// pagingText is the text of a link to another page of a list, which is no entry
// of it and no sign that it goes on.
var pagingText = regexp.MustCompile(`^[\s\[\]【】<>›»«‹→←·]*(?:\d+|[上下前后][一1]?[页頁]|[首尾末][页頁]|第?\d+[页頁])[\s\[\]【】<>›»«‹→←·]*$`)

// nextWords are what a link to the next page says.
var nextWords = map[string]bool{"下一页": true, "下页": true, "后一页": true, "下一頁": true}

// linkTo returns the target of the first link whose text is the number.
func (p *listPage) linkTo(number int) (target string) {
	p.document.Find("a[href]").EachWithBreak(func(_ int, anchor *goquery.Selection) bool {
		words := strings.Trim(oneLine(anchor.Text()), " []【】<>第页")
		if words != strconv.Itoa(number) {
			return true
		}
		if found := p.appendLink(nil, anchor, pipeline.Stamp{}); found != nil && found[0].trap == "" {
			target = found[0].url
		}
		return target == ""
	})
	return target
}

// nextLink returns the target of the first link 下一页 that leads anywhere.
func (p *listPage) nextLink() (target string) {
	p.document.Find("a[href]").EachWithBreak(func(_ int, anchor *goquery.Selection) bool {
		words := strings.Trim(oneLine(anchor.Text()), " []【】<>›»→·")
		title, _ := anchor.Attr("title")
		rel, _ := anchor.Attr("rel")
		if !nextWords[words] && !nextWords[oneLine(title)] && rel != "next" {
			return true
		}
		if found := p.appendLink(nil, anchor, pipeline.Stamp{}); found != nil && found[0].trap == "" {
			target = found[0].url
		}
		return target == ""
	})
	return target
}
