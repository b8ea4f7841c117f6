package review

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	desk "zhibiao/collectors/supplement"
	"zhibiao/pipeline"
	"zhibiao/portal/supplement"
	"zhibiao/portal/web"
)

// Fields of the form that ends a dispute.
const (
	revisionField   = "revision"
	outcomeField    = "outcome"
	whyField        = "reason"
	correctionField = "correction"
)

// disputeView is a dispute with what the reviewer has typed.
type disputeView struct {
	desk.Dispute
	Region, RegionName, Opened, Trace, SheetPath string
	Name, Period, Shown, Claims                  desk.Words
	Evidence                                     []evidenceLink
	Steps                                        []supplement.Step
	Known                                        []supplement.KnownView // what counts for the cell now
	Choices                                      []choice               // observations that may be the right one

	Chosen           desk.Outcome
	Reason, Corrects string // typed
	Problem          *desk.Words
}

// choice is a value that a correction may name.
type choice struct {
	ID     string
	Shown  desk.Words
	Source string
}

// dispute shows a dispute and what the province may decide.
func (p *pages) dispute(w http.ResponseWriter, r *http.Request) error {
	return p.showDispute(w, r, http.StatusOK, disputeView{})
}

func (p *pages) showDispute(w http.ResponseWriter, r *http.Request, status int, view disputeView) error {
	ctx, region := r.Context(), r.PathValue("region")
	by := supplement.ActorOf(ctx)
	open, err := p.Desk.OpenDisputes(ctx, by)
	if err != nil {
		return supplement.Told(err)
	}
	i := slices.IndexFunc(open, func(d desk.Disputed) bool { return d.Region == region && d.Dispute.ID == r.PathValue("id") })
	if i < 0 {
		return web.Refuse(http.StatusNotFound, "没有这项异议，或者它已处理完毕。", "There is no such dispute, or it has been decided.")
	}
	sheet, err := p.Desk.Sheet(ctx, by, region, p.Desk.Today())
	if err != nil {
		return supplement.Told(err)
	}
	d := open[i].Dispute
	view.Dispute, view.Region, view.RegionName, view.Opened = d, region, p.names.Region(region), supplement.Moment(d.OpenedAt)
	view.Name, view.Period, view.Shown, view.Claims = p.names.Indicator(d.Cell.Indicator, sheet.Locals), desk.PeriodWords(d.Cell.Period), supplement.Value(desk.Value, d.Shown, d.Unit), claimOf(d)
	view.Steps, view.SheetPath = supplement.Steps(d.Trail), "/supplement/"+region
	if p.Trace != "" {
		view.Trace = p.Trace + d.Observation
	}
	for _, f := range d.Evidence {
		view.Evidence = append(view.Evidence, evidenceLink{supplement.EvidencePath(region, f.Hash), f.Name, supplement.Size(f.Bytes)})
	}
	for _, k := range sheet.Known {
		if supplement.SameCell(k.Cell, d.Cell) {
			view.addKnown(p.names.View(k, sheet.Locals, p.Trace))
		}
	}
	return views.Show(w, r, status, "dispute.html", view)
}

// addKnown adds a value that counts, and what it offers as corrections: any but the one
// that is disputed.
func (v *disputeView) addKnown(k supplement.KnownView) {
	v.Known = append(v.Known, k)
	if k.ID != "" && k.ID != v.Observation && k.Supplier != pipeline.County {
		v.Choices = append(v.Choices, choice{k.ID, k.Shown, k.SourceTitle})
	}
	for i, o := range k.Others {
		if o.ID != "" && o.ID != v.Observation && o.Supplier != pipeline.County {
			v.Choices = append(v.Choices, choice{o.ID, k.Rivals[i].Shown, o.Source})
		}
	}
}

// endDispute ends a dispute as the province decides.
func (p *pages) endDispute(w http.ResponseWriter, r *http.Request) error {
	ctx, region := r.Context(), r.PathValue("region")
	if err := r.ParseForm(); err != nil {
		return badForm("%w", err)
	}
	for name := range r.PostForm {
		if !slices.Contains([]string{revisionField, outcomeField, whyField, correctionField}, name) {
			return badForm("unknown field %q", name)
		}
	}
	revision, err := strconv.ParseUint(r.PostForm.Get(revisionField), 10, 64)
	if err != nil {
		return badForm("field %s: %w", revisionField, err)
	}
	decision := desk.DisputeDecision{Region: region, ID: r.PathValue("id"), Revision: revision, Outcome: desk.Outcome(r.PostForm.Get(outcomeField)),
		Reason: r.PostForm.Get(whyField), Correction: r.PostForm.Get(correctionField)}
	view := disputeView{Chosen: decision.Outcome, Reason: decision.Reason, Corrects: decision.Correction}
	switch decision.Outcome {
	case desk.Corrected:
	case desk.Flagged, desk.Kept:
		decision.Correction = "" // typed for another outcome, and shown again where this one fails
	default: // a county takes its own back, not a reviewer
		view.Problem = &desk.Words{ZH: "请选择处理结果。", EN: "Choose an outcome."}
		return p.showDispute(w, r, http.StatusUnprocessableEntity, view)
	}
	_, err = p.Desk.EndDispute(ctx, supplement.ActorOf(ctx), decision)
	var problem *desk.Problem
	switch {
	case errors.As(err, &problem) && problem.Kind == desk.Stale:
		web.Tell(ctx, web.Note{Problem: true, ZH: problem.Words.ZH, EN: problem.Words.EN})
		return web.SeeOther(w, r, listPath)
	case errors.As(err, &problem) && problem.Kind != desk.Forbidden && problem.Kind != desk.NotThere:
		view.Problem = &problem.Words
		return p.showDispute(w, r, supplement.StatusOf(problem.Kind), view)
	case err != nil:
		return supplement.Told(err)
	}
	web.Tell(ctx, web.Note{ZH: "异议已处理：" + supplement.OutcomeOf(decision.Outcome).ZH + "。", EN: "The dispute is decided: " + supplement.OutcomeOf(decision.Outcome).EN + "."})
	return web.SeeOther(w, r, listPath)
}
