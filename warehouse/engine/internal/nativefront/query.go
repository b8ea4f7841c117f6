package nativefront

import (
	"errors"
	"fmt"
	"math"
	"strings"

	chproto "github.com/ClickHouse/ch-go/proto"

	"zhibiao/warehouse/engine/internal/native"
	"zhibiao/warehouse/engine/internal/session"
)

// query is what a client asks, before its data.
type query struct {
	text       string
	settings   map[string]string
	values     map[string]string // of {name:Type} parameters
	compressed bool
	complete   bool // the client wants the final result
}

// packetReader reads the fields of a packet. After an error it reads no more.
type packetReader struct {
	in  native.Source
	err error
}

func (r *packetReader) number() (value uint64) {
	if r.err == nil {
		value, r.err = native.ReadNumber(r.in)
	}
	return value
}

// small is a number that fits an int32.
func (r *packetReader) small() int {
	value := r.number()
	if value > math.MaxInt32 && r.err == nil {
		r.err = fmt.Errorf("the number %d is too large", value)
	}
	return int(value)
}

func (r *packetReader) text(longest int) (value string) {
	if r.err == nil {
		value, r.err = native.ReadText(r.in, longest)
	}
	return value
}

func (r *packetReader) byte() (value byte) {
	if r.err == nil {
		value, r.err = native.ReadByte(r.in)
	}
	return value
}

func (r *packetReader) skip(count int) {
	if r.err == nil {
		_, r.err = r.in.Discard(count)
	}
}

const mostSettings = 4096

// readQuery reads a query packet after its code. longest bounds its text.
func readQuery(in native.Source, version, longest int) (query, error) {
	r := &packetReader{in: in}
	r.text(longestWord) // the id: the engine gives its own
	r.clientInfo(version)
	q := query{settings: r.settings(longest)}
	if chproto.FeatureInterServerSecret.In(version) {
		r.text(longestWord)
	}
	q.complete = r.small() == int(chproto.StageComplete)
	q.compressed = r.small() == int(chproto.CompressionEnabled)
	q.text = r.text(longest)
	if chproto.FeatureParameters.In(version) {
		q.values = r.settings(longest)
	}
	return q, r.err
}

// clientInfo passes what a client says of itself.
func (r *packetReader) clientInfo(version int) {
	r.byte() // kind of query
	for range 3 {
		r.text(longestWord) // initial user, id and address
	}
	if chproto.FeatureQueryStartTime.In(version) {
		r.skip(8)
	}
	if r.byte() != byte(chproto.InterfaceTCP) && r.err == nil {
		r.err = errors.New("the query says that it did not come by TCP")
	}
	for range 3 {
		r.text(longestWord) // user and host of the operating system, name
	}
	for range 3 {
		r.number() // version
	}
	if chproto.FeatureQuotaKeyInClientInfo.In(version) {
		r.text(longestWord)
	}
	if chproto.FeatureDistributedDepth.In(version) {
		r.number()
	}
	r.number() // patch
	if chproto.FeatureOpenTelemetry.In(version) && r.byte() != 0 {
		r.skip(24) // trace and span
		r.text(longestWord)
		r.byte()
	}
	if chproto.FeatureParallelReplicas.In(version) {
		for range 3 {
			r.number()
		}
	}
}

const customSetting = 0x02

// settings reads names and values up to an empty name. A custom value is quoted.
func (r *packetReader) settings(longest int) map[string]string {
	settings := map[string]string{}
	for r.err == nil {
		name := r.text(longestWord)
		if name == "" {
			break
		}
		flags, value := r.number(), r.text(longest)
		if flags&customSetting != 0 && r.err == nil {
			value, r.err = unquoted(value)
		}
		if longest -= len(value); longest < 0 || len(settings) >= mostSettings {
			r.err = errors.New("the settings and parameters of the query are too long")
		}
		settings[name] = value
	}
	return settings
}

var escapes = map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', '0': 0, 'b': '\b', 'f': '\f', 'a': '\a', 'v': '\v'}

// unquoted reads a value as ClickHouse dumps it: 'text' with escapes, or as it is.
func unquoted(dump string) (string, error) {
	if len(dump) < 2 || dump[0] != '\'' || dump[len(dump)-1] != '\'' {
		if kind, value, found := strings.Cut(dump, "_"); found && isNumeric(kind) {
			return value, nil // UInt64_7
		}
		return dump, nil
	}
	inner := dump[1 : len(dump)-1]
	var value strings.Builder
	for at := 0; at < len(inner); at++ {
		if inner[at] != '\\' {
			value.WriteByte(inner[at])
			continue
		}
		if at++; at == len(inner) {
			return "", errors.New("a quoted value ends in the middle of an escape")
		}
		if escaped, ok := escapes[inner[at]]; ok {
			value.WriteByte(escaped)
		} else {
			value.WriteByte(inner[at])
		}
	}
	return value.String(), nil
}

func isNumeric(kind string) bool {
	return strings.HasPrefix(kind, "UInt") || strings.HasPrefix(kind, "Int") || strings.HasPrefix(kind, "Float") || kind == "Bool"
}

// data reads the blocks of a packet run up to the empty one. take gets the name of
// each block's table and must read the block.
func (c *conn) data(take func(table string) (native.Block, error)) error {
	for {
		code, err := native.ReadNumber(c.in)
		if err != nil {
			return err
		}
		switch chproto.ClientCode(code) {
		case chproto.ClientCodeData:
		case chproto.ClientCodeCancel:
			return errCancelled
		default:
			return unexpected(code)
		}
		table, err := native.ReadText(c.in, longestWord)
		if err != nil {
			return err
		}
		block, err := take(table)
		if err != nil {
			return err
		}
		if c.packed.Buffered() > 0 {
			return errors.New("a compressed block with more than one block of data")
		}
		if len(block.Columns) == 0 {
			return nil
		}
	}
}

var errCancelled = session.Exception(394, "QUERY_WAS_CANCELLED", "Query was cancelled")

// source is where the blocks of a query are read from.
func (c *conn) source(q query) native.Source {
	if q.compressed {
		return c.packed
	}
	return c.in
}

// external reads the temporary tables that come with a query.
func (c *conn) external(q query) ([]session.ExternalTable, error) {
	var tables []session.ExternalTable
	left := int(min(c.front.config.Body, 1<<30))
	err := c.data(func(name string) (native.Block, error) {
		content, block, err := native.Copy(nil, c.source(q), c.revision, 0, left)
		if err != nil || len(block.Columns) == 0 {
			return block, err
		}
		left -= len(content)
		for i := range tables {
			if tables[i].Name == name {
				tables[i].Data = append(tables[i].Data, content...)
				return block, nil
			}
		}
		tables = append(tables, session.ExternalTable{Name: name, Structure: structure(block.Columns), Format: "Native", Data: content})
		return block, nil
	})
	return tables, err
}

func structure(columns []native.Column) string {
	parts := make([]string, len(columns))
	for i, column := range columns {
		parts[i] = "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(column.Name) + "` " + column.Type
	}
	return strings.Join(parts, ", ")
}
