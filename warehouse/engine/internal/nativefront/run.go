package nativefront

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"zhibiao/warehouse/engine/internal/chdb"
	"zhibiao/warehouse/engine/internal/native"
	"zhibiao/warehouse/engine/internal/session"
	"zhibiao/warehouse/engine/internal/sqltext"
)

// query reads and answers one query. Its errors end the connection; an error of
// the statement is sent and the connection goes on.
func (c *conn) query(ctx context.Context) error {
	q, err := readQuery(c.in, c.revision, int(c.front.config.Query))
	if err != nil {
		return protocolError(err)
	}
	c.out.begin(q)
	external, err := c.external(q)
	if err != nil {
		return protocolError(err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	parsed := sqltext.Parse(q.text)
	if parsed.Keyword == "INSERT" {
		return c.insert(ctx, q, parsed)
	}
	stop := c.watch(cancel)
	err = c.answer(ctx, q, parsed, external)
	left := stop()
	if err != nil && !c.out.broken {
		c.out.fail(err)
	}
	if c.out.broken {
		return io.ErrUnexpectedEOF
	}
	return left
}

// protocolError words what the client sent wrong.
func protocolError(err error) error {
	var exception *chdb.Error
	switch {
	case gone(err), errors.As(err, &exception):
		return err
	case errors.Is(err, native.ErrTooLarge):
		return session.Exception(307, "TOO_MANY_BYTES", "the data of the statement exceed the limit of the embedded engine")
	}
	return session.Exception(101, "UNEXPECTED_PACKET_FROM_CLIENT", err.Error())
}

// answer runs a statement without data and sends its result.
func (c *conn) answer(ctx context.Context, q query, parsed sqltext.Statement, external []session.ExternalTable) error {
	switch {
	case !q.complete:
		return session.Exception(48, "NOT_IMPLEMENTED", "a query is answered with its final result only")
	case parsed.Keyword == "SET" || parsed.Keyword == "USE":
		return session.Exception(48, "NOT_IMPLEMENTED", parsed.Keyword+" has no effect on the embedded engine, where each query stands alone: send settings with the query, and the database with the login")
	}
	statement := chdb.Statement{SQL: q.text, Format: "Native", Parameters: q.values}
	if !parsed.Several {
		statement.SQL = parsed.WithoutFormat()
	}
	if strings.EqualFold(parsed.Format, "Null") {
		statement.Format = "Null"
	}
	stream := session.Streams(parsed.Keyword)
	opened, err := c.front.config.Gate.Open(ctx, session.Request{
		Account: c.account, Database: c.database, Settings: q.settings, Materialized: !stream, External: external,
	})
	if err != nil {
		return err
	}
	defer opened.Close()
	result, err := opened.Result(statement, stream)
	if err != nil {
		return err
	}
	defer result.Close()
	s := sender{conn: c}
	for {
		piece, err := result.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := s.piece(piece); err != nil {
			return err
		}
		c.out.progress(result.Statistics())
	}
	if !s.begun && statement.Format != "Null" {
		result.Close()
		header, err := opened.Header(statement, parsed.Keyword)
		if err != nil {
			return err
		}
		if err := s.header(header); err != nil {
			return err
		}
	}
	c.out.progress(result.Statistics())
	c.out.profile(s.rows, s.blocks, s.bytes)
	return c.out.end()
}

// sender passes the engine's blocks on at the client's revision.
type sender struct {
	conn                *conn
	begun               bool
	block               []byte
	rows, blocks, bytes uint64
}

func (s *sender) header(columns []native.Column) error {
	if s.begun = true; len(columns) == 0 {
		return nil
	}
	return s.conn.out.block(native.AppendEmpty(nil, columns, s.conn.revision))
}

// piece sends the blocks of one piece, before the first one its columns.
func (s *sender) piece(piece []byte) error {
	in := native.NewMemory(piece)
	for {
		encoded, block, err := native.Copy(s.block[:0], in, 0, s.conn.revision, maxBlock)
		s.block = encoded
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("passing on a block of the engine: %w", err)
		}
		if !s.begun {
			if err := s.header(block.Columns); err != nil {
				return err
			}
		}
		if block.Rows == 0 {
			continue
		}
		s.rows, s.blocks, s.bytes = s.rows+block.Rows, s.blocks+1, s.bytes+uint64(len(encoded))
		if err := s.conn.out.block(encoded); err != nil {
			return err
		}
	}
}

// maxBlock is no limit: the engine bounds its own blocks.
const maxBlock = 1 << 40
