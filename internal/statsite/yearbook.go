package statsite

import (
	"fmt"
	"strings"
)

// The yearbook of the last year holds finally verified figures up to the year before. Each province has a table of
// its counties, each county a table of its history; the first is restated on the second night, as a whole.

// unknownZone stands in a row of every table of counties and is no region of GB/T 2260.
const unknownZone = "综改示范经济技术开发区"

// oddUnitLabel is recognised, but its unit is none that a yearbook of today may use.
const oddUnitLabel = "一般公共预算支出"

func (w *World) yearbookPath(name string) string {
	return fmt.Sprintf("/nj/%d/%s", w.config.LastYear, name)
}

// yearbookYear is the year of the tables of counties.
func (w *World) yearbookYear() int { return max(w.config.LastYear-1, w.config.FirstYear) }

// yearbookPage finds a page of the yearbook by its path.
func (w *World) yearbookPage(path string, night int) (document, bool) {
	name, ok := strings.CutPrefix(path, w.yearbookPath(""))
	if !ok {
		return document{}, false
	}
	if name == "index.html" {
		return document{source: SourceYearbook, method: "GET", contentType: "text/html", text: w.yearbookIndex()}, true
	}
	code, table, _ := strings.Cut(name, "/")
	if table == "0101.html" {
		province, known := w.byCode[code+"0000"]
		if !known || province.level() != levelProvince {
			return document{}, false
		}
		return w.countiesTable(province, night), true
	}
	county, known := w.byCode[code]
	if !known || table != "0103.html" || county.level() != levelCounty {
		return document{}, false
	}
	return w.historyTables(county), true
}

func (w *World) yearbookIndex() string {
	var out strings.Builder
	fmt.Fprintf(&out, yearbookHead, fmt.Sprintf("统计年鉴—%d", w.config.LastYear), demoNote)
	out.WriteString("<ul>\n")
	for _, province := range w.provinces {
		fmt.Fprintf(&out, "<li><a href=\"%s/0101.html\">%s</a></li>\n", province.Code[:2], w.countiesTitle(province))
	}
	for _, county := range w.counties {
		fmt.Fprintf(&out, "<li><a href=\"%s/0103.html\">%s</a></li>\n", county.Code, historyTitle(county))
	}
	out.WriteString("</ul>\n" + yearbookFoot)
	return out.String()
}

func (w *World) countiesTitle(province Region) string {
	return fmt.Sprintf("1-1　%s各县（市、区）主要经济指标（%d年）", province.Name, w.yearbookYear())
}

func historyTitle(county Region) string {
	return fmt.Sprintf("1-3　%s主要年份国民经济主要指标", county.Name)
}

// table writes rows of cells and keeps the facts that the cells state.
type table struct {
	document *document
	out      strings.Builder
}

func (t *table) write(format string, args ...any) { fmt.Fprintf(&t.out, format, args...) }

// number writes a cell with a number and states it; the unit stands in the header or the caption.
func (t *table) number(indicator string, r Region, year int, basis string, n printed) {
	t.write("<td>%s</td>", n.text)
	t.document.say(indicator, r, yearOf(year), basis, "first", n)
}

// levels writes the four cells of the production accounts.
func (t *table) levels(r Region, year int, a accounts) {
	t.number("gdp", r, year, "period", inYiYuan(a.gdp()))
	t.number("primary_value_added", r, year, "period", inYiYuan(a.primary))
	t.number("secondary_value_added", r, year, "period", inYiYuan(a.secondary))
	t.number("tertiary_value_added", r, year, "period", inYiYuan(a.tertiary))
}

// countiesTable is the table of a province's cities and counties: two header rows, a unit in each column.
func (w *World) countiesTable(province Region, night int) document {
	d := document{source: SourceYearbook, method: "GET", contentType: "text/html", restates: true}
	d.url = "http://" + hostYearbook + w.yearbookPath(province.Code[:2]+"/0101.html")
	t := table{document: &d}
	t.write(yearbookHead, w.countiesTitle(province), demoNote)
	t.write("<table border=\"1\" cellspacing=\"0\" cellpadding=\"3\">\n<tbody>\n")
	t.write("<tr><td rowspan=\"2\">地　区</td><td rowspan=\"2\">地区生产总值（亿元）</td><td colspan=\"3\">其　中</td>" +
		"<td rowspan=\"2\">年末常住人口（万人）</td><td rowspan=\"2\">" + oddUnitLabel + "（万石）</td></tr>\n")
	t.write("<tr><td>第一产业增加值（亿元）</td><td>第二产业增加值（亿元）</td><td>第三产业增加值（亿元）</td></tr>\n")
	rows := 0
	for _, city := range w.within[province.Code] {
		w.countyRow(&t, city, city.Name, night)
		rows++
		for _, county := range w.within[city.Code] {
			w.countyRow(&t, county, "　"+county.Name, night)
			rows++
		}
	}
	t.write("<tr><td>%s</td><td>88.12</td><td>1.07</td><td>60.94</td><td>26.11</td><td>5.36</td><td></td></tr>\n", unknownZone)
	t.write("<tr><td colspan=\"7\">注：本表绝对数按当年价格计算。</td></tr>\n</tbody></table>\n" + yearbookFoot)
	d.refuse(unknownZone, ReasonUnknownRegion, 5)
	d.refuse(oddUnitLabel, ReasonUnknownUnit, rows)
	d.text = t.out.String()
	return d
}

