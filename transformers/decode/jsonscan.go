package decode

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"zhibiao/pipeline"
)

// scanner reads JSON strictly, with the place of every value.
type scanner struct {
	text  Text
	s     string
	at    int
	nodes []Node // made and not yet used

	members []Member // of the objects that are open
	items   []*Node  // of the arrays that are open
}

func (s *scanner) bad(reason pipeline.Reason, what string) *Fault {
	return fault(reason, fmt.Sprintf("reading JSON: %s at character %d", what, s.at))
}

func (s *scanner) end() *Fault { return s.bad(pipeline.Truncated, "the body ends inside a value") }

func (s *scanner) space() {
	for s.at < len(s.s) && s.s[s.at] <= ' ' && (s.s[s.at] == ' ' || s.s[s.at] == '\n' || s.s[s.at] == '\t' || s.s[s.at] == '\r') {
		s.at++
	}
}

func (s *scanner) value(parent *Node, name string, index, depth int) (*Node, *Fault) {
	if depth > maxDepth {
		return nil, s.bad(pipeline.NotADocument, "nesting deeper than 64")
	}
	s.space()
	if s.at >= len(s.s) {
		return nil, s.end()
	}
	n := s.node()
	n.parent, n.name, n.index = parent, name, index
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

// node returns an empty node. Nodes are made by the chunk.
func (s *scanner) node() *Node {
	const chunk = 128
	if len(s.nodes) == 0 {
		s.nodes = make([]Node, chunk)
	}
	n := &s.nodes[0]
	s.nodes = s.nodes[1:]
	return n
}

// seenNames returns the names of an object that has many; of few the members
// themselves are looked through.
func seenNames(names map[string]bool, members []Member) map[string]bool {
	const few = 16
	if names == nil && len(members) >= few {
		names = make(map[string]bool, 2*few)
		for _, m := range members {
			names[m.Name] = true
		}
	}
	return names
}

func named(members []Member, name string) bool {
	for _, m := range members {
		if m.Name == name {
			return true
		}
	}
	return false
}

func (s *scanner) object(n *Node, depth int) *Fault {
	n.Kind = Object
	var seen map[string]bool
	base := len(s.members)
	for first := true; ; first = false {
		done, f := s.next('}', first)
		if done {
			n.Members = slices.Clone(s.members[base:])
			s.members = s.members[:base]
		}
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
		if seen = seenNames(seen, s.members[base:]); seen[key.Text] || seen == nil && named(s.members[base:], key.Text) {
			return s.bad(pipeline.UnexpectedField, fmt.Sprintf("the name %q twice in one object", key.Text))
		}
		if seen != nil {
			seen[key.Text] = true
		}
		if s.space(); s.at >= len(s.s) {
			return s.end()
		}
		if s.s[s.at] != ':' {
			return s.bad(pipeline.NotADocument, "no colon after a name")
		}
		s.at++
		value, f := s.value(n, key.Text, 0, depth+1)
		if f != nil {
			return f
		}
		s.members = append(s.members, Member{key.Text, value})
	}
}

func (s *scanner) array(n *Node, depth int) *Fault {
	n.Kind = Array
	base := len(s.items)
	for first := true; ; first = false {
		done, f := s.next(']', first)
		if done {
			n.Items = slices.Clone(s.items[base:])
			s.items = s.items[:base]
		}
		if done || f != nil {
			return f
		}
		item, f := s.value(n, "", len(s.items)-base, depth+1)
		if f != nil {
			return f
		}
		s.items = append(s.items, item)
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
	for s.at < len(s.s) && !endsLiteral(s.s[s.at]) {
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
		if !isJSONNumber(n.Text) {
			if s.at == len(s.s) {
				return s.end()
			}
			s.at = start
			return s.bad(pipeline.NotADocument, "something that is no value")
		}
	}
	return nil
}

func endsLiteral(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', ',', ']', '}', ':', '[', '{', '"':
		return true
	}
	return false
}

// isJSONNumber reports whether a literal is a number of RFC 8259.
func isJSONNumber(text string) bool {
	text = strings.TrimPrefix(text, "-")
	if rest, zero := strings.CutPrefix(text, "0"); zero {
		text = rest
	} else if rest := strings.TrimLeft(text, decimalDigits); len(rest) < len(text) {
		text = rest
	} else {
		return false
	}
	if rest, point := strings.CutPrefix(text, "."); point {
		if text = strings.TrimLeft(rest, decimalDigits); len(text) == len(rest) {
			return false
		}
	}
	if text == "" {
		return true
	}
	if text[0] != 'e' && text[0] != 'E' {
		return false
	}
	text = text[1:]
	if text != "" && (text[0] == '+' || text[0] == '-') {
		text = text[1:]
	}
	return text != "" && strings.Trim(text, decimalDigits) == ""
}

const decimalDigits = "0123456789"
