package decode

import (
	"archive/zip"
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"zhibiao/pipeline"
)

// packed makes a zip of names and contents.
func packed(t testing.TB, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := 0; i < len(files); i += 2 {
		part, err := w.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const (
	xmlHead       = `<?xml version="1.0" encoding="UTF-8"?>`
	spreadsheetNS = ` xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
)

// workbookOf makes a workbook of one worksheet, from the inside of its parts.
func workbookOf(t testing.TB, sheet, shared, styles string) []byte {
	t.Helper()
	return packed(t, workbookParts(xmlHead+`<worksheet`+spreadsheetNS+`>`+sheet+`</worksheet>`, shared, styles)...)
}

func workbookParts(sheet, shared, styles string) []string {
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	return []string{
		"_rels/.rels", xmlHead + `<Relationships><Relationship Id="rId1" Type="` + office + `officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/_rels/workbook.xml.rels", xmlHead + `<Relationships><Relationship Id="rId1" Type="` + office + `worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId2" Type="` + office + `sharedStrings" Target="/xl/sharedStrings.xml"/><Relationship Id="rId3" Type="` + office + `styles" Target="styles.xml"/></Relationships>`,
		"xl/workbook.xml", xmlHead + `<workbook` + spreadsheetNS + `><sheets><sheet name="表&amp;1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/sharedStrings.xml", xmlHead + `<sst` + spreadsheetNS + `>` + shared + `</sst>`,
		"xl/styles.xml", xmlHead + `<styleSheet` + spreadsheetNS + `>` + styles + `</styleSheet>`,
		"xl/worksheets/sheet1.xml", sheet,
	}
}

func firstSheet(body []byte) (*Sheet, *Fault) {
	w, f := OpenWorkbook(body, NewBudget())
	if f != nil {
		return nil, f
	}
	return w.Sheet(w.Worksheets[0])
}

const percentStyles = `<numFmts count="3"><numFmt numFmtId="176" formatCode="0.0_ "/><numFmt numFmtId="177" formatCode="0!.0,&quot;万&quot;"/>` +
	`<numFmt numFmtId="178" formatCode="yyyy&quot;年&quot;m&quot;月&quot;;@"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="10"/><xf numFmtId="176"/><xf numFmtId="177"/><xf numFmtId="178"/></cellXfs>`

func TestCellsAreReadAsTheyAreStored(t *testing.T) {
	for _, c := range []struct {
		name, cell string
		text       string
		stored     Stored
	}{
		{"a number", `<c r="A1"><v>308.27</v></c>`, "308.27", Stored{Number: true, Decimals: 2}},
		{"the shortest decimal of a binary number", `<c r="A1"><v>9.4700000000000006</v></c>`, "9.47", Stored{Number: true, Decimals: 2}},
		{"an exponent", `<c r="A1"><v>1.2E-2</v></c>`, "0.012", Stored{Number: true, Decimals: 3}},
		{"a percentage", `<c r="A1" s="1"><v>5.1999999999999998E-2</v></c>`, "0.052", Stored{Number: true, Percent: true, Decimals: 2}},
		{"decimals of the format", `<c r="A1" s="2"><v>97.163</v></c>`, "97.163", Stored{Number: true, Decimals: 1}},
		{"a format that shows ten-thousandths", `<c r="A1" s="3"><v>12345</v></c>`, "12345", Stored{Number: true, Decimals: 1, Problem: Scaled}},
		{"a date", `<c r="A1" s="4"><v>45292</v></c>`, "2024年1月", Stored{}},
		{"a shared text with runs, and without readings", `<c r="A1" t="s"><v>1</v></c>`, "地区生产总值", Stored{}},
		{"a shared text with references and escapes", `<c r="A1" t="s"><v>0</v></c>`, "a&b\nc", Stored{}},
		{"an inline text", `<c r="A1" t="inlineStr"><is><t>1,234.5</t></is></c>`, "1,234.5", Stored{}},
		{"the cached value of a formula", `<c r="A1"><f>SUM(B1:B2)</f><v>12.5</v></c>`, "12.5", Stored{Number: true, Decimals: 1}},
		{"the cached text of a formula", `<c r="A1" t="str"><f>B1&amp;"x"</f><v>祁县</v></c>`, "祁县", Stored{}},
		{"a formula without a value", `<c r="A1"><f>SUM(B1:B2)</f></c>`, "=SUM(B1:B2)", Stored{Problem: NotCached}},
		{"a formula without a value that shares another's text", `<c r="A1"><f t="shared" si="0"/><v/></c>`, "=", Stored{Problem: NotCached}},
		{"an error", `<c r="A1" t="e"><v>#DIV/0!</v></c>`, "#DIV/0!", Stored{}},
		{"a number that is none", `<c r="A1"><v>1.2.3</v></c>`, "1.2.3", Stored{Problem: Unreadable}},
		{"a cell without its place", `<c><v>7</v></c>`, "7", Stored{Number: true}},
	} {
		body := workbookOf(t, `<sheetData><row>`+c.cell+`</row></sheetData>`,
			`<si><t xml:space="preserve">a&amp;b_x000D_&#10;c </t></si><si><r><t>地区</t></r><r><rPr><b/></rPr><t>生产总值</t></r><rPh sb="0" eb="2"><t>DIQU</t></rPh></si>`, percentStyles)
		sheet, f := firstSheet(body)
		if f != nil || len(sheet.cells) != 1 {
			t.Errorf("%s: %v, %d cells", c.name, f, len(sheet.cells))
			continue
		}
		text, stored := sheet.source.text(sheet.cells[0])
		if text.String() != c.text || stored != c.stored {
			t.Errorf("%s: %q %+v, want %q %+v", c.name, text, stored, c.text, c.stored)
		}
		if c.text == "=" {
			continue
		}
		start, end := text.Raw(0, len(text.String()))
		again, err := RereadAt(body, "", sheet.source.locator(sheet.cells[0]), start, end)
		if err != nil || again != c.text {
			t.Errorf("%s: read again at %s it is %q (%v), want %q", c.name, sheet.source.locator(sheet.cells[0]), again, err, c.text)
		}
	}
}

func TestNumberFormats(t *testing.T) {
	for code, want := range map[string]numberFormat{
		"General": {general: true}, "@": {general: true}, "": {general: true}, "0.00E+00": {general: true}, "# ?/?": {general: true},
		"0": {}, "0.00_);[Red](0.00)": {decimals: 2}, "#,##0.0": {decimals: 1}, "0.0%": {percent: true, decimals: 1},
		`0.0"%"`: {decimals: 1}, `0.0\%`: {decimals: 1}, `_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ `: {decimals: 2},
		"#,##0,": {scaled: true}, "0.0,,": {scaled: true, decimals: 1}, `[>=10000]0!.0,"万";0`: {scaled: true, decimals: 1},
		`"下降"0.0`: {scaled: true, decimals: 1}, `0.0;"减少"0.0`: {scaled: true, decimals: 1}, `下降0.0`: {scaled: true, decimals: 1}, `\约0`: {scaled: true}, `General"左右"`: {general: true, scaled: true},
		`0.0"亿元"`: {decimals: 1}, `0.0\万\元`: {decimals: 1}, `General"年"`: {general: true}, `[红色]0.0`: {decimals: 1}, `0.0"户/人"`: {decimals: 1},
		"yyyy-mm-dd": {date: showsYear | showsMonth | showsDay}, `[$-804]yyyy"年"m"月"`: {date: showsYear | showsMonth}, "[h]:mm:ss": {date: showsTime},
		`yyyy"年"`: {date: showsYear}, "m/d/yy h:mm": {date: showsYear | showsMonth | showsDay | showsTime},
	} {
		if got := parseFormat(code); got != want {
			t.Errorf("%s: %+v, want %+v", code, got, want)
		}
	}
}

func TestMergedCellsStandInAllTheirPlaces(t *testing.T) {
	sheet, f := firstSheet(workbookOf(t, `<sheetData><row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c><c r="D1"><v>3</v></c></row>`+
		`<row r="2"><c r="B2"><v>4</v></c><c r="C2"><v>5</v></c><c r="D2"><v>6</v></c></row><row r="4"><c r="XFD4"/></row></sheetData>`+
		`<mergeCells count="2"><mergeCell ref="A1:A2"/><mergeCell ref="B1:C1"/><mergeCell ref="XFA1:XFD9"/></mergeCells>`, "", ""))
	if f != nil {
		t.Fatal(f)
	}
	stretches := sheet.Stretches()
	if len(stretches) != 1 {
		t.Fatalf("%d stretches", len(stretches))
	}
	var got []string
	for _, row := range sheet.Table(stretches[0], 0, 0, 2).Cells {
		for _, cell := range row {
			got = append(got, cell.Text.String())
		}
	}
	if want := []string{"1", "2", "2", "3", "1", "4", "5", "6"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	band := sheet.Table(stretches[0], 0, 1, 2)
	if cell := band.Cells[0][0]; cell == nil || cell.Text.String() != "1" || cell.Row == 0 {
		t.Errorf("a band does not show the merged cell from above it: %+v", cell)
	}
}

func TestHiddenRowsAndColumnsAreLeftOutAndCounted(t *testing.T) {
	sheet, f := firstSheet(workbookOf(t, `<cols><col min="2" max="2" hidden="1"/></cols><sheetData><row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>`+
		`<row r="2" hidden="1"><c r="A2"><v>3</v></c></row></sheetData>`, "", ""))
	if f != nil || sheet.Hidden != 2 || len(sheet.cells) != 1 {
		t.Errorf("want one cell and two hidden ones, have %d and %d (%v)", len(sheet.cells), sheet.Hidden, f)
	}
}

func TestDamagedAndHostileWorkbooksAreRefused(t *testing.T) {
	sheet := xmlHead + `<worksheet` + spreadsheetNS + `><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row></sheetData></worksheet>`
	cell := func(inside string) []byte {
		return workbookOf(t, `<sheetData>`+inside+`</sheetData>`, `<si><t>x</t></si>`, "")
	}
	whole := packed(t, workbookParts(sheet, "", "")...)
	for _, c := range []struct {
		name string
		body []byte
		want pipeline.Reason
	}{
		{"the transfer is cut", whole[:len(whole)/2], pipeline.Truncated},
		{"a worksheet is cut inside a row", packed(t, workbookParts(sheet[:len(sheet)-60], "", "")...), pipeline.Truncated},
		{"a worksheet ends after its data", packed(t, workbookParts(strings.TrimSuffix(sheet, "</worksheet>"), "", "")...), pipeline.Truncated},
		{"a worksheet with elements that cross", cell(`<row><c><v>1</c></v></row>`), pipeline.Truncated},
		{"a document type", packed(t, workbookParts(strings.Replace(sheet, "<worksheet", `<!DOCTYPE x [<!ENTITY a "b">]><worksheet`, 1), "", "")...), pipeline.Truncated},
		{"content at the last column", cell(`<row r="1"><c r="XFD1"><v>1</v></c></row>`), pipeline.UnexpectedField},
		{"a place beyond the last column", cell(`<row r="1"><c r="XFE1"><v>1</v></c></row>`), pipeline.UnexpectedField},
		{"a row beyond the last", cell(`<row r="99999999999"><c><v>1</v></c></row>`), pipeline.UnexpectedField},
		{"a cell that stands there twice", cell(`<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>`), pipeline.UnexpectedField},
		{"a shared text that is not there", cell(`<row r="1"><c r="A1" t="s"><v>9</v></c></row>`), pipeline.UnexpectedField},
		{"merged cells over each other", workbookOf(t, `<sheetData/><mergeCells><mergeCell ref="A1:C3"/><mergeCell ref="B2:D4"/></mergeCells>`, "", ""), pipeline.UnexpectedField},
		{"letters that were lost", cell(`<row r="1"><c r="A1" t="str"><v>` + "\uFFFD" + `</v></c></row>`), pipeline.BadEncoding},
		{"a bomb", workbookOf(t, `<sheetData/>`, `<si><t>`+strings.Repeat("x", 20<<20)+`</t></si>`, ""), pipeline.UnexpectedField},
		{"no worksheet", packed(t, "xl/workbook.xml", `<workbook/>`, "xl/_rels/workbook.xml.rels", `<Relationships/>`), pipeline.NotADocument},
		{"a path that leads out", packed(t, append(workbookParts(sheet, "", ""), "../../etc/passwd", "x")...), pipeline.NotADocument},
		{"a part that is there twice", packed(t, append(workbookParts(sheet, "", ""), "xl/worksheets/sheet1.xml", sheet)...), pipeline.UnexpectedField},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, f := firstSheet(c.body)
			runtime.ReadMemStats(&after)
			if f == nil || f.Reason != c.want {
				t.Errorf("want %s, have %v", c.want, f)
			}
			if spent := after.TotalAlloc - before.TotalAlloc; spent > 64<<20 {
				t.Errorf("spent %d MiB", spent>>20)
			}
		})
	}
}

