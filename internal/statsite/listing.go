package statsite

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// listPath is the first page of a city's column 区县公报.
func listPath(city Region) string {
	if styleOf(city).source == SourceGBK {
		return "/qxgb/list.html"
	}
	return "/tjsj/qxgb/index.html"
}

// StartURLs gives the first list page of every city that publishes in the style of the source,
// the index of the yearbook, and nothing for the two interfaces, which are asked by World.Requests.
func (w *World) StartURLs(source string) []string {
	var urls []string
	for _, city := range w.cities {
		if styleOf(city).source == source {
			urls = append(urls, "http://"+cityHost(city)+listPath(city))
		}
	}
	if source == SourceYearbook {
		urls = append(urls, "http://"+hostYearbook+w.yearbookPath("index.html"))
	}
	return urls
}

// listed gives the rows of a city's column as of a night, newest first.
func (w *World) listed(city Region, night int) []article {
	var rows []article
	for year := w.config.FirstYear; year <= w.config.LastYear; year++ {
		for _, county := range w.within[city.Code] {
			for _, kind := range []articleKind{communique, verification} {
				if a := (article{kind, county, year}); w.published(a, night) {
					rows = append(rows, a)
				}
			}
		}
	}
	rows = append(rows, article{notice, city, w.config.LastYear})
	slices.SortFunc(rows, func(a, b article) int {
		return cmp.Or(w.uploaded(b).Compare(w.uploaded(a)), cmp.Compare(a.number(), b.number()))
	})
	return rows
}

// listPage makes a page of a city's column, false where there is none. Pages count from 0.
func (w *World) listPage(city Region, page, night int) (document, bool) {
	rows := w.listed(city, night)
	pages := (len(rows) + w.config.RowsPerPage - 1) / w.config.RowsPerPage
	if page < 0 || page >= pages {
		return document{}, false
	}
	rows = rows[page*w.config.RowsPerPage : min((page+1)*w.config.RowsPerPage, len(rows))]
	s := styleOf(city)
	d := document{source: s.source, method: "GET", contentType: s.contentType, gbk: s.gbk}
	if s.source == SourceGBK {
		d.text = w.tableList(city, rows, page, pages)
	} else {
		d.text = w.trsList(city, rows, page, pages)
	}
	return d, true
}

// listPageAt reads the number of a page from its path: index.html, index_1.html … from 0 on a TRS host,
// list.html, list_2.html … from 1 on the other kind.
func listPageAt(city Region, path string) (page int, ok bool) {
	first := listPath(city)
	if path == first {
		return 0, true
	}
	stem := strings.TrimSuffix(first, ".html") + "_"
	number, isPage := strings.CutSuffix(path, ".html")
	number, isListed := strings.CutPrefix(number, stem)
	page = atoi(number)
	if !isPage || !isListed || page < 1 || fmt.Sprint(page) != number {
		return 0, false
	}
	if styleOf(city).source == SourceGBK {
		return page - 1, page > 1
	}
	return page, true
}

// trsList pages by the script of TRS: page count, current page from 0, stem, extension.
func (w *World) trsList(city Region, rows []article, page, pages int) string {
	charset := "utf-8"
	if styleOf(city).gbk {
		charset = "gb2312"
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<!DOCTYPE html>
<html lang="zh-CN"><head><meta http-equiv="Content-Type" content="text/html; charset=%s" /><title>区县公报_%s统计局</title></head>
<body>
<div class="nav"><ul><li><a href="/">首页</a></li><li><a href="/tjsj/qxgb/index.html">区县公报</a></li><li><a href="/tzgg/">通知公告</a></li></ul></div>
<div class="demo">%s</div>
<div class="list-content"><ul>
`, charset, city.Name, demoNote)
	for _, a := range rows {
		href := "." + strings.TrimPrefix(w.articlePath(a), "/tjsj/qxgb")
		if a.kind == notice {
			href = "../.." + w.articlePath(a)
		}
		fmt.Fprintf(&out, "<li><a href=\"%s\" title=\"%s\">%s</a><span>%s</span></li>\n",
			href, a.title(), a.title(), w.uploaded(a).Format("2006-01-02"))
	}
	fmt.Fprintf(&out, `</ul></div>
<div class="list-content-page"><script>createPageHTML(%d, %d, "index", "html");</script></div>
<div class="footer">主办：%s统计局</div>
</body></html>
`, pages, page, city.Name)
	return out.String()
}

// tableList pages by a plain link to the next page.
func (w *World) tableList(city Region, rows []article, page, pages int) string {
	var out strings.Builder
	fmt.Fprintf(&out, `<HTML><HEAD><META http-equiv=Content-Type content="text/html; charset=gb2312"><TITLE>区县公报</TITLE></HEAD>
<BODY bgColor=#ffffff><TABLE width=980><TBODY>
<TR><TD colSpan=2><A href="/">首页</A> | <A href="/qxgb/list.html">区县公报</A> | <A href="/tzgg/">通知公告</A></TD></TR>
<TR><TD colSpan=2>%s</TD></TR>
`, demoNote)
	for _, a := range rows {
		fmt.Fprintf(&out, "<TR><TD><A href=\"%s\" target=_blank>%s</A></TD><TD>[%s]</TD></TR>\n",
			w.articlePath(a), a.title(), w.uploaded(a).Format("2006-01-02"))
	}
	next := "下一页"
	if page+1 < pages {
		next = fmt.Sprintf(`<A href="list_%d.html">下一页</A>`, page+2)
	}
	fmt.Fprintf(&out, "<TR><TD colSpan=2>第%d页 共%d页 %s</TD></TR>\n</TBODY></TABLE>%s统计局</BODY></HTML>\n", page+1, pages, next, city.Name)
	return out.String()
}
