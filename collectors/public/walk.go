package public

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"zhibiao/pipeline"
)

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
	hanweb  *hanwebPaging // nil until the first page has said it
	fits    int           // links that fit the link pattern
	traps   int           // links that were not followed
	trap    entry         // the first of them
}

// question is how one page of a list is asked for: a form is posted, without one
// the page is got.
type question struct{ url, form string }

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
	next := question{url: start.String()}
	for number := 1; next.url != "" && !w.pages[next.url]; number++ {
		if number > most {
			if r.source.Pages.MaxPages <= 0 {
				err = r.fail(ctx, next.url, &PageError{Kind: ErrUnexpected, URL: next.url,
					Detail: fmt.Sprintf("the list goes on after %d pages; name max_pages", most)})
			}
			return w.entries, err
		}
		w.pages[next.url] = true
		asked := next
		if next, err = w.step(ctx, asked, number); err != nil {
			if number > 1 && isGone(err) {
				break // numbered pages end in a 404
			}
			return w.entries, r.fail(ctx, asked.url, err)
		}
	}
	return w.entries, w.tellLinks(ctx)
}

// tellLinks notes once what is wrong with the links of a list that was read to its
// end: none is of the kind that the source's file describes (promise 6), or some
// lead on without end.
func (w *listWalk) tellLinks(ctx context.Context) error {
	switch {
	case w.traps > 0:
		return w.fail(ctx, w.trap.url, &PageError{Kind: ErrTrap, URL: fmt.Sprintf("%.200s", w.trap.url),
			Detail: fmt.Sprintf("%s; %d such links of the list %s were not followed", w.trap.trap, w.traps, w.list.URL)})
	case w.fits == 0:
		return w.fail(ctx, w.list.URL, &PageError{Kind: ErrUnexpected, URL: w.list.URL, Detail: "no link of the list fits the link pattern"})
	}
	return nil
}

func isGone(err error) bool {
	var page *PageError
	return errors.As(err, &page) && (page.Status == http.StatusNotFound || page.Status == http.StatusGone || errors.Is(page.Kind, ErrMissing))
}

// step reads one page of the list and returns how to ask for the next; an empty
// question ends the list.
func (w *listWalk) step(ctx context.Context, asked question, number int) (question, error) {
	x, err := w.ask(ctx, asked)
	if err != nil {
		return question{}, err
	}
	// A page that comes again under another address has new links, if they are
	// relative, but nothing new.
	hash := sha256.Sum256(x.body)
	if w.bodies[hash] {
		return question{}, nil
	}
	w.bodies[hash] = true
	page, err := w.read(x, asked.url)
	if err != nil {
		return question{}, err
	}
	fresh, candidates := w.note(page.links(w.Collector.pages.rows))
	if number == 1 && candidates == 0 { // promise 6
		return question{}, &PageError{Kind: ErrUnexpected, URL: asked.url, Detail: "the list has no link that fits row selector and link pattern"}
	}
	if asked.form == "" {
		if err := w.keepList(ctx, asked.url, x); err != nil {
			return question{}, err
		}
	}
	if fresh == 0 {
		return question{}, nil
	}
	return w.next(page, number), nil
}

func (w *listWalk) ask(ctx context.Context, asked question) (*exchange, error) {
	if asked.form == "" {
		return w.fetch(ctx, http.MethodGet, asked.url, nil, nil, expectPage)
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=UTF-8"}}
	return w.fetch(ctx, http.MethodPost, asked.url, []byte(asked.form), header, expectRows)
}

// next returns how to ask for the page after the number-th.
func (w *listWalk) next(page *listPage, number int) question {
	if w.style != pipeline.PaginationHanweb {
		return question{url: page.next(w.style, &w.numbers, number)}
	}
	if w.hanweb == nil {
		if w.hanweb = readHanweb(page); w.hanweb == nil {
			return question{}
		}
	}
	target, form := w.hanweb.ask(number + 1)
	return question{target, form}
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
		if link.trap != "" {
			if w.traps++; w.traps == 1 {
				w.trap = link
			}
			continue
		}
		at, seen := w.known[link.url]
		if !seen {
			fresh++
			at = -1
		}
		if fits {
			w.fits++
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

// read parses a page of the list; of a Hanweb page only the rows, which stand in
// CDATA sections.
func (w *listWalk) read(x *exchange, target string) (*listPage, error) {
	page, err := readList(x, target)
	if err != nil {
		return nil, err
	}
	page.now = w.options.Clock()
	if rows := hanwebRows(page.text); w.style == pipeline.PaginationHanweb && rows != "" {
		if page.document, err = goquery.NewDocumentFromReader(strings.NewReader(rows)); err != nil {
			return nil, &PageError{Kind: ErrUnexpected, URL: target, Detail: "the rows cannot be parsed", Cause: err}
		}
	}
	return page, nil
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
