package filing_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"zhibiao/collectors/filing"
	"zhibiao/pipeline"
)

// must fails the test where preparing a workbook fails.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// accepted words what a result accepts, in the order of cells.
func accepted(result filing.Result) []string {
	var list []string
	for _, o := range result.Accepted {
		value := o.Value
		for _, f := range o.Flags {
			value += string(f)
		}
		list = append(list, fmt.Sprintf("%s %s %s=%s", o.Region, o.Period.Label(), o.Indicator, value))
	}
	slices.Sort(list)
	return list
}

func found(result filing.Result) []string {
	var list []string
	for _, f := range result.Findings {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Place, f.Severity, f.Problem)))
	}
	return list
}

const (
	chainsIn2023 = "140121 2023 quality_chain_projects=4"
	passIn2023   = "140121 2023 manufactured_product_pass_rate=96.5"
)

// fillTwo fills in two numbers that are right.
func fillTwo(t testing.TB, f *excelize.File) {
	must(t, f.SetCellValue(dataSheet, chains+"6", 4))
	must(t, f.SetCellValue(dataSheet, pass+"6", 96.5))
}

func TestACellIsTakenOrToldWhyNot(t *testing.T) {
	type cells map[string]any
	type formula string
	for _, c := range []struct {
		name  string
		cells cells
		take  []string
		find  []string
	}{
		{"a number", cells{"E6": 4}, []string{chainsIn2023}, nil},
		{"zero is a number", cells{"E6": 0}, []string{"140121 2023 quality_chain_projects=0"}, nil},
		{"blank is nothing", cells{"E6": ""}, nil, nil},
		{"spaces are blank", cells{"E6": " 　"}, nil, nil},
		{"a number kept as text", cells{"E6": "4"}, []string{chainsIn2023}, nil},
		{"full-width digits", cells{"E6": "４"}, []string{chainsIn2023}, nil},
		{"thousands in groups of three", cells{"E6": "1,004", "G6": "合并统计"}, []string{"140121 2023 quality_chain_projects=1004"}, nil},
		{"the unit typed behind it", cells{"E6": "4个"}, []string{chainsIn2023}, nil},
		{"a percent sign typed behind it", cells{"I6": "96.5%"}, []string{passIn2023}, nil},
		{"another unit typed behind it", cells{"E6": "4万个"}, nil, []string{"E6 error wrong_unit"}},
		{"a unit of another thing", cells{"E6": "4吨"}, nil, []string{"E6 error wrong_unit"}},
		{"text", cells{"E6": "约4个左右"}, nil, []string{"E6 error not_a_number"}},
		{"a dash is no word of the form", cells{"E6": "—"}, nil, []string{"E6 error not_a_number"}},
		{"two numbers", cells{"E6": "4、5"}, nil, []string{"E6 error not_a_number"}},
		{"a truth value", cells{"E6": true}, nil, []string{"E6 error not_a_number"}},
		{"a formula", cells{"E6": formula("2+2")}, nil, []string{"E6 error formula"}},
		{"negative where it cannot be", cells{"E6": -4}, nil, []string{"E6 error negative"}},
		{"a part of what comes whole", cells{"E6": 4.5}, nil, []string{"E6 error fraction"}},
		{"more than the whole", cells{"I6": 100.5}, nil, []string{"I6 error over_whole"}},
		{"out of range without a reason", cells{"E6": 400}, []string{"140121 2023 quality_chain_projects=400"}, []string{"E6 warning out_of_range"}},
		{"out of range with a reason", cells{"E6": 400, "G6": "含市属项目"}, []string{"140121 2023 quality_chain_projects=400"}, nil},
		{"a fraction for a percentage", cells{"I6": 0.965}, []string{"140121 2023 manufactured_product_pass_rate=0.965"}, []string{"I6 warning out_of_range"}},
		{"more digits than are kept", cells{"I6": 96.42857142857143}, nil, []string{"I6 error too_precise"}},
		{"not applicable, from the list", cells{"F6": "不适用"}, []string{"140121 2023 quality_chain_projects=not_applicable"}, nil},
		{"not known, typed into the number", cells{"E6": "未掌握"}, []string{"140121 2023 quality_chain_projects=not_available"}, nil},
		{"a word that is none of the list", cells{"F6": "没有"}, nil, []string{"F6 error unknown_word"}},
		{"a number and a word", cells{"E6": 4, "F6": "不适用"}, nil, []string{"E6 error both"}},
		{"a number in a cell that is not asked for is a correction", cells{"I7": 95}, []string{"140121 2024 manufactured_product_pass_rate=95"}, nil},
		{"good and bad together", cells{"E6": 4, "E7": "x", "I6": 96.5}, []string{passIn2023, chainsIn2023}, []string{"E7 error not_a_number"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			result := d.check(filing.Workbooks, d.edit(d.make(d.request()), func(f *excelize.File) {
				for place, value := range c.cells {
					if text, ok := value.(formula); ok {
						must(t, f.SetCellValue(dataSheet, place, 4))
						must(t, f.SetCellFormula(dataSheet, place, string(text)))
						continue
					}
					must(t, f.SetCellValue(dataSheet, place, value))
				}
			}))
			if got := accepted(result); !slices.Equal(got, c.take) {
				t.Errorf("taken %q, want %q", got, c.take)
			}
			if got := found(result); !slices.Equal(got, c.find) {
				t.Errorf("found %q, want %q", got, c.find)
			}
			if (result.Marked != nil) != (len(c.find) > 0) {
				t.Errorf("a marked copy: %v, findings: %d", result.Marked != nil, len(c.find))
			}
		})
	}
}

