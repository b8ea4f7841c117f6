package public

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"

	"zhibiao/pipeline"
)

// defaultMaxPages is how many pages of a list are read; reaching it is a
// failure, reaching a number that the source's file names is not.
const defaultMaxPages = 50

// pagePatterns are the compiled patterns of a PageCollection; nil matches all.
type pagePatterns struct {
	link, title *regexp.Regexp
	rows        goquery.Matcher
}

func compilePatterns(pages *pipeline.PageCollection) (*pagePatterns, error) {
	var compiled pagePatterns
	var err error
	if compiled.link, err = compilePattern("link pattern", pages.LinkPattern); err != nil {
		return nil, err
	}
	if compiled.title, err = compilePattern("title pattern", pages.TitlePattern); err != nil {
		return nil, err
	}
	if pages.RowSelector != "" {
		if compiled.rows, err = cascadia.Compile(pages.RowSelector); err != nil {
			return nil, fmt.Errorf("the row selector %q is not a CSS selector: %w", pages.RowSelector, err)
		}
	}
	if len(pages.Lists) > 0 && compiled.link == nil && compiled.title == nil && compiled.rows == nil {
		return nil, errors.New("lists need a link pattern, a title pattern or a row selector: every link would be a document")
	}
	switch pages.Pagination {
	case "", pipeline.PaginationNone, pipeline.PaginationNextLink, pipeline.PaginationTRS, pipeline.PaginationOneBased:
	default:
		return nil, fmt.Errorf("unknown pagination %q: want none, next-link, trs or one-based", pages.Pagination)
	}
	return &compiled, nil
}

func compilePattern(name, pattern string) (*regexp.Regexp, error) {
	if pattern == "" {
		return nil, nil
	}
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("the %s %q is not a regular expression: %w", name, pattern, err)
	}
	return compiled, nil
}

// matches reports whether the text matches, as everything does without a
// pattern.
func matches(pattern *regexp.Regexp, text string) bool {
	return pattern == nil || pattern.MatchString(text)
}

// collectPages fetches the direct pages, and then list by list what it links
// to, each URL once.
func (r *run) collectPages(ctx context.Context, pages *pipeline.PageCollection) error {
	fetched := map[string]bool{}
	for _, page := range pages.Pages {
		u, err := canonicalURL(nil, page.URL, nil)
		if err != nil {
			return err
		}
		if !r.wanted(page.Region) {
			continue
		}
		if err := r.takePage(ctx, fetched, entry{url: u.String(), title: page.Title}, page.Region); err != nil {
			return err
		}
	}
	for _, list := range pages.Lists {
		if !r.wanted(list.Region) {
			continue
		}
		entries, err := r.walk(ctx, list)
		if err != nil {
			return err
		}
		for _, found := range entries {
			if err := r.takePage(ctx, fetched, found, list.Region); err != nil {
				return err
			}
		}
	}
	return nil
}

// takePage fetches a document and hands it over untouched.
func (r *run) takePage(ctx context.Context, fetched map[string]bool, found entry, region string) error {
	if fetched[found.url] {
		return nil
	}
	fetched[found.url] = true
	x, err := r.fetch(ctx, http.MethodGet, found.url, nil, nil, expectPage)
	if err != nil {
		return r.fail(ctx, found.url, err)
	}
	if found.published.At.After(r.options.Clock().Add(24 * time.Hour)) {
		found.published = pipeline.Stamp{} // a misprint: nothing is known before it is fetched
	}
	document := pipeline.RawDocument{
		Method:      http.MethodGet,
		URL:         found.url,
		MediaType:   x.mediaType,
		Title:       found.title,
		PublishedAt: found.published,
		Body:        x.body,
	}
	if region != "" {
		document.Context = map[string]string{pipeline.ContextRegion: region}
	}
	return r.hand(ctx, document)
}

// listWalk is the way through the pages of one list.
type listWalk struct {
	*run
	list    pipeline.ListPage
	style   pipeline.Pagination
	pages   map[string]bool            // URLs asked
	bodies  map[[sha256.Size]byte]bool // hashes of pages seen
	known   map[string]int             // index in entries, -1 for links that are none
	entries []entry
	numbers numbering
}

