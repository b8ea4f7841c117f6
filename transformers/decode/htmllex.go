package decode

import "bytes"

// htmlLexer cuts HTML source into runs of text and tags, as the HTML standard's
// tokenizer does. It reads the body where it lies and allocates nothing for a
// token. What <svg>, <math> and <xml> hold is not read, nor are comments.
type htmlLexer struct {
	source     []byte
	at         int
	raw        *tag        // element that was opened and whose text is not markup
	attributes []attribute // room for those of one tag
}

type htmlKind uint8

const (
	htmlEnd htmlKind = iota // the end of the source
	htmlText
	htmlStart
	htmlClose
)

// htmlToken is a run of text, or a tag. It holds until the next one is read.
type htmlToken struct {
	kind       htmlKind
	start, end int // of the text; of the > or /> that ends a start tag
	tag        *tag
	attributes []attribute // of a start tag: those that are read
}

// next reads the next token.
func (l *htmlLexer) next(t *htmlToken) {
	start := l.at
	if raw := l.raw; raw != nil {
		l.raw = nil
		if l.at = l.rawTextEnd(raw); l.at > start {
			*t = htmlToken{kind: htmlText, start: start, end: l.at}
			return
		}
	}
	for l.at < len(l.source) {
		if l.source[l.at] != '<' {
			if n := bytes.IndexByte(l.source[l.at:], '<'); n >= 0 {
				l.at += n
			} else {
				l.at = len(l.source)
			}
			continue
		}
		opens := l.opens(l.at)
		if opens == opensNothing {
			l.at++
			continue
		}
		if l.at > start {
			break
		}
		if l.markup(opens, t) {
			return
		}
		start = l.at
	}
	*t = htmlToken{kind: htmlText, start: start, end: l.at}
	if start == l.at {
		t.kind = htmlEnd
	}
}

// opening is what a < is the beginning of.
type opening uint8

const (
	opensNothing opening = iota
	opensStartTag
	opensEndTag
	opensBogus // </ before what is no name, <? and <!
	opensDeclaration
)

func (l *htmlLexer) opens(at int) opening {
	c := l.byteAt(at + 1)
	switch {
	case isLetter(c):
		return opensStartTag
	case c == '!':
		return opensDeclaration
	case c == '?':
		return opensBogus
	case c != '/' || at+2 >= len(l.source) || l.source[at+2] == '>':
		return opensNothing
	case isLetter(l.source[at+2]):
		return opensEndTag
	}
	return opensBogus
}

// markup reads what begins at a <. It returns false where that is nothing to be
// read.
func (l *htmlLexer) markup(opens opening, t *htmlToken) bool {
	start := l.at
	switch opens {
	case opensStartTag:
		return l.startTag(t)
	case opensEndTag:
		name := l.source[start+2 : l.past(start+2, ">", 0)]
		*t = htmlToken{kind: htmlClose, tag: tagOf(bytes.TrimRight(name, " \t\r\n"))}
		l.at = min(start+2+len(name)+1, len(l.source))
		return true
	case opensDeclaration:
		switch rest := l.source[start:]; {
		case bytes.HasPrefix(rest, []byte("<!--")):
			l.at = l.commentEnd(start + len("<!--"))
			return false
		case bytes.HasPrefix(rest, []byte(cdataBegins)):
			l.at = l.past(start+len(cdataBegins), cdataEnds, len(cdataEnds))
			*t = htmlToken{kind: htmlText, start: start, end: l.at}
			return true
		}
	}
	l.at = l.past(start+2, ">", 1)
	return false
}

// Marks around text in which < is a letter.
const (
	cdataBegins = "<![CDATA["
	cdataEnds   = "]]>"
)

func (l *htmlLexer) byteAt(at int) byte {
	if at < len(l.source) {
		return l.source[at]
	}
	return 0
}

// past returns the place so many bytes behind the start of the next mark, the end
// of the source where there is none.
func (l *htmlLexer) past(from int, mark string, length int) int {
	from = min(from, len(l.source))
	if i := bytes.Index(l.source[from:], []byte(mark)); i >= 0 {
		return from + i + length
	}
	return len(l.source)
}

// commentEnd returns the place behind the comment whose text begins at from.
func (l *htmlLexer) commentEnd(from int) int {
	for {
		from = l.past(from, "--", len("--"))
		switch {
		case from == len(l.source):
			return from
		case l.source[from] == '>':
			return from + 1
		case l.source[from] == '!' && l.byteAt(from+1) == '>':
			return from + 2
		}
		from-- // of three dashes the last two may be the end
	}
}

// startTag reads a start tag with its attributes. A tag that the source ends in is
// none.
func (l *htmlLexer) startTag(t *htmlToken) bool {
	at := l.at + 1
	for at < len(l.source) && !isSpaceOrEnd[l.source[at]] && (l.source[at] != '/' || l.byteAt(at+1) != '>') {
		at++
	}
	tag := tagOf(l.source[l.at+1 : at])
	if tag.foreign {
		l.at = l.foreignEnd(tag, at)
		return false
	}
	l.attributes = l.attributes[:0]
	for {
		for at < len(l.source) && isHTMLSpace(l.source[at]) {
			at++
		}
		length := 1
		switch {
		case at == len(l.source):
			l.at = at
			*t = htmlToken{kind: htmlEnd}
			return true
		case l.source[at] == '/' && l.byteAt(at+1) == '>':
			length = 2
		case l.source[at] != '>':
			at = l.attribute(at)
			continue
		}
		l.at = at + length
		*t = htmlToken{kind: htmlStart, start: at, end: l.at, tag: tag, attributes: l.attributes}
		if tag.rawText {
			l.raw = tag
		}
		return true
	}
}

// attribute reads the attribute that begins at a place and returns where the tag
// goes on.
func (l *htmlLexer) attribute(at int) int {
	source, begins := l.source, at
	for at < len(source) && source[at] != '=' && !isSpaceOrEnd[source[at]] && (source[at] != '/' || l.byteAt(at+1) != '>') {
		at++
	}
	name := attributeOf(source[begins:at])
	equals := at
	for equals < len(source) && isHTMLSpace(source[equals]) {
		equals++
	}
	if l.byteAt(equals) != '=' {
		return at
	}
	at = equals + 1
	for at < len(source) && isHTMLSpace(source[at]) {
		at++
	}
	begins = at
	if quote := l.byteAt(at); quote == '"' || quote == '\'' {
		at++
		if n := bytes.IndexByte(source[at:], quote); n >= 0 {
			at += n + 1
		} else {
			at = len(source)
		}
	} else {
		for at < len(source) && !isSpaceOrEnd[source[at]] {
			at++
		}
	}
	if name != noAttribute {
		l.attributes = append(l.attributes, attribute{name, trimQuotes(source[begins:at])})
	}
	return at
}

func trimQuotes(value []byte) []byte {
	for len(value) > 0 && (value[0] == '"' || value[0] == '\'') {
		value = value[1:]
	}
	for n := len(value); n > 0 && (value[n-1] == '"' || value[n-1] == '\''); n-- {
		value = value[:n-1]
	}
	return value
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isHTMLSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'
}

// isSpaceOrEnd are the bytes that end a name: white space and >.
var isSpaceOrEnd = [256]bool{' ': true, '\t': true, '\n': true, '\r': true, '\f': true, '>': true}
