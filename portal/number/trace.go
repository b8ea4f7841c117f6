package number

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"go.uber.org/zap"

	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/web"
	"zhibiao/warehouse"
)

// traceView is what the template of a trace sees.
type traceView struct {
	ID         string
	Code       string
	Indicator  Words
	RegionCode string
	Region     string
	Period     Words
	Dims       string
	Value      string
	Unit       string
	Status     Words
	Flags      []Words
	Op         pipeline.Op
	Prior      string
	Inside     bool // the row or its document is not public

	Printed    string
	Passage    *passage // nil where only the number's own cell is shown
	Arithmetic string
	Unreadable bool // the document could not be read again just now

	Source    string
	Supplier  Words
	Title     string
	URL       string // "" for none
	Link      string // URL where a browser may follow it
	Published string
	Fetched   string
	Hash      string
	Locator   string
	Bytes     string

	Vintages []vintage
	Choice   *chosen // between the sources, nil where the number is nobody's any more
	Series   string  // path
}

// passage is the text around a number, taken apart at the number.
type passage struct{ Before, Marked, After string }

var errNoNumber = &web.Problem{Status: http.StatusNotFound, ZH: "没有这个编号的数据，或者它不公开。", EN: "No number has this id, or it is not public."}

// trace is the way of one number back to its document: GET /number/{id} (promise 8).
func (p *pages) trace(w http.ResponseWriter, r *http.Request) error {
	a, _ := account.From(r.Context())
	found, err := p.findNumber(r.Context(), &a, r.PathValue("id"))
	if err != nil {
		return err
	}
	v := p.describe(&found)
	if err := p.locate(r.Context(), &found, &v); err != nil {
		return err
	}
	if err := p.compare(r.Context(), &a, &found, &v); err != nil {
		return err
	}
	return views.Show(w, r, http.StatusOK, "trace.html", v)
}

// compare sets a number against what else is said of it, as far as an account sees it.
func (p *pages) compare(ctx context.Context, a *account.Account, found *warehouse.Traced, v *traceView) error {
	o := &found.Observation
	inner, inside, err := p.warehouseFor(ctx, a, v.RegionCode)
	if err != nil {
		return err
	}
	if !inside && o.Access != pipeline.AccessPublic { // a coordinating unit's own: it sees what is in its workbooks
		inner, err = p.Insider(ctx)
		if err != nil {
			return unavailable("opening the warehouse", err)
		}
	}
	sees := func(supplier, open string) bool {
		return open == string(pipeline.AccessPublic) || open == string(pipeline.AccessRestricted) && p.maySee(a, o, pipeline.Supplier(supplier))
	}
	if v.Vintages, err = p.vintages(ctx, inner, o, v.ID, sees); err != nil {
		return err
	}
	v.Choice, err = p.choice(ctx, inner, o, v.ID, v.Vintages, sees)
	return err
}

// findNumber finds the observation of an id that an account may see. What it may not
// see is answered as if it were not there.
func (p *pages) findNumber(ctx context.Context, a *account.Account, id string) (warehouse.Traced, error) {
	if _, err := pipeline.ParseObservationID(id); err != nil {
		return warehouse.Traced{}, errNoNumber
	}
	reader, err := p.Reader(ctx)
	if err != nil {
		return warehouse.Traced{}, unavailable("opening the warehouse", err)
	}
	found, err := reader.Trace(ctx, id)
	if err == nil && found.Observation.Access == pipeline.AccessPublic {
		return p.unlessHidden(ctx, reader, found)
	}
	if err != nil && pipeline.ExitCode(err) != pipeline.ExitYourInput {
		return found, unavailable("tracing "+id, err)
	}
	if p.Insider == nil {
		return warehouse.Traced{}, errNoNumber
	}
	inner, err := p.Insider(ctx)
	if err != nil {
		return warehouse.Traced{}, unavailable("opening the warehouse", err)
	}
	found, err = inner.Trace(ctx, id)
	switch {
	case err != nil && pipeline.ExitCode(err) == pipeline.ExitYourInput:
		return warehouse.Traced{}, errNoNumber
	case err != nil:
		return found, unavailable("tracing "+id, err)
	case found.Observation.Access == pipeline.AccessSuppressed, !p.maySee(a, &found.Observation, found.Observation.Origin.Supplier):
		return warehouse.Traced{}, errNoNumber
	}
	return p.unlessHidden(ctx, inner, found)
}

// maySee reports whether an account sees a restricted row about the cell of an
// observation from a supplier: who may read the county's sheet, and the coordinating
// unit what it filed itself.
func (p *pages) maySee(a *account.Account, o *pipeline.Observation, supplier pipeline.Supplier) bool {
	if a.May(account.ReadSheet, account.Object{Region: o.Region}) {
		return true
	}
	indicator, there := p.Set.Indicator(o.Indicator)
	return there && supplier == pipeline.Province && indicator.CoordinatingUnit != "" &&
		a.May(account.ReadWorkbook, account.Object{Region: o.Region, Unit: indicator.CoordinatingUnit})
}

const hiddenCells = `SELECT count() FROM suppression WHERE indicator = {indicator:String} AND region = {region:String} AND dims = {dims:String}
	AND period_end = {end:Date32} AND kind = {kind:String}`

