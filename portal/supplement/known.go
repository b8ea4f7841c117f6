package supplement

import (
	"net/http"
	"slices"

	desk "zhibiao/collectors/supplement"
	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/web"
)

// KnownView is a value that is known, with where it comes from and what others say.
type KnownView struct {
	desk.Known
	Name, Period, Shown, From desk.Words
	Rule                      desk.Words // why it is believed before others
	Flags                     []desk.Words
	Published, Trace          string
	Rivals                    []Rival
	Disputed                  bool // an objection of the county is open
	Dispute                   string
}

// Rival is what another source says.
type Rival struct {
	Source, Trace string
	From, Shown   desk.Words
}

// View says a known value in words; trace is the path in front of observations' ids.
func (n *Names) View(k desk.Known, locals []desk.Local, trace string) KnownView {
	v := KnownView{Known: k, Name: n.Indicator(k.Cell.Indicator, locals), Period: desk.PeriodWords(k.Cell.Period),
		Shown: Value(desk.Value, k.Value, k.Unit), From: Supplier(k.Supplier), Rule: ruleWords(k.Reason), Flags: Flags(k.Flags), Published: day(k.PublishedAt), Trace: tracePath(trace, k.ID)}
	if v.SourceTitle == "" {
		v.SourceTitle = k.Source
	}
	for _, f := range k.Flags {
		if k.Value == "" && (f == pipeline.FlagNotApplicable || f == pipeline.FlagNotAvailable) {
			v.Shown = Flag(f)
		}
	}
	for _, o := range k.Others {
		v.Rivals = append(v.Rivals, Rival{Source: o.Source, Trace: tracePath(trace, o.ID), From: Supplier(o.Supplier), Shown: Value(desk.Value, o.Value, k.Unit)})
	}
	return v
}

func tracePath(front, id string) string {
	if front == "" || id == "" {
		return ""
	}
	return front + id
}

func (p *pages) viewOf(s *desk.Sheet, k desk.Known, mine bool) KnownView {
	v := p.names.View(k, s.Locals, p.Trace)
	v.Disputed = slices.ContainsFunc(s.Disputes, func(d desk.Dispute) bool { return d.Observation == k.ID && d.Outcome == desk.OpenDispute })
	if mine && k.ID != "" && k.Supplier != pipeline.County && !v.Disputed {
		v.Dispute = sheetPath(s.Region) + "/dispute/" + k.ID
	}
	return v
}

// knownOf returns what is known of a cell.
func (p *pages) knownOf(s *desk.Sheet, cell desk.Cell) []KnownView {
	var all []KnownView
	for _, k := range s.Known {
		if SameCell(k.Cell, cell) {
			all = append(all, p.viewOf(s, k, false))
		}
	}
	return all
}

// SameCell reports whether two cells are about the same span: 一季度 and 1—3月 are one.
func SameCell(a, b desk.Cell) bool {
	stock := a.Period.Basis == pipeline.End
	return a.Indicator == b.Indicator && a.Region == b.Region && stock == (b.Period.Basis == pipeline.End) &&
		a.Period.End == b.Period.End && (stock || a.Period.Start == b.Period.Start)
}

type knownPage struct {
	Region, RegionName string
	Mine               bool
	Tasks              []taskLink
	Groups             []knownGroup
}

type taskLink struct {
	Code string
	Name desk.Words
	Here bool
}

type knownGroup struct {
	Name    desk.Words
	Newest  KnownView
	Earlier []KnownView // the newest first
}

// ownTask is the part of the page with the county's own indicators.
const ownTask = "own"

// known shows what is known of a county by task.
func (p *pages) known(w http.ResponseWriter, r *http.Request) error {
	ctx, region := r.Context(), r.PathValue("region")
	s, err := p.Desk.Sheet(ctx, ActorOf(ctx), region, p.Desk.Today())
	if err != nil {
		return Told(err)
	}
	a, _ := account.From(ctx)
	page := knownPage{Region: region, RegionName: p.names.Region(region), Mine: a.May(account.Enter, account.Object{Region: region})}
	chosen := r.URL.Query().Get(taskParameter)
	for _, k := range s.Known {
		code := p.taskOf(k.Cell.Indicator)
		if chosen == "" {
			chosen = code
		}
		if !slices.ContainsFunc(page.Tasks, func(l taskLink) bool { return l.Code == code }) {
			page.Tasks = append(page.Tasks, taskLink{code, taskName(code), code == chosen})
		}
		if code == chosen {
			page.add(p.viewOf(s, k, page.Mine))
		}
	}
	if chosen != "" && !slices.ContainsFunc(page.Tasks, func(l taskLink) bool { return l.Here }) {
		return web.Refuse(http.StatusNotFound, "没有这一类数据。", "There are no values of this task.")
	}
	return views.Show(w, r, http.StatusOK, "known.html", page)
}

func (p *pages) taskOf(indicator string) string {
	if task := p.names.Task(indicator); task != "" {
		return task
	}
	return ownTask
}

func taskName(code string) desk.Words {
	if code == ownTask {
		return desk.Words{ZH: "特色指标", EN: "Own indicators"}
	}
	return desk.TaskWords(code)
}

// add takes a value of a later period than those of its indicator before it.
func (page *knownPage) add(v KnownView) {
	if n := len(page.Groups); n > 0 && page.Groups[n-1].Name == v.Name {
		g := &page.Groups[n-1]
		g.Newest, g.Earlier = v, append([]KnownView{g.Newest}, g.Earlier...)
		return
	}
	page.Groups = append(page.Groups, knownGroup{Name: v.Name, Newest: v})
}

// ruleText are the reasons that the warehouse gives where no dated rule decides; a
// dated rule has a reason for people of its own.
var ruleText = map[string]string{
	"one source has it":       "只有一个来源",
	"a number before a blank": "有数的优先于空白",
	"the later publication":   "公布较晚的优先",
	"public and provincial data before an entry of the county":      "公开数据和省级数据优先于县级填报",
	"census-revised before final before the rest":                   "普查修订数优先于最终核实数，再优先于其他",
	"equal in all else: the source whose name comes first":          "其他条件相同，按来源名称",
	"one source has it twice: the frequency whose code comes first": "同一来源有两种频率的数，按频率代码",
}

func ruleWords(reason string) desk.Words {
	if zh, ok := ruleText[reason]; ok {
		return desk.Words{ZH: zh, EN: reason}
	}
	return desk.Words{ZH: reason, EN: reason}
}
