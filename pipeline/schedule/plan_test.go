package schedule

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhibiao/pipeline"
)

func years(from, to int, regions ...string) pipeline.Window {
	return pipeline.Window{From: pipeline.DateOf(from, 1, 1), To: pipeline.DateOf(to, 12, 31), Regions: regions}
}

func area(code string) pipeline.APIArea {
	return pipeline.APIArea{Text: "区" + code, Value: code + "000000"}
}

func apiSource(requests ...pipeline.APIRequest) *pipeline.Source {
	return &pipeline.Source{Name: "api", Limits: pipeline.Limits{Interval: 3 * time.Second, MaxRequests: 18},
		API: &pipeline.APICollection{URL: "https://data.example/esData", SessionURL: "https://data.example/page", Requests: requests}}
}

func names(plan Plan) []string {
	var all []string
	for _, w := range plan.Windows {
		all = append(all, w.Name)
	}
	return all
}

var planned = at("2026-11-24 12:00")

func TestAnInterfaceIsDividedByYearsAndRegions(t *testing.T) {
	nation := pipeline.APIRequest{Areas: []pipeline.APIArea{area("000000")}, Freq: pipeline.Monthly, FromYear: 2015, YearsPerCall: 1}
	for _, c := range []struct {
		name     string
		source   *pipeline.Source
		ask      pipeline.Window
		windows  []string
		requests int // calls, sessions and one robots.txt
	}{
		{"few years are one window", apiSource(nation), years(2020, 2022), []string{"2020–2022 000000 区000000"}, 3 + 1 + 1},
		{"one session asks for sixteen", apiSource(nation, nation, nation), years(2015, 2024),
			[]string{"2015–2019 000000 区000000", "2020–2024 000000 区000000"}, 30 + 2 + 1},
		{"years before the first and after the last are left out", apiSource(nation), years(2000, 2030), []string{"2015–2026 000000 区000000"}, 12 + 1 + 1},
		{"blocks of years are not cut", apiSource(pipeline.APIRequest{Areas: []pipeline.APIArea{area("140000")}, Freq: pipeline.Annual, FromYear: 2000, YearsPerCall: 5},
			nation), years(2003, 2012), []string{"2003–2012 140000 区140000"}, 3 + 1 + 1},
		{"only regions asked for", apiSource(
			pipeline.APIRequest{Areas: []pipeline.APIArea{area("140100"), area("140200")}, Freq: pipeline.Annual, FromYear: 2020, YearsPerCall: 1}, nation),
			years(2024, 2024, "140200"), []string{"2024 140100 区140100 and 1 more regions"}, 1 + 1 + 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := NewPlan(c.source, c.ask, planned)
			if err != nil {
				t.Fatal(err)
			}
			if got := names(plan); !slices.Equal(got, c.windows) {
				t.Errorf("windows %q, want %q", got, c.windows)
			}
			if requests, takes := plan.Requests(2, time.Second); requests != c.requests || takes != time.Duration(requests)*3300*time.Millisecond {
				t.Errorf("%d requests in %s, want %d", requests, takes, c.requests)
			}
		})
	}
}

// Whatever the requests look like, each block of the question is in exactly one
// window, and no window asks for much more than one session bears.
func TestEveryBlockOfAnInterfaceIsInOneWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var requests []pipeline.APIRequest
		for range rapid.IntRange(1, 30).Draw(t, "requests") {
			r := pipeline.APIRequest{
				Freq:         rapid.SampledFrom([]pipeline.Freq{pipeline.Annual, pipeline.Monthly}).Draw(t, "freq"),
				FromYear:     rapid.IntRange(2000, 2010).Draw(t, "from"),
				YearsPerCall: rapid.IntRange(1, 6).Draw(t, "length"),
			}
			for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(1, 20), 1, 3, rapid.ID[int]).Draw(t, "areas") {
				r.Areas = append(r.Areas, area(fmt.Sprintf("1401%02d", n)))
			}
			requests = append(requests, r)
		}
		from := rapid.IntRange(1995, 2024).Draw(t, "first")
		ask := years(from, rapid.IntRange(from, 2026).Draw(t, "last"))
		plan, err := NewPlan(apiSource(requests...), ask, planned)
		if err != nil {
			t.Skip("nothing in these years") // told by an error of its own
		}
		for _, r := range requests {
			for first := r.FromYear; first <= lastYear(r.Freq, planned); first += r.YearsPerCall {
				last := first + r.YearsPerCall - 1
				asked := 0
				for _, w := range plan.Windows {
					inYears := first <= w.Ask.To.Year() && last >= w.Ask.From.Year()
					inRegions := slices.ContainsFunc(r.Areas, func(a pipeline.APIArea) bool { return slices.Contains(w.Ask.Regions, a.Value[:6]) })
					if inYears && inRegions {
						asked++
					}
				}
				want := 0
				if first <= ask.To.Year() && last >= ask.From.Year() {
					want = 1
				}
				if asked != want {
					t.Fatalf("block %d–%d of %+v is in %d windows, want %d: %q", first, last, r, asked, want, names(plan))
				}
			}
		}
	})
}

