package filing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
	"zhibiao/transformers/recognise"
)

// Form reads the filed documents of one source under one set of rules. It is
// immutable and safe for use by several goroutines.
type Form struct {
	rules      *pipeline.Rules
	recognise  *recognise.Recogniser
	indicators map[string]*pipeline.Indicator
	names      map[string]*pipeline.Indicator // by name and alias, without spaces
	regions    map[string][]pipeline.Region   // by code
	platform   *platform                      // nil for workbooks
}

// Compile prepares the rules.
func Compile(rules *pipeline.Rules) (*Form, error) {
	recogniser, err := recognise.Compile(rules)
	if err != nil {
		return nil, fmt.Errorf("compiling rules %s: %w", rules.ID, err)
	}
	f := &Form{rules: rules, recognise: recogniser, indicators: map[string]*pipeline.Indicator{},
		names: map[string]*pipeline.Indicator{}, regions: map[string][]pipeline.Region{}}
	for i := range rules.Indicators {
		indicator := &rules.Indicators[i]
		f.indicators[indicator.Code] = indicator
		for _, name := range append([]string{indicator.NameZH}, indicator.Aliases...) {
			f.names[compact(name)] = indicator
		}
	}
	for _, r := range rules.Regions {
		f.regions[r.Code] = append(f.regions[r.Code], r)
	}
	if rules.Source.Kind == pipeline.KindPlatform {
		if f.platform, err = compilePlatform(rules.Source.Platform, f.indicators, f.names); err != nil {
			return nil, fmt.Errorf("compiling rules %s: %w", rules.ID, err)
		}
	}
	return f, nil
}

// Judge reads a document cell by cell. It is pure: the same document gives the same
// judgement. The day of doc.FetchedAt decides whether a period is over.
func (f *Form) Judge(doc *pipeline.Document) pipeline.Judgement {
	j := &judge{Form: f, doc: doc, today: today(doc), taken: map[string]int{}}
	if f.platform != nil {
		j.export()
	} else {
		j.workbook()
	}
	return j.judgement()
}

// today is the day of the filing in Shanghai, the last day that there is where the
// document does not say when it came.
func today(doc *pipeline.Document) pipeline.Date {
	const shanghai = 8 * 60 * 60
	if doc.FetchedAt.IsZero() {
		return pipeline.DateOf(9999, 12, 31)
	}
	return pipeline.Date((doc.FetchedAt.Unix() + shanghai) / (24 * 60 * 60))
}

// judge gathers what one document comes to.
type judge struct {
	*Form
	doc      *pipeline.Document
	today    pipeline.Date
	unit     string
	whole    bool
	blank    int
	rows     []accepted
	taken    map[string]int // place in rows by the observation's key
	findings []pipeline.Finding
	sheets   []string // in the order in which they were read
}

// accepted is a number with its place.
type accepted struct {
	observation pipeline.Observation
	sheet       string
	place       string
	dropped     bool // stands there twice, with another value
}

// Bounds of what one document may say.
const (
	mostAccepted = 1 << 17
	mostFindings = 1 << 13
)

// refuse refuses the document as a whole.
func (j *judge) refuse(problem pipeline.Problem, text string) {
	j.whole, j.rows, j.blank = true, nil, 0
	j.findings = []pipeline.Finding{{Severity: pipeline.SeverityError, Problem: problem, Text: text}}
}

// find adds a finding about a cell; those beyond the bound are told as one.
func (j *judge) find(severity pipeline.Severity, problem pipeline.Problem, at where, text, want string) {
	switch {
	case len(j.findings) > mostFindings:
		return
	case len(j.findings) == mostFindings:
		j.findings = append(j.findings, pipeline.Finding{Severity: pipeline.SeverityError, Problem: pipeline.ProblemOversized})
		return
	}
	j.findings = append(j.findings, pipeline.Finding{Severity: severity, Problem: problem, Sheet: at.sheet, Place: at.place,
		Locator: at.locator, ByteStart: at.start, ByteEnd: at.end, Region: at.region, Indicator: at.indicator, Period: at.period,
		Quote: shorten(at.quote), Text: shorten(text), Want: want})
}

