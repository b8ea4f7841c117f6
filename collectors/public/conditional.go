package public

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"go.uber.org/zap"

	"zhibiao/pipeline"
)

// maxConfirmed is how long a page is only asked whether it changed. After it the
// page is asked for in full once, for servers whose validators never move.
const maxConfirmed = 30 * 24 * time.Hour

// remembered is what a page was when it was last handed over.
type remembered struct {
	validators
	body []byte
}

// recall returns the page as it was, nil where it must be asked for in full: the
// body is needed, for a confirmation travels as the document that it confirms.
func (r *run) recall(ctx context.Context, target string) *remembered {
	if r.options.Memory == nil || r.options.Bodies == nil {
		return nil
	}
	known, ok := r.options.Memory.recall(r.lineage(target))
	if !ok || r.options.Clock().Sub(known.AnsweredAt) > maxConfirmed {
		return nil
	}
	body, err := r.options.Bodies.Body(ctx, known.Hash)
	if err != nil {
		return nil
	}
	return &remembered{known, body}
}

func (r *run) lineage(target string) string {
	return pipeline.LineageID(r.source.Name, http.MethodGet, target, nil)
}

// condition asks for the page only if it changed. The answer of one address says
// nothing of another, so a redirect elsewhere asks in full.
func (x *exchange) condition(request *http.Request) {
	if x.known == nil || x.known.URL != request.URL.String() || request.Method != http.MethodGet {
		return
	}
	if x.known.ETag != "" {
		request.Header.Set("If-None-Match", x.known.ETag)
	}
	if x.known.LastModified != "" {
		request.Header.Set("If-Modified-Since", x.known.LastModified)
	}
}

// confirmed reports whether the answer says that the page is what it was.
func (x *exchange) confirmed(request *http.Request, answer *http.Response) bool {
	return answer.StatusCode == http.StatusNotModified && x.known != nil && x.known.URL == request.URL.String()
}

// keep remembers the validators of an answer once what it brought is durable: a
// crash before that asks for the page again in full.
func (r *run) keep(target string, x *exchange) {
	if r.options.Memory == nil || r.options.Bodies == nil || x.unchanged {
		return
	}
	known := x.said
	known.Hash, known.MediaType, known.AnsweredAt = pipeline.HashBody(x.body), x.mediaType, r.options.Clock().UTC()
	if err := r.options.Memory.keep(r.lineage(target), known); err != nil {
		r.options.Logger.Warn("cannot remember a page, it will be asked for in full again",
			zap.String("source", r.source.Name), zap.String("url", target), zap.Error(err))
	}
}

// keepList archives a list page, for its links, and remembers it.
func (r *run) keepList(ctx context.Context, target string, x *exchange) error {
	if r.options.Memory == nil || r.options.Bodies == nil || x.unchanged || x.said.ETag == "" && x.said.LastModified == "" {
		return nil
	}
	if _, err := r.options.Bodies.PutBody(ctx, x.body); err != nil {
		return fmt.Errorf("archiving the list %s: %w", target, err)
	}
	r.keep(target, x)
	return nil
}
