package public

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"zhibiao/pipeline"
)

const esPath = "/dg/website/publicrelease/web/external/stream/esData"

func apiSource(requests ...pipeline.APIRequest) *pipeline.Source {
	return &pipeline.Source{
		Name: "nbs", Impact: pipeline.Impact{Contact: "https://example.cn/about"},
		API: &pipeline.APICollection{
			URL:        "https://data.example.cn:443" + esPath,
			SessionURL: "https://data.example.cn/dg/website/page.html",
			Requests:   requests,
		},
	}
}

func nation(freq pipeline.Freq) pipeline.APIRequest {
	return pipeline.APIRequest{
		CatalogueID: "c1", RootID: "r1", IndicatorIDs: []string{"i1", "i2"}, Freq: freq, FromYear: 2015,
		Areas: []pipeline.APIArea{{Text: "全国", Value: "000000000000"}},
	}
}

const answerJSON = `{"success":true,"state":20000,"message":"成功","data":[]}`

// bureau answers like the interface: only with a session.
func bureau(t *testing.T, answer string) (*site, *[]string) {
	s := newSite(t)
	var bodies []string
	s.pages["/dg/website/page.html"] = func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "JSESSIONID", Value: "S1", Path: "/", Secure: true})
		html(`<html><head><script src="app.js"></script></head><body><div id="app"></div></body></html>`)(w, r)
	}
	s.pages[esPath] = func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies = append(bodies, string(body))
		if cookie, err := r.Cookie("JSESSIONID"); err != nil || cookie.Value != "S1" || r.Host != "data.example.cn" {
			http.Error(w, "no session", http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		fmt.Fprint(w, answer)
	}
	return s, &bodies
}

