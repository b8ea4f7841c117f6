package warehouse_test

import (
	"fmt"
	"slices"
	"testing"

	"zhibiao/pipeline"
	"zhibiao/warehouse/warehousetest"
)

// said returns what a source of a supplier prints for a county's GDP of 2024.
func said(source string, supplier pipeline.Supplier, night int, value string, change ...func(*pipeline.Observation)) pipeline.Observation {
	origin := warehousetest.Origin(pipeline.LineageID(source, "GET", "http://tjj.example.cn/", nil), source+value, night)
	origin.Source, origin.Supplier = source, supplier
	o := warehousetest.GDP(origin, "140727", value)
	for _, c := range change {
		c(&o)
	}
	return o
}

func final(o *pipeline.Observation)    { o.Status = pipeline.Final }
func restated(o *pipeline.Observation) { o.Flags = []pipeline.Flag{pipeline.FlagRestatedBoundary} }
func blank(o *pipeline.Observation) {
	o.Value, o.HalfWidth, o.Flags = "", "", []pipeline.Flag{pipeline.FlagNotAvailable}
}
func rounded(o *pipeline.Observation) { o.HalfWidth = "0.05" }
func census(o *pipeline.Observation)  { o.Status, o.Round = pipeline.CensusRevised, "2023" }
func yearToDate(o *pipeline.Observation) {
	o.Period = pipeline.QuarterPeriod(2024, 4, pipeline.YearToDate)
}
func stock(p pipeline.Period) func(*pipeline.Observation) {
	return func(o *pipeline.Observation) { o.Period = p }
}
func published(day int) func(*pipeline.Observation) {
	return func(o *pipeline.Observation) {
		o.Origin.PublishedAt = pipeline.DayStamp(pipeline.DateOf(2025, 2, day))
	}
}

