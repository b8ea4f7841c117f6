// Package morning has the page that the data officer of the province reads in the
// morning: what came in last night, what was held or refused and why, what is overdue,
// and whose move it is.
//
// It lists things to do and no counties: nothing on it lines them up by completeness,
// time or value (promise 9). An overdue public source is our task and is put to us
// (promise 10). A part that cannot be read just now is said to be so; the others are
// shown all the same.
package morning

import (
	"context"
	"embed"
	"net/http"
	"time"

	"go.uber.org/zap"

	"zhibiao/collectors/filing"
	"zhibiao/pipeline"
	"zhibiao/pipeline/observe"
	"zhibiao/portal/account"
	"zhibiao/portal/number"
	"zhibiao/portal/web"
	"zhibiao/warehouse"
)

//go:embed templates/*.html
var templates embed.FS

var views = web.MustViews(web.Sub(templates, "templates"))

// Config says what the pages stand on. All but Logger and Now is required.
type Config struct {
	Names   *number.Names
	Sources []*pipeline.Source
	// Warehouse opens the warehouse with an account that sees all rows: workbooks and
	// entries are among what came in. What is suppressed is not shown all the same.
	Warehouse func(context.Context) (*warehouse.Warehouse, error)
	// Held returns the tables that wait for somebody to look at them.
	Held func(context.Context) ([]Held, error)
	// Late returns the sources whose run is overdue.
	Late func(context.Context) ([]observe.Expectation, error)
	// Asked returns by coordinating unit the cells that it should supply.
	Asked func(context.Context) (map[string][]filing.Cell, error)
	Units []string // coordinating units in the order of the catalogue
	// Waiting returns how many entries and disputes wait for an account.
	Waiting func(context.Context, account.Account) (entries, disputes int, err error)
	// SetAside returns how many messages were set aside because they cannot be
	// processed as they are, and the sources that were stopped because of too many.
	SetAside func(context.Context) (messages int, stopped []string, err error)
	Logger   *zap.Logger
	Now      func() time.Time
}

// Held is a document with tables that are not published until somebody accepts them.
type Held struct {
	Source, Title, URL string
	Document           string // SHA-256
	Tables             []pipeline.Held
}

type pages struct{ Config }

// reviewPath is where entries and disputes wait.
const reviewPath = "/review"

// Pages is the table of the pages.
func Pages(config Config) []web.Page {
	if config.Logger == nil {
		config.Logger = zap.NewNop()
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	p := &pages{config}
	rule := web.Rule{Right: account.Tend}
	return []web.Page{
		{Method: http.MethodGet, Pattern: "/morning", Allow: rule, Query: []string{daysParameter}, Menu: &web.Menu{ZH: "今晨", EN: "Morning"}, Handler: p.morning},
		{Method: http.MethodGet, Pattern: "/morning/source/{source}", Allow: rule, Query: []string{daysParameter}, Handler: p.source,
			Example: func(account.Object) string { return "/morning/source/provincial-workbook" }},
	}
}
