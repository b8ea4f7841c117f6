package statsite

import (
	"encoding/json"
	"fmt"
	"net/url"
)

// Hosts that do not depend on the regions, and the paths of the two interfaces.
const (
	hostNBS      = "data.stats.example"
	hostYearbook = "yearbook.stats.example"
	pathESData   = "/dg/website/publicrelease/web/external/stream/esData"
	pathEasy     = "/easyquery.htm"
	pathSession  = "/dg/website/page.html"
)

// Request is one question that a source puts to an interface.
type Request struct {
	Source      string
	Method      string
	URL         string // canonical, with the query of a GET
	ContentType string // of Body
	Body        string // of a POST, byte for byte what World.Truth counts on
}

// Requests gives the questions of the two interface sources, in the order of the package comment.
func (w *World) Requests() []Request {
	var requests []Request
	for _, b := range bases {
		requests = append(requests, w.esRequest(b))
	}
	for _, province := range w.provinces {
		requests = append(requests, w.easyRequest("POST", "fsnd", province))
	}
	for _, city := range w.cities {
		requests = append(requests, w.easyRequest("GET", "csnd", city))
	}
	return append(requests, w.easyRequest("POST", "hgyd", nation), w.easyRequest("POST", "hgjd", nation))
}

// regionsOf gives the regions that a base has figures of.
func (w *World) regionsOf(b Base) []Region {
	switch b.level {
	case levelProvince:
		return w.provinces
	case levelCity:
		return w.cities
	}
	return []Region{nation}
}

type esRegion struct {
	Text  string `json:"text"`
	Value string `json:"value"`
}

// esBody is the body of a question to the 2026 interface. A missing showType is an error there.
type esBody struct {
	Cid          string     `json:"cid"`
	IndicatorIDs []string   `json:"indicatorIds"`
	DaCatalogID  string     `json:"daCatalogId"`
	Das          []esRegion `json:"das"`
	ShowType     string     `json:"showType"`
	Dts          []string   `json:"dts"`
	RootID       string     `json:"rootId"`
}

// esRequest asks one base for all its series and regions; annual bases from a year before the first, to see empty values.
func (w *World) esRequest(b Base) Request {
	body := esBody{Cid: b.Cid, RootID: b.RootID, ShowType: "1", Dts: []string{w.esSpan(b)}}
	for _, s := range b.Series {
		body.IndicatorIDs = append(body.IndicatorIDs, s.ID)
	}
	for _, r := range w.regionsOf(b) {
		body.Das = append(body.Das, esRegion{regionName(r), r.Code + "000000"})
	}
	if len(body.Das) > 1 {
		body.ShowType = "2"
	}
	return Request{Source: SourceNBS, Method: "POST", URL: "http://" + hostNBS + pathESData,
		ContentType: "application/json", Body: mustJSON(body)}
}

func (w *World) esSpan(b Base) string {
	first, last := period{b.Freq, w.config.FirstYear, 1}, period{b.Freq, w.config.LastYear + 1, 1}
	if b.Freq == "A" {
		return first.plus(-1).esCode() + "-" + yearOf(w.config.LastYear).esCode()
	}
	last.ordinal = last.perYear()
	return first.esCode() + "-" + last.esCode()
}

// regionName is how both interfaces call a region: provinces in full, cities without 市.
func regionName(r Region) string {
	if r.level() == levelCity {
		return r.shortName()
	}
	return r.Name
}

// easyTerm is one element of wds and dfwds of the older interface.
type easyTerm struct {
	Dimension string `json:"wdcode"`
	Code      string `json:"valuecode"`
}

// easyRequest asks the older interface for all series of a base and one region.
func (w *World) easyRequest(method, base string, r Region) Request {
	span := fmt.Sprintf("%d-%d", w.config.FirstYear, w.config.LastYear)
	region := []easyTerm{}
	if r.Code != nation.Code {
		region = append(region, easyTerm{"reg", r.Code})
	}
	form := url.Values{
		"m": {"QueryData"}, "dbcode": {base}, "rowcode": {"zb"}, "colcode": {"sj"},
		"wds": {mustJSON(region)}, "dfwds": {mustJSON([]easyTerm{{"sj", span}})},
	}
	request := Request{Source: SourceNBSArchive, Method: method, URL: "http://" + hostNBS + pathEasy}
	if method == "GET" {
		request.URL += "?" + form.Encode()
		return request
	}
	request.ContentType, request.Body = "application/x-www-form-urlencoded", form.Encode()
	return request
}

func mustJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("statsite: encoding %T: %v", v, err))
	}
	return string(text)
}
