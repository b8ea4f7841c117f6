package decode

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"zhibiao/pipeline"
)

// sheetCells writes the cells of a sheet, each with its locator.
func sheetCells(s *Sheet) []string {
	var out []string
	for n := range s.rows {
		for _, c := range s.rowCells(n) {
			text, _ := s.source.text(c)
			out = append(out, s.source.locator(c)+" "+text.String())
		}
	}
	return out
}

func TestLinesAreParted(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"commas", "县,值\n祁县,1\n", []string{"row[1]/col[1] 县", "row[1]/col[2] 值", "row[2]/col[1] 祁县", "row[2]/col[2] 1"}},
		{"a byte order mark is no letter", "\ufeff县,值\n祁县,1\n", []string{"row[1]/col[1] 县", "row[1]/col[2] 值", "row[2]/col[1] 祁县", "row[2]/col[2] 1"}},
		{"tabs and CRLF", "a\tb\r\n1,5\t2\r\n", []string{"row[1]/col[1] a", "row[1]/col[2] b", "row[2]/col[1] 1,5", "row[2]/col[2] 2"}},
		{"semicolons", "a;b\n1,5;2,5\n3;4\n", []string{"row[1]/col[1] a", "row[1]/col[2] b", "row[2]/col[1] 1,5", "row[2]/col[2] 2,5", "row[3]/col[1] 3", "row[3]/col[2] 4"}},
		{"quotes hold delimiters, quotes and line ends", "a,b\n\"1,234\",\"x\"\"y\nz\"\n", []string{"row[1]/col[1] a", "row[1]/col[2] b", "row[2]/col[1] 1,234", "row[2]/col[2] x\"y\nz"}},
		{"lines of several lengths, blank lines, blank cells", "标题\na,b,c\n\n1,,3\n4,5\n注：无\n",
			[]string{"row[1]/col[1] 标题", "row[2]/col[1] a", "row[2]/col[2] b", "row[2]/col[3] c", "row[4]/col[1] 1", "row[4]/col[3] 3", "row[5]/col[1] 4", "row[5]/col[2] 5", "row[6]/col[1] 注：无"}},
		{"a quote inside a cell is a letter", "a,b\n5\" pipe,2\n", []string{"row[1]/col[1] a", "row[1]/col[2] b", "row[2]/col[1] 5\" pipe", "row[2]/col[2] 2"}},
		{"no end of line at the end", "a,b\n1,2", []string{"row[1]/col[1] a", "row[1]/col[2] b", "row[2]/col[1] 1", "row[2]/col[2] 2"}},
	} {
		for _, encoding := range []string{"utf-8", "gbk"} {
			body, mediaType := c.body, "text/csv"
			if encoding == "gbk" {
				mediaType += "; charset=gbk"
				body = gbk(t, strings.TrimPrefix(body, "\ufeff"))
			}
			sheet, f := CSV([]byte(body), mediaType)
			if f != nil {
				t.Errorf("%s in %s: %v", c.name, encoding, f)
				continue
			}
			if sheet.Cut != "" {
				t.Errorf("%s in %s: %s", c.name, encoding, sheet.Cut)
			}
			if got := sheetCells(sheet); !slices.Equal(got, c.want) {
				t.Errorf("%s in %s:\ngot  %q\nwant %q", c.name, encoding, got, c.want)
			}
			for n := range sheet.rows {
				for _, cell := range sheet.rowCells(n) {
					text, _ := sheet.source.text(cell)
					start, end := text.Raw(0, len(text.String()))
					if again, err := Reread([]byte(body), mediaType, start, end); err != nil || again != strings.ReplaceAll(text.String(), `"`, `""`) && again != text.String() {
						t.Errorf("%s in %s: bytes %d to %d are %q (%v), want %q", c.name, encoding, start, end, again, err, text)
					}
				}
			}
		}
	}
}

