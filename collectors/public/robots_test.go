package public

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"zhibiao/pipeline"
)

func TestRobotsTxtIsObeyed(t *testing.T) {
	text := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }
	}
	tests := []struct {
		name   string
		robots http.HandlerFunc
		kind   error // nil: allowed
		asked  int   // for robots.txt
	}{
		{"a file that forbids the page", text("User-agent: *\nDisallow: /a"), ErrRobots, 1},
		{"a file that forbids others", text("User-agent: other\nDisallow: /"), nil, 1},
		{"a page instead of the file", html(article("首页")), nil, 1},
		{"no file", status(404), nil, 1},
		{"a file that is forbidden", status(403), nil, 1},
		{"a server that fails forbids everything", status(500), ErrRobots, 1},
		{"a busy server forbids everything", status(503), ErrRobots, 3},
		{"a file that has moved", redirect("/moved"), ErrRobots, 1},
		{"redirects in a circle are no file", redirect("/robots.txt"), nil, 6},
		{"a file of which only the beginning is read", text("User-agent: *\nDisallow: /a\n" + strings.Repeat("# padding\n", 100<<10)), ErrRobots, 1},
		{"a rule beyond 512 KiB", text(strings.Repeat("#padding\n", 60<<10) + "User-agent: *\nDisallow: /a\n"), nil, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t)
			s.pages["/robots.txt"], s.pages["/a"], s.pages["/a2"] = test.robots, html(article("一")), html(article("二"))
			s.pages["/moved"] = text("user-agent: Zhibiao/2\ndisallow: /a")
			got, err := collect(t, direct("/a", "/a2"), s.options(), pipeline.Window{})
			if test.kind == nil && (err != nil || len(got) != 2) {
				t.Errorf("got %d documents and %v, want both pages", len(got), err)
			}
			if test.kind != nil && (!errors.Is(err, test.kind) || len(got) != 0 || s.count("/a") != 0) {
				t.Errorf("got %d documents and %v, want %v", len(got), err, test.kind)
			}
			if n := s.count("/robots.txt"); n != test.asked {
				t.Errorf("asked for robots.txt %d times, want %d", n, test.asked)
			}
		})
	}
}

func TestRobotsTxtIsReadAgainAfterADay(t *testing.T) {
	s := newSite(t)
	s.pages["/a"] = html(article("一"))
	c, err := New(direct("/a"), s.options())
	if err != nil {
		t.Fatal(err)
	}
	for _, wait := range []time.Duration{0, time.Hour, robotsLife} {
		s.time.sleep(t.Context(), wait)
		if _, err := collectWith(t.Context(), c, pipeline.Window{}); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.count("/robots.txt"); n != 2 {
		t.Errorf("asked for robots.txt %d times in three runs, want 2", n)
	}
}

func TestRedirectsAskRobotsTxtToo(t *testing.T) {
	s := newSite(t)
	s.pages["/robots.txt"] = func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "User-agent: *\nDisallow: /hidden") }
	s.pages["/a"], s.pages["/hidden"] = redirect("/hidden"), html(article("一"))
	if _, err := collect(t, direct("/a"), s.options(), pipeline.Window{}); !errors.Is(err, ErrRobots) || s.count("/hidden") != 0 {
		t.Fatalf("got %v, want the redirect refused", err)
	}
}

func TestRulesOfRFC9309(t *testing.T) {
	tests := []struct {
		name, file, path string
		allowed          bool
	}{
		{"an empty file", "", "/a", true},
		{"the longest match wins", "User-agent: *\nDisallow: /a/\nAllow: /a/b", "/a/b/c", true},
		{"the longest match wins, order aside", "User-agent: *\nAllow: /a/b\nDisallow: /a/b/c", "/a/b/c", false},
		{"of two equal rules the allowing one wins", "User-agent: *\nDisallow: /a\nAllow: /a", "/a", true},
		{"our group replaces that of everyone", "User-agent: *\nDisallow: /\nUser-agent: zhibiao\nDisallow: /b", "/a", true},
		{"our groups are joined", "User-agent: ZHIBIAO\nDisallow: /a\n\nUser-agent: x\nDisallow: /c\n\nUser-agent: zhibiao/1.0\nDisallow: /b", "/b", false},
		{"our group may be empty", "User-agent: zhibiao\nDisallow:\nUser-agent: *\nDisallow: /", "/a", true},
		{"a name that only begins like ours", "User-agent: zhibiao-news\nDisallow: /", "/a", true},
		{"several agents share rules", "User-agent: x\nUser-agent: zhibiao\n\nDisallow: /a", "/a", false},
		{"rules before any agent count for nobody", "Disallow: /\nUser-agent: *\nDisallow: /b", "/a", true},
		{"unknown lines do not end a group", "User-agent: *\nSitemap: http://x/\nnonsense\nDisallow: /a", "/a", false},
		{"comments, spaces and old line ends", "\xef\xbb\xbfUSER-AGENT : * # all\rDISALLOW:/a # here\r\n", "/a", false},
		{"a pattern is anchored at the beginning", "User-agent: *\nDisallow: /a*b", "/x/a-b", true},
		{"a star stands for anything", "User-agent: *\nDisallow: /*.xls", "/d/t.xlsx", false},
		{"a dollar is the end", "User-agent: *\nDisallow: /*.xls$", "/d/t.xlsx", true},
		{"a dollar is the end, and is met", "User-agent: *\nDisallow: /*.xls$", "/d.xls/t.xls", false},
		{"a query belongs to the path", "User-agent: *\nDisallow: /*?p=", "/a?p=1", false},
		{"percent-encoding is compared as one", "User-agent: *\nDisallow: /公报", "/%e5%85%AC%E6%8A%A5/1", false},
		{"unreserved letters are compared bare", "User-agent: *\nDisallow: /%61%7Eb", "/a~b", false},
		{"an encoded slash is no slash", "User-agent: *\nDisallow: /a%2Fb", "/a/b", true},
		{"a percent sign that encodes nothing is a percent sign", "User-agent: *\nDisallow: /100%", "/100%25", false},
		{"robots.txt itself is allowed", "User-agent: *\nDisallow: /", "/robots.txt", true},
		{"stars in a row cost no time", "User-agent: *\nDisallow: /" + strings.Repeat("*a", 5000) + "b$", "/" + strings.Repeat("a", 5000), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := parseRobots([]byte(test.file)).allows(test.path); got != test.allowed {
				t.Errorf("allows %.80s is %v, want %v", test.path, got, test.allowed)
			}
		})
	}
}

func FuzzRobots(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /%6\nCrawl-delay: 1e9\nAllow: /*$"), "/a%")
	f.Add([]byte("user-agent:zhibiao\rcrawl-delay:NaN"), "")
	f.Fuzz(func(t *testing.T, file []byte, path string) {
		rules := parseRobots(file)
		rules.allows(path)
		if rules.delay < 0 {
			t.Fatalf("delay %s", rules.delay)
		}
		if once := normalPath(path); normalPath(once) != once {
			t.Fatalf("%q becomes %q and then %q", path, once, normalPath(once))
		}
	})
}
