package extract

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"zhibiao/configs"
	"zhibiao/pipeline"
)

var extractor = sync.OnceValues(func() (*Extractor, error) {
	set, err := configs.Load(configs.Default())
	if err != nil {
		return nil, err
	}
	rules := set.GenericRules(pipeline.KindHTML, "test")
	rules.Source.Prose = true
	return Compile(rules)
})

// said reads a page with a title and returns its observations, one a line:
// indicator, region, period and value, the region only where it is not 平遥县.
func said(t *testing.T, title, body string) ([]string, []pipeline.Refusal) {
	t.Helper()
	e, err := extractor()
	if err != nil {
		t.Fatal(err)
	}
	doc := pipeline.Document{Body: []byte("<html><h1>" + title + "</h1>" + body + "</html>"), URL: "http://a.gov.cn/b.html"}
	result := e.Document(&doc)
	var lines []string
	for _, o := range result.Observations {
		region := o.Region + " "
		if o.Region == "140728" {
			region = ""
		}
		status := ""
		if o.Status != pipeline.First {
			status = " " + string(o.Status)
		}
		lines = append(lines, fmt.Sprintf("%s%s %s:%s %s %s%s", region, o.Indicator, o.Period.Freq, o.Period.Basis, o.Period.Label(), o.Value, status))
	}
	return lines, result.Refusals
}

