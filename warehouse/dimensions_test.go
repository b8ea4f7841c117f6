package warehouse_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

func catalogue() ([]pipeline.Indicator, []pipeline.Region, []*pipeline.Source) {
	return []pipeline.Indicator{
			{Code: "gdp", Task: "economy", NameZH: "地区生产总值", Aliases: []string{"GDP"}, Unit: "亿元", Series: []pipeline.Series{{Freq: pipeline.Annual, Basis: pipeline.Flow}}, Low: "5", High: "3000"},
			{Code: "gdp.growth", Task: "economy", NameZH: "地区生产总值增速", Unit: "%", GrowthOf: "gdp"},
		}, []pipeline.Region{
			{Code: "140703", Name: "太谷区", Level: "county", Province: "山西省", City: "晋中市", From: 2019},
			{Code: "140726", Name: "太谷县", Level: "county", Province: "山西省", City: "晋中市", From: 1999, To: 2018, Next: []string{"140703"}},
			{Code: "140727", Name: "祁县", Level: "county", Province: "山西省", City: "晋中市", From: 1999},
		}, []*pipeline.Source{{Name: "county-bulletins", Title: "统计公报", Verified: "never", MinDocuments: 2, Rules: pipeline.SourceRules{Supplier: pipeline.Public}}}
}

func TestLoadDimensionsReplacesWhatChangedAndOnlyThat(t *testing.T) {
	w := warehousetest.Open(t)
	indicators, regions, sources := catalogue()
	for range 2 {
		if err := w.LoadDimensions(t.Context(), indicators, regions, sources); err != nil {
			t.Fatal(err)
		}
	}
	parts := "SELECT name FROM system.parts WHERE database = currentDatabase() AND table = 'indicator' AND active"
	before := texts(t, w, parts)
	if got := texts(t, w, "SELECT concat(code, ' ', name, ' ', toString(valid_from), ' ', toString(valid_to)) FROM region ORDER BY code"); !slices.Equal(got,
		[]string{"140703 太谷区 2019 9999", "140726 太谷县 1999 2018", "140727 祁县 1999 9999"}) {
		t.Errorf("got regions %v", got)
	}
	slices.Reverse(indicators)
	if err := w.LoadDimensions(t.Context(), indicators, regions[1:], sources); err != nil {
		t.Fatal(err)
	}
	if got := texts(t, w, "SELECT code FROM region ORDER BY code"); !slices.Equal(got, []string{"140726", "140727"}) {
		t.Errorf("a region that left the configuration: %v", got)
	}
	if after := texts(t, w, parts); !slices.Equal(before, after) {
		t.Errorf("the catalogue was written again though it did not change: %v, then %v", before, after)
	}
	if got := texts(t, w, "SELECT concat(code, ' ', ifNull(toString(low), '-'), ' ', arrayStringConcat(series, ',')) FROM indicator ORDER BY code"); !slices.Equal(got,
		[]string{"gdp 5 A:period", "gdp.growth - "}) {
		t.Errorf("got indicators %v", got)
	}
}

func TestLoadDimensionsRefusesAnEmptyOrUnreadableConfiguration(t *testing.T) {
	w := warehousetest.Open(t)
	indicators, regions, sources := catalogue()
	if err := w.LoadDimensions(t.Context(), indicators, nil, sources); err == nil || !strings.Contains(err.Error(), "table region") {
		t.Errorf("got %v", err)
	}
	indicators[0].Low = "about 5"
	if err := w.LoadDimensions(t.Context(), indicators, regions, sources); err == nil || !strings.Contains(err.Error(), "low end of gdp") {
		t.Errorf("got %v", err)
	}
}

func TestTheExamplesAnswer(t *testing.T) {
	w := warehousetest.Open(t)
	indicators, regions, sources := catalogue()
	if err := w.LoadDimensions(t.Context(), indicators, regions, sources); err != nil {
		t.Fatal(err)
	}
	page := lineage("page")
	old := warehousetest.GDP(warehousetest.Origin(page, "A", 0), "140726", "50")
	old.Period = pipeline.YearPeriod(2015, pipeline.Flow)
	load(t, w, old,
		warehousetest.GDP(warehousetest.Origin(page, "A", 0), "140727", "58.12"),
		warehousetest.GDP(warehousetest.Origin(page, "B", 1), "140727", "60.3"),
		warehousetest.GDP(warehousetest.Origin(page, "A", 0), "140703", "130"))
	if err := clickhouse.New(w.Conn()).LoadRefusals(t.Context(), []pipeline.Refusal{
		{Origin: warehousetest.Origin(page, "B", 1), Reason: pipeline.UnknownUnit, Label: "粮食产量", Count: 2, Quote: "5斗", Detail: "the unit 斗 is not in units.yaml", Locator: "p[3]", ByteStart: 77, ByteEnd: 78},
		{Origin: warehousetest.Origin(page, "B", 1), Reason: pipeline.UnknownUnit, Label: "油料产量", Count: 1, Locator: "p[4]", ByteStart: 99, ByteEnd: 99},
	}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"latest_gdp":              "140703\t太谷区\t2024\t130\t亿元\tfirst|140727\t祁县\t2024\t60.3\t亿元\tfirst",
		"revisions_of_one_number": "gdp\t140727\t2024-01-01\t2024-12-31\tcounty-bulletins\t1|gdp\t140727\t2024-01-01\t2024-12-31\tcounty-bulletins\t2",
		"refusals_by_reason":      "unknown_unit\t2\t3\t粮食产量\t5斗\tp[3]",
	}
	for _, query := range warehouse.Examples() {
		rows, err := w.Ask(t.Context(), query.SQL, nil)
		if err != nil {
			t.Fatalf("example %s: %v", query.Name, err)
		}
		var out bytes.Buffer
		if err := warehouse.Print(&out, rows, "tsv"); err != nil {
			t.Fatalf("example %s: %v", query.Name, err)
		}
		var lines []string
		for line := range strings.Lines(out.String()) {
			lines = append(lines, strings.Join(strings.Split(strings.TrimSpace(line), "\t")[:6], "\t"))
		}
		if got := strings.Join(lines[1:], "|"); got != want[query.Name] {
			t.Errorf("example %s:\n got %s\nwant %s", query.Name, got, want[query.Name])
		}
	}
}

func TestTheWideViewFollowsTheCatalogue(t *testing.T) {
	w := warehousetest.Open(t)
	indicators, regions, sources := catalogue()
	columns := func() string {
		return strings.Join(texts(t, w, "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'county_year' ORDER BY position"), " ")
	}
	for _, want := range []string{"region name year gdp", "region name year gdp gdp_growth", "region name year gdp"} {
		if err := w.LoadDimensions(t.Context(), indicators, regions, sources); err != nil {
			t.Fatal(err)
		}
		if got := columns(); got != want {
			t.Errorf("got the columns %s, want %s", got, want)
		}
		indicators = slices.Clone(indicators)
		if indicators[1].Series == nil {
			indicators[1].Series = indicators[0].Series
		} else {
			indicators[1].Series = nil
		}
	}
}
