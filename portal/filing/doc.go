// Package filing has the pages of the provincial workbooks: what each coordinating
// unit still has to supply, the workbook that asks for it, and the form by which a
// filled one is handed in, with the answer cell by cell.
//
// What is right in a workbook is decided by zhibiao/collectors/filing and the line's
// reader; these pages decide whose cells somebody may hand in.
package filing

import (
	"context"
	"embed"
	"io"
	"net/http"
	"time"

	"zhibiao/collectors/filing"
	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/audit"
	"zhibiao/portal/number"
	"zhibiao/portal/web"
)

//go:embed templates/*.html
var templates embed.FS

var views = web.MustViews(web.Sub(templates, "templates"))

// Config says what the pages stand on. All but Now is required.
type Config struct {
	Names *number.Names
	// Units are the coordinating units, in the order of the catalogue.
	Units []string
	// Indicator returns an indicator of the catalogue.
	Indicator func(code string) (pipeline.Indicator, bool)
	// Asked returns by unit the cells that it should supply and that are not there yet
	// (promise 10).
	Asked func(ctx context.Context) (map[string][]filing.Cell, error)
	// Request returns what the workbook of a unit asks for now.
	Request func(ctx context.Context, unit string) (filing.Request, error)
	// Check judges a filled workbook cell by cell.
	Check func(r io.Reader) (filing.Result, error)
	// File puts what is right in a workbook on the line. It returns once that is
	// durable, and waits a while for it to be in the warehouse.
	File  func(ctx context.Context, result *filing.Result, name, by string) (Filed, error)
	Audit *audit.Log
	Now   func() time.Time
}

// Filed is what became of a workbook that was handed in.
type Filed struct {
	Before bool // the very same file was filed before, and counts once
	Loaded bool // it is in the warehouse already; otherwise it will be soon
}

type pages struct {
	Config
	shelf *shelf
	// places bounds how many workbooks are checked at once: one takes some hundred
	// megabytes while it is open.
	places chan struct{}
}

const (
	maxChecks = 2
	// maxBody leaves room for the frame that a browser puts around a file.
	maxBody = filing.MaxBody + 64<<10
)

// Pages is the table of the pages.
func Pages(config Config) []web.Page {
	if config.Now == nil {
		config.Now = time.Now
	}
	p := &pages{Config: config, shelf: newShelf(config.Now), places: make(chan struct{}, maxChecks)}
	ofUnit := web.Rule{Right: account.ReadWorkbook, Object: web.InPath}
	ofResult := web.Rule{Right: account.File, Object: p.ofResult}
	return []web.Page{
		{Method: http.MethodGet, Pattern: "/filing", Allow: web.Rule{Right: account.ReadWorkbook}, Menu: &web.Menu{ZH: "省级报送", EN: "Provincial filing"}, Handler: p.overview},
		{Method: http.MethodGet, Pattern: "/filing/unit/{unit}", Allow: ofUnit, Handler: p.unit},
		{Method: http.MethodGet, Pattern: "/filing/workbook/{unit}", Allow: ofUnit, Handler: p.workbook},
		{Method: http.MethodPost, Pattern: "/filing", Allow: web.Rule{Right: account.File}, MaxBody: maxBody, Handler: p.upload},
		{Method: http.MethodGet, Pattern: "/filing/result/{id}", Allow: ofResult, Handler: p.result, Example: resultExample("")},
		{Method: http.MethodGet, Pattern: "/filing/result/{id}/marked", Allow: ofResult, Handler: p.marked, Example: resultExample("/marked")},
	}
}

func resultExample(rest string) func(account.Object) string {
	return func(account.Object) string { return "/filing/result/none" + rest }
}