// unlessHidden refuses a number of a cell that would give a suppressed one away.
func (p *pages) unlessHidden(ctx context.Context, w *warehouse.Warehouse, found warehouse.Traced) (warehouse.Traced, error) {
	o := &found.Observation
	rows, err := w.Ask(ctx, hiddenCells, warehouse.Parameters{"indicator": o.Indicator, "region": o.Region, "dims": o.Dims, "end": o.Period.End.String(), "kind": kindOf(o)})
	if err != nil {
		return found, unavailable("asking what is suppressed", err)
	}
	defer rows.Close()
	var hidden uint64
	for rows.Next() {
		if err := rows.Scan(&hidden); err != nil {
			return found, unavailable("asking what is suppressed", err)
		}
	}
	if err := rows.Err(); err != nil {
		return found, unavailable("asking what is suppressed", err)
	}
	if hidden > 0 {
		return warehouse.Traced{}, errNoNumber
	}
	return found, nil
}

func kindOf(o *pipeline.Observation) string {
	if o.Period.Basis == pipeline.End {
		return "stock"
	}
	return "flow"
}

func (p *pages) describe(found *warehouse.Traced) traceView {
	o := &found.Observation
	v := traceView{
		ID: found.ID, Code: o.Indicator, Indicator: p.names.Indicator(o.Indicator), RegionCode: o.Region, Region: p.names.Region(o.Region, o.Period.End.Year()),
		Period: Period(o.Period), Dims: dimsWords(o.Dims), Value: o.Value, Unit: o.Unit, Status: Status(o.Status), Op: o.Op, Prior: o.Prior,
		Inside:  o.Access != pipeline.AccessPublic,
		Printed: strings.TrimSpace(o.RawText + " " + o.RawUnit), Source: p.names.Source(o.Origin.Source), Supplier: Supplier(o.Origin.Supplier),
		Published: published(o.Origin.PublishedAt), Fetched: Moment(o.Origin.FetchedAt), Hash: o.Origin.Document, Locator: o.Locator,
		Series: listPath + "?" + url.Values{"region": {o.Region}, "indicator": {o.Indicator}}.Encode(),
	}
	for _, f := range o.Flags {
		v.Flags = append(v.Flags, Flag(f))
	}
	if o.ByteEnd > o.ByteStart {
		v.Bytes = fmt.Sprintf("%d–%d", o.ByteStart, o.ByteEnd)
	}
	if found.Recorded && !v.Inside {
		v.Title = found.Document.Title
		v.URL, v.Link = Address(found.Document.URL)
	}
	return v
}

// Address returns a document's address as it is shown, and where a browser may follow
// it: the address of a filed document leads nowhere, and both are "".
func Address(text string) (shown, link string) {
	u, err := url.Parse(text)
	if err != nil || strings.HasSuffix(u.Hostname(), ".invalid") {
		return "", ""
	}
	if u.Scheme == "http" || u.Scheme == "https" {
		link = text
	}
	return text, link
}

// locate shows the passage that a number is printed in. Of a document that is not
// public only the number's own cell is shown, and no other word of it is read.
func (p *pages) locate(ctx context.Context, found *warehouse.Traced, v *traceView) error {
	o := &found.Observation
	if o.Op != pipeline.Assert || v.Inside || !found.Recorded {
		return nil
	}
	reader, err := p.Reader(ctx)
	if err != nil {
		return unavailable("opening the warehouse", err)
	}
	public, err := isPublic(ctx, reader, o)
	if err != nil {
		return err
	}
	if !public {
		v.Inside, v.Title, v.URL, v.Link = true, "", "", ""
		return nil
	}
	select {
	case p.places <- struct{}{}:
		defer func() { <-p.places }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	body, err := p.Body(ctx, o.Origin.Document)
	var place Place
	if err == nil {
		place, err = p.Reread(body, found.Document.MediaType, o)
	}
	if err != nil { // the number is shown all the same; that its place is not is ours to mend
		p.Logger.Error("a number's place could not be shown", zap.String("id", found.ID), zap.Error(err))
		v.Unreadable = true
		return nil
	}
	v.Passage, v.Arithmetic = markedPassage(place.Passage), place.Arithmetic
	return nil
}

const documentAccess = `SELECT toString(access) FROM document FINAL WHERE source = {source:String} AND lineage = {lineage:String} AND version = {version:String}`

func isPublic(ctx context.Context, w *warehouse.Warehouse, o *pipeline.Observation) (bool, error) {
	rows, err := w.Ask(ctx, documentAccess, warehouse.Parameters{"source": o.Origin.Source, "lineage": o.Origin.Lineage, "version": o.Origin.Version})
	if err != nil {
		return false, unavailable("asking for a document", err)
	}
	defer rows.Close()
	public := false
	for rows.Next() {
		var open string
		if err := rows.Scan(&open); err != nil {
			return false, unavailable("asking for a document", err)
		}
		public = open == string(pipeline.AccessPublic)
	}
	if err := rows.Err(); err != nil {
		return false, unavailable("asking for a document", err)
	}
	return public, nil
}

// markedPassage takes a passage apart at its mark. Where the text has such brackets of
// its own it stays whole, brackets and all.
func markedPassage(text string) *passage {
	before, rest, opened := strings.Cut(text, "【")
	marked, after, closed := strings.Cut(rest, "】")
	if !opened || !closed || strings.ContainsAny(after, "【】") || strings.ContainsAny(before, "】") {
		return &passage{Before: text}
	}
	return &passage{before, marked, after}
}
