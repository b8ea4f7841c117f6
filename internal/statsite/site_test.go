package statsite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open serves a world for one test.
func open(t *testing.T, config Config) (*Site, *http.Client) {
	t.Helper()
	site, err := Serve(context.Background(), NewWorld(config))
	if err != nil {
		t.Fatal(err)
	}
	client := site.Client()
	t.Cleanup(func() {
		client.CloseIdleConnections()
		if err := site.Close(); err != nil {
			t.Error(err)
		}
	})
	return site, client
}

type page struct {
	status int
	header http.Header
	body   []byte
}

func ask(t *testing.T, client *http.Client, method, url, contentType, body string) page {
	t.Helper()
	p, err := try(t.Context(), client, method, url, contentType, body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return p
}

func try(ctx context.Context, client *http.Client, method, url, contentType, body string) (page, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return page{}, err
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	answer, err := client.Do(request)
	if err != nil {
		return page{}, err
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	return page{answer.StatusCode, answer.Header, read}, err
}

func get(t *testing.T, client *http.Client, url string) page {
	t.Helper()
	return ask(t, client, "GET", url, "", "")
}

// decode reads a page as its meta says, whatever the header says.
func decode(t *testing.T, p page) string {
	t.Helper()
	if !strings.Contains(string(p.body), "charset=gb2312") {
		return string(p.body)
	}
	text, err := simplifiedchinese.GBK.NewDecoder().Bytes(p.body)
	if err != nil || strings.ContainsRune(string(text), '\uFFFD') {
		t.Fatalf("not GBK: %v", err)
	}
	return string(text)
}

func TestEveryFactIsPrintedOnThePageOfItsURL(t *testing.T) {
	site, client := open(t, Config{Seed: 3})
	bodies := map[string]string{}
	for _, r := range site.World().Requests() {
		bodies[r.URL+"\n"+r.Body] = r.ContentType
	}
	for night := 1; night <= 3; night++ {
		site.World().SetNight(night)
		pages := map[string]string{}
		for _, f := range site.World().Truth(night) {
			key := f.URL + "\n" + f.Request
			if _, fetched := pages[key]; !fetched {
				p := ask(t, client, f.Method, f.URL, bodies[key], f.Request)
				if p.status != 200 {
					t.Fatalf("%s: status %d", f.URL, p.status)
				}
				pages[key] = decode(t, p)
			}
			if f.Op == "assert" && !strings.Contains(pages[key], f.Printed) {
				t.Errorf("night %d: %q is not on %s", night, f.Printed, f.URL)
			}
			if strings.Contains(f.URL, site.Addr()) || strings.Contains(pages[key], site.Addr()) {
				t.Errorf("%s: a port in a link", f.URL)
			}
			if strings.HasPrefix(f.Source, "demo-communique") && !strings.Contains(pages[key], "演示数据") {
				t.Errorf("%s: no note that the data are made up", f.URL)
			}
		}
	}
}

// proseClause reads an amount, its growth and nothing else, without the code that wrote it.
var proseClause = regexp.MustCompile(`(地区生产总值|第[一二三]产业增加值)(?:<sup>\[1\]</sup>|\[1\])?([\d.,]+)(亿元|万元)(?:，按不变价格计算)?，(?:同比|比上年)?(增长|下降|与上年持平)([\d.]*)`)

func TestProseSaysTheFactsInOrder(t *testing.T) {
	site, client := open(t, Config{Seed: 10})
	site.World().SetNight(2)
	facts := map[string][]string{}
	for _, night := range []int{1, 2} {
		for _, f := range site.World().Truth(night) {
			if strings.HasPrefix(f.Source, "demo-communique") && night == 1 && strings.HasSuffix(f.PeriodEnd, "2020-12-31") && !strings.Contains(f.Indicator, "share") {
				facts[f.URL] = append(facts[f.URL], f.Value)
			}
		}
	}
	for url, want := range facts {
		var got []string
		for _, m := range proseClause.FindAllStringSubmatch(decode(t, get(t, client, url)), -1) {
			amount := m[2]
			if m[3] == "万元" {
				digits := strings.ReplaceAll(amount, ",", "")
				amount = digits[:len(digits)-4] + "." + digits[len(digits)-4:]
			}
			growth := map[string]string{"增长": m[5], "下降": "-" + m[5], "与上年持平": "0.0"}[m[4]]
			got = append(got, strings.TrimPrefix(amount, "."), growth)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s says %v, the truth %v", url, got, want)
		}
	}
	if len(facts) != 3 {
		t.Fatalf("%d communiqués of 2020", len(facts))
	}
}

func TestEncodingsAreAsTheHostsClaimOrNot(t *testing.T) {
	site, client := open(t, Config{})
	for host, want := range map[string]struct{ header, meta string }{
		"taiyuan.tjj.example":    {"text/html; charset=utf-8", "charset=utf-8"},
		"shuozhou.tjj.example":   {"text/html", "charset=gb2312"},
		"jinzhong.tjj.example":   {"text/html; charset=utf-8", "charset=gb2312"},
		"yearbook.stats.example": {"text/html", "charset=utf-8"},
	} {
		for _, source := range []string{SourceTRS, SourceGBK, SourceMislabeled, SourceYearbook} {
			for _, url := range site.World().StartURLs(source) {
				if !strings.Contains(url, host) {
					continue
				}
				p := get(t, client, url)
				if p.header.Get("Content-Type") != want.header || !strings.Contains(string(p.body), want.meta) || !strings.Contains(decode(t, p), "演示数据") {
					t.Errorf("%s: header %q, body %.200q", url, p.header.Get("Content-Type"), p.body)
				}
			}
		}
	}
}

func TestHostsAreToldApartAndUnknownOnesRefused(t *testing.T) {
	site, client := open(t, Config{CrawlDelay: 2})
	for _, host := range site.World().Hosts() {
		if p := get(t, client, "http://"+host+"/robots.txt"); p.status != 200 || !strings.Contains(string(p.body), "Crawl-delay: 2\n") {
			t.Errorf("%s: robots.txt %d %q", host, p.status, p.body)
		}
		if p := get(t, client, "http://"+host+"/nowhere.html"); p.status != 404 {
			t.Errorf("%s: a page that does not exist answers %d", host, p.status)
		}
	}
	if p := get(t, client, "http://nobody.tjj.example/"); p.status != http.StatusMisdirectedRequest {
		t.Errorf("unknown host answers %d", p.status)
	}
	if _, err := try(t.Context(), client, "GET", "http://stats.gov.cn/", "", ""); !errors.Is(err, syscall.EHOSTUNREACH) {
		t.Errorf("a real host is dialled: %v", err)
	}
	if p := get(t, client, "http://taiyuan.tjj.example/nj/2024/index.html"); p.status != 404 {
		t.Errorf("the yearbook is on another host too: %d", p.status)
	}
}

var (
	pager  = regexp.MustCompile(`createPageHTML\((\d+), (\d+), "index", "html"\)`)
	next   = regexp.MustCompile(`<A href="([^"]+)">下一页`)
	anchor = regexp.MustCompile(`(?i)<a href="([^"]*t\d{8}_\d{11}\.shtml)"`)
)

// crawl follows a column as a collector would and gives its article URLs in order.
func crawl(t *testing.T, client *http.Client, start string) []string {
	t.Helper()
	var found []string
	at := start
	for at != "" {
		text := decode(t, get(t, client, at))
		base, err := http.NewRequest("GET", at, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range anchor.FindAllStringSubmatch(text, -1) {
			link, err := base.URL.Parse(m[1])
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, link.String())
		}
		at = ""
		if m := pager.FindStringSubmatch(text); m != nil && atoi(m[2])+1 < atoi(m[1]) {
			at = strings.TrimSuffix(start, "index.html") + fmt.Sprintf("index_%d.html", atoi(m[2])+1)
		}
		if m := next.FindStringSubmatch(text); m != nil {
			link, err := base.URL.Parse(m[1])
			if err != nil {
				t.Fatal(err)
			}
			at = link.String()
		}
	}
	return found
}

func TestListsLeadToExactlyTheArticlesOfTheTruth(t *testing.T) {
	site, client := open(t, Config{RowsPerPage: 2})
	for night := 1; night <= 2; night++ {
		site.World().SetNight(night)
		want := map[string]bool{}
		for _, n := range []int{1, 2}[:night] {
			for _, f := range site.World().Truth(n) {
				want[f.URL] = want[f.URL] || strings.Contains(f.Source, "communique")
			}
		}
		for _, source := range []string{SourceTRS, SourceGBK, SourceMislabeled} {
			for _, start := range site.World().StartURLs(source) {
				for _, url := range crawl(t, client, start) {
					isNotice := strings.Contains(url, "/tzgg/")
					if p := get(t, client, url); p.status != 200 || isNotice == want[url] {
						t.Errorf("night %d: %s is linked: status %d, in the truth %t", night, url, p.status, want[url])
					}
					delete(want, url)
				}
			}
		}
		for url, isArticle := range want {
			if isArticle {
				t.Errorf("night %d: no list leads to %s", night, url)
			}
		}
	}
	site.World().SetNight(1)
	late := "http://taiyuan.tjj.example/tjsj/qxgb/202506/t20250615_11401212024.shtml"
	if p := get(t, client, late); p.status != 404 {
		t.Errorf("%s is there before its night: %d", late, p.status)
	}
}

func TestYearbookIndexLeadsToItsTables(t *testing.T) {
	site, client := open(t, Config{})
	index := site.World().StartURLs(SourceYearbook)[0]
	links := regexp.MustCompile(`<li><a href="([^"]+)"`).FindAllStringSubmatch(string(get(t, client, index).body), -1)
	if len(links) != 4 {
		t.Fatalf("%d tables", len(links))
	}
	cell := regexp.MustCompile(`<td>(-?\d+\.\d+)</td>`)
	for _, m := range links {
		url := strings.TrimSuffix(index, "index.html") + m[1]
		cells := len(cell.FindAllString(string(get(t, client, url).body), -1))
		said := 0
		for _, f := range site.World().Truth(1) {
			if f.URL == url {
				said++
			}
		}
		for _, r := range site.World().Refusals(1) {
			if r.URL == url {
				said += r.Count
			}
		}
		if cells != said {
			t.Errorf("%s: %d cells with numbers, %d facts and refusals", url, cells, said)
		}
	}
}

func TestRequestsAreLoggedAndTheContextEndsTheSite(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	site, err := Serve(ctx, NewWorld(Config{}))
	if err != nil {
		t.Fatal(err)
	}
	client := site.Client()
	defer client.CloseIdleConnections()
	before := time.Now()
	ask(t, client, "POST", "http://data.stats.example/easyquery.htm?x=1", "text/plain", "hello")
	log := site.Requests()
	if len(log) != 1 || log[0].Host != "data.stats.example" || log[0].Path != "/easyquery.htm?x=1" || log[0].Body != "hello" || log[0].At.Before(before) {
		t.Errorf("log %+v", log)
	}
	site.ForgetRequests()
	if len(site.Requests()) != 0 {
		t.Error("not forgotten")
	}
	cancel()
	<-site.done
	if _, err := try(context.Background(), client, "GET", "http://data.stats.example/", "", ""); err == nil {
		t.Error("still serving")
	}
	if err := errors.Join(site.Close(), site.Close()); err != nil {
		t.Error(err)
	}
}

func TestConcurrentReadersSeeOneNightEach(t *testing.T) {
	site, client := open(t, Config{})
	url := site.World().StartURLs(SourceTRS)[0]
	var readers sync.WaitGroup
	for n := range 8 {
		readers.Go(func() {
			site.World().SetNight(1 + n%2)
			for range 10 {
				if p, err := try(context.Background(), client, "GET", url, "", ""); err != nil || p.status != 200 {
					t.Errorf("%d %v", p.status, err)
				}
			}
		})
	}
	readers.Wait()
}

func TestPackageCommentNamesEveryID(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range Bases() {
		if !strings.Contains(string(text), "cid "+b.Cid) {
			t.Errorf("cid of %s", b.Code)
		}
		for _, s := range b.Series {
			line := regexp.MustCompile(s.ID + `  ` + s.Code + `  ` + regexp.QuoteMeta(s.Indicator) + ` +` + s.Basis + ` +` + s.Unit)
			if !line.Match(text) {
				t.Errorf("the package comment does not say that %s is %s, %s, %s", s.ID, s.Indicator, s.Basis, s.Unit)
			}
		}
	}
}
