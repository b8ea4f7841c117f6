package recognise_test

import (
	"strings"
	"testing"

	"zhibiao/transformers/recognise"
)

// marked writes the hits as code=printed, ? for contextual, a bare printed name
// for a decoy.
func marked(text string, hits []recognise.Hit) string {
	var out []string
	for _, h := range hits {
		printed := text[h.Start:h.End]
		switch {
		case h.Indicator == "":
			out = append(out, printed)
		case h.Contextual:
			out = append(out, h.Indicator+"?="+printed)
		default:
			out = append(out, h.Indicator+"="+printed)
		}
	}
	return strings.Join(out, " ")
}

func TestNamesInRunningText(t *testing.T) {
	r := builtIn(t)
	for _, test := range []struct{ name, text, want string }{
		{"spaces and footnotes inside a name", "全县地区生产 总值[2]2313亿元", "gdp=地区生产 总值"},
		{"a footnote within a name", "规模以上工业[2]增加值比上年", "industrial_value_added.growth=规模以上工业[2]增加值"},
		{"the longest name wins", "人均地区生产总值105371元", "gdp_per_capita=人均地区生产总值"},
		{"a decoy wins over the shorter name", "财政总收入867719万元，地方财政收入365055万元，一般公共预算收入207450万元",
			"财政总收入 地方财政收入 budget_revenue=一般公共预算收入"},
		{"registered and resident population", "户籍人口112635人，常住人口12.74万人，户籍人口城镇化率32.6%，常住人口城镇化率60%",
			"户籍人口 resident_population=常住人口 户籍人口城镇化率 urbanisation_rate=常住人口城镇化率"},
		{"a word before makes something else", "人均一般公共预算收入4000元，新增经营主体3户", "人均一般公共预算收入 新增经营主体"},
		{"a share is not the whole", "第一产业增加值9亿元，占地区生产总值的比重为3.6%", "primary_value_added=第一产业增加值 占地区生产总值的比重"},
		{"a share printed whole", "第三产业增加值占地区生产总值的比重为51.0%", "tertiary_share=第三产业增加值占地区生产总值的比重"},
		{"the tax share", "税收收入14万元，占一般公共预算收入的70.6%", "税收收入 tax_share_of_budget_revenue?=占一般公共预算收入的"},
		{"the accounting system", "根据地区生产总值统一核算结果", "地区生产总值统一核算"},
		{"a sector that did something", "第一产业完成5.97亿元，第二产业投资增长2%", "primary_value_added?=第一产业 第二产业投资"},
		{"a sector's contribution", "第三产业对经济增长的贡献率为62.5%", "第三产业"},
		{"a shortened list", "第一、二、三产业增加值分别为7亿元", "primary_value_added=第一 secondary_value_added=二 tertiary_value_added=三产业增加值"},
		{"a shortened list of two", "第二、第三产业增加值46亿元和41亿元", "secondary_value_added=第二 tertiary_value_added=第三产业增加值"},
		{"a shortened list of investment", "第一、二、三产业投资分别增长18.2%", "第一 二 三产业"},
		{"a shortened list of incomes", "城镇、农村居民人均可支配收入分别为18472元和9365元",
			"urban_disposable_income=城镇 rural_disposable_income=农村居民人均可支配收入"},
		{"the structure", "三次产业结构为4.2∶64.0∶31.8", "primary_share=三次产业结构 secondary_share=三次产业结构 tertiary_share=三次产业结构"},
		{"contributions of all three", "三次产业贡献率分别是5.3∶31.2", ""},
		{"two names side by side", "固定资产投资、社会消费品零售总额同比分别增长3.8%、2.4%",
			"fixed_asset_investment.growth=固定资产投资 retail_sales=社会消费品零售总额"},
		{"above-scale retail", "限额以上单位消费品零售额18.94亿元", "限额以上单位消费品零售额"},
		{"prices of something else", "工业生产者出厂价格下降4.8%", "工业生产者出厂价格"},
		{"a quoted month", "开展“质量月”活动12场", "quality_month_events=开展“质量月”活动"},
		{"traditional characters of a mirror", "地區生產總值3416785萬元", ""},
		{"nothing", "全县上下坚持稳中求进", ""},
	} {
		if got := marked(test.text, r.Scan(test.text)); got != test.want {
			t.Errorf("%s: %s\ngot  %s\nwant %s", test.name, test.text, got, test.want)
		}
	}
}

func FuzzScan(f *testing.F) {
	for _, seed := range []string{"第一、二、三产业增加值", "城镇、农村居民人均可支配收入", "三次产业结构由上年的4.6:67.8", "地区生产\xff总值[2]", "占一般公共预算收入的"} {
		f.Add(seed)
	}
	r := builtIn(f)
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, h := range r.Scan(text) {
			if h.Start < 0 || h.End <= h.Start || h.End > len(text) || h.Start < last {
				t.Fatalf("%q: place %d–%d after %d", text, h.Start, h.End, last)
			}
			last = h.Start
		}
		for _, h := range r.RegionsIn(text) {
			if h.End <= h.Start || h.End > len(text) || len(h.Codes) == 0 {
				t.Fatalf("%q: region %+v", text, h)
			}
		}
		r.LeadingUnit(text)
	})
}

func BenchmarkCompile(b *testing.B) {
	rules, err := loaded()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r, err := recognise.Compile(rules)
		if err != nil {
			b.Fatal(err)
		}
		r.RegionsIn("太谷区") // builds the regions too
	}
}

func BenchmarkScan(b *testing.B) {
	r := builtIn(b)
	text := strings.Repeat("初步核算，全年全县地区生产总值[1]361.42亿元，按不变价格计算，比上年增长3.4%。其中，第一产业增加值16.93亿元，增长4.1%；第二产业增加值239.61亿元，增长2.6%。", 50)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r.Scan(text)
	}
}
