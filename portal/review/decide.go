package review

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	desk "zhibiao/collectors/supplement"
	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/supplement"
	"zhibiao/portal/web"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Fields of the list. textField is followed by the key of an entry.
const (
	pickField   = "pick" // the key of an entry that is chosen
	reasonField = "reason"
	doField     = "do"
	textField   = "text."
)

// keyOf names an entry as the reviewer has seen it.
func keyOf(region string, cell desk.Cell, revision uint64) string {
	return region + " " + strconv.FormatUint(revision, 10) + " " + cell.String()
}

func parseKey(key string) (desk.Decision, error) {
	parts := strings.SplitN(key, " ", 3)
	if len(parts) != 3 {
		return desk.Decision{}, badForm("%q names no entry", key)
	}
	revision, err := strconv.ParseUint(parts[1], 10, 64)
	if err != nil {
		return desk.Decision{}, badForm("%q names no entry: %w", key, err)
	}
	cell, err := desk.ParseCell(parts[2])
	return desk.Decision{Region: parts[0], Cell: cell, Revision: revision}, err
}

func badForm(format string, args ...any) error {
	return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("reading the form: "+format, args...))
}

// acts are what the buttons ask for, with the right that each takes.
var acts = map[desk.Act]account.Right{desk.ActComment: account.Comment, desk.ActReturn: account.Comment, desk.ActAccept: account.Decide}

// readDecisions reads what was chosen. Each entry must be within the account's scope:
// the guard has not seen them.
func readDecisions(r *http.Request) ([]desk.Decision, error) {
	if err := r.ParseForm(); err != nil {
		return nil, badForm("%w", err)
	}
	for name := range r.PostForm {
		if name != pickField && name != reasonField && name != doField && !strings.HasPrefix(name, textField) {
			return nil, badForm("unknown field %q", name)
		}
	}
	act := desk.Act(r.PostForm.Get(doField))
	right, known := acts[act]
	if !known {
		return nil, badForm("field %s: want accept, return or comment, not %q", doField, act)
	}
	a, _ := account.From(r.Context())
	var decisions []desk.Decision
	for _, key := range slices.Compact(slices.Sorted(slices.Values(r.PostForm[pickField]))) {
		d, err := parseKey(key)
		if err != nil {
			return nil, supplement.Told(err)
		}
		if !a.May(right, account.Object{Region: d.Region}) {
			return nil, web.Refuse(http.StatusNotFound, "没有这一项，或者它不在您的账号范围内。", "There is no such entry, or it is outside what your account may decide on.")
		}
		d.Act, d.Text = act, r.PostForm.Get(textField+key)
		if strings.TrimSpace(d.Text) == "" {
			d.Text = r.PostForm.Get(reasonField)
		}
		decisions = append(decisions, d)
	}
	return decisions, nil
}

// decide carries out what was chosen, each entry by itself.
func (p *pages) decide(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	decisions, err := readDecisions(r)
	if err != nil {
		return err
	}
	if len(decisions) == 0 {
		return p.again(w, r, nil, &desk.Words{ZH: "请先勾选要处理的项。", EN: "Choose the entries first."})
	}
	results, err := p.Desk.Decide(ctx, supplement.ActorOf(ctx), decisions)
	if err != nil {
		return supplement.Told(err)
	}
	held := 0
	var failed []desk.Decided
	for _, result := range results {
		if result.Problem == nil {
			held++
		} else {
			failed = append(failed, result)
		}
	}
	if len(failed) == 0 {
		done := doneWords[decisions[0].Act]
		web.Tell(ctx, web.Note{ZH: done.ZH + itoa(held) + " 项。", EN: done.EN + itoa(held) + "."})
		return web.SeeOther(w, r, listPath)
	}
	on := &desk.Words{ZH: "有 " + itoa(len(failed)) + " 项没有办成，原因写在下面。", EN: itoa(len(failed)) + " were not done, see below why."}
	if held > 0 {
		on.ZH, on.EN = on.ZH+"其余 "+itoa(held)+" 项已办理。", on.EN+" The other "+itoa(held)+" are done."
	}
	return p.again(w, r, failed, on)
}

var doneWords = map[desk.Act]desk.Words{
	desk.ActAccept: {ZH: "已接受 ", EN: "Accepted: "}, desk.ActReturn: {ZH: "已退回 ", EN: "Returned: "}, desk.ActComment: {ZH: "已提出意见 ", EN: "Commented: "},
}

// again shows the list as it is now with what did not work: beside the entries that
// are still there as they were seen, and above the list for those that are not.
func (p *pages) again(w http.ResponseWriter, r *http.Request, failed []desk.Decided, on *desk.Words) error {
	t := typed{status: http.StatusUnprocessableEntity, problem: on, reason: r.PostForm.Get(reasonField),
		chosen: map[string]bool{}, texts: map[string]string{}, beside: map[string]desk.Words{}}
	for name, texts := range r.PostForm {
		if key, is := strings.CutPrefix(name, textField); is {
			t.texts[key] = texts[0]
		}
	}
	for _, f := range failed {
		key := keyOf(f.Region, f.Cell, f.Revision)
		t.chosen[key], t.beside[key] = true, f.Problem.Words
		if f.Problem.Kind == desk.Stale || f.Problem.Kind == desk.NotOpen || f.Problem.Kind == desk.TooLate { // it is not in the list as it was
			t.status = http.StatusConflict
			name, period := p.names.Indicator(f.Cell.Indicator, nil), desk.PeriodWords(f.Cell.Period)
			t.failed = append(t.failed, desk.Words{ZH: p.names.Region(f.Region) + " " + name.ZH + " " + period.ZH + "：" + f.Problem.Words.ZH,
				EN: p.names.Region(f.Region) + " " + name.EN + " " + period.EN + ": " + f.Problem.Words.EN})
		}
	}
	return p.show(w, r, t)
}