func TestThePlanOfAnInterfaceIsInTheOrderOfCodes(t *testing.T) {
	request := func(area string) pipeline.APIRequest {
		return pipeline.APIRequest{Freq: pipeline.Annual, FromYear: 2020, YearsPerCall: 1, Areas: []pipeline.APIArea{{Value: area, Text: area}}}
	}
	source := &pipeline.Source{Name: "api", API: &pipeline.APICollection{URL: "http://a.example/", Requests: []pipeline.APIRequest{
		request("150000000000"), request("110000000000"), request("140000000000"),
	}}, Limits: pipeline.Limits{MaxRequests: 3}} // a window a region and year
	plan, err := NewPlan(source, years(2024, 2024), planned)
	if err != nil {
		t.Fatal(err)
	}
	var regions []string
	for _, w := range plan.Windows {
		regions = append(regions, w.Ask.Regions...)
	}
	if !slices.Equal(regions, []string{"110000", "140000", "150000"}) {
		t.Errorf("the windows are %q", names(plan))
	}
}

func TestPagesAreDividedByRegions(t *testing.T) {
	source := &pipeline.Source{Name: "pages", Limits: pipeline.Limits{Interval: time.Second}, Pages: &pipeline.PageCollection{
		Lists: []pipeline.ListPage{{URL: "http://a.example/1", Region: "140100"}, {URL: "http://a.example/2", Region: "140100"}, {URL: "http://b.example/", Region: "140200"}},
	}}
	for i := range 20 {
		source.Pages.Pages = append(source.Pages.Pages, pipeline.DirectPage{URL: fmt.Sprintf("http://c.example/%d", i), Region: fmt.Sprintf("1410%02d", i)})
	}
	plan, err := NewPlan(source, years(2015, 2024), planned)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"140100", "140200", "141000–141015", "141016–141019"}; !slices.Equal(names(plan), want) {
		t.Errorf("windows %q, want %q", names(plan), want)
	}
	if !plan.WholePages || !plan.AtLeast {
		t.Error("the plan does not say that lists are read whole")
	}
	if requests, takes := plan.Requests(2, time.Second); requests != 23+3 || takes != 21*1100*time.Millisecond {
		t.Errorf("%d requests in %s", requests, takes)
	}
	one, err := NewPlan(source, years(2015, 2024, "140200"), planned)
	if err != nil || !slices.Equal(names(one), []string{"140200"}) {
		t.Errorf("one region: %q %v", names(one), err)
	}
	source.Pages.Lists = append(source.Pages.Lists, pipeline.ListPage{URL: "http://d.example/"})
	if whole, err := NewPlan(source, years(2015, 2024), planned); err != nil || len(whole.Windows) != 1 {
		t.Errorf("a place without a region is visited in each of %d windows, %v", len(whole.Windows), err)
	}
}

func TestWhatCannotBeBackfilledSaysSo(t *testing.T) {
	if _, err := NewPlan(&pipeline.Source{Name: "archive"}, years(2015, 2024), planned); !errors.Is(err, ErrNotWindowed) || !contains(err, "archives or filings") {
		t.Errorf("got %v", err)
	}
	request := pipeline.APIRequest{Areas: []pipeline.APIArea{area("140000")}, Freq: pipeline.Annual, FromYear: 2015}
	if _, err := NewPlan(apiSource(request), years(2000, 2010), planned); !contains(err, "nothing from 2000-01-01 to 2010-12-31") {
		t.Errorf("got %v", err)
	}
	if _, err := NewPlan(apiSource(request), years(2020, 2020, "110000"), planned); !contains(err, "for 110000") {
		t.Errorf("got %v", err)
	}
}

func TestAPlanIsTheSameAgainAndAnotherForAnotherQuestion(t *testing.T) {
	source := apiSource(pipeline.APIRequest{Areas: []pipeline.APIArea{area("140000")}, Freq: pipeline.Annual, FromYear: 2000})
	digest := func(ask pipeline.Window) string {
		plan, err := NewPlan(source, ask, planned)
		if err != nil {
			t.Fatal(err)
		}
		return plan.Digest()
	}
	first, again, other := digest(years(2010, 2024)), digest(years(2010, 2024)), digest(years(2011, 2024))
	if first != again || first == other {
		t.Errorf("digests %s, %s again, %s of another question", first, again, other)
	}
}
