package transformers

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"zhibiao/pipeline"
)

// BenchmarkSeriesHTML reads a page of tables with indicators down and years
// across, one a county: every value has its own name, unit and time.
func BenchmarkSeriesHTML(b *testing.B) {
	page := seriesPage(b, 15)
	var bare float64
	b.Run("bare", func(b *testing.B) { bare = speed(b, page, func() error { return parseBare(page) }) })
	doc := testDocument(pipeline.RawDocument{URL: "http://www.stats.gov.cn/t.html", MediaType: "text/html; charset=utf-8", Body: page})
	b.Run("read", func(b *testing.B) {
		readAtSpeed(b, doc, pipeline.SourceRules{Kind: pipeline.KindHTML}, 15*10*20, bare)
	})
}

func seriesPage(tb testing.TB, tables int) []byte {
	random := rand.New(rand.NewPCG(7, 8))
	var page strings.Builder
	page.WriteString(`<!DOCTYPE html><html><head><meta charset="utf-8"><title>历年主要指标</title></head><body><h1>历年主要指标</h1>` + "\n")
	for _, county := range counties(tb, tables) {
		fmt.Fprintf(&page, "<table><caption>%s历年主要指标</caption><tr><td>指标</td><td>单位</td>", county.Name)
		for year := range 20 {
			fmt.Fprintf(&page, "<td>%d年</td>", 2004+year)
		}
		page.WriteString("</tr>\n")
		for _, row := range []string{"地区生产总值|万元", "第一产业增加值|万元", "第二产业增加值|万元", "第三产业增加值|万元", "一般公共预算收入|万元",
			"一般公共预算支出|万元", "社会消费品零售总额|万元", "年末常住人口|万人", "城镇居民人均可支配收入|元", "农村居民人均可支配收入|元"} {
			page.WriteString("<tr><td>" + strings.ReplaceAll(row, "|", "</td><td>") + "</td>")
			for range 20 {
				fmt.Fprintf(&page, `<td align="right">%d</td>`, random.IntN(900000)+10)
			}
			page.WriteString("</tr>\n")
		}
		page.WriteString("</table>\n")
	}
	page.WriteString("</body></html>")
	return []byte(page.String())
}
