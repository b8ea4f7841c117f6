package configs

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// document is a YAML file read strictly into a struct: unknown keys and wrong
// types are problems (promise 11), and the place of every value is kept for the
// checks that follow.
type document struct {
	file     string
	problems *Problems
	places   map[string]position // by path: limits.interval, mapped[2].unit
	broken   bool                // no YAML at all; nothing more is to be checked
}

// readYAML reads a file into the struct that target points to. Fields are named
// by their yaml tags.
func readYAML(file string, data []byte, target any, problems *Problems) *document {
	d := &document{file: file, problems: problems, places: map[string]position{"": {1, 1}}}
	tree, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntaxError(err)
		return d
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		d.broken = true
		d.problem("", "write one YAML document", "the file has %d documents, or an empty one", len(tree.Docs))
		return d
	}
	d.read(tree.Docs[0].Body, reflect.ValueOf(target).Elem(), "")
	return d
}

func (d *document) syntaxError(err error) {
	d.broken = true
	at := position{1, 1}
	what := err.Error()
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) {
		what = syntax.Message
		if syntax.Token != nil {
			at = position{syntax.Token.Position.Line, syntax.Token.Position.Column}
		}
	}
	d.problems.add(d.file, at, "mend the YAML there", "%s", strings.ReplaceAll(what, "\n", " "))
}

// problem reports something wrong with the value at a path, or with the nearest
// value above it that is there.
func (d *document) problem(path, mend, what string, args ...any) {
	at, ok := d.places[path]
	for above := path; !ok && above != ""; {
		above = above[:max(strings.LastIndexAny(above, ".["), 0)]
		at, ok = d.places[above]
	}
	d.problems.add(d.file, at, mend, what, args...)
}

// has reports whether the file gives the value at a path.
func (d *document) has(path string) bool { _, ok := d.places[path]; return ok }

var durationType = reflect.TypeFor[time.Duration]()

func (d *document) read(node ast.Node, into reflect.Value, path string) {
	if token := node.GetToken(); token != nil && !d.has(path) {
		d.places[path] = position{token.Position.Line, token.Position.Column}
	}
	if into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	switch {
	case into.Type() == durationType:
		d.readDuration(node, into, path)
	case into.Kind() == reflect.Struct, into.Kind() == reflect.Map:
		d.readMapping(node, into, path)
	case into.Kind() == reflect.Slice:
		d.readSequence(node, into, path)
	default:
		d.readScalar(node, into, path)
	}
}

func (d *document) readMapping(node ast.Node, into reflect.Value, path string) {
	values, ok := mappingValues(node)
	if !ok {
		d.problem(path, "write key: value lines there", "%s is not a mapping", named(path))
		return
	}
	for _, value := range values {
		token := value.Key.GetToken()
		key := token.Value
		child := strings.TrimPrefix(path+"."+key, ".")
		at := position{token.Position.Line, token.Position.Column}
		if _, twice := d.places[child]; twice {
			d.problems.add(d.file, at, "keep one", "%s is there twice", child)
			continue
		}
		d.places[child] = at
		if into.Kind() == reflect.Map {
			d.readEntry(value.Value, into, key, child)
			continue
		}
		field, ok := fieldNamed(into, key)
		if !ok {
			d.problems.add(d.file, at, orNearest(key, fieldNames(into.Type()), "known keys: "+strings.Join(fieldNames(into.Type()), ", ")),
				"unknown key %s", child)
			continue
		}
		d.read(value.Value, field, child)
	}
}

func (d *document) readEntry(node ast.Node, into reflect.Value, key, path string) {
	if into.IsNil() {
		into.Set(reflect.MakeMap(into.Type()))
	}
	element := reflect.New(into.Type().Elem()).Elem()
	d.read(node, element, path)
	into.SetMapIndex(reflect.ValueOf(key), element)
}

func mappingValues(node ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

func (d *document) readSequence(node ast.Node, into reflect.Value, path string) {
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		d.problem(path, "write a list there: [a, b], or lines that start with -", "%s is not a list", named(path))
		return
	}
	list := reflect.MakeSlice(into.Type(), len(sequence.Values), len(sequence.Values))
	for i, value := range sequence.Values {
		d.read(value, list.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
	into.Set(list)
}

func (d *document) readScalar(node ast.Node, into reflect.Value, path string) {
	text, ok := scalarText(node)
	if !ok {
		d.problem(path, "write one value there", "%s is not one value", named(path))
		return
	}
	switch into.Kind() {
	case reflect.String:
		into.SetString(text)
	case reflect.Bool:
		value, err := strconv.ParseBool(text)
		if _, isBool := node.(*ast.BoolNode); !isBool || err != nil {
			d.problem(path, "write true or false", "%s: %q is no truth value", named(path), text)
			return
		}
		into.SetBool(value)
	default:
		value, err := strconv.ParseInt(text, 10, 64)
		if err != nil || value < 0 {
			d.problem(path, "write a whole number without sign", "%s: %q is no number", named(path), text)
			return
		}
		into.SetInt(value)
	}
}

// scalarText returns a value as it is written; numbers keep their zeros.
func scalarText(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value), true
	case *ast.StringNode:
		return n.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func (d *document) readDuration(node ast.Node, into reflect.Value, path string) {
	text, _ := scalarText(node)
	value, err := time.ParseDuration(text)
	if err != nil || value <= 0 {
		d.problem(path, "write it with its unit, such as 3s or 1m30s", "%s: %q is no duration", named(path), text)
		return
	}
	into.SetInt(int64(value))
}

func fieldNamed(into reflect.Value, key string) (reflect.Value, bool) {
	for i := range into.NumField() {
		if into.Type().Field(i).Tag.Get("yaml") == key {
			return into.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func fieldNames(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		names = append(names, t.Field(i).Tag.Get("yaml"))
	}
	return names
}

func named(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}
