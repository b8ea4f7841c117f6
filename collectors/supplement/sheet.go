package supplement

import (
	"cmp"
	"context"
	"slices"

	"zhibiao/pipeline"
)

// Sheet is the one page of a county: what only it can supply and is missing, what is
// known, and what it has entered.
type Sheet struct {
	Region  string
	On      pipeline.Date
	Tasks   []Task  // with something to ask, in the order of the catalogue
	Known   []Known // agreed unless disputed
	Entered []Entry // newest entry of each cell that has one; Returned ones wait for the county
	Locals  []Local
	// Disputes are the county's, open ones first, newest first.
	Disputes []Dispute
}

// Nothing reports whether the county has nothing to do: 本期无须填报. That is the
// success.
func (s *Sheet) Nothing() bool {
	return len(s.Tasks) == 0 && !slices.ContainsFunc(s.Entered, func(e Entry) bool { return e.State == Returned })
}

// Task is a task of the catalogue with what is asked for it.
type Task struct {
	Code string // economy, enterprises, …
	Name Words
	Asks []Ask
}

// Ask is a cell that only the county can fill.
type Ask struct {
	Cell      Cell
	Name      Words
	Unit      string
	Period    Words
	Low, High string // plausible range, exact decimals, "" for none; it only asks for a reason
	Whole     bool   // counted in whole things
	Last      *Last  // the last answer, to be taken over; nil for none
}

// Last is the last answer to the same question.
type Last struct {
	Period Words
	Kind   AnswerKind
	Value  string
	Reason string
}

// Sheet returns a county's page as of a day. What it asks is what the warehouse says to
// be the county's move, less what the county has entered before in whatever state
// (promise 10). The cells that it asks are counted once each (Burden).
func (d *Desk) Sheet(ctx context.Context, by Actor, region string, on pipeline.Date) (*Sheet, error) {
	if err := by.may(region, County, City, Province); err != nil {
		return nil, err
	}
	sheet, err := d.sheet(ctx, region, on)
	if err != nil {
		return nil, err
	}
	if by.Role == County { // reviewers who look ask nobody
		if err := d.countAsked(ctx, sheet); err != nil {
			return nil, err
		}
	}
	return sheet, nil
}

func (d *Desk) sheet(ctx context.Context, region string, on pipeline.Date) (*Sheet, error) {
	gaps, err := d.config.Numbers.Gaps(ctx, region, on)
	if err != nil {
		return nil, err
	}
	known, err := d.config.Numbers.Known(ctx, region, on)
	if err != nil {
		return nil, err
	}
	f, _, err := d.load(ctx, region)
	if err != nil {
		return nil, err
	}
	sheet := &Sheet{Region: region, On: on, Known: known, Locals: slices.Clone(f.Locals), Disputes: slices.Clone(f.Disputes)}
	for _, r := range d.records(f) {
		sheet.Entered = append(sheet.Entered, *r.last())
	}
	slices.SortStableFunc(sheet.Disputes, func(a, b Dispute) int {
		return cmp.Or(cmp.Compare(len(a.Outcome), len(b.Outcome)), b.OpenedAt.Compare(a.OpenedAt))
	})
	slices.SortStableFunc(sheet.Known, func(a, b Known) int { return d.compareCells(a.Cell, b.Cell) })
	sheet.Tasks = d.tasks(d.asks(f, known, gaps))
	return sheet, nil
}

// asks returns what is asked: never what is known or entered already, whatever the
// list of gaps says (promise 10).
func (d *Desk) asks(f *file, known []Known, gaps []Gap) []Ask {
	there := map[span]bool{}
	for _, k := range known {
		if k.Value != "" || k.Supplier == pipeline.County {
			there[k.Cell.span()] = true
		}
	}
	for _, r := range f.Cells {
		there[r.cell().span()] = true
	}
	var asks []Ask
	for _, gap := range gaps {
		indicator := d.indicators[gap.Cell.Indicator]
		if gap.Move != MoveCounty || indicator == nil || indicator.Supplier != string(pipeline.County) || there[gap.Cell.span()] {
			continue
		}
		there[gap.Cell.span()] = true
		asks = append(asks, d.ask(f, known, indicator, gap.Cell))
	}
	slices.SortFunc(asks, func(a, b Ask) int { return d.compareCells(a.Cell, b.Cell) })
	return asks
}