func TestFormatsOfCellsAreLookedAt(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		name, place string
		value       any
		format      int
		take, find  []string
	}{
		{"a percentage in a column of percent", pass + "6", 0.965, 10, []string{passIn2023}, nil},
		{"a percentage in a column of counts", chains + "6", 0.04, 9, nil, []string{"E6 error percent"}},
		{"a number that became a date", chains + "6", 45000, 14, nil, []string{"E6 error date"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			result := d.check(filing.Workbooks, d.edit(d.make(d.request()), func(f *excelize.File) {
				style, err := f.NewStyle(&excelize.Style{NumFmt: c.format})
				must(t, err)
				must(t, f.SetCellValue(dataSheet, c.place, c.value))
				must(t, f.SetCellStyle(dataSheet, c.place, c.place, style))
			}))
			if got := accepted(result); !slices.Equal(got, c.take) {
				t.Errorf("taken %q, want %q", got, c.take)
			}
			if got := found(result); !slices.Equal(got, c.find) {
				t.Errorf("found %q, want %q", got, c.find)
			}
		})
	}
}

func TestARearrangedWorkbookReadsOrSaysExactlyWhatIsWrong(t *testing.T) {
	both := []string{passIn2023, chainsIn2023}
	for _, c := range []struct {
		name   string
		change func(t *testing.T, f *excelize.File)
		take   []string
		find   []string
	}{
		{"columns added in between", func(t *testing.T, f *excelize.File) {
			must(t, f.InsertCols(dataSheet, "E", 2))
			must(t, f.SetCellValue(dataSheet, "E4", "备注"))
			must(t, f.SetCellValue(dataSheet, "E6", "已核"))
		}, both, []string{"E4 notice unread_column"}},
		{"rows added above", func(t *testing.T, f *excelize.File) { must(t, f.InsertRows(dataSheet, 1, 3)) }, both, nil},
		{"rows added in between", func(t *testing.T, f *excelize.File) { must(t, f.InsertRows(dataSheet, 6, 2)) }, both, nil},
		{"the sheet renamed", func(t *testing.T, f *excelize.File) { must(t, f.SetSheetName(dataSheet, "汇总表")) }, both, nil},
		{"the instructions taken out", func(t *testing.T, f *excelize.File) { must(t, f.DeleteSheet("填报说明")) }, both, nil},
		{"rows in another order", func(t *testing.T, f *excelize.File) {
			must(t, f.DuplicateRowTo(dataSheet, 6, 10))
			must(t, f.RemoveRow(dataSheet, 6))
		}, both, nil},
		{"a filter that hides the row", func(t *testing.T, f *excelize.File) { must(t, f.SetRowVisible(dataSheet, 6, false)) }, both, nil},
		{"a total below", func(t *testing.T, f *excelize.File) {
			must(t, f.SetCellValue(dataSheet, "C10", "合计"))
			must(t, f.SetCellFormula(dataSheet, "E10", "SUM(E6:E9)"))
		}, both, []string{"C10 notice unread_row"}},
		{"the codes deleted", func(t *testing.T, f *excelize.File) {
			must(t, f.RemoveRow(dataSheet, 3))
			must(t, f.RemoveCol(dataSheet, "A"))
		}, both, nil},
		{"the codes of rows deleted", func(t *testing.T, f *excelize.File) {
			for row := 6; row <= 9; row++ {
				must(t, f.SetCellValue(dataSheet, fmt.Sprintf("A%d", row), ""))
			}
		}, both, nil},
		{"names slipped against the codes", func(t *testing.T, f *excelize.File) {
			must(t, f.SetCellValue(dataSheet, "C6", "晋中市平遥县"))
		}, nil, []string{"E6 error labels_differ", "I6 error labels_differ"}},
		{"the period changed", func(t *testing.T, f *excelize.File) {
			must(t, f.SetCellValue(dataSheet, "D6", "2022年"))
		}, nil, []string{"E6 error labels_differ", "I6 error labels_differ"}},
		{"another unit in the head", func(t *testing.T, f *excelize.File) {
			must(t, f.SetCellValue(dataSheet, "E4", "质量强链项目数（万个）"))
		}, []string{passIn2023}, []string{"E6 error wrong_unit"}},
		{"another indicator in the head", func(t *testing.T, f *excelize.File) {
			must(t, f.SetCellValue(dataSheet, "E4", "质量标杆企业数（家）"))
		}, []string{passIn2023}, []string{"E6 error labels_differ"}},
		{"a number merged over two rows", func(t *testing.T, f *excelize.File) {
			must(t, f.MergeCell(dataSheet, "E6", "E7"))
		}, []string{passIn2023}, []string{"E6 error merged"}},
		{"names merged over the rows of one county", func(t *testing.T, f *excelize.File) {
			must(t, f.MergeCell(dataSheet, "C6", "C7"))
		}, both, nil},
		{"names merged over the rows of two counties", func(t *testing.T, f *excelize.File) {
			must(t, f.SetCellValue(dataSheet, "E8", 7))
			must(t, f.MergeCell(dataSheet, "C6", "C8"))
		}, both, []string{"E8 error labels_differ"}},
		{"a row of a region that is none", func(t *testing.T, f *excelize.File) {
			must(t, f.SetCellValue(dataSheet, "B10", "149999"))
			must(t, f.SetCellValue(dataSheet, "D10", "2023年"))
			must(t, f.SetCellValue(dataSheet, "E10", 1))
		}, both, []string{"E10 error unknown_region"}},
		{"a row of a code that is no longer in force", func(t *testing.T, f *excelize.File) {
			must(t, f.SetCellValue(dataSheet, "B10", "140726"))
			must(t, f.SetCellValue(dataSheet, "D10", "2023年"))
			must(t, f.SetCellValue(dataSheet, "E10", 1))
		}, both, []string{"E10 error region_not_in_force"}},
		{"a county written in by name", func(t *testing.T, f *excelize.File) {
			must(t, f.SetCellValue(dataSheet, "C10", "祁县"))
			must(t, f.SetCellValue(dataSheet, "D10", "2023年"))
			must(t, f.SetCellValue(dataSheet, "E10", 1))
		}, append(slices.Clone(both), "140727 2023 quality_chain_projects=1"), nil},
		{"a year that is not over", func(t *testing.T, f *excelize.File) {
			must(t, f.SetCellValue(dataSheet, "B10", "140727"))
			must(t, f.SetCellValue(dataSheet, "D10", "2025年"))
			must(t, f.SetCellValue(dataSheet, "E10", 1))
		}, both, []string{"E10 error period_not_over"}},
		{"a row twice with the same numbers", func(t *testing.T, f *excelize.File) {
			must(t, f.DuplicateRowTo(dataSheet, 6, 10))
		}, both, []string{"E10 notice duplicate", "I10 notice duplicate"}},
		{"a row twice with other numbers", func(t *testing.T, f *excelize.File) {
			must(t, f.DuplicateRowTo(dataSheet, 6, 10))
			must(t, f.SetCellValue(dataSheet, "E10", 5))
		}, []string{passIn2023}, []string{"E6 error duplicate", "E10 error duplicate", "I10 notice duplicate"}},
		{"another unit's indicator written in", func(t *testing.T, f *excelize.File) {
			must(t, f.SetCellValue(dataSheet, "L4", "有效注册商标数（件）"))
			must(t, f.SetCellValue(dataSheet, "L6", 1000))
		}, both, []string{"L6 error not_theirs"}},
		{"a public indicator written in", func(t *testing.T, f *excelize.File) {
			must(t, f.SetCellValue(dataSheet, "L4", "地区生产总值（亿元）"))
			must(t, f.SetCellValue(dataSheet, "L6", 100))
		}, both, []string{"L6 error not_theirs"}},
		{"a copy of the sheet that is hidden", func(t *testing.T, f *excelize.File) {
			index, err := f.NewSheet("备份")
			must(t, err)
			from, err := f.GetSheetIndex(dataSheet)
			must(t, err)
			must(t, f.CopySheet(from, index))
			must(t, f.SetSheetVisible("备份", false))
		}, both, []string{"notice hidden_sheet"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			result := d.check(filing.Workbooks, d.edit(d.make(d.request()), func(f *excelize.File) {
				fillTwo(t, f)
				c.change(t, f)
			}))
			want := slices.Sorted(slices.Values(c.take))
			if got := accepted(result); !slices.Equal(got, want) {
				t.Errorf("taken %q, want %q", got, want)
			}
			if got := found(result); !slices.Equal(got, c.find) {
				t.Errorf("found %q, want %q", got, c.find)
			}
		})
	}
}

