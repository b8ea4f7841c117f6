package decode

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// RereadAt decodes the bytes of a range again as Reread does, for a document of
// any form: the range is in the part that the locator names. Of a cell with a
// stored number it is the shortest decimal of that number; a format of percent
// is in the observation's factor (promise 8).
func RereadAt(body []byte, mediaType, locator string, start, end uint32) (string, error) {
	return rereadAt(body, mediaType, locator, start, end, NewBudget())
}

func rereadAt(body []byte, mediaType, locator string, start, end uint32, budget *Budget) (string, error) {
	switch FormOf(body) {
	case FormZip:
		name, inside, ok := strings.Cut(locator, "!")
		if !ok {
			return "", fmt.Errorf("reading %s again: the locator names no member of the zip", locator)
		}
		archive, f := Zip(body, budget)
		if f != nil {
			return "", fmt.Errorf("reading %s again: %w", locator, f)
		}
		member, f := archive.Read(locatorUnescape.Replace(name))
		if f != nil {
			return "", fmt.Errorf("reading %s again: %w", locator, f)
		}
		return rereadAt(member, "", inside, start, end, budget)
	case FormXLSX:
		return rereadIn(locator, func() (string, error) { return rereadCell(body, locator, start, end, budget) })
	case FormDOCX:
		return rereadIn(locator, func() (string, error) { return rereadDOCX(body, start, end, budget) })
	case FormOLE:
		return rereadIn(locator, func() (string, error) { return rereadXLS(body, start, end) })
	case FormPDF:
		return rereadIn(locator, func() (string, error) { return rereadPDF(body, start, end) })
	}
	return Reread(body, mediaType, start, end)
}

// rereadIn names the place in what goes wrong.
func rereadIn(locator string, reread func() (string, error)) (string, error) {
	text, err := reread()
	if err != nil {
		return "", fmt.Errorf("reading %s again: %w", locator, err)
	}
	return text, nil
}

// rereadCell finds a cell of a workbook again, and in it the range.
func rereadCell(body []byte, locator string, start, end uint32, budget *Budget) (string, error) {
	w, f := OpenWorkbook(body, budget)
	if f != nil {
		return "", f
	}
	sheet, place, _ := strings.Cut(locator, "#")
	place, shared, isShared := strings.Cut(place, ">")
	if isShared {
		n, err := strconv.ParseUint(strings.TrimPrefix(shared, w.sharedPart+"#"), 10, 32)
		if err != nil || n >= uint64(len(w.shared.ranges)) {
			return "", fmt.Errorf("the workbook has no text %s", shared)
		}
		return w.shared.text(uint32(n)).within(start, end)
	}
	row, col, ok := parsePlace(place)
	for _, of := range w.Worksheets {
		if !ok || of.Part != sheet || col >= maxSheetColumns {
			continue
		}
		s, f := w.readSheet(of, formMarks{}) // a form is read with what is hidden in it
		if f != nil {
			return "", f
		}
		if c, ok := s.find(row, uint16(col)); ok {
			text, _ := s.source.text(c)
			return text.within(start, end)
		}
	}
	return "", fmt.Errorf("the workbook has no such cell with content")
}

// within returns the letters that were decoded from a range of bytes.
func (t Text) within(start, end uint32) (string, error) {
	first, last := -1, -1
	for i, r := range t.text {
		from, to := t.Raw(i, i+utf8.RuneLen(r))
		if first < 0 && from == start {
			first = i
		}
		if to == end {
			last = i + utf8.RuneLen(r)
		}
	}
	if first < 0 || last < first {
		return "", fmt.Errorf("no text stands at bytes %d to %d", start, end)
	}
	return t.text[first:last], nil
}

// Unpack returns the member of a zip that a locator leads into, and the locator
// within it; other documents as they are. A zip that cannot be opened is
// returned as it is too.
func Unpack(body []byte, locator string) (part []byte, inside string) {
	name, inside, ok := strings.Cut(locator, "!")
	if !ok || FormOf(body) != FormZip {
		return body, locator
	}
	archive, f := Zip(body, NewBudget())
	if f != nil {
		return body, locator
	}
	member, f := archive.Read(locatorUnescape.Replace(name))
	if f != nil {
		return body, locator
	}
	return member, inside
}

// RowAt returns the texts of the cells with content in the row of a sheet that a
// locator names, and which of them it names; at is -1 where the document is no
// sheet or the locator no cell of it. Members of a zip are unpacked first.
func RowAt(body []byte, mediaType, locator string) (row []string, at int) {
	part, inside := Unpack(body, locator)
	sheet := sheetAt(part, mediaType, inside)
	if sheet == nil {
		return nil, -1
	}
	for n := range sheet.rows {
		for i, c := range sheet.rowCells(n) {
			if sheet.source.locator(c) != inside {
				continue
			}
			for _, c := range sheet.rowCells(n) {
				text, _ := sheet.source.text(c)
				row = append(row, text.String())
			}
			return row, i
		}
	}
	return nil, -1
}

// sheetAt returns the sheet that a locator leads into, nil where there is none.
func sheetAt(body []byte, mediaType, locator string) *Sheet {
	switch FormOf(body) {
	case FormText:
		if sheet, f := CSV(body, mediaType); f == nil {
			return sheet
		}
	case FormXLSX:
		w, f := OpenWorkbook(body, NewBudget())
		if f != nil {
			return nil
		}
		part, _, _ := strings.Cut(locator, "#")
		for _, of := range w.Worksheets {
			if of.Part == part {
				sheet, _ := w.Sheet(of)
				return sheet
			}
		}
	case FormOLE:
		x, f := OpenXLS(body)
		if f != nil {
			return nil
		}
		for _, of := range x.Worksheets {
			if place, ok := strings.CutPrefix(locator, of.Part+"!"); ok && !strings.Contains(place, "!") {
				sheet, _ := x.Sheet(of)
				return sheet
			}
		}
	}
	return nil
}
