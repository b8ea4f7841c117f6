package decode

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"zhibiao/pipeline"
)

// xlsLayer names the text layer of XLS workbooks in locators: a line for each
// printed cell, by sheet, row and column: the place, a tab and the text, whose
// own further lines each begin with a tab. It changes its number whenever the
// same workbook would give another layer.
const xlsLayer = "xls-text/1"

// maxXLSLayer is how many bytes the text layer of a workbook may have.
const maxXLSLayer = 64 << 20

// XLS is a workbook of Excel 5.0 to 2003. Byte ranges are of its text layer.
type XLS struct {
	Worksheets []Worksheet // whose Part is the layer and the name of the sheet

	layer  []byte
	sheets []*Sheet // of the worksheets
}

// OpenXLS reads a workbook.
func OpenXLS(body []byte) (*XLS, *Fault) {
	book, f := readXLS(body)
	if f != nil {
		return nil, f
	}
	w := &xlsWriter{XLS: &XLS{}, book: book, dates: &Workbook{date1904: book.from1904}}
	w.readFormats()
	for _, sheet := range book.sheets {
		if f := w.sheet(sheet); f != nil {
			return nil, f
		}
	}
	for _, s := range w.sheets {
		s.source.(*xlsSource).layer = w.layer
		if f := s.arrange(); f != nil {
			return nil, f
		}
	}
	return w.XLS, nil
}

// Sheet returns a worksheet of the workbook.
func (x *XLS) Sheet(of Worksheet) (*Sheet, *Fault) {
	for i := range x.Worksheets {
		if x.Worksheets[i].Part == of.Part {
			return x.sheets[i], nil
		}
	}
	return nil, fault(pipeline.UnexpectedField, fmt.Sprintf("the workbook has no sheet %s", of.Part))
}

func readXLS(body []byte) (*biffBook, *Fault) {
	container, err := openOLE(body)
	if err != nil {
		return nil, xlsFault(err)
	}
	name := "Workbook"
	if _, ok := container.streams[name]; !ok {
		name = "Book"
	}
	if _, ok := container.streams[name]; !ok {
		return nil, otherOLE(container)
	}
	stream, err := container.stream(name)
	if err != nil {
		return nil, xlsFault(err)
	}
	book, err := readBIFF(stream)
	if err != nil {
		return nil, xlsFault(err)
	}
	if len(book.sheets) == 0 {
		return nil, fault(pipeline.NotADocument, "the workbook lists no worksheet")
	}
	return book, nil
}

func xlsFault(err error) *Fault {
	switch {
	case errors.Is(err, errBIFFEncrypted):
		return fault(pipeline.UnexpectedKind, "the workbook is encrypted; ask the publisher for an open file")
	case errors.Is(err, errOLECut), errors.Is(err, errBIFFCut):
		return fault(pipeline.Truncated, fmt.Sprintf("the workbook is cut off (%v); fetch it again", err))
	}
	return fault(pipeline.NotADocument, fmt.Sprintf("the workbook cannot be read: %v; save it as XLSX and read that", err))
}

// otherOLE says what a container without a workbook is.
func otherOLE(container *ole) *Fault {
	kind := "no workbook in a container of Office 97; save it in a newer format"
	for stream, what := range map[string]string{
		"EncryptedPackage": "an encrypted document; ask the publisher for an open file",
		"WordDocument":     "a Word document of before 2007 (DOC), which is not read; save it as DOCX",
	} {
		if _, ok := container.streams[stream]; ok {
			kind = what
		}
	}
	return fault(pipeline.UnexpectedKind, "the body is "+kind)
}

// xlsWriter writes the text layer.
type xlsWriter struct {
	*XLS
	book    *biffBook
	dates   *Workbook      // knows the calendar
	formats []numberFormat // by cell format
}

func (w *xlsWriter) readFormats() {
	for _, id := range w.book.xfs {
		code, ok := w.book.formats[id]
		if !ok {
			code = builtinFormats[int(id)]
		}
		w.formats = append(w.formats, parseFormat(code))
	}
}

// sheet writes the cells of a sheet that are printed.
func (w *xlsWriter) sheet(from *biffSheet) *Fault {
	part := xlsLayer + "#" + from.name
	source := &xlsSource{part: part, formats: w.formats}
	s := &Sheet{Name: from.name, Locator: part, source: source}
	if from.cut {
		s.Cut = "the sheet ends in the middle of its records; fetch the workbook again"
	}
	for _, of := range w.Worksheets {
		if of.Part == part {
			return fault(pipeline.UnexpectedField, fmt.Sprintf("the workbook has two sheets named %q", shortName(from.name)))
		}
	}
	if s.merges = from.merges; len(s.merges) > maxMerges {
		return fault(pipeline.UnexpectedField, fmt.Sprintf("%s has more than %d merged cells", part, maxMerges))
	}
	for _, cell := range from.inOrder() {
		if f := w.cell(s, from, cell); f != nil {
			return f
		}
	}
	w.Worksheets = append(w.Worksheets, Worksheet{Name: from.name, Part: part, Hidden: from.hidden})
	w.sheets = append(w.sheets, s)
	return nil
}

