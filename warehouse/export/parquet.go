package export

import (
	"fmt"
	"io"
	"reflect"

	"github.com/parquet-go/parquet-go"

	"zhibiao/warehouse"
	"zhibiao/warehouse/dictionary"
)

// rowGroup is how many rows stand in memory before they are written, pageBuffer how
// many bytes of a column make a page.
const (
	rowGroup   = 20_000
	pageBuffer = 64 << 10
)

// parquetSink writes Parquet, compressed with ZSTD. Types keep their meaning: decimals
// are exact, dates are dates, times are UTC, lists and tuples are nested. A Map is a
// list of its keys and values. Every value may be NULL.
type parquetSink struct {
	w       *parquet.GenericWriter[any]
	fields  []*field
	columns [][]parquet.Value // of the row at hand, by column of the file
	line    parquet.Row
}

func newParquet(out io.Writer, relation dictionary.Relation, types []string) (sink, error) {
	s := &parquetSink{}
	columns := 0
	for i, c := range relation.Columns {
		f, err := newField(c.Name, warehouse.ParseType(types[i]), types[i], 0, &columns)
		if err != nil {
			return nil, fmt.Errorf("writing %s as Parquet: %w", relation.Name, err)
		}
		s.fields = append(s.fields, f)
	}
	s.columns = make([][]parquet.Value, columns)
	schema := parquet.NewSchema(relation.Name, groupOf(s.fields))
	s.w = parquet.NewGenericWriter[any](out, schema, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(rowGroup), parquet.PageBufferSize(pageBuffer),
		parquet.KeyValueMetadata("zhibiao.en", relation.EN), parquet.KeyValueMetadata("zhibiao.zh", relation.ZH))
	return s, nil
}

func (s *parquetSink) row(cells []any) error {
	for i := range s.columns {
		s.columns[i] = s.columns[i][:0]
	}
	for i, cell := range cells {
		if err := s.fields[i].shred(reflect.ValueOf(cell), 0, 0, s.columns); err != nil {
			return err
		}
	}
	s.line = s.line[:0]
	for _, values := range s.columns {
		s.line = append(s.line, values...)
	}
	_, err := s.w.WriteRows([]parquet.Row{s.line})
	return err
}

func (s *parquetSink) end() error { return s.w.Close() }

// field is a column of the relation or an element of one, with its way into the file.
type field struct {
	name       string
	node       parquet.Node
	leaf       func(reflect.Value) (parquet.Value, error) // of a scalar
	column     int                                        // of a scalar, in the file
	list       *field                                     // element of an array
	repetition int                                        // level of that array
	elements   []*field                                   // of a tuple
}

// newField plans a type. Lists and tuples are never NULL in ClickHouse; scalars are
// written as if they could be.
func newField(name string, t warehouse.Type, databaseType string, repetition int, columns *int) (*field, error) {
	f := &field{name: name, repetition: repetition}
	switch t.Name {
	case "Array", "Map":
		element := warehouse.Type{Name: "Tuple", Elements: t.Elements}
		if t.Name == "Array" {
			element = t.Elements[0].Type
		} else {
			element.Elements[0].Name, element.Elements[1].Name = "key", "value"
		}
		var err error
		f.repetition++
		if f.list, err = newField("element", element, databaseType, f.repetition, columns); err != nil {
			return nil, err
		}
		f.node = parquet.List(f.list.node)
	case "Tuple":
		for i, element := range t.Elements {
			if element.Name == "" {
				element.Name = fmt.Sprint(i + 1)
			}
			child, err := newField(element.Name, element.Type, databaseType, repetition, columns)
			if err != nil {
				return nil, err
			}
			f.elements = append(f.elements, child)
		}
		if len(f.elements) == 0 {
			return nil, fmt.Errorf("column %s: a tuple without elements", name)
		}
		f.node = groupOf(f.elements)
	default:
		node, leaf := scalar(t, databaseType)
		f.node, f.leaf, f.column = parquet.Optional(node), leaf, *columns
		*columns++
	}
	return f, nil
}

