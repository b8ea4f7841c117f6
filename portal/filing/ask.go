package filing

import (
	"cmp"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"zhibiao/collectors/filing"
	"zhibiao/portal/account"
	"zhibiao/portal/number"
)

// unitView is what a unit still has to supply, as things to do.
type unitView struct {
	Name     string
	Path     string // of its page
	Workbook string // path
	Cells    int
	Todo     []todo
}

// todo is one indicator that a unit has to supply.
type todo struct {
	Indicator number.Words
	Unit      string
	Cells     int
	Periods   []number.Words
	Parts     []part
}

// part are periods that are missing of the same regions.
type part struct {
	Periods []number.Words
	Regions []string // by code (promise 9)
}

// overview lists the units within an account's scope and what they have to supply.
func (p *pages) overview(w http.ResponseWriter, r *http.Request) error {
	var v struct {
		Units []unitView
		MiB   int
	}
	v.MiB = filing.MaxBody >> 20
	a, _ := account.From(r.Context())
	asked, err := p.Asked(r.Context())
	if err != nil {
		return err
	}
	for _, name := range p.Units {
		if a.May(account.ReadWorkbook, account.Object{Unit: name}) {
			v.Units = append(v.Units, p.unitView(name, asked[name]))
		}
	}
	return views.Show(w, r, http.StatusOK, "overview.html", v)
}

// unit lists every cell that a unit has to supply.
func (p *pages) unit(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("unit")
	if !slices.Contains(p.Units, name) {
		return errNoUnit
	}
	asked, err := p.Asked(r.Context())
	if err != nil {
		return err
	}
	return views.Show(w, r, http.StatusOK, "unit.html", p.unitView(name, asked[name]))
}

func (p *pages) unitView(name string, asked []filing.Cell) unitView {
	return unitView{Name: name, Path: UnitPath(name), Workbook: "/filing/workbook/" + url.PathEscape(name), Cells: len(asked), Todo: p.todo(asked)}
}

// UnitPath is where what a coordinating unit has to supply is listed.
func UnitPath(unit string) string { return "/filing/unit/" + url.PathEscape(unit) }

// todo puts the cells of one indicator into one thing to do, in the order of the
// catalogue.
func (p *pages) todo(asked []filing.Cell) []todo {
	asked = slices.Clone(asked)
	slices.SortFunc(asked, func(a, b filing.Cell) int {
		return cmp.Or(cmp.Compare(p.Names.Order(a.Indicator), p.Names.Order(b.Indicator)), strings.Compare(a.Indicator, b.Indicator), cmp.Compare(a.Period.End, b.Period.End),
			cmp.Compare(a.Period.Freq, b.Period.Freq), cmp.Compare(a.Period.Basis, b.Period.Basis), strings.Compare(a.Region, b.Region))
	})
	var all []todo
	for len(asked) > 0 {
		n := slices.IndexFunc(asked, func(c filing.Cell) bool { return c.Indicator != asked[0].Indicator })
		if n < 0 {
			n = len(asked)
		}
		all = append(all, p.oneTodo(asked[:n]))
		asked = asked[n:]
	}
	return all
}

// oneTodo is the thing to do about cells of one indicator, by period and region.
func (p *pages) oneTodo(cells []filing.Cell) todo {
	one := todo{Indicator: p.Names.Indicator(cells[0].Indicator), Cells: len(cells)}
	if indicator, there := p.Indicator(cells[0].Indicator); there {
		one.Unit = indicator.Unit
	}
	for len(cells) > 0 {
		first, n := cells[0].Period, 0
		var regions []string
		for ; n < len(cells) && cells[n].Period == first; n++ {
			regions = append(regions, p.Names.Region(cells[n].Region, first.End.Year()))
		}
		cells = cells[n:]
		one.Periods = append(one.Periods, number.Period(first))
		if last := len(one.Parts) - 1; last >= 0 && slices.Equal(one.Parts[last].Regions, regions) {
			one.Parts[last].Periods = append(one.Parts[last].Periods, number.Period(first))
			continue
		}
		one.Parts = append(one.Parts, part{[]number.Words{number.Period(first)}, regions})
	}
	return one
}

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// workbook answers with the workbook of a unit.
func (p *pages) workbook(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("unit")
	if !slices.Contains(p.Units, name) {
		return errNoUnit
	}
	request, err := p.Request(r.Context(), name)
	if err != nil {
		return err
	}
	release, err := p.place(r)
	if err != nil {
		return err
	}
	defer release()
	book, err := filing.Make(r.Context(), request)
	if errors.Is(err, filing.ErrNothingAsked) {
		return errNothingAsked
	}
	if err != nil {
		return fmt.Errorf("making a workbook for a page: %w", err)
	}
	download(w, book.Name, book.Body)
	return nil
}

// download sends a workbook as a file to keep, under a name that may be Chinese.
func download(w http.ResponseWriter, name string, body []byte) {
	w.Header().Set("Content-Type", xlsxType)
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	_, _ = w.Write(body) // the visitor is gone; there is nobody to tell
}

// place waits until there is room to open a workbook.
func (p *pages) place(r *http.Request) (release func(), err error) {
	select {
	case p.places <- struct{}{}:
		return func() { <-p.places }, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}