func (w *xlsWriter) cell(s *Sheet, from *biffSheet, cell biffCell) *Fault {
	c := cellRef{row: uint32(cell.row), col: cell.col, style: cell.xf, kind: textCell}
	text := cell.text
	switch cell.kind {
	case biffUncached:
		c.kind, text = uncachedCell, "="
	case biffNumberCell:
		c.kind = numberCell
		if format := formatOf(w.formats, cell.xf); format.date != 0 {
			c.kind, text = textCell, w.dates.dateText(text, format.date)
		}
	default:
		if text = layerText(text); text == "" {
			return nil
		}
	}
	if from.isHidden(cell) {
		s.Hidden++
		return nil
	}
	if cell.col >= maxSheetColumns {
		return fault(pipeline.UnexpectedField, fmt.Sprintf("%s has content beyond its first %d columns", s.Locator, maxSheetColumns))
	}
	w.layer = append(w.layer, from.name+"!"+columnName(uint32(cell.col))+strconv.Itoa(int(cell.row)+1)+"\t"...)
	c.start = uint32(len(w.layer))
	w.layer = append(w.layer, text...)
	c.end = uint32(len(w.layer))
	if w.layer = append(w.layer, '\n'); len(w.layer) > maxXLSLayer {
		return fault(pipeline.UnexpectedField, fmt.Sprintf("the workbook has more than %d MiB of text", maxXLSLayer>>20))
	}
	s.cells = append(s.cells, c)
	return nil
}

// layerText writes a text into the layer: a line break takes a tab behind it,
// and what cannot be printed is left out.
func layerText(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r < ' ' && r != '\n', r == '\uFEFF', r == '\u200B':
			return -1
		}
		return r
	}, text)
	return strings.ReplaceAll(strings.Trim(text, "\n"), "\n", "\n\t")
}

// xlsSource decodes the cells of a sheet from the text layer.
type xlsSource struct {
	part    string // locator of the sheet
	layer   []byte // of the whole workbook
	formats []numberFormat
}

func (s *xlsSource) locator(c cellRef) string { return s.tableLocator(c.row, int(c.col)) }

func (s *xlsSource) tableLocator(row uint32, col int) string {
	return s.part + "!" + columnName(uint32(col)) + strconv.Itoa(int(row)+1)
}

func (s *xlsSource) text(c cellRef) (Text, Stored) {
	text := layerRange(s.layer, c.start, c.end)
	switch c.kind {
	case uncachedCell:
		return text, Stored{Problem: NotCached}
	case numberCell:
		return text, formatOf(s.formats, c.style).stored(text.String())
	}
	return text, Stored{}
}

func formatOf(formats []numberFormat, style uint16) numberFormat {
	if int(style) < len(formats) {
		return formats[style]
	}
	return numberFormat{general: true}
}

// stored says what the format adds to a number, whose shortest decimal is text.
func (f numberFormat) stored(text string) Stored {
	stored := Stored{Number: true, Percent: f.percent, Decimals: f.decimals}
	if f.general {
		_, fraction, _ := strings.Cut(text, ".")
		stored.Decimals = uint8(min(len(fraction), 255))
	}
	if f.scaled {
		stored.Problem = Scaled
	}
	return stored
}

// layerRange decodes a range of a text layer.
func layerRange(layer []byte, start, end uint32) Text {
	raw := string(layer[start:end])
	if !strings.Contains(raw, "\n") {
		return identity(raw, int(start))
	}
	var b textBuilder
	UTF8.each([]byte(raw), func(r rune, at, length int) {
		switch {
		case r == '\n' && strings.HasPrefix(raw[at+1:], "\t"):
			b.add('\n', int(start)+at, 2)
		case r == '\t' && at > 0 && raw[at-1] == '\n':
		default:
			b.add(r, int(start)+at, length)
		}
	})
	return b.take()
}

// rereadXLS writes the text layer again and decodes a range of it.
func rereadXLS(body []byte, start, end uint32) (string, error) {
	x, f := OpenXLS(body)
	if f != nil {
		return "", f
	}
	if start > end || int(end) > len(x.layer) {
		return "", fmt.Errorf("the text layer %s of the workbook has %d bytes", xlsLayer, len(x.layer))
	}
	text := layerRange(x.layer, start, end)
	return text.String(), nil
}