func TestTheCanonicalBodyIsGolden(t *testing.T) {
	request := nation(pipeline.Monthly)
	tests := []struct {
		name    string
		request func() pipeline.APIRequest
		want    string
	}{
		{"the nation by month", func() pipeline.APIRequest { return request },
			`{"cid":"c1","indicatorIds":["i1","i2"],"daCatalogId":"","das":[{"text":"全国","value":"000000000000"}],"showType":"1","dts":["202401MM-202512MM"],"rootId":"r1"}`},
		{"two provinces by quarter", func() pipeline.APIRequest {
			two := request
			two.Freq = pipeline.Quarterly
			two.Areas = []pipeline.APIArea{{Text: "山西省", Value: "140000000000"}, {Text: "A&B<", Value: "150000000000"}}
			return two
		}, `{"cid":"c1","indicatorIds":["i1","i2"],"daCatalogId":"","das":[{"text":"山西省","value":"140000000000"},{"text":"A&B<","value":"150000000000"}],"showType":"2","dts":["202401SS-202504SS"],"rootId":"r1"}`},
		{"by year", func() pipeline.APIRequest { r := request; r.Freq = pipeline.Annual; return r },
			`{"cid":"c1","indicatorIds":["i1","i2"],"daCatalogId":"","das":[{"text":"全国","value":"000000000000"}],"showType":"1","dts":["2024YY-2025YY"],"rootId":"r1"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			asked := test.request()
			if got := string(canonicalBody(&asked, 2024, 2025)); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestBlocksOfYears(t *testing.T) {
	october := day
	january := time.Date(2026, 12, 31, 17, 0, 0, 0, time.UTC) // already 2027 in China
	window := func(from, to int) pipeline.Window {
		return pipeline.Window{From: pipeline.DateOf(from, 1, 1), To: pipeline.DateOf(to, 12, 31)}
	}
	tests := []struct {
		name         string
		freq         pipeline.Freq
		call, recent int
		window       pipeline.Window
		now          time.Time
		want         []block
	}{
		{"the two recent years by year", pipeline.Annual, 0, 0, pipeline.Window{}, october, []block{{2024, 2024}, {2025, 2025}}},
		{"the two recent years by month", pipeline.Monthly, 0, 0, pipeline.Window{}, october, []block{{2025, 2025}, {2026, 2026}}},
		{"in January no month has ended", pipeline.Monthly, 0, 1, pipeline.Window{}, january, []block{{2026, 2026}}},
		{"in January the year has ended in China", pipeline.Annual, 0, 1, pipeline.Window{}, january, []block{{2026, 2026}}},
		{"in January no quarter has ended", pipeline.Quarterly, 0, 1, pipeline.Window{}, january, []block{{2026, 2026}}},
		{"blocks begin at the first year", pipeline.Annual, 4, 1, pipeline.Window{}, october, []block{{2023, 2026}}},
		{"a window", pipeline.Annual, 1, 0, window(2017, 2018), october, []block{{2017, 2017}, {2018, 2018}}},
		{"a window over blocks", pipeline.Annual, 4, 0, window(2018, 2019), october, []block{{2015, 2018}, {2019, 2022}}},
		{"a window before and after", pipeline.Annual, 4, 0, window(1990, 2040), october, []block{{2015, 2018}, {2019, 2022}, {2023, 2026}}},
		{"an open window", pipeline.Annual, 8, 0, pipeline.Window{To: pipeline.DateOf(2016, 12, 31)}, october, []block{{2015, 2022}}},
		{"a window in the future", pipeline.Annual, 1, 0, window(2030, 2031), october, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			request := pipeline.APIRequest{Freq: test.freq, FromYear: 2015, YearsPerCall: test.call, RecentYears: test.recent}
			if got := blocks(&request, test.window, test.now); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestTheInterfaceIsAskedWithASessionBlockByBlock(t *testing.T) {
	s, bodies := bureau(t, answerJSON)
	source := apiSource(nation(pipeline.Annual))
	got, err := collect(t, source, s.options("data.example.cn"), pipeline.Window{})
	if err != nil || len(got) != 2 || len(*bodies) != 2 {
		t.Fatalf("got %d documents, %d calls and %v, want two", len(got), len(*bodies), err)
	}
	for i, document := range got {
		if string(document.RequestBody) != (*bodies)[i] || document.URL != "https://data.example.cn"+esPath || document.Method != "POST" ||
			string(document.Body) != answerJSON || document.MediaType != "application/json;charset=UTF-8" ||
			document.PublishedAt.Known() || document.Context[pipeline.ContextRegion] != "000000" {
			t.Errorf("document %d is %+v", i, document)
		}
	}
	if !got[1].FetchedAt.Equal(s.at[3]) {
		t.Errorf("fetched at %s, want %s", got[1].FetchedAt, s.at[3])
	}
	again, err := collect(t, source, s.options("data.example.cn"), pipeline.Window{})
	if err != nil || again[0].Lineage() != got[0].Lineage() || got[0].Lineage() == got[1].Lineage() {
		t.Errorf("the lineages of two runs differ, or those of two years do not: %v", err)
	}
}

func TestAnswersOfTheInterfaceThatAreNoDocuments(t *testing.T) {
	tests := []struct {
		name, answer string
		kind         error
		says         string
		calls        int
	}{
		{"a challenge", "<html><script>x()</script></html>", ErrBlocked, "HTML where JSON was promised", 1},
		{"an error", `{"success":false,"state":50000,"message":"系统繁忙"}`, ErrAnswer, "系统繁忙", 2},
		{"no success in the state of success", `{"success":false,"state":20000,"message":"失败"}`, ErrAnswer, "失败", 2},
		{"another state", `{"success":true,"state":20001,"message":"参数错误"}`, ErrAnswer, "参数错误", 2},
		{"JSON that is cut", answerJSON[:30], ErrTruncated, "not complete", 2},
		{"text", "OK, but no JSON", ErrUnexpected, "not the JSON", 2},
		{"a list", "[1]", pipeline.ErrSourceChanged, "not the JSON", 2},
		{"another interface", `{"returncode":200}`, pipeline.ErrSourceChanged, "no flag success", 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, bodies := bureau(t, test.answer)
			got, err := collect(t, apiSource(nation(pipeline.Annual)), s.options("data.example.cn"), pipeline.Window{})
			if failed := failures(t, err); len(got) != 0 || len(failed) != 2 {
				t.Errorf("got %d documents and %d failures, want both blocks to fail", len(got), len(failed))
			}
			if !errors.Is(err, test.kind) || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "catalogue c1 for 2024YY-2024YY") {
				t.Errorf("got %v, want it to say %q", err, test.says)
			}
			if len(*bodies) != test.calls {
				t.Errorf("asked %d times, want %d", len(*bodies), test.calls)
			}
		})
	}
}

func TestWithoutASessionNothingIsAsked(t *testing.T) {
	s, bodies := bureau(t, answerJSON)
	s.pages["/dg/website/page.html"] = status(500)
	_, err := collect(t, apiSource(nation(pipeline.Annual)), s.options("data.example.cn"), pipeline.Window{})
	if failed := failures(t, err); len(failed) != 1 || len(*bodies) != 0 || !strings.Contains(err.Error(), "opening a session") {
		t.Fatalf("got %v after %d calls, want the session's failure only", err, len(*bodies))
	}
}

func TestABusyInterfaceIsAskedAgainWithTheSameBody(t *testing.T) {
	s, bodies := bureau(t, answerJSON)
	answer, times := s.pages[esPath], 0
	s.pages[esPath] = func(w http.ResponseWriter, r *http.Request) {
		if times++; times == 1 {
			body, _ := io.ReadAll(r.Body)
			*bodies = append(*bodies, string(body))
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		answer(w, r)
	}
	request := nation(pipeline.Annual)
	request.RecentYears = 1
	got, err := collect(t, apiSource(request), s.options("data.example.cn"), pipeline.Window{})
	if err != nil || len(got) != 1 || len(*bodies) != 2 || (*bodies)[0] != (*bodies)[1] {
		t.Fatalf("got %d documents, bodies %v and %v", len(got), *bodies, err)
	}
}

func TestTheWindowsRegionsChooseWholeRequests(t *testing.T) {
	s, bodies := bureau(t, answerJSON)
	provinces := nation(pipeline.Annual)
	provinces.Areas = []pipeline.APIArea{{Text: "山西省", Value: "140000000000"}, {Text: "内蒙古自治区", Value: "150000000000"}}
	window := pipeline.Window{Regions: []string{"140000"}, From: pipeline.DateOf(2020, 1, 1), To: pipeline.DateOf(2020, 12, 31)}
	got, err := collect(t, apiSource(nation(pipeline.Annual), provinces), s.options("data.example.cn"), window)
	if err != nil || len(got) != 1 || len(*bodies) != 1 || !strings.Contains((*bodies)[0], "150000000000") || got[0].Context != nil {
		t.Fatalf("got %d documents, bodies %v and %v, want the provinces whole", len(got), *bodies, err)
	}
}

func TestRequestsThatDoNotFitAreRefused(t *testing.T) {
	tests := []struct {
		name   string
		change func(*pipeline.APIRequest)
		want   string
	}{
		{"no catalogue", func(r *pipeline.APIRequest) { r.CatalogueID = "" }, "cid"},
		{"no indicator", func(r *pipeline.APIRequest) { r.IndicatorIDs = nil }, "indicator"},
		{"no area", func(r *pipeline.APIRequest) { r.Areas = nil }, "area"},
		{"days", func(r *pipeline.APIRequest) { r.Freq = pipeline.Daily }, "frequency"},
		{"no first year", func(r *pipeline.APIRequest) { r.FromYear = 0 }, "first year"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			request := nation(pipeline.Annual)
			test.change(&request)
			if _, err := New(apiSource(request), Options{}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want it to name the %s", err, test.want)
			}
		})
	}
}
