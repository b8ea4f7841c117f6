package filing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"zhibiao/pipeline"
)

// Colours: of inputs, of cells that are not asked for, of heads, and of findings.
const (
	inputColour   = "FFF9DB"
	wordColour    = "FFFDF2"
	idleColour    = "EDEDED"
	headColour    = "DCE6F1"
	errorColour   = "F8B4B4"
	warningColour = "FFD591"
	noticeColour  = "BFE3F5"
)

// styles are those of a workbook, by their numbers.
type styles struct {
	title, note, code, head, english, label, input, word, idle, text, strong int
}

func (m *maker) styles() {
	border := []excelize.Border{{Type: "left", Color: "BFBFBF", Style: 1}, {Type: "right", Color: "BFBFBF", Style: 1},
		{Type: "top", Color: "BFBFBF", Style: 1}, {Type: "bottom", Color: "BFBFBF", Style: 1}}
	add := func(s excelize.Style, colour string) int {
		if colour != "" {
			s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
		}
		id, err := m.file.NewStyle(&s)
		m.try(err)
		return id
	}
	wrap := &excelize.Alignment{WrapText: true, Vertical: "center"}
	centred := &excelize.Alignment{WrapText: true, Vertical: "center", Horizontal: "center"}
	open := &excelize.Protection{Locked: false}
	asText := 49
	m.style = styles{
		title:   add(excelize.Style{Font: &excelize.Font{Bold: true, Size: 14}}, ""),
		note:    add(excelize.Style{Font: &excelize.Font{Color: "7F3F00"}}, ""),
		code:    add(excelize.Style{Font: &excelize.Font{Color: "808080", Size: 8}, NumFmt: asText}, ""),
		head:    add(excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: centred, Border: border}, headColour),
		english: add(excelize.Style{Font: &excelize.Font{Color: "595959", Size: 9}, Alignment: centred, Border: border}, headColour),
		label:   add(excelize.Style{Alignment: wrap, Border: border, NumFmt: asText}, ""),
		input:   add(excelize.Style{Alignment: &excelize.Alignment{Horizontal: "right", Vertical: "center"}, Border: border, Protection: open}, inputColour),
		word:    add(excelize.Style{Alignment: wrap, Border: border, Protection: open, NumFmt: asText}, wordColour),
		idle:    add(excelize.Style{Font: &excelize.Font{Color: "A6A6A6", Size: 9}, Alignment: centred, Border: border}, idleColour),
		text:    add(excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}, ""),
		strong:  add(excelize.Style{Font: &excelize.Font{Bold: true, Size: 12}, Alignment: wrap}, ""),
	}
}

// validations let the inputs warn: a number outside the plausible range can still be
// entered, and so can whatever is pasted.
func (m *maker) validations() {
	col := firstColumn
	for i := range m.layout.columns {
		c := &m.layout.columns[i]
		for part, validation := range []*excelize.DataValidation{numberValidation(c.indicator), wordValidation()} {
			validation.Sqref = m.inputs(col+part, c)
			m.try(m.file.AddDataValidation(dataSheet, validation))
		}
		col += c.span()
	}
}

// inputs lists the asked cells of a column, in runs.
func (m *maker) inputs(col int, c *column) string {
	var runs []string
	first := -1
	for i := 0; i <= len(m.layout.rows); i++ {
		asked := i < len(m.layout.rows) && m.layout.asked[askedKey(m.layout.rows[i], c)]
		switch {
		case asked && first < 0:
			first = i
		case !asked && first >= 0:
			from, err := excelize.CoordinatesToCellName(col, firstRow+first)
			m.try(err)
			to, err := excelize.CoordinatesToCellName(col, firstRow+i-1)
			m.try(err)
			runs = append(runs, from+":"+to)
			first = -1
		}
	}
	return strings.Join(runs, " ")
}

// Bounds of a number for which the catalogue has no range: all that is a number.
const (
	leastNumber = "-1000000000000000"
	mostNumber  = "1000000000000000"
)

func numberValidation(i *pipeline.Indicator) *excelize.DataValidation {
	low, high := i.Low, i.High
	if low == "" {
		low = leastNumber
	}
	if high == "" {
		high = mostNumber
	}
	v := excelize.NewDataValidation(true)
	v.Type, v.Operator, v.Formula1, v.Formula2 = "decimal", "between", low, high
	span := rangeOf(i)
	if span == "" {
		span = "数字"
	}
	v.SetError(excelize.DataValidationErrorStyleWarning, "请核对 · please check",
		fmt.Sprintf("通常为 %s %s。确实如此的，请继续，并在“说明”栏写明原因。Usually %s; if it is right, go on and give the reason.", span, i.Unit, span))
	v.SetInput(clip(i.NameZH, 30), clip(fmt.Sprintf("单位：%s　通常：%s　零填 0，不知道留空", i.Unit, span), 120))
	return v
}

func wordValidation() *excelize.DataValidation {
	v := excelize.NewDataValidation(true)
	words := []string{pipeline.FormNotApplicable, pipeline.FormNotAvailable}
	v.Type, v.Formula1 = "list", `"`+strings.Join(words, ",")+`"`
	v.SetError(excelize.DataValidationErrorStyleWarning, "请从下拉框选择", strings.Join(words, "、")+"；有数字的留空")
	v.SetInput("没有数字时选择", "不适用：没有这类事项\n未掌握：有，但本单位不掌握")
	return v
}

// clip shortens a text to what a prompt may hold.
func clip(text string, letters int) string {
	runes := []rune(text)
	return string(runes[:min(letters, len(runes))])
}

// fileName leaves out of a unit's name what no file may be called.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || slices.Contains([]rune(`/\:*?"<>|`), r) {
			return '_'
		}
		return r
	}, name)
}
