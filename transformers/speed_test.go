package transformers

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding/simplifiedchinese"

	"zhibiao/pipeline"
)

// The benchmarks read documents through to observations, each beside the bare
// parser of its form on the same bytes in the same run. The last line of each
// reports of-bare: the reader's MB a second of CPU time as a share of the bare
// parser's. Run them with -cpu 1.

// BenchmarkTablesHTML reads a page with a table of 300 counties by 11 indicators.
func BenchmarkTablesHTML(b *testing.B) {
	page := tablePage(b, 300, `<td align="right">`, "</td>")
	// Most publishers paste their tables out of a workbook.
	pasted := tablePage(b, 300, `<td class="xl72" style="border-top:none;width:72pt" align="right"><p style="text-align:right"><span style="font-size:10pt">`, "</span></p></td>")
	gbk, err := simplifiedchinese.GB18030.NewEncoder().Bytes(page)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name, mediaType string
		body            []byte
	}{{"utf8", "text/html; charset=utf-8", page}, {"gbk", "text/html; charset=gbk", gbk}, {"pasted", "text/html; charset=utf-8", pasted}} {
		var bare float64
		b.Run(c.name+"/bare", func(b *testing.B) { bare = speed(b, c.body, func() error { return parseBare(c.body) }) })
		doc := testDocument(pipeline.RawDocument{URL: "http://www.stats.gov.cn/t.html", MediaType: c.mediaType, Body: c.body})
		b.Run(c.name+"/read", func(b *testing.B) {
			readAtSpeed(b, doc, pipeline.SourceRules{Kind: pipeline.KindHTML}, 3200, bare)
		})
	}
}

// BenchmarkProse reads communiqués of running text, of 5 KB and of 80 KB.
func BenchmarkProse(b *testing.B) {
	for _, size := range []int{5_000, 80_000} {
		body := communique(size)
		var bare float64
		b.Run(fmt.Sprintf("%dKB/bare", size/1000), func(b *testing.B) {
			bare = speed(b, body, func() error { return parseBare(body) })
		})
		doc := testDocument(pipeline.RawDocument{URL: "http://www.pingyao.gov.cn/tjgb/t.html", MediaType: "text/html", Body: body})
		b.Run(fmt.Sprintf("%dKB/read", size/1000), func(b *testing.B) {
			readAtSpeed(b, doc, pipeline.SourceRules{Kind: pipeline.KindHTML, Prose: true}, size/250, bare)
		})
	}
}

// BenchmarkJSON reads answers of both interfaces of the statistics bureau.
func BenchmarkJSON(b *testing.B) {
	older, newer := easyqueryAnswer(b, 20), releaseAnswer(b, 120)
	for _, c := range []struct {
		name, request string
		kind          pipeline.DocumentKind
		body          []byte
		into          func() any
		least         int
	}{
		{"easyquery", "m=QueryData&dbcode=fsnd", pipeline.KindEasyquery, older, func() any { return new(easyqueryBody) }, 2000},
		{"release", `{"das":[{"value":"000000000000"}]}`, pipeline.KindNBS2026, newer, func() any { return new(releaseBody) }, 600},
	} {
		var bare float64
		b.Run(c.name+"/bare", func(b *testing.B) {
			bare = speed(b, c.body, func() error { return json.Unmarshal(c.body, c.into()) })
		})
		doc := testDocument(pipeline.RawDocument{URL: "https://data.stats.gov.cn/easyquery.htm", RequestBody: []byte(c.request), Body: c.body})
		b.Run(c.name+"/read", func(b *testing.B) {
			readAtSpeed(b, doc, pipeline.SourceRules{Kind: c.kind}, c.least, bare)
		})
	}
}

// readAtSpeed measures reading one document, of which at least so many
// observations must come.
func readAtSpeed(b *testing.B, doc pipeline.Document, source pipeline.SourceRules, least int, bare float64) {
	rules := testRules(b, source)
	first, err := shared.Read(doc, rules)
	if err != nil {
		b.Fatal(err)
	}
	if len(first.Observations) < least {
		b.Fatalf("%d observations, want at least %d; refused: %+v", len(first.Observations), least, first.Refusals[:min(3, len(first.Refusals))])
	}
	reached := speed(b, doc.Body, func() error {
		_, err := shared.Read(doc, rules)
		return err
	})
	b.ReportMetric(float64(len(first.Observations)), "observations")
	if bare > 0 {
		b.ReportMetric(reached/bare, "of-bare")
	}
}

