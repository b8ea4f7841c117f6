package statsite

import (
	"encoding/json"
	"net/url"
	"strings"
)

// The older interface, archived: it answers as on the first night for ever, without a Content-Type.
// A value that is not there is hasdata false beside data 0; data is unrounded and strdata is what the site prints;
// an error is HTTP 200 with returncode 501 and a string for returndata; a region is ignored in a national base.

type easyAnswer struct {
	ReturnCode int `json:"returncode"`
	ReturnData any `json:"returndata"`
}

type easyData struct {
	DataNodes    []easyNode      `json:"datanodes"`
	FreshSort    int             `json:"freshsort"`
	HasDataCount int             `json:"hasdatacount"`
	WdNodes      []easyDimension `json:"wdnodes"`
}

type easyNode struct {
	Code string     `json:"code"`
	Data easyFigure `json:"data"`
	Wds  []wdValue  `json:"wds"`
}

type easyFigure struct {
	Data     json.Number `json:"data"`
	DotCount int         `json:"dotcount"`
	HasData  bool        `json:"hasdata"`
	StrData  string      `json:"strdata"`
}

type wdValue struct {
	Code      string `json:"valuecode"`
	Dimension string `json:"wdcode"`
}

type easyDimension struct {
	Nodes []*easyMember `json:"nodes"`
	Code  string        `json:"wdcode"`
	Name  string        `json:"wdname"`
}

type easyMember struct {
	CName      string `json:"cname"`
	Code       string `json:"code"`
	DotCount   int    `json:"dotcount"`
	Exp        string `json:"exp"`
	IfShowCode bool   `json:"ifshowcode"`
	Memo       string `json:"memo"`
	Name       string `json:"name"`
	NodeSort   string `json:"nodesort"`
	SortCode   int    `json:"sortcode"`
	Tag        string `json:"tag"`
	Unit       string `json:"unit"`
}

const easyNothing = "对不起，未能找到符合查询条件的信息。"

// easyQuery is a question that the older interface understands.
type easyQuery struct {
	base    Base
	region  Region
	series  []Series
	periods []period
	byReg   bool // rowcode=reg: the indicator dimension is listed as [null]
}

// easyDocument answers a form of the older interface.
func (w *World) easyDocument(request Request, form url.Values) document {
	d := document{source: SourceNBSArchive, method: request.Method, url: request.URL, request: request.Body}
	query, found := w.readEasy(form)
	if !found {
		d.text = mustJSON(easyAnswer{501, easyNothing})
		return d
	}
	data := easyData{DataNodes: []easyNode{}}
	for _, s := range query.series {
		for _, p := range query.periods {
			node := w.easyNode(&d, query, s, p)
			if node.Data.HasData {
				data.HasDataCount++
			}
			data.DataNodes = append(data.DataNodes, node)
		}
	}
	data.WdNodes = easyDimensions(query)
	d.text = mustJSON(easyAnswer{200, data})
	return d
}

// archiveNight is the state in which the older interface was left.
const archiveNight = 1

func (w *World) easyNode(d *document, query easyQuery, s Series, p period) easyNode {
	wds := []wdValue{{s.Code, "zb"}}
	code := "zb." + s.Code
	if query.base.level != levelNation {
		wds = append(wds, wdValue{query.region.Code, "reg"})
		code += "_reg." + query.region.Code
	}
	node := easyNode{Code: code + "_sj." + p.easyCode(), Wds: append(wds, wdValue{p.easyCode(), "sj"}), Data: easyFigure{Data: "0"}}
	q, shown := w.shown(query.base, s, query.region, p, archiveNight)
	if !shown {
		return node
	}
	node.Data = easyFigure{Data: json.Number(trimZeros(fixed(q.digits, q.scale))), DotCount: s.Decimals, HasData: true, StrData: q.show(s.Decimals)}
	d.say(s.Indicator, query.region, p, s.Basis, "first", printed{text: node.Data.StrData, value: node.Data.StrData})
	return node
}

func trimZeros(decimal string) string {
	return strings.TrimSuffix(strings.TrimRight(decimal, "0"), ".")
}

