package clickhouse

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// contentToken digests a block. Equal tokens mean equal rows, because a server drops
// a block under a token that it knows, whatever rows the block has.
func contentToken(table string, columns [][sha256.Size]byte) string {
	h := sha256.New()
	h.Write([]byte(table))
	for _, column := range columns {
		h.Write(column[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

func digestColumn(column any) [sha256.Size]byte {
	if made, ok := column.(*native); ok {
		return sha256.Sum256(made.bytes)
	}
	w, ok := digests.Get().(*digest)
	if !ok {
		w = &digest{}
	}
	defer digests.Put(w)
	w.buffer = w.buffer[:0]
	w.column(column)
	return sha256.Sum256(w.buffer)
}

var digests sync.Pool // of *digest, for their buffers

type digest struct{ buffer []byte }

func (d *digest) number(n uint64) { d.buffer = binary.AppendUvarint(d.buffer, n) }

func (d *digest) text(s string) {
	d.number(uint64(len(s)))
	d.buffer = append(d.buffer, s...)
}

func (d *digest) texts(list []string) {
	d.number(uint64(len(list)))
	for _, s := range list {
		d.text(s)
	}
}

func (d *digest) column(column any) {
	switch values := column.(type) {
	case []string:
		d.texts(values)
	case [][]string:
		each(d, values, d.texts)
	case []time.Time:
		each(d, values, func(t time.Time) { d.number(uint64(t.UnixMilli())) })
	case []*time.Time:
		each(d, values, func(t *time.Time) { given(d, t, func(t time.Time) { d.number(uint64(t.UnixMilli())) }) })
	case []uint16:
		each(d, values, func(v uint16) { d.number(uint64(v)) })
	case []uint32:
		each(d, values, func(v uint32) { d.number(uint64(v)) })
	case []int64:
		each(d, values, func(v int64) { d.number(uint64(v)) })
	case []bool:
		each(d, values, func(v bool) {
			if v {
				d.number(1)
			} else {
				d.number(0)
			}
		})
	case []map[string]string:
		each(d, values, func(m map[string]string) {
			d.number(uint64(len(m)))
			for _, k := range slices.Sorted(maps.Keys(m)) {
				d.text(k)
				d.text(m[k])
			}
		})
	default:
		panic(fmt.Sprintf("digesting a column of type %T", column))
	}
}

func each[T any](d *digest, values []T, write func(T)) {
	d.number(uint64(len(values)))
	for _, v := range values {
		write(v)
	}
}

func given[T any](d *digest, value *T, write func(T)) {
	if value == nil {
		d.number(0)
		return
	}
	d.number(1)
	write(*value)
}
