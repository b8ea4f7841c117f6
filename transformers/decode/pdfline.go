package decode

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"zhibiao/transformers/decode/pdfglyph"
)

// pdfLine is a printed line. Lengths are in points.
type pdfLine struct {
	text        string // its columns stand between tabs
	page        int
	left, right float64
	y, size     float64 // base line and em of most of its letters
	gapAbove    float64 // to the base line above, 0 for the first of a page
	row         bool    // a row of a table
}

// Distances in em.
const (
	sameLine   = 0.5  // between base lines of one line: footnote marks are raised
	spaceGap   = 0.25 // between letters from which they stand apart
	columnGap  = 1.2  // from which they stand in two columns
	sameLetter = 0.15 // between two prints of a letter that is made bold by printing it twice
	raisedBy   = 0.12 // above the base line
	raisedSize = 0.85
)

// pdfLines puts the letters of a page into lines, from the top.
func pdfLines(glyphs []pdfglyph.Glyph) []pdfLine {
	sorted := make([]pdfglyph.Glyph, 0, len(glyphs))
	for _, g := range glyphs {
		if g.Rune > ' ' && g.Rune != '\u00A0' && g.Rune != '\u3000' && g.Size > 0 && !math.IsNaN(g.X+g.Y+g.Right) {
			sorted = append(sorted, g)
		}
	}
	slices.SortStableFunc(sorted, func(a, b pdfglyph.Glyph) int { return compareFloat(b.Y, a.Y) })
	var lines []pdfLine
	for start := 0; start < len(sorted); {
		end, size := start, 0.0
		for end < len(sorted) {
			larger := math.Max(size, sorted[end].Size)
			if end > start && sorted[start].Y-sorted[end].Y > sameLine*larger {
				break
			}
			size = larger
			end++
		}
		lines = append(lines, lineOf(sorted[start:end]))
		start = end
	}
	return slices.DeleteFunc(lines, func(l pdfLine) bool { return l.text == "" })
}

func compareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// lineOf writes the letters of a line from the left.
func lineOf(glyphs []pdfglyph.Glyph) pdfLine {
	l := pdfLine{}
	l.size = commonSize(glyphs)
	for _, g := range glyphs {
		if g.Size == l.size {
			l.y = g.Y
			break
		}
	}
	slices.SortStableFunc(glyphs, func(a, b pdfglyph.Glyph) int { return compareFloat(a.X, b.X) })
	l.left = glyphs[0].X
	w := lineWriter{line: &l}
	for i, g := range glyphs {
		if i > 0 && g.Rune == glyphs[i-1].Rune && g.X-glyphs[i-1].X < sameLetter*g.Size {
			continue
		}
		w.add(g)
		l.right = math.Max(l.right, g.Right)
	}
	w.endRaised()
	l.text = w.text.String()
	l.row = w.gaps > 1 || w.doubts > 1 || w.gaps == 1 && strings.ContainsAny(l.text, "0123456789０１２３４５６７８９")
	return l
}

// commonSize is the size that most letters have, the larger of two.
func commonSize(glyphs []pdfglyph.Glyph) float64 {
	count := map[float64]int{}
	best := 0.0
	for _, g := range glyphs {
		count[g.Size]++
	}
	for size, n := range count {
		if n > count[best] || n == count[best] && size > best {
			best = size
		}
	}
	return best
}

type lineWriter struct {
	line   *pdfLine
	text   strings.Builder
	raised strings.Builder
	last   pdfglyph.Glyph
	some   bool
	gaps   int // between columns
	doubts int // between figures that stand a little apart
}

func (w *lineWriter) add(g pdfglyph.Glyph) {
	isRaised := g.Size < raisedSize*w.line.size && g.Y > w.line.y+raisedBy*w.line.size
	if !isRaised {
		w.endRaised()
	}
	if w.some {
		w.space(g)
	}
	w.last, w.some = g, true
	if isRaised {
		w.raised.WriteRune(letterOf(g))
	} else {
		w.text.WriteRune(letterOf(g))
	}
}

// space writes what a gap before a letter stands for. Figures that stand a
// little apart may be one number or two: what is between them is unknown.
func (w *lineWriter) space(g pdfglyph.Glyph) {
	gap := (g.X - w.last.Right) / math.Max(w.line.size, 1)
	switch {
	case gap >= columnGap:
		w.endRaised()
		w.text.WriteByte('\t')
		w.gaps++
	case gap < spaceGap || isWide(g.Rune) || isWide(w.last.Rune):
	case isFigure(g.Rune) && isFigure(w.last.Rune):
		w.text.WriteRune(unknownSign)
		w.doubts++
	default:
		w.text.WriteByte(' ')
	}
}

