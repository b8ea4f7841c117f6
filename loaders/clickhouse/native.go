package clickhouse

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/ClickHouse/ch-go/proto"
	client "github.com/ClickHouse/clickhouse-go/v2/lib/column"

	"zhibiao/pipeline"
)

// native is a column in ClickHouse's Native format without its prefix, as the columns
// of the client read it from a server. To make it takes no value of its own for a row,
// and its bytes are what is digested.
//
// The rows are read as they lie in memory, one after the other, and only what they
// became is put into order: a hundred thousand rows are more than the caches hold.
type native struct {
	rows   int
	bytes  []byte
	loose  []byte     // values of fixed size, as the rows come
	absent []byte     // 1 for each row without a value, as the rows come
	words  dictionary // of a column that has one
}

// written is a column that write appends to n.bytes; all of n lives until the next
// insert.
func written[R any](name, kind string, write func(n *native, rows []*R, order []uint32)) column[R] {
	return column[R]{name, kind, func(rows []*R, order []uint32, earlier any) any {
		n, ok := earlier.(*native)
		if !ok {
			n = &native{}
		}
		n.rows, n.bytes, n.loose = len(rows), n.bytes[:0], n.loose[:0]
		write(n, rows, order)
		return n
	}}
}

// fixed is a column of values of one size, which write appends.
func fixed[R any](name, kind string, write func(bytes []byte, r *R) []byte) column[R] {
	return written(name, kind, func(n *native, rows []*R, order []uint32) {
		for _, r := range rows {
			n.loose = write(n.loose, r)
		}
		n.sort(order)
	})
}

// optional is a nullable column of values of one size. write appends a value and
// reports whether there is one; what it appends for none does not matter.
func optional[R any](name, kind string, write func(bytes []byte, r *R) (appended []byte, there bool)) column[R] {
	return written(name, kind, func(n *native, rows []*R, order []uint32) {
		n.absent = slices.Grow(n.absent[:0], len(rows))[:len(rows)]
		for i, r := range rows {
			var there bool
			n.loose, there = write(n.loose, r)
			n.absent[i] = 1
			if there {
				n.absent[i] = 0
			}
		}
		for _, at := range order {
			n.bytes = append(n.bytes, n.absent[at])
		}
		n.sort(order)
	})
}

// sort appends the loose values in order.
func (n *native) sort(order []uint32) {
	if n.rows == 0 {
		return
	}
	size := len(n.loose) / n.rows
	for _, at := range order {
		n.bytes = append(n.bytes, n.loose[int(at)*size:][:size]...)
	}
}

// coded is a column of texts of which there are few different ones.
func coded[R any](name string, text func(*R) string) column[R] {
	return written(name, kindCoded, func(n *native, rows []*R, order []uint32) {
		n.words.reset(len(rows))
		for _, r := range rows {
			n.words.add(text(r))
		}
		n.bytes = n.words.append(n.bytes, order)
	})
}

// codedFlags is a column of lists of flags.
func codedFlags[R any](name string, flags func(*R) []pipeline.Flag) column[R] {
	return written(name, kindCodedTexts, func(n *native, rows []*R, order []uint32) {
		n.words.reset(0)
		for _, at := range order {
			for _, flag := range flags(rows[at]) {
				n.words.add(string(flag))
			}
			n.bytes = binary.LittleEndian.AppendUint64(n.bytes, uint64(len(n.words.codes))) // where the list ends
		}
		n.bytes = n.words.append(n.bytes, asTheyAre(len(n.words.codes)))
	})
}

// dictionary numbers texts. The empty text is always 0, as the servers have it.
type dictionary struct {
	texts []string
	known map[string]uint32
	codes []uint32
}

func (d *dictionary) reset(room int) {
	if d.known == nil {
		d.known = map[string]uint32{}
	}
	clear(d.known)
	clear(d.texts) // they would keep whole messages
	d.known[""] = 0
	d.texts, d.codes = append(d.texts[:0], ""), slices.Grow(d.codes[:0], room)
}

func (d *dictionary) add(text string) {
	if last := len(d.codes) - 1; last >= 0 && d.texts[d.codes[last]] == text { // rows of one document follow each other
		d.codes = append(d.codes, d.codes[last])
		return
	}
	code, found := d.known[text]
	if !found {
		code = uint32(len(d.texts))
		d.known[text] = code
		d.texts = append(d.texts, text)
	}
	d.codes = append(d.codes, code)
}

// append appends the texts, and the codes in order; nothing stands for no codes.
func (d *dictionary) append(out []byte, order []uint32) []byte {
	const hasKeys, isNew = 1 << 9, 1 << 10
	if len(d.codes) == 0 {
		return out
	}
	width := 0
	switch most := len(d.texts) - 1; {
	case most > math.MaxUint16:
		width = 2
	case most > math.MaxUint8:
		width = 1
	}
	out = binary.LittleEndian.AppendUint64(out, uint64(hasKeys|isNew|width))
	out = binary.LittleEndian.AppendUint64(out, uint64(len(d.texts)))
	for _, text := range d.texts {
		out = binary.AppendUvarint(out, uint64(len(text)))
		out = append(out, text...)
	}
	out = binary.LittleEndian.AppendUint64(out, uint64(len(d.codes)))
	switch width {
	case 0:
		for _, at := range order {
			out = append(out, byte(d.codes[at]))
		}
	case 1:
		for _, at := range order {
			out = binary.LittleEndian.AppendUint16(out, uint16(d.codes[at]))
		}
	case 2:
		for _, at := range order {
			out = binary.LittleEndian.AppendUint32(out, d.codes[at])
		}
	}
	return out
}

// appendTo fills an empty column of the client. It reads the bytes by the column's
// type, so that must be the one that they were made for.
func (n *native) appendTo(c client.Interface, kind string) error {
	if got := string(c.Type()); got != kind {
		return pipeline.SetUp(fmt.Errorf("it is of type %s, not %s: %s", got, kind, migrate))
	}
	buffered := readers.Get().(*bufio.Reader)
	defer readers.Put(buffered)
	buffered.Reset(bytes.NewReader(n.bytes))
	if err := c.Decode(proto.NewReader(buffered), n.rows); err != nil {
		return err
	}
	if left, err := buffered.Peek(1); err == nil {
		return fmt.Errorf("the client's column leaves bytes, the first of them %d", left[0])
	}
	return nil
}

// readers are large enough for proto to use them as they are.
var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 256<<10) }}
