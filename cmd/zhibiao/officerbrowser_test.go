package main

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"zhibiao/internal/chromium"
	"zhibiao/portal/account"
)

// screenshotsFolder names the folder that keeps the pictures of pages.
const screenshotsFolder = "ZHIBIAO_SCREENSHOTS"

// screen is a size at which the pages are looked at.
type screen struct {
	name          string
	width, height int64
}

var screens = []screen{{"desktop", 1280, 900}, {"phone", 390, 844}, {"small-phone", 320, 568}}

// onScreen is a real browser before the pages of a desk.
type onScreen struct {
	*officerDesk
	ctx     context.Context
	url     string
	folder  string
	current screen
}

func openBrowser(t *testing.T, d *officerDesk) *onScreen {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium.Path(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("lang", "zh-CN"), chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(time.Minute))
	server := httptest.NewServer(d.site)
	t.Cleanup(server.Close)
	allocated, end := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(end)
	ctx, closeTab := chromedp.NewContext(allocated)
	t.Cleanup(closeTab)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(cancel)
	folder := os.Getenv(screenshotsFolder)
	if folder == "" {
		folder = t.TempDir()
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	return &onScreen{officerDesk: d, ctx: ctx, url: server.URL, folder: folder}
}

func (b *onScreen) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatalf("%v, on the page\n%s", err, b.text())
	}
}

// asked runs what gives an answer.
func asked[T any](b *onScreen, action chromedp.Action[T]) T {
	b.t.Helper()
	answer, err := chromedp.Run(b.ctx, action)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer
}

// click clicks what leads to another page.
func (b *onScreen) click(selector string) {
	b.t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		b.t.Fatalf("clicking %s: %v, on the page\n%s", selector, err, b.text())
	}
}

// open opens a page as somebody and keeps a picture of it. Nothing of it may stand
// outside the screen.
func (b *onScreen) open(a account.Account, path, picture string) {
	b.t.Helper()
	b.as(a)
	var options []chromedp.EmulateViewportOption
	if b.current.width < 600 {
		options = append(options, chromedp.EmulateMobile)
	}
	b.run(chromedp.EmulateViewport(b.current.width, b.current.height, options...), chromedp.Navigate(b.url+path))
	b.look(picture)
}

func (b *onScreen) look(picture string) {
	b.t.Helper()
	wide := asked(b, chromedp.Evaluate[int64]("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"))
	if wide > b.current.width {
		b.t.Errorf("%s on a %s: %d pixels wide on a screen of %d", picture, b.current.name, wide, b.current.width)
	}
	shot := asked(b, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(b.folder, "officer-"+picture+"-"+b.current.name+".png"), shot, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func (b *onScreen) text() string {
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
	if err != nil {
		return err.Error()
	}
	return text
}

// TestTheDataOfficersPagesInABrowser goes the officer's and a unit's way on each size of
// screen: the morning page, a workbook round trip with errors, a number's trace.
func TestTheDataOfficersPagesInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes a while")
	}
	d := startOfficerDesk(t)
	b := openBrowser(t, d)
	file := filepath.Join(t.TempDir(), "填报.xlsx")
	if err := os.WriteFile(file, d.withErrors(d.form()), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, s := range screens {
		b.current = s
		b.open(officer, "/morning", "morning")
		b.wants(b.text(), "今晨", "昨夜来了什么", formUnit)
		b.open(division, "/filing", "filing")
		b.run(chromedp.SetUploadFiles(chromedp.CSS("#workbook"), []string{file}))
		b.click(`form[enctype] button`)
		b.look("result")
		b.wants(b.text(), "接收 2 格，退回 1 格", "不清楚")
		if again := strings.Contains(b.text(), "以前报送过"); again != (i > 0) {
			t.Errorf("on the %s: filed before is %v", s.name, again)
		}
		marked := asked(b, chromedp.Evaluate[string](`document.querySelector('a[href$="/marked"]').getAttribute("href")`))
		if !strings.HasPrefix(d.get(marked, 200), "PK") {
			t.Error("the marked copy is no workbook")
		}
		b.open(officer, "/filing", "filing-of-all")
		b.open(division, "/filing/unit/"+formUnit, "unit")
		b.open(division, "/number/"+d.idOf(filedCell), "trace-of-a-filing")
		b.wants(b.text(), "这份文件不公开")
		b.open(officer, "/morning/source/demo-communique-trs", "source")
		b.open(analyst, "/number", "numbers-empty")
		b.run(chromedp.SetValue(chromedp.CSS("#region"), "140121"), chromedp.SetValue(chromedp.CSS("#indicator"), "gdp"))
		b.click("form button")
		b.look("numbers")
		b.click("td.number a")
		b.look("trace")
		b.wants(b.text(), "历次版本", "采用哪个来源")
		b.open(analyst, "/coverage?task=economy", "coverage")
		b.open(analyst, "/number?region=140121&lang=en", "overview-english")
		b.run(chromedp.Navigate(b.url + "/number?lang=zh")) // the browser keeps the language
	}
}