func TestWhatIsNoTableOfLinesIsRefused(t *testing.T) {
	many := strings.Repeat("1,", maxSheetColumns+1) + "1\n"
	for _, c := range []struct {
		name, body string
		want       pipeline.Reason
	}{
		{"bytes of a program", "MZ\x90\x00\x03,1\n2,3\n", pipeline.UnexpectedKind},
		{"prose", "全年地区生产总值152.4亿元。\n同比增长4.8%。\n", pipeline.UnexpectedKind},
		{"quotes that never close", "a,b\n1,\"2\n3,4\n", pipeline.Truncated},
		{"text behind a closing quote", "a,b\n1,\"2\"3\n4,5\n6,7\n", pipeline.UnexpectedField},
		{"more columns than any table has", many + many, pipeline.UnexpectedField},
		{"a hundred thousand bytes in one cell", "a,b\n1," + strings.Repeat("x", maxCellBytes+1) + "\n", pipeline.UnexpectedField},
		{"neither encoding", "a,b\n\xff\xff,1\n", pipeline.BadEncoding},
		{"a last letter that is cut off", "a,b\n1,祁县"[:len("a,b\n1,祁县")-1], pipeline.Truncated},
		{"lost letters", "a,b\n\uFFFD,1\n", pipeline.BadEncoding},
	} {
		if _, f := CSV([]byte(c.body), ""); f == nil || f.Reason != c.want {
			t.Errorf("%s: want %s, have %v", c.name, c.want, f)
		}
	}
}

func TestALastLineThatIsCutIsLeftOut(t *testing.T) {
	sheet, f := CSV([]byte("a,b,c\n1,2,3\n4,5"), "")
	if f != nil || sheet.Cut == "" || len(sheetCells(sheet)) != 6 {
		t.Errorf("want two lines and a word about the third, have %v %q (%v)", sheetCells(sheet), sheet.Cut, f)
	}
}

func TestALongTableOfLinesIsRefusedByItsRowsAndNotByMemory(t *testing.T) {
	var b strings.Builder
	for i := range maxSheetRows + 1 {
		fmt.Fprintf(&b, "%d,1\n", i)
	}
	if _, f := CSV([]byte(b.String()), ""); f == nil || f.Reason != pipeline.UnexpectedField {
		t.Errorf("want a refusal, have %v", f)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("县,值\n祁县,\"1,2\"\"3\"\n"), "")
	f.Add([]byte(gbk(f, "县;值\r\n祁县;1\r\n")), "text/csv; charset=gbk")
	f.Add([]byte("a\tb\n\"\t\"\t\n"), "")
	f.Fuzz(func(t *testing.T, body []byte, mediaType string) {
		sheet, fault := CSV(body, mediaType)
		if fault != nil {
			return
		}
		checkSheet(t, sheet, len(body))
	})
}

// checkSheet holds what must be true of every sheet: cells in order, ranges
// inside the part, and a table that has each cell at its place.
func checkSheet(t *testing.T, s *Sheet, size int) {
	t.Helper()
	cells := 0
	for n := range s.rows {
		for i, c := range s.rowCells(n) {
			if i > 0 && s.rowCells(n)[i-1].col >= c.col || c.row != s.rows[n].number {
				t.Fatalf("cell %s is out of order", s.source.locator(c))
			}
			text, _ := s.source.text(c)
			if whole := text.String(); whole != "" {
				start, end := text.Raw(0, len(whole))
				if start >= end || c.kind != sharedCell && (start < c.start || end > c.end || int(end) > size) {
					t.Fatalf("%s has bytes %d to %d of %d to %d", s.source.locator(c), start, end, c.start, c.end)
				}
				if again, err := text.within(start, end); err != nil || again != whole {
					t.Fatalf("%s: %q within is %q (%v)", s.source.locator(c), whole, again, err)
				}
			}
			cells++
		}
	}
	placed := 0
	for _, stretch := range s.Stretches() {
		if stretch.Places() > 1<<16 {
			return
		}
		for r, row := range s.Table(stretch, 0, stretch.From, stretch.To).Cells {
			for c, cell := range row {
				if cell != nil && int(cell.Row) == r && int(cell.Col) == c {
					placed++
				}
			}
		}
	}
	if placed > cells || len(s.merges) == 0 && placed != cells {
		t.Fatalf("%d cells, %d placed", cells, placed)
	}
}
