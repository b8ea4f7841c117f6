package recognise

import (
	"strings"
	"unicode"

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
	from, to []int
}

func (f *folded) add(r rune, from, to int) {
	f.runes = append(f.runes, r)
	f.from = append(f.from, from)
	f.to = append(f.to, to)
}

// fold brings a text into the form in which names are compared.
func fold(text string) *folded {
	f := &folded{
		runes: make([]rune, 0, len(text)/2),
		from:  make([]int, 0, len(text)/2),
		to:    make([]int, 0, len(text)/2),
	}
	for i, r := range text {
		end := i + runeLength(r, text[i:])
		foldRune(f, r, i, end)
	}
	f.replaceFootnotes()
	return f
}

// runeLength returns the bytes that r takes at the start of text: one for a byte
// that is no UTF-8.
func runeLength(r rune, text string) int {
	if r == unicode.ReplacementChar && !strings.HasPrefix(text, string(unicode.ReplacementChar)) {
		return 1
	}
	return len(string(r))
}

func foldRune(f *folded, r rune, from, to int) {
	switch {
	case r >= 0x4E00 && r <= 0x9FFF:
		f.add(r, from, to)
		return
	case r == '\u200b' || r == '\ufeff' || r == '\u00ad' || r == '\u200d' || r == '\u200c' || r == '\u2060':
		return // no width: no letter and no space
	case unicode.IsSpace(r):
		f.add(' ', from, to)
		return
	case r > 0xFF00 && r < 0xFF5F: // full-width ASCII
		r -= 0xFEE0
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
	f.add(r, from, to)
}

// foldCompatible applies NFKC to one rune, unless that would make digits of
// something that is printed as none (㎡).
func foldCompatible(f *folded, r rune, from, to int) {
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
	out := folded{runes: f.runes[:0], from: f.from[:0], to: f.to[:0]}
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
	closing := map[rune]rune{'[': ']', '(': ')'}[r]
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
		from:  make([]int, 0, len(f.runes)),
		to:    make([]int, 0, len(f.runes)),
	}
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
	return out
}

// foldName returns the form in which a whole name is compared.
func foldName(name string) string { return string(fold(name).compact().runes) }

// span returns the bytes of runes i to j (half open).
func (f *folded) span(i, j int) (start, end int) { return f.from[i], f.to[j-1] }
