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

	// What pure functions said of texts that recur in every document.
	labelled       recognise.Memory[*label]
	settledRegions recognise.Memory[settledRegion]
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
	return e.document(doc, decode.NewBudget(), false)
}

// document reads a document, or a member of a zip of documents. The budget is
// what it and all that is packed in it may inflate.
func (e *Extractor) document(doc *pipeline.Document, budget *decode.Budget, packed bool) Result {
	s := &sink{Extractor: e, doc: doc, budget: budget, complete: true, refused: map[string]int{}, ignoredCount: map[string]int{}}
	form := decode.FormOf(doc.Body)
	kind := e.rules.Source.Kind
	anyFile := kind == pipeline.KindFile || kind == ""
	if missing := s.missingText(form); missing != "" {
		s.refuseWhole(pipeline.NotADocument, fmt.Sprintf("the body lacks the text %q that every healthy document of source %s has", missing, e.rules.Source.Name))
		return s.result()
	}
	switch {
	case form == decode.FormJSON && kind != pipeline.KindHTML:
		s.api()
	case form == decode.FormHTML && (kind == pipeline.KindHTML || anyFile):
		s.page()
	case form == decode.FormXLSX && anyFile:
		s.workbook()
	case form == decode.FormDOCX && anyFile:
		s.docx()
	case form == decode.FormOLE && anyFile:
		s.xls()
	case form == decode.FormPDF && anyFile:
		s.pdf()
	case form == decode.FormText && anyFile:
		s.lines()
	case form == decode.FormZip && anyFile && !packed:
		s.members()
	case form == decode.FormHTML:
		s.refuseWhole(pipeline.NotADocument, "the answer is an HTML page where JSON is expected: a challenge of the publisher's firewall; slow down and fetch it again later")
	case form == decode.FormEmpty:
		s.refuseWhole(pipeline.NotADocument, "the body is empty")
	default:
		s.refuseWhole(pipeline.UnexpectedKind, fmt.Sprintf("the body is %s; documents of kind %q are expected", form, kind))
	}
	return s.result()
}

// missingText returns a text that every healthy document of the source has and
// this one lacks, "" for none. What cannot be decoded at all is refused with its
// own reason later.
func (s *sink) missingText(form decode.Form) string {
	if len(s.rules.Source.MustContain) == 0 {
		return ""
	}
	text := ""
	switch form {
	case decode.FormHTML:
		page, f := s.decoded()
		if f != nil {
			return ""
		}
		text = pageText(page)
	case decode.FormJSON:
		var err error
		if text, err = decode.Reread(s.doc.Body, s.doc.MediaType, 0, uint32(len(s.doc.Body))); err != nil {
			return ""
		}
	default:
		return ""
	}
	text = compact(text)
	for _, want := range s.rules.Source.MustContain {
		if !strings.Contains(text, compact(want)) {
			return want
		}
	}
	return ""
}

// decoded returns the document as a page, decoded once.
func (s *sink) decoded() (*decode.Page, *decode.Fault) {
	if s.asPage == nil && s.pageFault == nil {
		s.asPage, s.pageFault = decode.HTML(s.doc.Body, s.doc.MediaType)
	}
	return s.asPage, s.pageFault
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
				if cell != nil && int(cell.Row) == r && int(cell.Col) == c {
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

// regionOfCode settles a region's code for the last day of a period.
func (s *sink) regionOfCode(code string, period pipeline.Period) (recognise.RegionMatch, pipeline.Reason) {
	if code == nation {
		return recognise.RegionMatch{Code: nation}, ""
	}
	return s.regionByCode(code, period)
}

// nation is the code of 全国.
const nation = "000000"

// compact removes all white space: labels are printed with spaces for their
// looks.
func compact(text string) string {
	if !maySpace(text) {
		return text
	}
	return strings.Join(strings.FieldsFunc(text, isSpace), "")
}

// maySpace reports whether text may hold white space, from bytes that Chinese
// letters have at their start or not at all.
func maySpace(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c <= ' ', c == 0xC2, c == 0xE2, c == 0xEF && strings.HasPrefix(text[i:], "\ufeff"), c == 0xE3 && strings.HasPrefix(text[i:], "\u3000"):
			return true
		}
	}
	return false
}

func isSpace(r rune) bool {
	return r <= ' ' || r == '\u00a0' || r == '\u3000' || r >= '\u2000' && r <= '\u200d' || r == '\ufeff'
}

func sorted[T any](rows []T, compare func(a, b T) int) []T {
	slices.SortStableFunc(rows, compare)
	return rows
}
