package statsite

import (
	"fmt"
	"time"
)

// period is a year (A), a quarter (Q) or a month (M). For a cumulative series it is the last of the periods added up.
type period struct {
	freq    string
	year    int
	ordinal int // 1 for a year, 1..4, 1..12
}

func yearOf(year int) period         { return period{"A", year, 1} }
func quarterOf(year, n int) period   { return period{"Q", year, n} }
func monthOf(year, n int) period     { return period{"M", year, n} }
func (p period) index() int          { return p.year*p.perYear() + p.ordinal - 1 }
func (p period) after(o period) bool { return p.index() > o.index() }

func (p period) perYear() int {
	switch p.freq {
	case "M":
		return 12
	case "Q":
		return 4
	}
	return 1
}

func (p period) plus(n int) period {
	index := p.index() + n
	return period{p.freq, index / p.perYear(), index%p.perYear() + 1}
}

// interval gives the first and the last day as ISO dates. Cumulative and year-end figures start on 1 January.
func (p period) interval(basis string) (start, end string) {
	months := 12 / p.perYear()
	first := 1
	if basis == "period" {
		first = (p.ordinal-1)*months + 1
	}
	from := time.Date(p.year, time.Month(first), 1, 0, 0, 0, 0, time.UTC)
	to := time.Date(p.year, time.Month(p.ordinal*months)+1, 0, 0, 0, 0, 0, time.UTC)
	return from.Format(time.DateOnly), to.Format(time.DateOnly)
}

// esCode is the code of the 2026 interface: 2025YY, 202501SS, 202603MM.
func (p period) esCode() string {
	switch p.freq {
	case "A":
		return fmt.Sprintf("%04dYY", p.year)
	case "Q":
		return fmt.Sprintf("%04d%02dSS", p.year, p.ordinal)
	}
	return fmt.Sprintf("%04d%02dMM", p.year, p.ordinal)
}

func parseESCode(code string) (period, bool) {
	var p period
	switch {
	case len(code) == 6 && code[4:] == "YY":
		p = period{"A", atoi(code[:4]), 1}
	case len(code) == 8 && code[6:] == "SS":
		p = period{"Q", atoi(code[:4]), atoi(code[4:6])}
	case len(code) == 8 && code[6:] == "MM":
		p = period{"M", atoi(code[:4]), atoi(code[4:6])}
	default:
		return period{}, false
	}
	return p, p.year > 0 && p.ordinal >= 1 && p.ordinal <= p.perYear()
}

// easyCode is the code of the older interface: 2023, 2023A, 202301.
func (p period) easyCode() string {
	switch p.freq {
	case "A":
		return fmt.Sprintf("%04d", p.year)
	case "Q":
		return fmt.Sprintf("%04d%c", p.year, 'A'+p.ordinal-1)
	}
	return fmt.Sprintf("%04d%02d", p.year, p.ordinal)
}

// parseEasyCode reads one code of a base; a bare year in a sub-annual base means all its periods, so it gives two ends.
func parseEasyCode(freq, code string) (first, last period, ok bool) {
	if len(code) < 4 || atoi(code[:4]) < 0 {
		return first, last, false
	}
	year, rest := atoi(code[:4]), code[4:]
	p := period{freq, year, 1}
	if rest == "" {
		return p, period{freq, year, p.perYear()}, true
	}
	switch {
	case freq == "Q" && len(rest) == 1:
		p.ordinal = int(rest[0]-'A') + 1
	case freq == "M" && len(rest) == 2:
		p.ordinal = atoi(rest)
	default:
		return first, last, false
	}
	return p, p, p.ordinal >= 1 && p.ordinal <= p.perYear()
}

// name is the Chinese name that both interfaces print.
func (p period) name() string {
	switch p.freq {
	case "A":
		return fmt.Sprintf("%d年", p.year)
	case "Q":
		return fmt.Sprintf("%d年第%s季度", p.year, []string{"一", "二", "三", "四"}[p.ordinal-1])
	}
	return fmt.Sprintf("%d年%d月", p.year, p.ordinal)
}

// atoi reads plain digits, -1 for anything else.
func atoi(s string) int {
	n := 0
	for _, digit := range s {
		if digit < '0' || digit > '9' {
			return -1
		}
		n = n*10 + int(digit-'0')
	}
	if s == "" {
		return -1
	}
	return n
}
