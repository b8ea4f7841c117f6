package extract

import (
	"fmt"
	"slices"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
	"zhibiao/transformers/recognise"
)

// Extractor reads the documents of one source under one set of rules. It is
// immutable and safe for use by several goroutines.
type Extractor struct {
	rules      *pipeline.Rules
	recognise  *recognise.Recogniser
	indicators map[string]*pipeline.Indicator
	growth     map[string]*pipeline.Indicator // growth indicator of a level
	mapped     map[seriesID]pipeline.MappedSeries
	labels     map[string]string
	ignored    map[string]bool
	levels     map[string]string // level of a region's code
}

type seriesID struct{ database, id string }

// Compile prepares the rules.
func Compile(rules *pipeline.Rules) (*Extractor, error) {
	recogniser, err := recognise.Compile(rules)
	if err != nil {
		return nil, fmt.Errorf("compiling rules %s: %w", rules.ID, err)
	}
	e := &Extractor{
		rules:      rules,
		recognise:  recogniser,
		indicators: make(map[string]*pipeline.Indicator, len(rules.Indicators)),
		growth:     map[string]*pipeline.Indicator{},
		mapped:     make(map[seriesID]pipeline.MappedSeries, len(rules.Source.Mapped)),
		labels:     make(map[string]string, len(rules.Source.Labels)),
		ignored:    make(map[string]bool, len(rules.Source.Ignore)),
		levels:     make(map[string]string, len(rules.Regions)),
	}
	for i := range rules.Indicators {
		indicator := &rules.Indicators[i]
		if indicator.Code == "" { // holds the names of other things
			continue
		}
		e.indicators[indicator.Code] = indicator
		if indicator.GrowthOf != "" {
			e.growth[indicator.GrowthOf] = indicator
		}
	}
	for _, m := range rules.Source.Mapped {
		e.mapped[seriesID{m.Database, m.ID}] = m
	}
	for label, code := range rules.Source.Labels {
		e.labels[compact(label)] = code
	}
	for _, name := range rules.Source.Ignore {
		e.ignored[compact(name)] = true
	}
	for _, region := range rules.Regions {
		e.levels[region.Code] = region.Level
	}
	return e, nil
}

// Result is all that one document says.
type Result struct {
	Complete     bool // parsed to its structural end and nothing refused as a whole
	Observations []pipeline.Observation
	Refusals     []pipeline.Refusal
	Ignored      []pipeline.Ignored
}

// Document reads one document. What is wrong with it is in the result.
func (e *Extractor) Document(doc *pipeline.Document) Result {
	s := &sink{Extractor: e, doc: doc, complete: true, refused: map[string]int{}, ignoredCount: map[string]int{}}
	form := decode.FormOf(doc.Body)
	kind := e.rules.Source.Kind
	if missing := e.missingText(doc.Body, doc.MediaType, form); missing != "" {
		s.refuseWhole(pipeline.NotADocument, fmt.Sprintf("the body lacks the text %q that every healthy document of source %s has", missing, e.rules.Source.Name))
		return s.result()
	}
	switch {
	case form == decode.FormJSON && kind != pipeline.KindHTML:
		s.api()
	case form == decode.FormHTML && (kind == pipeline.KindHTML || kind == ""):
		s.page()
	case form == decode.FormHTML:
		s.refuseWhole(pipeline.NotADocument, "the answer is an HTML page where JSON is expected: a challenge of the publisher's firewall; slow down and fetch it again later")
	case form == decode.FormEmpty:
		s.refuseWhole(pipeline.NotADocument, "the body is empty")
	default:
		s.refuseWhole(pipeline.UnexpectedKind, fmt.Sprintf("the body is %s; documents of kind %q are expected", form, kind))
	}
	return s.result()
}

func (e *Extractor) missingText(body []byte, mediaType string, form decode.Form) string {
	if len(e.rules.Source.MustContain) == 0 || form != decode.FormHTML && form != decode.FormJSON {
		return ""
	}
	text, err := decode.Reread(body, mediaType, 0, uint32(len(body)))
	if form == decode.FormHTML {
		if page, f := decode.HTML(body, mediaType); f == nil {
			text = pageText(page)
		}
	}
	for _, want := range e.rules.Source.MustContain {
		if err == nil && !strings.Contains(compact(text), compact(want)) {
			return want
		}
	}
	return ""
}

func pageText(page *decode.Page) string {
	var b strings.Builder
	b.WriteString(page.Title.String())
	for _, block := range page.Blocks {
		b.WriteString(block.Text.String())
		if block.Table == nil {
			continue
		}
		b.WriteString(block.Table.Caption.String())
		for r, row := range block.Table.Cells {
			for c, cell := range row {
				if cell != nil && cell.Row == r && cell.Col == c {
					b.WriteString(cell.Text.String())
				}
			}
		}
	}
	return b.String()
}

// growthOf returns the growth indicator that belongs to an indicator: itself
// where it is one, nil where the catalogue has none.
func (e *Extractor) growthOf(indicator *pipeline.Indicator) *pipeline.Indicator {
	if isGrowth(indicator) {
		return indicator
	}
	return e.growth[indicator.Code]
}

func isGrowth(indicator *pipeline.Indicator) bool {
	return strings.HasSuffix(indicator.Code, ".growth")
}

// region settles a region's code for the last day of a period.
func (e *Extractor) region(code string, period pipeline.Period) (recognise.RegionMatch, pipeline.Reason) {
	if code == nation {
		return recognise.RegionMatch{Code: nation}, ""
	}
	return e.recognise.RegionByCode(code, period.End)
}

// nation is the code of 全国.
const nation = "000000"

// compact removes all white space: labels are printed with spaces for their
// looks.
func compact(text string) string {
	return strings.Join(strings.FieldsFunc(text, isSpace), "")
}

func isSpace(r rune) bool {
	return r <= ' ' || r == '\u00a0' || r == '\u3000' || r >= '\u2000' && r <= '\u200d' || r == '\ufeff'
}

func sorted[T any](rows []T, compare func(a, b T) int) []T {
	slices.SortStableFunc(rows, compare)
	return rows
}
