package filing

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"zhibiao/pipeline"
)

// Request says what a workbook is to ask for.
type Request struct {
	Unit string        // coordinating unit
	On   pipeline.Date // day on which the cells were found missing
	// Asked are the cells that the unit should supply and that are not there yet
	// (promise 10): nothing else becomes an input.
	Asked []Cell
	// Known are values that are known already; the last one before an asked cell is
	// shown beside it.
	Known      []Known
	Indicators []pipeline.Indicator // the catalogue, in its order
	Regions    []pipeline.Region
	Letter     string // covering letter, "" for the usual one
	Contact    string // whom to ask, "" for none
}

// Cell is one number that is asked for.
type Cell struct {
	Indicator, Region string // code of the catalogue; GB/T 2260 code in force on the period's last day
	Period            pipeline.Period
}

// Known is a value that the warehouse has.
type Known struct {
	Cell
	Value, Unit string // exact decimal
	Source      string // title of the source, for people
}

// Workbook is a made workbook. The same request gives the same bytes.
type Workbook struct {
	Name  string // of the file
	Body  []byte
	Cells int // inputs
}

// column is one indicator at one basis.
type column struct {
	indicator *pipeline.Indicator
	basis     pipeline.Basis
	lone      bool              // the catalogue leaves no other basis at the frequencies asked for
	known     map[string]string // text by row code; no such column where it is empty
}

func (c *column) code(role pipeline.FormRole) string {
	return pipeline.FormColumn{Role: role, Indicator: c.indicator.Code, Basis: c.basis, Unit: c.indicator.Unit}.Code()
}

// head is the text over the numbers: 投诉举报量（件，累计）.
func (c *column) head() string {
	inside := c.indicator.Unit
	if !c.lone {
		inside += "，" + basisWords[c.basis]
	}
	return c.indicator.NameZH + "（" + inside + "）"
}

// beside is the text over the columns beside the numbers.
func (c *column) beside(suffix string) string {
	if c.lone {
		return c.indicator.NameZH + suffix
	}
	return c.indicator.NameZH + "（" + basisWords[c.basis] + "）" + suffix
}

var basisWords = map[pipeline.Basis]string{pipeline.Flow: "当期", pipeline.YearToDate: "累计", pipeline.End: "期末"}

// layout is a request arranged as a form.
type layout struct {
	columns []column
	rows    []pipeline.FormRow
	ends    map[pipeline.FormRow]pipeline.Date
	asked   map[string]bool // by row code and column code
}

func askedKey(row pipeline.FormRow, c *column) string {
	return row.Code() + "\x1f" + c.code(pipeline.FormValue)
}

// arrange puts regions in the order of their codes, then periods, and indicators in
// that of the catalogue (promise 9).
func (r *Request) arrange() (*layout, error) {
	if len(r.Asked) == 0 {
		return nil, fmt.Errorf("making the workbook of %s: %w", r.Unit, ErrNothingAsked)
	}
	l := &layout{ends: map[pipeline.FormRow]pipeline.Date{}, asked: map[string]bool{}}
	order := map[string]int{}
	for i := range r.Indicators {
		order[r.Indicators[i].Code] = i
	}
	for _, cell := range r.Asked {
		i, ok := order[cell.Indicator]
		if !ok {
			return nil, fmt.Errorf("making the workbook of %s: the indicator %s is not in the catalogue", r.Unit, cell.Indicator)
		}
		if err := cell.Period.Valid(); err != nil {
			return nil, fmt.Errorf("making the workbook of %s: %w", r.Unit, err)
		}
		c := column{indicator: &r.Indicators[i], basis: cell.Period.Basis, known: map[string]string{}}
		if !slices.ContainsFunc(l.columns, func(o column) bool { return o.indicator == c.indicator && o.basis == c.basis }) {
			l.columns = append(l.columns, c)
		}
		row := rowOf(cell)
		if _, ok := l.ends[row]; !ok {
			l.rows = append(l.rows, row)
			l.ends[row] = cell.Period.End
		}
		l.asked[askedKey(row, &c)] = true
	}
	slices.SortFunc(l.columns, func(a, b column) int {
		return cmp.Or(cmp.Compare(order[a.indicator.Code], order[b.indicator.Code]), cmp.Compare(a.basis, b.basis))
	})
	slices.SortFunc(l.rows, func(a, b pipeline.FormRow) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(l.ends[a], l.ends[b]), strings.Compare(string(a.Freq), string(b.Freq)))
	})
	for i := range l.columns {
		l.columns[i].lone = l.isLone(l.columns[i])
		l.lookUp(r, &l.columns[i])
	}
	return l, nil
}

// ErrNothingAsked says that a unit has nothing to supply.
var ErrNothingAsked = errors.New("nothing is missing that this unit should supply")

func rowOf(cell Cell) pipeline.FormRow {
	return pipeline.FormRow{Region: cell.Region, Freq: cell.Period.Freq, Label: cell.Period.Label()}
}

// isLone reports whether the catalogue has one basis only at each frequency.
func (l *layout) isLone(c column) bool {
	seen := map[pipeline.Freq]bool{}
	for _, s := range c.indicator.Series {
		if seen[s.Freq] {
			return false
		}
		seen[s.Freq] = true
	}
	return !slices.ContainsFunc(l.columns, func(o column) bool { return o.indicator == c.indicator && o.basis != c.basis })
}

// lookUp finds the last value that is known before each asked cell of a column.
func (l *layout) lookUp(r *Request, c *column) {
	for _, row := range l.rows {
		if !l.asked[askedKey(row, c)] {
			continue
		}
		var last *Known
		for i := range r.Known {
			k := &r.Known[i]
			isEarlier := k.Indicator == c.indicator.Code && k.Region == row.Region && k.Period.Basis == c.basis &&
				k.Period.Freq == row.Freq && k.Period.End < l.ends[row]
			if isEarlier && (last == nil || k.Period.End > last.Period.End) {
				last = k
			}
		}
		if last != nil {
			c.known[row.Code()] = fmt.Sprintf("%s：%s %s（%s）", PeriodWords(last.Period.Freq, last.Period.Label()), last.Value, last.Unit, last.Source)
		}
	}
}

// PeriodWords names a period for people: 2024年, 2024年第2季度, 2024年8月.
func PeriodWords(freq pipeline.Freq, label string) string {
	year, rest := label[:min(4, len(label))], strings.TrimLeft(label[min(4, len(label)):], "-Q")
	switch freq {
	case pipeline.Quarterly:
		return year + "年第" + rest + "季度"
	case pipeline.Monthly:
		return year + "年" + strings.TrimPrefix(rest, "0") + "月"
	case pipeline.Annual:
		return year + "年"
	}
	return label
}

// regionName is the name that a code has in a year, behind that of its prefecture.
func regionName(regions []pipeline.Region, code string, year int) string {
	name := ""
	for _, r := range regions {
		if r.Code == code && (name == "" || r.From <= year) {
			name = r.Name
			if r.Level == "county" && r.City != "" && r.City != "直辖" {
				name = r.City + r.Name
			}
		}
	}
	return name
}