func TestTheLastCellsOfAWorksheetCostNothing(t *testing.T) {
	var b strings.Builder
	for r := 1; r <= 1<<20; r += 1 << 14 {
		fmt.Fprintf(&b, `<row r="%d"><c r="A%d"><v>1</v></c><c r="SR%d"><v>2</v></c></row>`, r, r, r)
	}
	sheet, f := firstSheet(workbookOf(t, `<sheetData>`+b.String()+`</sheetData>`, "", ""))
	if f != nil {
		t.Fatal(f)
	}
	if stretches := sheet.Stretches(); len(stretches) != 64 || stretches[0].Places() != maxSheetColumns {
		t.Errorf("%d stretches of %d places", len(stretches), stretches[0].Places())
	}
}

func TestZipsAreCheckedBeforeAnythingIsInflated(t *testing.T) {
	many := make([]string, 0, 2*(maxMembers+1))
	for i := range maxMembers + 1 {
		many = append(many, fmt.Sprintf("%d.csv", i), "")
	}
	if _, f := Zip(packed(t, many...), NewBudget()); f == nil || f.Reason != pipeline.UnexpectedField {
		t.Errorf("too many members: %v", f)
	}
	for _, name := range []string{"../a", "a/../../b", `..\a`, "/etc/passwd", "C:/a", "a\x00b", ""} {
		if _, f := Zip(packed(t, name, "x"), NewBudget()); f == nil || f.Reason != pipeline.NotADocument {
			t.Errorf("member %q: %v", name, f)
		}
	}
	a, f := Zip(packed(t, gbk(t, "各县/数据.csv"), "x", "b.csv", strings.Repeat("y", 3000)), &Budget{left: 2000})
	if f != nil || !a.Has("各县/数据.csv") {
		t.Fatalf("a name in GBK: %v", f)
	}
	if _, f := a.Read("b.csv"); f == nil || f.Reason != pipeline.UnexpectedField {
		t.Errorf("beyond the budget: %v", f)
	}
	locked := packed(t, "a.csv", "x")
	locked[bytes.Index(locked, []byte("PK\x01\x02"))+8] |= 1
	if a, f = Zip(locked, NewBudget()); f != nil {
		t.Fatal(f)
	}
	if _, f := a.Read("a.csv"); f == nil || f.Reason != pipeline.UnexpectedKind {
		t.Errorf("an encrypted member: %v", f)
	}
}

