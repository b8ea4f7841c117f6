package recognise_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

func described(p pipeline.Period) string { return fmt.Sprintf("%s/%s/%s", p.Freq, p.Basis, p.Label()) }

func TestWordsDecideThePeriod(t *testing.T) {
	flow := recognise.PeriodContext{Year: 2024}
	stock := recognise.PeriodContext{Year: 2024, Stock: true}
	for _, test := range []struct {
		text string
		ctx  recognise.PeriodContext
		want string
	}{
		{"2023年", flow, "A/period/2023"},
		{"2023", flow, "A/period/2023"},
		{"２０２３年", flow, "A/period/2023"},
		{"2023 年度", flow, "A/period/2023"},
		{"二〇二三年", flow, "A/period/2023"},
		{"二○二三年", flow, "A/period/2023"},
		{"2023年", stock, "A/end/2023"},
		{"全年", flow, "A/period/2024"},
		{"上年", flow, "A/period/2023"},
		{"去年", flow, "A/period/2023"},
		{"今年", flow, "A/period/2024"},
		{"年末", flow, "A/end/2024"},
		{"2022年末", flow, "A/end/2022"},
		{"上年末", flow, "A/end/2023"},
		{"截至2022年底", flow, "A/end/2022"},
		{"截至12月31日", flow, "A/end/2024"},
		{"截至8月31日", flow, "M/end/2024-08"},
		{"截止2022年末", flow, "A/end/2022"},
		{"一季度", flow, "Q/period/2024-Q1"},
		{"1季度", flow, "Q/period/2024-Q1"},
		{"第二季度", flow, "Q/period/2024-Q2"},
		{"2022年2季度", flow, "Q/period/2022-Q2"},
		{"4季度", flow, "Q/period/2024-Q4"},
		{"2024-Q3", flow, "Q/period/2024-Q3"},
		{"上半年", flow, "Q/ytd/2024-Q2"},
		{"2024年上半年", flow, "Q/ytd/2024-Q2"},
		{"前三季度", flow, "Q/ytd/2024-Q3"},
		{"前3季度", flow, "Q/ytd/2024-Q3"},
		{"1-3季度", flow, "Q/ytd/2024-Q3"},
		{"2013年1-3季度", flow, "Q/ytd/2013-Q3"},
		{"一至三季度", flow, "Q/ytd/2024-Q3"},
		{"1—8月", flow, "M/ytd/2024-08"},
		{"1-8月份", flow, "M/ytd/2024-08"},
		{"1至8月", flow, "M/ytd/2024-08"},
		{"1月至8月", flow, "M/ytd/2024-08"},
		{"1～8月", flow, "M/ytd/2024-08"},
		{"1－8月累计", flow, "M/ytd/2024-08"},
		{"今年1-3月", flow, "M/ytd/2024-03"},
		{"2024年1-8月", recognise.PeriodContext{}, "M/ytd/2024-08"},
		{"前8个月", flow, "M/ytd/2024-08"},
		{"1-12月", flow, "M/ytd/2024-12"},
		{"8月", flow, "M/period/2024-08"},
		{"8月份", flow, "M/period/2024-08"},
		{"11月", flow, "M/period/2024-11"},
		{"8月当月", flow, "M/period/2024-08"},
		{"十一月份", flow, "M/period/2024-11"},
		{"二〇二四年五月", flow, "M/period/2024-05"},
		{"2024-08", flow, "M/period/2024-08"},
		{"8月末", flow, "M/end/2024-08"},
		{"8月底", flow, "M/end/2024-08"},
		{"截至8月底", flow, "M/end/2024-08"},
		{"8月", stock, "M/end/2024-08"},
		{"1-9月累计", flow, "M/ytd/2024-09"},
		{"（2023年）", flow, "A/period/2023"},
	} {
		got, ok := recognise.Period(test.text, test.ctx)
		if !ok || described(got) != test.want {
			t.Errorf("%q: got %s %v, want %s", test.text, described(got), ok, test.want)
		}
		if ok && got.Valid() != nil {
			t.Errorf("%q: %v", test.text, got.Valid())
		}
	}
}

func TestWhatIsNoPeriodOfOursIsNotFound(t *testing.T) {
	ctx := recognise.PeriodContext{Year: 2024}
	for _, text := range []string{"", "下半年", "十四五", "“十四五”", "2020-2024年", "2023年至2024年", "3季度 4季度", "3季度4季度", "5季度", "2-3季度", "3-8月", "13月",
		"4月18日", "2025年4月18日", "年初", "上年同期", "同期", "指标", "2024", "年", "月", "1-8", "8", "今年以来", "2020年以来", "近五年", "1850年", "202408"} {
		if text == "2024" {
			continue
		}
		if got, ok := recognise.Period(text, ctx); ok {
			t.Errorf("%q is read as %s", text, described(got))
		}
	}
	for _, text := range []string{"全年", "一季度", "上年", "8月末"} {
		if got, ok := recognise.Period(text, recognise.PeriodContext{}); ok {
			t.Errorf("%q without a year is read as %s", text, described(got))
		}
	}
}

