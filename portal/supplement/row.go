package supplement

import (
	"time"

	desk "zhibiao/collectors/supplement"
)

// row is an entry as a line of a list.
type row struct {
	Name, Period, Value, State desk.Words
	Waits                      bool   // for the county: it was returned
	Said                       string // what a reviewer wrote last
	Path                       string
}

func (p *pages) rowOf(s *desk.Sheet, e desk.Entry) row {
	r := row{Name: p.names.Indicator(e.Cell.Indicator, s.Locals), Period: desk.PeriodWords(e.Cell.Period), Value: Value(e.Kind, e.Value, e.Unit),
		State: StateOf(e, time.Now()), Waits: e.State == desk.Returned, Path: EntryPath(s.Region, e.Cell)}
	if len(e.Trail) > 0 {
		if last := e.Trail[len(e.Trail)-1]; last.Act == desk.ActReturn || last.Act == desk.ActComment {
			r.Said = last.Text
		}
	}
	return r
}

// StateOf says how far an entry has come.
func StateOf(e desk.Entry, at time.Time) desk.Words {
	switch {
	case e.State == desk.Settled:
		return desk.Words{ZH: "省级已接受", EN: "accepted"}
	case e.State == desk.Returned:
		return desk.Words{ZH: "已退回，可更正后再提交，也可撤回", EN: "returned: correct it or take it back"}
	case e.Stands(at):
		return desk.Words{ZH: "已提交，未审核，待省级审核", EN: "submitted, unreviewed: with the province"}
	}
	return desk.Words{ZH: "已提交，未审核，市级可在 " + day(e.CityUntil) + " 前提意见", EN: "submitted, unreviewed: the city may comment until " + day(e.CityUntil)}
}

// Step is one step of a trail in words.
type Step struct {
	At, Text string
	Who, Did desk.Words
}

var actWords = map[desk.Act]desk.Words{
	desk.ActSubmit: {ZH: "提交", EN: "submitted"}, desk.ActComment: {ZH: "提出意见", EN: "commented"}, desk.ActReturn: {ZH: "退回", EN: "returned"},
	desk.ActAccept: {ZH: "接受", EN: "accepted"}, desk.ActDispute: {ZH: "提出异议", EN: "disputed"}, desk.ActEndDispute: {ZH: "作出处理", EN: "decided"},
	desk.ActDropDispute: {ZH: "撤回异议", EN: "took the objection back"}, desk.ActWithdraw: {ZH: "撤回", EN: "took it back"},
}

var roleWords = map[desk.Role]desk.Words{desk.County: {ZH: "县级", EN: "county"}, desk.City: {ZH: "市级", EN: "city"}, desk.Province: {ZH: "省级", EN: "province"}}

// Steps says a trail in words.
func Steps(trail []desk.Mark) []Step {
	var steps []Step
	for _, m := range trail {
		steps = append(steps, Step{At: Moment(m.At), Text: m.Text, Who: roleWords[m.Role], Did: actWords[m.Act]})
	}
	return steps
}

var outcomeWords = map[desk.Outcome]desk.Words{
	desk.OpenDispute: {ZH: "等待省级处理", EN: "with the province"}, desk.Flagged: {ZH: "已标注“有异议”，两数并存", EN: "flagged as disputed: both numbers stand side by side"},
	desk.Corrected: {ZH: "已更正", EN: "corrected"}, desk.Kept: {ZH: "维持原数", EN: "the value is kept"}, desk.Dropped: {ZH: "县里已撤回", EN: "taken back"},
}

// OutcomeOf says how a dispute stands.
func OutcomeOf(o desk.Outcome) desk.Words { return outcomeWords[o] }
