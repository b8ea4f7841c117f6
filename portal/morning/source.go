package morning

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"zhibiao/pipeline"
	"zhibiao/portal/number"
	"zhibiao/portal/web"
	"zhibiao/warehouse"
)

// Bounds of the lists of a page.
const (
	maxNumbers  = 500
	maxRefusals = 200
)

// sourceView is what came of one source, thing by thing.
type sourceView struct {
	Name, Title string
	Since       string
	Never       bool // nobody has seen it work live
	Failures    []string
	Held        []heldView
	Documents   []documentView
	Numbers     []numberView
	CutNumbers  bool
	Refusals    []refusalView
	CutRefusals bool
	Behind      []behindView
}

type documentView struct {
	Title, URL, Link string
	Fetched          string
	Rows, Refusals   uint64
	Inside           bool
	Hash             string // short
}

type numberView struct {
	Region, Code string
	Indicator    number.Words
	Period       number.Words
	Op           pipeline.Op
	Value, Unit  string
	Previous     string // of a revision
	First        bool
	Path         string
}

type refusalView struct {
	Reason             number.Words
	Label, Quote       string
	Detail, Place      string
	Numbers            uint64
	Title, Link, Since string
}

// behindView is one indicator and period that a source should have brought.
type behindView struct {
	Indicator number.Words
	Period    number.Words
	Due       string
	Days      int
	Numbers   int
}

// source is what came of one source: GET /morning/source/{source}.
func (p *pages) source(w http.ResponseWriter, r *http.Request) error {
	s, err := p.spanOf(r)
	if err != nil {
		return err
	}
	name := r.PathValue("source")
	i := slices.IndexFunc(p.Sources, func(s *pipeline.Source) bool { return s.Name == name })
	if i < 0 {
		return web.Refuse(http.StatusNotFound, "没有这个来源。", "There is no such source.")
	}
	v := sourceView{Name: name, Title: p.Names.Source(name), Since: number.Moment(s.Since), Never: p.Sources[i].Verified == "never" && p.Sources[i].Schedule != ""}
	for _, read := range []func(context.Context, span, *sourceView) error{p.readFailures, p.readHeldOf, p.readDocuments, p.readNumbers, p.readRefusals, p.readBehind} {
		if err := read(r.Context(), s, &v); err != nil {
			return pipeline.WithExit(pipeline.ExitEnvironment, err)
		}
	}
	return views.Show(w, r, http.StatusOK, "source.html", v)
}

func (p *pages) readFailures(ctx context.Context, s span, v *sourceView) error {
	w, err := p.Warehouse(ctx)
	if err != nil {
		return err
	}
	return each(ctx, w, runsSince, warehouse.Parameters{"since": s.text()}, func(scan func(...any) error) error {
		var name string
		var c came
		if err := scan(&name, &c.Runs, &c.Fetched, &c.Fresh, &c.Confirmed, &c.Failures); err != nil {
			return err
		}
		if name == v.Name {
			v.Failures = c.Failures
		}
		return nil
	})
}

func (p *pages) readHeldOf(ctx context.Context, s span, v *sourceView) error {
	var all view
	if err := p.readHeld(ctx, s, &all); err != nil {
		return err
	}
	for _, h := range all.Held {
		if h.Name == v.Name {
			v.Held = append(v.Held, h)
		}
	}
	return nil
}

const documentsSince = `SELECT title, url, fetched_at, toUInt64(rows_published), toUInt64(refusals), toString(access), hash
	FROM document FINAL WHERE source = {source:String} AND fetched_at >= {since:DateTime64(3, 'UTC')} ORDER BY fetched_at, lineage, version LIMIT 200`

func (p *pages) readDocuments(ctx context.Context, s span, v *sourceView) error {
	w, err := p.Warehouse(ctx)
	if err != nil {
		return err
	}
	return each(ctx, w, documentsSince, s.of(v.Name), func(scan func(...any) error) error {
		var d documentView
		var fetched time.Time
		var address, open, hash string
		if err := scan(&d.Title, &address, &fetched, &d.Rows, &d.Refusals, &open, &hash); err != nil {
			return err
		}
		d.Fetched, d.Inside, d.Hash = number.Moment(fetched), open != string(pipeline.AccessPublic), hash[:min(len(hash), 12)]
		d.URL, d.Link = number.Address(address)
		v.Documents = append(v.Documents, d)
		return nil
	})
}

// of are the parameters of a query about one source.
func (s span) of(source string) warehouse.Parameters {
	return warehouse.Parameters{"source": source, "since": s.text()}
}