// speed runs a step over a body and returns MB a second of CPU time, which a
// machine that does other things too does not change much.
func speed(b *testing.B, body []byte, step func() error) float64 {
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	began := cpuTime()
	for b.Loop() {
		if err := step(); err != nil {
			b.Fatal(err)
		}
	}
	reached := float64(len(body)) * float64(b.N) / 1e6 / (cpuTime() - began).Seconds()
	b.ReportMetric(reached, "MB/cpu-s")
	return reached
}

// cpuTime is what the process has used so far.
func cpuTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func parseBare(body []byte) error {
	_, err := html.Parse(strings.NewReader(string(body)))
	return err
}

// counties returns the names of counties that one region ever had.
func counties(tb testing.TB, count int) []pipeline.Region {
	tb.Helper()
	bearers := map[string]int{}
	regions := testRules(tb, pipeline.SourceRules{}).Regions
	for _, r := range regions {
		bearers[r.Name]++
	}
	var chosen []pipeline.Region
	for _, r := range regions {
		if r.Level == "county" && r.To == 0 && r.From < 2000 && bearers[r.Name] == 1 && len(chosen) < count {
			chosen = append(chosen, r)
		}
	}
	return chosen
}

func tablePage(tb testing.TB, rows int, open, closing string) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	var page strings.Builder
	page.WriteString(`<!DOCTYPE html><html><head><meta charset="utf-8"><title>2023年县（市）社会经济主要指标</title></head><body>` +
		`<div class="crumb">当前位置：<a href="/">首页</a></div><h1>2023年县（市）社会经济主要指标</h1>` + "\n" + `<table border="1" cellspacing="0"><tbody><tr><td>地区</td>`)
	for _, head := range []string{"地区生产总值（万元）", "第一产业增加值（万元）", "第二产业增加值（万元）", "第三产业增加值（万元）",
		"地区生产总值增长（%）", "一般公共预算收入（万元）", "一般公共预算支出（万元）", "社会消费品零售总额（万元）", "年末常住人口（万人）",
		"城镇居民人均可支配收入（元）", "农村居民人均可支配收入（元）"} {
		fmt.Fprintf(&page, "<td>%s</td>", head)
	}
	page.WriteString("</tr>\n")
	for _, county := range counties(tb, rows) {
		fmt.Fprintf(&page, "<tr><td>%s</td>", county.Name)
		for i := range 11 {
			switch i {
			case 4:
				fmt.Fprintf(&page, "%s%.1f%s", open, random.Float64()*10-2, closing)
			case 8:
				fmt.Fprintf(&page, "%s%.2f%s", open, random.Float64()*100+1, closing)
			default:
				fmt.Fprintf(&page, "%s%d%s", open, random.IntN(900000)+10000, closing)
			}
		}
		page.WriteString("</tr>\n")
	}
	page.WriteString("</tbody></table></body></html>")
	return []byte(page.String())
}