// A person may select the form and paste it into a file of his own.
func TestAFormThatIsCopiedIntoANewFileReads(t *testing.T) {
	d := newDesk(t)
	filled := d.edit(d.make(d.request()), func(f *excelize.File) { fillTwo(t, f) })
	from, err := excelize.OpenReader(bytes.NewReader(filled))
	must(t, err)
	defer from.Close()
	rows, err := from.GetRows(dataSheet)
	must(t, err)
	for _, c := range []struct {
		name             string
		skipRow, skipCol int // of the hidden codes; -1 for none
	}{{"with its codes", -1, -1}, {"only what is shown", 2, 0}} {
		t.Run(c.name, func(t *testing.T) {
			to := excelize.NewFile()
			defer to.Close()
			at := 1
			for i, row := range rows {
				if i == c.skipRow {
					continue
				}
				for col, text := range row {
					if col > c.skipCol {
						place, _ := excelize.CoordinatesToCellName(col+3, at+4)
						must(t, to.SetCellStr("Sheet1", place, text))
					}
				}
				at++
			}
			var body bytes.Buffer
			must(t, to.Write(&body))
			result := d.check(filing.Workbooks, body.Bytes())
			if got := accepted(result); !slices.Equal(got, []string{passIn2023, chainsIn2023}) {
				t.Errorf("taken %q, found %q", got, found(result))
			}
		})
	}
}