func FuzzXLSX(f *testing.F) {
	file := excelize.NewFile()
	for place, value := range map[string]any{"A1": "祁县2023年主要指标", "A2": "指标", "B2": "2023年", "A3": "地区生产总值（亿元）", "B3": 101.48, "B4": 0.052} {
		if err := file.SetCellValue("Sheet1", place, value); err != nil {
			f.Fatal(err)
		}
	}
	if err := file.MergeCell("Sheet1", "A1", "B1"); err != nil {
		f.Fatal(err)
	}
	w := bytes.Buffer{}
	if err := file.Write(&w); err != nil {
		f.Fatal(err)
	}
	a, fault := Zip(w.Bytes(), NewBudget())
	if fault != nil {
		f.Fatal(fault)
	}
	sheet, _ := a.Read("xl/worksheets/sheet1.xml")
	shared, _ := a.Read("xl/sharedStrings.xml")
	f.Add(string(sheet), string(shared[bytes.Index(shared, []byte("<si>")):len(shared)-len("</sst>")]), percentStyles)
	f.Add(`<worksheet><cols><col min="1" max="9" hidden="1"/></cols><sheetData><row r="7" hidden="1"><c r="A7" t="s" s="4"><v>0</v></c></row><row><c t="inlineStr"><is><r><t>a</t></r><rPh><t>b</t></rPh></is></c></row></sheetData></worksheet>`, `<si><t>_x0041_&#x9;</t></si>`, "")
	f.Fuzz(func(t *testing.T, sheet, shared, styles string) {
		body := packed(t, workbookParts(sheet, shared, styles)...)
		s, fault := firstSheet(body)
		if fault != nil {
			return
		}
		checkSheet(t, s, len(sheet))
	})
}