// passages of communiqués; each # is a number. Half of them print numbers of
// other things than the catalogue's, as communiqués do.
var passages = []string{
	"初步核算，全年全县地区生产总值#亿元，按不变价格计算，比上年增长#%。其中，第一产业增加值#亿元，增长#%；第二产业增加值#亿元，下降#%；第三产业增加值#亿元，增长#%。",
	"面对复杂严峻的外部环境，全县上下坚持稳中求进工作总基调，完整、准确、全面贯彻新发展理念，经济运行总体平稳、稳中有进，高质量发展取得新成效。",
	"全年全县农作物播种面积#千公顷，其中粮食作物播种面积#公顷，增长#%。全年粮食总产量#万吨，其中：玉米产量#吨，谷子产量#吨。全年蔬菜及食用菌播种面积#亩。",
	"年末生猪存栏#万头，增长#%；牛存栏#万头，羊存栏#万只。全年猪牛羊禽肉产量#吨，比上年增长#%，禽蛋产量#吨，牛奶产量#吨，下降#%。",
	"全年全县规模以上工业增加值比上年增长#%。其中，炼焦业增长#%，钢铁业下降#%，食醋酿造业增长#%，化工行业增速与上年持平。规模以上工业企业实现营业收入#亿元，下降#%；实现利润总额#亿元。",
	"全年全县固定资产投资（不含农户）比上年下降#%，其中工业投资下降#%，民间投资增长#%。房地产开发投资#亿元，比上年下降#%；商品房销售面积#万平方米，下降#%。",
	"全年社会消费品零售总额#亿元，比上年增长#%，其中限额以上单位消费品零售额#亿元，下降#%。按经营单位所在地分，城镇消费品零售额#亿元，增长#%；乡村消费品零售额#亿元，增长#%。",
	"全年全县一般公共预算收入#亿元，比上年下降#%，其中税收收入#万元，占一般公共预算收入的比重为#%。一般公共预算支出#亿元，其中教育支出#万元，卫生健康支出#万元，社会保障和就业支出#亿元。",
	"年末全县金融机构各项存款余额#亿元，比年初增长#%，其中住户存款余额#亿元；各项贷款余额#亿元，比年初增长#%。",
	"年末全县常住人口#人，其中城镇常住人口#人，占常住人口比重（常住人口城镇化率）为#%，比上年末提高#个百分点。全年出生人口#人，人口出生率#‰；死亡人口#人，人口死亡率#‰；自然增长率-#‰。",
	"全年全县居民人均可支配收入#元，比上年增长#%。按常住地分，城镇居民人均可支配收入#元，增长#%；农村居民人均可支配收入#元，增长#%。城镇居民人均消费支出#元，增长#%。",
	"年末共有各级各类学校#所，其中普通高中#所，初中#所，小学#所，幼儿园#所。在校学生#人，专任教师#人。学前教育毛入园率#%，九年义务教育巩固率#%。",
	"年末共有医疗卫生机构#个，其中医院#个，乡镇卫生院#个；医疗卫生机构床位#张，其中医院#张；卫生技术人员#人，其中执业医师和执业助理医师#人，注册护士#人。",
	"深入实施创新驱动发展战略，持续优化营商环境，扎实推进项目建设，加快培育新动能，着力保障和改善民生，社会大局保持和谐稳定。",
	"全年完成公路货物周转量#亿吨公里，比上年增长#%；旅客周转量#万人公里，下降#%。年末公路通车里程#公里，其中高速公路#公里。民用汽车保有量#辆，增长#%。",
	"全年接待国内游客#万人次，增长#%；旅游总收入#亿元，增长#%。全年专利授权#件，其中发明专利#件。环境空气质量优良天数#天，优良天数比例#%。",
	"全年参加城镇职工基本养老保险人数#人，参加城乡居民基本养老保险人数#人，参加失业保险人数#人。城镇新增就业#人，城镇登记失业率#%。",
	"到2030年，全县地区生产总值力争达到#亿元。注：部分数据因四舍五入的原因，存在分项与合计不等的情况；各项统计数据均为初步统计数。",
}

func communique(size int) []byte {
	random := rand.New(rand.NewPCG(3, 4))
	var page strings.Builder
	page.WriteString(`<!DOCTYPE html><html><head><meta charset="utf-8"><title>平遥县2024年国民经济和社会发展统计公报</title></head><body>` +
		`<div class="position">当前位置：首页 &gt; 统计公报</div><h1>平遥县2024年国民经济和社会发展统计公报</h1>` + "\n")
	for i := 0; page.Len() < size; i++ {
		year := fmt.Sprintf("%d年", 2024-i/len(passages)) // else all would print the same numbers again
		text := strings.ReplaceAll(passages[i%len(passages)], "全年", year)
		for strings.Contains(text, "#") {
			text = strings.Replace(text, "#", fmt.Sprintf("%.*f", random.IntN(3), random.Float64()*float64(random.IntN(1000)+1)), 1)
		}
		fmt.Fprintf(&page, "<p style=\"text-indent:2em\">%s</p>\n", text)
	}
	page.WriteString("</body></html>")
	return []byte(page.String())
}
