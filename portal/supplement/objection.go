package supplement

import (
	"net/http"

	desk "zhibiao/collectors/supplement"
	"zhibiao/portal/web"
)

// disputeView is an objection with its trail.
type disputeView struct {
	desk.Dispute
	Region, RegionName, Opened, Trace, Right string
	Name, Period, Shown, Claims, State       desk.Words
	Open                                     bool
	Evidence                                 []attachment
	Steps                                    []Step
}

func (p *pages) disputeOf(s *desk.Sheet, d desk.Dispute) disputeView {
	return disputeView{Dispute: d, Region: s.Region, RegionName: p.names.Region(s.Region), Opened: Moment(d.OpenedAt),
		Trace: tracePath(p.Trace, d.Observation), Right: tracePath(p.Trace, d.Correction),
		Name: p.names.Indicator(d.Cell.Indicator, s.Locals), Period: desk.PeriodWords(d.Cell.Period), Shown: Value(desk.Value, d.Shown, d.Unit), Claims: claim(d),
		State: OutcomeOf(d.Outcome), Open: d.Outcome == desk.OpenDispute, Evidence: attachments(s.Region, d.Evidence), Steps: Steps(d.Trail)}
}

func claim(d desk.Dispute) desk.Words {
	if d.Claimed == "" {
		return desk.Words{ZH: "（未给出）", EN: "(not given)"}
	}
	return Value(desk.Value, d.Claimed, d.Unit)
}

// Fields of the form of an objection.
const (
	claimedField   = "claimed"
	whyField       = "reason"
	attachedField  = "attached" // an attachment that is kept already
	attachedDrop   = "leave"    // the hash of one to be left out
	attachingField = "file"
)

type objectionView struct {
	Region, RegionName string
	Known              KnownView
	Claimed, Reason    string
	Kept               []attachment
	Problem            *desk.Words
}

// objection shows the form of an objection to a value.
func (p *pages) objection(w http.ResponseWriter, r *http.Request) error {
	return p.showObjection(w, r, http.StatusOK, objectionView{})
}

func (p *pages) showObjection(w http.ResponseWriter, r *http.Request, status int, view objectionView) error {
	ctx, region := r.Context(), r.PathValue("region")
	s, err := p.Desk.Sheet(ctx, ActorOf(ctx), region, p.Desk.Today())
	if err != nil {
		return Told(err)
	}
	view.Region, view.RegionName = region, p.names.Region(region)
	for _, k := range s.Known {
		if k.ID != "" && k.ID == r.PathValue("observation") {
			view.Known = p.viewOf(s, k, true)
			return views.Show(w, r, status, "objection.html", view)
		}
	}
	return web.Refuse(http.StatusNotFound, "没有找到这个数，可能刚刚更新。请回到“已掌握的数据”重新查看。", "There is no such value; it may just have been brought up to date. Look again at what is known.")
}

// object enters an objection.
func (p *pages) object(w http.ResponseWriter, r *http.Request) error {
	ctx, region := r.Context(), r.PathValue("region")
	f, err := p.readForm(r, claimedField, whyField, attachedField, attachedDrop, attachingField)
	if err != nil {
		return err
	}
	kept, err := f.evidence(attachedField, attachedDrop)
	if err != nil {
		return err
	}
	more, err := p.attach(ctx, region, attachingField, f.files)
	if err != nil {
		return Told(err)
	}
	o := desk.Objection{Region: region, Observation: r.PathValue("observation"), Claimed: f.Get(claimedField), Reason: f.Get(whyField), Evidence: withEvidence(kept, more...)}
	_, err = p.Desk.Dispute(ctx, ActorOf(ctx), o)
	if problem := problemIn(err); problem != nil && problem.Kind != desk.Forbidden && problem.Kind != desk.NotThere {
		return p.showObjection(w, r, StatusOf(problem.Kind), objectionView{Claimed: o.Claimed, Reason: o.Reason, Kept: attachments(region, o.Evidence), Problem: &problem.Words})
	}
	if err != nil {
		return Told(err)
	}
	tell(ctx, false, "异议已提交省级处理。原数保持不变。", "The objection is with the province. The value stays as it is.")
	return web.SeeOther(w, r, sheetPath(region)+"#disputes")
}

// drop takes an objection back.
func (p *pages) drop(w http.ResponseWriter, r *http.Request) error {
	ctx, region := r.Context(), r.PathValue("region")
	f, err := p.readForm(r, idField, revisionField)
	if err != nil {
		return err
	}
	revision, err := readRevision(f)
	if err != nil {
		return err
	}
	_, err = p.Desk.EndDispute(ctx, ActorOf(ctx), desk.DisputeDecision{Region: region, ID: f.Get(idField), Revision: revision, Outcome: desk.Dropped})
	if err != nil {
		return Told(err)
	}
	tell(ctx, false, "异议已撤回。", "The objection is taken back.")
	return web.SeeOther(w, r, sheetPath(region)+"#disputes")
}

const idField = "id"
