package supplement

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"zhibiao/collectors/personal"
	"zhibiao/pipeline"
)

// Waiting is an entry that waits for a reviewer.
type Waiting struct {
	Region string // of the county
	Entry  Entry
	Name   Words
	Period Words
	Low    string // plausible range, "" for none
	High   string
	Before *Entry // that it is to take the place of, nil for none
	Stands bool   // the city's time is over
}

// Waiting returns what waits for a reviewer, by the codes of counties: for a city what
// it may still comment on or return, for the province all that is not accepted. Unread
// entries of a county are the province's at once, marked unreviewed (Entry.Flags).
func (d *Desk) Waiting(ctx context.Context, by Actor) ([]Waiting, error) {
	if by.Role != City && by.Role != Province {
		return nil, by.may("", City, Province)
	}
	regions, err := d.Regions(ctx)
	if err != nil {
		return nil, err
	}
	var all []Waiting
	for _, region := range regions {
		if !by.sees(region) {
			continue
		}
		f, _, err := d.load(ctx, region)
		if err != nil {
			return nil, err
		}
		for _, r := range d.records(f) {
			if r.Open == nil || r.Open.State != Submitted {
				continue
			}
			stands := r.Open.Stands(d.now())
			if by.Role == City && stands {
				continue
			}
			all = append(all, d.waiting(f, r, stands))
		}
	}
	return all, nil
}

func (d *Desk) waiting(f *file, r *record, stands bool) Waiting {
	w := Waiting{Region: f.Region, Entry: *r.Open, Period: PeriodWords(r.Open.Cell.Period), Before: r.Standing, Stands: stands}
	if indicator := d.indicators[r.Open.Cell.Indicator]; indicator != nil {
		w.Name, w.Low, w.High = Words{indicator.NameZH, indicator.NameEN}, indicator.Low, indicator.High
		return w
	}
	for _, local := range f.Locals {
		if local.Code == r.Open.Cell.Indicator {
			w.Name = Words{local.NameZH, local.NameZH}
		}
	}
	return w
}

// Decision is what a reviewer decides on one entry, as he has seen it.
type Decision struct {
	Region   string // of the county
	Cell     Cell
	Revision uint64 // of the entry that he has seen
	Act      Act    // ActComment, ActReturn or ActAccept
	Text     string // a comment, or the reason of a return
}

// Decided is what became of a decision: Problem is nil where it holds.
type Decided struct {
	Decision
	Problem    *Problem
	Acceptance string // id of the acceptance that the entry is in
}

// Decide carries out decisions, many at once. Those on one county are one change: what
// is accepted of it becomes one document. Each decision stands by itself: one whose
// entry changed since the reviewer saw it is answered with what happened (Stale), and
// the others hold. The error says that our side failed; what is not in the result then
// may or may not have been done, and is safely decided again.
func (d *Desk) Decide(ctx context.Context, by Actor, decisions []Decision) ([]Decided, error) {
	results := make([]Decided, len(decisions))
	byRegion := map[string][]int{}
	for i, decision := range decisions {
		results[i].Decision = decision
		if results[i].Problem = d.mayDecide(by, decision); results[i].Problem == nil {
			byRegion[decision.Region] = append(byRegion[decision.Region], i)
		}
	}
	var failed error
	for _, region := range slices.Sorted(maps.Keys(byRegion)) {
		places := byRegion[region]
		err := d.change(ctx, region, func(f *file) error {
			r := review{desk: d, by: by, file: f, at: d.now()}
			for _, i := range places {
				results[i].Acceptance = ""
				results[i].Problem = r.decide(results[i].Decision)
			}
			if acceptance := r.accept(); acceptance != "" {
				for _, i := range places {
					if results[i].Problem == nil && results[i].Act == ActAccept {
						results[i].Acceptance = acceptance
					}
				}
			}
			return nil
		})
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("deciding on the entries of %s: %w", region, err))
		}
	}
	if failed != nil {
		return nil, failed
	}
	return results, nil
}

// mayDecide checks what does not depend on the entry.
func (d *Desk) mayDecide(by Actor, decision Decision) *Problem {
	roles := []Role{Province}
	switch decision.Act {
	case ActComment, ActReturn:
		roles = append(roles, City)
		if isBlank(decision.Text) {
			return problem(Invalid, "请写明意见或退回的原因", "write the comment, or the reason of the return").at(decision.Cell)
		}
	case ActAccept:
	default:
		return problem(Invalid, "没有这种处理方式", "there is no decision "+string(decision.Act)).at(decision.Cell)
	}
	var forbidden *Problem
	if errors.As(by.may(decision.Region, roles...), &forbidden) {
		return forbidden.at(decision.Cell)
	}
	return d.mayWrite(decision.Text, decision.Cell)
}

