package extract

import (
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
)

// docx reads a Word document as a page.
func (s *sink) docx() {
	page, f := decode.DOCX(s.doc.Body, s.budget)
	if f != nil {
		s.refuseWhole(f.Reason, f.Detail)
		return
	}
	s.readPage(page)
}

// xls reads a workbook of before Excel 2007.
func (s *sink) xls() {
	book, f := decode.OpenXLS(s.doc.Body)
	if f != nil {
		s.refuseWhole(f.Reason, f.Detail)
		return
	}
	s.worksheets(book.Worksheets, book.Sheet)
}

// pdf reads the running text of a PDF. What it prints in tables is refused: the
// cells of a table are not marked in a PDF.
func (s *sink) pdf() {
	page, f := decode.PDF(s.doc.Body)
	if f != nil {
		s.refuseWhole(f.Reason, f.Detail)
		return
	}
	rows := map[string]int{} // with figures, by page
	for _, line := range page.Unread {
		if hasDigits(line.Text.String()) {
			rows[tableOf(line.Locator)]++
		}
	}
	for _, line := range page.Unread {
		s.unreadLine(line, rows[tableOf(line.Locator)])
	}
	s.readPage(page)
}

func hasDigits(text string) bool {
	return strings.ContainsAny(text, "0123456789０１２３４５６７８９")
}

// fewRows is how many rows of figures without a known name are no table.
const fewRows = 2

// unreadLine refuses the numbers of a line that was not read: where it names an
// indicator, or is one of the rows of a table, whose names may stand in its head.
// It refuses a page of pictures too.
func (s *sink) unreadLine(line decode.Block, rows int) {
	text := line.Text.String()
	if text == "" {
		s.complete = false
		s.refuse(pipeline.UnexpectedKind, "", nil, place{table: line.Locator, locator: line.Locator}, "the page holds no text: it is a scan or a drawing; ask for the text")
		return
	}
	if !hasDigits(text) {
		return
	}
	const detail = "tables of a PDF are not read: what belongs to which column is not marked; ask for XLSX, DOCX or a page"
	at := place{locator: line.Locator, table: tableOf(line.Locator), quote: text}
	at.start, at.end = line.Text.Raw(0, len(text))
	for _, hit := range s.recognise.Scan(text) {
		if hit.Indicator != "" {
			s.refuse(pipeline.UnexpectedKind, text[hit.Start:hit.End], s.indicators[hit.Indicator], at, detail)
			return
		}
	}
	if rows > fewRows {
		s.refuse(pipeline.UnexpectedKind, "", nil, at, detail)
	}
}

// tableOf is the page of a row.
func tableOf(locator string) string {
	if i := strings.LastIndexByte(locator, '/'); i > strings.IndexByte(locator, '#') {
		return locator[:i]
	}
	return locator
}
