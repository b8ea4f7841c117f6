package public

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// maxRobots is how much of a robots.txt is read (RFC 9309 asks for 500 KiB).
	maxRobots = 512 << 10
	// maxRatio is how often a body may inflate, once it passes ratioFloor.
	maxRatio   = 100
	ratioFloor = 1 << 20
	// firstBuffer is how much of an announced length is believed at once.
	firstBuffer = 1 << 20
	// maxEncodings is how many layers of Content-Encoding are undone.
	maxEncodings = 2
)

// capture sends a request and reads the whole answer: it is complete, inflated,
// within its limits and no challenge, or a *PageError. What colly gets is a
// copy without a charset, so that it rewrites nothing.
func (r *run) capture(request *http.Request) (*http.Response, error) {
	timed, end := context.WithTimeout(request.Context(), r.limits.Timeout)
	defer end()
	ctx, cancel := context.WithCancelCause(timed)
	defer cancel(nil)
	x := exchangeOf(request)
	sent := request.WithContext(ctx)
	sent.Header = request.Header.Clone()
	sent.Header.Set("Accept-Encoding", "gzip, br, deflate")
	x.condition(sent)
	answer, err := r.network.send.RoundTrip(sent)
	if err != nil {
		return nil, unreachable(request, err)
	}
	defer answer.Body.Close()
	answer.Request = request
	if x.confirmed(request, answer) {
		x.body, x.mediaType, x.unchanged = x.known.body, x.known.MediaType, true
		r.counts.confirmed.Add(1)
		return passOn(answer), nil
	}
	if answer.StatusCode >= 300 && answer.StatusCode < 400 && answer.Header.Get("Location") != "" {
		return passOn(answer), nil
	}
	return r.accept(request, answer, x, cancel)
}

// accept reads the body of an answer that is no redirect, and tells a document
// from everything else; that is archived as evidence and never parsed.
func (r *run) accept(request *http.Request, answer *http.Response, x *exchange, cancel context.CancelCauseFunc) (*http.Response, error) {
	watched := r.watch(answer.Body, cancel)
	body, err := r.readBody(answer, watched, x.expect)
	if slow := watched.fault(); slow != nil && err != nil {
		err = slow
	}
	if err != nil {
		err = r.bodyError(request, answer, err)
	} else {
		err = r.classify(request, answer, body, x.expect)
	}
	if err != nil {
		return nil, r.withEvidence(request.Context(), err, body)
	}
	x.body, x.mediaType = body, answer.Header.Get("Content-Type")
	x.said = validators{URL: request.URL.String(), ETag: answer.Header.Get("ETag"), LastModified: answer.Header.Get("Last-Modified")}
	return passOn(answer), nil
}

// passOn returns the answer for colly: without its body, which reaches the run by
// the exchange, and with a media type without a charset.
func passOn(answer *http.Response) *http.Response {
	passed := *answer
	if passed.StatusCode == http.StatusNotModified {
		passed.StatusCode = http.StatusOK
	}
	passed.Header = answer.Header.Clone()
	passed.Header.Del("Content-Encoding")
	passed.Header.Del("Content-Length")
	plain, _, err := mime.ParseMediaType(passed.Header.Get("Content-Type"))
	if err != nil {
		plain = "application/octet-stream"
	}
	passed.Header.Set("Content-Type", plain)
	passed.Uncompressed = true
	passed.ContentLength = 0
	passed.TransferEncoding = nil
	passed.Body = http.NoBody
	return &passed
}

func unreachable(request *http.Request, err error) error {
	kind := ErrUnreachable
	if errors.Is(err, ErrNotPublic) {
		return &PageError{Kind: ErrNotPublic, URL: request.URL.String(), Detail: err.Error()}
	}
	failed := &PageError{Kind: kind, URL: request.URL.String(), Cause: err}
	if certificateFault(err) {
		failed.Detail = "its certificate is not trusted; add its authority if it is known"
	}
	return failed
}

