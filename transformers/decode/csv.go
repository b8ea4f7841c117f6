package decode

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"zhibiao/pipeline"
)

// CSV reads a table of lines: RFC 4180 with a comma, a tab or a semicolon, in
// UTF-8 or GB18030; lines may have different lengths. What is no such table, or
// has text behind a closing quote, is refused.
func CSV(body []byte, mediaType string) (*Sheet, *Fault) {
	if i := bytes.IndexFunc(body, isBinary); i >= 0 {
		return nil, fault(pipeline.UnexpectedKind, fmt.Sprintf("the body holds the control character %#02x at byte %d: it is neither text nor a form that is read", body[i], i))
	}
	found, f := sniff(body, mediaType)
	if f != nil {
		return nil, f
	}
	if f := wholeLetters(body, found.encoding); f != nil {
		return nil, f
	}
	delimiter, usual := sniffDelimiter(body[found.bom:])
	if delimiter == 0 {
		return nil, fault(pipeline.UnexpectedKind, "the body is text, but no table of lines: no comma, tab or semicolon parts its lines into columns")
	}
	sheet := &Sheet{Locator: csvLocator, source: &csvSource{body, found.encoding}}
	p := csvParser{body: body, at: found.bom, delimiter: delimiter}
	if f := p.read(sheet); f != nil {
		return nil, f
	}
	if last := p.last; last.fields > 1 && last.fields < usual && !last.ended {
		sheet.Cut = fmt.Sprintf("the last line has %d of %d columns and no end of line; the line is left out; fetch it again", last.fields, usual)
		sheet.cells = sheet.cells[:last.first]
	}
	return sheet, sheet.arrange()
}

// wholeLetters refuses a body whose last letter is cut off, or that holds letters
// which are invalid or were lost.
func wholeLetters(body []byte, encoding Encoding) *Fault {
	seen := 0
	whole := encoding.each(body, func(_ rune, at, length int) { seen = at + length })
	switch {
	case whole:
		return nil
	case encoding == UTF8 && !utf8.Valid(body) || encoding == GB18030 && len(body)-seen < 4 && seen > 0 && gbLength(body[seen:]) == 0:
		return fault(pipeline.Truncated, "the body ends inside a letter; fetch it again")
	}
	return fault(pipeline.BadEncoding, fmt.Sprintf("the body holds letters that are invalid in %s, or were lost before it reached us (U+FFFD)", encoding))
}

const csvLocator = "csv"

