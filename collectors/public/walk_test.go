package public

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"zhibiao/pipeline"
)

// hanwebPage is a list as Hanweb's systems send it: rows as CDATA in a script, and
// the address of the proxy in the datastore.
const hanwebPage = `<html><head><title>统计公报</title></head><body><h1>统计公报</h1><div id="5"><script type="text/xml"><datastore>
<nextgroup><![CDATA[<a href="/module/web/jpage/dataproxy.jsp?page=1&webid=9&path=/&columnid=77&unitid=5&webname=%E7%BB%9F%E8%AE%A1&permissiontype=0"></a>]]></nextgroup>
<recordset><record><![CDATA[<li><a href="/art/2024/3/1/art_77_1.html">公报一</a><span>2024-03-01</span></li>]]></record>
<record><![CDATA[<li><a href="/art/2024/3/2/art_77_2.html">公报二</a></li>]]></record></recordset></datastore></script></div>
<script>$('#5').jpage({perpage: 2, totalrecord: 99});</script></body></html>`

func TestHanwebsProxyIsAskedForTheNextStretchUntilItBringsNothingNew(t *testing.T) {
	s := newSite(t)
	var forms []string
	s.pages["/col/index.html"] = html(hanwebPage)
	s.pages["/module/web/jpage/dataproxy.jsp"] = func(w http.ResponseWriter, r *http.Request) {
		form, _ := io.ReadAll(r.Body)
		forms = append(forms, r.Method+" "+r.URL.RawQuery+" "+string(form))
		records := `<record><![CDATA[<li><a href="/art/2024/3/3/art_77_3.html">公报三</a></li>]]></record>`
		if r.URL.Query().Get("startrecord") != "3" {
			records = ""
		}
		w.Header().Set("Content-Type", "text/xml;charset=UTF-8")
		fmt.Fprint(w, `<?xml version="1.0" encoding="utf-8"?><datastore><totalrecord>99</totalrecord><recordset>`+records+`</recordset></datastore>`)
	}
	for i := range 4 {
		s.pages[fmt.Sprintf("/art/2024/3/%d/art_77_%d.html", i, i)] = html(article(fmt.Sprint(i)))
	}
	source := listed(pipeline.PaginationHanweb, "/col/index.html")
	source.Pages.LinkPattern, source.Pages.RowSelector = `/art_77_\d+\.html$`, "li"
	got, err := collect(t, source, s.options(), pipeline.Window{})
	if err != nil || len(got) != 3 {
		t.Fatalf("got %v and %v, want three documents", urlsOf(got), err)
	}
	want := []string{
		"POST startrecord=3&endrecord=4&perpage=2 col=1&webid=9&path=/&columnid=77&unitid=5&webname=%E7%BB%9F%E8%AE%A1&permissiontype=0",
		"POST startrecord=5&endrecord=6&perpage=2 col=1&webid=9&path=/&columnid=77&unitid=5&webname=%E7%BB%9F%E8%AE%A1&permissiontype=0",
	}
	if !slices.Equal(forms, want) {
		t.Errorf("asked\n%s\nwant\n%s", strings.Join(forms, "\n"), strings.Join(want, "\n"))
	}
	for i, day := range []string{"2024-03-01", "2024-03-02", "2024-03-03"} { // printed, and in the address
		if stamp := got[i].PublishedAt; !strings.HasPrefix(stamp.At.In(china).Format("2006-01-02"), day) {
			t.Errorf("document %d was published at %v, want %s", i, stamp, day)
		}
	}
}

func TestNumberedLinksAreFollowedInOrder(t *testing.T) {
	s := newSite(t)
	for page := 1; page <= 4; page++ {
		foot := `</ul><a href="/l/?n=1">1</a> <a href="/l/?n=2">2</a> <a href="/l/?n=3">[3]</a> <a href="/l/?n=4">第4页</a><a href="/l/?n=99">末页</a><ul>`
		s.pages[fmt.Sprintf("/l/?n=%d", page)] = listOf(row(fmt.Sprintf("/t2026_%d.html", page), "公报", "2026-01-01"), foot)
		s.pages[fmt.Sprintf("/t2026_%d.html", page)] = html(article(fmt.Sprint(page)))
	}
	got, err := collect(t, listed(pipeline.PaginationNumbered, "/l/?n=1"), s.options(), pipeline.Window{})
	if urls := strings.Join(urlsOf(got), " "); err != nil || urls != "/t2026_1.html /t2026_2.html /t2026_3.html /t2026_4.html" || s.count("/l/?n=99") != 0 {
		t.Errorf("got %s and %v", urls, err)
	}
}

