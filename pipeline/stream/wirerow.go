package stream

import (
	"fmt"

	"github.com/tinylib/msgp/msgp"

	"zhibiao/pipeline"
)

// The fields of a wireRow, and as many flags as one may have.
const (
	wireRowFields = 24
	maxFlags      = 64
)

// rowReader reads what wireRow.MarshalMsg wrote. The texts of the rows are parts of
// one copy of the message: a copy for each of them is half of what loading costs.
type rowReader struct {
	text string // all of the message
	rest []byte // what is left of it
	err  error  // the first one
}

// read reads one row into a zero observation.
func (r *rowReader) read(o *pipeline.Observation) error {
	if n := r.length(); r.err == nil && n != wireRowFields {
		r.err = msgp.ArrayError{Wanted: wireRowFields, Got: n}
	}
	o.Indicator, o.Region = r.string("indicator"), r.string("region")
	o.Period.Freq, o.Period.Basis = pipeline.Freq(r.string("freq")), pipeline.Basis(r.string("basis"))
	o.Period.Start = pipeline.Date(number(r, "start", msgp.ReadInt32Bytes))
	o.Period.End = pipeline.Date(number(r, "end", msgp.ReadInt32Bytes))
	o.Dims, o.Op = r.string("dims"), pipeline.Op(r.string("op"))
	o.Value, o.Unit = r.string("value"), r.string("unit")
	o.Decimals = number(r, "decimals", msgp.ReadUint8Bytes)
	o.HalfWidth, o.Status = r.string("half width"), pipeline.Status(r.string("status"))
	o.Round = r.string("round")
	o.Flags = r.flags()
	o.Access = pipeline.Access(r.string("access"))
	o.RawText, o.RawUnit = r.string("raw text"), r.string("raw unit")
	o.Factor = r.string("factor")
	o.Sign = pipeline.Sign(number(r, "sign", msgp.ReadInt8Bytes))
	o.Locator = r.string("locator")
	o.ByteStart, o.ByteEnd = number(r, "byte start", msgp.ReadUint32Bytes), number(r, "byte end", msgp.ReadUint32Bytes)
	o.Prior = r.string("prior")
	return r.err
}

func (r *rowReader) string(field string) string {
	if r.err != nil {
		return ""
	}
	text, rest, err := msgp.ReadStringZC(r.rest)
	if err != nil {
		r.err = fmt.Errorf("%s: %w", field, err)
		return ""
	}
	r.rest = rest
	end := len(r.text) - len(rest)
	return r.text[end-len(text) : end]
}

// number reads a number as read does.
func number[N any](r *rowReader, field string, read func([]byte) (N, []byte, error)) (n N) {
	if r.err != nil {
		return n
	}
	n, rest, err := read(r.rest)
	if err != nil {
		r.err = fmt.Errorf("%s: %w", field, err)
		return n
	}
	r.rest = rest
	return n
}

func (r *rowReader) length() (n uint32) {
	if r.err == nil {
		n, r.rest, r.err = msgp.ReadArrayHeaderBytes(r.rest)
	}
	return n
}

func (r *rowReader) flags() []pipeline.Flag {
	n := r.length()
	if r.err == nil && n > maxFlags {
		r.err = fmt.Errorf("%d flags, more than %d", n, maxFlags)
	}
	if r.err != nil || n == 0 {
		return nil
	}
	flags := make([]pipeline.Flag, n)
	for i := range flags {
		flags[i] = pipeline.Flag(r.string("flag"))
	}
	return flags
}
