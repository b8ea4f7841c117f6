package filing

import (
	"context"
	"fmt"
	"time"

	"github.com/xuri/excelize/v2"

	"zhibiao/pipeline"
)

// Names of the worksheets.
const (
	instructionSheet = "填报说明"
	dataSheet        = "数据"
	problemSheet     = "填报问题"
)

// Rows of the data sheet, and its first columns.
const (
	titleRow   = 1
	noteRow    = 2
	codeRow    = 3
	headRow    = 4
	englishRow = 5
	firstRow   = 6

	codeColumn   = 1
	regionColumn = 2
	nameColumn   = 3
	periodColumn = 4
	firstColumn  = 5
)

// englishCode marks the row of English heads, which holds no data.
const englishCode = "head"

// Make makes the workbook of a coordinating unit. It holds no formula and no macro,
// its labels are locked without a password, and every input accepts pasting: what is
// pasted is checked when it is filed. ErrNothingAsked says that there is none to make.
func Make(ctx context.Context, request Request) (Workbook, error) {
	l, err := request.arrange()
	if err != nil {
		return Workbook{}, err
	}
	m := &maker{request: &request, layout: l, file: excelize.NewFile()}
	defer m.file.Close()
	m.try(m.file.SetSheetName("Sheet1", instructionSheet))
	m.styles()
	_, err = m.file.NewSheet(dataSheet)
	m.try(err)
	m.heads()
	for i := range l.rows {
		if ctx.Err() != nil {
			return Workbook{}, context.Cause(ctx)
		}
		m.row(firstRow+i, l.rows[i])
	}
	m.validations()
	m.finish()
	m.instructions()
	if m.err != nil {
		return Workbook{}, fmt.Errorf("making the workbook of %s: %w", request.Unit, m.err)
	}
	body, err := canonical(m.file, request.On)
	if err != nil {
		return Workbook{}, fmt.Errorf("making the workbook of %s: %w", request.Unit, err)
	}
	return Workbook{Name: fmt.Sprintf("%s-填报表-%s.xlsx", fileName(request.Unit), request.On), Body: body, Cells: len(l.asked)}, nil
}

// maker fills a workbook; the first error stays.
type maker struct {
	request *Request
	layout  *layout
	file    *excelize.File
	style   styles
	err     error
}

func (m *maker) try(err error) {
	if m.err == nil {
		m.err = err
	}
}

func (m *maker) set(sheet string, col, row, style int, text string) {
	place, err := excelize.CoordinatesToCellName(col, row)
	m.try(err)
	m.try(m.file.SetCellStr(sheet, place, text))
	m.try(m.file.SetCellStyle(sheet, place, place, style))
}

// span is how many columns an indicator has, and where its parts stand.
func (c *column) span() int {
	if len(c.known) > 0 {
		return 4
	}
	return 3
}

// heads writes what stands over the rows: title, hidden codes, heads in Chinese and
// English.
func (m *maker) heads() {
	r := m.request
	m.set(dataSheet, regionColumn, titleRow, m.style.title, r.Unit+" 提供数据 · Data to be supplied")
	m.set(dataSheet, regionColumn, noteRow, m.style.note, "只填黄色单元格，可以粘贴；不知道的留空，零要填 0。Fill in the yellow cells only; pasting is fine; leave blank what is not known; zero is 0.")
	m.set(dataSheet, codeColumn, codeRow, m.style.code, pipeline.FormMark+"|unit="+r.Unit+"|on="+r.On.String())
	m.set(dataSheet, codeColumn, englishRow, m.style.code, englishCode)
	for _, label := range []struct {
		col           int
		role          pipeline.FormRole
		head, english string
		width         float64
	}{
		{regionColumn, pipeline.FormRegion, pipeline.FormRegionHead, "Code", 10},
		{nameColumn, pipeline.FormName, pipeline.FormNameHead, "County", 18},
		{periodColumn, pipeline.FormPeriod, pipeline.FormPeriodHead, "Period", 14},
	} {
		m.set(dataSheet, label.col, codeRow, m.style.code, string(label.role))
		m.set(dataSheet, label.col, headRow, m.style.head, label.head)
		m.set(dataSheet, label.col, englishRow, m.style.english, label.english)
		m.width(label.col, label.width)
	}
	col := firstColumn
	for i := range m.layout.columns {
		m.columnHeads(col, &m.layout.columns[i])
		col += m.layout.columns[i].span()
	}
	m.try(m.file.SetRowVisible(dataSheet, codeRow, false))
	m.try(m.file.SetColVisible(dataSheet, "A", false))
	m.try(m.file.SetRowHeight(dataSheet, headRow, 48))
	m.try(m.file.SetRowHeight(dataSheet, englishRow, 48))
}

