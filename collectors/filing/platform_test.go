package filing_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"zhibiao/collectors/filing"
	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
)

const exported = "县域质量发展平台导出,,,,,\n" +
	"行政区划代码,地区名称,统计年度,指标名称,指标值,计量单位\n" +
	"140121,清徐县,2024,有效注册商标数,\"5,210\",件\n" +
	"140121,清徐县,2024,地区生产总值,1234500,万元\n" +
	"140121,清徐县,2024,强制检定项目建标覆盖率,未填报,%\n" +
	"140121,清徐县,2024,地理标志商标数,不适用,件\n" +
	"140121,清徐县,2024,不知道的指标,3,个\n" +
	"149999,无此县,2024,地方标准数,3,项\n"

var exportedTakes = []string{"140121 2024 gdp=123.45", "140121 2024 gi_trademarks=not_applicable", "140121 2024 registered_trademarks=5210"}

func TestAnExportOfThePlatformReads(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(exported)
	must(t, err)
	book := excelize.NewFile()
	defer book.Close()
	for r, line := range strings.Split(strings.ReplaceAll(exported, "\"5,210\"", "5210"), "\n") {
		for c, text := range strings.Split(line, ",") {
			place, _ := excelize.CoordinatesToCellName(c+1, r+1)
			must(t, book.SetCellStr("Sheet1", place, text))
		}
	}
	var xlsx bytes.Buffer
	must(t, book.Write(&xlsx))
	for name, body := range map[string][]byte{"UTF-8": []byte(exported), "UTF-8 with a mark": []byte("\ufeff" + exported), "GBK": []byte(gbk), "XLSX": xlsx.Bytes()} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			result := d.check(filing.Platform, body)
			if got := accepted(result); !slices.Equal(got, exportedTakes) {
				t.Errorf("taken %q", got)
			}
			if got := found(result); !slices.Equal(got, []string{"E7 error unknown_indicator", "E8 error unknown_region"}) {
				t.Errorf("found %q", got)
			}
			if result.Blank != 1 {
				t.Errorf("%d blanks", result.Blank)
			}
			for _, o := range d.read(result).Observations {
				if o.Origin.Supplier != pipeline.County {
					t.Errorf("the supplier is %s", o.Origin.Supplier)
				}
				if text, err := decode.RereadAt(body, "", o.Locator, o.ByteStart, o.ByteEnd); err != nil || text != o.RawText {
					t.Errorf("%s reads %q (%v), the row says %q", o.Locator, text, err, o.RawText)
				}
			}
		})
	}
}

func TestAFileThatIsNoExportSaysSo(t *testing.T) {
	d := newDesk(t)
	for name, body := range map[string]string{"other heads": "a,b,c\n1,2,3\n", "text": "无表\n", "a page": "<html></html>"} {
		if result := d.check(filing.Platform, []byte(body)); !result.Whole || result.Acceptable() {
			t.Errorf("%s: %q", name, found(result))
		}
	}
}

func TestTheSheetIsInThePlatformsOrderAndTheReceiptSaysWhoSuppliedWhat(t *testing.T) {
	d := newDesk(t)
	order := []pipeline.PlatformIndicator{{Code: "registered_trademarks", Names: []string{"商标数"}, Unit: "万件"}, {Code: "gdp", Unit: "万元"},
		{Code: "public_measurement_standards"}, {Code: "one_county_one_product_brands"}}
	of := func(code, value, unit string, basis pipeline.Basis) filing.Known {
		return filing.Known{Cell: filing.Cell{Indicator: code, Region: "140121", Period: pipeline.YearPeriod(2024, basis)}, Value: value, Unit: unit, Source: "来源"}
	}
	request := filing.SheetRequest{Region: "140121", Name: "清徐县", On: pipeline.DateOf(2025, 8, 1), Order: order,
		Periods: []pipeline.Period{pipeline.YearPeriod(2024, pipeline.Flow)}, Indicators: d.set.Indicators(), Units: d.set.Units(),
		Supplied: []filing.Supplied{
			{Known: of("registered_trademarks", "5210", "件", pipeline.End), Supplier: pipeline.Province, Name: filing.Workbooks, Best: true, KnownAt: time.Unix(0, 0)},
			{Known: of("registered_trademarks", "5200", "件", pipeline.End), Supplier: pipeline.County, Name: filing.Platform, KnownAt: time.Unix(0, 0)},
			{Known: of("gdp", "123.45", "亿元", pipeline.Flow), Supplier: pipeline.Public, Name: "x", Best: true, KnownAt: time.Unix(0, 0)},
		},
		Moves: []filing.Move{{Cell: filing.Cell{Indicator: "public_measurement_standards", Period: pipeline.YearPeriod(2024, pipeline.End)}, Move: "province", Unit: "计量处"},
			{Cell: filing.Cell{Indicator: "one_county_one_product_brands", Period: pipeline.YearPeriod(2024, pipeline.End)}, Move: "county"}},
	}
	book, err := filing.MakeSheet(t.Context(), request)
	must(t, err)
	again, err := filing.MakeSheet(t.Context(), request)
	must(t, err)
	if !bytes.Equal(book.Body, again.Body) {
		t.Error("the same request gives other bytes")
	}
	f, err := excelize.OpenReader(bytes.NewReader(book.Body))
	must(t, err)
	defer f.Close()
	rows, err := f.GetRows("平台填报参考")
	must(t, err)
	want := [][]string{
		{"registered_trademarks", "商标数", "万件", "2024", "0.521", "0.52", "来源", "平台已填；与已知值不同，请核对 · on the platform, but different"},
		{"gdp", "地区生产总值", "万元", "2024", "1234500", "", "来源", "可照填 · can be entered"},
		{"public_measurement_standards", "社会公用计量标准数", "项", "2024", "", "", "", "由计量处提供，不必填 · the province's unit supplies it"},
		{"one_county_one_product_brands", "一县一品特色品牌数", "个", "2024", "", "", "", "可自愿补充 · may be added by the county"},
	}
	for i, line := range want {
		if got := rows[3+i][1:]; !slices.Equal(got, line) {
			t.Errorf("line %d: %q, want %q", i, got, line)
		}
	}
	receipt, err := f.GetRows("回执")
	must(t, err)
	if len(receipt) != 6 || receipt[3][3] != "省级填报" || receipt[3][7] != "是" || receipt[4][3] != "国家平台" || receipt[5][3] != "公开渠道" {
		t.Errorf("the receipt: %q", receipt)
	}
	if book.Cells != 1 {
		t.Errorf("%d cells can be entered", book.Cells)
	}
}