// numbersOf lists what a source newly said, by code of the region (promise 9). What is
// suppressed is not among it.
const numbersOf = `SELECT toString(region), toString(indicator), toString(freq), toString(basis), period_end, toString(op), value, previous_value, toUInt64(vintage), toString(unit), id
	FROM revisions WHERE source = {source:String} AND known_at >= {since:DateTime64(3, 'UTC')} AND access != 'suppressed'
		AND (indicator, region, dims, if(basis = 'end', 'stock', 'flow'), if(basis = 'end', period_end, period_start), period_end, boundary) NOT IN
			(SELECT indicator, region, dims, kind, period_start, period_end, boundary FROM suppression)
	ORDER BY region, indicator, period_end, freq, basis, vintage LIMIT 501`

func (p *pages) readNumbers(ctx context.Context, s span, v *sourceView) error {
	w, err := p.Warehouse(ctx)
	if err != nil {
		return err
	}
	err = each(ctx, w, numbersOf, s.of(v.Name), func(scan func(...any) error) error {
		var n numberView
		var freq, basis, op, code, id string
		var end time.Time
		var value, previous *decimal.Decimal
		var vintage uint64
		if err := scan(&n.Code, &code, &freq, &basis, &end, &op, &value, &previous, &vintage, &n.Unit, &id); err != nil {
			return err
		}
		n.Region, n.Indicator = p.Names.Region(n.Code, end.Year()), p.Names.Indicator(code)
		n.Period, n.Op, n.First, n.Path = number.Period(number.PeriodEnding(freq, basis, end)), pipeline.Op(op), vintage == 1, number.Path(id)
		if value != nil {
			n.Value = value.String()
		}
		if previous != nil {
			n.Previous = previous.String()
		}
		v.Numbers = append(v.Numbers, n)
		return nil
	})
	if len(v.Numbers) > maxNumbers {
		v.Numbers, v.CutNumbers = v.Numbers[:maxNumbers], true
	}
	return err
}

// refusalsOf lists what of a source cannot be read, the newest document first.
const refusalsOf = `SELECT toString(refusal.reason), refusal.label, refusal.quote, refusal.detail, refusal.locator, toUInt64(refusal.numbers), refusal.known_at, origin.title, origin.url
	FROM open_refusals AS refusal
	LEFT ANY JOIN (SELECT version, title, url FROM document FINAL WHERE source = {source:String}) AS origin ON origin.version = refusal.version
	WHERE refusal.source = {source:String}
	ORDER BY refusal.known_at DESC, refusal.lineage, refusal.place, refusal.label LIMIT 201`

func (p *pages) readRefusals(ctx context.Context, _ span, v *sourceView) error {
	w, err := p.Warehouse(ctx)
	if err != nil {
		return err
	}
	err = each(ctx, w, refusalsOf, warehouse.Parameters{"source": v.Name}, func(scan func(...any) error) error {
		var one refusalView
		var reason, address string
		var known time.Time
		if err := scan(&reason, &one.Label, &one.Quote, &one.Detail, &one.Place, &one.Numbers, &known, &one.Title, &address); err != nil {
			return err
		}
		one.Reason, one.Label, one.Quote, one.Since = refusalReason(reason), clip(one.Label), clip(one.Quote), number.Moment(known)
		_, one.Link = number.Address(address)
		v.Refusals = append(v.Refusals, one)
		return nil
	})
	if len(v.Refusals) > maxRefusals {
		v.Refusals, v.CutRefusals = v.Refusals[:maxRefusals], true
	}
	return err
}

// readBehind lists what the source should have brought, by indicator and period: which
// counties it is of does not matter for mending it.
func (p *pages) readBehind(ctx context.Context, _ span, v *sourceView) error {
	absent, err := p.behind(ctx, v.Name)
	if err != nil {
		return err
	}
	slices.SortStableFunc(absent, func(a, b warehouse.Absent) int {
		if d := p.Names.Order(a.Indicator) - p.Names.Order(b.Indicator); d != 0 {
			return d
		}
		return strings.Compare(key(a), key(b))
	})
	for i, a := range absent {
		if i == 0 || a.Indicator != absent[i-1].Indicator || key(a) != key(absent[i-1]) {
			v.Behind = append(v.Behind, behindView{Indicator: p.Names.Indicator(a.Indicator), Period: number.Period(a.Period), Due: a.DueOn.String(), Days: p.days(a.DueOn.Time())})
		}
		v.Behind[len(v.Behind)-1].Numbers++
	}
	return nil
}

func key(a warehouse.Absent) string {
	return a.Period.End.String() + string(a.Period.Freq) + string(a.Period.Basis)
}
