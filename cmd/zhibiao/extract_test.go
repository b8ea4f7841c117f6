package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const someCommunique = `<!DOCTYPE html><html><head><meta charset="utf-8"><title>祁县2023年国民经济和社会发展统计公报</title></head><body>
<h1>祁县2023年国民经济和社会发展统计公报</h1>
<p>初步核算，全年地区生产总值98.76亿元，比上年下降1.2%。</p>
<table><caption>2023年祁县主要指标</caption>
<tr><td>指标</td><td>2023年</td></tr>
<tr><td>社会消费品零售总额（亿元）</td><td>20.15</td></tr>
<tr><td>一般公共预算支出（万石）</td><td>31.4</td></tr>
</table></body></html>`

func writeTemporary(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestExtractPrintsOneObjectALine(t *testing.T) {
	file := writeTemporary(t, "page.html", someCommunique)
	out := mustRun(t, "extract", file, "--url", "http://www.sxqx.example/t1.html", "--data", t.TempDir())
	var got []string
	for line := range strings.Lines(out) {
		var o struct{ Kind, Indicator, Region, Freq, Basis, Period, Value, Unit, Quote, Reason string }
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		got = append(got, strings.TrimSpace(strings.Join([]string{o.Kind, o.Indicator, o.Region, o.Freq, o.Basis, o.Period, o.Value, o.Unit, o.Quote, o.Reason}, " ")))
	}
	want := []string{
		"observation gdp 140727 A period 2023 98.76 亿元 98.76亿元",
		"observation gdp.growth 140727 A period 2023 -1.2 % 1.2%",
		"observation retail_sales 140727 A period 2023 20.15 亿元 20.15亿元",
		"refusal budget_expenditure       31.4 unknown_unit",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestExtractShowsAPersonWhatWasReadAndWhatWasNot(t *testing.T) {
	file := writeTemporary(t, "page.html", someCommunique)
	out := mustRun(t, "extract", file, "--format", "table", "--data", t.TempDir())
	for _, want := range []string{
		"全年地区生产总值【98.76】亿元，比上年下降【1.2】%。",
		"【1.2%】 gdp.growth 地区生产总值增速(不变价) · 140727 祁县 · A period 2023 · -1.2 % · provisional",
		"table[1]  2023年祁县主要指标\n",
		"社会消费品零售总额（亿元） | 【20.15】\n",
		"一般公共预算支出（万石） | 〔31.4〕\n",
		"〔31.4〕 ×1 unknown_unit: 一般公共预算支出（万石）",
		"读出 3 个数，拒收 1 处",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %q:\n%s", want, out)
		}
	}
}

func TestExtractOfSomethingElseSaysWhatItIs(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"an empty file":                 {"", "not_a_document"},
		"a challenge":                   {"<html><head><script>document.cookie='x';location.reload()</script></head><body></body></html>", "not_a_document"},
		"JSON that is cut short":        {`{"success":true,"state":20000,"data":[{"code":"2024YY"`, "truncated"},
		"bytes that are no text at all": {"\x00\x01\x02\xff\xfe\xfd" + strings.Repeat("\x80", 100), "refusal"},
	} {
		out := mustRun(t, "extract", writeTemporary(t, "file", c.content), "--data", t.TempDir())
		if !strings.Contains(out, c.want) || strings.Contains(out, `"observation"`) {
			t.Errorf("%s: got %s, want %s and no observation", name, out, c.want)
		}
	}
}
