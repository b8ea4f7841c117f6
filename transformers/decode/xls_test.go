package decode

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"zhibiao/pipeline"
)

// formatsOf makes the globals that give cell format i the number format codes[i].
func formatsOf(codes ...string) []xlsRecord {
	var records []xlsRecord
	for i, code := range codes {
		records = append(records, xlsRecord{biffFormat, le(164+i, wideText(code))}, xlsRecord{biffXF, le(0, 164+i, make([]byte, 16))})
	}
	return records
}

// cellsOf lists the cells of all sheets: place, text and what is stored.
func cellsOf(t *testing.T, body []byte) string {
	t.Helper()
	x, f := OpenXLS(body)
	if f != nil {
		t.Fatal(f)
	}
	var b strings.Builder
	for _, of := range x.Worksheets {
		s, f := x.Sheet(of)
		if f != nil {
			t.Fatal(f)
		}
		for _, c := range s.cells {
			text, stored := s.source.text(c)
			fmt.Fprintf(&b, "%s %s", strings.TrimPrefix(s.source.locator(c), xlsLayer+"#"), strings.ReplaceAll(text.String(), "\n", "⏎"))
			if stored != (Stored{}) {
				fmt.Fprintf(&b, " %t %d %d", stored.Percent, stored.Decimals, stored.Problem)
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func TestCellsOfXLSAreReadAsStored(t *testing.T) {
	for _, c := range []struct {
		name string
		book xlsBookOf
		want string
	}{
		{"shared strings and numbers", xlsBookOf{shared: []string{"指标", "总值"}, sheets: []xlsSheetOf{{name: "表1", records: []xlsRecord{
			labelAt(0, 0, 0), labelAt(1, 0, 1), numberAt(1, 1, 0, 361.42), numberAt(1, 2, 0, -0.5)}}}},
			"表1!A1 指标\n表1!A2 总值\n表1!B2 361.42 false 2 0\n表1!C2 -0.5 false 1 0\n"},
		{"the formats give percent and decimals", xlsBookOf{globals: formatsOf("General", "0.0%", "#,##0.00", `0.0,,"亿"`), sheets: []xlsSheetOf{{name: "S", records: []xlsRecord{
			numberAt(0, 0, 1, 0.048), numberAt(0, 1, 2, 1234.5), numberAt(0, 2, 3, 123456789)}}}},
			"S!A1 0.048 true 1 0\nS!B1 1234.5 false 2 0\nS!C1 123456789 false 1 2\n"},
		{"dates are written as a table prints them", xlsBookOf{globals: formatsOf("General", `yyyy"年"m"月"`), sheets: []xlsSheetOf{{name: "S", records: []xlsRecord{numberAt(0, 0, 1, 45505)}}}},
			"S!A1 2024年8月\n"},
		{"packed numbers", xlsBookOf{sheets: []xlsSheetOf{{name: "S", records: []xlsRecord{
			{biffRK, le(0, 0, 0, uint32(36142<<2|3))}, {biffRK, le(0, 1, 0, uint32(0xFFFFFFF6))},
			{biffMulRK, le(1, 2, 0, uint32(7<<2|2), 0, uint32(0x40000000), 3)}}}}},
			"S!A1 361.42 false 2 0\nS!B1 -3 false 0 0\nS!C2 7 false 0 0\nS!D2 2 false 0 0\n"},
		{"formulas with their values", xlsBookOf{sheets: []xlsSheetOf{{name: "S", records: []xlsRecord{
			formulaAt(0, 0, le(12.5)), formulaAt(0, 1, le(byte(0), make([]byte, 5), uint16(0xFFFF))), {biffString, wideText("持平")},
			formulaAt(0, 2, le(byte(2), byte(0), byte(7), make([]byte, 3), uint16(0xFFFF))), formulaAt(0, 3, le(byte(3), make([]byte, 5), uint16(0xFFFF)))}}}},
			"S!A1 12.5 false 1 0\nS!B1 持平\nS!C1 #DIV/0!\n"},
		{"a formula that was never calculated has no value", xlsBookOf{sheets: []xlsSheetOf{{name: "S", records: []xlsRecord{
			formulaAt(0, 0, le(0.0)), formulaAt(0, 1, le(byte(0), make([]byte, 5), uint16(0xFFFF))), numberAt(0, 2, 0, 0)}}}},
			"S!A1 = false 0 1\nS!B1 = false 0 1\nS!C1 0 false 0 0\n"},
		{"lines of a cell", xlsBookOf{shared: []string{"甲\r\n乙\n12.5"}, sheets: []xlsSheetOf{{name: "S", records: []xlsRecord{labelAt(0, 0, 0)}}}},
			"S!A1 甲⏎乙⏎12.5\n"},
		{"strings in the cell", xlsBookOf{sheets: []xlsSheetOf{{name: "S", records: []xlsRecord{{biffLabel, le(0, 0, 0, wideText("总值"))}, {biffLabel, le(0, 1, 0, 2, byte(0), []byte("ab"))}}}}},
			"S!A1 总值\nS!B1 ab\n"},
		{"hidden rows and columns are left out", xlsBookOf{sheets: []xlsSheetOf{{name: "S", records: []xlsRecord{
			{biffColInfo, le(1, 1, 0, 0, 1)}, {biffRow, le(1, 0, 3, 0, 0, 0, 0x20, 0)},
			numberAt(0, 0, 0, 1), numberAt(0, 1, 0, 2), numberAt(1, 0, 0, 3)}}}},
			"S!A1 1 false 0 0\n"},
		{"charts inside a sheet are skipped", xlsBookOf{sheets: []xlsSheetOf{{name: "S", records: []xlsRecord{
			numberAt(0, 0, 0, 1), {biffBOF, le(uint16(biff8), uint16(0x20))}, numberAt(5, 5, 0, 9), {id: biffEOF}, numberAt(0, 1, 0, 2)}}}},
			"S!A1 1 false 0 0\nS!B1 2 false 0 0\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := cellsOf(t, c.book.file()); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func TestSharedStringsGoOnInOtherRecords(t *testing.T) {
	texts := []string{"祁县2023年国民经济和社会发展主要指标", "单位：亿元", "", "一、地区生产总值"}
	var records []xlsRecord
	want := ""
	for i, text := range texts {
		records = append(records, labelAt(i, 0, i))
		if text != "" {
			want += fmt.Sprintf("S!A%d %s\n", i+1, text)
		}
	}
	for segment := 12; segment < 120; segment++ {
		if got := cellsOf(t, xlsBookOf{shared: texts, segment: segment, sheets: []xlsSheetOf{{name: "S", records: records}}}.file()); got != want {
			t.Fatalf("segments of %d bytes: got\n%swant\n%s", segment, got, want)
		}
	}
}

func TestRichAndPhoneticPartsOfStringsAreSkipped(t *testing.T) {
	data := le(uint32(2), uint32(2), 2, byte(biffWide|biffRich|biffPhonetic), 1, uint32(3), "总值", uint32(0), []byte("xyz"), 1, byte(0), []byte("b"))
	book := xlsBookOf{globals: []xlsRecord{{biffSST, data}}, sheets: []xlsSheetOf{{name: "S", records: []xlsRecord{labelAt(0, 0, 0), labelAt(0, 1, 1)}}}}
	if got, want := cellsOf(t, book.file()), "S!A1 总值\nS!B1 b\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestWorkbooksBeforeUnicodeAreReadInTheirCodePage(t *testing.T) {
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String("总值")
	if err != nil {
		t.Fatal(err)
	}
	book := func(page int) []byte {
		return oleOf("Book", xlsBookOf{version: biff5, globals: []xlsRecord{{biffCodePage, le(page)}}, sheets: []xlsSheetOf{{name: "S", records: []xlsRecord{
			{biffLabel, le(0, 0, 0, len(gbk), []byte(gbk))}, numberAt(0, 1, 0, 1.5)}}}}.stream())
	}
	if got, want := cellsOf(t, book(936)), "S!A1 总值\nS!B1 1.5 false 1 0\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if _, f := OpenXLS(book(950)); f == nil || !strings.Contains(f.Detail, "code page 950") {
		t.Errorf("fault %v, want one that names code page 950", f)
	}
}

func TestCellsOfXLSAreReadAgainFromTheLayer(t *testing.T) {
	body := xlsBookOf{shared: []string{"甲\n12.5"}, sheets: []xlsSheetOf{{name: "A", records: []xlsRecord{labelAt(0, 0, 0)}},
		{name: "B", records: []xlsRecord{numberAt(6, 2, 0, 361.42), {biffMergeCells, le(1, 6, 7, 2, 3)}}}}}.file()
	x, f := OpenXLS(body)
	if f != nil {
		t.Fatal(f)
	}
	if got, want := string(x.layer), "A!A1\t甲\n\t12.5\nB!C7\t361.42\n"; got != want {
		t.Errorf("layer %q, want %q", got, want)
	}
	for _, s := range x.sheets {
		for _, c := range s.cells {
			text, _ := s.source.text(c)
			whole := text.String()
			for _, part := range []string{whole, whole[len(whole)-4:]} {
				from := strings.LastIndex(whole, part)
				start, end := text.Raw(from, from+len(part))
				if got, err := rereadXLS(body, start, end); err != nil || got != part {
					t.Errorf("bytes %d to %d read %q (%v), want %q", start, end, got, err, part)
				}
			}
		}
	}
	if table := x.sheets[1]; len(table.merges) != 1 || table.merges[0] != (merge{6, 7, 2, 3}) {
		t.Errorf("merged cells %v", table.merges)
	}
	if _, err := rereadXLS(body, 0, 1<<20); err == nil {
		t.Error("a range beyond the layer was read")
	}
}

func TestUnsoundXLSIsRefused(t *testing.T) {
	one := []xlsSheetOf{{name: "S", records: []xlsRecord{numberAt(0, 0, 0, 1)}}}
	sound := xlsBookOf{sheets: one}.file()
	big := xlsBookOf{sheets: []xlsSheetOf{{name: "S", records: append(slicesOf(400, numberAt(0, 0, 0, 1)), numberAt(1, 0, 0, 1))}}}.file()
	circle := bytes.Clone(big)
	copy(circle[512+4:], le(uint32(1))) // the directory follows itself
	long := xlsBookOf{shared: []string{strings.Repeat("甲", 30000)}, sheets: []xlsSheetOf{{name: "S"}}}
	for i := range 1000 {
		long.sheets[0].records = append(long.sheets[0].records, labelAt(i, 0, 0))
	}
	for _, c := range []struct {
		name string
		body []byte
		want pipeline.Reason
	}{
		{"a header alone", sound[:100], pipeline.Truncated},
		{"cut off", big[:len(big)-2000], pipeline.Truncated},
		{"sectors in a circle", circle, pipeline.NotADocument},
		{"encrypted", xlsBookOf{globals: []xlsRecord{{biffFilePass, le(1)}}, sheets: one}.file(), pipeline.UnexpectedKind},
		{"an encrypted XLSX", oleOf("EncryptedPackage", []byte("x")), pipeline.UnexpectedKind},
		{"a DOC", oleOf("WordDocument", []byte("x")), pipeline.UnexpectedKind},
		{"no worksheet", xlsBookOf{}.file(), pipeline.NotADocument},
		{"an old version", oleOf("Book", xlsRecord{0x0409, le(0, 0x10)}.bytes()), pipeline.NotADocument},
		{"a shared string that is not there", xlsBookOf{sheets: []xlsSheetOf{{name: "S", records: []xlsRecord{labelAt(0, 0, 7)}}}}.file(), pipeline.NotADocument},
		{"two cells in one place", xlsBookOf{sheets: []xlsSheetOf{{name: "S", records: slicesOf(2, numberAt(0, 0, 0, 1))}}}.file(), pipeline.UnexpectedField},
		{"a million-fold long text", long.file(), pipeline.UnexpectedField},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, f := OpenXLS(c.body); f == nil || f.Reason != c.want {
				t.Errorf("fault %v, want reason %s", f, c.want)
			}
		})
	}
}

func slicesOf(n int, r xlsRecord) []xlsRecord {
	records := make([]xlsRecord, n)
	for i := range records {
		records[i] = r
	}
	return records
}

func TestASheetWithoutItsEndIsCut(t *testing.T) {
	stream := xlsBookOf{sheets: []xlsSheetOf{{name: "S", records: []xlsRecord{numberAt(0, 0, 0, 1), numberAt(1, 0, 0, 2)}}}}.stream()
	x, f := OpenXLS(oleOf("Workbook", stream[:len(stream)-10]))
	if f != nil {
		t.Fatal(f)
	}
	if s := x.sheets[0]; s.Cut == "" || len(s.cells) != 1 {
		t.Errorf("cut %q with %d cells, want the whole first cell and a reason", s.Cut, len(s.cells))
	}
}

func FuzzXLS(f *testing.F) {
	book := xlsBookOf{shared: []string{"指标", "总\n值"}, segment: 20, globals: formatsOf("General", "0.0%"), sheets: []xlsSheetOf{{name: "表1", records: []xlsRecord{
		labelAt(0, 0, 0), labelAt(1, 0, 1), numberAt(1, 1, 0, 361.42), {biffMulRK, le(2, 2, 0, uint32(7<<2|2), 0, uint32(9), 3)},
		formulaAt(3, 0, le(byte(0), make([]byte, 5), uint16(0xFFFF))), {biffString, wideText("持平")}, {biffMergeCells, le(1, 0, 1, 0, 1)}}}}}
	f.Add(book.stream(), true)
	f.Add(book.file(), false)
	f.Add(xlsBookOf{version: biff5, sheets: book.sheets[:0]}.stream(), true)
	f.Fuzz(func(t *testing.T, data []byte, packed bool) {
		if packed && len(data) < 32<<10 {
			data = oleOf("Workbook", data)
		}
		x, fault := OpenXLS(data)
		if fault != nil {
			return
		}
		for _, s := range x.sheets {
			for i, c := range s.cells {
				if text, _ := s.source.text(c); i < 3 {
					checkWords(t, text, func(start, end uint32) (string, error) { return rereadXLS(data, start, end) })
				}
			}
		}
	})
}
