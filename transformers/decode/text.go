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
	if len(trimmed) == len(t.text) {
		return t
	}
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
	i := 0
	if len(t.spans) > 1 {
		i = sort.Search(len(t.spans), func(i int) bool { return t.spans[i].text > offset }) - 1
	}
	s := t.spans[i]
	if s.tw == 1 && s.rw == 1 {
		start := s.raw + offset - s.text
		return start, start + 1
	}
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
	b.extend(raw, tw, rw)
	b.text.WriteRune(r)
	b.next = raw + length
	b.space = false
}

// addRun appends letters that stand in the body as they are.
func (b *textBuilder) addRun(run []byte, raw int) {
	if len(run) == 0 {
		return
	}
	b.extend(raw, 1, 1)
	b.text.Write(run)
	b.next = raw + len(run)
	b.space = false
}

// extend makes the last span one that letters of the widths at raw go on.
func (b *textBuilder) extend(raw int, tw, rw uint8) {
	last := len(b.spans) - 1
	if last >= 0 && b.spans[last].tw == tw && b.spans[last].rw == rw && b.next == raw {
		return
	}
	if len(b.spans) == cap(b.spans) {
		const chunk = 64 // spans of the texts to come lie behind those of this
		b.spans = append(make([]span, 0, max(chunk, 2*len(b.spans))), b.spans...)
	}
	b.spans = append(b.spans, span{b.text.Len(), raw, tw, rw})
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
	n := len(b.spans)
	t := Text{text: b.text.String(), spans: b.spans[:n:n]}
	*b = textBuilder{spans: b.spans[n:]}
	return t.TrimSpace()
}

// drop empties the builder.
func (b *textBuilder) drop() { *b = textBuilder{spans: b.spans[:0]} }

// maxEntity is the longest character reference that is decoded, in bytes.
const maxEntity = 40

// addHTML appends a text run of HTML source that starts at byte raw of the body.
func (b *textBuilder) addHTML(encoding Encoding, run []byte, raw int) bool {
	plain := 0 // start of the letters that are taken as they are
	for at := 0; at < len(run); {
		if c := run[at]; c > ' ' && c < utf8.RuneSelf && c != '&' {
			at++
			continue
		}
		if encoding == UTF8 && run[at] >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(run[at:])
			if r == utf8.RuneError {
				return false
			}
			if r == '\uFEFF' || r == '\u200B' {
				b.addRun(run[plain:at], raw+plain)
				plain = at + n
			}
			at += n
			continue
		}
		b.addRun(run[plain:at], raw+plain)
		n := b.addSpecial(encoding, run[at:], raw+at)
		if n == 0 {
			return false
		}
		at += n
		plain = at
	}
	b.addRun(run[plain:], raw+plain)
	return true
}

// addSpecial appends what the start of run stands for: white space, a character
// reference, a letter that is not in UTF-8. It returns its length in bytes, 0
// where it is none.
func (b *textBuilder) addSpecial(encoding Encoding, run []byte, raw int) int {
	switch c := run[0]; {
	case c == '&':
		decoded, n := entity(run)
		if n == 0 {
			decoded, n = '&', 1
		}
		b.add(decoded, raw, n)
		return n
	case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
		b.addSpace(raw)
		return 1
	case c < ' ':
		return 1
	}
	r, n := encoding.letter(run)
	if n > 0 && r != '\uFEFF' && r != '\u200B' {
		b.add(r, raw, n)
	}
	return n
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
