package configs

import (
	"reflect"
	"strings"
	"time"
)

// key is one key of a source's file as its tags describe it.
type key struct {
	name, doc, must, fallback, form string
	enum                            []string
	field                           reflect.StructField
}

// keysOf lists the keys of a part of the file in the order of the struct.
func keysOf(part reflect.Type) []key {
	keys := make([]key, 0, part.NumField())
	for i := range part.NumField() {
		f := part.Field(i)
		keys = append(keys, key{
			name:     f.Tag.Get("yaml"),
			doc:      f.Tag.Get("doc"),
			must:     f.Tag.Get("must"),
			fallback: f.Tag.Get("default"),
			form:     f.Tag.Get("form"),
			enum:     strings.Fields(f.Tag.Get("enum")),
			field:    f,
		})
	}
	return keys
}

// part returns the struct that the key's value, or each entry of its list, is
// made of.
func (k *key) part() (reflect.Type, bool) {
	t := k.field.Type
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t, t.Kind() == reflect.Struct
}

func (k *key) isList() bool { return k.field.Type.Kind() == reflect.Slice }

var sourceFileType = reflect.TypeFor[sourceFile]()

// words names the key's type for people.
func (k *key) words() string {
	t := k.field.Type
	_, isPart := k.part()
	switch {
	case isPart && k.isList():
		return "list of mappings"
	case isPart:
		return "mapping"
	case k.isList():
		return "list of texts"
	case t.Kind() == reflect.Map:
		return "mapping of texts"
	case t == reflect.TypeFor[time.Duration]():
		return "duration"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.String:
		return "text"
	}
	return "number"
}
