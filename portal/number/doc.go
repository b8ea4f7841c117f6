// Package number has the pages for people who do not write SQL: the numbers of a
// region and an indicator, the trace of one number to its place in an archived
// document, and the coverage of the sources.
//
// A reader sees what the warehouse's reading account sees: what is public. Who may
// read a county's sheet, or a coordinating unit's workbook, sees what is not public of
// it too, in the name of the platform, and of the document its own cell only. What is
// suppressed nobody sees here. Nothing is ordered by value: regions stand by code
// (promise 9).
package number

import (
	"context"
	"embed"
	"net/http"
	"time"

	"go.uber.org/zap"

	"zhibiao/configs"
	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/web"
	"zhibiao/warehouse"
)

//go:embed templates/*.html
var templates embed.FS

var views = web.MustViews(web.Sub(templates, "templates"))

// Config says what the pages stand on. All but Insider, Logger and Now is required.
type Config struct {
	Set *configs.Set
	// Reader opens the warehouse with the account that sees what is public.
	Reader func(context.Context) (*warehouse.Warehouse, error)
	// Insider opens it with one that sees all rows; what it answers is shown only to
	// those who may see it. Nil: nobody sees what is not public.
	Insider func(context.Context) (*warehouse.Warehouse, error)
	// Body returns an archived document by its hash.
	Body func(ctx context.Context, hash string) ([]byte, error)
	// Reread finds the place of an observation in its document again and does its
	// arithmetic again (promise 8).
	Reread func(body []byte, mediaType string, o *pipeline.Observation) (Place, error)
	Logger *zap.Logger
	Now    func() time.Time
}

// Place is where a number is printed and how its value comes of it.
type Place struct {
	Passage    string // sentence, row or stretch of text, with the printed text in 【 】
	Arithmetic string // 3614.2 万元 × 0.0001 = 0.36142 亿元
}

type pages struct {
	Config
	names *Names
	// places bounds how many documents are read again at once: one may take a second
	// and some hundred megabytes.
	places chan struct{}
}

const (
	maxReread = 2
	listPath  = "/number"
)

// Pages is the table of the pages.
func Pages(config Config) []web.Page {
	if config.Logger == nil {
		config.Logger = zap.NewNop()
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	p := &pages{Config: config, names: NewNames(config.Set), places: make(chan struct{}, maxReread)}
	return []web.Page{
		{Method: http.MethodGet, Pattern: listPath, Allow: web.Rule{Right: account.ReadPublished}, Query: []string{"region", "place", "indicator", "period"},
			Menu: &web.Menu{ZH: "查数据", EN: "Numbers"}, Handler: p.list},
		{Method: http.MethodGet, Pattern: listPath + "/{id}", Allow: web.Rule{Right: account.ReadPublished}, Handler: p.trace,
			Example: func(account.Object) string { return Path("aaaaaaaaaaaaaaaaaaaaaaaa") }},
		{Method: http.MethodGet, Pattern: "/coverage", Allow: web.Rule{Right: account.Export}, Query: []string{"task", "supplier"},
			Menu: &web.Menu{ZH: "数据覆盖", EN: "Coverage"}, Handler: p.coverage},
	}
}

// Path is where the trace of an observation is.
func Path(id string) string { return listPath + "/" + id }