func TestResolved(t *testing.T) {
	const public, province, county = pipeline.Public, pipeline.Province, pipeline.County
	cases := []struct {
		name string
		rows []pipeline.Observation
		want []string
	}{
		{"one source decides alone", []pipeline.Observation{said("page", public, 0, "58.12")}, []string{"page 58.12 original only spread 0 meet"}},
		{"final beats first, whatever was published later", []pipeline.Observation{said("page", public, 3, "58.12", published(20)), said("table", public, 0, "59.9", final, published(1))},
			[]string{"table 59.9 original status spread 1.78 disjoint"}},
		{"at equal status the authority of the accounts beats a communiqué that was published later", []pipeline.Observation{said("page", public, 3, "58.12", published(20)), said("authority", public, 0, "58.3", published(1))},
			[]string{"authority 58.3 original precedence spread 0.18 disjoint"}},
		{"without a rule the later publication is believed", []pipeline.Observation{said("page", public, 0, "58.12", published(1)), said("other", public, 0, "58.3", published(2))},
			[]string{"other 58.3 original published spread 0.18 disjoint"}},
		{"in the end the name decides", []pipeline.Observation{said("page", public, 0, "58.12"), said("other", public, 0, "58.3")}, []string{"other 58.3 original name spread 0.18 disjoint"}},
		{"a county's entry never beats public data", []pipeline.Observation{said("page", public, 0, "58.12"), said("entry", county, 3, "70", final, published(20))},
			[]string{"page 58.12 original supplier spread 11.88 disjoint"}},
		{"a county's entry never beats the province's", []pipeline.Observation{said("filing", province, 0, "58.12"), said("entry", county, 3, "70", final)},
			[]string{"filing 58.12 original supplier spread 11.88 disjoint"}},
		{"a county's entry fills what public data leave blank", []pipeline.Observation{said("page", public, 0, "", blank), said("entry", county, 3, "70")},
			[]string{"entry 70 original number spread 0 meet"}},
		{"what rounds to the same does not conflict", []pipeline.Observation{said("page", public, 0, "58.12"), said("zz", public, 0, "58.1", rounded)},
			[]string{"page 58.12 original name spread 0.02 meet"}},
		{"a restated boundary is a key of its own", []pipeline.Observation{said("page", public, 0, "58.12"), said("table", public, 0, "90", restated)},
			[]string{"page 58.12 original only spread 0 meet", "table 90 restated only spread 0 meet"}},
		{"revision rounds are not compared", []pipeline.Observation{said("page", public, 0, "58.12"), said("table", public, 0, "66", census)},
			[]string{"table 66 original status spread 0 meet"}},
		{"the fourth quarter's year to date meets the year", []pipeline.Observation{said("page", public, 0, "58.12"), said("table", public, 0, "58.3", yearToDate)},
			[]string{"page 58.12 original name spread 0.18 disjoint"}},
		{"a December end meets a year's end, and no flow", []pipeline.Observation{
			said("page", public, 0, "58.12", stock(pipeline.YearPeriod(2024, pipeline.End))), said("table", public, 0, "58.3", stock(pipeline.MonthPeriod(2024, 12, pipeline.End))), said("third", public, 0, "1")},
			[]string{"third 1 original only spread 0 meet", "page 58.12 original name spread 0.18 disjoint"}},
	}
	w := warehousetest.Open(t)
	rules := []pipeline.PrecedenceRule{{Name: "accounts", Indicators: []string{"gdp"}, From: pipeline.DateOf(2024, 1, 1), To: pipeline.DateOf(2024, 12, 31),
		Effective: pipeline.DateOf(2025, 3, 10), Sources: []string{"authority"}, Reason: "统一核算"}}
	if err := w.LoadPrecedence(t.Context(), rules); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			region := fmt.Sprint(140100 + i)
			for k := range c.rows {
				c.rows[k].Region = region
			}
			load(t, w, c.rows...)
			got := texts(t, w, `SELECT concat(source, ' ', ifNull(toString(value), 'NULL'), ' ', boundary, ' ', rule, ' spread ', ifNull(toString(spread), 'NULL'), if(disjoint, ' disjoint', ' meet'))
				FROM resolved WHERE region = '`+region+`' ORDER BY kind, boundary`)
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
	t.Run("a rule decides from its day of effect on, and says why", func(t *testing.T) {
		const line = "SELECT concat(source, ' ', reason) FROM as_known(at = '%s') WHERE region = '140102'"
		before, after := texts(t, w, fmt.Sprintf(line, "2025-03-09 23:59:59")), texts(t, w, fmt.Sprintf(line, "2025-03-10 00:00:00"))
		if !slices.Equal(before, []string{"page the later publication"}) || !slices.Equal(after, []string{"authority accounts: 统一核算"}) {
			t.Errorf("before %q, after %q", before, after)
		}
	})
	t.Run("rules that were taken away decide nothing", func(t *testing.T) {
		if err := w.LoadPrecedence(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if got := texts(t, w, "SELECT concat(source, ' ', rule) FROM resolved WHERE region = '140102'"); !slices.Equal(got, []string{"page published"}) {
			t.Errorf("got %q", got)
		}
	})
}

func TestResolvedIsAsClosedAsTheMostClosedValueThatItShows(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, said("page", pipeline.Public, 0, "58.12"), said("filing", pipeline.Province, 0, "58.3", func(o *pipeline.Observation) { o.Access = pipeline.AccessRestricted }))
	if got := texts(t, w, "SELECT access FROM resolved"); !slices.Equal(got, []string{"restricted"}) {
		t.Errorf("got %q", got)
	}
}

func TestConflictsNameWinnerLosersAndReason(t *testing.T) {
	w := warehousetest.Open(t)
	other := said("page", pipeline.Public, 0, "58.12")
	other.Region = "140728"
	load(t, w, said("page", pipeline.Public, 0, "58.12"), said("table", pipeline.Public, 0, "59.9", final), other)
	got := texts(t, w, "SELECT concat(region, ' ', source, ' ', toString(value), ' against ', losers[1].source, ' ', toString(losers[1].value), ', ', toString(spread), ': ', reason) FROM conflicts")
	if want := []string{"140727 table 59.9 against page 58.12, 1.78: census-revised before final before the rest"}; !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
