package public

import (
	"context"
	"net/url"
	"path"
	"regexp"
	"strings"

	"zhibiao/pipeline"
)

// attachmentText is a file name with its extension in the text of a link, for
// addresses such as /download?id=7.
var attachmentText = regexp.MustCompile(`\.([A-Za-z]{2,5})\s*[)）\]】]?\s*$`)

// takeAttachments fetches the files that a page links to, of the types that the
// source's file names. Their links have no further files.
func (r *run) takeAttachments(ctx context.Context, fetched fetchedSet, from entry, x *exchange, region string) error {
	wanted := r.pages.attachments
	if len(wanted) == 0 || !beginsWithTag(x.body) {
		return nil
	}
	page, err := readList(x, from.url)
	if err != nil {
		return r.fail(ctx, from.url, err)
	}
	page.now = r.options.Clock()
	for _, link := range page.links(nil) {
		if !wanted[extensionOf(link)] || link.trap != "" {
			continue
		}
		link.published = pipeline.Stamp{}
		if from.published.Known() {
			link.published = from.published
		}
		if _, err := r.takePage(ctx, fetched, link, region); err != nil {
			return err
		}
	}
	return nil
}

// extensionOf returns the type that a link's address or text names, in lower case.
func extensionOf(link entry) string {
	if u, err := url.Parse(link.url); err == nil {
		extension := strings.ToLower(strings.TrimPrefix(path.Ext(u.Path), "."))
		switch extension {
		case "", "jsp", "do", "action", "aspx", "asp", "php", "ashx":
		default:
			return extension
		}
	}
	if found := attachmentText.FindStringSubmatch(link.text); found != nil {
		return strings.ToLower(found[1])
	}
	return ""
}
