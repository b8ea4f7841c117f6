package extract

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
	"zhibiao/transformers/recognise"
)

// place is where a number stands.
type place struct {
	locator    string
	table      string // locator of its table, paragraph or list
	start, end uint32
	quote      string // the printed number with what stands around it
}

// reading is a number with its coordinates, before the unit is converted.
type reading struct {
	label     string // the printed label, for refusals
	chain     *chain // or the labels that make it
	indicator *pipeline.Indicator
	region    string // settled code
	period    pipeline.Period
	number    recognise.Number
	sign      pipeline.Sign
	unit      pipeline.Unit
	rawUnit   string // the unit as printed
	status    pipeline.Status
	round     string
	flags     []pipeline.Flag
	dims      string
	shift     uint8 // decimals of number that are not printed: a percentage stored as a fraction
}

// Bounds of what one document may say, and of the memory for it.
const (
	mostObservations = 1 << 17
	mostRefusals     = 1 << 14 // kinds of refused numbers
)

// printedLabel is made only for refusals: most readings are none.
func (r *reading) printedLabel() string {
	if r.chain != nil {
		return r.chain.name()
	}
	return r.label
}

// sink gathers what one document says.
type sink struct {
	*Extractor
	doc          *pipeline.Document
	budget       *decode.Budget
	complete     bool
	whole        bool // refused as a whole
	full         bool // the document says more than is kept: the rest of a workbook is left unread
	listing      bool // the document lists codes and holds no numbers by its nature
	observations []pipeline.Observation
	refusals     []pipeline.Refusal
	refused      map[string]int // place of a refusal by its key
	ignoredCount map[string]int
	settled      settled
	locators     strings.Builder // of cells, in chunks
	asPage       *decode.Page    // see decoded
	pageFault    *decode.Fault
}

// settle makes an observation of a reading whose coordinates are settled, or a
// refusal where its unit does not fit.
func (s *sink) settle(r reading, at place) bool {
	if !r.indicator.Allows(r.period.Freq, r.period.Basis) {
		s.refuse(pipeline.UnexpectedSeries, r.printedLabel(), r.indicator, at,
			fmt.Sprintf("the catalogue does not list %s:%s for %s; add it there or ignore the label in the source's file", r.period.Freq, r.period.Basis, r.indicator.Code))
		return false
	}
	converted, reason := s.recognise.Convert(r.number, r.unit, r.sign, r.indicator.Unit)
	if reason != "" {
		s.refuse(reason, r.printedLabel(), r.indicator, at, fmt.Sprintf("%s %s cannot be taken exactly as %s of %s", r.number.Text, r.rawUnit, r.indicator.Unit, r.indicator.Code))
		return false
	}
	o := s.observe()
	if o == nil {
		return false
	}
	status := r.status
	if status == "" {
		status = pipeline.First
	}
	*o = pipeline.Observation{
		Indicator: r.indicator.Code,
		Region:    r.region,
		Period:    r.period,
		Dims:      r.dims,
		Op:        pipeline.Assert,
		Value:     converted.Value,
		Unit:      r.indicator.Unit,
		Decimals:  r.number.Decimals - r.shift,
		HalfWidth: converted.HalfWidth,
		Status:    status,
		Round:     r.round,
		Flags:     r.flags,
		Access:    s.doc.Access,
		RawText:   r.number.Text,
		RawUnit:   r.rawUnit,
		Factor:    converted.Factor,
		Sign:      r.sign,
		Locator:   at.locator,
		ByteStart: at.start,
		ByteEnd:   at.end,
	}
	return true
}

// observe makes room for one more observation, which is zero; nil where the
// document holds too many.
func (s *sink) observe() *pipeline.Observation {
	if len(s.observations) >= mostObservations {
		s.complete, s.full = false, true
		s.refuseTooMany("the document holds more numbers than any document of statistics: what follows the first 131,072 is left unread; ask for it in parts")
		return nil
	}
	n := len(s.observations)
	if n == cap(s.observations) {
		s.observations = slices.Grow(s.observations, n+1)
	}
	s.observations = s.observations[:n+1] // what was never used is zero
	return &s.observations[n]
}

// locatorOf names the place of a cell.
func (s *sink) locatorOf(cell *decode.Cell) string {
	const chunk, longest = 8 << 10, 64
	var room [longest]byte
	locator := cell.AppendLocator(room[:0])
	if s.locators.Cap()-s.locators.Len() < len(locator) {
		s.locators.Reset()
		s.locators.Grow(max(chunk, len(locator)))
	}
	start := s.locators.Len()
	s.locators.Write(locator)
	return s.locators.String()[start:]
}

