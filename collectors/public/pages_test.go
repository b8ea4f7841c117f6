package public

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"zhibiao/pipeline"
)

// row is an entry of a list with its date beside the link.
func row(href, title, date string) string {
	return fmt.Sprintf(`<li><a href="%s">%s</a><span>%s</span></li>`, href, title, date)
}

func listOf(rows ...string) http.HandlerFunc {
	return html(`<html><body><div class="nav"><a href="/">首页</a></div><ul class="list">` + strings.Join(rows, "") +
		`</ul><p>主办：某某市统计局，承办：某某市统计局信息中心，地址：某某市某某路一号</p></body></html>`)
}

// listed is a source of one list of communiqués.
func listed(style pipeline.Pagination, at string) *pipeline.Source {
	return pageSource(&pipeline.PageCollection{
		Lists:       []pipeline.ListPage{{URL: "http://" + host + at}},
		LinkPattern: `/t\d+_\d+\.s?html$`, TitlePattern: "公报", RowSelector: "ul.list li", Pagination: style,
	})
}

func TestListsLeadToTheirDocuments(t *testing.T) {
	s := newSite(t)
	s.pages["/tjgb/"] = listOf(
		row("./202604/t20260401_1.html#top", "甲县2025年统计公报", "2026-04-02"),
		row("HTTP://TJJ.example.cn:80/tjgb/202604/t20260401_1.html", "甲县2025年统计公报", ""), // the same page
		row("t20260403_2.html", "招聘启事", "2026-04-03"),
		row("mailto:a@example.cn", "公报", ""), row("javascript:void(0)", "公报", ""), row("#", "公报", ""),
		`<li><a href="t20260405_3.shtml;jsessionid=AB12?x=1#y" title="乙县2025年国民经济和社会发展统计公报">乙县2025年国民经济和社会…</a>[2026/4/5]</li>`,
		`<li><a href="/t20250101_4.html">丙县公报<span>2026-04-06</span></a></li>`,
	)
	s.pages["/tjgb/202604/t20260401_1.html"] = html(article("甲"))
	s.pages["/t20250101_4.html"] = html(article("丙"))
	source := listed(pipeline.PaginationNone, "/tjgb/")
	source.Pages.LinkPattern = `/t\d+_\d+\.s?html`
	s.pages["/tjgb/t20260405_3.shtml"] = html(article("乙"))
	source.Pages.Lists[0].Region = "140100"
	got, err := collect(t, source, s.options(), pipeline.Window{})
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		url, title string
		day        pipeline.Date
	}{
		{"/tjgb/202604/t20260401_1.html", "甲县2025年统计公报", pipeline.DateOf(2026, 4, 2)},
		{"/tjgb/t20260405_3.shtml?x=1", "乙县2025年国民经济和社会发展统计公报", pipeline.DateOf(2026, 4, 5)},
		{"/t20250101_4.html", "丙县公报2026-04-06", pipeline.DateOf(2026, 4, 6)},
	}
	if len(got) != len(want) {
		t.Fatalf("got %v", urlsOf(got))
	}
	for i, document := range got {
		if document.URL != "http://"+host+want[i].url || document.Title != want[i].title || document.PublishedAt != pipeline.DayStamp(want[i].day) {
			t.Errorf("document %d is %s %q of %v, want %v", i, document.URL, document.Title, document.PublishedAt, want[i])
		}
		if document.Context[pipeline.ContextRegion] != "140100" || document.Method != "GET" || document.Supplier != pipeline.Public ||
			document.Access != pipeline.AccessPublic || document.Source != "example" || !document.FetchedAt.Equal(s.at[i+2]) {
			t.Errorf("document %d says %+v", i, document)
		}
	}
	if n := s.count("/tjgb/202604/t20260401_1.html"); n != 1 {
		t.Errorf("the page with two links was fetched %d times", n)
	}
}

