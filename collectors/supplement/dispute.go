package supplement

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"zhibiao/pipeline"
)

// Objection is what a county says against a value that is known.
type Objection struct {
	Region      string
	Observation string // id of the value
	Claimed     string // the number that it holds to be right, as typed; "" for none
	Reason      string
	Evidence    []Evidence
}

// Dispute enters an objection. It goes to the province; the value stays as it is. An
// objection to a value that is disputed already and says the same is not entered twice.
func (d *Desk) Dispute(ctx context.Context, by Actor, o Objection) (Dispute, error) {
	if err := by.may(o.Region, County); err != nil {
		return Dispute{}, err
	}
	known, err := d.knownByID(ctx, o.Region, o.Observation)
	if err != nil {
		return Dispute{}, err
	}
	dispute := Dispute{Cell: known.Cell, Observation: known.ID, Source: known.Source, Shown: known.Value, Unit: known.Unit,
		Reason: cleanText(o.Reason), Evidence: o.Evidence}
	if err := d.checkObjection(ctx, &dispute, o.Claimed); err != nil {
		return Dispute{}, err
	}
	err = d.change(ctx, o.Region, func(f *file) error {
		open := 0
		for _, other := range f.Disputes {
			if other.Outcome != OpenDispute {
				continue
			}
			if open++; other.Observation == dispute.Observation {
				if other.Claimed == dispute.Claimed && other.Reason == dispute.Reason {
					dispute = other
					return nil
				}
				return problem(NotOpen, "对这个数已提出异议，正在等待省级处理；如需修改请先撤回", "this value is disputed already: take the objection back to change it").at(dispute.Cell)
			}
		}
		if open >= d.config.Limits.Disputes {
			return problem(TooLarge, "尚未处理的异议太多，请等待省级处理", "too many objections are open: wait for the province")
		}
		next := dispute
		next.OpenedAt = d.now()
		next.Revision = f.next()
		next.ID = pipeline.ContentID("dispute", f.Region, strconv.FormatUint(next.Revision, 10))
		next.Trail = []Mark{{At: next.OpenedAt, Act: ActDispute, Role: by.Role, Region: by.Region, Text: next.Reason}}
		f.Disputes = append(f.dropOldDisputes(d.config.Limits.Disputes), next)
		f.tell(by, next.OpenedAt, ActDispute, next.ID, next.Observation)
		dispute = next
		return nil
	})
	if err != nil {
		return Dispute{}, err
	}
	return dispute, nil
}

// dropOldDisputes keeps the open disputes and as many of the newest ended ones: what
// was decided of the others is in documents and in the audit trail.
func (f *file) dropOldDisputes(keep int) []Dispute {
	ended := 0
	for _, dispute := range f.Disputes {
		if dispute.Outcome != OpenDispute {
			ended++
		}
	}
	return slices.DeleteFunc(f.Disputes, func(dispute Dispute) bool {
		if dispute.Outcome == OpenDispute || ended <= keep {
			return false
		}
		ended--
		return true
	})
}

func (d *Desk) knownByID(ctx context.Context, region, id string) (Known, error) {
	known, err := d.config.Numbers.Known(ctx, region, d.Today())
	if err != nil {
		return Known{}, err
	}
	for _, k := range known {
		if k.ID == id && id != "" {
			if k.Supplier == pipeline.County {
				return Known{}, problem(NotOpen, "这是本县填报的数，请直接更正", "this is the county's own entry: correct it").at(k.Cell)
			}
			return k, nil
		}
	}
	return Known{}, problem(NotThere, "没有找到这个数，可能刚刚更新，请刷新", "there is no such value; it may just have been brought up to date: look again")
}

func (d *Desk) checkObjection(ctx context.Context, dispute *Dispute, claimed string) error {
	if len([]rune(dispute.Reason)) < leastReason {
		return problem(Invalid, "请写明异议的理由", "say why the value is wrong").at(dispute.Cell)
	}
	if p := d.mayWrite(dispute.Reason, dispute.Cell); p != nil {
		return p
	}
	if p := d.fitsEvidence(dispute.Evidence); p != nil {
		return p.at(dispute.Cell)
	}
	for _, e := range dispute.Evidence {
		there, err := d.hasEvidence(ctx, e)
		if err != nil {
			return err
		}
		if !there {
			return problem(NotThere, "附件“"+e.Name+"”没有保存成功，请重新上传", "the attachment "+e.Name+" was not stored: attach it again").at(dispute.Cell)
		}
	}
	if isBlank(claimed) {
		return nil
	}
	number, err := ParseNumber(claimed, dispute.Unit)
	var p *Problem
	if errors.As(err, &p) {
		return p.at(dispute.Cell)
	}
	if Canonical(number) == dispute.Shown {
		return problem(Invalid, "填写的数与现有的数相同", "this is the value that is there").at(dispute.Cell)
	}
	dispute.Claimed = number
	return err
}

