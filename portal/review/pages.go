// Package review has the pages of city and provincial reviewers: what waits for the one
// who looks, one by one by the codes of counties, and nothing that could be read as a
// comparison of counties (promise 9).
package review

import (
	"embed"
	"net/http"

	desk "zhibiao/collectors/supplement"
	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/supplement"
	"zhibiao/portal/web"
)

//go:embed templates/*.html
var templates embed.FS

var views = web.MustViews(web.Sub(templates, "templates"))

// Config says what the pages stand on. All but Trace is required.
type Config struct {
	Desk       *desk.Desk
	Regions    []pipeline.Region
	Indicators []pipeline.Indicator
	// Trace is the path in front of an observation's id where its trace is shown; ""
	// for no links.
	Trace string
}

type pages struct {
	Config
	names *supplement.Names
}

// maxBody holds the decisions on a page of entries, each with a text of its own.
const maxBody = 4 << 20

// Pages is the table of the pages of reviewers.
func Pages(config Config) []web.Page {
	p := &pages{Config: config, names: supplement.NewNames(config.Regions, config.Indicators)}
	comment := web.Rule{Right: account.Comment}
	decide := web.Rule{Right: account.Decide, Object: web.InPath}
	example := func(o account.Object) string { return disputePath(o.Region, "1") }
	return []web.Page{
		{Method: http.MethodGet, Pattern: listPath, Allow: comment, Query: []string{withinParameter}, Menu: &web.Menu{ZH: "待我审核", EN: "For review"}, Handler: p.list},
		{Method: http.MethodPost, Pattern: listPath, Allow: comment, MaxBody: maxBody, Handler: p.decide},
		{Method: http.MethodGet, Pattern: "/review/{region}/dispute/{id}", Allow: decide, Example: example, Handler: p.dispute},
		{Method: http.MethodPost, Pattern: "/review/{region}/dispute/{id}", Allow: decide, Example: example, Handler: p.endDispute},
	}
}
