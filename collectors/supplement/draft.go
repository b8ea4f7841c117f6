package supplement

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// Draft is what a county has typed and not yet submitted, in its own words: also what
// could not be taken as a number. All accounts of a county share one.
type Draft struct {
	Region   string            `json:"region"`
	Answers  map[string]Answer `json:"answers"` // by the form of the cell
	SavedAt  time.Time         `json:"saved_at,omitzero"`
	Revision uint64            `json:"-"` // that it was loaded or saved as; 0 for none
}

func draftKey(region string) string { return "draft." + region }

// Draft returns a county's draft, an empty one where there is none.
func (d *Desk) Draft(ctx context.Context, by Actor, region string) (Draft, error) {
	if err := by.may(region, County); err != nil {
		return Draft{}, err
	}
	return d.draft(ctx, region)
}

func (d *Desk) draft(ctx context.Context, region string) (Draft, error) {
	draft := Draft{Region: region, Answers: map[string]Answer{}}
	revision, err := loadValue(ctx, d.config.Drafts, draftKey(region), &draft)
	if err != nil {
		return Draft{}, fmt.Errorf("reading the draft of %s: %w", region, err)
	}
	if draft.Answers == nil {
		draft.Answers = map[string]Answer{}
	}
	draft.Revision = revision
	return draft, nil
}

// SaveDraft stores a draft in the place of the one of its Revision, and returns it with
// its new one once it is durable (promise 7). Where a colleague saved meanwhile, nothing
// is stored, and the problem is Stale: load again and put both together. Answers that
// are blank are left out. It asks neither catalogue nor warehouse, so that nothing that
// was typed is lost while those are away.
func (d *Desk) SaveDraft(ctx context.Context, by Actor, draft Draft) (Draft, error) {
	if err := by.may(draft.Region, County); err != nil {
		return Draft{}, err
	}
	kept := Draft{Region: draft.Region, Answers: map[string]Answer{}, SavedAt: d.now()}
	for key, answer := range draft.Answers {
		cell, err := ParseCell(key)
		if err != nil {
			return Draft{}, err
		}
		if answer.IsBlank() && isBlank(answer.Reason) && len(answer.Evidence) == 0 {
			continue
		}
		if err := d.fits(answer); err != nil {
			return Draft{}, err.at(cell)
		}
		answer.Reason = cleanText(answer.Reason)
		kept.Answers[key] = answer
	}
	if len(kept.Answers) > d.config.Limits.Answers {
		return Draft{}, problem(TooLarge, "一次最多保存 "+strconv.Itoa(d.config.Limits.Answers)+" 项，请先提交一部分",
			"a draft holds so many answers at most; submit a part first")
	}
	return d.putDraft(ctx, kept, draft.Revision)
}

func (d *Desk) putDraft(ctx context.Context, draft Draft, revision uint64) (Draft, error) {
	content, err := json.Marshal(draft)
	if err != nil {
		return Draft{}, fmt.Errorf("saving the draft of %s: %w", draft.Region, err)
	}
	next, ok, err := d.config.Drafts.Put(ctx, draftKey(draft.Region), content, revision)
	if err != nil {
		return Draft{}, fmt.Errorf("saving the draft of %s: %w", draft.Region, err)
	}
	if !ok {
		return Draft{}, problem(Stale, "草稿刚刚由本单位的另一位同事保存过，请刷新后核对", "a colleague has just saved this draft: load it again and compare")
	}
	draft.Revision = next
	return draft, nil
}

// fits checks the bounds of what is stored.
func (d *Desk) fits(a Answer) *Problem {
	switch a.Kind {
	case "", Value, NotApplicable, NotAvailable:
	default:
		return problem(Invalid, "没有这种回答", "there is no answer of kind "+string(a.Kind))
	}
	if len(a.Typed) > maxTyped {
		return bad("太长，请只填一个数", "it is too long: type one number")
	}
	if err := d.fitsText(a.Reason); err != nil {
		return err
	}
	return d.fitsEvidence(a.Evidence)
}

func (d *Desk) fitsText(text string) *Problem {
	limit := d.config.Limits.TextRunes
	if utf8.RuneCountInString(text) > limit {
		return problem(TooLarge, "文字太长，最多 "+strconv.Itoa(limit)+" 字", "the text is too long: at most "+strconv.Itoa(limit)+" letters")
	}
	return nil
}
