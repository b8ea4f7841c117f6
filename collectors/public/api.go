package public

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"zhibiao/pipeline"
)

// Defaults of a request to the interface.
const (
	defaultYearsPerCall = 1
	defaultRecentYears  = 2
	earliestYear        = 1949
)

// periodSuffix ends the interface's period codes.
var periodSuffix = map[pipeline.Freq]string{
	pipeline.Annual: "YY", pipeline.Quarterly: "SS", pipeline.Monthly: "MM",
}

// esData is the body of stream/esData. The order of its fields is the
// publisher's and belongs to the lineage.
type esData struct {
	CatalogueID   string   `json:"cid"`
	IndicatorIDs  []string `json:"indicatorIds"`
	AreaCatalogue string   `json:"daCatalogId"`
	Areas         []esArea `json:"das"`
	ShowType      string   `json:"showType"` // "1" for one area, "2" for several
	Periods       []string `json:"dts"`
	RootID        string   `json:"rootId"`
}

type esArea struct {
	Text  string `json:"text"`
	Value string `json:"value"`
}

func checkAPI(api *pipeline.APICollection) error {
	for i := range api.Requests {
		request := &api.Requests[i]
		switch {
		case request.CatalogueID == "" || request.RootID == "":
			return fmt.Errorf("request %d of the api names no cid or no rootId", i+1)
		case len(request.IndicatorIDs) == 0 || len(request.Areas) == 0:
			return fmt.Errorf("request %d of the api (cid %s) names no indicator or no area", i+1, request.CatalogueID)
		case periodSuffix[request.Freq] == "":
			return fmt.Errorf("request %d of the api (cid %s) has frequency %q: want A, Q or M", i+1, request.CatalogueID, request.Freq)
		case request.FromYear < earliestYear:
			return fmt.Errorf("request %d of the api (cid %s) begins in %d: want the first year that exists", i+1, request.CatalogueID, request.FromYear)
		}
	}
	return nil
}

