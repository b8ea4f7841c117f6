package decode

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"zhibiao/pipeline"
)

// NodeKind is the type of a JSON value.
type NodeKind uint8

// The kinds.
const (
	Null NodeKind = iota
	Bool
	Number
	String
	Array
	Object
)

// Node is a JSON value that knows its place.
type Node struct {
	Kind NodeKind
	// Text is the content of a string, unescaped, and the literal of a number,
	// true or false.
	Text string
	// Start and End are the range of the content in the body: of a string what
	// stands between its quotes.
	Start, End uint32
	Members    []Member // of an object, in order
	Items      []*Node  // of an array

	parent *Node
	name   string
}

// Member is a name and value of an object.
type Member struct {
	Name  string
	Value *Node
}

// Get returns the member of that name, nil where n is not an object or lacks it.
func (n *Node) Get(name string) *Node {
	if n == nil {
		return nil
	}
	for _, m := range n.Members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// Str returns the member's text where it is a string, else "".
func (n *Node) Str(name string) string {
	if m := n.Get(name); m != nil && m.Kind == String {
		return m.Text
	}
	return ""
}

// Is reports whether n exists and is of the kind.
func (n *Node) Is(kind NodeKind) bool { return n != nil && n.Kind == kind }

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// Pointer returns the JSON pointer (RFC 6901) of the node in the whole body.
func (n *Node) Pointer() string {
	var names []string
	for ; n.parent != nil; n = n.parent {
		names = append(names, pointerEscape.Replace(n.name))
	}
	var b strings.Builder
	for i := len(names) - 1; i >= 0; i-- {
		b.WriteByte('/')
		b.WriteString(names[i])
	}
	return b.String()
}

// maxDepth bounds how deep JSON may nest.
const maxDepth = 64

// JSON reads a body as one JSON value, strictly: duplicate names, trailing data,
// nesting deeper than 64 and everything that RFC 8259 does not allow is a fault.
func JSON(body []byte, mediaType string) (*Node, *Fault) {
	found, f := sniff(body, mediaType)
	if f != nil {
		return nil, f
	}
	text, f := wholeText(body, found)
	if f != nil {
		return nil, f
	}
	s := &scanner{text: text, s: text.String()}
	root, f := s.value(nil, "", 0)
	if f != nil {
		return nil, f
	}
	if s.space(); s.at < len(s.s) {
		return nil, s.bad(pipeline.NotADocument, "data after the end of the JSON value")
	}
	return root, nil
}

func wholeText(body []byte, found sniffed) (Text, *Fault) {
	if found.encoding == UTF8 {
		text := string(body[found.bom:])
		if strings.ContainsRune(text, '\uFFFD') {
			return Text{}, fault(pipeline.BadEncoding, "the body holds U+FFFD: letters were lost before it reached us")
		}
		return identity(text, found.bom), nil
	}
	var b textBuilder
	if !found.encoding.each(body, b.add) {
		return Text{}, fault(pipeline.BadEncoding, "the body is not valid GB18030")
	}
	return Text{text: b.text.String(), spans: b.spans}, nil
}

type scanner struct {
	text Text
	s    string
	at   int
}

func (s *scanner) bad(reason pipeline.Reason, what string) *Fault {
	return fault(reason, fmt.Sprintf("reading JSON: %s at character %d", what, s.at))
}

func (s *scanner) end() *Fault { return s.bad(pipeline.Truncated, "the body ends inside a value") }

func (s *scanner) space() {
	for s.at < len(s.s) && strings.IndexByte(" \t\r\n", s.s[s.at]) >= 0 {
		s.at++
	}
}

func (s *scanner) value(parent *Node, name string, depth int) (*Node, *Fault) {
	if depth > maxDepth {
		return nil, s.bad(pipeline.NotADocument, "nesting deeper than 64")
	}
	s.space()
	if s.at >= len(s.s) {
		return nil, s.end()
	}
	n := &Node{parent: parent, name: name}
	switch s.s[s.at] {
	case '{':
		return n, s.object(n, depth)
	case '[':
		return n, s.array(n, depth)
	case '"':
		n.Kind = String
		return n, s.quoted(n)
	default:
		return n, s.literal(n)
	}
}

func (s *scanner) object(n *Node, depth int) *Fault {
	n.Kind = Object
	seen := map[string]bool{}
	for first := true; ; first = false {
		done, f := s.next('}', first)
		if done || f != nil {
			return f
		}
		if s.s[s.at] != '"' {
			return s.bad(pipeline.NotADocument, "a member without a quoted name")
		}
		var key Node
		if f := s.quoted(&key); f != nil {
			return f
		}
		if seen[key.Text] {
			return s.bad(pipeline.UnexpectedField, fmt.Sprintf("the name %q twice in one object", key.Text))
		}
		seen[key.Text] = true
		if s.space(); s.at >= len(s.s) {
			return s.end()
		}
		if s.s[s.at] != ':' {
			return s.bad(pipeline.NotADocument, "no colon after a name")
		}
		s.at++
		value, f := s.value(n, key.Text, depth+1)
		if f != nil {
			return f
		}
		n.Members = append(n.Members, Member{key.Text, value})
	}
}

func (s *scanner) array(n *Node, depth int) *Fault {
	n.Kind = Array
	for first := true; ; first = false {
		done, f := s.next(']', first)
		if done || f != nil {
			return f
		}
		item, f := s.value(n, strconv.Itoa(len(n.Items)), depth+1)
		if f != nil {
			return f
		}
		n.Items = append(n.Items, item)
	}
}

// next moves to the next element of an object or array, or past its end.
func (s *scanner) next(closing byte, first bool) (done bool, f *Fault) {
	if first {
		s.at++ // the opening bracket
	}
	if s.space(); s.at >= len(s.s) {
		return false, s.end()
	}
	if s.s[s.at] == closing {
		s.at++
		return true, nil
	}
	if first {
		return false, nil
	}
	if s.s[s.at] != ',' {
		return false, s.bad(pipeline.NotADocument, "no comma between two elements")
	}
	s.at++
	if s.space(); s.at >= len(s.s) {
		return false, s.end()
	}
	if s.s[s.at] == closing {
		return false, s.bad(pipeline.NotADocument, "a comma before the closing bracket")
	}
	return false, nil
}

func (s *scanner) quoted(n *Node) *Fault {
	start := s.at
	escaped := false
	for i := start + 1; ; i++ {
		if i >= len(s.s) {
			s.at = i
			return s.end()
		}
		switch c := s.s[i]; {
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			s.at = i
			return s.bad(pipeline.NotADocument, "a control character in a string")
		case c == '"':
			s.at = i + 1
			n.Text = s.s[start+1 : i]
			n.Start, n.End = s.text.Raw(start+1, i)
			if n.Start == n.End {
				_, n.Start = s.text.Raw(start, start+1)
				n.End = n.Start
			}
			if escaped {
				return s.unescape(n, s.s[start:s.at])
			}
			return nil
		}
	}
}

func (s *scanner) unescape(n *Node, literal string) *Fault {
	if err := json.Unmarshal([]byte(literal), &n.Text); err != nil {
		return s.bad(pipeline.NotADocument, "a string with a wrong escape")
	}
	if strings.ContainsRune(n.Text, '\uFFFD') {
		return s.bad(pipeline.BadEncoding, "a string with U+FFFD or half a surrogate pair")
	}
	return nil
}

func (s *scanner) literal(n *Node) *Fault {
	start := s.at
	for s.at < len(s.s) && strings.IndexByte(" \t\r\n,]}:[{\"", s.s[s.at]) < 0 {
		s.at++
	}
	n.Text = s.s[start:s.at]
	n.Start, n.End = s.text.Raw(start, s.at)
	switch n.Text {
	case "null":
		n.Kind = Null
	case "true", "false":
		n.Kind = Bool
	default:
		n.Kind = Number
		if !json.Valid([]byte(n.Text)) {
			if s.at == len(s.s) {
				return s.end()
			}
			s.at = start
			return s.bad(pipeline.NotADocument, "something that is no value")
		}
	}
	return nil
}
