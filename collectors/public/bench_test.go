package public

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"zhibiao/pipeline"
)

// crawlPages is how many pages the benchmark of memory crawls:
//
//	go test ./collectors/public -run '^$' -bench Memory -benchtime 1x -crawl.pages 100000
var crawlPages = flag.Int("crawl.pages", 10_000, "pages of BenchmarkMemoryOfALongCrawl")

const (
	serverMark  = "ZHIBIAO_TEST_SERVE_PAGES"
	parallelism = 8
	pageSize    = 10 << 10
)

// servePages is the publisher of the benchmarks. It runs in a process of its own, so
// that its work is nobody's CPU, and ends with its standard input.
func servePages() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	row := "<tr><td>地区生产总值（亿元）</td><td>1234.5</td><td>6.1</td></tr>\n"
	body := []byte("<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>统计公报</title></head><body><h1>统计公报</h1><table>\n" +
		strings.Repeat(row, pageSize/len(row)) + "</table></body></html>")
	fmt.Println(listener.Addr())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/robots.txt":
			io.WriteString(w, "User-agent: *\nDisallow: /admin/\n")
		case strings.HasPrefix(r.URL.Path, "/list/"):
			var first int
			fmt.Sscanf(r.URL.Path, "/list/%d", &first)
			var page bytes.Buffer
			for i := range listLength {
				fmt.Fprintf(&page, "<li><a href=\"/page/%d.html\">统计公报之%d</a></li>", first+i, first+i)
			}
			w.Write(page.Bytes())
		default:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Length", fmt.Sprint(len(body)+len(r.URL.Path)))
			w.Write(body)
			io.WriteString(w, r.URL.Path) // no two pages are the same
		}
	}))
}

// startPages starts the publisher and returns its address.
func startPages(b testing.TB) string {
	b.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), serverMark+"=1")
	stdin, err := child.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stdin.Close()
		child.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// cpu returns the CPU that this process has used.
func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// parsePage parses a page as this package parses lists, and counts its rows.
func parsePage(body []byte) int {
	page, err := readList(&exchange{body: body, mediaType: "text/html"}, "http://"+host+"/page/1.html")
	if err != nil {
		return 0
	}
	return page.document.Find("tr").Length() + len(page.links(nil))
}

// unparsed only looks whether there is a page.
func unparsed(body []byte) int { return len(body) }

// crawlWithUs visits the pages with one collector a host, which share a pace.
func crawlWithUs(b testing.TB, address string, pages int, parse func([]byte) int) {
	pace := NewPace()
	var group sync.WaitGroup
	var cells atomic.Int64
	for worker := range parallelism {
		name := fmt.Sprintf("host%d.example", worker)
		collection := &pipeline.PageCollection{}
		for i := range pages / parallelism {
			collection.Pages = append(collection.Pages, pipeline.DirectPage{URL: fmt.Sprintf("http://%s/page/%d.html", name, i)})
		}
		source := pageSource(collection)
		source.Limits = pipeline.Limits{Interval: 1, MaxRequests: pages}
		c, err := New(source, Options{Resolve: map[string]string{name: address}, Pace: pace})
		if err != nil {
			b.Fatal(err)
		}
		group.Go(func() {
			err := c.Collect(b.Context(), pipeline.Window{}, func(_ context.Context, d pipeline.RawDocument) error {
				cells.Add(int64(parse(d.Body)))
				return nil
			})
			if err != nil {
				b.Error(err)
			}
		})
	}
	group.Wait()
	if cells.Load() == 0 {
		b.Error("no page was parsed")
	}
}

