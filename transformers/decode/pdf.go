package decode

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode/pdfglyph"
)

// pdfLayer names the text layer of PDFs in locators: a line for each paragraph,
// and for each row of a table, whose columns stand between tabs; page after page.
// It changes its number whenever the same document would give another layer.
const pdfLayer = "pdf-text/1"

// Limits of a PDF, beside those of pages and letters in package pdfglyph.
const (
	maxPDFBytes    = 64 << 20
	mostUnsure     = 20 // one letter in so many may be unknown
	shortestHeader = 2  // pages on which a line stands at the edge before it is a header
)

// PDF reads the running text of a PDF as a page of paragraphs; byte ranges are
// of its text layer. Lines that stand repeatedly at the edges of pages and page
// numbers are left out. Rows of tables are not put together again: they are in
// Unread, and so are pages of pictures.
func PDF(body []byte) (*Page, *Fault) {
	_, page, f := readPDF(body)
	return page, f
}

func readPDF(body []byte) ([]byte, *Page, *Fault) {
	if len(body) > maxPDFBytes {
		return nil, nil, fault(pipeline.UnexpectedField, fmt.Sprintf("the PDF has more than %d MiB; ask for it in parts", maxPDFBytes>>20))
	}
	pages, err := pdfglyph.Read(body)
	switch {
	case errors.Is(err, pdfglyph.ErrEncrypted):
		return nil, nil, fault(pipeline.UnexpectedKind, "the PDF is encrypted; ask the publisher for an open file")
	case errors.Is(err, pdfglyph.ErrDamaged):
		return nil, nil, fault(pipeline.Truncated, fmt.Sprintf("the PDF cannot be read: %v; fetch it again", err))
	case err != nil:
		return nil, nil, fault(pipeline.UnexpectedField, fmt.Sprintf("the PDF is not read: %v; ask for it in parts, or as DOCX or XLSX", err))
	}
	if f := unreadable(pages); f != nil {
		return nil, nil, f
	}
	layer, page := layoutPDF(pages)
	return layer, page, nil
}

// unreadable refuses documents without letters, and those whose fonts do not say
// which letters they print.
func unreadable(pages []pdfglyph.Page) *Fault {
	letters, unsure, recognised := 0, 0, 0
	for _, p := range pages {
		recognised += p.Invisible
		for _, g := range p.Glyphs {
			letters++
			if g.Unsure {
				unsure++
			}
		}
	}
	switch {
	case letters == 0 && recognised > 0:
		return fault(pipeline.UnexpectedKind, "the pages of the PDF are scans; what a machine recognised behind them is not trusted; ask for the text")
	case letters == 0:
		return fault(pipeline.UnexpectedKind, "the pages of the PDF hold no text: they are scans or drawings; ask for the text")
	case unsure*mostUnsure > letters:
		return fault(pipeline.BadEncoding, fmt.Sprintf("the fonts of the PDF do not say which letters they print (%d of %d); ask for the text", unsure, letters))
	}
	return nil
}

// rereadPDF makes the text layer again and returns a range of it.
func rereadPDF(body []byte, start, end uint32) (string, error) {
	layer, _, f := readPDF(body)
	if f != nil {
		return "", f
	}
	if start > end || int(end) > len(layer) {
		return "", fmt.Errorf("the text layer %s of the PDF has %d bytes", pdfLayer, len(layer))
	}
	return string(layer[start:end]), nil
}

// pdfWriter puts lines together to paragraphs and writes the text layer.
type pdfWriter struct {
	page      *Page
	layer     []byte
	on, n     int // page, and paragraph on it
	rows      int // rows of tables on the page
	margins   pdfMargins
	paragraph strings.Builder
	last      pdfLine // of the paragraph
}

// layoutPDF makes the text layer and its page.
func layoutPDF(pages []pdfglyph.Page) ([]byte, *Page) {
	lines := make([][]pdfLine, len(pages))
	for i, p := range pages {
		lines[i] = pdfLines(p.Glyphs)
	}
	dropEdges(lines)
	w := &pdfWriter{page: &Page{Complete: true}, margins: marginsOf(lines)}
	for i := range pages {
		if len(pages[i].Glyphs) == 0 && pages[i].Pictures {
			w.page.Unread = append(w.page.Unread, Block{Locator: fmt.Sprintf("%s#page[%d]", pdfLayer, i+1)})
		}
		markRows(lines[i])
		for j, line := range lines[i] {
			line.gapAbove = 0
			if j > 0 {
				line.gapAbove = lines[i][j-1].y - line.y
			}
			w.line(line)
		}
	}
	w.flush()
	for i := range w.page.Blocks { // the layer may have moved while it grew
		w.settle(&w.page.Blocks[i])
	}
	for i := range w.page.Unread {
		w.settle(&w.page.Unread[i])
	}
	w.page.Title = leadingLines(w.page.Blocks)
	return w.layer, w.page
}

