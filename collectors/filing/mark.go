package filing

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"zhibiao/pipeline"
)

// commentAuthor signs our comments: those of an earlier copy are taken out again.
const commentAuthor = "zhibiao"

// maxUnzipped bounds what opening a workbook inflates, in bytes. Reading it refused
// what goes beyond already.
const maxUnzipped = 100 << 20

// mark returns a copy of a workbook in which each finding is a comment on its cell and
// a colour behind it, and a line of a sheet of its own. Nothing else is changed.
func mark(body []byte, findings []pipeline.Finding) (marked []byte, err error) {
	defer func() { // a library reads what a person may have made on purpose
		if fault := recover(); fault != nil {
			marked, err = nil, fmt.Errorf("marking the workbook: panic: %v", fault)
		}
	}()
	file, err := excelize.OpenReader(bytes.NewReader(body), excelize.Options{UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped})
	if err != nil {
		return nil, fmt.Errorf("marking the workbook: %w", err)
	}
	defer file.Close()
	m := &marker{file: file, styles: map[styleKey]int{}}
	m.clear()
	for i := range findings {
		if f := &findings[i]; f.Place != "" && f.Sheet != "" {
			m.cell(f)
		}
	}
	m.list(findings)
	if m.err != nil {
		return nil, fmt.Errorf("marking the workbook: %w", m.err)
	}
	var out bytes.Buffer
	if err := file.Write(&out); err != nil {
		return nil, fmt.Errorf("marking the workbook: %w", err)
	}
	return out.Bytes(), nil
}

// marker marks a workbook; the first error stays.
type marker struct {
	file   *excelize.File
	styles map[styleKey]int
	err    error
}

type styleKey struct {
	base   int
	colour string
}

func (m *marker) try(err error) {
	if m.err == nil {
		m.err = err
	}
}

// clear takes out what an earlier copy had marked.
func (m *marker) clear() {
	for _, sheet := range m.file.GetSheetList() {
		if sheet == problemSheet {
			m.try(m.file.DeleteSheet(sheet))
			continue
		}
		comments, err := m.file.GetComments(sheet)
		m.try(err)
		for _, comment := range comments {
			if comment.Author != commentAuthor {
				continue
			}
			m.try(m.file.DeleteComment(sheet, comment.Cell))
			m.colour(sheet, comment.Cell, inputColour)
		}
	}
}

func (m *marker) cell(f *pipeline.Finding) {
	colour := map[pipeline.Severity]string{pipeline.SeverityError: errorColour, pipeline.SeverityWarning: warningColour}[f.Severity]
	if colour == "" {
		colour = noticeColour
	}
	m.colour(f.Sheet, f.Place, colour)
	zh, en := Message(*f)
	m.try(m.file.DeleteComment(f.Sheet, f.Place)) // several findings of one cell: the last is shown, the list has all
	m.try(m.file.AddComment(f.Sheet, excelize.Comment{Cell: f.Place, Author: commentAuthor, Width: 320, Height: 120,
		Paragraph: []excelize.RichTextRun{{Text: clip(zh+"\n"+en, 1000)}}}))
}

// colour puts a colour behind a cell and leaves the rest of its style as it is.
func (m *marker) colour(sheet, place, colour string) {
	base, err := m.file.GetCellStyle(sheet, place)
	m.try(err)
	key := styleKey{base, colour}
	id, ok := m.styles[key]
	if !ok {
		style, err := m.file.GetStyle(base)
		m.try(err)
		if style == nil {
			style = &excelize.Style{}
		}
		style.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
		id, err = m.file.NewStyle(style)
		m.try(err)
		m.styles[key] = id
	}
	m.try(m.file.SetCellStyle(sheet, place, place, id))
}

// list adds the sheet that lists the findings. Texts are written as texts: what a
// person typed never becomes a formula.
func (m *marker) list(findings []pipeline.Finding) {
	index, err := m.file.NewSheet(problemSheet)
	m.try(err)
	for i, width := range []float64{10, 12, 16, 12, 30, 12, 24, 60, 60} {
		name, err := excelize.ColumnNumberToName(1 + i)
		m.try(err)
		m.try(m.file.SetColWidth(problemSheet, name, name, width))
	}
	m.line(1, "处理", "工作表", "单元格", "区划代码", "指标", "时期", "所填内容", "问题与办法", "What and what to do")
	for i, f := range findings {
		zh, en := Message(f)
		m.line(2+i, strings.Fields(SeverityWords(f.Severity))[0], f.Sheet, f.Place, f.Region, f.Indicator, f.Period, f.Text, zh, en)
	}
	m.file.SetActiveSheet(index)
}

func (m *marker) line(row int, texts ...string) {
	for i, text := range texts {
		place, err := excelize.CoordinatesToCellName(1+i, row)
		m.try(err)
		m.try(m.file.SetCellStr(problemSheet, place, text))
	}
}
