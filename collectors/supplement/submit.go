package supplement

import (
	"context"
	"slices"
	"time"

	"zhibiao/pipeline"
)

// Receipt says what a submission did.
type Receipt struct {
	Submitted []Entry   // that are on their way now
	Unchanged int       // that were on their way or accepted with the same answer already
	Findings  []Finding // why the others were not; they are still in the draft
	Draft     Draft     // what is left of it
}

// Submit submits the answers of the draft with that revision which lack nothing; the
// others stay in the draft with what they lack. Nothing is needed to submit: a sheet
// may be left blank. An answer that is on its way already is not entered twice, so that
// a submission that was cut off is repeated safely.
func (d *Desk) Submit(ctx context.Context, by Actor, region string, revision uint64) (Receipt, error) {
	if err := by.may(region, County); err != nil {
		return Receipt{}, err
	}
	draft, err := d.draft(ctx, region)
	if err != nil {
		return Receipt{}, err
	}
	if draft.Revision != revision {
		return Receipt{}, problem(Stale, "草稿刚刚由本单位的另一位同事保存过，请刷新后核对", "a colleague has just saved this draft: load it again and compare")
	}
	s := submission{desk: d, by: by, on: d.Today(), draft: draft}
	if err := s.prepare(ctx); err != nil {
		return Receipt{}, err
	}
	var receipt Receipt
	if err := d.change(ctx, region, func(f *file) (err error) { receipt, err = s.enter(f); return err }); err != nil {
		return Receipt{}, err
	}
	left := Draft{Region: region, Answers: map[string]Answer{}, SavedAt: d.now()}
	for _, finding := range receipt.Findings {
		left.Answers[finding.Cell] = draft.Answers[finding.Cell]
	}
	receipt.Draft = draft
	if len(left.Answers) < len(draft.Answers) {
		// A colleague who saved meanwhile keeps his draft: what is in it of these
		// answers is found to be entered already when he submits.
		if put, err := d.putDraft(ctx, left, draft.Revision); err == nil {
			receipt.Draft = put
		}
	}
	return receipt, nil
}

// submission is one county's answers on their way from its draft into its file.
type submission struct {
	desk  *Desk
	by    Actor
	on    pipeline.Date
	draft Draft
	known []Known
	gaps  []Gap
	lost  map[string]bool // hashes of attachments that are not in the archive
}

// prepare asks what has to be asked outside of the change.
func (s *submission) prepare(ctx context.Context) (err error) {
	if s.gaps, err = s.desk.config.Numbers.Gaps(ctx, s.draft.Region, s.on); err != nil {
		return err
	}
	if s.known, err = s.desk.config.Numbers.Known(ctx, s.draft.Region, s.on); err != nil {
		return err
	}
	s.lost = map[string]bool{}
	for _, a := range s.draft.Answers {
		for _, e := range a.Evidence {
			if there, err := s.desk.hasEvidence(ctx, e); err != nil {
				return err
			} else if !there {
				s.lost[e.Hash] = true
			}
		}
	}
	return nil
}

// enter puts the answers that lack nothing into the file.
func (s *submission) enter(f *file) (Receipt, error) {
	d, at := s.desk, s.desk.now()
	asked := map[string]Ask{}
	for _, ask := range d.asks(f, s.known, s.gaps) {
		asked[ask.Cell.String()] = ask
	}
	var receipt Receipt
	for _, cell := range s.cells() {
		answer := s.draft.Answers[cell.String()]
		if answer.IsBlank() {
			receipt.Findings = append(receipt.Findings, Finding{cell.String(), BadNumber, Words{"尚未填写", "there is no answer yet"}})
			continue
		}
		entry, finding := s.settle(f, asked, cell, answer)
		switch {
		case finding != nil:
			receipt.Findings = append(receipt.Findings, *finding)
		case isAnswered(f.at(cell), &entry):
			receipt.Unchanged++
		default:
			receipt.Submitted = append(receipt.Submitted, s.open(f, entry, at))
		}
	}
	return receipt, nil
}

func (s *submission) cells() []Cell {
	var cells []Cell
	for key := range s.draft.Answers {
		if cell, err := ParseCell(key); err == nil { // SaveDraft lets no others in
			cells = append(cells, cell)
		}
	}
	slices.SortFunc(cells, s.desk.compareCells)
	return cells
}

func (s *submission) settle(f *file, asked map[string]Ask, cell Cell, answer Answer) (Entry, *Finding) {
	ask, finding := s.desk.askOf(f, s.known, asked, cell, s.on)
	if finding != nil {
		return Entry{}, finding
	}
	for _, e := range answer.Evidence {
		if s.lost[e.Hash] {
			return Entry{}, &Finding{cell.String(), LostEvidence, Words{"附件“" + e.Name + "”没有保存成功，请重新上传", "the attachment " + e.Name + " was not stored: attach it again"}}
		}
	}
	return s.desk.settleAnswer(ask, answer)
}

// isAnswered reports whether the answer is on its way, or stands and nothing else is on
// its way.
func isAnswered(r *record, e *Entry) bool {
	if r.Open != nil {
		return r.Open.State == Submitted && r.Open.says(e)
	}
	return r.Standing != nil && r.Standing.says(e)
}

// says reports whether two entries of a cell say the same.
func (e *Entry) says(o *Entry) bool {
	return e.Kind == o.Kind && e.Value == o.Value && e.Unit == o.Unit && e.Reason == o.Reason && slices.Equal(e.Evidence, o.Evidence)
}

// open puts an entry on its way to review, in the place of one that is returned or not
// yet reviewed; the one that stands goes on standing until this one is accepted.
func (s *submission) open(f *file, e Entry, at time.Time) Entry {
	r := f.at(e.Cell)
	if r.Open != nil {
		e.Trail = r.Open.Trail
	}
	e.State, e.Revision, e.SubmittedAt = Submitted, f.next(), at
	e.CityUntil = at.AddDate(0, 0, s.desk.config.CityDays)
	e.Trail = withMark(e.Trail, Mark{At: at, Act: ActSubmit, Role: s.by.Role, Region: s.by.Region, Text: e.Reason})
	f.put(e.Cell, &record{Open: &e, Standing: r.Standing})
	f.tell(s.by, at, ActSubmit, e.Cell.String(), "")
	return e
}

// Withdraw takes an entry back that is not accepted yet. The cell is as it was before.
func (d *Desk) Withdraw(ctx context.Context, by Actor, region string, cell Cell, revision uint64) error {
	if err := by.may(region, County); err != nil {
		return err
	}
	return d.change(ctx, region, func(f *file) error {
		r := f.at(cell)
		if err := current(r, cell, revision); err != nil {
			return err
		}
		f.put(cell, &record{Standing: r.Standing})
		if r.Standing == nil {
			delete(f.Cells, cell.String())
		}
		f.tell(by, d.now(), ActWithdraw, cell.String(), "")
		return nil
	})
}

// Check says what the answers of a draft lack to be submitted, by the order of the
// catalogue. It changes nothing.
func (d *Desk) Check(ctx context.Context, by Actor, draft Draft) ([]Finding, error) {
	if err := by.may(draft.Region, County); err != nil {
		return nil, err
	}
	s := submission{desk: d, by: by, on: d.Today(), draft: draft}
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	f, _, err := d.load(ctx, draft.Region)
	if err != nil {
		return nil, err
	}
	receipt, err := s.enter(f) // f is not stored
	return receipt.Findings, err
}