func TestEveryStyleOfPaginationIsFollowedToItsEnd(t *testing.T) {
	page := func(number int, foot string) http.HandlerFunc {
		return listOf(row(fmt.Sprintf("/t2026_%d.html", number), "公报", "2026-01-01"), "</ul>"+foot+"<ul>")
	}
	trs := `<script>createPageHTML(1, 0, "index", "html");</script>` // a count that is wrong
	oneBased := `<script>createPageHTML('page_div',10, 1,'dezlist','shtml',149);</script>`
	tests := []struct {
		name  string
		style pipeline.Pagination
		lists map[string]http.HandlerFunc
		last  string // page that is asked for last
		want  int
	}{
		{"none", pipeline.PaginationNone, map[string]http.HandlerFunc{"/l/": page(1, trs)}, "/l/", 1},
		{"TRS until a 404", pipeline.PaginationTRS, map[string]http.HandlerFunc{
			"/l/": page(1, trs), "/l/index_1.html": page(2, trs), "/l/index_2.html": page(3, ""),
		}, "/l/index_3.html", 3},
		{"TRS until a page that repeats the first", pipeline.PaginationTRS, map[string]http.HandlerFunc{
			"/l/": page(1, trs), "/l/index_1.html": page(2, trs), "/l/index_2.html": page(1, trs),
		}, "/l/index_2.html", 2},
		{"TRS until a soft 404", pipeline.PaginationTRS, map[string]http.HandlerFunc{
			"/l/": page(1, trs), "/l/index_1.html": html(article("页面不存在")),
		}, "/l/index_1.html", 1},
		{"TRS until a soft 404 whose rows only page", pipeline.PaginationTRS, map[string]http.HandlerFunc{
			"/l/":             page(1, trs),
			"/l/index_1.html": listOf(row("index_2.html", "下一页 >", ""), row("index_77.html", "77", ""), row("index_9.html", "尾页", "")),
		}, "/l/index_1.html", 1},
		{"one-based, more pages than it says", pipeline.PaginationOneBased, map[string]http.HandlerFunc{
			"/l/": page(1, oneBased), "/l/dezlist_2.shtml": page(2, oneBased), "/l/dezlist_3.shtml": page(3, oneBased),
		}, "/l/dezlist_4.shtml", 3},
		{"the link 下一页 until it leads to itself", pipeline.PaginationNextLink, map[string]http.HandlerFunc{
			"/l/":     page(1, `<a href="?p=2">[下一页]</a>`),
			"/l/?p=2": page(2, `<a href="javascript:;">下一页</a><a href="/l/?p=3">下一页 &gt;</a>`),
			"/l/?p=3": page(3, `<a href="/l/?p=3">下一页</a>`),
		}, "/l/?p=3", 3},
		{"the link 下一页 is not taken from elsewhere", pipeline.PaginationNextLink, map[string]http.HandlerFunc{
			"/l/": page(1, trs+`<a href="/l/x.html">下一页见公报附表说明</a>`),
		}, "/l/", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t)
			for path, handler := range test.lists {
				s.pages[path] = handler
			}
			for i := range 4 {
				s.pages[fmt.Sprintf("/t2026_%d.html", i)] = html(article("文"))
			}
			got, err := collect(t, listed(test.style, "/l/"), s.options(), pipeline.Window{})
			if err != nil || len(got) != test.want {
				t.Errorf("got %v and %v, want %d documents", urlsOf(got), err, test.want)
			}
			var asked []string
			for _, line := range s.asked {
				if strings.Contains(line, "/l/") {
					asked = append(asked, strings.TrimPrefix(line, "GET "))
				}
			}
			if asked[len(asked)-1] != test.last {
				t.Errorf("asked for %v, want %s last", asked, test.last)
			}
		})
	}
}

func endlessList(s *site) *pipeline.Source {
	s.pages["/l/"] = func(w http.ResponseWriter, r *http.Request) {
		n := len(r.URL.RawQuery)
		listOf(row(fmt.Sprintf("/t2026_%d.html", n), "公报", ""), fmt.Sprintf(`<li><a href="?%s">下一页</a></li>`, strings.Repeat("x", n+1)))(w, r)
	}
	source := listed(pipeline.PaginationNextLink, "/l/")
	source.Pages.TitlePattern = "年鉴" // none of them
	return source
}

func TestAnEndlessListStops(t *testing.T) {
	s := newSite(t)
	_, err := collect(t, endlessList(s), s.options(), pipeline.Window{})
	if !errors.Is(err, pipeline.ErrSourceChanged) || len(s.asked) != defaultMaxPages+1 {
		t.Fatalf("got %v after %d requests, want a failure after %d pages", err, len(s.asked), defaultMaxPages)
	}
}

func TestAListStopsQuietlyAtThePagesThatTheSourceNames(t *testing.T) {
	s := newSite(t)
	source := endlessList(s)
	source.Pages.MaxPages = 4
	if _, err := collect(t, source, s.options(), pipeline.Window{}); err != nil || len(s.asked) != 5 {
		t.Fatalf("got %v after %d requests, want nil after 5", err, len(s.asked))
	}
}

