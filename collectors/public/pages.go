package public

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
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
	attachments map[string]bool // extensions, without dot
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
	case "", pipeline.PaginationNone, pipeline.PaginationNextLink, pipeline.PaginationTRS, pipeline.PaginationOneBased,
		pipeline.PaginationNumbered, pipeline.PaginationHanweb:
	default:
		return nil, fmt.Errorf("unknown pagination %q: want none, next-link, numbered, trs, one-based or hanweb", pages.Pagination)
	}
	compiled.attachments = map[string]bool{}
	for _, extension := range pages.Attachments {
		compiled.attachments[strings.ToLower(strings.TrimPrefix(extension, "."))] = true
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
	fetched := fetchedSet{}
	for _, page := range pages.Pages {
		u, err := canonicalURL(nil, page.URL, nil)
		if err != nil {
			return err
		}
		if !r.wanted(page.Region) {
			continue
		}
		if _, err := r.takePage(ctx, fetched, entry{url: u.String(), title: page.Title}, page.Region); err != nil {
			return err
		}
	}
	for _, list := range pages.Lists {
		if !r.wanted(list.Region) {
			continue
		}
		if err := r.collectList(ctx, fetched, list); err != nil {
			return err
		}
	}
	return r.tellUnasked(ctx)
}

// collectList walks a list and takes what it links to, until the list turns out to
// lead nowhere.
func (r *run) collectList(ctx context.Context, fetched fetchedSet, list pipeline.ListPage) error {
	entries, err := r.walk(ctx, list)
	if err != nil {
		return err
	}
	same := sameBodies{}
	for i, found := range entries {
		body, err := r.takePage(ctx, fetched, found, list.Region)
		if err != nil {
			return err
		}
		if body != nil && same.tooMany(body) {
			return r.fail(ctx, found.url, &PageError{Kind: ErrTrap, URL: found.url, Detail: fmt.Sprintf(
				"%d addresses of the list %s gave the same page; %d further ones were not asked", maxSameBody+1, list.URL, len(entries)-i-1)})
		}
	}
	return nil
}

// tellUnasked notes once how many pages were left when the requests were used up.
func (r *run) tellUnasked(ctx context.Context) error {
	if r.unasked == 0 {
		return nil
	}
	return r.fail(ctx, r.source.Name, &PageError{Kind: ErrBudget, URL: r.source.Name,
		Detail: fmt.Sprintf("%d further pages were not asked", r.unasked)})
}

// fetchedSet holds the pages of a run by a part of their hash, so that a run over
// very many pages stays small.
type fetchedSet map[[16]byte]struct{}

// add reports whether the address is new.
func (f fetchedSet) add(target string) bool {
	sum := sha256.Sum256([]byte(target))
	key := [16]byte(sum[:16])
	if _, seen := f[key]; seen {
		return false
	}
	f[key] = struct{}{}
	return true
}

// takePage fetches a document and hands it over untouched, and then the files that
// it links to. It returns the body, nil where there is none; the error is ours or
// the context's.
func (r *run) takePage(ctx context.Context, fetched fetchedSet, found entry, region string) ([]byte, error) {
	if !fetched.add(found.url) {
		return nil, nil
	}
	if r.spent {
		r.unasked++
		return nil, nil
	}
	x, err := r.fetch(ctx, http.MethodGet, found.url, nil, nil, expectPage)
	if err == nil {
		err = r.checkPersonal(found.url, x)
	}
	if err != nil {
		return nil, r.fail(ctx, found.url, err)
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
	if err := r.hand(ctx, document); err != nil {
		return nil, err
	}
	r.keep(found.url, x)
	return x.body, r.takeAttachments(ctx, fetched, found, x, region)
}
