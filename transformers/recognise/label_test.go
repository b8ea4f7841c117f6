package recognise_test

import (
	"testing"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

func TestLabelsArePutToTheCatalogueExactly(t *testing.T) {
	r := builtIn(t)
	for _, test := range []struct {
		text string
		want recognise.LabelMatch // Name is not compared where it is ""
	}{
		{"地区生产总值", recognise.LabelMatch{Indicator: "gdp"}},
		{"地 区 生 产 总 值", recognise.LabelMatch{Indicator: "gdp"}},
		{"地区生产总值（亿元）", recognise.LabelMatch{Indicator: "gdp", UnitText: "亿元", Name: "地区生产总值"}},
		{"地区生产总值(GDP)", recognise.LabelMatch{Indicator: "gdp"}},
		{"地区生产总值，亿元", recognise.LabelMatch{Indicator: "gdp", UnitText: "亿元"}},
		{"地区生产总值/万元", recognise.LabelMatch{Indicator: "gdp", UnitText: "万元"}},
		{"地区生产总值 亿元", recognise.LabelMatch{Indicator: "gdp", UnitText: "亿元"}},
		{"地区生产总值（单位：万元）", recognise.LabelMatch{Indicator: "gdp", UnitText: "万元"}},
		{"地区生产总值(当年价格) (亿元) ", recognise.LabelMatch{Indicator: "gdp", UnitText: "亿元"}},
		{"地区生产总值[2]", recognise.LabelMatch{Indicator: "gdp", Name: "地区生产总值"}},
		{"地区生产总值①", recognise.LabelMatch{Indicator: "gdp"}},
		{"地区生产总值*", recognise.LabelMatch{Indicator: "gdp"}},
		{"地区生产总值注1", recognise.LabelMatch{Indicator: "gdp"}},
		{"一、地区生产总值", recognise.LabelMatch{Indicator: "gdp"}},
		{"（一）地区生产总值", recognise.LabelMatch{Indicator: "gdp"}},
		{"1.地区生产总值：", recognise.LabelMatch{Indicator: "gdp"}},
		{"1、地区生产总值", recognise.LabelMatch{Indicator: "gdp"}},
		{"2023年地区生产总值（万元）", recognise.LabelMatch{Indicator: "gdp", UnitText: "万元"}},
		{"全市地区生产总值", recognise.LabelMatch{Indicator: "gdp"}},
		{"总产出（本县口径）", recognise.LabelMatch{Indicator: "gdp"}},
		{"其中:工业增加值", recognise.LabelMatch{Indicator: "industrial_value_added"}},
		{"其 中：税收收入", recognise.LabelMatch{Decoy: true}},
		{"# 规模以上工业增加值", recognise.LabelMatch{Indicator: "industrial_value_added.growth"}},
		{"固定资产投资（不含农户）", recognise.LabelMatch{Indicator: "fixed_asset_investment.growth"}},
		{"　第一产业", recognise.LabelMatch{Indicator: "primary_value_added", Contextual: true}},
		{"第一产业（亿元）", recognise.LabelMatch{Indicator: "primary_value_added", Contextual: true, UnitText: "亿元"}},
		{"地区生产总值增长(%)", recognise.LabelMatch{Indicator: "gdp.growth", UnitText: "%"}},
		{"地区生产总值增速", recognise.LabelMatch{Indicator: "gdp.growth"}},
		{"社会消费品零售总额_当期值", recognise.LabelMatch{Indicator: "retail_sales", Basis: pipeline.Flow}},
		{"社会消费品零售总额_累计值", recognise.LabelMatch{Indicator: "retail_sales", Basis: pipeline.YearToDate}},
		{"社会消费品零售总额_同比增长", recognise.LabelMatch{Indicator: "retail_sales.growth"}},
		{"社会消费品零售总额_累计增长", recognise.LabelMatch{Indicator: "retail_sales.growth", Basis: pipeline.YearToDate}},
		{"规上工业增加值_累计增长", recognise.LabelMatch{Indicator: "industrial_value_added.growth", Basis: pipeline.YearToDate}},
		{"规上工业增加值同比增长 (%) ", recognise.LabelMatch{Indicator: "industrial_value_added.growth", UnitText: "%"}},
		{"固定资产投资额累计增长 (%) ", recognise.LabelMatch{Indicator: "fixed_asset_investment.growth", Basis: pipeline.YearToDate, UnitText: "%"}},
		{"一般公共预算支出增速", recognise.LabelMatch{Decoy: true}}, // a growth that the catalogue does not have
		{"同比增长（%）", recognise.LabelMatch{Growth: true, UnitText: "%"}},
		{"比上年增长（％）", recognise.LabelMatch{Growth: true, UnitText: "％"}},
		{"同比±%", recognise.LabelMatch{Growth: true, UnitText: "%"}},
		{"增长（±%）", recognise.LabelMatch{Growth: true, UnitText: "%"}},
		{"同比增长±%", recognise.LabelMatch{Growth: true, UnitText: "%"}},
		{"人均地区生产总值（元/人）", recognise.LabelMatch{Indicator: "gdp_per_capita", UnitText: "元/人"}},
		{"增速", recognise.LabelMatch{Growth: true}},
		{"增长速度(%)", recognise.LabelMatch{Growth: true, UnitText: "%"}},
		{"环比增长（%）", recognise.LabelMatch{Decoy: true, UnitText: "%"}},
		{"比年初增长", recognise.LabelMatch{Decoy: true}},
		{"绝对额（亿元）", recognise.LabelMatch{UnitText: "亿元", Name: "绝对额"}},
		{"财政总收入", recognise.LabelMatch{Decoy: true}},
		{"年末户籍人口 (万人) ", recognise.LabelMatch{Decoy: true, UnitText: "万人"}},
		{"人均一般公共预算收入", recognise.LabelMatch{Decoy: true}},
		{"农民人均纯收入", recognise.LabelMatch{Decoy: true}},
		{"土地面积", recognise.LabelMatch{Ignored: true}},
		{"土地面积（平方公里）", recognise.LabelMatch{Ignored: true, UnitText: "平方公里"}},
		{"年末常住人口（人）", recognise.LabelMatch{Indicator: "resident_population", UnitText: "人"}},
		{"2024年", recognise.LabelMatch{Name: "2024年"}},
		{"生产总值计划", recognise.LabelMatch{}},
		{"地區生產總值", recognise.LabelMatch{}},
		{"营业收入", recognise.LabelMatch{}},
		{"361.42", recognise.LabelMatch{}},
		{"", recognise.LabelMatch{}},
	} {
		got := r.Label(test.text)
		if test.want.Name == "" {
			got.Name = ""
		}
		if got != test.want {
			t.Errorf("%q: got %+v, want %+v", test.text, got, test.want)
		}
	}
}

func FuzzLabel(f *testing.F) {
	for _, seed := range []string{"其中:地区生产总值（亿元）", "比上年增长(%)", "1.2、#x注1", "（（一）", "\xffGDP/元"} {
		f.Add(seed)
	}
	r := builtIn(f)
	f.Fuzz(func(t *testing.T, text string) {
		m := r.Label(text)
		if m.Indicator != "" && (m.Ignored || m.Decoy || m.Growth) || m.Decoy && m.Growth {
			t.Errorf("%q is two things: %+v", text, m)
		}
	})
}
