package decode

import (
	"html"
	"sort"
	"strings"
	"unicode/utf8"
)

// Text is decoded text of which every letter knows its bytes in the body. The
// zero Text is empty.
type Text struct {
	text  string
	spans []span
	base  int // offset of text in the text that the spans are about
}

// span is a run of letters of one width: tw bytes of text for rw raw bytes each.
type span struct {
	text, raw int
	tw, rw    uint8
}

// String returns the decoded text.
func (t Text) String() string { return t.text }

// Slice returns the part between two byte offsets of String.
func (t Text) Slice(start, end int) Text {
	return Text{text: t.text[start:end], spans: t.spans, base: t.base + start}
}

// TrimSpace returns the text without white space of any kind around it.
func (t Text) TrimSpace() Text {
	trimmed := strings.TrimSpace(t.text)
	start := strings.Index(t.text, trimmed)
	return t.Slice(start, start+len(trimmed))
}

// Raw returns the half-open range of the body's bytes from which the text
// between two byte offsets of String was decoded. Markup inside it is part of
// the range; markup around it is not. The range of no text is empty.
func (t Text) Raw(start, end int) (uint32, uint32) {
	if start >= end || len(t.spans) == 0 {
		return 0, 0
	}
	first, _ := t.letter(t.base + start)
	_, last := t.letter(t.base + end - 1)
	return uint32(first), uint32(last)
}

// letter returns the raw range of the letter that holds a byte of the text.
func (t Text) letter(offset int) (int, int) {
	i := sort.Search(len(t.spans), func(i int) bool { return t.spans[i].text > offset }) - 1
	s := t.spans[i]
	nth := (offset - s.text) / int(s.tw)
	start := s.raw + nth*int(s.rw)
	return start, start + int(s.rw)
}

// identity is text whose letters are the body's own bytes from raw on.
func identity(text string, raw int) Text {
	return Text{text: text, spans: []span{{0, raw, 1, 1}}}
}

// textBuilder gathers letters into a Text.
type textBuilder struct {
	text  strings.Builder
	spans []span
	next  int  // raw offset right after the last letter
	space bool // the last letter is white space of HTML
}

// add appends one letter that stood in length raw bytes at raw.
func (b *textBuilder) add(r rune, raw, length int) {
	width := uint8(utf8.RuneLen(r))
	tw, rw := width, uint8(length)
	if int(width) == length {
		tw, rw = 1, 1
	}
	last := len(b.spans) - 1
	if last < 0 || b.spans[last].tw != tw || b.spans[last].rw != rw || b.next != raw {
		b.spans = append(b.spans, span{b.text.Len(), raw, tw, rw})
	}
	b.text.WriteRune(r)
	b.next = raw + length
	b.space = false
}

// addSpace appends the white space of HTML source: any run of it is one space.
func (b *textBuilder) addSpace(raw int) {
	if b.text.Len() > 0 && !b.space {
		b.add(' ', raw, 1)
		b.space = true
	}
}

// addBreak appends a line break that a tag of the given length stands for.
func (b *textBuilder) addBreak(raw, length int) {
	if b.text.Len() > 0 {
		b.add('\n', raw, min(length, maxEntity))
		b.space = true
	}
}

func (b *textBuilder) blank() bool { return strings.TrimSpace(b.text.String()) == "" }

func (b *textBuilder) take() Text {
	t := Text{text: b.text.String(), spans: b.spans}
	*b = textBuilder{}
	return t.TrimSpace()
}

// maxEntity is the longest character reference that is decoded, in bytes.
const maxEntity = 40

// addHTML appends a text run of HTML source that starts at byte raw of the body.
func (b *textBuilder) addHTML(encoding Encoding, run []byte, raw int) bool {
	skip := 0
	return encoding.each(run, func(r rune, at, length int) {
		switch {
		case at < skip:
		case r == '&':
			if decoded, n := entity(run[at:]); n > 0 {
				skip = at + n
				b.add(decoded, raw+at, n)
				return
			}
			b.add(r, raw+at, length)
		case r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f':
			b.addSpace(raw + at)
		case r == '\uFEFF' || r == '\u200B' || r < ' ':
		default:
			b.add(r, raw+at, length)
		}
	})
}

// entity decodes the character reference at the start of run into one letter; n
// is its length in bytes, 0 where there is none.
func entity(run []byte) (r rune, n int) {
	end := 1
	for end < len(run) && end < maxEntity && (run[end] == '#' && end == 1 || isAlphanumeric(run[end])) {
		end++
	}
	if end < len(run) && run[end] == ';' {
		end++
	}
	name := string(run[:end])
	if !strings.HasSuffix(name, ";") && name != "&nbsp" && name != "&amp" && name != "&lt" && name != "&gt" {
		return 0, 0
	}
	decoded := html.UnescapeString(name)
	r, width := utf8.DecodeRuneInString(decoded)
	if decoded == name || width != len(decoded) || r == utf8.RuneError || end > maxEntity {
		return 0, 0
	}
	return r, end
}

func isAlphanumeric(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}