// where is the place of a cell and what it is about, as far as that is known.
type where struct {
	sheet, place, locator     string
	start, end                uint32
	quote                     string // what stands there
	region, indicator, period string
}

func (j *judge) whereOf(sheet string, cell *decode.FormCell) where {
	start, end := cell.Text.Raw(0, len(cell.Text.String()))
	return where{sheet: sheet, place: cell.Place(), locator: cell.Locator, start: start, end: end, quote: cell.Text.String()}
}

// accept takes a number, unless its key is there already: once more the same is
// told, and of two that differ neither is taken.
func (j *judge) accept(o pipeline.Observation, at where) {
	key := o.Key()
	i, twice := j.taken[key]
	if !twice {
		if len(j.rows) == mostAccepted {
			j.find(pipeline.SeverityError, pipeline.ProblemOversized, at, o.RawText, "")
			return
		}
		j.taken[key] = len(j.rows)
		j.rows = append(j.rows, accepted{observation: o, sheet: at.sheet, place: at.place})
		return
	}
	first := &j.rows[i]
	if first.observation.Value == o.Value && slices.Equal(first.observation.Flags, o.Flags) {
		j.find(pipeline.SeverityNotice, pipeline.ProblemDuplicate, at, o.RawText, placeName(first.sheet, first.place))
		return
	}
	if !first.dropped {
		first.dropped = true
		other := where{sheet: first.sheet, place: first.place, locator: first.observation.Locator, start: first.observation.ByteStart,
			end: first.observation.ByteEnd, quote: first.observation.RawText, region: o.Region, indicator: o.Indicator, period: o.Period.Label()}
		j.find(pipeline.SeverityError, pipeline.ProblemDuplicate, other, first.observation.RawText, placeName(at.sheet, at.place))
	}
	j.find(pipeline.SeverityError, pipeline.ProblemDuplicate, at, o.RawText, placeName(first.sheet, first.place))
}

func placeName(sheet, place string) string {
	if sheet == "" {
		return place
	}
	return sheet + "!" + place
}

func (j *judge) judgement() pipeline.Judgement {
	result := pipeline.Judgement{Unit: j.unit, Whole: j.whole, Blank: j.blank, Findings: j.findings}
	for _, row := range j.rows {
		if !row.dropped {
			result.Accepted = append(result.Accepted, row.observation)
		}
	}
	slices.SortStableFunc(result.Accepted, pipeline.CompareObservations)
	slices.SortStableFunc(result.Findings, func(a, b pipeline.Finding) int {
		return cmp.Or(cmp.Compare(slices.Index(j.sheets, a.Sheet), slices.Index(j.sheets, b.Sheet)), comparePlaces(a.Place, b.Place))
	})
	return result
}

// comparePlaces orders C7 before B10: by row, then by column.
func comparePlaces(a, b string) int {
	columnA, rowA := splitPlace(a)
	columnB, rowB := splitPlace(b)
	return cmp.Or(cmp.Compare(len(rowA), len(rowB)), strings.Compare(rowA, rowB), cmp.Compare(len(columnA), len(columnB)), strings.Compare(columnA, columnB))
}

func splitPlace(place string) (column, row string) {
	i := strings.IndexAny(place, "0123456789")
	if i < 0 {
		return place, ""
	}
	return place[:i], place[i:]
}

// compact removes all white space: labels are written with spaces for their looks.
func compact(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return r <= ' ' || r == '\u00a0' || r == '\u3000' || r >= '\u2000' && r <= '\u200d' || r == '\ufeff'
	}), "")
}

// shorten keeps a quote readable.
func shorten(text string) string {
	const longest = 80
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return string(runes)
}
