package statsite

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// ManyLinks is how many links the longest list holds on one page.
const ManyLinks = 10_000

// listBehaviours are lists that lead nowhere, on without end, or suddenly change.
func listBehaviours() []Behaviour {
	return []Behaviour{
		{Name: "endless-pages", Says: "pages of a list without end, each with a new link", List: true, play: hostileColumn(func(_ *Site, page, _ int) string {
			return hostileRow(page) + `<script>createPageHTML(3, 0, "index", "html");</script>`
		})},
		{Name: "repeated-pages", Says: "the same page of a list under ever new addresses", List: true, play: hostileColumn(func(*Site, int, int) string {
			return hostileRow(1) + `<script>createPageHTML(99, 0, "index", "html");</script>`
		})},
		{Name: "calendar", Says: "a calendar that leads into ever later years", List: true, play: hostileColumn(func(*Site, int, int) string {
			var rows strings.Builder
			for year := 2024; year < 2124; year++ {
				fmt.Fprintf(&rows, `<li><a href="/column/202401/t20240101_1.html?year=%d">%d年</a></li>`, year, year)
			}
			return rows.String()
		})},
		{Name: "path-loop", Says: "relative links that repeat a folder in the path again and again", List: true, play: hostileColumn(func(*Site, int, int) string {
			return hostileRow(1) + `<li><a href="column/column/column/column/202401/t20240101_1.html">循环</a></li>`
		})},
		{Name: "same-page", Says: "one and the same page under all addresses of a list", List: true, play: func(_ *Site, out http.ResponseWriter, r *http.Request, _ int) {
			if r.URL.Path != HostileList {
				sendHTML(out, hostileArticle("同一页", 1))
				return
			}
			sendHTML(out, hostileListPage(hostileRows(50)))
		}},
		{Name: "many-links", Says: "10,000 links on one page of a list", List: true, play: hostileColumn(func(*Site, int, int) string {
			return hostileRows(ManyLinks)
		})},
		{Name: "changed-layout", Says: "a list whose links look different from the second visit on", List: true, play: hostileColumn(func(_ *Site, _, visit int) string {
			if visit == 1 {
				return hostileRow(1)
			}
			return `<li><a onclick="open('/new/1')" href="javascript:;">全县国民经济和社会发展统计公报</a></li><li><a href="/about.html">关于我们，网站说明与联系</a></li>`
		})},
		{Name: "vanished-rows", Says: "a list and a table that lose rows from the second visit on", List: true, play: vanishing},
	}
}

// hostileColumn plays a list whose pages are made by rows, and its articles, each
// with figures of its own.
func hostileColumn(rows func(s *Site, page, visit int) string) func(*Site, http.ResponseWriter, *http.Request, int) {
	return func(s *Site, out http.ResponseWriter, r *http.Request, visit int) {
		if page, isList := hostilePage(r.URL.Path); isList {
			sendHTML(out, hostileListPage(rows(s, page, visit)))
			return
		}
		n := 0
		if _, number, found := strings.Cut(r.URL.Path, "_"); found {
			n, _ = strconv.Atoi(strings.TrimSuffix(number, ".html"))
		}
		sendHTML(out, hostileArticle(fmt.Sprintf("公报之%d %s", n, r.URL.RawQuery), n))
	}
}

// hostilePage reads the number of a list page: index.html is 0.
func hostilePage(path string) (page int, isList bool) {
	if path == HostileList {
		return 0, true
	}
	number, isList := strings.CutPrefix(path, strings.TrimSuffix(HostileList, ".html")+"_")
	page, err := strconv.Atoi(strings.TrimSuffix(number, ".html"))
	return page, isList && err == nil
}

func hostileListPage(rows string) string {
	return `<!DOCTYPE html><html><head><meta charset="utf-8"><title>统计公报</title></head><body><h1>统计公报与统计分析栏目</h1><ul>` +
		rows + `</ul><p>主办：某县统计局。本站数据均为演示数据，未经许可不得转载。</p></body></html>`
}

func hostileRow(n int) string {
	return fmt.Sprintf(`<li><a href="/column/202401/t20240101_%d.html">全县国民经济和社会发展统计公报之%d</a></li>`, n, n)
}

func hostileRows(count int) string {
	var rows strings.Builder
	for n := range count {
		rows.WriteString(hostileRow(n))
	}
	return rows.String()
}

// vanishing is a list of three tables at first and of one later, whose table has
// lost a row as well.
func vanishing(_ *Site, out http.ResponseWriter, r *http.Request, visit int) {
	if r.URL.Path == HostileList {
		sendHTML(out, hostileListPage(hostileRows(max(1, 4-visit*2+1))))
		return
	}
	rows := []string{"<tr><td>地区生产总值</td><td>101.1</td></tr>", "<tr><td>第一产业增加值</td><td>11.1</td></tr>", "<tr><td>第二产业增加值</td><td>41.1</td></tr>"}
	if visit > 1 {
		rows = rows[:1]
	}
	sendHTML(out, `<!DOCTYPE html><html><head><meta charset="utf-8"><title>太谷区2024年主要经济指标</title></head><body><h1>太谷区2024年主要经济指标</h1>
<p>`+demoNote+`</p><table><caption>太谷区2024年主要经济指标 单位：亿元</caption><tr><th>指标</th><th>2024年</th></tr>`+strings.Join(rows, "")+`</table></body></html>`)
}