func FuzzZip(f *testing.F) {
	f.Add(packed(f, "a.csv", "x,y\n1,2\n"))
	f.Add(packed(f, workbookParts(`<worksheet/>`, "", "")...))
	f.Fuzz(func(t *testing.T, body []byte) {
		a, fault := Zip(body, &Budget{left: 1 << 20})
		if fault != nil {
			return
		}
		total := 0
		for _, file := range a.Files {
			if part, fault := a.Read(file.Name); fault == nil {
				total += len(part)
			}
		}
		if total > 1<<20 {
			t.Fatalf("inflated %d bytes", total)
		}
		if w, fault := OpenWorkbook(body, NewBudget()); fault == nil {
			for _, of := range w.Worksheets {
				if s, fault := w.Sheet(of); fault == nil {
					checkSheet(t, s, maxInflated)
				}
			}
		}
	})
}

func TestARowIsFoundAgainByItsLocator(t *testing.T) {
	book := workbookOf(t, `<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1"><v>9.4700000000000006</v></c></row></sheetData>`, `<si><t>祁县</t></si>`, "")
	zipped := packed(t, "a!#>%.xlsx", string(book), "b.csv", "县,值\n祁县,9.47\n")
	prefix := Escape("a!#>%.xlsx") + "!"
	for _, c := range []struct {
		body    []byte
		locator string
		at      int
	}{
		{book, "xl/worksheets/sheet1.xml#C1", 1},
		{book, "xl/worksheets/sheet1.xml#A1>xl/sharedStrings.xml#0", 0},
		{book, "xl/worksheets/sheet1.xml#B1", -1},
		{zipped, prefix + "xl/worksheets/sheet1.xml#C1", 1},
		{zipped, "b.csv!row[2]/col[2]", 1},
		{zipped, "c.csv!row[2]/col[2]", -1},
	} {
		row, at := RowAt(c.body, "", c.locator)
		if at != c.at || at >= 0 && (row[0] != "祁县" || row[1] != "9.47") {
			t.Errorf("%s: cell %d of %q, want %d", c.locator, at, row, c.at)
		}
	}
}