// countyRow: on the second night the population of the first county of the province is revised and the last one's is gone.
func (w *World) countyRow(t *table, r Region, label string, night int) {
	year := w.yearbookYear()
	first, last := w.endsOf(r)
	t.write("<tr><td>%s</td>", label)
	t.levels(r, year, w.final(r, year))
	persons := w.population(r, year)
	if night > 1 && first {
		persons += 1_300
	}
	if night > 1 && last {
		t.write("<td></td>")
	} else {
		t.number("resident_population", r, year, "end", inWanRen(persons))
	}
	t.write("<td>%s</td></tr>\n", fixed(w.draw(r, topicVisits, year, 100, 999), 1))
}

// endsOf tells whether a county is the first or the last of its province; a lone one counts as the first.
func (w *World) endsOf(r Region) (first, last bool) {
	if r.level() != levelCounty {
		return false, false
	}
	cities := w.within[r.Code[:2]+"0000"]
	start := w.within[cities[0].Code][0].Code
	members := w.within[cities[len(cities)-1].Code]
	end := members[len(members)-1].Code
	return r.Code == start, r.Code == end && start != end
}

// historyTables are a county's years down, with the unit in the caption, and the population in a continued table.
func (w *World) historyTables(county Region) document {
	d := document{source: SourceYearbook, method: "GET", contentType: "text/html", restates: true,
		url: "http://" + hostYearbook + w.yearbookPath(county.Code+"/0103.html")}
	t := table{document: &d}
	t.write("\ufeff"+yearbookHead, historyTitle(county), demoNote)
	t.write("<table border=\"1\" cellspacing=\"0\" cellpadding=\"3\">\n<caption>%s（单位：亿元）</caption>\n<tbody>\n", historyTitle(county))
	t.write("<tr><td rowspan=\"2\">年　份</td><td rowspan=\"2\">地区生产总值</td><td colspan=\"3\">其　中</td></tr>\n")
	t.write("<tr><td>第一产业</td><td>第二产业</td><td>第三产业</td></tr>\n")
	for year := w.config.FirstYear; year <= w.yearbookYear(); year++ {
		t.write("<tr><td>%d</td>", year)
		t.levels(county, year, w.final(county, year))
		t.write("</tr>\n")
	}
	t.write("</tbody></table>\n<table border=\"1\" cellspacing=\"0\" cellpadding=\"3\">\n<caption>续表（单位：万人）</caption>\n<tbody>\n")
	t.write("<tr><td>年　份</td><td>年末常住人口</td></tr>\n")
	for year := w.config.FirstYear; year <= w.yearbookYear(); year++ {
		t.write("<tr><td>%d</td>", year)
		if year == w.config.FirstYear {
			t.write("<td>…</td></tr>\n")
			continue
		}
		t.number("resident_population", county, year, "end", inWanRen(w.population(county, year)))
		t.write("</tr>\n")
	}
	t.write("<tr><td colspan=\"2\">注：“…”表示数据不足或不公布。</td></tr>\n</tbody></table>\n" + yearbookFoot)
	d.text = t.out.String()
	return d
}

const yearbookHead = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">
<HTML><HEAD><META http-equiv=Content-Type content="text/html; charset=utf-8"><TITLE>%[1]s</TITLE>
<STYLE>TD {FONT-SIZE: 12px} .bt {FONT-WEIGHT: bold; FONT-SIZE: 18px}</STYLE></HEAD>
<BODY bgColor=#ffffff leftMargin=0 topMargin=0>
<div class="nav"><A href="/">首页</A> | <A href="../index.html">目录</A></div>
<div class="bt" align="center">%[1]s</div>
<div class="demo">%[2]s</div>
`

const yearbookFoot = "<div align=\"center\">统计年鉴 版权所有 建议使用1024×768分辨率浏览</div>\n</BODY></HTML>\n"