func TestTheThirdMeaningOfCreatePageHTMLIsOneBasedToo(t *testing.T) {
	s := newSite(t)
	foot := `<script>createPageHTML('paging', 25, 1, 'index', 'html', 500);</script>`
	s.pages["/l/"] = listOf(row("/t2026_1.html", "公报", "2026-01-01"), foot)
	s.pages["/l/index_2.html"] = listOf(row("/t2026_2.html", "公报", "2026-01-01"), foot)
	s.pages["/t2026_1.html"], s.pages["/t2026_2.html"] = html(article("一")), html(article("二"))
	got, err := collect(t, listed(pipeline.PaginationOneBased, "/l/"), s.options(), pipeline.Window{})
	if err != nil || len(got) != 2 || s.count("/l/index_3.html") != 1 {
		t.Errorf("got %v and %v, want both pages and the end at a 404", urlsOf(got), err)
	}
}

func TestDaysInAddresses(t *testing.T) {
	for path, want := range map[string]string{
		"/tjgb/202606/t20260626_10160880.shtml":  "2026-06-26",
		"/sj/t20240228_1947915.html":             "2024-02-28",
		"/art/2024/2/8/art_1229003072_5904.html": "2024-02-08",
		"/2023-11-05/content_1.html":             "2023-11-05",
		"/content/post_317976.html":              "",
		"/t20241340_1.html":                      "",
		"/1784475497281466370.html":              "",
		"/2024/12/":                              "",
	} {
		got := ""
		if stamp := urlDate(path); stamp.Known() {
			got = stamp.At.In(china).Format("2006-01-02")
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestAttachmentsAreTakenByTheirType(t *testing.T) {
	s := newSite(t)
	s.pages["/a"] = html(article(`<a href="/f/1.xlsx">附件1</a><a href="/f/2.PDF?v=2">附件2</a><a href="/down.jsp?id=3">附件3：指标.xls</a>` +
		`<a href="/f/4.exe">程序</a><a href="/b.html">另一页</a><a href="/f/1.xlsx">附件1</a>`))
	book := "PK\x03\x04...PK\x05\x06"
	for _, path := range []string{"/f/1.xlsx", "/f/2.PDF", "/down.jsp"} {
		s.pages[path] = func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, book, r.URL.Path) }
	}
	source := direct("/a")
	source.Pages.Pages[0].Region = "140726"
	source.Pages.Attachments = []string{"xlsx", ".xls", "pdf"}
	got, err := collect(t, source, s.options(), pipeline.Window{})
	if urls := strings.Join(urlsOf(got), " "); err != nil || urls != "/a /f/1.xlsx /f/2.PDF?v=2 /down.jsp?id=3" {
		t.Fatalf("got %s and %v", urls, err)
	}
	if got[1].Context[pipeline.ContextRegion] != "140726" || got[3].Title != "附件3：指标.xls" {
		t.Errorf("the attachments do not inherit from their page: %+v", got[1].Context)
	}
}

func TestWithoutATypeNoAttachmentIsTaken(t *testing.T) {
	s := newSite(t)
	s.pages["/a"] = html(article(`<a href="/f/1.xlsx">附件1</a>`))
	if got, err := collect(t, direct("/a"), s.options(), pipeline.Window{}); err != nil || len(got) != 1 || s.count("/f/1.xlsx") != 0 {
		t.Errorf("got %v and %v", urlsOf(got), err)
	}
}

func TestAddressesThatLeadOnWithoutEnd(t *testing.T) {
	long := "http://h.cn/" + strings.Repeat("a", maxURL)
	for address, trapped := range map[string]bool{
		"http://h.cn/tjgb/202606/t20260626_1.shtml": false,
		"http://h.cn/list?year=2026":                false,
		"http://h.cn/list?year=2027":                false,
		"http://h.cn/list?year=2028":                true,
		"http://h.cn/cal?d=1&startdate=1948-12-01":  true,
		"http://h.cn/a/a/b.html":                    false,
		"http://h.cn/a/a/a/b.html":                  true,
		"http://h.cn/" + strings.Repeat("a/b/", 11): true,
		long: true,
	} {
		u, err := canonicalURL(nil, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if sign := trapSign(u, day); (sign != "") != trapped {
			t.Errorf("%.60s: got %q, want a trap: %v", address, sign, trapped)
		}
	}
}
