package recognise

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// mark stands in folded text for a footnote mark: it is no letter, no space and
// no digit, so that nothing reads across it by accident.
const mark = '\uFFFC'

// folded is a text in the form in which names are compared, with the bytes of
// the given text that each rune came from: half width, upper case, one form for
// each of minus, dash, tilde and colon, spaces as ' ', footnote marks as mark.
type folded struct {
	runes    []rune
	from, to []int32
	brackets bool // it may have footnote marks in brackets, or stars
	gaps     bool // it may have spaces or footnote marks
}

func (f *folded) add(r rune, from, to int32) {
	f.runes = append(f.runes, r)
	f.from = append(f.from, from)
	f.to = append(f.to, to)
}

func (f *folded) reset() {
	f.runes, f.from, f.to = f.runes[:0], f.from[:0], f.to[:0]
	f.brackets, f.gaps = false, false
}

// fold brings a text into the form in which names are compared.
func fold(text string) *folded {
	f := &folded{
		runes: make([]rune, 0, len(text)/2),
		from:  make([]int32, 0, len(text)/2),
		to:    make([]int32, 0, len(text)/2),
	}
	f.fold(text)
	return f
}

// fold replaces what f held by a text.
func (f *folded) fold(text string) {
	f.reset()
	f.grow(len(text))
	table := foldTable()
	for i := 0; i < len(text); {
		r, n := decodeRune(text, i)
		from, to := int32(i), int32(i+n)
		i += n
		if r >= 0x4E00 && r <= 0x9FFF {
			f.add(r, from, to)
			continue
		}
		if r > 0xFF00 && r < 0xFF5F { // full-width ASCII
			r -= 0xFEE0
		}
		if r >= tabled {
			f.gaps = true
			foldRune(f, r, from, to)
			continue
		}
		switch plain := rune(table[r]); plain {
		case '(', '[', '*':
			f.brackets, f.gaps = true, true
			f.add(plain, from, to)
		case ' ', mark:
			f.gaps = true
			f.add(plain, from, to)
		case noWidth:
		case severalRunes:
			f.gaps = true
			foldRune(f, r, from, to)
		default:
			f.add(plain, from, to)
		}
	}
	if f.brackets {
		f.replaceFootnotes()
	}
}

// grow makes room for a text of so many bytes of mostly Chinese letters.
func (f *folded) grow(size int) {
	if size/2 <= cap(f.runes) {
		return
	}
	f.runes, f.from, f.to = make([]rune, 0, size/2), make([]int32, 0, size/2), make([]int32, 0, size/2)
}

// decodeRune decodes the rune at i. Chinese letters and digits, which are most of
// a text, are decoded here, where the compiler can see it.
func decodeRune(text string, i int) (rune, int) {
	a := text[i]
	if a < utf8.RuneSelf {
		return rune(a), 1
	}
	if a >= 0xE4 && a <= 0xE9 && i+2 < len(text) {
		if b, c := text[i+1], text[i+2]; b&0xC0 == 0x80 && c&0xC0 == 0x80 {
			return rune(a&0x0F)<<12 | rune(b&0x3F)<<6 | rune(c&0x3F), 3
		}
	}
	return utf8.DecodeRuneInString(text[i:])
}

// Below tabled, foldTable knows what most runes become; the others are rare.
const (
	tabled       = 0x3100
	noWidth      = 0xFFFE
	severalRunes = 0xFFFF
)

var foldTable = sync.OnceValue(func() *[tabled]uint16 {
	var table [tabled]uint16
	var f folded
	for r := range rune(tabled) {
		f.reset()
		foldRune(&f, r, 0, 0)
		switch {
		case len(f.runes) == 0:
			table[r] = noWidth
		case len(f.runes) > 1 || f.runes[0] >= noWidth:
			table[r] = severalRunes
		default:
			table[r] = uint16(f.runes[0])
		}
	}
	return &table
})

func foldRune(f *folded, r rune, from, to int32) {
	switch {
	case r == '\u200b' || r == '\ufeff' || r == '\u00ad' || r == '\u200d' || r == '\u200c' || r == '\u2060':
		return // no width: no letter and no space
	case unicode.IsSpace(r):
		f.add(' ', from, to)
		return
	case unicode.Is(unicode.No, r): // ①, ², ⑴
		f.add(mark, from, to)
		return
	case r > unicode.MaxASCII && unifiedPunctuation(r) == 0:
		foldCompatible(f, r, from, to)
		return
	}
	if u := unifiedPunctuation(r); u != 0 {
		r = u
	}
	if r >= 'a' && r <= 'z' {
		r += 'A' - 'a'
	}
	f.brackets = f.brackets || r == '(' || r == '[' || r == '*'
	f.add(r, from, to)
}

