package extract

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"zhibiao/configs"
	"zhibiao/pipeline"
)

// saidOfFile reads a file with a title, as said does a page.
func saidOfFile(t *testing.T, title, body string) ([]string, Result) {
	t.Helper()
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	e, err := Compile(set.GenericRules(pipeline.KindFile, "test"))
	if err != nil {
		t.Fatal(err)
	}
	result := e.Document(&pipeline.Document{Body: []byte(body), Title: title, URL: "http://a.gov.cn/b.csv"})
	var lines []string
	for _, o := range result.Observations {
		lines = append(lines, fmt.Sprintf("%s %s %s:%s %s %s", o.Region, o.Indicator, o.Period.Freq, o.Period.Basis, o.Period.Label(), o.Value))
	}
	return lines, result
}

func TestSheetsAreReadTableByTable(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"a title and a unit at the right are captions", "平遥县2024年主要指标,,\n,,单位：亿元\n指标,绝对量,备注\n地区生产总值,152.4,\n",
			[]string{"140728 gdp A:period 2024 152.4"}},
		{"statements beside each other are captions", "填报单位：平遥县统计局,,单位：万元\n指标,2023年,2024年\n一般公共预算收入,50367,62100\n",
			[]string{"140728 budget_revenue A:period 2023 5.0367", "140728 budget_revenue A:period 2024 6.21"}},
		{"tables between blank lines have their own heads", "指标,单位,2024年\n地区生产总值,亿元,152.4\n\n年份,年末常住人口（万人）,备注\n2022,45.0,\n2023,44.9,\n",
			[]string{"140728 gdp A:period 2024 152.4", "140728 resident_population A:end 2022 45", "140728 resident_population A:end 2023 44.9"}},
		{"rows of values behind a blank line go on", "指标,单位,2024年\n地区生产总值,亿元,152.4\n\n社会消费品零售总额,亿元,38.2\n",
			[]string{"140728 gdp A:period 2024 152.4", "140728 retail_sales A:period 2024 38.2"}},
		{"a title over several blank lines", "平遥县2023年主要指标,\n\n\n指标,数值\n地区生产总值（亿元）,147.9\n", []string{"140728 gdp A:period 2023 147.9"}},
		{"a note names the numbers that are final", "指标,单位,2024年\n地区生产总值,亿元,152.4\n注：数据为快报数,,\n", []string{"140728 gdp A:period 2024 152.4"}},
		{"an amount per head is in 元 and a sum is not", "单位：元、万元,,\n指标,2024年,备注\n一般公共预算收入,62100,\n居民人均可支配收入,27795,\n",
			[]string{"140728 budget_revenue A:period 2024 6.21", "140728 disposable_income_per_capita A:period 2024 27795"}},
		{"a caption with two units that fit settles none", "单位：亿元、万元,,\n指标,2024年,备注\n一般公共预算收入,62100,\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, result := saidOfFile(t, "平遥县2024年统计数据", c.body)
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %s\nwant %s\nrefused %+v", strings.Join(got, " | "), strings.Join(c.want, " | "), result.Refusals)
			}
		})
	}
}

// What a row inherits from the rows above it does not end where a band does.
func TestALongTableIsReadInBandsAsInOne(t *testing.T) {
	const rows = 24_000
	if rows*2 < maxBand {
		t.Fatal("the table is read at once")
	}
	var b strings.Builder
	b.WriteString("时间,地区生产总值（亿元）\n")
	for r := range rows {
		if r%4 == 0 {
			fmt.Fprintf(&b, "%d年1季度,%d\n", 2000+r/4%20, r+1)
		} else {
			fmt.Fprintf(&b, "%d季度,%d\n", r%4+1, r+1)
		}
	}
	got, result := saidOfFile(t, "平遥县2024年统计数据", b.String())
	if len(got) != rows {
		t.Fatalf("%d of %d rows, refused %+v", len(got), rows, result.Refusals)
	}
	for r, line := range got {
		if want := fmt.Sprintf("140728 gdp Q:period %d-Q%d %d", 2000+r/4%20, r%4+1, r+1); line != want {
			t.Fatalf("row %d: %s, want %s", r, line, want)
		}
	}
}

func TestACutTableOfLinesIsNotComplete(t *testing.T) {
	got, result := saidOfFile(t, "平遥县", "指标,单位,2024年\n地区生产总值,亿元,152.4\n一般公共预算收入,万元")
	if result.Complete || len(got) != 1 || !slices.ContainsFunc(result.Refusals, func(r pipeline.Refusal) bool { return r.Reason == pipeline.Truncated }) {
		t.Errorf("complete %t, %v, %+v", result.Complete, got, result.Refusals)
	}
}

func TestFilesOfPagesAndUnknownFormsAreToldApart(t *testing.T) {
	got, _ := saidOfFile(t, "平遥县2024年", "<html><h1>平遥县2024年</h1>"+rows("指标|单位|2024年", "地区生产总值|亿元|152.4")+"</html>")
	if len(got) != 1 {
		t.Errorf("a page that calls itself a workbook is read as a page: %v", got)
	}
	for name, body := range map[string]string{"prose": "全年地区生产总值152.4亿元。", "a program": "MZ\x00\x01", "a damaged zip": "PK\x03\x04abc"} {
		if got, result := saidOfFile(t, "平遥县2024年", body); len(got) != 0 || result.Complete || len(result.Refusals) != 1 {
			t.Errorf("%s: %v %+v", name, got, result.Refusals)
		}
	}
}