// walk reads the pages of a list until one brings no new link, and returns the
// documents that they link to in order. A page that fails ends it; what was
// found before is kept. The error is only the context's.
func (r *run) walk(ctx context.Context, list pipeline.ListPage) ([]entry, error) {
	w := &listWalk{
		run: r, list: list, style: r.source.Pages.Pagination,
		pages: map[string]bool{}, bodies: map[[sha256.Size]byte]bool{}, known: map[string]int{},
	}
	start, err := canonicalURL(nil, list.URL, nil)
	if err != nil {
		return nil, err
	}
	most := orDefault(r.source.Pages.MaxPages, defaultMaxPages)
	next := start.String()
	for number := 1; next != "" && !w.pages[next]; number++ {
		if number > most {
			if r.source.Pages.MaxPages <= 0 {
				err = r.fail(ctx, next, &PageError{Kind: ErrUnexpected, URL: next,
					Detail: fmt.Sprintf("the list goes on after %d pages; name max_pages", most)})
			}
			return w.entries, err
		}
		w.pages[next] = true
		asked := next
		if next, err = w.step(ctx, asked, number); err != nil {
			if number > 1 && isGone(err) {
				break // numbered pages end in a 404
			}
			return w.entries, r.fail(ctx, asked, err)
		}
	}
	return w.entries, nil
}

func isGone(err error) bool {
	var page *PageError
	return errors.As(err, &page) && (page.Status == http.StatusNotFound || page.Status == http.StatusGone)
}

// step reads one page of the list and returns the URL of the next, "" at the
// end.
func (w *listWalk) step(ctx context.Context, target string, number int) (string, error) {
	x, err := w.fetch(ctx, http.MethodGet, target, nil, nil, expectPage)
	if err != nil {
		return "", err
	}
	// A page that comes again under another address has new links, if they are
	// relative, but nothing new.
	hash := sha256.Sum256(x.body)
	if w.bodies[hash] {
		return "", nil
	}
	w.bodies[hash] = true
	page, err := readList(x, target)
	if err != nil {
		return "", err
	}
	fresh, candidates := w.note(page.links(w.Collector.pages.rows))
	if number == 1 && candidates == 0 { // promise 6
		return "", &PageError{Kind: ErrUnexpected, URL: target, Detail: "the list has no link that fits row selector and link pattern"}
	}
	if fresh == 0 {
		return "", nil
	}
	return page.next(w.style, &w.numbers, number), nil
}

// note keeps the links of a page: how many could be entries of the list, and how
// many of those are new. A link whose title does not match is no document but
// shows that the list goes on.
func (w *listWalk) note(links []entry) (fresh, candidates int) {
	patterns := w.Collector.pages
	for _, link := range links {
		fits := matches(patterns.link, link.url)
		if pagingText.MatchString(link.text) || !fits && patterns.rows == nil {
			continue
		}
		candidates++
		at, seen := w.known[link.url]
		if !seen {
			fresh++
			at = -1
		}
		wanted := fits && (matches(patterns.title, link.title) || matches(patterns.title, link.text))
		switch {
		case wanted && at < 0:
			at = len(w.entries)
			w.entries = append(w.entries, link)
		case wanted:
			w.entries[at].complete(link)
		}
		w.known[link.url] = at
	}
	return fresh, candidates
}

// readList decodes and parses a list page.
func readList(x *exchange, target string) (*listPage, error) {
	if !beginsWithTag(x.body) && !strings.Contains(strings.ToLower(x.mediaType), "html") {
		return nil, &PageError{Kind: ErrUnexpected, URL: target, Detail: "the list is not HTML"}
	}
	text, legacy := decodeList(x.body, x.mediaType)
	document, err := goquery.NewDocumentFromReader(strings.NewReader(text))
	if err != nil {
		return nil, &PageError{Kind: ErrUnexpected, URL: target, Detail: "the list cannot be parsed", Cause: err}
	}
	page := &listPage{document: document, text: text, legacy: legacy, self: x.final}
	if page.self == nil {
		if page.self, err = url.Parse(target); err != nil {
			return nil, fmt.Errorf("reading URL %q: %w", target, err)
		}
	}
	page.base = page.self
	if href, ok := document.Find("base[href]").First().Attr("href"); ok {
		if base, err := canonicalURL(page.self, href, nil); err == nil {
			page.base = base
		}
	}
	return page, nil
}
