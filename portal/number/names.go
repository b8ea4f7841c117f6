package number

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"zhibiao/configs"
	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/web"
)

// Words is a text in both languages.
type Words struct{ ZH, EN string }

// Of returns the text of a language.
func (w Words) Of(l web.Language) string { return l.Text(w.ZH, w.EN) }

// Names says what the codes of the catalogue are called.
type Names struct {
	set   *configs.Set
	order map[string]int // of indicators in the catalogue
}

// NewNames reads the names of a catalogue.
func NewNames(set *configs.Set) *Names {
	n := &Names{set, map[string]int{}}
	for i, indicator := range set.Indicators() {
		n.order[indicator.Code] = i
	}
	return n
}

// Order is where an indicator stands in the catalogue; others follow.
func (n *Names) Order(code string) int {
	if i, ok := n.order[code]; ok {
		return i
	}
	return len(n.order)
}

// Indicator returns the name of an indicator, its code where the catalogue has none.
func (n *Names) Indicator(code string) Words {
	if i, ok := n.set.Indicator(code); ok {
		return Words{i.NameZH, i.NameEN}
	}
	if parts := strings.SplitN(code, ":", 3); len(parts) == 3 && parts[0] == "local" {
		return Words{parts[2], parts[2]}
	}
	return Words{code, code}
}

// Region returns the name that a code had in a year behind that of its city, its code
// where it has none.
func (n *Names) Region(code string, year int) string {
	name := ""
	for _, r := range n.set.Regions() {
		if r.Code == code && (name == "" || r.From <= year) {
			name = RegionName(r)
		}
	}
	return cmp.Or(name, code)
}

// RegionName is a region's name, behind that of its city.
func RegionName(r pipeline.Region) string {
	if r.Level == "county" && r.City != "" && r.City != "直辖" {
		return r.City + r.Name
	}
	return r.Name
}

// Source returns the title of a source, its name where there is none.
func (n *Names) Source(name string) string {
	if s, err := n.set.Source(name); err == nil && s.Title != "" {
		return s.Title
	}
	return name
}

// RegionsWithin returns the regions in force within a region, and itself, by code
// (promise 9).
func (n *Names) RegionsWithin(outer string) []pipeline.Region {
	var all []pipeline.Region
	for _, r := range n.set.Regions() {
		if r.To == 0 && account.Within(r.Code, outer) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b pipeline.Region) int { return strings.Compare(a.Code, b.Code) })
	return all
}

var basisWords = map[pipeline.Basis]Words{
	pipeline.Flow: {"当期", "alone"}, pipeline.YearToDate: {"累计", "cumulative"}, pipeline.End: {"期末", "at the end"},
}

// Period says a period: 2024年, 2024年末, 2024年第2季度累计.
func Period(p pipeline.Period) Words {
	label := p.Label()
	switch p.Freq {
	case pipeline.Annual:
		if p.Basis == pipeline.End {
			return Words{label + "年末", "end of " + label}
		}
		return Words{label + "年", label}
	case pipeline.Quarterly:
		year, quarter, _ := strings.Cut(label, "-Q")
		return Words{year + "年第" + quarter + "季度" + basisWords[p.Basis].ZH, label + " " + basisWords[p.Basis].EN}
	case pipeline.Monthly:
		year, month, _ := strings.Cut(label, "-")
		return Words{year + "年" + strings.TrimPrefix(month, "0") + "月" + basisWords[p.Basis].ZH, label + " " + basisWords[p.Basis].EN}
	}
	return Words{label, label}
}

var statusWords = map[pipeline.Status]Words{
	pipeline.First: {"首次公布", "first"}, pipeline.Provisional: {"初步", "provisional"}, pipeline.Final: {"最终", "final"},
	pipeline.CensusRevised: {"普查修订", "census-revised"},
}

// Status says a status.
func Status(s pipeline.Status) Words { return known(statusWords, s) }

