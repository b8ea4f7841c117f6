package decode

import (
	"bytes"
	"strings"
)

// attribute is of the start tag that is being read; its value are bytes of the
// source.
type attribute struct {
	name  attributeName
	value []byte
}

type attributeName uint8

// The attributes that are read.
const (
	noAttribute attributeName = iota
	attributeClass
	attributeID
	attributeMetaName
	attributeProperty
	attributeContent
	attributeType
	attributeRowspan
	attributeColspan
)

// attributeOf returns the attribute of a name, noAttribute for those that are not
// read.
func attributeOf(name []byte) attributeName {
	const shortest, longest = 2, 8
	if len(name) < shortest || len(name) > longest {
		return noAttribute
	}
	var lower [longest]byte
	switch string(lowered(name, lower[:0])) {
	case "class":
		return attributeClass
	case "id":
		return attributeID
	case "name":
		return attributeMetaName
	case "property":
		return attributeProperty
	case "content":
		return attributeContent
	case "type":
		return attributeType
	case "rowspan":
		return attributeRowspan
	case "colspan":
		return attributeColspan
	}
	return noAttribute
}

// lowered appends a name to room with its ASCII letters in lower case.
func lowered(name, room []byte) []byte {
	for _, c := range name {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		room = append(room, c)
	}
	return room
}

func valueOf(attributes []attribute, name attributeName) []byte {
	for _, a := range attributes {
		if a.name == name {
			return a.value
		}
	}
	return nil
}

// tag is a kind of element. There is one of each that is known, and one for each
// start tag of the others.
type tag struct {
	name    string
	block   bool  // ends a block of text
	void    bool  // has no end tag
	unread  bool  // its text is not part of the page
	rawText bool  // its text is not markup
	foreign bool  // it is of another vocabulary
	heading uint8 // the level of a heading
}

// The tags that the page is built by.
var (
	tagTable     = &tag{name: "table", block: true}
	tagCaption   = &tag{name: "caption", block: true}
	tagRow       = &tag{name: "tr", block: true}
	tagCell      = &tag{name: "td", block: true}
	tagHeadCell  = &tag{name: "th", block: true}
	tagBreak     = &tag{name: "br", void: true}
	tagRaised    = &tag{name: "sup"}
	tagInput     = &tag{name: "input", void: true}
	tagMeta      = &tag{name: "meta", void: true}
	tagTitle     = &tag{name: "title", block: true, rawText: true}
	tagScript    = &tag{name: "script", unread: true, rawText: true}
	tagHTML      = &tag{name: "html", block: true}
	tagBody      = &tag{name: "body", block: true}
	tagNav       = &tag{name: "nav", block: true}
	tagHeader    = &tag{name: "header", block: true}
	tagFooter    = &tag{name: "footer", block: true}
	tagAside     = &tag{name: "aside", block: true}
	tagParagraph = &tag{name: "p", block: true}
	tagDivision  = &tag{name: "div", block: true}
	tagSpan      = &tag{name: "span"}
)

// tags are the known ones by name.
var tags = func() map[string]*tag {
	known := map[string]*tag{}
	for _, t := range []*tag{tagTable, tagCaption, tagRow, tagCell, tagHeadCell, tagBreak, tagRaised, tagInput, tagMeta, tagTitle, tagScript,
		tagHTML, tagBody, tagNav, tagHeader, tagFooter, tagAside, tagParagraph, tagDivision, tagSpan,
		{name: "style", unread: true, rawText: true}, {name: "iframe", unread: true, rawText: true},
		{name: "textarea", unread: true, rawText: true}, {name: "xmp", unread: true, rawText: true},
		{name: "noscript", unread: true}, {name: "template", unread: true}, {name: "select", unread: true}, {name: "option", unread: true},
		{name: "plaintext", rawText: true}, {name: "hr", block: true, void: true},
		{name: "svg", foreign: true}, {name: "math", foreign: true}, {name: "xml", foreign: true}} {
		known[t.name] = t
	}
	for level, name := range []string{"h1", "h2", "h3", "h4", "h5", "h6"} {
		known[name] = &tag{name: name, block: true, heading: uint8(level + 1)}
	}
	for _, name := range strings.Fields("ul ol li dl dt dd thead tbody tfoot section article main form fieldset blockquote pre center address figure figcaption head") {
		known[name] = &tag{name: name, block: true}
	}
	for _, name := range strings.Fields("img link base col area embed param source track wbr") {
		known[name] = &tag{name: name, void: true}
	}
	for _, name := range strings.Fields("a b i u em strong font sub label small big s o:p st1:chsdate ins del") {
		known[name] = &tag{name: name}
	}
	return known
}()

// tagOf returns the tag of a name in letters of either case.
func tagOf(name []byte) *tag {
	if len(name) == 2 { // nearly all of a table
		switch {
		case name[0] == 't' && name[1] == 'd':
			return tagCell
		case name[0] == 't' && name[1] == 'r':
			return tagRow
		}
	}
	if t := tags[string(name)]; t != nil {
		return t
	}
	const longest = 16 // of the known ones
	var room [longest]byte
	if len(name) <= longest {
		if t := tags[string(lowered(name, room[:0]))]; t != nil {
			return t
		}
	}
	return &tag{name: string(lowered(name, nil))}
}

// is compares two tags; each of those that are not known is its own.
func (t *tag) is(other *tag) bool { return t == other || t.name == other.name }

// crumbWords are the words of a class or id that mark the path to a page.
var crumbWords = [][]byte{[]byte("crumb"), []byte("position"), []byte("dqwz"), []byte("location"), []byte("curpos")}

// marksCrumb reports whether a class or id has a word that marks the path to a
// page.
func marksCrumb(marks []byte) bool {
	if len(marks) == 0 || !mayMarkCrumb(marks) {
		return false
	}
	for _, word := range strings.FieldsFunc(strings.ToLower(string(marks)), func(r rune) bool { return r == ' ' || r == '-' || r == '_' }) {
		switch word {
		case "crumb", "crumbs", "breadcrumb", "breadcrumbs", "position", "dqwz", "location", "curpos":
			return true
		}
	}
	return false
}

// mayMarkCrumb looks for the words without regard to what stands around them.
func mayMarkCrumb(marks []byte) bool {
	const most = 64
	if len(marks) > most {
		return true
	}
	var room [most]byte
	marks = lowered(marks, room[:0])
	for _, word := range crumbWords {
		if bytes.Contains(marks, word) {
			return true
		}
	}
	return false
}