// readEasy understands m=QueryData; false means nothing was found.
func (w *World) readEasy(form url.Values) (easyQuery, bool) {
	var query easyQuery
	var terms, more []easyTerm
	if form.Get("m") != "QueryData" || json.Unmarshal([]byte(form.Get("wds")), &terms) != nil ||
		json.Unmarshal([]byte(form.Get("dfwds")), &more) != nil {
		return query, false
	}
	for _, b := range bases {
		if b.Code == form.Get("dbcode") {
			query.base = b
		}
	}
	if query.base.Code == "" {
		return query, false
	}
	asked := map[string]string{}
	for _, term := range append(terms, more...) {
		asked[term.Dimension] = term.Code
	}
	query.byReg = form.Get("rowcode") == "reg"
	query.series = easySeries(query.base, asked["zb"])
	query.periods = w.easyPeriods(query.base, asked["sj"])
	query.region = w.easyRegion(query.base, asked["reg"])
	return query, query.region.Code != "" && len(query.series) > 0 && len(query.periods) > 0
}

// easyRegion ignores the region in a national base and takes the first where none is named.
func (w *World) easyRegion(b Base, code string) Region {
	regions := w.regionsOf(b)
	if b.level == levelNation || code == "" {
		return regions[0]
	}
	if r := w.byCode[code]; r.level() == b.level {
		return r
	}
	return Region{}
}

// easySeries takes a code, a group of codes by their common beginning, or all.
func easySeries(b Base, code string) []Series {
	var found []Series
	for _, s := range b.Series {
		if strings.HasPrefix(s.Code, code) {
			found = append(found, s)
		}
	}
	return found
}

// easyPeriods reads LAST10, 2011-2023, 1992-, comma lists, single codes and bare years; newest first.
func (w *World) easyPeriods(b Base, span string) []period {
	newest := w.newest(b, archiveNight)
	if b.Freq == "A" {
		newest = yearOf(w.config.LastYear)
	}
	if count, isLast := strings.CutPrefix(span, "LAST"); isLast || span == "" {
		n := min(max(atoi(count), 5), longestSpan)
		if isLast {
			n = min(max(atoi(count), 0), longestSpan)
		}
		return countdown(newest.plus(1-n), newest)
	}
	var periods []period
	for part := range strings.SplitSeq(span, ",") {
		from, to, isRange := strings.Cut(part, "-")
		first, last, ok := parseEasyCode(b.Freq, from)
		if isRange && to == "" {
			last = newest
		} else if isRange {
			_, end, alsoOK := parseEasyCode(b.Freq, to)
			last, ok = end, ok && alsoOK
		}
		if !ok || last.index()-first.index() > longestSpan {
			return nil
		}
		periods = append(periods, countdown(first, last)...)
	}
	return periods
}

func countdown(first, last period) []period {
	var periods []period
	for p := last; !first.after(p); p = p.plus(-1) {
		periods = append(periods, p)
	}
	return periods
}

// easyDimensions lists the members of each dimension.
func easyDimensions(query easyQuery) []easyDimension {
	indicators := easyDimension{Code: "zb", Name: "指标"}
	for i, s := range query.series {
		indicators.Nodes = append(indicators.Nodes, easyNamed(s.Code, s.ShowName, s.Unit, s.Decimals, i))
	}
	if query.byReg {
		indicators.Nodes = []*easyMember{nil}
	}
	times := easyDimension{Code: "sj", Name: "时间"}
	for i, p := range query.periods {
		times.Nodes = append(times.Nodes, easyNamed(p.easyCode(), p.name(), "", 0, i))
	}
	if query.base.level == levelNation {
		return []easyDimension{indicators, times}
	}
	region := easyNamed(query.region.Code, regionName(query.region), "", 0, 0)
	return []easyDimension{indicators, {Nodes: []*easyMember{region}, Code: "reg", Name: "地区"}, times}
}

func easyNamed(code, name, unit string, decimals, at int) *easyMember {
	return &easyMember{CName: name, Code: code, DotCount: decimals, Name: name, NodeSort: "1", SortCode: at + 1, Unit: unit}
}
