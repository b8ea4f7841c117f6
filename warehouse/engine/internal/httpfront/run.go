package httpfront

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"zhibiao/warehouse/engine/internal/chdb"
	"zhibiao/warehouse/engine/internal/native"
	"zhibiao/warehouse/engine/internal/session"
)

const (
	// insertPiece is how much data is handed to the engine at once, in bytes.
	insertPiece = 256 << 10
	// drainLimit is how much of a refused body is read so that the client gets to
	// the answer, in bytes.
	drainLimit = 64 << 20
)

// run executes a request under the account's rights and writes its result.
func (f *Front) run(ctx context.Context, account string, in *incoming, reply *reply) error {
	if isHello(in) {
		return f.hello(in, reply)
	}
	shape := formatOf(in)
	stream := session.Streams(in.parsed.Keyword) && shape.joins && !in.whole
	opened, err := f.config.Gate.Open(ctx, session.Request{
		Account: account, Database: in.database, Settings: in.settings,
		NoChanges: in.readOnly, Materialized: !stream && in.data == nil, External: in.external,
	})
	if err == nil {
		defer opened.Close()
		statement := chdb.Statement{SQL: in.text, Format: in.format, Parameters: in.values}
		switch {
		case in.data != nil:
			err = insert(opened, statement, in, reply)
		default:
			err = respond(opened, statement, in, shape, stream, reply)
		}
	}
	if err != nil && in.body != nil {
		_, _ = io.CopyN(io.Discard, in.body, drainLimit)
	}
	return err
}

// insert hands over the data as it arrives. It answers after the engine has
// stored all of it, and stores nothing if the data break off.
func insert(opened *session.Session, statement chdb.Statement, in *incoming, reply *reply) error {
	began := time.Now()
	statement.SQL, statement.Format = in.text[:in.parsed.Head], in.parsed.Format
	insert, err := opened.Insert(statement)
	if err != nil {
		return err
	}
	defer insert.Close()
	piece := make([]byte, insertPiece)
	for {
		n, err := fill(in.data, piece)
		if err := insert.Append(piece[:n]); err != nil {
			return err
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return bodyError(err)
		}
	}
	statistics, err := insert.Done()
	if err != nil {
		return err
	}
	reply.summarize(statistics, time.Since(began))
	reply.encoding = "" // there is no content to encode
	return reply.begin(in, plain)
}

// fill reads until the piece is full. Unlike io.ReadFull it passes the reader's
// own error on, so that the end of the data (io.EOF) differs from data that break
// off (io.ErrUnexpectedEOF).
func fill(data io.Reader, piece []byte) (n int, err error) {
	for n < len(piece) && err == nil {
		var read int
		read, err = data.Read(piece[n:])
		n += read
	}
	return n, err
}

// respond sends the result of a statement, streamed piece by piece or whole.
func respond(opened *session.Session, statement chdb.Statement, in *incoming, shape format, stream bool, reply *reply) error {
	began := time.Now()
	result, err := opened.Result(statement, stream)
	if err != nil {
		return err
	}
	defer result.Close()
	piece, err := result.Next()
	if errors.Is(err, io.EOF) && shape.headerLines > 0 && !result.Whole() {
		result.Close()
		return respond(opened, statement, in, shape, false, reply) // a stream without rows has no header either
	}
	if result.Whole() {
		reply.summarize(result.Statistics(), time.Since(began))
	}
	if err := reply.begin(in, shape.contentType); err != nil {
		return err
	}
	if errors.Is(err, io.EOF) && isNative(in) && in.revision > 0 {
		if err := sendHeader(opened, statement, in, reply, result); err != nil {
			return err
		}
	}
	for count := 0; err == nil; count++ {
		if count > 0 {
			piece = shape.withoutHeader(piece)
		}
		if err := send(reply, in, piece); err != nil {
			return err
		}
		piece, err = result.Next()
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	return reply.finish()
}

// sendHeader sends the columns of a result without rows, to a client that speaks a
// revision of the protocol.
func sendHeader(opened *session.Session, statement chdb.Statement, in *incoming, reply *reply, result *session.Result) error {
	result.Close()
	statement.SQL = in.parsed.WithoutFormat()
	columns, err := opened.Header(statement, in.parsed.Keyword)
	if err != nil || len(columns) == 0 {
		return err
	}
	_, err = reply.Write(native.AppendEmpty(nil, columns, in.blockRevision()))
	return err
}

func isNative(in *incoming) bool { return strings.EqualFold(in.format, "Native") }

func send(reply *reply, in *incoming, chunk []byte) error {
	if isNative(in) && in.blockRevision() > 0 {
		again, err := native.All(nil, chunk, 0, in.blockRevision())
		if err != nil {
			return err
		}
		chunk = again
	}
	_, err := reply.Write(chunk)
	return err
}
