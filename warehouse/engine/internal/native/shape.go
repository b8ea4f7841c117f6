// Package native reads and writes blocks of ClickHouse's Native format at any
// revision of the protocol. It copies columns as bytes and looks into them only
// as far as it takes to find their ends, since the engine itself writes and reads
// blocks at revision 0 alone and clients speak later ones.
package native

import (
	"strconv"
	"strings"
)

type kind int

const (
	opaque   kind = iota // its end is found only by decoding it
	fixed                // size bytes a value
	text                 // length and bytes
	nullable             // a byte a value, then the inner values
	array                // an offset a value, then the inner values
	tuple                // one column after another
	coded                // LowCardinality: a dictionary and indexes
)

// shape is how the values of a type lie in a column.
type shape struct {
	kind  kind
	size  int
	inner []*shape
}

// sizes are the bytes of one value of the types of fixed size.
var sizes = map[string]int{
	"UInt8": 1, "UInt16": 2, "UInt32": 4, "UInt64": 8, "UInt128": 16, "UInt256": 32,
	"Int8": 1, "Int16": 2, "Int32": 4, "Int64": 8, "Int128": 16, "Int256": 32,
	"Float32": 4, "Float64": 8, "BFloat16": 2, "Bool": 1, "Nothing": 1,
	"Date": 2, "Date32": 4, "DateTime": 4, "DateTime64": 8, "Time": 4, "Time64": 8,
	"UUID": 16, "IPv4": 4, "IPv6": 16, "Enum8": 1, "Enum16": 2,
	"Decimal32": 4, "Decimal64": 8, "Decimal128": 16, "Decimal256": 32,
}

var (
	aString = &shape{kind: text}
	aPoint  = &shape{kind: tuple, inner: []*shape{{kind: fixed, size: 8}, {kind: fixed, size: 8}}}
	aRing   = arrayOf(aPoint)
	unknown = &shape{kind: opaque}
)

// named are the types that stand for others.
var named = map[string]*shape{
	"String": aString, "Point": aPoint, "Ring": aRing, "LineString": aRing,
	"Polygon": arrayOf(aRing), "MultiLineString": arrayOf(aRing), "MultiPolygon": arrayOf(arrayOf(aRing)),
}

func arrayOf(inner *shape) *shape { return &shape{kind: array, inner: []*shape{inner}} }

// deepest is how far types may nest; deeper ones are left to a full decoder.
const deepest = 32

// shapeOf reads the name of a type. A type that it does not know is opaque.
func shapeOf(name string) *shape { return shapeAt(name, 0) }

func shapeAt(name string, depth int) *shape {
	name = strings.TrimSpace(name)
	if found, ok := named[name]; ok {
		return found
	}
	head, rest, parameterized := strings.Cut(name, "(")
	if size, ok := sizes[head]; ok {
		return &shape{kind: fixed, size: size}
	}
	if strings.HasPrefix(head, "Interval") && !parameterized {
		return &shape{kind: fixed, size: 8}
	}
	if !parameterized || !strings.HasSuffix(rest, ")") || depth >= deepest {
		return unknown
	}
	return composite(head, arguments(strings.TrimSuffix(rest, ")")), depth+1)
}

func composite(head string, arguments []string, depth int) *shape {
	of := func(k kind, elements ...string) *shape {
		composed := &shape{kind: k}
		for _, element := range elements {
			inner := shapeAt(element, depth)
			if inner.kind == opaque {
				return unknown
			}
			composed.inner = append(composed.inner, inner)
		}
		return composed
	}
	one := len(arguments) == 1
	switch {
	case head == "Decimal" && len(arguments) > 0:
		return decimalOf(arguments[0])
	case head == "FixedString" && one:
		if size, err := strconv.Atoi(arguments[0]); err == nil && size > 0 {
			return &shape{kind: fixed, size: size}
		}
	case head == "Nullable" && one:
		return of(nullable, arguments[0])
	case head == "Array" && one:
		return of(array, arguments[0])
	case head == "LowCardinality" && one:
		keys := arguments[0]
		if inner, ok := strings.CutPrefix(keys, "Nullable("); ok { // NULL is a key like any other
			keys = strings.TrimSuffix(inner, ")")
		}
		return of(coded, keys)
	case head == "Map" && len(arguments) == 2:
		return wrapped(of(tuple, arguments...))
	case head == "Tuple":
		return of(tuple, withoutNames(arguments)...)
	case head == "Nested":
		return wrapped(of(tuple, withoutNames(arguments)...))
	case head == "SimpleAggregateFunction" && len(arguments) == 2:
		return shapeAt(arguments[1], depth)
	}
	return unknown
}

func wrapped(inner *shape) *shape {
	if inner.kind == opaque {
		return unknown
	}
	return arrayOf(inner)
}

func decimalOf(precision string) *shape {
	digits, err := strconv.Atoi(precision)
	switch {
	case err != nil || digits < 1 || digits > 76:
		return unknown
	case digits <= 9:
		return &shape{kind: fixed, size: 4}
	case digits <= 18:
		return &shape{kind: fixed, size: 8}
	case digits <= 38:
		return &shape{kind: fixed, size: 16}
	}
	return &shape{kind: fixed, size: 32}
}

// withoutNames drops the names of a tuple's elements: "a UInt8" becomes "UInt8".
func withoutNames(elements []string) []string {
	types := make([]string, len(elements))
	for i, element := range elements {
		types[i] = element
		if strings.HasPrefix(element, "`") {
			if end := quotedEnd(element, 0); end < len(element) {
				types[i] = strings.TrimSpace(element[end:])
			}
			continue
		}
		if space := strings.IndexByte(element, ' '); space > 0 && !strings.Contains(element[:space], "(") {
			types[i] = strings.TrimSpace(element[space:])
		}
	}
	return types
}

// arguments splits a list at its commas outside brackets and quotes.
func arguments(list string) []string {
	var found []string
	depth, start := 0, 0
	for at := 0; at < len(list); at++ {
		switch list[at] {
		case '\'', '`':
			at = quotedEnd(list, at) - 1
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				found = append(found, strings.TrimSpace(list[start:at]))
				start = at + 1
			}
		}
	}
	if last := strings.TrimSpace(list[start:]); last != "" {
		found = append(found, last)
	}
	return found
}

// quotedEnd is the offset after the quoted text that starts at from.
func quotedEnd(list string, from int) int {
	for at := from + 1; at < len(list); at++ {
		switch list[at] {
		case '\\':
			at++
		case list[from]:
			return at + 1
		}
	}
	return len(list)
}
