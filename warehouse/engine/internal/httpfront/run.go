package httpfront

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"zhibiao/warehouse/engine/internal/chdb"
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
	stream := streams(in.parsed.Keyword) && shape.joins && !in.whole
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
		case stream:
			err = streamed(opened, statement, in, shape, reply)
		default:
			err = materialized(opened, statement, in, shape, reply)
		}
	}
	if err != nil && in.body != nil {
		_, _ = io.CopyN(io.Discard, in.body, drainLimit)
	}
	return err
}

func streams(keyword string) bool {
	return keyword == "SELECT" || keyword == "WITH" || keyword == "FROM"
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

// streamed sends the result of a SELECT chunk by chunk.
func streamed(opened *session.Session, statement chdb.Statement, in *incoming, shape format, reply *reply) error {
	stream, err := opened.Stream(statement)
	if err != nil {
		if strings.Contains(err.Error(), "Streaming query is not supported") {
			return materialized(opened, statement, in, shape, reply)
		}
		return err
	}
	defer stream.Close()
	// An error of the query shows at its first chunk, before the status is sent.
	chunk, err := stream.Next()
	if errors.Is(err, io.EOF) && shape.headerLines > 0 {
		stream.Close()
		return materialized(opened, statement, in, shape, reply)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := reply.begin(in, shape.contentType); err != nil {
		return err
	}
	for count := 0; err == nil; count++ {
		if count > 0 {
			chunk = shape.withoutHeader(chunk)
		}
		if err := send(reply, in, chunk); err != nil {
			return err
		}
		chunk, err = stream.Next()
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	return reply.finish()
}

// materialized sends a result that the engine gives as a whole.
func materialized(opened *session.Session, statement chdb.Statement, in *incoming, shape format, reply *reply) error {
	began := time.Now()
	result, statistics, err := opened.Query(statement)
	if err != nil {
		return err
	}
	reply.summarize(statistics, time.Since(began))
	if err := reply.begin(in, shape.contentType); err != nil {
		return err
	}
	if len(result) > 0 {
		if err := send(reply, in, result); err != nil {
			return err
		}
	}
	return reply.finish()
}

func send(reply *reply, in *incoming, chunk []byte) error {
	if strings.EqualFold(in.format, "Native") && in.revision > 0 && !in.goClient {
		again, err := atRevision(chunk, in.revision)
		if err != nil {
			return err
		}
		chunk = again
	}
	_, err := reply.Write(chunk)
	return err
}