func (w *pdfWriter) settle(b *Block) {
	start := int(b.Text.base)
	b.Text = identity(string(w.layer[start:start+len(b.Text.text)]), start)
}

// line takes the next line. A paragraph may go on over pages; it belongs to the
// one on which it begins.
func (w *pdfWriter) line(l pdfLine) {
	if l.row {
		w.flush()
		w.begin(l.page)
		w.row(l.text)
		return
	}
	switch {
	case w.paragraph.Len() == 0:
	case w.margins.breaks(w.last, l):
		w.flush()
	default:
		w.paragraph.WriteString(w.margins.joint(w.last, l))
	}
	if w.paragraph.Len() == 0 {
		w.begin(l.page)
	}
	w.paragraph.WriteString(l.text)
	w.last = l
}

// begin turns to the page that what comes next belongs to.
func (w *pdfWriter) begin(page int) {
	if w.on != page {
		w.on, w.n, w.rows = page, 0, 0
	}
}

// flush writes the paragraph.
func (w *pdfWriter) flush() {
	text := strings.TrimSpace(w.paragraph.String())
	w.paragraph.Reset()
	if text == "" {
		return
	}
	if loneFigures(text) {
		w.row(text)
		return
	}
	w.n++
	w.page.Blocks = append(w.page.Blocks, w.block(text, fmt.Sprintf("%s#page[%d]/p[%d]", pdfLayer, w.on, w.n)))
}

// row writes a row of a table.
func (w *pdfWriter) row(text string) {
	w.rows++
	w.page.Unread = append(w.page.Unread, w.block(text, fmt.Sprintf("%s#page[%d]/row[%d]", pdfLayer, w.on, w.rows)))
}

var timesInLine = regexp.MustCompile(`\d+\s*[年月日季—–-]|[第（(]\s*\d+`)

// loneFigures reports whether a paragraph is no sentence and has figures that are
// not of a time: a row of a table whose columns stand near each other.
func loneFigures(text string) bool {
	return !strings.ContainsAny(text, "，。；：、,;:") && strings.ContainsAny(timesInLine.ReplaceAllString(text, ""), "0123456789０１２３４５６７８９")
}

func (w *pdfWriter) block(text, locator string) Block {
	start := len(w.layer)
	w.layer = append(append(w.layer, text...), '\n')
	return Block{Text: identity(text, start), Locator: locator}
}

var (
	pageNumber = regexp.MustCompile(`^[-—–－~·\s第页共/\d]+$`)
	anyDigits  = regexp.MustCompile(`[\d\s]+`)
)

// edgeLines is how many lines at the top and at the bottom of a page may be its
// header and footer.
const edgeLines = 2

// dropEdges takes headers, footers and page numbers out.
func dropEdges(pages [][]pdfLine) {
	count := map[string]int{}
	for _, lines := range pages {
		seen := map[string]bool{}
		for i, l := range lines {
			if key := anyDigits.ReplaceAllString(l.text, ""); isEdge(i, len(lines)) && !seen[key] {
				seen[key] = true
				count[key]++
			}
		}
	}
	for p, lines := range pages {
		kept := lines[:0:0]
		for i, l := range lines {
			repeated := count[anyDigits.ReplaceAllString(l.text, "")]
			isHeader := isEdge(i, len(lines)) && repeated >= shortestHeader && 2*repeated >= len(pages)
			isNumber := (i == 0 || i == len(lines)-1) && utf8.RuneCountInString(l.text) < 16 && pageNumber.MatchString(l.text)
			if !isHeader && !isNumber {
				l.page = p + 1
				kept = append(kept, l)
			}
		}
		pages[p] = kept
	}
}

func isEdge(i, lines int) bool { return i < edgeLines || i >= lines-edgeLines }

// markRows makes rows of tables of the lines between rows.
func markRows(lines []pdfLine) {
	for i := 1; i+1 < len(lines); i++ {
		if lines[i-1].row && lines[i+1].row {
			lines[i].row = true
		}
	}
}