// crawlPlainly does the same checks and the same parsing over net/http alone.
func crawlPlainly(b testing.TB, address string, pages int, parse func([]byte) int) {
	var group sync.WaitGroup
	for worker := range parallelism {
		name := fmt.Sprintf("host%d.example", worker)
		transport := &http.Transport{DisableCompression: true, MaxConnsPerHost: 1}
		client := &http.Client{Transport: transport, Timeout: defaultTimeout}
		group.Go(func() {
			defer transport.CloseIdleConnections()
			rules := parseRobots([]byte("User-agent: *\nDisallow: /admin/\n"))
			for i := range pages / parallelism {
				if err := plainPage(b.Context(), client, rules, address, name, fmt.Sprintf("/page/%d.html", i), parse); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
}

func plainPage(ctx context.Context, client *http.Client, rules robotsRules, address, name, path string, parse func([]byte) int) error {
	if !rules.allows(path) {
		return ErrRobots
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return err
	}
	request.Host = name
	request.Header.Set("User-Agent", "zhibiao/1.0 (+mailto:data@example.cn)")
	request.Header.Set("Accept-Encoding", "gzip, br, deflate")
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var body bytes.Buffer
	body.Grow(int(max(answer.ContentLength, 0)) + bytes.MinRead)
	if _, err := body.ReadFrom(io.LimitReader(answer.Body, defaultMaxBody+1)); err != nil {
		return err
	}
	seen := look(body.Bytes())
	_, kind := pretence(body.Bytes(), seen)
	switch {
	case answer.StatusCode != http.StatusOK, body.Len() > defaultMaxBody, kind != nil, cutSign(answer, body.Bytes()) != "",
		challengeSign(answer.StatusCode, body.Bytes(), expectPage, seen) != "":
		return ErrUnexpected
	}
	if parse(body.Bytes()) == 0 {
		return ErrUnexpected
	}
	return nil
}

// maxCost is how much CPU our transport and colly may use, in that of net/http.
const maxCost = 1.25

// BenchmarkFiveThousandPages compares the CPU of both ways in turns, and fails where
// ours costs too much. It also tells the cost where no page is parsed, which is all
// our own overhead.
func BenchmarkFiveThousandPages(b *testing.B) {
	const pages = 5000
	address := startPages(b)
	crawlPlainly(b, address, pages/5, parsePage) // warm up
	crawlWithUs(b, address, pages/5, parsePage)
	for b.Loop() {
		cost, ours := compareCPU(b, address, pages, parsePage)
		bare, bareOurs := compareCPU(b, address, pages, unparsed)
		b.ReportMetric(cost, "of-net/http")
		b.ReportMetric(float64(ours.Microseconds())/pages, "cpu-us/page")
		b.ReportMetric(bare, "of-net/http-unparsed")
		b.ReportMetric(float64(bareOurs.Microseconds())/pages, "cpu-us/page-unparsed")
		if cost > maxCost {
			b.Errorf("the CPU is %.2f times that of net/http, want at most %.2f", cost, maxCost)
		}
	}
}

// compareCPU crawls in turns and returns how our CPU relates to net/http's, and what
// ours is for one crawl.
func compareCPU(b testing.TB, address string, pages int, parse func([]byte) int) (cost float64, each time.Duration) {
	const rounds = 3
	var ours, plain time.Duration
	for range rounds {
		begun := cpu()
		crawlPlainly(b, address, pages, parse)
		middle := cpu()
		crawlWithUs(b, address, pages, parse)
		plain, ours = plain+middle-begun, ours+cpu()-middle
	}
	return float64(ours) / float64(plain), ours / rounds
}

// listLength is how many pages one list of the long crawl links to.
const listLength = 500

// BenchmarkMemoryOfALongCrawl crawls many lists in one run and compares what is in
// use after a tenth of it with the end.
func BenchmarkMemoryOfALongCrawl(b *testing.B) {
	const allowed = 16 << 20
	address := startPages(b)
	for b.Loop() {
		collection := &pipeline.PageCollection{LinkPattern: `/page/\d+\.html$`}
		for first := 0; first < *crawlPages; first += listLength {
			collection.Lists = append(collection.Lists, pipeline.ListPage{URL: fmt.Sprintf("http://%s/list/%d", host, first)})
		}
		source := pageSource(collection)
		source.Limits = pipeline.Limits{Interval: 1, MaxRequests: 2 * *crawlPages}
		c, err := New(source, Options{Resolve: map[string]string{host: address}})
		if err != nil {
			b.Fatal(err)
		}
		seen, early := 0, int64(0)
		err = c.Collect(b.Context(), pipeline.Window{}, func(context.Context, pipeline.RawDocument) error {
			if seen++; seen == *crawlPages/10 {
				early = inUse()
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		grown := inUse() - early
		b.ReportMetric(float64(grown)/(1<<20), "MiB-grown")
		if seen != *crawlPages || grown > allowed {
			b.Errorf("after %d pages the heap has grown by %d bytes, want %d pages and at most %d bytes", seen, grown, *crawlPages, allowed)
		}
		runtime.KeepAlive(c)
	}
}

func inUse() int64 {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return int64(memory.HeapAlloc)
}