func (d *Desk) ask(f *file, known []Known, indicator *pipeline.Indicator, cell Cell) Ask {
	ask := Ask{Cell: cell, Name: Words{indicator.NameZH, indicator.NameEN}, Unit: indicator.Unit,
		Period: PeriodWords(cell.Period), Whole: d.isWhole(indicator.Unit), Last: d.last(f, known, cell)}
	if cell.Period.Freq == pipeline.Annual { // the range is for a county's year
		ask.Low, ask.High = indicator.Low, indicator.High
	}
	return ask
}

// last returns the newest answer to the same question about an earlier period: the
// county's own, else what is known from elsewhere.
func (d *Desk) last(f *file, known []Known, cell Cell) *Last {
	var found *Last
	var newest pipeline.Date
	consider := func(c Cell, last Last) {
		if c.Indicator == cell.Indicator && c.Period.Freq == cell.Period.Freq && c.Period.Basis == cell.Period.Basis &&
			c.Period.End < cell.Period.End && (found == nil || c.Period.End > newest) {
			last.Period = PeriodWords(c.Period)
			found, newest = &last, c.Period.End
		}
	}
	for _, r := range d.records(f) {
		if e := r.last(); e.State != Returned {
			consider(e.Cell, Last{Kind: e.Kind, Value: e.Value, Reason: e.Reason})
		}
	}
	for _, k := range known {
		if k.Value != "" {
			consider(k.Cell, Last{Kind: Value, Value: k.Value})
		}
	}
	return found
}

// tasks puts asks under their tasks.
func (d *Desk) tasks(asks []Ask) []Task {
	var tasks []Task
	for _, ask := range asks {
		code := d.indicators[ask.Cell.Indicator].Task
		i := slices.IndexFunc(tasks, func(t Task) bool { return t.Code == code })
		if i < 0 {
			i = len(tasks)
			tasks = append(tasks, Task{Code: code, Name: TaskWords(code)})
		}
		tasks[i].Asks = append(tasks[i].Asks, ask)
	}
	return tasks
}

var taskWords = map[string]Words{
	"economy":        {"经济发展", "Economy"},
	"enterprises":    {"质量强企", "Enterprises"},
	"brands":         {"质量品牌", "Brands"},
	"infrastructure": {"质量基础设施", "Quality infrastructure"},
	"assistance":     {"质量帮扶", "Assistance"},
	"green_safety":   {"绿色与安全", "Green and safe"},
	"co_governance":  {"质量共治", "Co-governance"},
}

// TaskWords names a task of the catalogue.
func TaskWords(code string) Words {
	if w, ok := taskWords[code]; ok {
		return w
	}
	return Words{code, code}
}

// compareCells orders by the catalogue, then by period; own indicators come last, by
// code.
func (d *Desk) compareCells(a, b Cell) int {
	place := func(c Cell) int {
		if i, ok := d.order[c.Indicator]; ok {
			return i
		}
		return len(d.order)
	}
	return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Indicator, b.Indicator), cmp.Compare(a.Region, b.Region),
		cmp.Compare(a.Period.End, b.Period.End), cmp.Compare(a.Period.Start, b.Period.Start), cmp.Compare(a.String(), b.String()))
}

// isWhole reports whether things are counted one by one in a unit.
func (d *Desk) isWhole(unit string) bool {
	u, ok := d.units[unit]
	return ok && u.Factor == "1" && wholeDimensions[u.Dimension]
}

var wholeDimensions = map[string]bool{
	"count": true, "persons": true, "attendances": true, "events": true, "batches": true, "visits": true, "machines": true,
}
