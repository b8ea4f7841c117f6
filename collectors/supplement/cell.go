package supplement

import (
	"fmt"
	"strings"

	"zhibiao/pipeline"
)

// Cell is one number that a county may know: indicator, region and period.
type Cell struct {
	Indicator string          `json:"indicator"` // code of the catalogue, or local:<region>:<name>
	Region    string          `json:"region"`    // code in force on the period's last day
	Period    pipeline.Period `json:"period"`
}

const cellSeparator = "~"

// String returns the cell's form for field names and addresses, such as
// one_county_one_product_brands~140121~A~end~2024.
func (c Cell) String() string {
	return strings.Join([]string{c.Indicator, c.Region, string(c.Period.Freq), string(c.Period.Basis), c.Period.Label()}, cellSeparator)
}

// ParseCell reads the form that String writes. It does not know whether there is such
// an indicator.
func ParseCell(text string) (Cell, error) {
	parts := strings.Split(text, cellSeparator)
	if len(parts) != 5 || parts[0] == "" || !isRegionCode(parts[1]) {
		return Cell{}, problem(NotThere, "没有这一项", fmt.Sprintf("%q is not the form of a cell: indicator~region~freq~basis~period", text))
	}
	period, err := pipeline.ParsePeriod(pipeline.Freq(parts[2]), pipeline.Basis(parts[3]), parts[4])
	if err != nil {
		return Cell{}, problem(NotThere, "没有这一项", fmt.Sprintf("%q is not the form of a cell: %v", text, err))
	}
	return Cell{parts[0], parts[1], period}, nil
}

// span is what cells are compared by: 一季度 and 1—3月 are one (DESIGN 5).
type span struct {
	indicator, region string
	stock             bool
	start, end        pipeline.Date
}

func (c Cell) span() span {
	s := span{c.Indicator, c.Region, c.Period.Basis == pipeline.End, c.Period.Start, c.Period.End}
	if s.stock {
		s.start = s.end
	}
	return s
}

func isRegionCode(code string) bool {
	return len(code) == 6 && strings.Trim(code, "0123456789") == ""
}

// PeriodWords names a cell's period for people: 2024年末, 2024年1—6月.
func PeriodWords(p pipeline.Period) Words {
	year, label := p.End.Year(), p.Label()
	month := int(p.End.Time().Month())
	switch {
	case p.Freq == pipeline.Annual && p.Basis == pipeline.End:
		return Words{fmt.Sprintf("%d年末", year), fmt.Sprintf("end of %d", year)}
	case p.Freq == pipeline.Annual:
		return Words{fmt.Sprintf("%d年", year), label}
	case p.Basis == pipeline.YearToDate:
		return Words{fmt.Sprintf("%d年1—%d月", year, month), fmt.Sprintf("January to %s", p.End.Time().Format("January 2006"))}
	case p.Basis == pipeline.End:
		return Words{fmt.Sprintf("%d年%d月末", year, month), "end of " + p.End.Time().Format("January 2006")}
	case p.Freq == pipeline.Quarterly:
		return Words{fmt.Sprintf("%d年第%d季度", year, (month+2)/3), label}
	}
	return Words{fmt.Sprintf("%d年%d月", year, month), p.End.Time().Format("January 2006")}
}
