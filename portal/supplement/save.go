package supplement

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	desk "zhibiao/collectors/supplement"
	"zhibiao/portal/web"
)

func itoa(n int) string { return strconv.Itoa(n) }

// What a form asks for.
const (
	doSave   = "save"
	doSubmit = "submit"
)

// save stores the draft, and submits it where that was asked. Whatever becomes of it,
// nothing that was typed is lost: it is in the draft, or in the form again (promise 7).
func (p *pages) save(w http.ResponseWriter, r *http.Request) error {
	ctx, region := r.Context(), r.PathValue("region")
	f, err := p.readForm(r, sheetFields...)
	if err != nil {
		return err
	}
	answers, err := f.answers()
	if err != nil {
		return Told(err)
	}
	revision, err := readRevision(f)
	if err != nil {
		return err
	}
	do := f.Get(doField)
	if do != doSave && do != doSubmit {
		return badForm(fmt.Errorf("field %s: want save or submit, not %q", doField, do))
	}
	for key, a := range answers {
		more, err := p.attach(ctx, region, fileField+key, f.files)
		if err != nil {
			return p.unsaved(w, r, answers, revision, err)
		}
		a.Evidence = withEvidence(a.Evidence, more...)
		answers[key] = a
	}
	saved, err := p.saveDraft(ctx, region, answers, revision)
	if err != nil {
		return p.notSaved(w, r, answers, revision, err)
	}
	if do == doSave {
		// Said by the address and not by a note: that would be a second write of each save.
		return web.SeeOther(w, r, sheetPath(region)+"?"+savedParameter+"="+yes)
	}
	return p.submit(w, r, saved)
}

func readRevision(f *form) (uint64, error) {
	revision, err := strconv.ParseUint(f.Get(revisionField), 10, 64)
	if err != nil {
		return 0, badForm(fmt.Errorf("field %s: %w", revisionField, err))
	}
	return revision, nil
}

// saveDraft puts the answers of a form in the place of those cells in the draft that
// the form was made from. Where the draft is another one by now, the desk says Stale.
func (p *pages) saveDraft(ctx context.Context, region string, answers map[string]desk.Answer, revision uint64) (desk.Draft, error) {
	by := ActorOf(ctx)
	draft, err := p.Desk.Draft(ctx, by, region)
	if err != nil {
		return desk.Draft{}, err
	}
	draft.Revision = revision
	for key, a := range answers {
		draft.Answers[key] = a
	}
	return p.Desk.SaveDraft(ctx, by, draft)
}

// notSaved shows the form again with why it was not saved.
func (p *pages) notSaved(w http.ResponseWriter, r *http.Request, answers map[string]desk.Answer, revision uint64, cause error) error {
	problem := problemIn(cause)
	if problem == nil || problem.Kind == desk.Forbidden {
		return p.unsaved(w, r, answers, revision, cause)
	}
	t := typed{answers: answers, revision: revision, problems: contradictions(answers), status: StatusOf(problem.Kind),
		on: &desk.Words{ZH: "还没有保存：" + problem.Words.ZH, EN: "Not saved yet: " + problem.Words.EN}}
	switch {
	case problem.Kind == desk.Stale:
		if err := p.putTogether(r.Context(), r.PathValue("region"), &t); err != nil {
			return p.unsaved(w, r, answers, revision, err)
		}
	case problem.Cell != "":
		t.problems[problem.Cell] = problem.Words
	}
	if err := p.show(w, r, t); err != nil {
		return p.unsaved(w, r, answers, revision, err)
	}
	return nil
}

// putTogether lays what was typed over what a colleague has saved, which is shown
// beside it; what was left blank is filled with the colleague's.
func (p *pages) putTogether(ctx context.Context, region string, t *typed) error {
	theirs, err := p.Desk.Draft(ctx, ActorOf(ctx), region)
	if err != nil {
		return err
	}
	t.revision, t.colleague = theirs.Revision, map[string]desk.Words{}
	t.on = &desk.Words{
		ZH: "本单位的同事在 " + Moment(theirs.SavedAt) + " 保存过这份草稿，所以您刚才填的还没有保存。下面是您填的内容；与同事不同的，旁边写明了同事所填。请核对后再保存一次。",
		EN: "A colleague saved this draft at " + Moment(theirs.SavedAt) + ", so what you typed is not saved yet. Below is what you typed; where your colleague's differs it is shown beside it. Compare, and save once more."}
	for key, mine := range t.answers {
		other := theirs.Answers[key]
		if answerWords(mine) == answerWords(other) {
			continue
		}
		t.colleague[key] = answerWords(other)
		if mine.IsBlank() && mine.Reason == "" && len(mine.Evidence) == 0 {
			t.answers[key] = other
		}
	}
	for key, other := range theirs.Answers {
		if _, in := t.answers[key]; !in {
			t.answers[key] = other
		}
	}
	return nil
}

// submit submits what is saved.
func (p *pages) submit(w http.ResponseWriter, r *http.Request, saved desk.Draft) error {
	ctx := r.Context()
	back := func(zh, en string) error {
		tell(ctx, true, zh, en)
		return web.SeeOther(w, r, sheetPath(saved.Region)+"#form")
	}
	if len(contradictions(saved.Answers)) > 0 {
		return back("草稿已保存，还没有提交：有的项填了两种回答，请看该项的说明。", "The draft is saved and not submitted: some cells have two answers; see beside them.")
	}
	receipt, err := p.Desk.Submit(ctx, ActorOf(ctx), saved.Region, saved.Revision)
	if problem := problemIn(err); problem != nil {
		return back("草稿已保存，还没有提交："+problem.Words.ZH, "The draft is saved and not submitted: "+problem.Words.EN)
	}
	if err != nil {
		return back("草稿已保存，提交没有成功，请稍后再点一次“提交”。", "The draft is saved; submitting did not work: try again in a while.")
	}
	switch {
	case len(receipt.Submitted) == 0 && len(receipt.Findings) > 0:
		return back("草稿已保存，还没有提交：请看各项旁边的说明。", "The draft is saved and not submitted: see beside the cells.")
	case len(receipt.Submitted) == 0:
		tell(ctx, false, "没有新的内容需要提交。", "There is nothing new to submit.")
		return web.SeeOther(w, r, sheetPath(saved.Region))
	case len(receipt.Findings) > 0:
		tell(ctx, true, "有的项还不能提交，已留在草稿里。", "Some cells cannot be submitted yet; they are still in the draft.")
	}
	return web.SeeOther(w, r, receiptPath(saved.Region, receipt.Submitted[0].SubmittedAt))
}
