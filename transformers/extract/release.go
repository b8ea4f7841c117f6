package extract

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
)

// release reads an answer of the statistics bureau's interface of 2026
// (publicrelease): periods, newest first, each with its values.
func (s *sink) release(a answer) {
	data := a.node.Get("data")
	if success := a.node.Get("success"); !success.Is(decode.Bool) || success.Text != "true" {
		s.refusePart(a.node, pipeline.PublisherError, fmt.Sprintf("the publisher answers with state %s: %s", textOf(a.node.Get("state")), a.node.Str("message")))
		return
	}
	if !data.Is(decode.Array) {
		if data.Is(decode.Object) && data.Get("values") == nil {
			s.listing = true
			return
		}
		s.refusePart(a.node, pipeline.UnexpectedField, "the answer has no list of data")
		return
	}
	lists := 0
	list := data.Pointer()
	for _, period := range data.Items {
		values := period.Get("values")
		if !values.Is(decode.Array) {
			lists++ // an entry of a tree of indicators or regions
			continue
		}
		for _, value := range values.Items {
			s.releaseValue(a, period.Str("code"), value, list)
		}
	}
	s.listing = s.listing || lists > 0 && lists == len(data.Items)
}

func textOf(n *decode.Node) string {
	if n == nil {
		return "none"
	}
	return n.Text
}

func (s *sink) releaseValue(a answer, code string, node *decode.Node, list string) {
	name := node.Str("i_showname")
	if name == "" {
		name = node.Str("_name")
	}
	of := s.resolve(seriesID{"", node.Str("_id")}, name, node.Str("du_name"))
	value := node.Get("value")
	if !value.Is(decode.String) {
		if value.Is(decode.Null) {
			return
		}
		s.refuseSeries(pipeline.UnexpectedField, of, nodePlace(node, list), "a value that is not a string")
		return
	}
	at := nodePlace(value, list)
	if compact(value.Text) == "" {
		return
	}
	region, reason, detail := s.releaseRegion(a, node.Str("da"))
	if reason != "" && of.ignored == "" {
		if _, absent := s.recognise.Absent(value.Text); !absent {
			s.refuseSeries(reason, of, at, detail)
		}
		return
	}
	freq, period := releasePeriod(code)
	s.printed(of, value, region, at, period, freq)
}

// releaseRegion finds the region of a value: the answer's own, else the only one
// that was asked for, else that of the list or of the source's file.
func (s *sink) releaseRegion(a answer, area string) (string, pipeline.Reason, string) {
	asked := strings.Join(a.regions, ",")
	if area != "" {
		six, ok := sixDigits(area)
		if !ok {
			return "", pipeline.UnknownRegion, fmt.Sprintf("area %q is not twelve digits of a region", area)
		}
		if len(a.regions) > 0 && !slices.Contains(a.regions, six) {
			return "", pipeline.ScopeIgnored, fmt.Sprintf("the request asked for %s, the answer is about %s", asked, six)
		}
		return six, "", ""
	}
	switch len(a.regions) {
	case 0:
		if code := s.doc.Context[pipeline.ContextRegion]; code != "" {
			return code, "", ""
		}
		return s.rules.Source.Region, "", ""
	case 1:
		return a.regions[0], "", ""
	}
	return "", pipeline.MissingRegion, fmt.Sprintf("the request asked for several regions (%s) and the answer does not say which the value is of", asked)
}

var releaseCode = regexp.MustCompile(`^(\d{4})(?:(YY)|(\d{2})(SS|MM))$`)

// releasePeriod reads 2025YY, 202601SS (the first quarter) or 202603MM.
func releasePeriod(code string) (pipeline.Freq, func(pipeline.Basis) (pipeline.Period, bool)) {
	m := releaseCode.FindStringSubmatch(code)
	if m == nil {
		return "", func(pipeline.Basis) (pipeline.Period, bool) { return pipeline.Period{}, false }
	}
	year, _ := strconv.Atoi(m[1])
	number, _ := strconv.Atoi(m[3])
	switch {
	case m[2] == "YY":
		return pipeline.Annual, func(b pipeline.Basis) (pipeline.Period, bool) { return pipeline.YearPeriod(year, b), true }
	case m[4] == "SS":
		return pipeline.Quarterly, func(b pipeline.Basis) (pipeline.Period, bool) {
			return pipeline.QuarterPeriod(year, number, b), number >= 1 && number <= 4
		}
	}
	return pipeline.Monthly, func(b pipeline.Basis) (pipeline.Period, bool) {
		return pipeline.MonthPeriod(year, number, b), number >= 1 && number <= 12
	}
}