// foldCompatible applies NFKC to one rune, unless that would make digits of
// something that is printed as none (㎡).
func foldCompatible(f *folded, r rune, from, to int32) {
	plain := norm.NFKC.String(string(r))
	if strings.ContainsAny(plain, "0123456789") {
		f.add(r, from, to)
		return
	}
	for _, p := range plain {
		switch u := unifiedPunctuation(p); {
		case u != 0:
			p = u
		case unicode.IsSpace(p):
			p = ' '
		case p >= 'a' && p <= 'z':
			p += 'A' - 'a'
		}
		f.brackets = f.brackets || p == '(' || p == '[' || p == '*'
		f.add(p, from, to)
	}
}

// unifiedPunctuation gives the one form of a sign that publishers print in
// several, 0 for any other rune. A dash is kept apart from a minus.
func unifiedPunctuation(r rune) rune {
	switch r {
	case '−', '﹣', '‐', '‑', '⁻':
		return '-'
	case '—', '–', '―', '─', '━', '﹘':
		return '—'
	case '～', '〜', '∼', '˜':
		return '~'
	case '∶', '：', '﹕', '︰':
		return ':'
	case '〔', '【', '﹝', '［':
		return '['
	case '〕', '】', '﹞', '］':
		return ']'
	case '﹙':
		return '('
	case '﹚':
		return ')'
	case '﹪':
		return '%'
	}
	return 0
}

// replaceFootnotes puts one mark in place of [1], [注1], (1) and * after a word.
func (f *folded) replaceFootnotes() {
	out := folded{runes: f.runes[:0], from: f.from[:0], to: f.to[:0], brackets: true, gaps: true}
	for i := 0; i < len(f.runes); {
		if n := f.footnote(i, out.runes); n > 0 {
			from, to := f.from[i], f.to[i+n-1]
			out.add(mark, from, to)
			i += n
			continue
		}
		out.add(f.runes[i], f.from[i], f.to[i])
		i++
	}
	*f = out
}

// footnote returns how many runes from i on are a footnote mark, 0 for none.
// Round brackets and stars are marks only behind a word: at the start of a text
// or a clause (1) numbers a paragraph.
func (f *folded) footnote(i int, before []rune) int {
	r := f.runes[i]
	if r != '[' && r != '(' && r != '*' {
		return 0
	}
	behindWord := len(before) > 0 && (unicode.Is(unicode.Han, before[len(before)-1]) || before[len(before)-1] == ')')
	if r == '*' {
		if behindWord {
			return 1
		}
		return 0
	}
	closing := ')'
	if r == '[' {
		closing = ']'
	}
	j := i + 1
	if j < len(f.runes) && f.runes[j] == '注' {
		j++
	} else if r == '(' && !behindWord {
		return 0
	}
	digits := 0
	for j < len(f.runes) && f.runes[j] >= '0' && f.runes[j] <= '9' && digits < 3 {
		j++
		digits++
	}
	if digits == 0 && f.runes[j-1] != '注' || digits > 2 || j >= len(f.runes) || f.runes[j] != closing {
		return 0
	}
	return j + 1 - i
}

// compact returns the text without spaces and footnote marks, for names, which
// publishers space out and annotate. A space between two digits stays: it parts
// two numbers.
func (f *folded) compact() *folded {
	out := &folded{
		runes: make([]rune, 0, len(f.runes)),
		from:  make([]int32, 0, len(f.runes)),
		to:    make([]int32, 0, len(f.runes)),
	}
	f.compactInto(out)
	return out
}

// compactInto replaces what out held by the compact form of f.
func (f *folded) compactInto(out *folded) {
	out.reset()
	parted := false
	for i, r := range f.runes {
		if r == ' ' || r == mark {
			parted = true
			continue
		}
		if parted && isDigit(r) && len(out.runes) > 0 && isDigit(out.runes[len(out.runes)-1]) {
			out.add(' ', f.from[i-1], f.to[i-1])
		}
		out.add(r, f.from[i], f.to[i])
		parted = false
	}
}

// foldName returns the form in which a whole name is compared.
func foldName(name string) string {
	if isFolded(name) {
		return name
	}
	return string(fold(name).compact().runes)
}

// isFolded reports whether folding changes nothing of a text: it is of plain
// Chinese and digits, as most names and numbers are.
func isFolded(text string) bool {
	for _, r := range text {
		if (r < 0x4E00 || r > 0x9FFF) && (r < '+' || r > '9') {
			return false
		}
	}
	return true
}

// span returns the bytes of runes i to j (half open).
func (f *folded) span(i, j int) (start, end int) { return int(f.from[i]), int(f.to[j-1]) }
