package filing

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"zhibiao/collectors/filing"
	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/number"
	"zhibiao/portal/web"
)

// resultView is what the template of a result sees.
type resultView struct {
	Name, Unit, Summary string
	Document            string
	At                  string
	Taken, Whole        bool
	Filed               Filed
	Findings            []foundView
	More                int // findings that are not listed
	Marked              string
	Rows                []acceptedRow
	Cut                 int
}

type foundView struct {
	Severity string // error, warning or notice
	Place    string
	Where    string // county, indicator, period as far as they are known
	Text     string // what stands there
	Words    number.Words
}

// acceptedRow is one cell that was taken.
type acceptedRow struct {
	Code, Region string
	Indicator    number.Words
	Period       number.Words
	Value        string // with its unit, "" where a flag says why
	Flags        []number.Words
	order        int
}

// ofResult is what a result is about: only whose it is finds it.
func (p *pages) ofResult(r *http.Request) (account.Object, error) {
	a, _ := account.From(r.Context())
	o := p.shelf.find(r.PathValue("id"), a.Name)
	if o == nil {
		return account.Object{}, web.ErrNothing
	}
	if o.unit == "" { // nothing in it says whose it was, and nothing was taken of others
		return account.Object{Region: a.Region, Unit: a.Unit}, nil
	}
	return account.Object{Unit: o.unit}, nil
}

// result shows cell by cell what became of a workbook.
func (p *pages) result(w http.ResponseWriter, r *http.Request) error {
	o, err := p.found(r)
	if err != nil {
		return err
	}
	v := resultView{Name: o.name, Unit: o.unit, Document: o.document, At: number.Moment(o.at), Taken: o.taken, Whole: o.whole, Filed: o.filed,
		More: o.more, Rows: o.rows, Cut: o.cut}
	zh, en, _ := strings.Cut(o.summary, " · ")
	v.Summary = web.Lang(r.Context()).Text(zh, en)
	for _, f := range o.findings {
		v.Findings = append(v.Findings, p.foundView(f, web.Lang(r.Context())))
	}
	if o.marked != nil {
		v.Marked = "/filing/result/" + r.PathValue("id") + "/marked"
	}
	return views.Show(w, r, http.StatusOK, "result.html", v)
}

func (p *pages) found(r *http.Request) (*outcome, error) {
	a, _ := account.From(r.Context())
	if o := p.shelf.find(r.PathValue("id"), a.Name); o != nil {
		return o, nil
	}
	return nil, web.Refuse(http.StatusNotFound, "这次检查的结果已不保留，请重新上传；重复上传不会重复入库。", "This result is not kept any more: upload the file again; it still counts once.")
}

func (p *pages) foundView(f pipeline.Finding, l web.Language) foundView {
	zh, en := filing.Message(f)
	v := foundView{Severity: string(f.Severity), Text: clip(f.Text), Words: number.Words{ZH: zh, EN: en}}
	v.Place = strings.TrimSuffix(f.Sheet+"!"+f.Place, "!")
	if f.Sheet == "" {
		v.Place = f.Place
	}
	var where []string
	if f.Region != "" {
		where = append(where, p.Names.Region(f.Region, p.Now().Year()))
	}
	if f.Indicator != "" {
		where = append(where, p.Names.Indicator(f.Indicator).Of(l))
	}
	if f.Period != "" {
		where = append(where, f.Period)
	}
	v.Where = strings.Join(where, " · ")
	return v
}

const maxShown = 60 // characters of what stood in a cell

func clip(text string) string {
	if letters := []rune(text); len(letters) > maxShown {
		return string(letters[:maxShown]) + "…"
	}
	return text
}

// rows are the cells that were taken, by code of the county and in the order of the
// catalogue (promise 9), and how many are not listed.
func (p *pages) rows(accepted []pipeline.Observation) (rows []acceptedRow, cut int) {
	for i := range accepted {
		o := &accepted[i]
		row := acceptedRow{Code: o.Region, Region: p.Names.Region(o.Region, o.Period.End.Year()), Indicator: p.Names.Indicator(o.Indicator),
			Period: number.Period(o.Period), order: p.Names.Order(o.Indicator)}
		if o.Value != "" {
			row.Value = o.Value + " " + o.Unit
		}
		for _, f := range o.Flags {
			row.Flags = append(row.Flags, number.Flag(f))
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b acceptedRow) int {
		return cmp.Or(strings.Compare(a.Code, b.Code), cmp.Compare(a.order, b.order))
	})
	if len(rows) > maxRows {
		return rows[:maxRows], len(rows) - maxRows
	}
	return rows, 0
}

// marked answers with the copy in which what is wrong is marked.
func (p *pages) marked(w http.ResponseWriter, r *http.Request) error {
	o, err := p.found(r)
	if err != nil {
		return err
	}
	if o.marked == nil {
		return web.Refuse(http.StatusNotFound, "这个工作簿没有可标注的问题。", "There was nothing to mark in this workbook.")
	}
	download(w, filing.MarkedName(o.name), o.marked)
	return nil
}
