package supplement

import (
	"fmt"
	"slices"

	desk "zhibiao/collectors/supplement"
	"zhibiao/pipeline"
)

// box is the fields of one cell.
type box struct {
	Key, ID       string // form of the cell; id of the element
	Name          desk.Words
	Period        desk.Words
	Unit          string
	Range         desk.Words // zero for none
	Last          *lastView  // to be taken over; nil for none
	Answer        desk.Answer
	Kept, Old     []attachment // of the draft; of the entry that is corrected
	Problem       *desk.Words  // what the answer lacks
	Colleague     *desk.Words  // what a colleague has saved meanwhile
	Present       *row         // the entry that is corrected
	OpenByDefault bool         // the rarer fields are shown
}

type lastView struct{ Value, Period desk.Words }

// attachment is an attachment in a form: Text is for its hidden field.
type attachment struct {
	desk.Evidence
	Path, Text, Size string
}

func attachments(region string, all []desk.Evidence) []attachment {
	var shown []attachment
	for _, e := range all {
		shown = append(shown, attachment{e, EvidencePath(region, e.Hash), evidenceText(e), Size(e.Bytes)})
	}
	return shown
}

// Size writes a number of bytes for people.
func Size(n int) string {
	const kb, mb = 1 << 10, 1 << 20
	if n < mb {
		return fmt.Sprintf("%d KB", (n+kb-1)/kb)
	}
	return fmt.Sprintf("%d.%d MB", n/mb, n%mb*10/mb)
}

// boxOf returns the fields of a cell that is asked.
func boxOf(ask desk.Ask) box {
	b := box{Key: ask.Cell.String(), Name: ask.Name, Period: ask.Period, Unit: ask.Unit, Range: Range(ask.Low, ask.High, ask.Unit)}
	if ask.Last != nil {
		b.Last = &lastView{Value(ask.Last.Kind, ask.Last.Value, ask.Unit), ask.Last.Period}
	}
	return b
}

// extraBox returns the fields of a cell that nobody asks for and that the county may
// answer: an entry of its own to be corrected, or a year of an indicator of its own.
func (p *pages) extraBox(s *desk.Sheet, cell desk.Cell) (box, bool) {
	b := box{Key: cell.String(), Name: p.names.Indicator(cell.Indicator, s.Locals), Period: desk.PeriodWords(cell.Period)}
	found := false
	for _, e := range s.Entered {
		if e.Cell.String() == cell.String() {
			present := p.rowOf(s, e)
			b.Present, b.Unit, found = &present, e.Unit, true
			b.Old = attachments(s.Region, e.Evidence)
		}
	}
	if indicator, ok := p.names.indicators[cell.Indicator]; ok {
		if b.Unit == "" {
			b.Unit = indicator.Unit
		}
		if cell.Period.Freq == pipeline.Annual { // the range is for a county's year
			b.Range = Range(indicator.Low, indicator.High, b.Unit)
		}
		return b, found
	}
	for _, l := range s.Locals {
		if l.Code == cell.Indicator && slices.ContainsFunc(yearsOf(l, s.On), func(y ownYear) bool { return y.Cell.String() == cell.String() }) {
			b.Unit, found = l.Unit, true
		}
	}
	return b, found
}

// fill puts what the draft says into the fields.
func (b *box) fill(region string, answers map[string]desk.Answer, problems, colleague map[string]desk.Words) {
	b.Answer = answers[b.Key]
	b.Kept = attachments(region, b.Answer.Evidence)
	b.Old = slices.DeleteFunc(b.Old, func(a attachment) bool {
		return slices.ContainsFunc(b.Kept, func(k attachment) bool { return k.Hash == a.Hash })
	})
	if words, is := problems[b.Key]; is {
		b.Problem = &words
	}
	if words, is := colleague[b.Key]; is {
		b.Colleague = &words
	}
	b.OpenByDefault = b.Problem != nil || b.Answer.Reason != "" || len(b.Kept) > 0 || b.Answer.Kind != "" && b.Answer.Kind != desk.Value
}

// answerWords says what an answer of a draft is, as a colleague is shown it.
func answerWords(a desk.Answer) desk.Words {
	w := desk.Words{ZH: "（空白）", EN: "(blank)"}
	switch {
	case a.Same:
		w = desk.Words{ZH: "沿用上期", EN: "same as last time"}
	case a.Kind != "" && a.Kind != desk.Value:
		w = Value(a.Kind, "", "")
	case a.Typed != "":
		w = desk.Words{ZH: a.Typed, EN: a.Typed}
	}
	if a.Reason != "" {
		w.ZH, w.EN = w.ZH+"；"+a.Reason, w.EN+"; "+a.Reason
	}
	for _, e := range a.Evidence {
		w.ZH, w.EN = w.ZH+"；"+e.Name, w.EN+"; "+e.Name
	}
	return w
}