var flagWords = map[pipeline.Flag]Words{
	pipeline.FlagEstimated: {"推算数", "estimated"}, pipeline.FlagBreak: {"口径有变", "break in the series"},
	pipeline.FlagSuspect: {"待核实", "to be verified"}, pipeline.FlagDisputed: {"有异议", "disputed"},
	pipeline.FlagUnreviewed: {"未审核", "unreviewed"}, pipeline.FlagWithdrawn: {"来源已撤下", "withdrawn by its source"},
	pipeline.FlagRestatedBoundary: {"按现行区划追溯", "restated in today's boundaries"}, pipeline.FlagNotApplicable: {"不适用", "not applicable"},
	pipeline.FlagNotAvailable: {"未掌握", "not available"}, pipeline.FlagSuppressed: {"不公开", "suppressed"},
	pipeline.FlagStructural: {"按制度无此数", "structurally blank"},
}

// Flag says a flag.
func Flag(f pipeline.Flag) Words { return known(flagWords, f) }

var supplierWords = map[pipeline.Supplier]Words{
	pipeline.Public: {"公开渠道", "public"}, pipeline.Province: {"省级报送", "provincial filing"}, pipeline.County: {"县级填报", "county entry"},
	"report": {"进展报告", "progress reports"}, "derived": {"推算", "derived"},
}

// Supplier says which of the three sources something is from.
func Supplier(s pipeline.Supplier) Words { return known(supplierWords, s) }

// taskWords are the seven tasks.
var taskWords = map[string]Words{
	"economy": {"经济发展", "Economy"}, "enterprises": {"企业", "Enterprises"}, "brands": {"品牌", "Brands"}, "infrastructure": {"质量基础设施", "Quality infrastructure"},
	"assistance": {"质量帮扶", "Assistance"}, "green_safety": {"绿色与安全", "Green and safety"}, "co_governance": {"质量共治", "Co-governance"},
}

// Task says a task of the catalogue.
func Task(code string) Words { return known(taskWords, code) }

var ruleWords = map[string]Words{
	"only":       {"只有这一个来源", "one source has it"},
	"number":     {"有数优先于空缺", "a number before a blank"},
	"supplier":   {"公开和省级数据优先于县级填报", "public and provincial data before a county's entry"},
	"status":     {"普查修订优先于最终，最终优先于其他", "census-revised before final before the rest"},
	"precedence": {"按约定的来源优先规则", "by an agreed rule of precedence"},
	"published":  {"公布较晚的优先", "the later publication"},
	"name":       {"其他都相同：按来源代号先后", "equal in all else: the source whose name comes first"},
	"frequency":  {"同一来源给出两次：按频率代号先后", "one source has it twice: the frequency whose code comes first"},
}

// Rule says what decided between sources.
func Rule(code string) Words { return known(ruleWords, code) }

func known[K ~string](words map[K]Words, code K) Words {
	if w, ok := words[code]; ok {
		return w
	}
	return Words{string(code), string(code)}
}

// Shanghai is where a day begins and ends.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Moment writes a time as people in Shanghai read it, "" for none.
func Moment(t time.Time) string {
	if t.IsZero() || t.Unix() <= 0 {
		return ""
	}
	return t.In(Shanghai).Format("2006-01-02 15:04")
}

// published writes when the public could know something, to the precision that is known.
func published(at pipeline.Stamp) string {
	switch {
	case at.At.IsZero():
		return ""
	case at.Precision == pipeline.PrecisionDay:
		return at.At.UTC().Format(time.DateOnly)
	}
	return Moment(at.At)
}

// parsePeriod reads 2024, 2024-Q2 or 2024-08 and returns the days within which a period
// must end; "" is any.
func parsePeriod(label string) (from, to pipeline.Date, err error) {
	label = strings.ToUpper(strings.TrimSpace(strings.NewReplacer("年", "", "　", "").Replace(label)))
	if label == "" {
		return pipeline.DateOf(1949, 1, 1), pipeline.DateOf(2199, 12, 31), nil
	}
	for _, freq := range []pipeline.Freq{pipeline.Annual, pipeline.Quarterly, pipeline.Monthly} {
		if p, err := pipeline.ParsePeriod(freq, pipeline.Flow, label); err == nil {
			return p.Start, p.End, nil
		}
	}
	return 0, 0, fmt.Errorf("reading period %q: want 2024, 2024-Q2 or 2024-08", label)
}
