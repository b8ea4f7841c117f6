package clickhouse

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// contentToken digests a block. Equal tokens mean equal rows, because a server drops
// a block under a token that it knows, whatever rows the block has.
func contentToken(table string, columns []any) string {
	w := digest{}
	w.text(table)
	h := sha256.New()
	for _, column := range columns {
		w.column(column)
		h.Write(w.buffer)
		w.buffer = w.buffer[:0]
	}
	return hex.EncodeToString(h.Sum(nil))
}

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
		each(d, values, func(t *time.Time) { optional(d, t, func(t time.Time) { d.number(uint64(t.UnixMilli())) }) })
	case []*decimal.Decimal:
		each(d, values, func(v *decimal.Decimal) { optional(d, v, func(v decimal.Decimal) { d.text(v.String()) }) })
	case []uint8:
		each(d, values, func(v uint8) { d.number(uint64(v)) })
	case []int8:
		each(d, values, func(v int8) { d.number(uint64(uint8(v))) })
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

func optional[T any](d *digest, value *T, write func(T)) {
	if value == nil {
		d.number(0)
		return
	}
	d.number(1)
	write(*value)
}
