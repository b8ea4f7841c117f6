package filing

import (
	"context"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"zhibiao/pipeline"
)

// SheetRequest is what a county's sheet for the national platform is made of.
type SheetRequest struct {
	Region, Name string
	On           pipeline.Date
	Order        []pipeline.PlatformIndicator // what the platform asks for, in its order
	Periods      []pipeline.Period            // years, oldest first
	Indicators   []pipeline.Indicator
	Units        []pipeline.Unit
	Supplied     []Supplied // all that is known of the region in the periods
	Moves        []Move     // whose move it is where nothing is
}

// Supplied is a value and who supplied it.
type Supplied struct {
	Known
	Supplier pipeline.Supplier
	Name     string // of the source's file
	Best     bool   // the value that is shown where sources differ
	KnownAt  time.Time
	Document string // SHA-256
}

// Move says whose move it is for a cell that is missing: as the warehouse's view
// missing says it.
type Move struct {
	Cell
	Move, Unit string
	DueOn      pipeline.Date
}

// MakeSheet makes a workbook of two sheets: the platform's form in the platform's
// order, filled with what is known, and a receipt that says what was supplied where.
// It is a list to copy from, and no form that is filed back.
func MakeSheet(ctx context.Context, request SheetRequest) (Workbook, error) {
	s := &sheetMaker{request: &request, maker: maker{request: &Request{On: request.On, Unit: request.Name}, file: excelize.NewFile()}}
	defer s.file.Close()
	s.styles()
	s.form()
	s.receipt()
	if ctx.Err() != nil {
		return Workbook{}, context.Cause(ctx)
	}
	if s.err != nil {
		return Workbook{}, fmt.Errorf("making the sheet of %s: %w", request.Region, s.err)
	}
	made := request.On.Time().Format(time.RFC3339)
	s.try(s.file.SetDocProps(&excelize.DocProperties{Creator: "zhibiao", LastModifiedBy: "zhibiao", Created: made, Modified: made}))
	body, err := canonical(s.file, request.On)
	if err != nil {
		return Workbook{}, fmt.Errorf("making the sheet of %s: %w", request.Region, err)
	}
	return Workbook{Name: fmt.Sprintf("%s-国家平台填报参考-%s.xlsx", fileName(request.Name), request.On), Body: body, Cells: s.cells}, nil
}

// Names of the sheets.
const (
	formSheet    = "平台填报参考"
	receiptSheet = "回执"
)

type sheetMaker struct {
	maker
	request *SheetRequest
	cells   int // that can be filled in
}

func (s *sheetMaker) table(sheet, title, note string, heads []string, widths []float64) {
	s.set(sheet, 1, 1, s.style.title, title)
	s.set(sheet, 1, 2, s.style.note, note)
	for i, head := range heads {
		s.set(sheet, 1+i, 3, s.style.head, head)
		name, err := excelize.ColumnNumberToName(1 + i)
		s.try(err)
		s.try(s.file.SetColWidth(sheet, name, name, widths[i]))
	}
	s.try(s.file.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 3, TopLeftCell: "A4", ActivePane: "bottomLeft"}))
}

func (s *sheetMaker) form() {
	s.try(s.file.SetSheetName("Sheet1", formSheet))
	s.table(formSheet, s.request.Region+" "+s.request.Name+" 国家平台填报参考 · values for the national platform",
		"按平台顺序排列，可照填；已在平台的不必再填。In the platform's order; what is on the platform already need not be entered.",
		[]string{"序号", "指标编码", "指标名称", "计量单位", "统计年度", "指标值", "平台已填", "来源", "说明"},
		[]float64{6, 26, 34, 10, 12, 16, 16, 34, 40})
	row := 4
	for n, entry := range s.request.Order {
		indicator := s.indicator(entry.Code)
		if indicator == nil {
			continue
		}
		for _, period := range s.request.Periods {
			cell, ok := yearOf(indicator, entry, period)
			if !ok {
				continue
			}
			s.formRow(row, n+1, indicator, entry, cell)
			row++
		}
	}
}

func (s *sheetMaker) indicator(code string) *pipeline.Indicator {
	for i := range s.request.Indicators {
		if s.request.Indicators[i].Code == code {
			return &s.request.Indicators[i]
		}
	}
	return nil
}

// yearOf is the cell of an indicator in a year; not ok where it has no yearly series.
func yearOf(indicator *pipeline.Indicator, entry pipeline.PlatformIndicator, year pipeline.Period) (Cell, bool) {
	for _, series := range indicator.Series {
		if series.Freq == pipeline.Annual && (entry.Basis == "" || entry.Basis == series.Basis) {
			return Cell{Indicator: indicator.Code, Period: pipeline.YearPeriod(year.End.Year(), series.Basis)}, true
		}
	}
	return Cell{}, false
}

