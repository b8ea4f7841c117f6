package supplement

import (
	"errors"
	"net/http"
	"slices"

	desk "zhibiao/collectors/supplement"
	"zhibiao/portal/web"
)

// unsavedView is what was typed while our side was away, to be sent again.
type unsavedView struct {
	Region  string
	Problem desk.Words
	Fields  []field
	Typed   []typedCell
}

type field struct{ Name, Text string }

type typedCell struct{ Name, Period, Answer desk.Words }

// unsaved shows what was typed, with a button that sends it again: it needs neither
// broker nor warehouse.
func (p *pages) unsaved(w http.ResponseWriter, r *http.Request, answers map[string]desk.Answer, revision uint64, cause error) error {
	var shown *web.Problem
	if !errors.As(Told(cause), &shown) {
		return cause
	}
	if shown.Status == http.StatusForbidden || shown.Status == http.StatusNotFound {
		return shown
	}
	view := unsavedView{Region: r.PathValue("region"), Problem: desk.Words{
		ZH: "刚才填的内容还没有保存。请不要关闭本页，稍后点“再保存一次”。", EN: "What you typed is not saved yet. Keep this page open and send it again in a while."}}
	if problem := problemIn(cause); problem != nil {
		view.Problem = problem.Words
	}
	add := func(name, text string) {
		if text != "" {
			view.Fields = append(view.Fields, field{name, text})
		}
	}
	add(revisionField, uitoa(revision))
	for _, key := range slices.Sorted(keysOf(answers)) {
		a := answers[key]
		cell, err := desk.ParseCell(key)
		if err != nil {
			continue // answers hold no such keys
		}
		add(cellField, key)
		add(typedField+key, a.Typed)
		add(kindField+key, string(a.Kind))
		add(reasonField+key, a.Reason)
		add(zeroField+key, checked(a.Zero))
		add(sameField+key, checked(a.Same))
		for _, e := range a.Evidence {
			add(keptField+key, evidenceText(e))
		}
		if !a.IsBlank() || a.Reason != "" {
			view.Typed = append(view.Typed, typedCell{p.names.Indicator(cell.Indicator, nil), desk.PeriodWords(cell.Period), answerWords(a)})
		}
	}
	return views.Show(w, r, shown.Status, "unsaved.html", view)
}

func checked(is bool) string {
	if is {
		return yes
	}
	return ""
}