// readBody reads max+1 bytes at most, before and after inflating. With an error it
// may return what was received until then.
func (r *run) readBody(answer *http.Response, source io.Reader, expect expectation) ([]byte, error) {
	limit := r.limits.MaxBody
	if expect == expectRobots {
		limit = maxRobots
	} else if answer.ContentLength > limit {
		return nil, fmt.Errorf("%w: %d bytes announced, %d allowed", ErrTooLarge, answer.ContentLength, limit)
	}
	wire := &countingReader{source: source, left: limit + 1}
	defer func() { r.counts.bytes.Add(wire.count) }()
	inflated, err := inflate(wire, answer.Header.Values("Content-Encoding"))
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	body.Grow(int(min(max(answer.ContentLength, 0), firstBuffer)) + bytes.MinRead)
	for {
		n, err := io.CopyN(&body, inflated, 64<<10)
		if int64(body.Len()) > limit || wire.count > limit {
			if expect == expectRobots {
				return body.Bytes()[:min(int64(body.Len()), limit)], nil
			}
			return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
		}
		if inflated != io.Reader(wire) && body.Len() > ratioFloor && int64(body.Len()) > maxRatio*wire.count {
			return nil, fmt.Errorf("%w: inflates more than %d times", ErrTooLarge, maxRatio)
		}
		if n == 0 && errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return body.Bytes(), err
		}
	}
	if inflated == io.Reader(wire) && answer.ContentLength >= 0 && answer.ContentLength != wire.count {
		return body.Bytes(), fmt.Errorf("%w: %d of %d bytes received", ErrTruncated, wire.count, answer.ContentLength)
	}
	return body.Bytes(), nil
}

type countingReader struct {
	source io.Reader
	count  int64
	left   int64
}

func (c *countingReader) Read(into []byte) (int, error) {
	if c.left <= 0 {
		return 0, io.EOF
	}
	n, err := c.source.Read(into[:min(int64(len(into)), c.left)])
	c.count += int64(n)
	c.left -= int64(n)
	return n, err
}

// inflate undoes the encodings that the header lists, the last one first.
func inflate(wire io.Reader, headers []string) (io.Reader, error) {
	var encodings []string
	for _, encoding := range strings.Split(strings.ToLower(strings.Join(headers, ",")), ",") {
		if encoding = strings.TrimSpace(encoding); encoding != "" && encoding != "identity" {
			encodings = append(encodings, encoding)
		}
	}
	if len(encodings) > maxEncodings {
		return nil, fmt.Errorf("%w: %d layers of encoding", ErrEncoding, len(encodings))
	}
	reader := wire
	for i := len(encodings) - 1; i >= 0; i-- {
		next, err := inflateOne(reader, encodings[i])
		if err != nil {
			return nil, err
		}
		reader = next
	}
	return reader, nil
}

func inflateOne(reader io.Reader, encoding string) (io.Reader, error) {
	switch encoding {
	case "gzip", "x-gzip":
		inflated, err := gzip.NewReader(reader)
		if err != nil {
			return nil, encodingError(err)
		}
		return inflated, nil
	case "br":
		return brotli.NewReader(reader), nil
	case "zstd":
		inflated, err := zstd.NewReader(reader, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20))
		if err != nil {
			return nil, encodingError(err)
		}
		return inflated, nil
	case "deflate":
		return inflateDeflate(reader)
	}
	return nil, fmt.Errorf("%w: unknown encoding %q", ErrEncoding, encoding)
}

// inflateDeflate reads zlib, as the standard says, or bare deflate, as some
// servers send.
func inflateDeflate(reader io.Reader) (io.Reader, error) {
	var head [2]byte
	if _, err := io.ReadFull(reader, head[:]); err != nil {
		return nil, encodingError(err)
	}
	whole := io.MultiReader(bytes.NewReader(head[:]), reader)
	if head[0]&0x0f == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0 {
		inflated, err := zlib.NewReader(whole)
		if err != nil {
			return nil, encodingError(err)
		}
		return inflated, nil
	}
	return flate.NewReader(whole), nil
}

func encodingError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", ErrTruncated, err)
	}
	return fmt.Errorf("%w: %w", ErrEncoding, err)
}

// bodyError makes a *PageError of what stopped the reading of a body. An error
// status says more than a broken body.
func (r *run) bodyError(request *http.Request, answer *http.Response, err error) error {
	if failed := r.statusError(request, answer); failed != nil {
		return failed
	}
	failed := &PageError{URL: request.URL.String()}
	switch {
	case errors.Is(err, errSlow):
		failed.Kind = ErrSlow
	case errors.Is(err, ErrTooLarge):
		failed.Kind = ErrTooLarge
	case errors.Is(err, ErrTruncated), errors.Is(err, io.ErrUnexpectedEOF):
		failed.Kind = ErrTruncated
	case errors.Is(err, context.DeadlineExceeded), answer.Header.Get("Content-Encoding") == "":
		failed.Kind = ErrUnreachable
	default:
		failed.Kind = ErrEncoding
	}
	failed.Detail = strings.TrimPrefix(err.Error(), failed.Kind.Error()+": ")
	return failed
}