// shred writes a value into the columns of the file, with the levels by which Parquet
// remembers lists and NULL.
func (f *field) shred(value reflect.Value, repeated, defined int, into [][]parquet.Value) error {
	for value.IsValid() && (value.Kind() == reflect.Pointer || value.Kind() == reflect.Interface) && f.through(value) {
		value = value.Elem()
	}
	switch {
	case f.leaf != nil:
		return f.shredScalar(value, repeated, defined, into)
	case f.list == nil:
		for i, element := range f.elements {
			if err := element.shred(elementOf(value, element.name, i), repeated, defined, into); err != nil {
				return err
			}
		}
		return nil
	case value.Kind() == reflect.Map:
		return f.shredMap(value, repeated, defined, into)
	case !value.IsValid() || value.Len() == 0:
		f.list.nothing(repeated, defined, into)
		return nil
	}
	for i := range value.Len() {
		if i > 0 {
			repeated = f.repetition
		}
		if err := f.list.shred(value.Index(i), repeated, defined+1, into); err != nil {
			return err
		}
	}
	return nil
}

// through reports whether the pointer is around the value rather than the value
// itself, as a *big.Int is.
func (f *field) through(value reflect.Value) bool {
	return value.IsNil() || value.Kind() == reflect.Interface || value.Type() != bigInt
}

func (f *field) shredScalar(value reflect.Value, repeated, defined int, into [][]parquet.Value) error {
	if !value.IsValid() || value.Kind() == reflect.Pointer && value.IsNil() {
		f.nothing(repeated, defined, into)
		return nil
	}
	scalar, err := f.leaf(value)
	if err != nil {
		return fmt.Errorf("column %s: %w", f.name, err)
	}
	into[f.column] = append(into[f.column], scalar.Level(repeated, defined+1, f.column))
	return nil
}

func (f *field) shredMap(value reflect.Value, repeated, defined int, into [][]parquet.Value) error {
	if value.Len() == 0 {
		f.list.nothing(repeated, defined, into)
		return nil
	}
	for i, key := range sortedKeys(value) {
		if i > 0 {
			repeated = f.repetition
		}
		for n, part := range []reflect.Value{key, value.MapIndex(key)} {
			if err := f.list.elements[n].shred(part, repeated, defined+1, into); err != nil {
				return err
			}
		}
	}
	return nil
}

// nothing writes NULL, or an empty list, into every column below the field.
func (f *field) nothing(repeated, defined int, into [][]parquet.Value) {
	if f.leaf != nil {
		into[f.column] = append(into[f.column], parquet.NullValue().Level(repeated, defined, f.column))
		return
	}
	if f.list != nil {
		f.list.nothing(repeated, defined, into)
	}
	for _, element := range f.elements {
		element.nothing(repeated, defined, into)
	}
}

// elementOf is an element of a tuple: the client gives named ones as maps and others
// as lists.
func elementOf(tuple reflect.Value, name string, i int) reflect.Value {
	switch tuple.Kind() {
	case reflect.Map:
		return tuple.MapIndex(reflect.ValueOf(name))
	case reflect.Slice, reflect.Array:
		return tuple.Index(i)
	}
	return reflect.Value{}
}

// ordered is a Parquet group that keeps the order of its fields.
type ordered struct {
	parquet.Group
	fields []parquet.Field
}

func groupOf(fields []*field) parquet.Node {
	group := ordered{Group: parquet.Group{}}
	for _, f := range fields {
		group.Group[f.name] = f.node
		group.fields = append(group.fields, named{f.node, f.name})
	}
	return group
}

func (g ordered) Fields() []parquet.Field { return g.fields }

type named struct {
	parquet.Node
	name string
}

func (n named) Name() string { return n.name }

// Value is not asked for: rows are written as values, not from Go structs.
func (n named) Value(reflect.Value) reflect.Value { return reflect.Value{} }
