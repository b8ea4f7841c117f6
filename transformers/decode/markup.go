package decode

import (
	"bytes"
	"errors"
	"fmt"
)

// markup walks the XML of a part of a zip document and knows the offset of
// everything it passes. It reads what office programs write: elements,
// attributes, text and comments in UTF-8. A document type, which could declare
// entities, is an error; so is markup that is not well formed.
type markup struct {
	source []byte
	at     int
	open   []string // names of the open elements
	whole  bool     // the source is a document, not a stretch of one
	root   bool     // the root element was seen
}

type markupKind uint8

const (
	markupEnd markupKind = iota // the end of the source
	markupText
	markupOpen
	markupClose
)

// markupToken is one piece of a source. An element that is empty gives an
// opening and, right behind it, a closing token of the same range.
type markupToken struct {
	kind       markupKind
	name       string // of an element, with its prefix
	attributes []byte // raw, of an opening token
	start, end int
	empty      bool // an opening token that its closing one follows at once
}

// maxMarkupDepth is how deep elements may nest.
const maxMarkupDepth = 400

// errMarkupCut says that the source ends before its markup does.
var errMarkupCut = errors.New("the markup ends before its last closing tag")

func newMarkup(source []byte) *markup {
	m := &markup{source: source, whole: true}
	if bytes.HasPrefix(source, []byte("\xef\xbb\xbf")) {
		m.at = 3
	}
	return m
}

// markupWithin walks a stretch that begins and ends inside text: its outermost
// elements may lack their beginning or end.
func markupWithin(source []byte) *markup { return &markup{source: source} }

// next returns the next piece. errMarkupCut is returned at the end of a document
// whose elements are still open.
func (m *markup) next() (markupToken, error) {
	for m.at < len(m.source) {
		start := m.at
		if m.source[start] != '<' {
			end := bytes.IndexByte(m.source[start:], '<')
			if end < 0 && len(m.open) > 0 && m.whole {
				return markupToken{}, errMarkupCut
			}
			if end < 0 {
				end = len(m.source) - start
			}
			m.at = start + end
			return markupToken{kind: markupText, start: start, end: m.at}, nil
		}
		rest := m.source[start:]
		switch {
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			return m.cdata(start)
		case bytes.HasPrefix(rest, []byte("<!--")):
			if !m.skipPast("-->", 4) {
				return markupToken{}, errMarkupCut
			}
		case bytes.HasPrefix(rest, []byte("<!")):
			if len(rest) < len("<!DOCTYPE") {
				return markupToken{}, errMarkupCut
			}
			return markupToken{}, fmt.Errorf("reading the markup at byte %d: a document type is declared, which no office program writes", start)
		case bytes.HasPrefix(rest, []byte("<?")):
			if !m.skipPast("?>", 2) {
				return markupToken{}, errMarkupCut
			}
			if declared := m.source[start:m.at]; bytes.HasPrefix(declared, []byte("<?xml ")) && !isUTF8Declaration(declared) {
				return markupToken{}, fmt.Errorf("reading the markup at byte %d: it declares an encoding other than UTF-8", start)
			}
		default:
			return m.tag(start)
		}
	}
	if m.whole && (len(m.open) > 0 || !m.root) {
		return markupToken{}, errMarkupCut
	}
	return markupToken{kind: markupEnd, start: m.at, end: m.at}, nil
}

func isUTF8Declaration(declaration []byte) bool {
	value := attributeIn(declaration, "encoding")
	return value == "" || bytes.EqualFold([]byte(value), []byte("utf-8"))
}

// skipPast moves behind the next mark, which begins no nearer than from bytes.
func (m *markup) skipPast(mark string, from int) bool {
	if m.at+from > len(m.source) {
		return false
	}
	i := bytes.Index(m.source[m.at+from:], []byte(mark))
	if i < 0 {
		return false
	}
	m.at += from + i + len(mark)
	return true
}

func (m *markup) cdata(start int) (markupToken, error) {
	if !m.skipPast("]]>", len("<![CDATA[")) {
		return markupToken{}, errMarkupCut
	}
	return markupToken{}, fmt.Errorf("reading the markup at byte %d: a CDATA section, which no office program writes", start)
}

// tag reads an opening or closing tag.
func (m *markup) tag(start int) (markupToken, error) {
	end := m.tagEnd(start)
	if end < 0 {
		return markupToken{}, errMarkupCut
	}
	inner := m.source[start+1 : end-1]
	m.at = end
	if len(inner) > 0 && inner[0] == '/' {
		return m.closing(string(bytes.TrimRight(inner[1:], " \t\r\n")), start, end)
	}
	t := markupToken{kind: markupOpen, start: start, end: end, empty: bytes.HasSuffix(inner, []byte("/"))}
	if t.empty {
		inner = inner[:len(inner)-1]
	}
	nameEnd := bytes.IndexAny(inner, " \t\r\n")
	if nameEnd < 0 {
		nameEnd = len(inner)
	}
	t.name, t.attributes = string(inner[:nameEnd]), inner[nameEnd:]
	if t.name == "" || bytes.ContainsAny(inner[:nameEnd], "<&\"'=") {
		return markupToken{}, fmt.Errorf("reading the markup at byte %d: not a tag", start)
	}
	if m.whole && m.root && len(m.open) == 0 {
		return markupToken{}, fmt.Errorf("reading the markup at byte %d: a second root element", start)
	}
	m.root = true
	if !t.empty {
		if len(m.open) >= maxMarkupDepth {
			return markupToken{}, fmt.Errorf("reading the markup at byte %d: more than %d elements inside each other", start, maxMarkupDepth)
		}
		m.open = append(m.open, t.name)
	}
	return t, nil
}

func (m *markup) closing(name string, start, end int) (markupToken, error) {
	n := len(m.open)
	if n == 0 && !m.whole {
		return markupToken{kind: markupClose, name: name, start: start, end: end}, nil
	}
	if n == 0 || m.open[n-1] != name {
		return markupToken{}, fmt.Errorf("reading the markup at byte %d: </%s> closes nothing", start, name)
	}
	m.open = m.open[:n-1]
	return markupToken{kind: markupClose, name: name, start: start, end: end}, nil
}

// tagEnd returns the offset behind the > of the tag at start, which may stand in
// the quotes of an attribute too; -1 where the source ends before.
func (m *markup) tagEnd(start int) int {
	quote := byte(0)
	for i := start + 1; i < len(m.source); i++ {
		switch c := m.source[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return -1
}

// attribute returns the raw value of an opening token's attribute, "" where it
// has none.
func (t markupToken) attribute(name string) string { return attributeIn(t.attributes, name) }

func attributeIn(raw []byte, name string) string {
	for len(raw) > 0 {
		equals := bytes.IndexByte(raw, '=')
		if equals < 0 {
			return ""
		}
		key := bytes.TrimSpace(raw[:equals])
		if i := bytes.LastIndexAny(key, " \t\r\n"); i >= 0 {
			key = key[i+1:]
		}
		raw = bytes.TrimLeft(raw[equals+1:], " \t\r\n")
		if len(raw) == 0 || raw[0] != '"' && raw[0] != '\'' {
			return ""
		}
		end := bytes.IndexByte(raw[1:], raw[0])
		if end < 0 {
			return ""
		}
		if string(key) == name {
			return string(raw[1 : 1+end])
		}
		raw = raw[end+2:]
	}
	return ""
}
