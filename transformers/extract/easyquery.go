package extract

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
)

// easyquery reads an answer of the statistics bureau's older interface. What the
// site prints is strdata; data is unrounded and stays in the archive. hasdata
// false is no value, whatever data says: January and February of activity data
// are blank by the bureau's own practice.
func (s *sink) easyquery(a answer) {
	data := a.node.Get("returndata")
	if code := a.node.Get("returncode"); code.Text != "200" || !data.Is(decode.Object) {
		s.publisherError(a, data)
		return
	}
	nodes := data.Get("datanodes")
	if !nodes.Is(decode.Array) {
		s.refusePart(a.node, pipeline.UnexpectedField, "the answer has no list of datanodes")
		return
	}
	known := s.easyquerySeries(a, data.Get("wdnodes"))
	list := nodes.Pointer()
	s.expect(len(nodes.Items))
	for _, node := range nodes.Items {
		s.datanode(a, node, list, known)
	}
	if len(nodes.Items) == 0 {
		s.listing = true // a list of regions or periods comes without data
	}
}

func (s *sink) publisherError(a answer, data *decode.Node) {
	if data.Is(decode.Array) && isListing(data) {
		s.listing = true
		return
	}
	said := ""
	if data.Is(decode.String) {
		said = data.Text
	}
	s.refusePart(a.node, pipeline.PublisherError, fmt.Sprintf("the publisher answers with code %s: %s", a.node.Get("returncode").Text, said))
}

// easyquerySeries resolves the indicators that the answer describes, by code.
// The key of a series is (dbcode, code): the same code means different things in
// different databases.
func (s *sink) easyquerySeries(a answer, dimensions *decode.Node) map[string]series {
	known := map[string]series{}
	if !dimensions.Is(decode.Array) {
		return known
	}
	for _, dimension := range dimensions.Items {
		if dimension.Str("wdcode") != "zb" || !dimension.Get("nodes").Is(decode.Array) {
			continue
		}
		for _, node := range dimension.Get("nodes").Items {
			if !node.Is(decode.Object) { // [null] stands for an unknown code
				continue
			}
			name := node.Str("cname")
			if name == "" {
				name = node.Str("name")
			}
			code := node.Str("code")
			known[code] = s.easyquerySeriesNamed(a, code, name, node.Str("unit"))
		}
	}
	return known
}

func (s *sink) easyquerySeriesNamed(a answer, code, name, unit string) series {
	if a.database == "" {
		return series{label: shorten(name + " " + code), reason: pipeline.UnknownIndicator,
			detail: fmt.Sprintf("the request does not name the database (dbcode), without which series %s has no meaning", code)}
	}
	return s.resolve(seriesID{a.database, code}, name, unit)
}

// datanode reads one value with its codes.
func (s *sink) datanode(a answer, node *decode.Node, list string, known map[string]series) {
	data := node.Get("data")
	has, value := data.Get("hasdata"), data.Get("strdata")
	codes := codesOf(node.Get("wds"))
	of, ok := known[codes.series]
	if !ok {
		of = s.easyquerySeriesNamed(a, codes.series, "", "")
	}
	if !has.Is(decode.Bool) {
		s.refuseSeries(pipeline.UnexpectedField, of, nodePlace(node, list), "a datanode without hasdata")
		return
	}
	if has.Text == "false" {
		return
	}
	if !value.Is(decode.String) || compact(value.Text) == "" {
		s.refuseSeries(pipeline.UnexpectedField, of, nodePlace(node, list), "a datanode with data but without strdata, the printed number")
		return
	}
	at := nodePlace(value, list)
	region, reason, detail := s.easyqueryRegion(a, codes.region)
	if reason != "" && of.ignored == "" {
		s.refuseSeries(reason, of, at, detail)
		return
	}
	freq, period := easyqueryPeriod(a.database, codes.period)
	s.printed(of, value, region, at, period, freq)
}

// datanodeCodes are the codes of a value.
type datanodeCodes struct{ series, region, period string }

func codesOf(wds *decode.Node) datanodeCodes {
	var codes datanodeCodes
	if !wds.Is(decode.Array) {
		return codes
	}
	for _, w := range wds.Items {
		switch w.Str("wdcode") {
		case "zb":
			codes.series = w.Str("valuecode")
		case "reg":
			codes.region = w.Str("valuecode")
		case "sj":
			codes.period = w.Str("valuecode")
		}
	}
	return codes
}

func nodePlace(node *decode.Node, list string) place {
	return place{locator: node.Pointer(), table: list, start: node.Start, end: node.End, quote: node.Text}
}

// easyqueryRegion finds the region of a value. A region filter on a national
// database is silently ignored by the interface: the answer is then about
// something else than was asked.
func (s *sink) easyqueryRegion(a answer, code string) (string, pipeline.Reason, string) {
	asked := ""
	if len(a.regions) > 0 {
		asked = strings.Join(a.regions, ",")
	}
	switch {
	case code != "":
		if len(a.regions) > 0 && !slices.Contains(a.regions, code) {
			return "", pipeline.ScopeIgnored, fmt.Sprintf("the request asked for region %s, the answer is about %s", asked, code)
		}
		return code, "", ""
	case len(a.regions) > 0:
		return "", pipeline.ScopeIgnored, fmt.Sprintf("the request asked for region %s of a database that has no regions; the answer is the nation's", asked)
	case strings.HasPrefix(a.database, "hg"):
		return nation, "", ""
	}
	return "", "", ""
}

// easyqueryCode is 2023, 2023B or 202312.
type easyqueryCode struct {
	year, quarter, month int // quarter and month 0 where there is none
	plain                bool
}

func readEasyqueryCode(code string) (c easyqueryCode, ok bool) {
	if len(code) < 4 || !isDigits(code[:4]) {
		return c, false
	}
	c.year, _ = strconv.Atoi(code[:4])
	switch rest := code[4:]; {
	case rest == "":
		c.plain = true
	case len(rest) == 1 && rest[0] >= 'A' && rest[0] <= 'D':
		c.quarter = int(rest[0]-'A') + 1
	case len(rest) == 2 && isDigits(rest):
		c.month, _ = strconv.Atoi(rest)
	default:
		return c, false
	}
	return c, true
}

func isDigits(text string) bool { return strings.Trim(text, "0123456789") == "" }

// easyqueryPeriod reads 2023, 2023B or 202312, which must fit the database: its
// last two letters are yd, jd or nd.
func easyqueryPeriod(database, code string) (pipeline.Freq, func(pipeline.Basis) (pipeline.Period, bool)) {
	var freq pipeline.Freq
	switch {
	case strings.HasSuffix(database, "yd"):
		freq = pipeline.Monthly
	case strings.HasSuffix(database, "jd"):
		freq = pipeline.Quarterly
	case strings.HasSuffix(database, "nd"):
		freq = pipeline.Annual
	}
	read, ok := readEasyqueryCode(code)
	return freq, func(basis pipeline.Basis) (pipeline.Period, bool) {
		switch {
		case !ok:
		case freq == pipeline.Annual && read.plain:
			return pipeline.YearPeriod(read.year, basis), true
		case freq == pipeline.Quarterly && read.quarter > 0:
			return pipeline.QuarterPeriod(read.year, read.quarter, basis), true
		case freq == pipeline.Monthly && read.month >= 1 && read.month <= 12:
			return pipeline.MonthPeriod(read.year, read.month, basis), true
		}
		return pipeline.Period{}, false
	}
}
