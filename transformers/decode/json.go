package decode

import (
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
	name   string // within an object
	index  int    // within an array
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
		if n.parent.Kind == Array {
			names = append(names, strconv.Itoa(n.index))
		} else {
			names = append(names, pointerEscape.Replace(n.name))
		}
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
	root, f := s.value(nil, "", 0, 0)
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
	return b.whole(), nil
}
