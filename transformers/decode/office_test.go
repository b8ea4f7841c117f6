package decode

import (
	"strings"
	"testing"
)

func TestOfficeDocumentsAreReadAgainByTheirLocators(t *testing.T) {
	docx := docxOf(t, wp("总值12.5亿元。"))
	xls := xlsBookOf{shared: []string{"总值"}, sheets: []xlsSheetOf{{name: "S", records: []xlsRecord{labelAt(0, 0, 0), numberAt(0, 1, 0, 12.5)}}}}.file()
	part, f := docxText(docx, NewBudget())
	if f != nil {
		t.Fatal(f)
	}
	start := strings.Index(string(part), "12.5")
	for _, c := range []struct {
		name, locator string
		body          []byte
		start         int
	}{
		{"a Word document", "word/document.xml#p[1]", docx, start},
		{"a workbook", "xls-text/1#S!B1", xls, len("S!A1\t总值\nS!B1\t")},
		{"a Word document in a zip", "公报%21.docx!word/document.xml#p[1]", zipOf(t, [2]string{"公报!.docx", string(docx)}), start},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := RereadAt(c.body, "", c.locator, uint32(c.start), uint32(c.start+4)); err != nil || got != "12.5" {
				t.Errorf("bytes %d to %d read %q (%v), want 12.5", c.start, c.start+4, got, err)
			}
		})
	}
	if row, at := RowAt(xls, "", "xls-text/1#S!B1"); at != 1 || row[0] != "总值" {
		t.Errorf("row %q, place %d", row, at)
	}
	if _, err := RereadAt(docx[:50], "", "word/document.xml#p[1]", 0, 1); err == nil {
		t.Error("a damaged zip was read again")
	}
}

func BenchmarkDOCX(b *testing.B) {
	body := docxOf(b, strings.Repeat(wp("初步核算，全年全县地区生产总值", "152.36", "亿元，比上年增长4.8%。")+"<w:tbl>"+wtr(wtc("", "指标"), wtc("", "152.36"))+wtr(wtc("", "总值"), wtc("", "1.5"))+"</w:tbl>", 500))
	part, f := docxText(body, NewBudget())
	if f != nil {
		b.Fatal(f)
	}
	b.SetBytes(int64(len(part)))
	b.ReportAllocs()
	for b.Loop() {
		if _, f := DOCX(body, NewBudget()); f != nil {
			b.Fatal(f)
		}
	}
}

func BenchmarkXLS(b *testing.B) {
	sheet := xlsSheetOf{name: "S"}
	for row := range 400 {
		sheet.records = append(sheet.records, labelAt(row, 0, row%2), numberAt(row, 1, 0, float64(row)*1.37), numberAt(row, 2, 0, 4.8))
	}
	body := xlsBookOf{shared: []string{"一般公共预算收入", "社会消费品零售总额"}, sheets: []xlsSheetOf{sheet}}.file()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, f := OpenXLS(body); f != nil {
			b.Fatal(f)
		}
	}
}

func BenchmarkPDF(b *testing.B) {
	body := pdfOf("", "", proseLines(780, strings.Repeat("初步核算，全年全县地区生产总值1亿元。", 2), strings.Repeat("比上年增长4.8%。", 3)))
	b.ReportAllocs()
	for b.Loop() {
		if _, f := PDF(body); f != nil {
			b.Fatal(f)
		}
	}
}
