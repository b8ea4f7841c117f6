package native

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
)

// Column is the name and the type of a block's column; for the column of a table,
// Default and Expression say what it holds where nothing is inserted.
type Column struct{ Name, Type, Default, Expression string }

// Block says what a block holds. Without columns it is the end of data.
type Block struct {
	Columns []Column
	Rows    uint64
}

const (
	mostColumns = 1 << 14
	longestName = 1 << 20 // bytes of a column's name or type
)

// Copy reads one block at revision from and appends it to out at revision to.
// out grows by at most limit bytes. io.EOF means that the source ended before the
// block; any other error leaves the source inside of it.
func Copy(out []byte, in Source, from, to, limit int) ([]byte, Block, error) {
	c := &copier{in: in, out: out, left: limit}
	block, err := c.start(from, to)
	return c.out, block, err
}

// Stream is Copy in pieces: take gets the columns as they are complete, so that a
// large block is never held whole. The piece is valid during the call.
func Stream(buffer []byte, in Source, from, to, limit int, take func(piece []byte) error) ([]byte, Block, error) {
	c := &copier{in: in, out: buffer[:0], left: limit, flush: take}
	block, err := c.start(from, to)
	if err == nil && len(c.out) > 0 && len(block.Columns) > 0 {
		err = take(c.out)
	}
	return c.out[:0], block, err
}

func (c *copier) start(from, to int) (block Block, err error) {
	if _, err := c.in.Peek(1); err != nil {
		return block, err
	}
	if err := c.block(&block, from, to); err != nil {
		return block, fmt.Errorf("reading a block: %w", err)
	}
	return block, nil
}

// pieceSize is from how many bytes on a stream hands over what it has.
const pieceSize = 256 << 10

func (c *copier) block(block *Block, from, to int) error {
	if chproto.FeatureBlockInfo.In(from) {
		if err := skipInfo(c.in); err != nil {
			return err
		}
	}
	columns, err := ReadNumber(c.in)
	if err != nil {
		return err
	}
	if block.Rows, err = ReadNumber(c.in); err != nil {
		return err
	}
	if columns > mostColumns || block.Rows > mostRows {
		return ErrTooLarge
	}
	c.out = appendHeader(c.out, int(columns), block.Rows, to)
	for range columns {
		if err := c.column(block, from, to); err != nil {
			return err
		}
		if c.flush != nil && len(c.out) >= pieceSize {
			if err := c.flush(c.out); err != nil {
				return err
			}
			c.out = c.out[:0]
		}
	}
	return nil
}

func (c *copier) column(block *Block, from, to int) error {
	name, err := ReadText(c.in, longestName)
	if err != nil {
		return err
	}
	kind, err := ReadText(c.in, longestName)
	if err != nil {
		return err
	}
	block.Columns = append(block.Columns, Column{Name: name, Type: kind})
	if chproto.FeatureCustomSerialization.In(from) {
		custom, err := ReadByte(c.in)
		if err != nil {
			return err
		}
		if custom != 0 {
			return fmt.Errorf("the column %s is in a serialization of its own", name)
		}
	}
	c.out = appendColumn(c.out, Column{Name: name, Type: kind}, to)
	if block.Rows == 0 {
		return nil
	}
	shape := shapeOf(kind)
	if shape.kind == opaque {
		err = c.recode(Column{Name: name, Type: kind}, block.Rows)
	} else if err = c.prefix(shape); err == nil {
		err = c.values(shape, block.Rows)
	}
	if err != nil {
		return fmt.Errorf("the column %s of type %s: %w", name, kind, err)
	}
	return nil
}

// AppendEmpty appends a block without rows.
func AppendEmpty(out []byte, columns []Column, revision int) []byte {
	out = appendHeader(out, len(columns), 0, revision)
	for _, column := range columns {
		out = appendColumn(out, column, revision)
	}
	return out
}

func appendHeader(out []byte, columns int, rows uint64, revision int) []byte {
	if chproto.FeatureBlockInfo.In(revision) {
		out = append(out, 1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0) // no overflow, no bucket
	}
	out = binary.AppendUvarint(out, uint64(columns))
	return binary.AppendUvarint(out, rows)
}

func appendColumn(out []byte, column Column, revision int) []byte {
	for _, text := range []string{column.Name, column.Type} {
		out = binary.AppendUvarint(out, uint64(len(text)))
		out = append(out, text...)
	}
	if chproto.FeatureCustomSerialization.In(revision) {
		out = append(out, 0)
	}
	return out
}

// recode decodes a column whose end cannot be found otherwise, such as Variant,
// and encodes it again.
func (c *copier) recode(described Column, rows uint64) error {
	values, err := column.Type(described.Type).Column(described.Name, &column.ServerContext{})
	if err != nil {
		return err
	}
	reader, settle := c.decoder()
	defer settle()
	if prefixed, ok := values.(column.CustomSerialization); ok {
		if err := prefixed.ReadStatePrefix(reader); err != nil {
			return err
		}
	}
	if err := values.Decode(reader, int(rows)); err != nil {
		return err
	}
	buffer := &chproto.Buffer{Buf: c.out}
	if prefixed, ok := values.(column.CustomSerialization); ok {
		if err := prefixed.WriteStatePrefix(buffer); err != nil {
			return err
		}
	}
	values.Encode(buffer)
	c.left -= len(buffer.Buf) - len(c.out)
	if c.out = buffer.Buf; c.left < 0 {
		return ErrTooLarge
	}
	return nil
}

// skipInfo passes the fields before a block's columns.
func skipInfo(in Source) error {
	for {
		field, err := ReadNumber(in)
		if err != nil {
			return err
		}
		size := 0
		switch field {
		case 0:
			return nil
		case 1: // is_overflows
			size = 1
		case 2: // bucket_num
			size = 4
		default:
			return fmt.Errorf("a block with the unknown field %d", field)
		}
		if _, err := in.Discard(size); err != nil {
			return broken(err)
		}
	}
}

// All copies every block of data; see Copy.
func All(out []byte, data []byte, from, to int) ([]byte, error) {
	in := NewMemory(data)
	for {
		var err error
		if out, _, err = Copy(out, in, from, to, math.MaxInt); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, err
		}
	}
}