func TestSentencesAreReadAsTheyAreMeant(t *testing.T) {
	const title = "平遥县2024年国民经济和社会发展统计公报"
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"a level and its growth", "全年全县地区生产总值152.4亿元，按不变价格计算，比上年增长4.8%。",
			[]string{"gdp A:period 2024 152.4", "gdp.growth A:period 2024 4.8"}},
		{"a fall is negative", "社会消费品零售总额38.2亿元，同比下降0.9%。", []string{"retail_sales A:period 2024 38.2", "retail_sales.growth A:period 2024 -0.9"}},
		{"a negative growth is printed with its sign", "固定资产投资增长－2.7%。", []string{"fixed_asset_investment.growth A:period 2024 -2.7"}},
		{"a fall by a negative number settles nothing", "固定资产投资下降-4.8%。", nil},
		{"times are hundreds of percent", "固定资产投资比上年增长1.2倍。", []string{"fixed_asset_investment.growth A:period 2024 120"}},
		{"percentage points are no growth", "规模以上工业增加值增长5.6%，增速较上年加快0.8个百分点，居全市第4位。", []string{"industrial_value_added.growth A:period 2024 5.6"}},
		{"a contribution is no growth", "第三产业对地区生产总值增长的贡献率为62.5%，拉动经济增长2.7个百分点。", nil},
		{"another base is no growth", "一般公共预算收入21.5亿元，比年初增长6.2%，两年平均增长2.5%。", []string{"budget_revenue A:period 2024 21.5"}},
		{"bounds and rough numbers are no values", "食品抽检合格率98%以上，城镇居民人均可支配收入3万多元，一般公共预算收入突破20亿元，农村居民人均可支配收入近2万元。", nil},
		{"targets are no values", "2025年，地区生产总值预期目标增长5%左右，一般公共预算收入计划完成22亿元。", nil},
		{"a branch of industry is not industry", "规模以上工业增加值增长3.1%，其中制造业增长9.7%，采矿业下降2.4%。", []string{"industrial_value_added.growth A:period 2024 3.1"}},
		{"an investment of a sector is not the sector", "第一产业投资下降21.5%，第二产业投资增长28.4%。", nil},
		{"another scope has other sectors", "民营经济增加值98亿元，民营经济中第一产业增加值20亿元。", nil},
		{"near synonyms are other things", "财政总收入12.1亿元，户籍人口52.1万人，限额以上零售额4.2亿元，农民人均纯收入9102元。", nil},
		{"a stock stands at the year's end", "年末全县常住人口449,120人，常住人口城镇化率52.37%，比上年末提高0.94个百分点。",
			[]string{"resident_population A:end 2024 44.912", "urbanisation_rate A:end 2024 52.37"}},
		{"a rate beside a stock is the year's", "年末常住人口44.9万人，人口出生率5.10‰，死亡率8.23‰，自然增长率-3.13‰。",
			[]string{"resident_population A:end 2024 44.9", "birth_rate A:period 2024 5.1", "death_rate A:period 2024 8.23", "natural_growth_rate A:period 2024 -3.13"}},
		{"a month beside the months before it", "1-8月，一般公共预算收入完成50367万元，同比增长6.4%；8月份当月完成4812万元，同比下降11.9%。",
			[]string{"budget_revenue M:ytd 2024-08 5.0367", "budget_revenue.growth M:ytd 2024-08 6.4", "budget_revenue M:period 2024-08 0.4812", "budget_revenue.growth M:period 2024-08 -11.9"}},
		{"the next sentence goes on with another month", "1-8月，规模以上工业增加值增长5.6%，增速加快0.8个百分点。其中，8月份同比增长9.1%。",
			[]string{"industrial_value_added.growth M:ytd 2024-08 5.6", "industrial_value_added.growth M:period 2024-08 9.1"}},
		{"it does not go on with a branch's", "1-8月，规模以上工业增加值增长5.6%，其中采矿业增长1.0%。8月份同比增长9.1%。", []string{"industrial_value_added.growth M:ytd 2024-08 5.6"}},
		{"words decide the period", "一季度地区生产总值31亿元。上半年社会消费品零售总额18亿元。前三季度一般公共预算收入15亿元。",
			[]string{"gdp Q:period 2024-Q1 31", "retail_sales Q:ytd 2024-Q2 18", "budget_revenue Q:ytd 2024-Q3 15"}},
		{"an unknown stretch of time settles nothing", "下半年地区生产总值80亿元。", nil},
		{"a list of names and of values", "第一、二、三产业增加值分别为7.3亿元、112.8亿元和66.5亿元，分别增长4.5%、0.4%和4.2%。",
			[]string{"primary_value_added A:period 2024 7.3", "secondary_value_added A:period 2024 112.8", "tertiary_value_added A:period 2024 66.5",
				"primary_value_added.growth A:period 2024 4.5", "secondary_value_added.growth A:period 2024 0.4", "tertiary_value_added.growth A:period 2024 4.2"}},
		{"a verb of a list is shared", "第二、第三产业增加值分别下降4.8%和0.3%。", []string{"secondary_value_added.growth A:period 2024 -4.8", "tertiary_value_added.growth A:period 2024 -0.3"}},
		{"counts that differ settle nothing", "第一、二、三产业增加值分别为7.3亿元和112.8亿元。", nil},
		{"a ratio", "三次产业结构为13.8∶38.2：48.0。", []string{"primary_share A:period 2024 13.8", "secondary_share A:period 2024 38.2", "tertiary_share A:period 2024 48"}},
		{"a ratio that does not sum to 100 is none", "三次产业结构为13.8:38.2:58.0。", nil},
		{"two ratios of two years", "三次产业结构由上年的14.1:39.6:46.3调整为13.8:38.2:48.0。人均地区生产总值33926元。",
			[]string{"primary_share A:period 2023 14.1", "secondary_share A:period 2023 39.6", "tertiary_share A:period 2023 46.3",
				"primary_share A:period 2024 13.8", "secondary_share A:period 2024 38.2", "tertiary_share A:period 2024 48", "gdp_per_capita A:period 2024 33926"}},
		{"preliminary and final in one bulletin", "初步核算，全年地区生产总值152.4亿元。经最终核实，2023年地区生产总值147.9亿元。",
			[]string{"gdp A:period 2024 152.4 provisional", "gdp A:period 2023 147.9 final"}},
		{"footnotes never join a number", "地区生产总值(GDP)[2]152.4亿元，一般公共预算收入①6.2亿元。", []string{"gdp A:period 2024 152.4", "budget_revenue A:period 2024 6.2"}},
		{"the prefecture's number is not the county's", "全市地区生产总值1820亿元。", nil},
		{"the province's number is the province's or nobody's", "全省地区生产总值25000亿元。", nil},
		{"a comparison names no region", "规模以上工业增加值增长5.6%，高于全市平均2.1个百分点。", []string{"industrial_value_added.growth A:period 2024 5.6"}},
		{"a reduction is printed as a fall", "单位地区生产总值能耗比上年下降3.4%。", []string{"energy_intensity_reduction A:period 2024 3.4"}},
		{"converted text is not read", "地區(qū)生產(chǎn)總值152.4億元，地区生产总值(zhí)152.4亿元。", nil},
		{"an amount level with last year has no growth", "一般公共预算收入6.2亿元，与上年持平；一般公共预算支出20亿元。", []string{"budget_revenue A:period 2024 6.2", "budget_revenue.growth A:period 2024 0", "budget_expenditure A:period 2024 20"}},
		{"a price level with last year has no growth", "居民消费价格同比持平。", []string{"cpi.growth A:period 2024 0"}},
		{"a growth rate level with last year is unknown", "规模以上工业增加值增速与上年持平，一般公共预算收入6.2亿元，增速与上年持平。", []string{"budget_revenue A:period 2024 6.2"}},
		{"full width", "城镇居民人均可支配收入３８２１４元。", []string{"urban_disposable_income A:period 2024 38214"}},
		{"an area is not money", "一般公共预算收入面积12公顷。", nil},
		{"the year before named in passing", "上年地区生产总值147.9亿元。", []string{"gdp A:period 2023 147.9"}},
		{"last year's number as a comparison", "地区生产总值152.4亿元，上年同期为147.9亿元。", []string{"gdp A:period 2024 152.4"}},
		{"words of a month inside a cumulative clause", "1-8月，规模以上工业增加值增长5.6%，当月增长9.1%。",
			[]string{"industrial_value_added.growth M:ytd 2024-08 5.6", "industrial_value_added.growth M:period 2024-08 9.1"}},
		{"a growth that is named needs no verb", "社会消费品零售总额7.9亿元，增速为-1.5%。", []string{"retail_sales A:period 2024 7.9", "retail_sales.growth A:period 2024 -1.5"}},
		{"a growth in a bracket", "一般公共预算收入1.8亿元（同比增长18.9%）。", []string{"budget_revenue A:period 2024 1.8", "budget_revenue.growth A:period 2024 18.9"}},
		{"by how much is not how fast", "一般公共预算收入7.4亿元，比上年增加0.6亿元，增长9.0%。", []string{"budget_revenue A:period 2024 7.4", "budget_revenue.growth A:period 2024 9"}},
		{"a share of the plan is passed over", "一般公共预算收入6.8亿元，为年初预算的102.3%，同比增长6.6%。", []string{"budget_revenue A:period 2024 6.8", "budget_revenue.growth A:period 2024 6.6"}},
		{"of a budget only what was carried out", "一般公共预算收入预算为58.6亿元，执行中调整为52.3亿元，实际完成52.7亿元，比上年下降14.9%。",
			[]string{"budget_revenue A:period 2024 52.7", "budget_revenue.growth A:period 2024 -14.9"}},
		{"a level that the catalogue lacks before its growth", "固定资产投资完成45.6亿元，同比增长11.1%。", []string{"fixed_asset_investment.growth A:period 2024 11.1"}},
		{"a sector under another thing", "地区生产总值152.4亿元。固定资产投资45.6亿元，其中第一产业完成4.3亿元。", []string{"gdp A:period 2024 152.4"}},
		{"a part of the people is not the people", "居住在城镇的常住人口13.7万人。", nil},
		{"owners of some kind are not industry", "国有控股企业规模以上工业增加值增长3.3%。", nil},
		{"a loss is negative", "规模以上工业企业利润总额亏损0.7亿元。", []string{"industrial_profit A:period 2024 -0.7"}},
		{"a change from one year to the next", "城镇化率由上年的52.1%提高到53.2%。", []string{"urbanisation_rate A:end 2023 52.1", "urbanisation_rate A:end 2024 53.2"}},
		{"a zero in words", "万台特种设备死亡人数为零。", []string{"special_equipment_death_rate A:period 2024 0"}},
		{"growths of the names before", "一产增加值4.6亿元，二产增加值46.2亿元，分别增长3.5%和下降6.2%。",
			[]string{"primary_value_added A:period 2024 4.6", "secondary_value_added A:period 2024 46.2", "primary_value_added.growth A:period 2024 3.5", "secondary_value_added.growth A:period 2024 -6.2"}},
		{"a time joined to a comparison", "规模以上工业增加值增长3.6%，增速较前三季度和上半年分别回落2.2和1.7个百分点。一般公共预算收入6.2亿元。",
			[]string{"industrial_value_added.growth A:period 2024 3.6", "budget_revenue A:period 2024 6.2"}},
		{"regions that are only compared with", "地区生产总值104.3亿元，增速分别高于全国、全省、全市0.4、2.3、1.9个百分点；固定资产投资增长11.7%。",
			[]string{"gdp A:period 2024 104.3", "fixed_asset_investment.growth A:period 2024 11.7"}},
		{"a plan behind the number", "实现地区生产总值同比增长5.1%的目标。", nil},
		{"a list of which some names are other things", "一般公共预算收入、税收收入分别增长3.1%、2.2%。", []string{"budget_revenue.growth A:period 2024 3.1"}},
		{"a rank is passed over", "1-7月，规模以上工业增加值增长6.9%，全市排名第5；7月增长9.4%。",
			[]string{"industrial_value_added.growth M:ytd 2024-07 6.9", "industrial_value_added.growth M:period 2024-07 9.4"}},
		{"an index of prices before its growth", "居民消费价格指数为100.6，同比上涨0.6%。", []string{"cpi.growth A:period 2024 0.6"}},
		{"month on month is no growth", "8月份，居民消费价格同比上涨0.6%，环比上涨0.4%。", []string{"cpi.growth M:period 2024-08 0.6"}},
		{"a base in a clause of its own, with", "与2020年相比，地区生产总值增长22.1%。", nil},
		{"a base in a clause of its own, than", "较2020年，地区生产总值增长22.1%，一般公共预算收入增长30%。", nil},
		{"a base in a clause of its own, than in short", "比2019年，一般公共预算收入增长2.1%。", nil},
		{"months before as the base", "较1-2月，规模以上工业增加值增长2.1%。", nil},
		{"a quarter before as the base", "与一季度相比，规模以上工业增加值增长2.1%。", nil},
		{"a month before as the base", "与上月相比，居民消费价格上涨0.4%。", nil},
		{"a year against another", "2024年比2020年，地区生产总值增长22%。", nil},
		{"a year against another before the name", "2024年比2020年地区生产总值增长22%。", nil},
		{"a year set against another", "2024年对比2020年，地区生产总值增长22%。", nil},
		{"growth of several years", "五年间，地区生产总值增长22.1%。四年来，一般公共预算收入增长12.1%。", nil},
		{"growth on average", "按两年平均计算，规模以上工业增加值增长4.1%。", nil},
		{"a year in a clause of its own is no base", "2024年，地区生产总值增长4.8%。二〇二四年，一般公共预算收入增长3%。",
			[]string{"gdp.growth A:period 2024 4.8", "budget_revenue.growth A:period 2024 3"}},
		{"growth without a part", "剔除煤炭，规模以上工业增加值增长3.2%。", nil},
		{"last year as the base in a clause of its own", "与上年相比，地区生产总值增长4.8%。与2023年相比，一般公共预算收入增长3%。",
			[]string{"gdp.growth A:period 2024 4.8", "budget_revenue.growth A:period 2024 3"}},
		{"a level beside another base", "与2020年相比，地区生产总值增长22.1%，社会消费品零售总额45亿元，同比增长3%。",
			[]string{"retail_sales A:period 2024 45", "retail_sales.growth A:period 2024 3"}},
		{"a month behind another year's", "2023年全年社会消费品零售总额45亿元，其中12月4亿元。", []string{"retail_sales A:period 2023 45", "retail_sales M:period 2023-12 4"}},
		{"what came to a stock is not the stock", "新培育质量标杆企业2家，累计5家。新认定省级质量标杆企业3家。注销有效注册商标12件。", nil},
		{"the stock beside it", "年末有效注册商标1200件，质量标杆企业5家。", []string{"registered_trademarks A:end 2024 1200", "quality_benchmark_enterprises A:end 2024 5"}},
		{"a rate of the registered people", "户籍人口52.1万人，城镇化率41%。年末户籍人口52.1万人，出生率5.1‰。", nil},
		{"residents named behind them", "户籍人口52.1万人，常住人口44.9万人，城镇化率52%。", []string{"resident_population A:end 2024 44.9", "urbanisation_rate A:end 2024 52"}},
		{"a township is not the county", "古陶镇全力发展商贸，社会消费品零售总额12亿元。全镇社会消费品零售总额12亿元。平遥县古陶镇社会消费品零售总额12亿元。", nil},
		{"a market watch office is not the county", "香乐乡受理投诉举报20件。县市场监管局古陶所受理投诉举报30件。古陶镇：受理投诉举报20件。", nil},
		{"the county named behind a township", "古陶镇社会消费品零售总额12亿元，全县社会消费品零售总额45亿元。", []string{"retail_sales A:period 2024 45"}},
		{"towns that are no place", "城镇化率52%，城乡居民人均可支配收入分别为3万元和2万元，乡村振兴有力推进，一般公共预算收入6.2亿元。",
			[]string{"urbanisation_rate A:end 2024 52", "urban_disposable_income A:period 2024 30000", "rural_disposable_income A:period 2024 20000", "budget_revenue A:period 2024 6.2"}},
		{"a growth of zero in words", "固定资产投资零增长。居民消费价格涨幅为零。", []string{"fixed_asset_investment.growth A:period 2024 0", "cpi.growth A:period 2024 0"}},
		{"a growth of zero without a unit settles nothing", "固定资产投资增长为0。", nil},
		{"a growth behind a list's mark", "地区生产总值180亿元、增长6.6%。", []string{"gdp A:period 2024 180", "gdp.growth A:period 2024 6.6"}},
		{"a rate of the registered people in a bracket", "城镇化率41%（户籍人口）。", nil},
		{"years ago are no time of ours", "五年前，地区生产总值100亿元。", nil},
		{"a project of another year", "2021年启动的项目投产，1-8月，一般公共预算收入3亿元。", []string{"budget_revenue M:ytd 2024-08 3"}},
		{"other words for a base", "和2020年比，固定资产投资增长3%。相较2020年，地区生产总值增长22%。除煤炭外，规模以上工业增加值增长3%。", nil},
		{"a base holds in the next sentence", "与2020年相比，地区生产总值增长22.1%。一般公共预算收入增长30%。固定资产投资增长4%。", nil},
		{"a base behind a year and before a colon", "2024年，与2020年相比：地区生产总值增长22.1%；一般公共预算收入增长30%。固定资产投资增长4%。", nil},
		{"a base that is a sentence", "与2020年相比，各项指标较快增长。地区生产总值增长22.1%。", nil},
		{"last year ends a base", "与2020年相比，地区生产总值增长22.1%。一般公共预算收入同比增长3%。固定资产投资增长4%。",
			[]string{"budget_revenue.growth A:period 2024 3", "fixed_asset_investment.growth A:period 2024 4"}},
		{"a time ends a base", "与2020年相比，地区生产总值增长22.1%。2024年一般公共预算收入增长3%。", []string{"budget_revenue.growth A:period 2024 3"}},
		{"a paragraph ends a base", "与2020年相比，地区生产总值增长22.1%。</p><p>一般公共预算收入增长3%。", []string{"budget_revenue.growth A:period 2024 3"}},
		{"a base of another thing holds for nothing else", "粮食产量与2020年相比，增长2%。固定资产投资增长4%。", []string{"fixed_asset_investment.growth A:period 2024 4"}},
		{"a part that is left out holds for its sentence", "剔除煤炭，规模以上工业增加值增长3.2%。固定资产投资增长4%。", []string{"fixed_asset_investment.growth A:period 2024 4"}},
		{"a growth on another base does not spoil the next sentence", "地区生产总值152.4亿元，比2020年增长22.1%。固定资产投资增长4%。",
			[]string{"gdp A:period 2024 152.4", "fixed_asset_investment.growth A:period 2024 4"}},
		{"it leaves the next clause and its parts open", "地区生产总值比2020年增长22.1%，一般公共预算收入增长30%。其中，税收收入增长28%。", nil},
		{"parts in a sentence of their own", "地区生产总值比2020年增长22.1%。其中，第一产业增加值增长14%。", nil},
		{"last year named behind it", "地区生产总值比2020年增长22.1%，比上年增长4.8%，一般公共预算收入增长3%。",
			[]string{"gdp.growth A:period 2024 4.8", "budget_revenue.growth A:period 2024 3"}},
		{"points on another base leave nothing open", "城镇化率52.37%，比2020年提高1.2个百分点，固定资产投资增长4%。",
			[]string{"urbanisation_rate A:end 2024 52.37", "fixed_asset_investment.growth A:period 2024 4"}},
		{"what several years reached is of none of them", "五年来，地区生产总值达到180亿元。过去五年，一般公共预算收入90亿元。近3年，社会消费品零售总额达到45亿元。", nil},
		{"years together in one clause", "五年累计完成一般公共预算收入90亿元，近年来地区生产总值达到180亿元。党的十八大以来，社会消费品零售总额达到45亿元。", nil},
		{"a year named behind several", "五年来，2024年地区生产总值达到180亿元。近五年，年末常住人口44.9万人。",
			[]string{"gdp A:period 2024 180", "resident_population A:end 2024 44.9"}},
		{"several years that are only compared with", "规模以上工业增加值增长5.6%，创近五年新高，固定资产投资增长4%。",
			[]string{"industrial_value_added.growth A:period 2024 5.6", "fixed_asset_investment.growth A:period 2024 4"}},
		{"investment with rural households beside that without", "全社会固定资产投资增长4%。固定资产投资（不含农户）增长5%。", []string{"fixed_asset_investment.growth A:period 2024 5"}},
		{"a rate beside the months before is no base", "规模以上工业增加值增长3.6%，增速较前期加快，固定资产投资增长4%。", []string{"industrial_value_added.growth A:period 2024 3.6", "fixed_asset_investment.growth A:period 2024 4"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := said(t, title, "<p>"+c.text+"</p>")
			if !slices.Equal(got, c.want) {
				t.Errorf("%s\ngot  %s\nwant %s", c.text, strings.Join(got, " | "), strings.Join(c.want, " | "))
			}
		})
	}
}

