package statsite

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// maxQuestion bounds the body of a POST; whole-country questions are far below it.
const maxQuestion = 4 << 20

// Handler serves every virtual host, told apart by the Host header; a port in it is ignored.
// A host that does not exist answers 421, a page that does not exist 404.
func (w *World) Handler() http.Handler { return http.HandlerFunc(w.serve) }

func (w *World) serve(out http.ResponseWriter, r *http.Request) {
	host, night := virtualHost(r), w.Night()
	city, isBureau := w.hosts[host]
	if !isBureau && host != hostNBS && host != hostYearbook {
		http.Error(out, fmt.Sprintf("no host %q on this site", host), http.StatusMisdirectedRequest)
		return
	}
	if r.URL.Path == "/robots.txt" {
		w.serveRobots(out)
		return
	}
	if host == hostNBS {
		w.serveNBS(out, r, night)
		return
	}
	page, found := w.yearbookPage(r.URL.Path, night)
	if isBureau {
		page, found = w.bureauPage(city, r.URL.Path, night)
	}
	if !found {
		http.NotFound(out, r)
		return
	}
	send(out, page)
}

func virtualHost(r *http.Request) string {
	host := strings.ToLower(r.Host)
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// serveRobots keeps crawlers out of the folders that hold nothing.
func (w *World) serveRobots(out http.ResponseWriter) {
	out.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprint(out, "User-agent: *\nDisallow: /admin/\nDisallow: /search/\n")
	if w.config.CrawlDelay > 0 {
		fmt.Fprintf(out, "Crawl-delay: %d\n", w.config.CrawlDelay)
	}
}

// bureauPage finds a list page or an article of a city's host.
func (w *World) bureauPage(city Region, path string, night int) (document, bool) {
	if page, isList := listPageAt(city, path); isList {
		return w.listPage(city, page, night)
	}
	if a, isArticle := w.articleAt(city, path); isArticle {
		return w.article(a, night)
	}
	return document{}, false
}

// serveNBS answers the two interfaces and the page that opens a session.
func (w *World) serveNBS(out http.ResponseWriter, r *http.Request, night int) {
	switch r.URL.Path {
	case pathSession:
		http.SetCookie(out, &http.Cookie{Name: "JSESSIONID", Value: "demo", Path: "/"})
		send(out, document{contentType: "text/html; charset=utf-8", text: "<!DOCTYPE html><html><body>国家数据（演示数据）</body></html>"})
	case pathESData:
		w.serveESData(out, r, night)
	case pathEasy:
		r.Body = http.MaxBytesReader(out, r.Body, maxQuestion)
		if err := r.ParseForm(); err != nil {
			http.Error(out, "unreadable form", http.StatusBadRequest)
			return
		}
		send(out, w.easyDocument(Request{Method: r.Method}, r.Form))
	default:
		http.NotFound(out, r)
	}
}

func (w *World) serveESData(out http.ResponseWriter, r *http.Request, night int) {
	if r.Method != http.MethodPost {
		out.Header().Set("Allow", http.MethodPost)
		http.Error(out, "POST only", http.StatusMethodNotAllowed)
		return
	}
	asked, err := io.ReadAll(http.MaxBytesReader(out, r.Body, maxQuestion))
	if err != nil {
		http.Error(out, "unreadable question", http.StatusBadRequest)
		return
	}
	body, complete := readESBody(string(asked))
	if !complete {
		http.Error(out, `{"timestamp":0,"status":500,"error":"Internal Server Error"}`, http.StatusInternalServerError)
		return
	}
	send(out, w.esDocument(body, string(asked), night))
}

// answer makes the document of one of World.Requests.
func (w *World) answer(request Request, night int) document {
	if request.Source == SourceNBS {
		body, _ := readESBody(request.Body)
		return w.esDocument(body, request.Body, night)
	}
	encoded := request.Body
	if request.Method == http.MethodGet {
		_, encoded, _ = strings.Cut(request.URL, "?")
	}
	form, err := url.ParseQuery(encoded)
	if err != nil {
		panic(fmt.Sprintf("statsite: reading our own request %s: %v", request.URL, err))
	}
	return w.easyDocument(request, form)
}

// send writes a document as it goes over the wire. Writing to a client that left is no error of the site.
func send(out http.ResponseWriter, d document) {
	header := out.Header()
	if d.contentType == "" {
		header["Content-Type"] = nil // keeps net/http from guessing one
	} else {
		header.Set("Content-Type", d.contentType)
	}
	body := d.bytes()
	header.Set("Content-Length", fmt.Sprint(len(body)))
	_, _ = out.Write(body)
}

// bytes encodes the text; a character that GBK lacks becomes a numeric reference, as the publishing systems do.
func (d document) bytes() []byte {
	if !d.gbk {
		return []byte(d.text)
	}
	encoded, err := encoding.HTMLEscapeUnsupported(simplifiedchinese.GBK.NewEncoder()).String(d.text)
	if err != nil {
		panic(fmt.Sprintf("statsite: encoding %s as GBK: %v", d.url, err))
	}
	return []byte(encoded)
}