// withPart adds a file to a workbook.
func withPart(t testing.TB, body []byte, name string, content []byte) []byte {
	t.Helper()
	read, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	must(t, err)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range read.File {
		must(t, w.Copy(f))
	}
	part, err := w.Create(name)
	must(t, err)
	_, err = part.Write(content)
	must(t, err)
	must(t, w.Close())
	return out.Bytes()
}

func TestADangerousFileIsRefusedWithWordsThatHelp(t *testing.T) {
	d := newDesk(t)
	good := d.edit(d.make(d.request()), func(f *excelize.File) { fillTwo(t, f) })
	encrypted := append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 512)...)
	for _, r := range "EncryptedPackage" {
		encrypted = append(encrypted, byte(r), 0)
	}
	for _, c := range []struct {
		name string
		body []byte
		want pipeline.Problem
		word string
	}{
		{"macros", withPart(t, good, "xl/vbaProject.bin", []byte("x")), pipeline.ProblemMacros, "宏"},
		{"sheets of macros", withPart(t, good, "xl/macrosheets/sheet1.xml", []byte("<x/>")), pipeline.ProblemMacros, "宏"},
		{"links to other files", withPart(t, good, "xl/externalLinks/externalLink1.xml", []byte("<x/>")), pipeline.ProblemExternal, "断开链接"},
		{"a query of a database", withPart(t, good, "xl/connections.xml", []byte("<x/>")), pipeline.ProblemExternal, "数据库"},
		{"a file inside", withPart(t, good, "xl/embeddings/oleObject1.bin", []byte("x")), pipeline.ProblemEmbedded, "嵌入"},
		{"a zip bomb", withPart(t, good, "xl/media/image1.png", make([]byte, 64<<20)), pipeline.ProblemZipBomb, "异常巨大"},
		{"encrypted", encrypted, pipeline.ProblemEncrypted, "密码"},
		{"an old workbook", append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 600)...), pipeline.ProblemOldWorkbook, ".xls"},
		{"a page that is called a workbook", []byte("<html><table><tr><td>1</td></tr></table></html>"), pipeline.ProblemNoWorkbook, "另存为 .xlsx"},
		{"a PDF", []byte("%PDF-1.4\n"), pipeline.ProblemNoWorkbook, "另存为 .xlsx"},
		{"nothing", nil, pipeline.ProblemNoWorkbook, "另存为 .xlsx"},
		{"cut off", good[:len(good)/2], pipeline.ProblemDamaged, "损坏"},
		{"a workbook without a form", d.edit(good, func(f *excelize.File) { must(t, f.DeleteSheet(dataSheet)) }), pipeline.ProblemNoForm, "下发的工作簿"},
		{"its only form hidden", d.edit(good, func(f *excelize.File) { f.SetActiveSheet(0); must(t, f.SetSheetVisible(dataSheet, false)) }), pipeline.ProblemHiddenSheet, "取消隐藏"},
	} {
		t.Run(c.name, func(t *testing.T) {
			result := d.check(filing.Workbooks, c.body)
			if !result.Whole || len(result.Findings) != 1 || result.Findings[0].Problem != c.want || result.Acceptable() || result.Marked != nil {
				t.Fatalf("got %+v", result.Findings)
			}
			if line := filing.Line(result.Findings[0]); !strings.Contains(line, c.word) {
				t.Errorf("%q does not say %q", line, c.word)
			}
			reading := d.read(result)
			if reading.Complete || len(reading.Observations) > 0 || len(reading.Refusals) != 1 {
				t.Errorf("the line reads %d observations and %+v", len(reading.Observations), reading.Refusals)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestAnEndlessUploadIsRefused(t *testing.T) {
	d := newDesk(t)
	_, err := filing.Check(endless{}, d.source(filing.Workbooks), filedOn, d.judge(filing.Workbooks))
	if !errors.Is(err, filing.ErrTooLarge) {
		t.Errorf("got %v", err)
	}

}

func TestTheMarkedCopyShowsWhatIsWrongAndReadsLikeTheFirst(t *testing.T) {
	d := newDesk(t)
	first := d.check(filing.Workbooks, d.edit(d.make(d.request()), func(f *excelize.File) {
		fillTwo(t, f)
		must(t, f.SetCellValue(dataSheet, "E7", "=HYPERLINK(1)"))
	}))
	f, err := excelize.OpenReader(bytes.NewReader(first.Marked))
	must(t, err)
	defer f.Close()
	comments, err := f.GetComments(dataSheet)
	must(t, err)
	if len(comments) != 1 || comments[0].Cell != "E7" || !strings.Contains(comments[0].Text+fmt.Sprint(comments[0].Paragraph), "不是数字") {
		t.Errorf("comments: %+v", comments)
	}
	style, err := f.GetCellStyle(dataSheet, "E7")
	must(t, err)
	look, err := f.GetStyle(style)
	must(t, err)
	if len(look.Fill.Color) != 1 || look.Fill.Color[0] != "F8B4B4" || look.Protection == nil || look.Protection.Locked {
		t.Errorf("the cell looks like %+v %+v", look.Fill, look.Protection)
	}
	if text, _ := f.GetCellFormula("填报问题", "G2"); text != "" {
		t.Errorf("what a person typed became the formula %q", text)
	}
	if text, _ := f.GetCellValue("填报问题", "G2"); text != "=HYPERLINK(1)" {
		t.Errorf("the list shows %q", text)
	}
	again := d.check(filing.Workbooks, first.Marked)
	if !slices.Equal(accepted(again), accepted(first)) || !slices.Equal(found(again), found(first)) {
		t.Errorf("the marked copy reads %q %q", accepted(again), found(again))
	}
	corrected := d.check(filing.Workbooks, d.edit(again.Marked, func(f *excelize.File) { must(t, f.SetCellValue(dataSheet, "E7", 5)) }))
	if len(corrected.Accepted) != 3 || len(corrected.Findings) != 0 {
		t.Errorf("corrected: %q %q", accepted(corrected), found(corrected))
	}
}