func TestTheDayOfPublicationSettlesAnOpenYear(t *testing.T) {
	for _, test := range []struct{ text, published, want string }{
		{"前三季度", "2024-11-06", "Q/ytd/2024-Q3"},
		{"全年", "2025-01-20", "A/period/2024"},
		{"1-12月", "2025-01-20", "M/ytd/2024-12"},
		{"去年", "2025-01-20", "A/period/2024"},
		{"8月份", "2024-08-15", ""}, // the last August ended long ago
		{"上年", "2025-01-20", ""},  // before which year is not said
	} {
		got, ok := recognise.Period(test.text, recognise.PeriodContext{Document: day(t, test.published)})
		if ok != (test.want != "") || ok && described(got) != test.want {
			t.Errorf("%s of %s: got %s %v, want %s", test.text, test.published, described(got), ok, test.want)
		}
	}
}

func TestTimesInRunningText(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"1-8月份，增长5.6%，增速较1-7月加快0.8个百分点。其中，8月份增长9.1%", "M/ytd/2024-08 <M/ytd/2024-07> M/period/2024-08"},
		{"比上年增长3.4%，结构由上年的4.6:67.8调整", "<A/period/2023> A/period/2023"},
		{"截至8月末，经营主体31268户，比年初增长4.8%", "M/end/2024-08 <?>"},
		{"图1　2020-2024年全县", "?"},
		{"高于上年同期6.9个百分点", "<A/period/2023>"},
		{"较2020年累计下降7.9%", "<A/period/2020>"},
		{"“十四五”期间", "?"},
		{"2025年4月18日", "?"},
		{"下半年", "?"},
		{"2024.4.18", ""},
		{"产量1306吨，8月", "M/period/2024-08"},
		{"是上年的2.2倍", "<A/period/2023>"},
		{"与2021年相比，两年平均增长5.5%", "<A/period/2021>"},
		{"增速与上年持平", "<A/period/2023>"},
		{"2022年与2023年分别为", "A/period/2022 A/period/2023"},
		{"占比2023年为5%", "A/period/2023"},
		{"（上年=100）", "<A/period/2023>"},
		{"按2020年不变价计算", "<A/period/2020>"},
		{"一、综合 二、农业", ""},
		{"百年老店", ""},
		{"第十三届", ""},
		{"33个工业行业", ""},
	} {
		var got []string
		for _, h := range recognise.PeriodsIn(test.text, recognise.PeriodContext{Year: 2024}) {
			text := "?"
			if !h.Other {
				text = described(h.Period)
			}
			if h.Comparison {
				text = "<" + text + ">"
			}
			got = append(got, text)
		}
		if joined := strings.Join(got, " "); joined != test.want {
			t.Errorf("%q: got %s, want %s", test.text, joined, test.want)
		}
	}
}

// TestEveryPeriodIsReadAsItIsPrinted prints months and quarters and reads them.
func TestEveryPeriodIsReadAsItIsPrinted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		year := rapid.IntRange(1949, 2099).Draw(t, "year")
		month := rapid.IntRange(2, 12).Draw(t, "month")
		quarter := rapid.IntRange(1, 4).Draw(t, "quarter")
		dash := rapid.SampledFrom([]string{"-", "—", "－", "至", "～", " - "}).Draw(t, "dash")
		for printed, want := range map[string]pipeline.Period{
			fmt.Sprintf("%d年", year):                    pipeline.YearPeriod(year, pipeline.Flow),
			fmt.Sprintf("%d年末", year):                   pipeline.YearPeriod(year, pipeline.End),
			fmt.Sprintf("%d年%d月", year, month):          pipeline.MonthPeriod(year, month, pipeline.Flow),
			fmt.Sprintf("%d年1%s%d月", year, dash, month): pipeline.MonthPeriod(year, month, pipeline.YearToDate),
			fmt.Sprintf("%d年%d月末", year, month):         pipeline.MonthPeriod(year, month, pipeline.End),
			fmt.Sprintf("%d年%d季度", year, quarter):       pipeline.QuarterPeriod(year, quarter, pipeline.Flow),
		} {
			if got, ok := recognise.Period(printed, recognise.PeriodContext{}); !ok || got != want {
				t.Fatalf("%q: got %s %v, want %s", printed, described(got), ok, described(want))
			}
		}
	})
}

func FuzzPeriod(f *testing.F) {
	for _, seed := range []string{"2024年1-8月", "截至12月31日", "二〇二三年", "前三季度", "比上年同期", "\xe5"} {
		f.Add(seed, 2024)
	}
	f.Fuzz(func(t *testing.T, text string, year int) {
		ctx := recognise.PeriodContext{Year: year}
		if p, ok := recognise.Period(text, ctx); ok && p.Valid() != nil {
			t.Errorf("%q: %v", text, p.Valid())
		}
		last := 0
		for _, h := range recognise.PeriodsIn(text, ctx) {
			if h.Start < last || h.End <= h.Start || h.End > len(text) {
				t.Fatalf("%q: place %d–%d behind %d", text, h.Start, h.End, last)
			}
			if !h.Other && h.Period.Valid() != nil {
				t.Errorf("%q: %v", text, h.Period.Valid())
			}
			last = h.End
		}
	})
}
