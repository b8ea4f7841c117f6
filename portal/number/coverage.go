package number

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/shopspring/decimal"

	"zhibiao/pipeline"
	"zhibiao/portal/web"
)

// coverageView is what the template of the coverage sees.
type coverageView struct {
	Tasks     []choice
	Suppliers []choice
	Lines     []covered
}

// covered is how much of what is due has come of an indicator from a source.
type covered struct {
	Code              string
	Indicator         Words
	First             bool   // line of the indicator
	Source            string // "" where no source is known
	Supplier          Words
	Expected, Present uint64
	Share             string // of Expected, in percent
	Unverified        uint64 // absent, and due from a source that nobody has seen work
	supplier, name    string
}

const coverageOf = `SELECT toString(indicator), toString(source), toString(supplier), toUInt64(expected), toUInt64(present_count), share, toUInt64(unverified) FROM coverage`

var suppliers = []pipeline.Supplier{pipeline.Public, pipeline.Province, pipeline.County, "report", "derived"}

// coverage shows by indicator and source, never by county (promise 9), how much of what
// is due has come: GET /coverage.
func (p *pages) coverage(w http.ResponseWriter, r *http.Request) error {
	task, supplier := r.URL.Query().Get("task"), r.URL.Query().Get("supplier")
	language := web.Lang(r.Context())
	v := coverageView{}
	for _, i := range p.Set.Indicators() {
		if !slices.ContainsFunc(v.Tasks, func(c choice) bool { return c.Code == i.Task }) {
			v.Tasks = append(v.Tasks, choice{Code: i.Task, Name: Task(i.Task).Of(language), Chosen: i.Task == task})
		}
	}
	for _, s := range suppliers {
		v.Suppliers = append(v.Suppliers, choice{Code: string(s), Name: Supplier(s).Of(language), Chosen: string(s) == supplier})
	}
	isChosen := func(c choice) bool { return c.Chosen }
	if task != "" && !slices.ContainsFunc(v.Tasks, isChosen) || supplier != "" && !slices.ContainsFunc(v.Suppliers, isChosen) {
		return web.Refuse(http.StatusBadRequest, "没有这样的任务或提供方，请从列表里选。", "There is no such task or supplier: choose one from the list.")
	}
	lines, err := p.coverageLines(r.Context())
	if err != nil {
		return err
	}
	for _, line := range lines {
		if i, _ := p.Set.Indicator(line.Code); (task == "" || i.Task == task) && (supplier == "" || line.supplier == supplier) {
			line.First = len(v.Lines) == 0 || v.Lines[len(v.Lines)-1].Code != line.Code
			v.Lines = append(v.Lines, line)
		}
	}
	return views.Show(w, r, http.StatusOK, "coverage.html", v)
}

func (p *pages) coverageLines(ctx context.Context) ([]covered, error) {
	reader, err := p.Reader(ctx)
	if err != nil {
		return nil, unavailable("opening the warehouse", err)
	}
	rows, err := reader.Ask(ctx, coverageOf, nil)
	if err != nil {
		return nil, unavailable("asking for the coverage", err)
	}
	defer rows.Close()
	var all []covered
	for rows.Next() {
		var c covered
		var share decimal.Decimal
		if err := rows.Scan(&c.Code, &c.name, &c.supplier, &c.Expected, &c.Present, &share, &c.Unverified); err != nil {
			return nil, unavailable("asking for the coverage", err)
		}
		c.Share = share.String()
		c.Indicator, c.Supplier = p.names.Indicator(c.Code), Supplier(pipeline.Supplier(c.supplier))
		if c.name != "" {
			c.Source = p.names.Source(c.name)
		}
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, unavailable("asking for the coverage", err)
	}
	slices.SortFunc(all, func(a, b covered) int {
		return cmp.Or(cmp.Compare(p.names.Order(a.Code), p.names.Order(b.Code)), cmp.Compare(a.supplier, b.supplier), cmp.Compare(a.name, b.name))
	})
	return all, nil
}