func TestAListThatRepeatsItselfUnderNewAddressesStops(t *testing.T) {
	s := newSite(t)
	s.pages["/l/"] = listOf(row("t2026_1.html", "年鉴", ""), `<li><a href="x/">下一页</a></li>`)
	for _, path := range []string{"/l/x/", "/l/x/x/", "/l/x/x/x/"} {
		s.pages[path] = s.pages["/l/"]
	}
	if _, err := collect(t, listed(pipeline.PaginationNextLink, "/l/"), s.options(), pipeline.Window{}); err != nil || s.count("/l/x/") != 1 || s.count("/l/x/x/") != 0 {
		t.Fatalf("got %v after %v, want an end at the first repetition", err, s.asked)
	}
}

func TestAListThatIsGoneIsAFailure(t *testing.T) {
	s := newSite(t)
	if _, err := collect(t, listed(pipeline.PaginationTRS, "/l/"), s.options(), pipeline.Window{}); !errors.Is(err, ErrStatus) {
		t.Fatalf("got %v, want the list's failure", err) // promise 6
	}
}

func TestAPageOfTwoListsIsFetchedOnce(t *testing.T) {
	s := newSite(t)
	s.pages["/l/"] = listOf(row("/t2026_1.html", "公报", ""))
	s.pages["/m/"] = listOf(row("/t2026_1.html", "公报", ""), row("/t2026_2.html", "公报", ""))
	s.pages["/t2026_1.html"], s.pages["/t2026_2.html"] = html(article("一")), html(article("二"))
	source := listed(pipeline.PaginationNone, "/l/")
	source.Pages.Lists = append(source.Pages.Lists, pipeline.ListPage{URL: "http://" + host + "/m/"})
	source.Pages.Pages = []pipeline.DirectPage{{URL: "http://" + host + "/t2026_2.html#a"}}
	got, err := collect(t, source, s.options(), pipeline.Window{})
	if want := []string{"/t2026_2.html", "/t2026_1.html"}; err != nil || !slices.Equal(urlsOf(got), want) {
		t.Fatalf("got %v and %v, want %v", urlsOf(got), err, want)
	}
}

func TestAListWithoutAnyFittingLinkIsAChangedSource(t *testing.T) {
	s := newSite(t)
	s.pages["/l/"] = html(article("改版公告"))
	if _, err := collect(t, listed(pipeline.PaginationTRS, "/l/"), s.options(), pipeline.Window{}); !errors.Is(err, pipeline.ErrSourceChanged) {
		t.Fatalf("got %v, want a changed source", err) // promise 6
	}
}

func TestAPageOfAListThatFailsKeepsWhatWasFound(t *testing.T) {
	s := newSite(t)
	s.pages["/l/"] = listOf(row("/t2026_1.html", "公报", ""), `<script>createPageHTML(9,0,"index","html")</script>`)
	s.pages["/l/index_1.html"] = status(500)
	s.pages["/t2026_1.html"] = html(article("一"))
	got, err := collect(t, listed(pipeline.PaginationTRS, "/l/"), s.options(), pipeline.Window{})
	if failed := failures(t, err); len(got) != 1 || len(failed) != 1 || !strings.HasSuffix(failed[0].URL, "/l/index_1.html") {
		t.Fatalf("got %v and %v, want one document and one failed page", urlsOf(got), err)
	}
}

func TestTheWindowsRegionsChooseListsAndPages(t *testing.T) {
	s := newSite(t)
	for _, name := range []string{"a", "b"} {
		s.pages["/"+name+"/"] = listOf(row("/"+name+"/t2026_1.html", "公报", ""))
		s.pages["/"+name+"/t2026_1.html"] = html(article(name))
	}
	s.pages["/c"], s.pages["/d"] = html(article("丙")), html(article("丁"))
	source := listed(pipeline.PaginationNone, "/a/")
	source.Pages.Lists[0].Region = "140121"
	source.Pages.Lists = append(source.Pages.Lists, pipeline.ListPage{URL: "http://" + host + "/b/", Region: "140703"})
	source.Pages.Pages = []pipeline.DirectPage{{URL: "http://" + host + "/c", Region: "140703"}, {URL: "http://" + host + "/d"}}
	got, err := collect(t, source, s.options(), pipeline.Window{Regions: []string{"140121"}})
	if want := []string{"/d", "/a/t2026_1.html"}; err != nil || !slices.Equal(urlsOf(got), want) {
		t.Fatalf("got %v and %v, want %v", urlsOf(got), err, want)
	}
	if s.count("/b/") != 0 {
		t.Error("the list of another region was asked for")
	}
}

