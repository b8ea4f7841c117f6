package httpfront

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"zhibiao/warehouse/engine/internal/session"
)

var errBodyTooLarge = errors.New("the body is too large")

// open gives the body without its compressions and within its limits. Reading it
// ends with io.EOF only when the client sent all of it.
func (f *Front) open(w http.ResponseWriter, r *http.Request, blocks bool) (io.Reader, error) {
	patient := &patientReader{reader: r.Body, control: http.NewResponseController(w), stall: f.config.Stall}
	body, err := decoded(patient, r.Header.Get("Content-Encoding"))
	if err != nil {
		return nil, err
	}
	if blocks {
		body = newBlockReader(body)
	}
	return &limitedReader{reader: body, left: f.config.Body}, nil
}

func decoded(body io.Reader, encoding string) (io.Reader, error) {
	var err error
	switch encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		body, err = gzip.NewReader(body)
	case "deflate":
		body, err = zlib.NewReader(body)
	case "br":
		body = brotli.NewReader(body)
	case "zstd":
		// With a concurrency of one there is no goroutine to close.
		body, err = zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
	default:
		return nil, session.Exception(48, "NOT_IMPLEMENTED", fmt.Sprintf("the Content-Encoding %q is not known; gzip, deflate, br and zstd are", encoding))
	}
	if err != nil {
		return nil, bodyError(err)
	}
	return body, nil
}

// blockReader reads ClickHouse's compressed blocks. It hands the library one
// whole block at a time, for the library takes data that break off after a
// block's header for their end.
type blockReader struct {
	source io.Reader
	block  bytes.Buffer
	reader *compress.Reader // of block
	left   int              // decompressed bytes of the block still to be read
}

const (
	blockHeader = 25       // checksum 16, method 1, compressed size 4, decompressed size 4
	largestPack = 64 << 20 // compressed bytes of one block
)

func newBlockReader(source io.Reader) *blockReader {
	b := &blockReader{source: source}
	b.reader = compress.NewReader(&b.block)
	return b
}

func (b *blockReader) Read(p []byte) (int, error) {
	for b.left == 0 {
		if err := b.next(); err != nil {
			return 0, err
		}
	}
	n, err := b.reader.Read(p[:min(len(p), b.left)])
	b.left -= n
	if errors.Is(err, io.EOF) { // never the end: the block was complete
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// next reads one block; io.EOF means that the data ended before it.
func (b *blockReader) next() error {
	var header [blockHeader]byte
	if _, err := io.ReadFull(b.source, header[:]); err != nil {
		return err
	}
	packed := int64(binary.LittleEndian.Uint32(header[17:])) - 9 // its own nine bytes
	if packed < 0 || packed > largestPack {
		return fmt.Errorf("a compressed block of %d bytes", packed)
	}
	b.block.Reset()
	b.block.Write(header[:])
	if n, err := io.CopyN(&b.block, b.source, packed); n < packed {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	b.left = int(binary.LittleEndian.Uint32(header[21:]))
	return nil
}

// limitedReader fails when there is more data than allowed. Its first error is
// its last: a decoder that is read after its end may start anew.
type limitedReader struct {
	reader io.Reader
	left   int64
	err    error
}

func (l *limitedReader) Read(p []byte) (n int, err error) {
	if l.err != nil {
		return 0, l.err
	}
	n, l.err = l.reader.Read(p)
	if l.left -= int64(n); l.left < 0 {
		n, l.err = 0, errBodyTooLarge
	}
	return n, l.err
}

// patientReader gives the client a fresh time limit for each piece it sends.
type patientReader struct {
	reader  io.Reader
	control *http.ResponseController
	stall   time.Duration
	set     time.Time
}

func (p *patientReader) Read(b []byte) (int, error) {
	if now := time.Now(); now.Sub(p.set) > p.stall/8 {
		p.set = now
		_ = p.control.SetReadDeadline(now.Add(p.stall))
	}
	n, err := p.reader.Read(b)
	if err != nil {
		// The server now watches the connection for the client's leaving.
		_ = p.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// bodyError words a failure to read the client's data.
func bodyError(err error) error {
	if errors.Is(err, errBodyTooLarge) {
		return session.Exception(307, "TOO_MANY_BYTES", "the data of the request exceed the limit of the embedded engine")
	}
	return session.Exception(1000, "POCO_EXCEPTION", "reading the body of the request: "+err.Error())
}
