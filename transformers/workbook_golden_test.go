package transformers

import (
	"archive/zip"
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

var updateDocuments = flag.Bool("update-documents", false, "write the workbooks, CSV files and zips of testdata again")

// TestGoldenDocumentsOfFiles makes the documents of the golden folders that
// nobody can write by hand, when it is asked to.
func TestGoldenDocumentsOfFiles(t *testing.T) {
	if !*updateDocuments {
		t.Skip("run with -update-documents to make the documents again")
	}
	counties := gbkBytes(t, "年份,行政区划代码,县,地区生产总值(万元),地区生产总值增速(%),年末常住人口(人)\r\n"+
		"2017,140624,怀仁县,2239814,6.9,341206\r\n2021,140624,怀仁市,\"2,731,905\",8.6,279430\r\n2021,140302,城区,871640,-8.8,…\r\n注:全市数据不含开发区\r\n")
	book := goldenWorkbook(t)
	for name, body := range map[string][]byte{
		"csv_bom/document.csv":          []byte("\ufeff平遥县2024年主要指标\n指标;单位;绝对量;比上年增长（％）\n\"地区生产总值\";亿元;152,4;4,8\n一般公共预算收入;万元;62100;-3.5\n社会消费品零售总额;亿元;３８.２;=1+1\n"),
		"csv_gbk/document.csv":          counties,
		"xlsx_two_sheets/document.xlsx": book,
		"zip_of_files/document.zip": zipOf(t, "2024年/平遥县主要指标.xlsx", string(book), string(gbkBytes(t, "朔州各县.csv")), string(counties),
			"说明.zip", string(zipOf(t, "a.csv", "a,b\n1,2\n")), "__MACOSX/x", "y", "介绍.txt", "本压缩包为各县数据。"),
	} {
		path := filepath.Join("testdata", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func gbkBytes(t *testing.T, text string) []byte {
	t.Helper()
	out, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func zipOf(t *testing.T, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := 0; i < len(files); i += 2 {
		part, err := w.CreateHeader(&zip.FileHeader{Name: files[i], Method: zip.Deflate})
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

// goldenWorkbook has two sheets that are read and a hidden one; a head of two
// rows with merged cells, percentages, text numbers, formulas with and without a
// value, an error, a date as a label, and two tables on one sheet.
func goldenWorkbook(t *testing.T) []byte {
	t.Helper()
	file := excelize.NewFile()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(file.SetSheetName("Sheet1", "主要指标"))
	_, err := file.NewSheet("分月")
	must(err)
	_, err = file.NewSheet("底稿")
	must(err)
	must(file.SetSheetVisible("底稿", false))
	must(file.SetCellValue("底稿", "A1", "地区生产总值（亿元）"))
	must(file.SetCellValue("底稿", "B1", 1))
	percent, err := file.NewStyle(&excelize.Style{NumFmt: 10})
	must(err)
	month := "yyyy\"年\"m\"月\""
	date, err := file.NewStyle(&excelize.Style{CustomNumFmt: &month})
	must(err)
	for row, cells := range [][]any{
		{"平遥县2024年主要经济指标"},
		{nil, nil, nil, "单位：亿元、元"},
		{"指标", "2023年", nil, "2024年"},
		{nil, "绝对数", "比上年增长", "绝对数", "比上年增长"},
		{"地区生产总值", 147.9, 0.052000000000000005, 9.4700000000000006, -0.031},
		{"  第一产业增加值", "20.1", 0.045, "２１.１", 0.038},
		{"社会消费品零售总额", 38.5, "—", nil, nil},
		{"居民人均可支配收入", 26173, 0.059, 27795, 0.062},
		{"注：增长速度按不变价格计算。"},
		{},
		{"指标", "单位", "2024年"},
		{"城镇居民人均可支配收入", "元", 38214},
	} {
		for col, value := range cells {
			place, err := excelize.CoordinatesToCellName(col+1, row+1)
			must(err)
			if value != nil {
				must(file.SetCellValue("主要指标", place, value))
			}
		}
	}
	for _, merged := range [][2]string{{"A1", "E1"}, {"A3", "A4"}, {"B3", "C3"}, {"D3", "E3"}, {"A9", "E9"}} {
		must(file.MergeCell("主要指标", merged[0], merged[1]))
	}
	must(file.SetCellStyle("主要指标", "C5", "C8", percent))
	must(file.SetCellStyle("主要指标", "E5", "E8", percent))
	must(file.SetCellFormula("主要指标", "D7", "D5*4"))
	must(file.SetCellValue("主要指标", "E7", 0.012))
	must(file.SetCellFormula("主要指标", "E7", "1.2%"))
	must(file.SetCellRichText("主要指标", "A7", []excelize.RichTextRun{{Text: "社会消费品"}, {Text: "零售总额", Font: &excelize.Font{Bold: true}}}))
	for place, value := range map[string]any{"A1": "平遥县分月一般公共预算收入", "A2": "月份", "B2": "一般公共预算收入（万元）", "A3": 45505, "B3": 4812, "A4": 45536, "B4": 5120.5} {
		must(file.SetCellValue("分月", place, value))
	}
	must(file.SetCellStyle("分月", "A3", "A4", date))
	file.SetActiveSheet(0)
	var out bytes.Buffer
	must(file.Write(&out))
	return withNumberFormulas(t, out.Bytes())
}

// withNumberFormulas makes the formulas those of numbers: excelize writes all of
// them as formulas of text.
func withNumberFormulas(t *testing.T, body []byte) []byte {
	t.Helper()
	reader, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, file := range reader.File {
		part, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file.Name, strings.ReplaceAll(string(content), ` t="str"><f>`, `><f>`))
	}
	return zipOf(t, files...)
}
