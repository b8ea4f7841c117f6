// Package supplement has the pages of county staff: one short sheet of what only the
// county can supply, what is known of it and from where, its objections and its own
// indicators.
//
// It decides nothing about numbers: what may be asked, entered or taken back is the
// desk's to say (zhibiao/collectors/supplement), which checks role and region again
// behind the guard of the pages.
package supplement

import (
	"embed"
	"net/http"

	desk "zhibiao/collectors/supplement"
	"zhibiao/pipeline"
	"zhibiao/portal/account"
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
	Units      []pipeline.Unit
	// Trace is the path in front of an observation's id where its trace is shown, such
	// as /number/; "" for no links.
	Trace string
}

type pages struct {
	Config
	names  *Names
	places chan struct{} // for bodies with attachments
}

// maxUploads is how many bodies with attachments are read at once: each is in memory.
const maxUploads = 12

const (
	maxBody      = 64 << 20 // several photos of a phone
	maxSmallBody = 64 << 10
)

// Pages is the table of the pages of county staff.
func Pages(config Config) []web.Page {
	p := &pages{Config: config, names: NewNames(config.Regions, config.Indicators), places: make(chan struct{}, maxUploads)}
	read := web.Rule{Right: account.ReadSheet, Object: web.InPath}
	enter := web.Rule{Right: account.Enter, Object: web.InPath}
	table := []web.Page{
		stylesPage(),
		{Pattern: "/supplement", Allow: web.Rule{Right: account.ReadSheet}, Menu: &web.Menu{ZH: "县级填报", EN: "County sheet"}, Handler: p.begin},
		{Pattern: "/supplement/{region}", Allow: read, Query: []string{cellParameter, savedParameter}, Handler: p.sheet},
		{Pattern: "/supplement/{region}/receipt/{at}", Allow: read, Handler: p.receipt},
		{Pattern: "/supplement/{region}/entry/{cell}", Allow: read, Handler: p.entry},
		{Pattern: "/supplement/{region}/known", Allow: read, Query: []string{taskParameter}, Handler: p.known},
		{Pattern: "/supplement/{region}/own", Allow: read, Handler: p.own},
		{Pattern: "/supplement/{region}/evidence/{hash}", Allow: read, Handler: p.evidence},
		{Pattern: "/supplement/{region}/dispute/{observation}", Allow: enter, Handler: p.objection},

		{Method: http.MethodPost, Pattern: "/supplement/{region}", Allow: enter, MaxBody: maxBody, Handler: p.save},
		{Method: http.MethodPost, Pattern: "/supplement/{region}/withdraw", Allow: enter, Handler: p.withdraw},
		{Method: http.MethodPost, Pattern: "/supplement/{region}/own", Allow: enter, MaxBody: maxSmallBody, Handler: p.addOwn},
		{Method: http.MethodPost, Pattern: "/supplement/{region}/dispute/{observation}", Allow: enter, MaxBody: maxBody, Handler: p.object},
		{Method: http.MethodPost, Pattern: "/supplement/{region}/drop", Allow: enter, Handler: p.drop},
	}
	for i := range table {
		if table[i].Method == "" {
			table[i].Method = http.MethodGet
		}
		if table[i].Example != nil {
			continue
		}
		pattern := table[i].Pattern
		table[i].Example = func(o account.Object) string { return examplePath(pattern, o.Region) }
	}
	return table
}

// begin leads a county to its sheet, and reviewers to those of their counties.
func (p *pages) begin(w http.ResponseWriter, r *http.Request) error {
	a, _ := account.From(r.Context())
	if a.Role == account.County {
		return web.SeeOther(w, r, sheetPath(a.Region))
	}
	return views.Show(w, r, http.StatusOK, "counties.html", p.names.Counties(a.Region))
}
