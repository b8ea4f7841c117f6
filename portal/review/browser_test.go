package review_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"zhibiao/internal/chromium"
)

// size is the screen of a visitor.
type size struct {
	name          string
	width, height int64
	phone         bool
}

var sizes = []size{{"desktop", 1280, 800, false}, {"phone", 390, 844, true}}

// narrowest is the width down to which no page may need to be moved sideways.
const narrowest = 320

// startBrowser starts Chromium and returns a function that opens a new profile in it,
// without cookies.
func startBrowser(t *testing.T) func(t *testing.T, s size) *visitor {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium.Path(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("lang", "zh-CN"), chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(time.Minute))
	allocator, end := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(end)
	browser, endBrowser := chromedp.NewContext(allocator)
	t.Cleanup(endBrowser)
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	pictures := os.Getenv("ZHIBIAO_SCREENSHOTS")
	if pictures == "" {
		pictures = t.TempDir()
	}
	return func(t *testing.T, s size) *visitor {
		t.Helper()
		ctx, end := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
		t.Cleanup(end)
		ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
		t.Cleanup(cancel)
		v := &visitor{t: t, ctx: ctx, size: s, pictures: pictures}
		v.fit(s.width)
		return v
	}
}

// visitor is a person in front of a screen.
type visitor struct {
	t        *testing.T
	ctx      context.Context
	size     size
	pictures string
	at       string // of the pages
}

func (v *visitor) run(actions ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	if err := chromedp.Do(v.ctx, actions...); err != nil {
		v.t.Fatalf("%v, on the page\n%s", err, v.text())
	}
}

// ask runs what gives an answer.
func ask[T any](v *visitor, action chromedp.Action[T]) T {
	v.t.Helper()
	answer, err := chromedp.Run(v.ctx, action)
	if err != nil {
		v.t.Fatalf("%v, on the page\n%s", err, v.text())
	}
	return answer
}

func (v *visitor) text() string {
	text, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
	if err != nil {
		return err.Error()
	}
	return text
}

func (v *visitor) source() string { return ask(v, chromedp.OuterHTML(chromedp.CSS("html"))) }

func (v *visitor) fit(width int64) {
	v.t.Helper()
	var options []chromedp.EmulateViewportOption
	if v.size.phone {
		options = append(options, chromedp.EmulateMobile)
	}
	v.run(chromedp.EmulateViewport(width, v.size.height, options...))
}

// open opens a page and returns its text.
func (v *visitor) open(path string) string {
	v.t.Helper()
	v.run(chromedp.Navigate(v.at + path))
	return v.text()
}

// click clicks what leads to another page, and wants texts on that.
func (v *visitor) click(selector string, texts ...string) string {
	v.t.Helper()
	if _, err := chromedp.RunResponse(v.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		v.t.Fatalf("clicking %s: %v, on the page\n%s", selector, err, v.text())
	}
	return v.wants(texts...)
}

// link clicks the link of a text.
func (v *visitor) link(text string, texts ...string) string {
	v.t.Helper()
	if _, err := chromedp.RunResponse(v.ctx, chromedp.Click(fmt.Sprintf(`//a[contains(., %q)]`, text))); err != nil {
		v.t.Fatalf("clicking %s: %v, on the page\n%s", text, err, v.text())
	}
	return v.wants(texts...)
}

func (v *visitor) wants(texts ...string) string {
	v.t.Helper()
	page := v.text()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			v.t.Fatalf("%q is not on the page\n%s", text, page)
		}
	}
	return page
}

func (v *visitor) write(selector, text string) {
	v.t.Helper()
	ask(v, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector(%q).value = ""`, selector)))
	v.run(chromedp.SendKeys(chromedp.CSS(selector), text))
}

func (v *visitor) tick(selector string) {
	v.t.Helper()
	v.run(chromedp.Click(chromedp.CSS(selector)))
}

// look keeps a picture of the page, and wants it to fit the screen, and a narrow one.
func (v *visitor) look(name string) {
	v.t.Helper()
	if v.size.phone {
		v.fit(narrowest)
		v.fits(name, narrowest)
		v.fit(v.size.width)
	}
	v.fits(name, v.size.width)
	picture := ask(v, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(v.pictures, name+"-"+v.size.name+".png"), picture, 0o600); err != nil {
		v.t.Fatal(err)
	}
}

func (v *visitor) fits(name string, width int64) {
	v.t.Helper()
	if wide := ask(v, chromedp.Evaluate[int64](`Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)`)); wide > width {
		v.t.Errorf("%s is %d wide on a screen of %d", name, wide, width)
	}
}
