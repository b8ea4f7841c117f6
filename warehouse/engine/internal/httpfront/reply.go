package httpfront

import (
	"compress/gzip"
	"compress/zlib"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"zhibiao/warehouse/engine/internal/chdb"
)

// frameSize is the most that goes into one compressed block, in bytes.
const frameSize = 1 << 20

// brotliLevel is a fast one. At level 0 the encoder writes bytes after the end of
// its stream, which its own decoder refuses.
const brotliLevel = 3

// reply writes a result through the encodings that the client asked for. Its
// status is open until the first byte, so an error before that has its own.
type reply struct {
	writer  http.ResponseWriter
	request *http.Request
	stall   time.Duration

	encoding string // Content-Encoding, "" for none
	frames   *compress.Writer
	out      io.Writer // below the frames, nil before the first byte
	flush    func() error
	finish   func() error
	set      time.Time
	tag      string // names this reply's exception block
}

// prepare chooses the encodings.
func (r *reply) prepare(in *incoming) {
	if in.blocks {
		level, method := compress.Level(in.level), compress.LZ4
		switch strings.ToUpper(in.method) {
		case "ZSTD":
			method = compress.ZSTD
		case "LZ4HC":
			method = compress.LZ4HC
		case "NONE":
			method = compress.None
		}
		r.frames = compress.NewWriter(level, method)
		return
	}
	for offer := range strings.SplitSeq(in.encodings, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(offer), ";")
		if strings.ReplaceAll(weight, " ", "") == "q=0" {
			continue
		}
		switch name {
		case "gzip", "deflate", "br", "zstd":
			r.encoding = name
			return
		}
	}
}

// begin sends the header.
func (r *reply) begin(in *incoming, contentType string) error {
	var tag [8]byte
	rand.Read(tag[:])
	r.tag = hex.EncodeToString(tag[:])
	header := r.writer.Header()
	header.Set("Content-Type", contentType)
	header.Set("X-ClickHouse-Format", in.format)
	header.Set("X-ClickHouse-Exception-Tag", r.tag)
	if r.encoding != "" {
		header.Set("Content-Encoding", r.encoding)
		header.Add("Vary", "Accept-Encoding")
	}
	patient := patientWriter{r}
	r.out, r.flush, r.finish = patient, func() error { return nil }, func() error { return nil }
	switch r.encoding {
	case "gzip":
		encoder, _ := gzip.NewWriterLevel(patient, gzip.BestSpeed)
		r.out, r.flush, r.finish = encoder, encoder.Flush, encoder.Close
	case "deflate":
		encoder, _ := zlib.NewWriterLevel(patient, zlib.BestSpeed)
		r.out, r.flush, r.finish = encoder, encoder.Flush, encoder.Close
	case "br":
		encoder := brotli.NewWriterLevel(patient, brotliLevel)
		r.out, r.flush, r.finish = encoder, encoder.Flush, encoder.Close
	case "zstd":
		encoder, err := zstd.NewWriter(patient, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
		if err != nil {
			return fmt.Errorf("making the zstd encoder: %w", err)
		}
		r.out, r.flush, r.finish = encoder, encoder.Flush, encoder.Close
	}
	return nil
}

// Write sends a piece of the result.
func (r *reply) Write(piece []byte) (int, error) {
	if r.frames == nil {
		return r.out.Write(piece)
	}
	for rest := piece; len(rest) > 0; {
		frame := rest[:min(len(rest), frameSize)]
		if err := r.frames.Compress(frame); err != nil {
			return 0, fmt.Errorf("compressing a block: %w", err)
		}
		if _, err := r.out.Write(r.frames.Data); err != nil {
			return 0, err
		}
		rest = rest[len(frame):]
	}
	return len(piece), nil
}

// summarize puts the work of a statement into a header, before begin.
func (r *reply) summarize(statistics chdb.Statistics, elapsed time.Duration) {
	r.writer.Header().Set("X-ClickHouse-Summary", fmt.Sprintf(
		`{"read_rows":"%d","read_bytes":"%d","written_rows":"%d","written_bytes":"%d","total_rows_to_read":"0","result_rows":"%d","result_bytes":"0","elapsed_ns":"%d"}`,
		statistics.ReadRows, statistics.ReadBytes, statistics.WrittenRows, statistics.WrittenBytes, statistics.ResultRows, elapsed.Nanoseconds()))
}

// patientWriter gives the client a fresh time limit for each piece it takes.
type patientWriter struct{ reply *reply }

func (p patientWriter) Write(piece []byte) (int, error) {
	if now := time.Now(); now.Sub(p.reply.set) > p.reply.stall/8 {
		p.reply.set = now
		_ = http.NewResponseController(p.reply.writer).SetWriteDeadline(now.Add(p.reply.stall))
	}
	return p.reply.writer.Write(piece)
}