func TestListsInGBKAreReadAndTheirQueriesKeepTheirEncoding(t *testing.T) {
	text := `<html><head><meta charset="gb2312"></head><body><ul class="list">` +
		row("/t2026_1.html?channel=统计", "太原市统计公报", "2026年3月8日") + `</ul>` + strings.Repeat("太原市统计局", 20) + `</body></html>`
	body, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t)
	s.pages["/l/"] = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8") // a false claim
		w.Write(body)
	}
	s.pages["/t2026_1.html"] = html(article("一"))
	source := listed(pipeline.PaginationNone, "/l/")
	source.Pages.LinkPattern = ""
	got, err := collect(t, source, s.options(), pipeline.Window{})
	if err != nil || len(got) != 1 {
		t.Fatalf("got %v and %v", urlsOf(got), err)
	}
	if got[0].URL != "http://"+host+"/t2026_1.html?channel=%CD%B3%BC%C6" || got[0].Title != "太原市统计公报" ||
		got[0].PublishedAt != pipeline.DayStamp(pipeline.DateOf(2026, 3, 8)) {
		t.Errorf("got %+v", got[0])
	}
}

func TestDatesOfRows(t *testing.T) {
	tests := []struct {
		name, outside, inside, want string
	}{
		{"beside the link", "[2026-09-11]", "2025年1月1日起施行", "2026-09-11"},
		{"the same date twice", "2026.9.1 2026-09-01", "", "2026-09-01"},
		{"two dates say nothing", "2026-09-01 2026-09-02", "", ""},
		{"a date of the title is none", "", "关于2025年1月1日的公报", ""},
		{"the last plain date inside", "", "2025-01-01公报 2026-09-11", "2026-09-11"},
		{"no such day", "2026-02-30", "", ""},
		{"no year", "09-11", "", ""},
		{"a number is no date", "索引号 20260911", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			if stamp := rowDate(test.outside, test.inside); stamp.Known() {
				got = stamp.At.Format("2006-01-02")
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTwoLinksToOnePageAreOneEntry(t *testing.T) {
	s := newSite(t)
	s.pages["/l/"] = listOf(`<li><a href="/t2026_1.html"><img src="x.png"></a></li>`, row("/t2026_1.html", "甲县公报", "2026-04-02"))
	s.pages["/t2026_1.html"] = html(article("一"))
	source := listed(pipeline.PaginationNone, "/l/")
	for _, title := range []string{"公报", ""} {
		source.Pages.TitlePattern = title
		got, err := collect(t, source, s.options(), pipeline.Window{})
		if err != nil || len(got) != 1 || got[0].Title != "甲县公报" || got[0].PublishedAt != pipeline.DayStamp(pipeline.DateOf(2026, 4, 2)) {
			t.Fatalf("title pattern %q: got %+v and %v", title, got, err)
		}
	}
}

func TestADayInTheFutureIsNoPublicationDay(t *testing.T) {
	s := newSite(t)
	s.pages["/l/"] = listOf(row("/t2026_1.html", "甲县公报", "2062-04-02"))
	s.pages["/t2026_1.html"] = html(article("一"))
	got, err := collect(t, listed(pipeline.PaginationNone, "/l/"), s.options(), pipeline.Window{})
	if err != nil || len(got) != 1 || got[0].PublishedAt.Known() {
		t.Fatalf("got %+v and %v", got, err)
	}
}

func TestALinkToAForeignHostIsAFailureAndNotARequest(t *testing.T) {
	s := newSite(t)
	s.pages["/l/"] = listOf(row("http://portal.example.cn/t2026_1.html", "乡镇公报", ""))
	_, err := collect(t, listed(pipeline.PaginationNone, "/l/"), s.options("portal.example.cn"), pipeline.Window{})
	if failed := failures(t, err); len(failed) != 1 || !errors.Is(err, ErrForeignHost) || len(s.asked) != 2 {
		t.Fatalf("got %v after %v, want the link refused", err, s.asked)
	}
}

func TestLinksAreResolvedByTheBaseOfThePage(t *testing.T) {
	s := newSite(t)
	s.pages["/l/"] = listOf(`<base href="/deep/down/">`, row("t2026_1.html", "公报", ""))
	s.pages["/deep/down/t2026_1.html"] = html(article("一"))
	s.pages["/old/"] = redirect("/l/")
	got, err := collect(t, listed(pipeline.PaginationNone, "/old/"), s.options(), pipeline.Window{})
	if err != nil || len(got) != 1 || got[0].URL != "http://"+host+"/deep/down/t2026_1.html" {
		t.Fatalf("got %v and %v", urlsOf(got), err)
	}
}

func TestCanonicalURLs(t *testing.T) {
	base, _ := url.Parse("http://tjj.example.cn/a/b/index.html?q=1")
	tests := []struct{ reference, want string }{
		{"../c.html", "http://tjj.example.cn/a/c.html"},
		{"//WWW.Example.CN:80/x#f", "http://www.example.cn/x"},
		{"https://www.example.cn:443", "https://www.example.cn/"},
		{"http://www.example.cn:443/", "http://www.example.cn:443/"},
		{" \n/x y\t.html ", "http://tjj.example.cn/x%20y.html"},
		{"/公报.html?名=值", "http://tjj.example.cn/%E5%85%AC%E6%8A%A5.html?%E5%90%8D=%E5%80%BC"},
		{"/a;JSESSIONID=0F.n1?id=3", "http://tjj.example.cn/a?id=3"},
		{"?id=%CD%B3&b=1", "http://tjj.example.cn/a/b/index.html?id=%CD%B3&b=1"},
		{"ftp://example.cn/", ""}, {"http://user@example.cn/", ""}, {"http:///x", ""}, {"http://a b/", ""},
	}
	for _, test := range tests {
		got := ""
		if u, err := canonicalURL(base, test.reference, nil); err == nil {
			got = u.String()
		}
		if got != test.want {
			t.Errorf("%q gives %q, want %q", test.reference, got, test.want)
		}
		if got == "" {
			continue
		}
		if again, err := canonicalURL(nil, got, nil); err != nil || again.String() != got {
			t.Errorf("%q is not canonical: it becomes %v", got, again)
		}
	}
}

func TestPatternsThatDoNotFitAreRefused(t *testing.T) {
	tests := []struct {
		name   string
		change func(*pipeline.PageCollection)
		want   string
	}{
		{"a bad link pattern", func(p *pipeline.PageCollection) { p.LinkPattern = "(" }, "link pattern"},
		{"a bad title pattern", func(p *pipeline.PageCollection) { p.TitlePattern = "(" }, "title pattern"},
		{"a bad selector", func(p *pipeline.PageCollection) { p.RowSelector = "ul >" }, "row selector"},
		{"an unknown pagination", func(p *pipeline.PageCollection) { p.Pagination = "jpage" }, "pagination"},
		{"a list without a scheme", func(p *pipeline.PageCollection) { p.Lists[0].URL = "tjj.example.cn/l" }, "http://"},
		{"no pattern at all", func(p *pipeline.PageCollection) { p.LinkPattern, p.TitlePattern, p.RowSelector = "", "", "" }, "every link"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			source := listed(pipeline.PaginationNone, "/l/")
			test.change(source.Pages)
			if _, err := New(source, Options{}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want it to name the %s", err, test.want)
			}
		})
	}
}

func FuzzReadList(f *testing.F) {
	f.Add([]byte(`<a href="x?统计=1">下一页</a><base href="//b/"><script>createPageHTML(1,0,"index","html")</script>`), "text/html")
	f.Add([]byte("\xff\xfe<\x00a\x00"), "text/html; charset=utf-8")
	f.Add(bytes.Repeat([]byte("<ul><li>"), 600), "")
	f.Fuzz(func(t *testing.T, body []byte, mediaType string) {
		challengeSign(200, body, expectPage, look(body))
		page, err := readList(&exchange{body: body, mediaType: mediaType}, "http://"+host+"/l/")
		if err != nil {
			return
		}
		for _, link := range page.links(nil) {
			again, err := canonicalURL(nil, link.url, nil)
			if err != nil || again.String() != link.url {
				t.Fatalf("link %q is not canonical: %v, %v", link.url, again, err)
			}
		}
		for _, style := range []pipeline.Pagination{pipeline.PaginationTRS, pipeline.PaginationOneBased, pipeline.PaginationNextLink} {
			page.next(style, &numbering{}, 1)
		}
	})
}

func TestWhatAReaderWouldSeeOfAPage(t *testing.T) {
	tests := []struct {
		name, body string
		want       appearance
	}{
		{"plain text is not weighed", "公报", appearance{}},
		{"letters between tags", "<p>ab <b>c</b></p>", appearance{tagged: true, shown: 3}},
		{"what scripts, styles and titles hold is not shown", "<TITLE>abc</TITLE><Style>p{}</style><SCRIPT>x='<p>'</ScRiPt>d", appearance{tagged: true, shown: 1, scripts: true}},
		{"comments are not shown", "<!-- <p>abc</p> -->d", appearance{tagged: true, shown: 1}},
		{"frames and images", "<iframe src=x></iframe><IMG src=y>", appearance{tagged: true, frames: true, images: true}},
		{"a tag that never ends", "<p>a<td", appearance{tagged: true, shown: 1}},
		{"a script that never ends", "<script>abc", appearance{tagged: true, scripts: true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := look([]byte(test.body)); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}
