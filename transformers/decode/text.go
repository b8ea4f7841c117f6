package decode

import (
	"html"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// Text is decoded text of which every letter knows its bytes in the body. The
// zero Text is empty.
type Text struct {
	text string
	// runs is nil where the letters are the body's own bytes, one after the other.
	runs *runs
	// base is where text begins: in the text that the runs are about, or in the body
	// where there are none.
	base uint32
}

// runs are the stretches of letters of one width that a text is made of.
type runs []span

// span is a run of letters of one width: tw bytes of text for rw raw bytes each.
type span struct {
	text, raw uint32
	tw, rw    uint8
}

// String returns the decoded text.
func (t Text) String() string { return t.text }

// Slice returns the part between two byte offsets of String.
func (t Text) Slice(start, end int) Text {
	return Text{text: t.text[start:end], runs: t.runs, base: t.base + uint32(start)}
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
	if start >= end {
		return 0, 0
	}
	if t.runs == nil {
		return t.base + uint32(start), t.base + uint32(end)
	}
	first, _ := t.runs.letter(t.base + uint32(start))
	_, last := t.runs.letter(t.base + uint32(end) - 1)
	return first, last
}

// letter returns the raw range of the letter that holds a byte of the text.
func (r runs) letter(offset uint32) (from, to uint32) {
	i := 0
	if len(r) > 1 {
		i = sort.Search(len(r), func(i int) bool { return r[i].text > offset }) - 1
	}
	s := r[i]
	nth := (offset - s.text) / uint32(s.tw)
	start := s.raw + nth*uint32(s.rw)
	return start, start + uint32(s.rw)
}

// identity is text whose letters are the body's own bytes from raw on.
func identity(text string, raw int) Text { return Text{text: text, base: uint32(raw)} }

// undivided is text that stands for length raw bytes as a whole.
func undivided(text string, raw, length int) Text {
	return Text{text: text, runs: &runs{{0, uint32(raw), uint8(len(text)), uint8(length)}}}
}

// textBuilder gathers letters into a Text.
type textBuilder struct {
	text  strings.Builder // texts that were taken, and behind them the current one
	start int             // of the current one
	spans []span          // of the current one
	next  int             // raw offset right after the last letter
	space bool            // the last letter is white space of HTML
	// chunk is how much memory is asked for at once, for many texts; 0 gives each
	// text its own.
	chunk int
}

// mostTextChunk bounds the memory that a text may keep from being freed.
const mostTextChunk = 16 << 10

func (b *textBuilder) len() int { return b.text.Len() - b.start }

// current returns the letters so far; it shares the builder's memory.
func (b *textBuilder) current() string { return b.text.String()[b.start:] }

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
	if b.chunk > 0 && b.text.Cap() == 0 {
		b.text.Grow(b.chunk)
		b.chunk = min(2*b.chunk, mostTextChunk)
	}
	b.spans = append(b.spans, span{uint32(b.len()), uint32(raw), tw, rw})
}

// addSpace appends the white space of HTML source: any run of it is one space.
func (b *textBuilder) addSpace(raw int) {
	if b.len() > 0 && !b.space {
		b.add(' ', raw, 1)
		b.space = true
	}
}

// addBreak appends a line break that a tag of the given length stands for.
func (b *textBuilder) addBreak(raw, length int) {
	if b.len() > 0 {
		b.add('\n', raw, min(length, maxEntity))
		b.space = true
	}
}

// take returns the current text without the white space around it, and begins
// the next.
func (b *textBuilder) take() Text {
	t := b.whole()
	b.drop()
	return t.TrimSpace()
}

// whole returns the current text as it is.
func (b *textBuilder) whole() Text {
	t := Text{text: b.current()}
	switch {
	case len(b.spans) == 1 && b.spans[0].tw == 1 && b.spans[0].rw == 1:
		t.base = b.spans[0].raw
	case len(b.spans) > 0:
		own := runs(slices.Clone(b.spans))
		t.runs = &own
	}
	return t
}

// drop empties the builder of the current text.
func (b *textBuilder) drop() {
	b.spans, b.next, b.space = b.spans[:0], 0, false
	if left := b.text.Cap() - b.text.Len(); b.chunk == 0 || left < b.chunk/16 {
		b.text.Reset()
	}
	b.start = b.text.Len()
}

// maxEntity is the longest character reference that is decoded, in bytes.
const maxEntity = 40

// addHTML appends a text run of HTML source that starts at byte raw of the body.
// It returns false at a letter that is invalid or U+FFFD.
func (b *textBuilder) addHTML(encoding Encoding, run []byte, raw int) bool {
	plain := 0 // start of the letters that are taken as they are
	valid := false
	for at := 0; at < len(run); {
		c := run[at]
		if c > ' ' && c < utf8.RuneSelf && c != '&' {
			at++
			continue
		}
		if encoding == UTF8 && c >= utf8.RuneSelf {
			if !valid && !utf8.Valid(run[at:]) {
				return false
			}
			valid = true
			n := plainLetters(run[at:])
			if at += n; n > 0 {
				continue
			}
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

// plainLetters returns for how many bytes valid UTF-8 goes on with letters of
// several bytes that are none of the invisible ones nor U+FFFD: those begin with
// bytes that Chinese letters do not begin with.
func plainLetters(run []byte) int {
	for i, c := range run {
		if c < utf8.RuneSelf || c == 0xE2 || c == 0xEF {
			return i
		}
	}
	return len(run)
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
