package review

import (
	"net/http"
	"net/url"
	"slices"

	desk "zhibiao/collectors/supplement"
	"zhibiao/portal/account"
	"zhibiao/portal/supplement"
	"zhibiao/portal/web"
)

const (
	listPath        = "/review"
	withinParameter = "region"
)

// shown bounds the entries of one page; the next ones follow when these are decided.
const shown = 200

// listView is what a reviewer's list shows.
type listView struct {
	Province bool // may accept
	Within   string
	Counties []countyView
	More     bool
	Problem  *desk.Words
	Failed   []desk.Words // what is not in the list any more as it was decided on
	Reason   string       // typed for all that are chosen
	Disputes []disputeLine
}

type countyView struct {
	Code, Name string
	Entries    []entryView
}

// entryView is an entry that waits.
type entryView struct {
	Key, ID             string // of the decision's fields; of the element
	Path                string
	Name, Period, Value desk.Words
	Range, State        desk.Words
	Before              *desk.Words
	Unusual, Same       bool
	Reason, Submitted   string
	Evidence            []evidenceLink
	Said                []supplement.Step // comments
	Chosen              bool
	Text                string
	Problem             *desk.Words
}

type evidenceLink struct{ Path, Name, Size string }

type disputeLine struct {
	Path, County, Reason, Opened string // Path "" for who may only look
	Name, Period, Shown, Claims  desk.Words
}

// typed is what a reviewer had chosen and written on a list that is shown again.
type typed struct {
	status  int
	problem *desk.Words
	failed  []desk.Words
	reason  string
	chosen  map[string]bool
	texts   map[string]string
	beside  map[string]desk.Words
}

// list shows what waits for the reviewer: by the codes of counties (promise 9).
func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, typed{status: http.StatusOK})
}

func (p *pages) show(w http.ResponseWriter, r *http.Request, t typed) error {
	ctx := r.Context()
	by := supplement.ActorOf(ctx)
	view := listView{Province: by.Role == desk.Province, Within: r.URL.Query().Get(withinParameter), Problem: t.problem, Failed: t.failed, Reason: t.reason}
	if view.Within != "" {
		if a, _ := account.From(ctx); !a.May(account.Comment, account.Object{Region: view.Within}) {
			return web.Refuse(http.StatusNotFound, "没有这个地区，或者它不在您的账号范围内。", "There is no such region, or it is outside what your account may see.")
		}
	}
	waiting, err := p.Desk.Waiting(ctx, by)
	if err != nil {
		return supplement.Told(err)
	}
	disputes, err := p.Desk.OpenDisputes(ctx, by)
	if err != nil {
		return supplement.Told(err)
	}
	within := func(region string) bool { return view.Within == "" || account.Within(region, view.Within) }
	waiting = slices.DeleteFunc(waiting, func(x desk.Waiting) bool { return !within(x.Region) })
	if view.More = len(waiting) > shown; view.More {
		waiting = waiting[:shown]
	}
	for i, x := range waiting {
		if n := len(view.Counties); n == 0 || view.Counties[n-1].Code != x.Region {
			view.Counties = append(view.Counties, countyView{Code: x.Region, Name: p.names.Region(x.Region)})
		}
		county := &view.Counties[len(view.Counties)-1]
		county.Entries = append(county.Entries, p.entryOf(x, i, t))
	}
	for _, d := range disputes {
		if within(d.Region) {
			view.Disputes = append(view.Disputes, p.lineOf(d, view.Province))
		}
	}
	return views.Show(w, r, t.status, "list.html", view)
}

func (p *pages) entryOf(x desk.Waiting, i int, t typed) entryView {
	e := x.Entry
	key := keyOf(x.Region, e.Cell, e.Revision)
	v := entryView{Key: key, ID: "e" + itoa(i), Path: supplement.EntryPath(x.Region, e.Cell), Name: x.Name, Period: x.Period,
		Value: supplement.Value(e.Kind, e.Value, e.Unit), State: stateOf(x), Unusual: e.Unusual, Same: e.Same, Reason: e.Reason,
		Submitted: supplement.Moment(e.SubmittedAt), Chosen: t.chosen[key], Text: t.texts[key]}
	if e.Cell.Period.Freq == "A" { // the range is for a county's year
		v.Range = supplement.Range(x.Low, x.High, e.Unit)
	}
	if x.Before != nil {
		before := supplement.Value(x.Before.Kind, x.Before.Value, x.Before.Unit)
		v.Before = &before
	}
	for _, f := range e.Evidence {
		v.Evidence = append(v.Evidence, evidenceLink{supplement.EvidencePath(x.Region, f.Hash), f.Name, supplement.Size(f.Bytes)})
	}
	for i, m := range e.Trail {
		if m.Act == desk.ActComment || m.Act == desk.ActReturn {
			v.Said = append(v.Said, supplement.Steps(e.Trail[i:i+1])...)
		}
	}
	if words, is := t.beside[key]; is {
		v.Problem = &words
	}
	return v
}

func stateOf(x desk.Waiting) desk.Words {
	if x.Stands {
		return desk.Words{ZH: "待省级审核", EN: "with the province"}
	}
	until := supplement.Moment(x.Entry.CityUntil)
	return desk.Words{ZH: "市级可在 " + until + " 前提意见", EN: "the city may comment until " + until}
}

func (p *pages) lineOf(d desk.Disputed, decides bool) disputeLine {
	line := disputeLine{County: p.names.Region(d.Region), Reason: d.Dispute.Reason, Opened: supplement.Moment(d.Dispute.OpenedAt),
		Name: p.names.Indicator(d.Dispute.Cell.Indicator, nil), Period: desk.PeriodWords(d.Dispute.Cell.Period),
		Shown: supplement.Value(desk.Value, d.Dispute.Shown, d.Dispute.Unit), Claims: claimOf(d.Dispute)}
	if decides {
		line.Path = disputePath(d.Region, d.Dispute.ID)
	}
	return line
}

func claimOf(d desk.Dispute) desk.Words {
	if d.Claimed == "" {
		return desk.Words{ZH: "（未给出）", EN: "(not given)"}
	}
	return supplement.Value(desk.Value, d.Claimed, d.Unit)
}

func disputePath(region, id string) string {
	return listPath + "/" + url.PathEscape(region) + "/dispute/" + url.PathEscape(id)
}
