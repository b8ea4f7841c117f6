package extract

import (
	"fmt"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
)

// api reads the answers of the statistics bureau's interfaces, plain or recorded.
func (s *sink) api() {
	root, f := decode.JSON(s.doc.Body, s.doc.MediaType)
	if f != nil {
		s.refuseWhole(f.Reason, f.Detail)
		return
	}
	lists := 0
	all := s.answers(root)
	for _, a := range all {
		switch {
		case a.node.Get("returncode") != nil:
			s.easyquery(a)
		case a.node.Get("success") != nil || a.node.Get("state") != nil:
			s.release(a)
		case isListing(a.node):
			lists++
		default:
			s.refusePart(a.node, pipeline.UnexpectedField, "the answer has neither the shape of the older interface nor that of 2026")
		}
	}
	s.listing = s.listing || lists > 0 && lists == len(all)
}

// isListing reports whether an answer lists indicators, regions or periods: a
// tree without numbers.
func isListing(node *decode.Node) bool {
	if !node.Is(decode.Array) {
		return false
	}
	for _, item := range node.Items {
		if item.Get("name") == nil && item.Get("wdname") == nil && item.Get("nodes") == nil || item.Get("values") != nil {
			return false
		}
	}
	return true
}

// refusePart refuses one answer of the body as a whole.
func (s *sink) refusePart(node *decode.Node, reason pipeline.Reason, detail string) {
	s.complete = false
	s.whole = s.whole || node.Pointer() == ""
	s.refuse(reason, "", nil, place{table: node.Pointer(), locator: node.Pointer(), start: node.Start, end: node.End, quote: node.Text}, detail)
}

// refuseSeries refuses one number of a series.
func (s *sink) refuseSeries(reason pipeline.Reason, of series, at place, detail string) {
	s.refuse(reason, of.label, of.indicator, at, detail)
}

// printed settles one printed value of an answer. A text that stands for no
// value is none (zero is a value that was printed, blank is unknown).
func (s *sink) printed(of series, value *decode.Node, region string, at place, period func(pipeline.Basis) (pipeline.Period, bool), freq pipeline.Freq) {
	if _, absent := s.recognise.Absent(value.Text); absent || compact(value.Text) == "" {
		return
	}
	if of.ignored != "" {
		s.ignore(of.ignored)
		return
	}
	if of.reason != "" {
		s.refuseSeries(of.reason, of, at, of.detail)
		return
	}
	number, reason := s.number(value.Text)
	if reason != "" {
		s.refuseSeries(reason, of, at, fmt.Sprintf("%q is no number and no known mark for a missing one", value.Text))
		return
	}
	basis, ok := basisFor(of.indicator, freq, of.basis)
	if !ok {
		s.refuseSeries(pipeline.MissingPeriod, of, at, "the name of the series does not say whether it is of the period or cumulative; map it with its basis in the source's file")
		return
	}
	p, ok := period(basis)
	if !ok {
		s.refuseSeries(pipeline.UnknownPeriod, of, at, "the period's code is none that the interface is known to use")
		return
	}
	if region == "" {
		s.refuseSeries(pipeline.MissingRegion, of, at, "neither the answer nor the request nor the source's file names a region")
		return
	}
	match, reason := s.regionOfCode(region, p)
	if reason != "" {
		s.refuseSeries(reason, of, at, fmt.Sprintf("code %s is no region that is known in %s", region, p.Label()))
		return
	}
	r := reading{label: of.label, indicator: of.indicator, region: match.Code, period: p, number: number, sign: pipeline.Plus,
		unit: of.unit, rawUnit: of.rawUnit, dims: of.dims}
	if match.Restated {
		r.flags = []pipeline.Flag{pipeline.FlagRestatedBoundary}
	}
	s.settle(r, at)
}
