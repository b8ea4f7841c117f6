package nativefront

import (
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	chproto "github.com/ClickHouse/ch-go/proto"

	"zhibiao/warehouse/engine/internal/chdb"
	"zhibiao/warehouse/engine/internal/native"
	"zhibiao/warehouse/engine/internal/session"
)

// frameSize is the most that goes into one compressed block, in bytes.
const frameSize = 1 << 20

// reply writes packets.
type reply struct {
	socket   net.Conn
	stall    time.Duration
	set      time.Time
	revision int
	buffer   chproto.Buffer
	frames   *compress.Writer // nil without compression
	broken   bool             // a packet was sent in part, so nothing can follow
	sent     chdb.Statistics  // as told by progress
	began    time.Time
}

// begin sets the compression of a statement's blocks.
func (r *reply) begin(q query) {
	r.frames, r.sent, r.began = nil, chdb.Statistics{}, time.Now()
	if !q.compressed {
		return
	}
	method := compress.LZ4
	switch strings.ToUpper(q.settings["network_compression_method"]) {
	case "ZSTD":
		method = compress.ZSTD
	case "LZ4HC":
		method = compress.LZ4HC
	case "NONE":
		method = compress.None
	}
	r.frames = compress.NewWriter(compress.LevelZero, method)
}

// send writes what is in the buffer.
func (r *reply) send() error {
	if now := time.Now(); now.Sub(r.set) > r.stall/8 {
		r.set = now
		_ = r.socket.SetWriteDeadline(now.Add(r.stall))
	}
	_, err := r.socket.Write(r.buffer.Buf)
	r.buffer.Reset()
	r.broken = r.broken || err != nil
	return err
}

func (r *reply) code(code chproto.ServerCode) { r.buffer.PutByte(byte(code)) }

func (r *reply) pong() error {
	r.code(chproto.ServerCodePong)
	return r.send()
}

// fail sends an error. It is lost where the client is gone.
func (r *reply) fail(err error) {
	if r.broken {
		return
	}
	failure := session.FailureOf(err)
	message := strings.TrimPrefix(failure.Text, fmt.Sprintf("Code: %d. ", failure.Code))
	r.buffer.Reset()
	r.code(chproto.ServerCodeException)
	exception := chproto.Exception{Code: chproto.Error(failure.Code), Name: "DB::Exception", Message: message}
	exception.EncodeAware(&r.buffer, r.revision)
	_ = r.send()
}

// block sends a block that is encoded at the client's revision.
func (r *reply) block(encoded []byte) error {
	r.code(chproto.ServerCodeData)
	r.buffer.PutString("")
	if r.frames == nil {
		r.buffer.PutRaw(encoded)
		return r.send()
	}
	for len(encoded) > 0 {
		frame := encoded[:min(len(encoded), frameSize)]
		if err := r.frames.Compress(frame); err != nil {
			return fmt.Errorf("compressing a block: %w", err)
		}
		r.buffer.PutRaw(r.frames.Data)
		encoded = encoded[len(frame):]
	}
	return r.send()
}

// progress tells what was done since the last time.
func (r *reply) progress(statistics chdb.Statistics) {
	r.code(chproto.ServerCodeProgress)
	progress := chproto.Progress{
		Rows: statistics.ReadRows - r.sent.ReadRows, Bytes: statistics.ReadBytes - r.sent.ReadBytes,
		WroteRows: statistics.WrittenRows - r.sent.WrittenRows, WroteBytes: statistics.WrittenBytes - r.sent.WrittenBytes,
		ElapsedNs: uint64(time.Since(r.began).Nanoseconds()),
	}
	progress.EncodeAware(&r.buffer, r.revision)
	r.sent = statistics
}

// tableColumns describes a table for an INSERT, as the client fills in what its
// data leave out.
func (r *reply) tableColumns(columns []native.Column) {
	if !chproto.FeatureColumnDefaultsMetadata.In(r.revision) {
		return
	}
	var text strings.Builder
	fmt.Fprintf(&text, "columns format version: 1\n%d columns:\n", len(columns))
	for _, column := range columns {
		text.WriteString("`" + escaped(strings.ReplaceAll(column.Name, "`", "\\`")) + "` " + escaped(column.Type))
		if column.Default != "" {
			text.WriteString("\t" + column.Default + "\t" + escaped(column.Expression))
		}
		text.WriteByte('\n')
	}
	chproto.TableColumns{Second: text.String()}.EncodeAware(&r.buffer, r.revision)
}

func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`).Replace(text)
}

// end closes a statement's answer.
func (r *reply) end() error {
	r.code(chproto.ServerCodeEndOfStream)
	return r.send()
}

// profile tells the size of a result.
func (r *reply) profile(rows, blocks, bytes uint64) {
	chproto.Profile{Rows: rows, Blocks: blocks, Bytes: bytes}.EncodeAware(&r.buffer, r.revision)
}