// endRaised drops a raised footnote mark and keeps every other raised text, as
// in pages.
func (w *lineWriter) endRaised() {
	raised := w.raised.String()
	w.raised.Reset()
	if before := w.text.String(); raised != "" && !isFootnoteMark(raised, before) {
		w.text.WriteString(raised)
	}
}

// letterOf is the letter that a glyph stands for. Radicals that fonts name in the
// place of characters become those.
func letterOf(g pdfglyph.Glyph) rune {
	switch {
	case g.Unsure || g.Rune >= 0xE000 && g.Rune <= 0xF8FF || !utf8.ValidRune(g.Rune):
		return unknownSign
	case g.Rune >= 0x2E80 && g.Rune <= 0x2FDF:
		r, _ := utf8.DecodeRuneInString(norm.NFKC.String(string(g.Rune)))
		return r
	}
	return g.Rune
}

func isFigure(r rune) bool { return r >= '0' && r <= '9' || r == '.' || r == ',' || r == '-' }

// isWide reports whether a letter is one of Chinese text, which has no spaces.
func isWide(r rune) bool { return r >= 0x2E80 }

// pdfMargins are the edges of the running text.
type pdfMargins struct {
	left, right, pitch float64
}

// marginsOf finds the edges at which most lines begin and end.
func marginsOf(pages [][]pdfLine) pdfMargins {
	lefts, rights, pitches := map[int]int{}, map[int]int{}, map[int]int{}
	for _, lines := range pages {
		for i, l := range lines {
			if l.row {
				continue
			}
			lefts[int(l.left)/edgeStep]++
			rights[int(l.right)/edgeStep]++
			if i > 0 {
				pitches[int(lines[i-1].y-l.y)]++
			}
		}
	}
	return pdfMargins{float64(most(lefts, -1) * edgeStep), float64((most(rights, 1) + 1) * edgeStep), float64(pitchOf(pitches) + 1)}
}

// pitchOf is the least distance between base lines that is not rare.
func pitchOf(count map[int]int) int {
	usual := count[most(count, -1)]
	least := 0
	for distance, n := range count {
		if 3*n >= usual && distance > 0 && (least == 0 || distance < least) {
			least = distance
		}
	}
	return least
}

// edgeStep is how near edges lie that are one, in points.
const edgeStep = 4

// most is the key that counts most; of several the greatest where sign is 1, and
// the least where it is -1.
func most(count map[int]int, sign int) int {
	best, seen := 0, false
	for key, n := range count {
		if !seen || n > count[best] || n == count[best] && key*sign > best*sign {
			best, seen = key, true
		}
	}
	return best
}

// Distances in em at the edges of lines.
const (
	indent    = 1.2  // of the first line of a paragraph
	fullLine  = 2.5  // that the last word of a full line may leave
	wideBreak = 1.35 // between base lines, of the usual distance
)

// breaks reports whether a line begins a paragraph.
func (m pdfMargins) breaks(before, l pdfLine) bool {
	short := m.right - before.right
	switch {
	case l.left-m.left > indent*l.size,
		math.Abs(l.size-before.size) > 0.15*before.size,
		l.gapAbove > wideBreak*m.pitch,
		short > 0.4*(m.right-m.left),
		strings.Contains(before.text, "\t"), strings.Contains(l.text, "\t"):
		return true
	}
	return short > fullLine*before.size && endsSentence(before.text)
}

// joint is what stands between two lines of a paragraph: nothing in Chinese
// text, and an unknown sign where it is not sure that the line goes on.
func (m pdfMargins) joint(before, l pdfLine) string {
	last, _ := utf8.DecodeLastRuneInString(before.text)
	first, _ := utf8.DecodeRuneInString(l.text)
	switch {
	case m.right-before.right > fullLine*before.size, isFigure(last) && isFigure(first):
		return string(unknownSign)
	case isWide(last) || isWide(first) || last == '-':
		return ""
	}
	if isFigure(last) || isFigure(first) {
		return ""
	}
	return " "
}

func endsSentence(text string) bool {
	last, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune("。！？；：:.;!?”）)", last)
}