// DisputeDecision is how the province, or the county that takes it back, ends a
// dispute.
type DisputeDecision struct {
	Region     string
	ID         string
	Revision   uint64 // of the dispute that was seen
	Outcome    Outcome
	Reason     string // why; not needed to take it back
	Correction string // of Corrected: id of the observation that is right
}

// EndDispute ends a dispute. No outcome changes the value that is disputed: Flagged
// makes a document of the county's number, whose row carries the flag disputed;
// Corrected says which observation put it right; Kept says why it is right.
func (d *Desk) EndDispute(ctx context.Context, by Actor, decision DisputeDecision) (Dispute, error) {
	if err := mayEnd(by, decision); err != nil {
		return Dispute{}, err
	}
	if p := d.mayWrite(decision.Reason, Cell{}); p != nil {
		return Dispute{}, p
	}
	var ended Dispute
	err := d.change(ctx, decision.Region, func(f *file) error {
		i := slices.IndexFunc(f.Disputes, func(x Dispute) bool { return x.ID == decision.ID })
		if i < 0 {
			return problem(NotThere, "没有这项异议", "there is no such dispute")
		}
		dispute := &f.Disputes[i]
		if dispute.Revision != decision.Revision || dispute.Outcome != OpenDispute {
			return current(&record{Standing: &Entry{Trail: dispute.Trail}}, dispute.Cell, decision.Revision)
		}
		at, act := d.now(), ActEndDispute
		if decision.Outcome == Dropped {
			act = ActDropDispute
		}
		dispute.Outcome, dispute.Correction, dispute.Revision = decision.Outcome, decision.Correction, f.next()
		dispute.Trail = withMark(dispute.Trail, Mark{At: at, Act: act, Role: by.Role, Region: by.Region, Text: cleanText(decision.Reason)})
		if decision.Outcome == Flagged {
			dispute.Acceptance = f.addAcceptance([]Accepted{dispute.accepted()}, at)
		}
		f.tell(by, at, act, dispute.ID, string(decision.Outcome))
		ended = *dispute
		return nil
	})
	return ended, err
}

func mayEnd(by Actor, decision DisputeDecision) error {
	switch decision.Outcome {
	case Dropped:
		return by.may(decision.Region, County)
	case Corrected:
		if _, err := pipeline.ParseObservationID(decision.Correction); err != nil {
			return problem(Invalid, "请填写更正后的数据编号", "name the observation that is right: "+err.Error())
		}
	case Flagged, Kept:
		if decision.Correction != "" {
			return problem(Invalid, "只有“已更正”才填写数据编号", "only a correction names an observation")
		}
	default:
		return problem(Invalid, "没有这种处理结果", "there is no outcome "+string(decision.Outcome))
	}
	if isBlank(decision.Reason) {
		return problem(Invalid, "请写明理由", "say why")
	}
	return by.may(decision.Region, Province)
}

// accepted is the county's number as a document states it: without one, only that it
// objects.
func (x *Dispute) accepted() Accepted {
	a := Accepted{Cell: x.Cell, Kind: Value, Value: x.Claimed, Unit: x.Unit, Disputes: x.Observation, Reason: x.Reason, Evidence: x.Evidence}
	if x.Claimed == "" {
		a.Kind = NotAvailable
	}
	return a
}

// Disputed is a dispute with the county that it is of.
type Disputed struct {
	Region  string
	Dispute Dispute
}

// OpenDisputes returns the disputes that wait for the province, by the codes of
// counties; a city sees those of its own.
func (d *Desk) OpenDisputes(ctx context.Context, by Actor) ([]Disputed, error) {
	if by.Role != City && by.Role != Province {
		return nil, by.may("", City, Province)
	}
	regions, err := d.Regions(ctx)
	if err != nil {
		return nil, err
	}
	var all []Disputed
	for _, region := range regions {
		if !by.sees(region) {
			continue
		}
		f, _, err := d.load(ctx, region)
		if err != nil {
			return nil, err
		}
		for _, dispute := range f.Disputes {
			if dispute.Outcome == OpenDispute {
				all = append(all, Disputed{region, dispute})
			}
		}
	}
	return all, nil
}