// expect makes room for so many observations, within reason.
func (s *sink) expect(count int) {
	const most = 1 << 13
	s.observations = slices.Grow(s.observations, min(count, most, mostObservations-len(s.observations)))
}

// expectMost makes room once for all that a document may say, for a table that is
// long enough for that.
func (s *sink) expectMost() {
	s.observations = slices.Grow(s.observations, mostObservations-len(s.observations))
}

// refuse counts a number of the document that could not be read (promise 2).
// indicator is nil where it was not recognised.
func (s *sink) refuse(reason pipeline.Reason, label string, indicator *pipeline.Indicator, at place, detail string) {
	r := pipeline.Refusal{Reason: reason, Label: shorten(label), Table: at.table, Detail: detail, Count: 1,
		Quote: shorten(at.quote), Locator: at.locator, ByteStart: at.start, ByteEnd: at.end}
	if indicator != nil {
		r.Indicator = indicator.Code
	}
	key := r.Key()
	if i, ok := s.refused[key]; ok {
		s.refusals[i].Count++
		return
	}
	if tooMany := r.Table == "" && r.Label == ""; len(s.refusals) >= mostRefusals && !tooMany {
		s.refuseTooMany("more numbers of the document could not be read than any document of statistics holds: those behind the first kinds are only counted; look at the others first")
		return
	}
	s.refused[key] = len(s.refusals)
	s.refusals = append(s.refusals, r)
}

// refuseTooMany counts a number beyond the bounds of what one document may say.
func (s *sink) refuseTooMany(detail string) {
	s.complete = false
	s.refuse(pipeline.UnexpectedField, "", nil, place{}, detail)
}

// refuseWhole refuses the document as a whole: it withdraws nothing.
func (s *sink) refuseWhole(reason pipeline.Reason, detail string) {
	s.complete, s.whole = false, true
	s.refuse(reason, "", nil, place{}, detail)
}

// ignore counts what the source's file ignores by name.
func (s *sink) ignore(name string) { s.ignoredCount[name]++ }

func (s *sink) result() Result {
	if len(s.observations) == 0 && !s.listing && !s.whole {
		// A page that suddenly says nothing must be seen, and must not withdraw
		// what stood there (promise 6).
		s.complete = false
		if len(s.refusals) > 0 {
			return s.sortedResult()
		}
		detail := "the document holds no number that could be read; look whether the publisher changed it"
		if len(s.ignoredCount) > 0 {
			detail = "all numbers of the document are ignored by name in the source's file; take a name off the list if one is wanted"
		}
		s.refuse(pipeline.NoObservationFound, "", nil, place{}, detail)
	}
	return s.sortedResult()
}

func (s *sink) sortedResult() Result {
	result := Result{
		Complete:     s.complete,
		Observations: byPlace(s.observations),
		Refusals:     sorted(s.refusals, pipeline.CompareRefusals),
	}
	for name, count := range s.ignoredCount {
		result.Ignored = append(result.Ignored, pipeline.Ignored{Name: name, Count: count})
	}
	slices.SortFunc(result.Ignored, func(a, b pipeline.Ignored) int { return strings.Compare(a.Name, b.Name) })
	return result
}

// byPlace sorts observations as pipeline.CompareObservations does. They mostly are
// in order already, and mostly stand at places of their own: the key, which is
// dear to make, then decides nothing.
func byPlace(rows []pipeline.Observation) []pipeline.Observation {
	compare := func(a, b *pipeline.Observation) int {
		if a.ByteStart != b.ByteStart {
			return cmp.Compare(a.ByteStart, b.ByteStart)
		}
		return pipeline.CompareObservations(*a, *b)
	}
	inOrder := true
	for i := 1; i < len(rows) && inOrder; i++ {
		inOrder = compare(&rows[i-1], &rows[i]) <= 0
	}
	if inOrder {
		return rows
	}
	order := make([]int, len(rows)) // by place, where the row stands now
	for i := range rows {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return compare(&rows[a], &rows[b]) })
	for i := range order { // round each ring of places, since a copy would take as much again
		first, at := rows[i], i
		for order[at] != i {
			next := order[at]
			rows[at], order[at] = rows[next], at
			at = next
		}
		rows[at], order[at] = first, at
	}
	return rows
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