func TestPagesAboutSeveralRegionsNeedTheRegionInTheText(t *testing.T) {
	got, refusals := said(t, "2024年前三季度怀仁市、山阴县经济运行对比",
		"<p>怀仁市地区生产总值229.4亿元，山阴县地区生产总值198.1亿元。</p><p>怀仁市、山阴县固定资产投资分别增长11.3%、6.6%。</p><p>一般公共预算收入20.4亿元。</p>")
	want := []string{"140681 gdp Q:ytd 2024-Q3 229.4", "140621 gdp Q:ytd 2024-Q3 198.1",
		"140681 fixed_asset_investment.growth Q:ytd 2024-Q3 11.3", "140621 fixed_asset_investment.growth Q:ytd 2024-Q3 6.6"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if len(refusals) != 1 || refusals[0].Reason != pipeline.AmbiguousRegion || refusals[0].Indicator != "budget_revenue" {
		t.Errorf("want a refusal of the number without a region, have %+v", refusals)
	}
}

func TestInScopeButUnsettledIsRefused(t *testing.T) {
	for _, c := range []struct {
		title, text string
		want        pipeline.Reason
	}{
		{"统计公报", "地区生产总值152.4亿元。", pipeline.MissingPeriod},
		{"2024年统计公报", "地区生产总值152.4亿元。", pipeline.MissingRegion},
		{"平遥县2024年统计公报", "固定资产投资下降-4.8%。", pipeline.BadNumber},
		{"平遥县2024年统计公报", "全年地区生产总值1.2.3亿元。", pipeline.BadNumber},
		{"平遥县2024年统计公报", "全年地区生产总值36112345678901234567890123456789.42亿元。", pipeline.BadNumber},
		{"平遥县2024年统计公报", "地区生产总值经测算约合152.4亿元。", pipeline.UnexpectedField},
		{"平遥县2024年统计公报", "8月末一般公共预算收入3.1亿元。", pipeline.UnexpectedSeries},
		{"平遥县2024年统计公报", "食品抽检合格率99%以上。", pipeline.BadNumber},
		{"平遥县2024年统计公报", "一般公共预算收入同口径增长5.1%。", pipeline.UnexpectedField},
		{"平遥县2024年统计公报", "规模以上工业增加值、铁路货运量分别增长5.1%、4.2%。", pipeline.UnexpectedField},
		{"平遥县2024年统计公报", "居住在城镇的常住人口13.7万人。", pipeline.UnexpectedField},
		{"平遥县2024年统计公报", "有效注册商标1.02千件。", pipeline.UnknownUnit},
		{"平遥县2024年统计公报", "三次产业结构为13.8:38.2:58.0。", pipeline.BadNumber},
	} {
		_, refusals := said(t, c.title, "<p>"+c.text+"</p>")
		if !slices.ContainsFunc(refusals, func(r pipeline.Refusal) bool { return r.Reason == c.want && r.Indicator != "" }) {
			t.Errorf("%s: want a refusal %s, have %+v", c.text, c.want, refusals)
		}
	}
}

func TestWorkReportsSayTheirYear(t *testing.T) {
	const title = "平遥县2025年政府工作报告"
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"a sentence without a year is of none", "<p>过去一年，地区生产总值完成180亿元，增长5.2%。</p><p>地区生产总值完成180亿元。</p>", nil},
		{"a sentence with its year", "<p>2024年，地区生产总值完成180亿元，增长5.2%。</p>", []string{"gdp A:period 2024 180", "gdp.growth A:period 2024 5.2"}},
		{"a heading that looks back", "<p>一、2024年工作回顾</p><p>地区生产总值完成180亿元，增长5.2%。</p>", []string{"gdp A:period 2024 180", "gdp.growth A:period 2024 5.2"}},
		{"a heading of its own kind", "<h3>2024年工作回顾</h3><p>地区生产总值完成180亿元。</p><h3>2025年工作安排</h3><p>地区生产总值增长5.5%。</p>", []string{"gdp A:period 2024 180"}},
		{"plans behind it", "<p>一、2024年工作回顾</p><p>地区生产总值完成180亿元。</p><p>二、今年的工作</p><p>地区生产总值增长5.5%，一般公共预算收入20亿元。</p>", []string{"gdp A:period 2024 180"}},
		{"the planned year in a sentence", "<p>2025年，地区生产总值增长5.5%。今年，一般公共预算收入20亿元。</p>", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := said(t, title, c.body)
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %s\nwant %s", strings.Join(got, " | "), strings.Join(c.want, " | "))
			}
		})
	}
	_, refusals := said(t, title, "<p>地区生产总值完成180亿元。</p>")
	if !slices.ContainsFunc(refusals, func(r pipeline.Refusal) bool { return r.Reason == pipeline.MissingPeriod }) {
		t.Errorf("want a refusal of the number without a year, have %+v", refusals)
	}
}

func TestBareMonthsAreOfTheYearOfTheirSentence(t *testing.T) {
	got, _ := said(t, "平遥县2025年1-2月经济运行情况", "<p>2024年12月，规模以上工业增加值增长5%，11月增长6%。</p><p>12月规模以上工业增加值增长7%。</p>")
	want := []string{"industrial_value_added.growth M:period 2024-12 5", "industrial_value_added.growth M:period 2024-11 6"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
