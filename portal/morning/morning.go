package morning

import (
	"context"
	"net/http"
	"slices"
	"time"

	"go.uber.org/zap"

	"zhibiao/pipeline"
	"zhibiao/portal/account"
	units "zhibiao/portal/filing"
	"zhibiao/portal/number"
	"zhibiao/warehouse"
)

// view is what the template of the morning page sees.
type view struct {
	Since   string
	Spans   []spanLink
	Review  string // path where entries and disputes wait
	Nothing bool   // to do
	Unread  []number.Words

	Came     []came
	Failed   []came // of Came, those with failures
	Held     []heldView
	Refused  []refused
	Older    uint64 // refusals that stand from before
	Late     []lateView
	SetAside int
	Stopped  []link
	Entries  int
	Disputes int
	Units    []unitMove
	Asked    int // cells of all units
}

type spanLink struct {
	Days int
	Here bool
}

type link struct{ Name, Path string }

type unitMove struct {
	Name, Path string
	Cells      int
}

type heldView struct {
	Name, Source, Path string // of the source
	Title, URL, Link   string
	Document           string // short
	Tables             []heldTable
}

type heldTable struct {
	Name   string
	Reason number.Words
	Detail string
	Since  string
	Days   int
}

// lateView is a source that is overdue: ours to mend.
type lateView struct {
	Source, Path string
	Silent       int    // days without a run that succeeded, 0 where it ran
	Last         string // when it succeeded last, "" for never
	Reason       string
	Numbers      int // that it ran without bringing
	Due          string
	Days         int // since Due
}

// morning is the page: GET /morning.
func (p *pages) morning(w http.ResponseWriter, r *http.Request) error {
	s, err := p.spanOf(r)
	if err != nil {
		return err
	}
	a, _ := account.From(r.Context())
	v := view{Since: number.Moment(s.Since), Review: reviewPath}
	for _, days := range spans {
		v.Spans = append(v.Spans, spanLink{days, days == s.Days})
	}
	p.gather(r.Context(), &a, s, &v)
	v.Nothing = len(v.Failed)+len(v.Held)+len(v.Refused)+len(v.Late)+v.SetAside+len(v.Stopped)+v.Entries+v.Disputes+len(v.Unread) == 0
	return views.Show(w, r, http.StatusOK, "morning.html", v)
}

// gather reads the parts of the page one by one.
func (p *pages) gather(ctx context.Context, a *account.Account, s span, v *view) {
	part := func(zh, en string, read func() error) {
		if err := read(); err != nil {
			p.Logger.Error("a part of the morning page could not be read", zap.String("part", en), zap.Error(err))
			v.Unread = append(v.Unread, number.Words{ZH: zh, EN: en})
		}
	}
	part("昨夜的采集", "what came in", func() error { return p.readCame(ctx, s, v) })
	part("暂停发布的表", "held tables", func() error { return p.readHeld(ctx, s, v) })
	part("没能读出的数", "refusals", func() error { return p.readRefused(ctx, s, v) })
	part("逾期的来源", "overdue sources", func() error { return p.readLate(ctx, s, v) })
	part("搁置的消息", "messages set aside", func() (err error) {
		var stopped []string
		v.SetAside, stopped, err = p.SetAside(ctx)
		for _, name := range stopped {
			v.Stopped = append(v.Stopped, link{p.Names.Source(name), s.sourcePath(name)})
		}
		return err
	})
	part("待审的填报", "entries and disputes", func() (err error) {
		v.Entries, v.Disputes, err = p.Waiting(ctx, *a)
		return err
	})
	part("各单位待提供的数据", "what units have to supply", func() error { return p.readUnits(ctx, v) })
}

func (p *pages) readUnits(ctx context.Context, v *view) error {
	asked, err := p.Asked(ctx)
	if err != nil {
		return err
	}
	for _, name := range p.Units {
		if cells := asked[name]; len(cells) > 0 {
			v.Units = append(v.Units, unitMove{name, units.UnitPath(name), len(cells)})
			v.Asked += len(cells)
		}
	}
	return nil
}

func (p *pages) readHeld(ctx context.Context, s span, v *view) error {
	held, err := p.Held(ctx)
	if err != nil {
		return err
	}
	for _, h := range held {
		one := heldView{Source: p.Names.Source(h.Source), Name: h.Source, Path: s.sourcePath(h.Source), Title: h.Title, Document: h.Document[:min(len(h.Document), 12)]}
		one.URL, one.Link = number.Address(h.URL)
		for _, t := range h.Tables {
			one.Tables = append(one.Tables, heldTable{Name: t.Table, Reason: heldReason(t.Reason), Detail: t.Detail, Since: number.Moment(t.Since), Days: p.days(t.Since)})
		}
		v.Held = append(v.Held, one)
	}
	return nil
}

// days is how many whole days ago something was.
func (p *pages) days(at time.Time) int {
	if at.IsZero() {
		return 0
	}
	return max(0, int(p.Now().Sub(at).Hours()/24))
}

// behindYears is how far back overdue numbers are looked for.
const behindYears = 2

// readLate puts together what a source should have done: run, and bring its numbers.
func (p *pages) readLate(ctx context.Context, s span, v *view) error {
	late, err := p.Late(ctx)
	if err != nil {
		return err
	}
	absent, err := p.behind(ctx, "")
	if err != nil {
		return err
	}
	bySource := map[string]*lateView{}
	of := func(name string) *lateView {
		if bySource[name] == nil {
			bySource[name] = &lateView{Source: p.Names.Source(name), Path: s.sourcePath(name)}
		}
		return bySource[name]
	}
	for _, e := range late {
		one := of(e.Source)
		one.Silent, one.Last, one.Reason = max(1, p.days(e.Since)), number.Moment(e.Last), e.Reason
	}
	for _, missing := range absent {
		for _, name := range missing.Sources {
			one := of(name)
			one.Numbers++
			if due := missing.DueOn; one.Due == "" || due.String() < one.Due {
				one.Due, one.Days = due.String(), p.days(due.Time())
			}
		}
	}
	names := make([]string, 0, len(bySource))
	for name := range bySource {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		v.Late = append(v.Late, *bySource[name])
	}
	return nil
}

// behind lists the numbers that are overdue from a source, or from all (""): their
// source has run and did not bring them.
func (p *pages) behind(ctx context.Context, source string) ([]warehouse.Absent, error) {
	w, err := p.Warehouse(ctx)
	if err != nil {
		return nil, err
	}
	today := pipeline.DateIn(p.Now(), number.Shanghai)
	absent, err := w.Missing(ctx, today, "", pipeline.DateOf(today.Year()-behindYears, 1, 1), today)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(absent, func(a warehouse.Absent) bool {
		return a.Move != "mend" || a.Reason != "overdue" || source != "" && !slices.Contains(a.Sources, source)
	}), nil
}
