package nativefront

import (
	"context"
	"strings"

	"zhibiao/warehouse/engine/internal/chdb"
	"zhibiao/warehouse/engine/internal/native"
	"zhibiao/warehouse/engine/internal/session"
	"zhibiao/warehouse/engine/internal/sqltext"
)

// insert answers an INSERT whose data stand in its text or follow as blocks. It
// answers after the engine has stored all of it, and stores nothing if the data
// break off.
func (c *conn) insert(ctx context.Context, q query, parsed sqltext.Statement) error {
	opened, err := c.front.config.Gate.Open(ctx, session.Request{Account: c.account, Database: c.database, Settings: q.settings})
	if err != nil {
		c.out.fail(err) // the client waits for the table's columns, so no data follow
		return nil
	}
	defer opened.Close()
	statement := chdb.Statement{SQL: parsed.Text, Format: "Native", Parameters: q.values}
	if parsed.Data >= 0 {
		statement.SQL = q.text[:parsed.Head]
		if inline := q.text[parsed.Data:]; strings.Trim(inline, " \t\r\n;") != "" {
			statement.Format = parsed.Format
			return c.insertText(opened, statement, inline)
		}
	}
	columns, err := opened.InsertColumns(statement)
	if err != nil {
		c.out.fail(err)
		return nil
	}
	insert, err := opened.Insert(statement)
	if err != nil {
		c.out.fail(err)
		return nil
	}
	defer insert.Close()
	c.out.tableColumns(columns)
	if err := c.out.block(native.AppendEmpty(nil, columns, c.revision)); err != nil {
		return err
	}
	return c.insertBlocks(q, insert)
}

func (c *conn) insertText(opened *session.Session, statement chdb.Statement, text string) error {
	insert, err := opened.Insert(statement)
	if err == nil {
		defer insert.Close()
		if err = insert.Append([]byte(text)); err == nil {
			return c.stored(insert)
		}
	}
	c.out.fail(err)
	return nil
}

// insertBlocks takes the client's blocks. After the engine has refused one, the
// rest is read and dropped, so that the client gets to the answer.
func (c *conn) insertBlocks(q query, insert *chdb.Insert) error {
	var refused error
	left := int(c.front.config.Body)
	take := func(piece []byte) error {
		left -= len(piece)
		if refused == nil {
			refused = insert.Append(piece)
		}
		return nil
	}
	buffer := make([]byte, 0, 1<<20)
	err := c.data(func(string) (block native.Block, err error) {
		buffer, block, err = native.Stream(buffer, c.source(q), c.revision, 0, left, take)
		return block, err
	})
	if err != nil {
		return protocolError(err)
	}
	if refused != nil {
		c.out.fail(refused)
		return nil
	}
	return c.stored(insert)
}

// stored waits for the engine and tells the client.
func (c *conn) stored(insert *chdb.Insert) error {
	statistics, err := insert.Done()
	if err != nil {
		c.out.fail(err)
		return nil
	}
	c.out.progress(statistics)
	return c.out.end()
}