func (s *sheetMaker) formRow(row, number int, indicator *pipeline.Indicator, entry pipeline.PlatformIndicator, cell Cell) {
	unit := entry.Unit
	if unit == "" {
		unit = indicator.Unit
	}
	name := indicator.NameZH
	if len(entry.Names) > 0 {
		name = entry.Names[0]
	}
	value, there, source, note := "", "", "", ""
	for i := range s.request.Supplied {
		given := &s.request.Supplied[i]
		if given.Indicator != cell.Indicator || given.Period != cell.Period {
			continue
		}
		text, ok := convert(given.Value, given.Unit, unit, s.request.Units)
		if !ok {
			text = given.Value + " " + given.Unit
		}
		if given.Name == Platform {
			there = text
		}
		if given.Best {
			value, source = text, given.Source
		}
	}
	switch {
	case there != "" && value != "" && value != there:
		note = "平台已填；与已知值不同，请核对 · on the platform, but different"
	case there != "":
		note = "已在平台，不必再填 · on the platform already"
	case value != "":
		note = "可照填 · can be entered"
		s.cells++
	default:
		note = s.moveWords(cell)
	}
	for i, text := range []string{strconv.Itoa(number), indicator.Code, name, unit, strconv.Itoa(cell.Period.End.Year()), value, there, source, note} {
		s.set(formSheet, 1+i, row, s.style.label, text)
	}
}

// moveWords says whose move it is for a cell without a value.
func (s *sheetMaker) moveWords(cell Cell) string {
	for _, m := range s.request.Moves {
		if m.Indicator != cell.Indicator || m.Period != cell.Period {
			continue
		}
		switch m.Move {
		case "wait":
			return "等待：" + m.DueOn.String() + " 起应有 · due then"
		case "mend":
			return "由省平台补采，不必填 · ours to collect"
		case string(pipeline.Province):
			return "由" + m.Unit + "提供，不必填 · the province's unit supplies it"
		case string(pipeline.County):
			return "可自愿补充 · may be added by the county"
		}
		return "无需填报 · not asked for"
	}
	return "暂无 · none"
}

var supplierWords = map[pipeline.Supplier]string{pipeline.Public: "公开渠道", pipeline.Province: "省级填报", pipeline.County: "县级补充"}

// receipt lists what was supplied where: each value with who supplied it.
func (s *sheetMaker) receipt() {
	_, err := s.file.NewSheet(receiptSheet)
	s.try(err)
	s.table(receiptSheet, s.request.Region+" "+s.request.Name+" 数据提供回执 · what was supplied where",
		"截至 "+s.request.On.String()+"；同一数据有几个来源的各列一行，采用的标“是”。One line for each source; the one in use is marked.",
		[]string{"指标编码", "指标名称", "时期", "提供渠道", "来源", "数值", "单位", "采用", "入库时间", "文档"},
		[]float64{26, 34, 12, 12, 34, 16, 10, 6, 20, 68})
	for i := range s.request.Supplied {
		given := &s.request.Supplied[i]
		name, channel, used := given.Indicator, supplierWords[given.Supplier], ""
		if indicator := s.indicator(given.Indicator); indicator != nil {
			name = indicator.NameZH
		}
		if given.Name == Platform {
			channel = "国家平台"
		}
		if given.Best {
			used = "是"
		}
		for col, text := range []string{given.Indicator, name, PeriodWords(given.Period.Freq, given.Period.Label()), channel, given.Source,
			given.Value, given.Unit, used, given.KnownAt.UTC().Format("2006-01-02 15:04"), given.Document} {
			s.set(receiptSheet, 1+col, 4+i, s.style.label, text)
		}
	}
}

// convert takes a value exactly from one unit to another of its dimension; not ok
// where that is not exact, or a unit is not known.
func convert(value, from, to string, units []pipeline.Unit) (string, bool) {
	if from == to {
		return value, true
	}
	a, okA := unitNamed(units, from)
	b, okB := unitNamed(units, to)
	number, okC := new(big.Rat).SetString(value)
	if !okA || !okB || !okC || a.Dimension != b.Dimension {
		return "", false
	}
	factorA, _ := new(big.Rat).SetString(a.Factor) // loading the configuration checked both
	factorB, _ := new(big.Rat).SetString(b.Factor)
	number.Mul(number, factorA).Quo(number, factorB)
	const decimals = 10
	text := number.FloatString(decimals)
	if back, ok := new(big.Rat).SetString(text); !ok || back.Cmp(number) != 0 {
		return "", false
	}
	return strings.TrimSuffix(strings.TrimRight(text, "0"), "."), true
}

func unitNamed(units []pipeline.Unit, name string) (pipeline.Unit, bool) {
	for _, u := range units {
		if u.Symbol == name {
			return u, true
		}
		for _, alias := range u.Aliases {
			if alias == name {
				return u, true
			}
		}
	}
	return pipeline.Unit{}, false
}
