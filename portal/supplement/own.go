package supplement

import (
	"net/http"

	desk "zhibiao/collectors/supplement"
	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/web"
)

// ownYears is how many years of an own indicator are offered.
const ownYears = 6

// ownYear is a year of an own indicator that has ended.
type ownYear struct {
	Cell  desk.Cell
	Words desk.Words
	Path  string
	Row   *row // what was entered, nil for nothing
}

func yearsOf(l desk.Local, on pipeline.Date) []ownYear {
	basis := pipeline.Flow
	if l.Stock {
		basis = pipeline.End
	}
	var years []ownYear
	for year := on.Year() - 1; year >= on.Year()-ownYears; year-- {
		region := l.Code[len(pipeline.LocalPrefix) : len(pipeline.LocalPrefix)+6]
		cell := desk.Cell{Indicator: l.Code, Region: region, Period: pipeline.YearPeriod(year, basis)}
		years = append(years, ownYear{Cell: cell, Words: desk.PeriodWords(cell.Period), Path: answerPath(region, cell)})
	}
	return years
}

type ownView struct {
	desk.Local
	Years []ownYear
}

type ownPage struct {
	Region, RegionName string
	Mine               bool
	Locals             []ownView
	Units              []string
	Typed              desk.Local
	Problem            *desk.Words
}

// own shows a county's own indicators, and the form that adds one.
func (p *pages) own(w http.ResponseWriter, r *http.Request) error {
	return p.showOwn(w, r, http.StatusOK, ownPage{})
}

func (p *pages) showOwn(w http.ResponseWriter, r *http.Request, status int, page ownPage) error {
	ctx, region := r.Context(), r.PathValue("region")
	s, err := p.Desk.Sheet(ctx, ActorOf(ctx), region, p.Desk.Today())
	if err != nil {
		return Told(err)
	}
	a, _ := account.From(ctx)
	page.Region, page.RegionName, page.Mine = region, p.names.Region(region), a.May(account.Enter, account.Object{Region: region})
	for _, l := range s.Locals {
		shown := ownView{l, yearsOf(l, s.On)}
		for _, e := range s.Entered {
			for i := range shown.Years {
				if e.Cell.String() == shown.Years[i].Cell.String() {
					entered := p.rowOf(s, e)
					shown.Years[i].Row = &entered
				}
			}
		}
		page.Locals = append(page.Locals, shown)
	}
	for _, u := range p.Units {
		page.Units = append(page.Units, u.Symbol)
	}
	return views.Show(w, r, status, "own.html", page)
}

const (
	nameField       = "name"
	ownerField      = "owner"
	definitionField = "definition"
	unitField       = "unit"
	stockField      = "stock"
)

// addOwn adds an own indicator.
func (p *pages) addOwn(w http.ResponseWriter, r *http.Request) error {
	ctx, region := r.Context(), r.PathValue("region")
	f, err := p.readForm(r, nameField, ownerField, definitionField, unitField, stockField)
	if err != nil {
		return err
	}
	local := desk.Local{NameZH: f.Get(nameField), Owner: f.Get(ownerField), Definition: f.Get(definitionField), Unit: f.Get(unitField), Stock: f.Get(stockField) == yes}
	_, err = p.Desk.AddLocal(ctx, ActorOf(ctx), region, local)
	if problem := problemIn(err); problem != nil && problem.Kind != desk.Forbidden {
		return p.showOwn(w, r, StatusOf(problem.Kind), ownPage{Typed: local, Problem: &problem.Words})
	}
	if err != nil {
		return Told(err)
	}
	tell(ctx, false, "已添加特色指标。", "The own indicator is added.")
	return web.SeeOther(w, r, sheetPath(region)+"/own")
}
