package warehouse

import (
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/chcol"
	"github.com/shopspring/decimal"
)

// record is a map or a tuple with names as Print writes it: in the order of the
// type, a map in the order of its keys.
type record []member

type member struct {
	name  string
	value any
}

// plain turns a scanned value of a ClickHouse type into nil, a string, an integer
// of up to 64 bits, a float, a bool, a []any or a record of these. Numbers that do
// not fit, dates and times are strings.
func plain(v reflect.Value, databaseType string) any {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return nil
		}
		if wide, ok := v.Interface().(*big.Int); ok {
			return wide.String()
		}
		v = v.Elem()
	}
	kind, arguments := typeParts(databaseType)
	switch x := v.Interface().(type) {
	case decimal.Decimal:
		return x.String()
	case time.Time:
		return timeText(x, kind, arguments)
	case chcol.Variant: // also a Dynamic
		if x.Nil() {
			return nil
		}
		return plain(reflect.ValueOf(x.Any()), x.Type())
	case fmt.Stringer:
		return x.String()
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = plain(v.Index(i), elementType(kind, arguments, i))
		}
		return list
	case reflect.Map:
		return plainRecord(v, kind, arguments)
	}
	return v.Interface()
}

// plainRecord takes a Map, or a Tuple with names, which the client gives as a map.
func plainRecord(v reflect.Value, kind string, arguments []string) record {
	members := make(record, 0, v.Len())
	for _, key := range v.MapKeys() {
		place := 1 // of the value's type in Map(key, value)
		name := text(plain(key, elementType(kind, arguments, 0)), "NULL")
		if kind == "Tuple" {
			place = placeOf(name, arguments)
		}
		members = append(members, member{name, plain(v.MapIndex(key), elementType(kind, arguments, place))})
	}
	slices.SortFunc(members, func(a, b member) int {
		if kind == "Tuple" {
			return placeOf(a.name, arguments) - placeOf(b.name, arguments)
		}
		return strings.Compare(a.name, b.name)
	})
	return members
}

func placeOf(name string, arguments []string) int {
	return slices.IndexFunc(arguments, func(argument string) bool {
		return strings.Trim(splitOutside(argument, ' ')[0], "`") == name
	})
}

// timeText prints a date as it is and a time in UTC, with the digits of its type.
func timeText(t time.Time, kind string, arguments []string) string {
	switch kind {
	case "DateTime64":
		layout := time.DateTime
		if digits, err := strconv.Atoi(arguments[0]); err == nil && digits > 0 {
			layout += "." + strings.Repeat("0", digits)
		}
		return t.UTC().Format(layout)
	case "Date", "Date32":
		return t.Format(time.DateOnly)
	}
	return t.UTC().Format(time.DateTime)
}

// typeParts takes Array(UInt8) apart into its name and arguments, looking through
// what does not change how a value is written, such as Nullable.
func typeParts(databaseType string) (name string, arguments []string) {
	name, rest, found := strings.Cut(databaseType, "(")
	if !found {
		return name, nil
	}
	arguments = splitOutside(strings.TrimSuffix(rest, ")"), ',')
	switch name {
	case "Nullable", "LowCardinality", "SimpleAggregateFunction":
		return typeParts(arguments[len(arguments)-1])
	}
	return name, arguments
}

// elementType is the type of the i-th element of a list, a tuple or a map.
func elementType(kind string, arguments []string, i int) string {
	if kind == "Array" {
		i = 0
	}
	if i < 0 || i >= len(arguments) {
		return ""
	}
	parts := splitOutside(arguments[i], ' ')
	return parts[len(parts)-1] // a tuple's element may have a name before it
}

// splitOutside splits a list at the separators that stand in no quotes and no
// parentheses.
func splitOutside(list string, separator byte) []string {
	var parts []string
	depth, from := 0, 0
	var quote byte
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '`':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == separator && depth == 0:
			parts = append(parts, strings.TrimSpace(list[from:i]))
			from = i + 1
		}
	}
	return append(parts, strings.TrimSpace(list[from:]))
}

// text is a cell as a person reads it.
func text(cell any, null string) string {
	switch x := cell.(type) {
	case nil:
		return null
	case string:
		return x
	case float64:
		return floatText(x, 64)
	case float32:
		return floatText(float64(x), 32)
	case []any:
		return "[" + strings.Join(texts(x, "NULL"), ", ") + "]"
	case record:
		parts := make([]string, len(x))
		for i, m := range x {
			parts[i] = m.name + ": " + text(m.value, "NULL")
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return fmt.Sprint(cell)
}

// floatText writes an exponent only where the zeros would be hard to count.
func floatText(x float64, bits int) string {
	if size := max(x, -x); size != 0 && (size < 1e-6 || size >= 1e21) {
		return strconv.FormatFloat(x, 'g', -1, bits)
	}
	return strconv.FormatFloat(x, 'f', -1, bits)
}

func texts(cells []any, null string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = text(c, null)
	}
	return out
}
