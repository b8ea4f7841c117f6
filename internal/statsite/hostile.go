package statsite

import (
	"fmt"
	"net/http"
	"strings"
)

// hostileZone ends the hosts that misbehave, one host a behaviour, so that the
// manners of one do not spoil another: http://slow-drip.hostile.example/page.html.
const hostileZone = ".hostile.example"

// Paths on every hostile host.
const (
	HostilePage = "/page.html"         // the page that misbehaves
	HostileGood = "/good.html"         // a page that does not
	HostileList = "/column/index.html" // a list, where the list misbehaves
	HostileLink = `/column/\d{6}/t\d{8}_\d+\.s?html$`
)

// Behaviour is a way in which a publisher's host misbehaves.
type Behaviour struct {
	Name string
	Says string // what it does
	List bool   // it is a list's, under HostileList; else a page's, under HostilePage
	play func(s *Site, out http.ResponseWriter, r *http.Request, visit int)
}

// Host is the virtual host that behaves so.
func (b Behaviour) Host() string { return b.Name + hostileZone }

// URL is where the behaviour is met.
func (b Behaviour) URL() string {
	if b.List {
		return "http://" + b.Host() + HostileList
	}
	return "http://" + b.Host() + HostilePage
}

// Behaviours gives every hostile behaviour, in the order of the documentation.
func Behaviours() []Behaviour {
	all := append(transferBehaviours(), answerBehaviours()...)
	return append(append(all, siteBehaviours()...), listBehaviours()...)
}

// hostile answers for a hostile host, false where there is none of the name.
func (s *Site) hostile(host string, out http.ResponseWriter, r *http.Request) bool {
	name, isHostile := strings.CutSuffix(host, hostileZone)
	if !isHostile {
		return false
	}
	for _, b := range Behaviours() {
		if b.Name == name {
			s.behave(b, out, r)
			return true
		}
	}
	return false
}

// behave plays robots.txt and the good page straight, unless they are what
// misbehaves, and counts the visits to everything else.
func (s *Site) behave(b Behaviour, out http.ResponseWriter, r *http.Request) {
	robots := strings.HasPrefix(b.Name, "robots-")
	switch {
	case r.URL.Path == "/robots.txt" && !robots:
		http.NotFound(out, r)
	case r.URL.Path == HostileGood && !robots:
		sendHTML(out, hostileArticle("正常页面", 1))
	default:
		b.play(s, out, r, s.visit(b.Host()+r.URL.RequestURI()))
	}
}

// visit counts the visits of an address, from 1.
func (s *Site) visit(address string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.visits[address]++
	return s.visits[address]
}

func sendHTML(out http.ResponseWriter, text string) {
	out.Header().Set("Content-Type", "text/html; charset=utf-8")
	out.Header().Set("Content-Length", fmt.Sprint(len(text)))
	_, _ = out.Write([]byte(text))
}

// hostileArticle is a communiqué of no place, with figures that follow from n.
func hostileArticle(title string, n int) string {
	return fmt.Sprintf(`<!DOCTYPE html><html><head><meta charset="utf-8"><title>%s</title></head><body><h1>%s</h1>
<p>%s初步核算，全年地区生产总值%d.%d亿元，按不变价格计算，比上年增长%d.%d%%。其中，第一产业增加值%d.%d亿元，第二产业增加值%d.%d亿元，第三产业增加值%d.%d亿元。</p>
<p>一般公共预算收入%d.%d亿元。规模以上工业增加值增长%d.%d%%。年末常住人口%d.%d万人。</p></body></html>`,
		title, title, demoNote, 100+n, n%10, n%9, n%10, 10+n, n%10, 40+n, n%10, 50+n, n%10, 8+n, n%10, n%7, n%10, 20+n, n%10)
}
