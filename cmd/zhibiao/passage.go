package main

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
)

// mark is a range of bytes in a body that is to be seen: 【 】 around a number that
// was read, 〔 〕 around one that was refused.
type mark struct {
	start, end  uint32
	open, close string
}

func read(start, end uint32) mark    { return mark{start, end, "【", "】"} }
func refused(start, end uint32) mark { return mark{start, end, "〔", "〕"} }

// Bytes shown around a number that stands in no block of text.
const around = 90

// passage returns the sentence, table row or stretch of text that an observation
// stands in, with the printed text marked; the printed text alone where there is
// none.
func passage(body []byte, mediaType string, o *pipeline.Observation) string {
	if row, at := decode.RowAt(body, mediaType, o.Locator); at >= 0 {
		row[at] = "【" + row[at] + "】"
		return oneLine(strings.Join(row, " | "))
	}
	part, _ := decode.Unpack(body, o.Locator)
	if page := pageOf(part, mediaType); page != nil {
		if text, ok := pagePassage(page, read(o.ByteStart, o.ByteEnd)); ok {
			return text
		}
	}
	switch decode.FormOf(part) {
	case decode.FormHTML, decode.FormJSON, decode.FormText:
		if int(o.ByteEnd) <= len(part) {
			return stretch(part, read(o.ByteStart, o.ByteEnd))
		}
	}
	return "【" + o.RawText + "】"
}

// pageOf decodes what is made of paragraphs and tables; nil for other documents.
func pageOf(body []byte, mediaType string) (page *decode.Page) {
	var fault *decode.Fault
	switch decode.FormOf(body) {
	case decode.FormHTML:
		page, fault = decode.HTML(body, mediaType)
	case decode.FormDOCX:
		page, fault = decode.DOCX(body, decode.NewBudget())
	case decode.FormPDF:
		page, fault = decode.PDF(body)
	}
	if fault != nil {
		return nil
	}
	return page
}

// stretch returns the bytes around a mark as one line of text.
func stretch(body []byte, m mark) string {
	start, end := int(m.start), int(m.end)
	from, to := max(0, start-around), min(len(body), end+around)
	for from < start && !utf8.RuneStart(body[from]) {
		from++
	}
	for to > end && to < len(body) && !utf8.RuneStart(body[to]) {
		to--
	}
	return oneLine(string(body[from:start]) + m.open + string(body[start:end]) + m.close + string(body[end:to]))
}

func pagePassage(page *decode.Page, m mark) (string, bool) {
	for _, block := range page.Blocks {
		if block.Table == nil {
			if text, ok := markText(block.Text, []mark{m}); ok {
				return sentence(text), true
			}
			continue
		}
		for _, row := range block.Table.Cells {
			if cells, ok := markRow(row, []mark{m}); ok {
				return strings.Join(cells, " | "), true
			}
		}
	}
	return "", false
}

// markText puts the marks into a text, and reports whether there was any to put.
func markText(text decode.Text, marks []mark) (string, bool) {
	whole := text.String()
	if whole == "" {
		return "", false
	}
	first, last := text.Raw(0, len(whole))
	var inside []mark
	for _, m := range marks {
		if m.start >= first && m.end <= last && m.start < m.end {
			inside = append(inside, m)
		}
	}
	if len(inside) == 0 {
		return whole, false
	}
	slices.SortStableFunc(inside, func(a, b mark) int { return cmp.Compare(a.start, b.start) })
	var out strings.Builder
	opened := false
	for i, r := range whole {
		size := utf8.RuneLen(r)
		from, to := text.Raw(i, i+size)
		for opened && from >= inside[0].end {
			out.WriteString(inside[0].close)
			inside, opened = inside[1:], false
		}
		if !opened && len(inside) > 0 && from >= inside[0].start && to <= inside[0].end {
			out.WriteString(inside[0].open)
			opened = true
		}
		out.WriteString(whole[i : i+size])
		for !opened && len(inside) > 0 && inside[0].end <= to {
			inside = inside[1:] // a second mark of the same place
		}
	}
	if opened {
		out.WriteString(inside[0].close)
	}
	return out.String(), true
}

// markRow returns the cells of a row with their marks; a cell that spans columns
// stands once.
func markRow(row []*decode.Cell, marks []mark) (cells []string, found bool) {
	var last *decode.Cell
	for _, cell := range row {
		if cell == nil || cell == last {
			continue
		}
		last = cell
		text, ok := markText(cell.Text, marks)
		found = found || ok
		cells = append(cells, oneLine(text))
	}
	return cells, found
}

// sentence cuts the sentence with the mark out of a paragraph.
func sentence(text string) string {
	at := strings.Index(text, "【")
	from := 0
	if i := strings.LastIndex(text[:at], "。"); i >= 0 {
		from = i + len("。")
	}
	to := len(text)
	if i := strings.Index(text[at:], "。"); i >= 0 {
		to = at + i + len("。")
	}
	return oneLine(text[from:to])
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