// canonicalBody returns the body that asks for the years first to last: the same
// bytes in every run.
func canonicalBody(request *pipeline.APIRequest, first, last int) []byte {
	asked := esData{
		CatalogueID:  request.CatalogueID,
		IndicatorIDs: request.IndicatorIDs,
		ShowType:     "1",
		Periods:      []string{periodRange(request.Freq, first, last)},
		RootID:       request.RootID,
	}
	for _, area := range request.Areas {
		asked.Areas = append(asked.Areas, esArea(area))
	}
	if len(asked.Areas) > 1 {
		asked.ShowType = "2"
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(asked); err != nil {
		panic(fmt.Sprintf("writing a body of strings: %v", err))
	}
	return bytes.TrimSuffix(body.Bytes(), []byte("\n"))
}

// periodRange writes whole years as a closed range; the interface knows no
// other.
func periodRange(freq pipeline.Freq, first, last int) string {
	suffix := periodSuffix[freq]
	switch freq {
	case pipeline.Quarterly:
		return fmt.Sprintf("%d01%s-%d04%s", first, suffix, last, suffix)
	case pipeline.Monthly:
		return fmt.Sprintf("%d01%s-%d12%s", first, suffix, last, suffix)
	}
	return fmt.Sprintf("%d%s-%d%s", first, suffix, last, suffix)
}

// block is a stretch of years that one call asks for.
type block struct{ first, last int }

// blocks returns the stretches that the window overlaps, or without one the
// recent years. They always begin at FromYear, so that they never shift. Years
// of which no period has ended yet are not asked for.
func blocks(request *pipeline.APIRequest, window pipeline.Window, now time.Time) []block {
	length := orDefault(request.YearsPerCall, defaultYearsPerCall)
	latest := lastStartedYear(request.Freq, now)
	from, to := request.FromYear, latest
	if window.From == 0 && window.To == 0 {
		from = latest - orDefault(request.RecentYears, defaultRecentYears) + 1
	}
	if window.From != 0 {
		from = window.From.Year()
	}
	if window.To != 0 {
		to = min(to, window.To.Year())
	}
	var asked []block
	for first := request.FromYear; first <= to; first += length {
		if last := first + length - 1; last >= from {
			asked = append(asked, block{first, last})
		}
	}
	return asked
}

func orDefault(n, otherwise int) int {
	if n <= 0 {
		return otherwise
	}
	return n
}

// china is the zone of the publishers' calendar; it has had no summer time since
// 1991.
var china = time.FixedZone("UTC+8", 8*60*60)

// lastStartedYear returns the last year of which a period has ended.
func lastStartedYear(freq pipeline.Freq, now time.Time) int {
	now = now.In(china)
	switch freq {
	case pipeline.Quarterly:
		return now.AddDate(0, -3, 1-now.Day()).Year()
	case pipeline.Monthly:
		return now.AddDate(0, -1, 1-now.Day()).Year()
	}
	return now.Year() - 1
}

// collectAPI opens a session and asks for each block of each request.
func (r *run) collectAPI(ctx context.Context, api *pipeline.APICollection) error {
	if api.SessionURL != "" {
		session, err := canonicalURL(nil, api.SessionURL, nil)
		if err != nil {
			return err
		}
		if _, err := r.fetch(ctx, http.MethodGet, session.String(), nil, nil, expectCookies); err != nil {
			return r.fail(ctx, session.String(), fmt.Errorf("opening a session: %w", err))
		}
	}
	target, err := canonicalURL(nil, api.URL, nil)
	if err != nil {
		return err
	}
	for i := range api.Requests {
		request := &api.Requests[i]
		if !r.wantedAreas(request.Areas) {
			continue
		}
		for _, years := range blocks(request, r.window, r.options.Clock()) {
			if err := r.askBlock(ctx, target.String(), request, years); err != nil {
				return err
			}
		}
	}
	return nil
}

// wantedAreas reports whether the window asks for one of the areas. A request is
// asked whole or not at all, for its body names the lineage.
func (r *run) wantedAreas(areas []pipeline.APIArea) bool {
	for _, area := range areas {
		if r.wanted(regionOf(area)) {
			return true
		}
	}
	return false
}

// regionOf returns the GB/T 2260 code in the first six of an area's twelve
// digits.
func regionOf(area pipeline.APIArea) string {
	return area.Value[:min(6, len(area.Value))]
}

func (r *run) askBlock(ctx context.Context, target string, request *pipeline.APIRequest, years block) error {
	body := canonicalBody(request, years.first, years.last)
	header := http.Header{
		"Content-Type": {"application/json;charset=UTF-8"},
		"Accept":       {"application/json"},
	}
	x, err := r.fetch(ctx, http.MethodPost, target, body, header, expectJSON)
	if err == nil {
		err = checkAnswer(target, x.body)
	}
	if err != nil {
		return r.fail(ctx, target, fmt.Errorf("asking catalogue %s for %s: %w",
			request.CatalogueID, periodRange(request.Freq, years.first, years.last), err))
	}
	document := pipeline.RawDocument{
		Method:      http.MethodPost,
		URL:         target,
		RequestBody: body,
		MediaType:   x.mediaType,
		Body:        x.body,
	}
	if len(request.Areas) == 1 {
		document.Context = map[string]string{pipeline.ContextRegion: regionOf(request.Areas[0])}
	}
	return r.hand(ctx, document)
}

// successState is the interface's word for success.
const successState = "20000"

// checkAnswer tells a document from an error answer: the interface sends both
// with status 200.
func checkAnswer(target string, body []byte) error {
	var answer struct {
		Success *bool           `json:"success"`
		State   json.RawMessage `json:"state"`
		Message any             `json:"message"`
	}
	err := json.Unmarshal(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), &answer)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax) && syntax.Offset >= int64(len(body)):
		return &PageError{Kind: ErrTruncated, URL: target, Detail: "the JSON is not complete"}
	case err != nil:
		return &PageError{Kind: ErrUnexpected, URL: target, Detail: "the answer is not the JSON object that the interface sends", Cause: err}
	case answer.Success == nil:
		return &PageError{Kind: ErrUnexpected, URL: target, Detail: "the answer has no flag success"}
	case !*answer.Success || strings.Trim(string(answer.State), `"`) != successState:
		return &PageError{Kind: ErrAnswer, URL: target, Detail: fmt.Sprintf("state %.20s, message %.200v", answer.State, answer.Message)}
	}
	return nil
}