func (m *maker) columnHeads(col int, c *column) {
	parts := []struct {
		role          pipeline.FormRole
		head, english string
		width         float64
	}{
		{pipeline.FormValue, c.head(), fmt.Sprintf("%s (%s) %s", c.indicator.NameEN, c.indicator.Unit, rangeOf(c.indicator)), 20},
		{pipeline.FormState, c.beside(pipeline.FormStateSuffix), "no such thing / not known", 11},
		{pipeline.FormReason, c.beside(pipeline.FormReasonSuffix), "reason, if unusual", 18},
		{pipeline.FormKnown, c.beside(pipeline.FormKnownSuffix), "last known", 26},
	}
	for i, part := range parts[:c.span()] {
		m.set(dataSheet, col+i, codeRow, m.style.code, c.code(part.role))
		m.set(dataSheet, col+i, headRow, m.style.head, part.head)
		m.set(dataSheet, col+i, englishRow, m.style.english, part.english)
		m.width(col+i, part.width)
	}
}

// rangeOf words the plausible range of a county's year, "" for none.
func rangeOf(i *pipeline.Indicator) string {
	switch {
	case i.Low != "" && i.High != "":
		return i.Low + "～" + i.High
	case i.Low != "":
		return "≥ " + i.Low
	case i.High != "":
		return "≤ " + i.High
	}
	return ""
}

func (m *maker) width(col int, width float64) {
	name, err := excelize.ColumnNumberToName(col)
	m.try(err)
	m.try(m.file.SetColWidth(dataSheet, name, name, width))
}

// row writes the labels of a row, and its inputs: cells that are not asked for say so
// and are locked.
func (m *maker) row(at int, row pipeline.FormRow) {
	year := m.layout.ends[row].Year()
	m.set(dataSheet, codeColumn, at, m.style.code, row.Code())
	m.set(dataSheet, regionColumn, at, m.style.label, row.Region)
	m.set(dataSheet, nameColumn, at, m.style.label, regionName(m.request.Regions, row.Region, year))
	m.set(dataSheet, periodColumn, at, m.style.label, PeriodWords(row.Freq, row.Label))
	col := firstColumn
	for i := range m.layout.columns {
		c := &m.layout.columns[i]
		if m.layout.asked[askedKey(row, c)] {
			m.blank(col, at, m.style.input)
			m.blank(col+1, at, m.style.word)
			m.blank(col+2, at, m.style.word)
		} else {
			m.set(dataSheet, col, at, m.style.idle, pipeline.FormNotAsked)
			m.blank(col+1, at, m.style.idle)
			m.blank(col+2, at, m.style.idle)
		}
		if c.span() == 4 {
			m.set(dataSheet, col+3, at, m.style.label, c.known[row.Code()])
		}
		col += c.span()
	}
}

func (m *maker) blank(col, row, style int) {
	place, err := excelize.CoordinatesToCellName(col, row)
	m.try(err)
	m.try(m.file.SetCellStyle(dataSheet, place, place, style))
}

// finish locks the labels without a password, and sets what stays in view and how it
// is printed.
func (m *maker) finish() {
	f := m.file
	m.try(f.SetPanes(dataSheet, &excelize.Panes{Freeze: true, XSplit: periodColumn, YSplit: englishRow, TopLeftCell: "E6", ActivePane: "bottomRight"}))
	for _, sheet := range []string{dataSheet, instructionSheet} {
		m.try(f.ProtectSheet(sheet, &excelize.SheetProtectionOptions{SelectLockedCells: true, SelectUnlockedCells: true,
			FormatCells: true, FormatColumns: true, FormatRows: true, InsertRows: true, InsertColumns: true, Sort: true, AutoFilter: true}))
	}
	fit, landscape, paper, tall := true, "landscape", 9, 0
	wide := map[string]int{instructionSheet: 1, dataSheet: (len(m.layout.columns) + 1) / 2} // pages, so that it can be read
	for _, sheet := range []string{dataSheet, instructionSheet} {
		across := wide[sheet]
		m.try(f.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}))
		m.try(f.SetPageLayout(sheet, &excelize.PageLayoutOptions{Orientation: &landscape, Size: &paper, FitToWidth: &across, FitToHeight: &tall}))
	}
	f.SetActiveSheet(1)
	made := m.request.On.Time().Format(time.RFC3339)
	m.try(f.SetDocProps(&excelize.DocProperties{Creator: "zhibiao", LastModifiedBy: "zhibiao", Created: made, Modified: made,
		Title: m.request.Unit + " 填报表", Language: "zh-CN"}))
}
