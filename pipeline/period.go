package pipeline

import (
	"fmt"
	"regexp"
	"strconv"
)

// Freq is the frequency of a series as it is printed.
type Freq string

// The frequencies (SDMX CL_FREQ codes).
const (
	Annual    Freq = "A"
	Quarterly Freq = "Q"
	Monthly   Freq = "M"
	Daily     Freq = "D"
)

// Basis says which stretch of time a value of a period is about.
type Basis string

// The bases.
const (
	// Flow is a value of the period itself: 8月份, 全年, 一季度.
	Flow Basis = "period"
	// YearToDate is cumulative since January: 1—8月, 上半年, 前三季度.
	YearToDate Basis = "ytd"
	// End is a stock at the period's end, also a count since inception: 年末.
	End Basis = "end"
)

// Period is a reference period as printed: its frequency, its basis and the
// first and last day that the value is about. Of a stock, Start is the first
// day of the period at whose End it stands. Resolved values compare by (stock
// or flow, Start, End), so 一季度 and 1—3月 meet.
type Period struct {
	Freq  Freq  `json:"freq"`
	Basis Basis `json:"basis"`
	Start Date  `json:"start"`
	End   Date  `json:"end"`
}

// YearPeriod returns a calendar year.
func YearPeriod(year int, basis Basis) Period {
	return Period{Annual, basis, DateOf(year, 1, 1), DateOf(year, 12, 31)}
}

// QuarterPeriod returns quarter 1–4 of a year; for YearToDate it starts in
// January.
func QuarterPeriod(year, quarter int, basis Basis) Period {
	first := 3*quarter - 2
	if basis == YearToDate {
		first = 1
	}
	return Period{Quarterly, basis, DateOf(year, first, 1), DateOf(year, 3*quarter+1, 0)}
}

// MonthPeriod returns month 1–12 of a year; for YearToDate it starts in
// January.
func MonthPeriod(year, month int, basis Basis) Period {
	first := month
	if basis == YearToDate {
		first = 1
	}
	return Period{Monthly, basis, DateOf(year, first, 1), DateOf(year, month+1, 0)}
}

// Valid reports whether the frequency and basis are known and the days agree
// with them.
func (p Period) Valid() error {
	want, err := ParsePeriod(p.Freq, p.Basis, p.Label())
	if err != nil {
		return err
	}
	if want != p {
		return fmt.Errorf("checking period %s %s: days %s to %s are not those of %s", p.Freq, p.Basis, p.Start, p.End, p.Label())
	}
	return nil
}

// Label names the period without its basis: 2024, 2024-Q2, 2024-08 or
// 2024-08-31 (SDMX TIME_PERIOD).
func (p Period) Label() string {
	end := p.End.Time()
	switch p.Freq {
	case Annual:
		return strconv.Itoa(end.Year())
	case Quarterly:
		return fmt.Sprintf("%d-Q%d", end.Year(), (int(end.Month())+2)/3)
	case Monthly:
		return end.Format("2006-01")
	default:
		return p.End.String()
	}
}

var periodLabel = regexp.MustCompile(`^(\d{4})(?:-?Q([1-4])|-(\d{2})(?:-(\d{2}))?)?$`)

// ParsePeriod reads a label as Label writes it; a quarter also without its dash.
func ParsePeriod(freq Freq, basis Basis, label string) (Period, error) {
	switch basis {
	case Flow, YearToDate, End:
	default:
		return Period{}, fmt.Errorf("reading period %q: unknown basis %q (period, ytd or end)", label, basis)
	}
	m := periodLabel.FindStringSubmatch(label)
	if m == nil {
		return Period{}, fmt.Errorf("reading period %q: want 2024, 2024-Q2, 2024-08 or 2024-08-31", label)
	}
	year, _ := strconv.Atoi(m[1])
	number := func(group int) int { n, _ := strconv.Atoi(m[group]); return n }
	switch {
	case freq == Annual && m[2] == "" && m[3] == "":
		return YearPeriod(year, basis), nil
	case freq == Quarterly && m[2] != "":
		return QuarterPeriod(year, number(2), basis), nil
	case freq == Monthly && m[3] != "" && m[4] == "" && number(3) >= 1 && number(3) <= 12:
		return MonthPeriod(year, number(3), basis), nil
	case freq == Daily && m[4] != "":
		day, err := ParseDate(label)
		return Period{Daily, basis, day, day}, err
	}
	return Period{}, fmt.Errorf("reading period %q: not a period of frequency %q", label, freq)
}