// mayWrite checks a text that others will read.
func (d *Desk) mayWrite(text string, cell Cell) *Problem {
	if p := d.fitsText(text); p != nil {
		return p.at(cell)
	}
	if personal.InText(text) != "" {
		return problem(Personal, "文字中有身份证号或手机号码，请删去", "the text holds an identity-card number or a mobile phone: take it out").at(cell)
	}
	return nil
}

// review is one reviewer's decisions on one county's file.
type review struct {
	desk     *Desk
	by       Actor
	file     *file
	at       time.Time
	accepted []*Entry
}

func (r *review) decide(decision Decision) *Problem {
	rec := r.file.at(decision.Cell)
	if p := current(rec, decision.Cell, decision.Revision); p != nil {
		return asProblem(p)
	}
	e := rec.Open
	if e.State != Submitted {
		return problem(NotOpen, "该项已退回县里，等待更正", "it was returned and waits for the county's correction").at(decision.Cell)
	}
	if r.by.Role == City && e.Stands(r.at) {
		return problem(TooLate, "市级提出意见的期限已过，该项已生效待省级审核", "the city's time is over: it stands and waits for the province").at(decision.Cell)
	}
	e.Revision = r.file.next()
	e.Trail = withMark(e.Trail, Mark{At: r.at, Act: decision.Act, Role: r.by.Role, Region: r.by.Region, Text: cleanText(decision.Text)})
	switch decision.Act {
	case ActReturn:
		e.State = Returned
	case ActAccept:
		e.State = Settled
		rec.Open, rec.Standing = nil, e
		r.accepted = append(r.accepted, e)
	}
	r.file.tell(r.by, r.at, decision.Act, decision.Cell.String(), "")
	return nil
}

// current wants the open entry of a record to be the one that was seen.
func current(r *record, cell Cell, revision uint64) error {
	if r.Open != nil && r.Open.Revision == revision {
		return nil
	}
	zh, en := "该项已撤回", "it was taken back"
	if last := r.last(); last != nil {
		m := last.Trail[len(last.Trail)-1]
		zh = fmt.Sprintf("该项已于 %s 由%s%s，请查看最新情况后再处理", m.At.In(Shanghai).Format("2006-01-02 15:04"), roleWords[m.Role].ZH, actWords[m.Act].ZH)
		en = fmt.Sprintf("it was %s by the %s at %s: look at it again", actWords[m.Act].EN, roleWords[m.Role].EN, m.At.Format(time.RFC3339))
	}
	return problem(Stale, zh, en).at(cell)
}

var roleWords = map[Role]Words{County: {"县级", "county"}, City: {"市级", "city"}, Province: {"省级", "province"}}

var actWords = map[Act]Words{
	ActSubmit: {"提交", "submitted"}, ActComment: {"提出意见", "commented on"}, ActReturn: {"退回", "returned"}, ActAccept: {"接受", "accepted"},
	ActDispute: {"提出异议", "disputed"}, ActEndDispute: {"处理完毕", "decided"}, ActDropDispute: {"撤回", "taken back"},
}

func asProblem(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	return nil
}

// accept makes one acceptance of what was accepted, and returns its id; "" for nothing.
func (r *review) accept() string {
	if len(r.accepted) == 0 {
		return ""
	}
	slices.SortFunc(r.accepted, func(a, b *Entry) int { return r.desk.compareCells(a.Cell, b.Cell) })
	var entries []Accepted
	for _, e := range r.accepted {
		entries = append(entries, Accepted{Cell: e.Cell, Kind: e.Kind, Value: e.Value, Unit: e.Unit, Reason: e.Reason, Evidence: e.Evidence})
	}
	id := r.file.addAcceptance(entries, r.at)
	for _, e := range r.accepted {
		e.Acceptance = id
	}
	return id
}

// addAcceptance puts an acceptance into the file. Its time, which becomes fetched_at,
// is later than that of the one before: of two vintages the later accepted one counts,
// also where a clock went back.
func (f *file) addAcceptance(entries []Accepted, at time.Time) string {
	if least := f.AcceptedAt.Add(time.Millisecond); at.Before(least) {
		at = least
	}
	f.AcceptedAt = at
	a := Acceptance{Region: f.Region, At: at, Entries: entries}
	for _, local := range f.Locals {
		if slices.ContainsFunc(entries, func(e Accepted) bool { return e.Cell.Indicator == local.Code }) {
			a.Locals = append(a.Locals, local)
		}
	}
	a.ID = pipeline.ContentID("acceptance", f.Region, at.Format(time.RFC3339Nano), fmt.Sprint(f.next()))
	f.Acceptances = append(f.Acceptances, a)
	return a.ID
}