func isBinary(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' }

// csvSource decodes the cells of a CSV file.
type csvSource struct {
	body     []byte
	encoding Encoding
}

func (s *csvSource) locator(c cellRef) string {
	return fmt.Sprintf("row[%d]/col[%d]", c.row+1, c.col+1)
}

func (s *csvSource) tableLocator(row uint32, _ int) string {
	if row == 0 {
		return csvLocator
	}
	return fmt.Sprintf("%s/row[%d]", csvLocator, row+1)
}

func (s *csvSource) text(c cellRef) (Text, Stored) {
	raw := s.body[c.start:c.end]
	if s.encoding == UTF8 && c.kind == plainCell {
		return identity(string(raw), int(c.start)).TrimSpace(), Stored{}
	}
	var b textBuilder
	doubled := false
	s.encoding.each(raw, func(r rune, at, length int) {
		switch {
		case r == '"' && c.kind == quotedCell && !doubled:
			doubled = true
			return
		case r == '\r':
		default:
			b.add(r, int(c.start)+at, length)
		}
		doubled = false
	})
	return b.take(), Stored{}
}

// csvParser walks the lines of a body. Delimiters, quotes and line ends are
// never trail bytes of GB18030.
type csvParser struct {
	body      []byte
	at        int
	delimiter byte
	last      csvLine
}

// csvLine is what was seen of one line.
type csvLine struct {
	fields int
	first  int  // index of its first cell
	ended  bool // by an end of line
}

// read gathers the cells with content of all lines.
func (p *csvParser) read(sheet *Sheet) *Fault {
	for row := uint32(0); p.at < len(p.body); row++ {
		line := csvLine{first: len(sheet.cells)}
		for {
			cell, more, f := p.field(row)
			if f != nil {
				return f
			}
			if cell.start < cell.end && len(bytes.TrimSpace(p.body[cell.start:cell.end])) > 0 {
				if line.fields >= maxSheetColumns {
					return fault(pipeline.UnexpectedField, fmt.Sprintf("line %d has more than %d columns", row+1, maxSheetColumns))
				}
				if len(sheet.cells) >= maxSheetCells || row >= lastRow {
					return fault(pipeline.UnexpectedField, fmt.Sprintf("the table has more than %d cells or %d lines; ask for it in parts", maxSheetCells, lastRow))
				}
				cell.row, cell.col = row, uint16(line.fields)
				sheet.cells = append(sheet.cells, cell)
			}
			line.fields++
			if !more {
				break
			}
		}
		line.ended = p.body[p.at-1] == '\n' || p.body[p.at-1] == '\r'
		if line.fields > 1 || len(sheet.cells) > line.first {
			p.last = line
		}
	}
	return nil
}

// field reads one field and moves behind the delimiter or the end of line.
func (p *csvParser) field(row uint32) (cell cellRef, more bool, f *Fault) {
	start := p.at
	if start < len(p.body) && p.body[start] == '"' {
		end := p.closingQuote(start + 1)
		if end < 0 {
			return cell, false, fault(pipeline.Truncated, fmt.Sprintf("the quotes that open in line %d do not close; fetch it again", row+1))
		}
		cell = cellRef{start: uint32(start + 1), end: uint32(end), kind: quotedCell}
		p.at = end + 1
		for p.at < len(p.body) && p.body[p.at] == ' ' {
			p.at++
		}
		if p.at < len(p.body) && p.body[p.at] != p.delimiter && p.body[p.at] != '\n' && p.body[p.at] != '\r' {
			return cell, false, fault(pipeline.UnexpectedField, fmt.Sprintf("line %d has text behind a closing quote, so it is not known where the cell ends", row+1))
		}
	} else {
		for p.at < len(p.body) && p.body[p.at] != p.delimiter && p.body[p.at] != '\n' && p.body[p.at] != '\r' {
			p.at++
		}
		cell = cellRef{start: uint32(start), end: uint32(p.at), kind: plainCell}
	}
	if cell.end-cell.start > maxCellBytes {
		return cell, false, fault(pipeline.UnexpectedField, fmt.Sprintf("line %d has a cell of more than %d KiB", row+1, maxCellBytes>>10))
	}
	return cell, p.next(), nil
}

// next moves behind a delimiter, and reports it, or behind an end of line.
func (p *csvParser) next() bool {
	if p.at >= len(p.body) {
		return false
	}
	p.at++
	switch {
	case p.body[p.at-1] == p.delimiter:
		return true
	case p.body[p.at-1] == '\r' && p.at < len(p.body) && p.body[p.at] == '\n':
		p.at++
	}
	return false
}

func (p *csvParser) closingQuote(at int) int {
	for {
		i := bytes.IndexByte(p.body[at:], '"')
		switch {
		case i < 0:
			return -1
		case at+i+1 < len(p.body) && p.body[at+i+1] == '"':
			at += i + 2
		default:
			return at + i
		}
	}
}

// sniffWindow is how much of a body the delimiter is told from.
const sniffWindow = 64 << 10

// sniffDelimiter returns the delimiter that parts at least half of the lines, and
// most of them into the same number of columns, and that number; 0 where none
// does.
func sniffDelimiter(text []byte) (best byte, columns int) {
	window := text[:min(len(text), sniffWindow)]
	most := 0
	for _, delimiter := range []byte("\t,;") {
		counts, lines, parted := map[int]int{}, 0, 0
		p := csvParser{body: window, delimiter: delimiter}
		for p.at < len(window) {
			fields, blank := 0, true
			for more := true; more; fields++ {
				var cell cellRef
				var f *Fault
				if cell, more, f = p.field(0); f != nil {
					p.at = len(window)
					break
				}
				blank = blank && cell.start == cell.end
			}
			if !blank {
				lines++
				if fields > 1 {
					counts[fields]++
					parted++
				}
			}
		}
		for fields, count := range counts {
			if 2*parted >= lines && (count > most || count == most && fields > columns) {
				best, columns, most = delimiter, fields, count
			}
		}
	}
	return best, columns
}
