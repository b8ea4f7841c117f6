package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"zhibiao/collectors/filing"
	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/expect"
)

// What is on the national platform is known, and asked of nobody; the sheet for it and
// the receipt say where each number came from.
func TestWhatIsOnThePlatformIsNeverAskedAgain(t *testing.T) {
	d := startFilingDesk(t)
	ask := func(unit string) []string {
		var cells []string
		for _, c := range d.request(unit).Asked {
			cells = append(cells, c.Region+" "+c.Indicator)
		}
		return cells
	}
	const cell = "140121 public_measurement_standards"
	if !slices.Contains(ask("计量处"), cell) {
		t.Fatal("the cell is not asked for before")
	}
	today := pipeline.DateIn(now(), shanghai).String() // what is filed today was not known yesterday
	brands := "SELECT toString(count()) FROM missing(on='" + today + "') WHERE region = '140121' AND indicator = 'one_county_one_product_brands' AND period_end = '2024-12-31' AND move = 'county'"
	if got := fmt.Sprint(d.everything(brands)); got != "[[1]]" {
		t.Fatalf("the county is asked for %s cells before", got)
	}
	name := filepath.Join(d.folder, "导出.csv")
	export := "区划代码,年度,指标名称,数值,单位\n140121,2024,社会公用计量标准数,35,项\n140121,2024,一县一品特色品牌数,2,个\n140121,2024,没有这个指标,1,个\n"
	if err := os.WriteFile(name, []byte(export), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := d.file(filing.Platform, name)
	if pipeline.ExitCode(err) != pipeline.ExitPartly || !strings.Contains(out, "没有这个指标") {
		t.Fatalf("importing: %v\n%s", err, out)
	}
	if slices.Contains(ask("计量处"), cell) {
		t.Error("what is on the platform is asked for again")
	}
	if got := fmt.Sprint(d.everything(brands)); got != "[[0]]" {
		t.Errorf("the county is asked for %s cells that it has entered on the platform", got)
	}
	if rows := fmt.Sprint(d.everything("SELECT toString(supplier), toString(assumeNotNull(value)) FROM latest_by_source WHERE source = 'national-platform' ORDER BY indicator")); rows != "[[county 2] [county 35]]" {
		t.Errorf("in the warehouse: %s", rows)
	}
	request, err := d.app.sheetRequest(t.Context(), "140121", "2024", today)
	if err != nil {
		t.Fatal(err)
	}
	book, err := filing.MakeSheet(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	sheet := filepath.Join(d.folder, "sheet.xlsx")
	if err := os.WriteFile(sheet, book.Body, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenFile(sheet)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	receipt, err := f.GetRows("回执")
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(receipt); len(receipt) != 5 || !strings.Contains(text, "国家平台") || !strings.Contains(text, "社会公用计量标准数") {
		t.Errorf("the receipt: %v", receipt)
	}
}

func TestAWatchedFolderFilesWhatIsPutThere(t *testing.T) {
	d := startFilingDesk(t)
	name := d.fill("a.xlsx", d.form(), map[[2]string]any{{"value|quality_chain_projects", "140121|A|2024"}: 4})
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	outcome, err := d.line.acceptFiling(t.Context(), "a.xlsx", body)
	if err != nil || !outcome.Taken || !strings.Contains(outcome.Report, "接收 1 格") {
		t.Fatalf("%v %+v", err, outcome)
	}
	if err := d.line.awaitLoaded(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(d.everything("SELECT toString(count()) FROM observation FINAL WHERE source = 'provincial-workbook'")); got != "[[1]]" {
		t.Errorf("%s rows", got)
	}
	if outcome, err := d.line.acceptFiling(t.Context(), "b.xlsx", []byte("x")); err != nil || outcome.Taken || !strings.Contains(outcome.Report, "XLSX") {
		t.Errorf("no workbook: %v %+v", err, outcome)
	}
}

// Of random worlds: a workbook never asks for a cell that a public source has or is
// due to supply, that is on the platform, or that is waived; and it asks for all that
// is left of the unit (promise 10).
func TestNoWorkbookAsksForWhatIsKnownOrDueFromOthers(t *testing.T) {
	d := startFilingDesk(t)
	w, err := d.app.warehouse(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	indicators := []string{"registered_trademarks", "quality_chain_projects", "qms_certificates", "gi_trademarks", "one_county_one_product_brands", "complaints"}
	regions := []string{"140121", "140728", "140703"}
	loader := clickhouse.New(w.Conn())
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		if n++; n > 5 {
			return // each world is loaded into the warehouse: a few are what a test has time for
		}
		if err := w.Conn().Exec(t.Context(), "TRUNCATE TABLE observation"); err != nil {
			rt.Fatal(err)
		}
		expected := d.app.expected()
		expected.Sources = randomSources(rt, indicators, regions)
		expected.Gaps.Waivers = randomWaivers(rt, indicators, regions)
		if err := w.LoadExpectations(t.Context(), expected, pipeline.DateOf(2026, 12, 31)); err != nil {
			rt.Fatal(err)
		}
		known := randomValues(t.Context(), rt, loader, indicators, regions)
		q := missingQuestion{on: pipeline.DateIn(now(), shanghai), from: pipeline.DateOf(2020, 1, 1), to: pipeline.DateOf(2026, 12, 31)}
		asked := map[filing.Cell]string{}
		for _, unit := range askedUnits {
			request, err := d.app.workbookRequest(t.Context(), unit, q)
			if err != nil {
				rt.Fatal(err)
			}
			for _, cell := range request.Asked {
				asked[cell] = unit
			}
		}
		checkAsked(rt, expected, q.on, known, asked)
	})
}

// askedUnits are those whose indicators the random worlds are about.
var askedUnits = []string{"知识产权部门", formUnit, "认证监管处", "执法稽查与消费者权益保护处"}

func randomSources(rt *rapid.T, indicators, regions []string) []*pipeline.Source {
	var sources []*pipeline.Source
	for i := range rapid.IntRange(0, 4).Draw(rt, "sources") {
		code := rapid.SampledFrom(indicators).Draw(rt, "indicator")
		series := pipeline.Series{Freq: pipeline.Annual, Basis: pipeline.End}
		if code == "complaints" {
			series.Basis = pipeline.Flow
		}
		sources = append(sources, &pipeline.Source{Name: fmt.Sprintf("random-%d", i),
			Rules: pipeline.SourceRules{Supplier: rapid.SampledFrom([]pipeline.Supplier{pipeline.Public, pipeline.Province, pipeline.County}).Draw(rt, "supplier")},
			Supplies: []pipeline.Supply{{Indicators: []string{code}, Series: []pipeline.Series{series},
				Regions:  []string{rapid.SampledFrom(append(slices.Clone(regions), "14")).Draw(rt, "region")},
				FromYear: rapid.IntRange(2020, 2024).Draw(rt, "from"), LagDays: rapid.IntRange(1, 700).Draw(rt, "lag"),
				Verified: rapid.SampledFrom([]string{"2026-01-01", pipeline.NeverVerified}).Draw(rt, "verified")}}})
	}
	return sources
}

func randomWaivers(rt *rapid.T, indicators, regions []string) []pipeline.Waiver {
	if !rapid.Bool().Draw(rt, "waived") {
		return nil
	}
	return []pipeline.Waiver{{Indicators: []string{rapid.SampledFrom(indicators).Draw(rt, "waived indicator")}, Regions: []string{rapid.SampledFrom(regions).Draw(rt, "waived region")},
		From: pipeline.DateOf(2020, 1, 1), Kind: pipeline.WaiverOnPlatform, Reason: "已在平台", Decided: pipeline.DateOf(2026, 1, 1)}}
}

// randomValues loads values of any supplier and returns their cells.
func randomValues(ctx context.Context, rt *rapid.T, loader *clickhouse.Loader, indicators, regions []string) map[filing.Cell]bool {
	filedAt := now().UTC().Truncate(time.Millisecond)
	known := map[filing.Cell]bool{}
	var rows []pipeline.Observation
	for i := range rapid.IntRange(0, 25).Draw(rt, "values") {
		code := rapid.SampledFrom(indicators).Draw(rt, "indicator")
		basis := pipeline.End
		if code == "complaints" {
			basis = pipeline.Flow
		}
		cell := filing.Cell{Indicator: code, Region: rapid.SampledFrom(regions).Draw(rt, "region"), Period: pipeline.YearPeriod(rapid.IntRange(2020, 2025).Draw(rt, "year"), basis)}
		if known[cell] {
			continue
		}
		known[cell] = true
		supplier := rapid.SampledFrom([]pipeline.Supplier{pipeline.Public, pipeline.Province, pipeline.County}).Draw(rt, "supplier")
		origin := &pipeline.Origin{Source: "random-" + string(supplier), Supplier: supplier, Lineage: fmt.Sprint("l", i), Version: fmt.Sprint("v", i),
			Document: pipeline.HashBody([]byte(fmt.Sprint(i))), FetchedAt: filedAt, KnownAt: filedAt, Derivation: "d", DerivationNo: 1}
		rows = append(rows, pipeline.Observation{Origin: origin, Indicator: cell.Indicator, Region: cell.Region, Period: cell.Period, Op: pipeline.Assert,
			Value: "1", Unit: "件", HalfWidth: "0.5", Status: pipeline.First, Access: pipeline.AccessRestricted, RawText: "1", RawUnit: "件", Sign: pipeline.Plus,
			Locator: "x", ByteStart: 1, ByteEnd: 2})
	}
	if len(rows) == 0 {
		return known
	}
	for _, supplier := range []pipeline.Supplier{pipeline.Public, pipeline.Province, pipeline.County} {
		var batch []pipeline.Observation
		for _, row := range rows {
			if row.Origin.Supplier == supplier {
				batch = append(batch, row)
			}
		}
		if len(batch) > 0 {
			if err := loader.Load(ctx, batch); err != nil {
				rt.Fatal(err)
			}
		}
	}
	return known
}

// checkAsked compares what is asked for with what follows from the world itself.
func checkAsked(rt *rapid.T, expected warehouse.Expected, on pipeline.Date, known map[filing.Cell]bool, asked map[filing.Cell]string) {
	catalogue := map[string]pipeline.Indicator{}
	for _, i := range expected.Indicators {
		catalogue[i.Code] = i
	}
	isPublic := func(cell filing.Cell) bool {
		return slices.ContainsFunc(expected.Sources, func(s *pipeline.Source) bool {
			supply := s.Supplies[0]
			return s.Rules.Supplier == pipeline.Public && supply.Indicators[0] == cell.Indicator && cell.Period.Freq == pipeline.Annual &&
				strings.HasPrefix(cell.Region, supply.Regions[0]) && cell.Period.End.Year() >= supply.FromYear
		})
	}
	for cell, unit := range asked {
		indicator := catalogue[cell.Indicator]
		switch {
		case known[cell]:
			rt.Fatalf("%+v is asked of %s, but known", cell, unit)
		case isPublic(cell):
			rt.Fatalf("%+v is asked of %s, but a public source is due to supply it", cell, unit)
		case indicator.Supplier != string(pipeline.Province) || indicator.CoordinatingUnit != unit:
			rt.Fatalf("%+v is asked of %s, whose it is not", cell, unit)
		}
	}
	due := map[filing.Cell]expect.Expectation{} // by the source that a person has seen work, else the first
	for _, e := range expect.Generate(expected.Plan, pipeline.DateOf(2026, 12, 31)) {
		cell := filing.Cell{Indicator: e.Indicator, Region: e.Region, Period: e.Period}
		before, there := due[cell]
		if !there || e.Verified && !before.Verified || e.Verified == before.Verified && e.ExpectedOn < before.ExpectedOn {
			due[cell] = e
		}
	}
	for cell, e := range due {
		isDue := e.Supplier == string(pipeline.Province) && e.Period.End < on && e.ExpectedOn <= on && slices.Contains(askedUnits, e.Unit)
		isWaived := e.Waiver != nil && e.Waiver.Decided <= on
		if isWaived && asked[cell] != "" {
			rt.Fatalf("%+v is asked of %s, but waived", cell, asked[cell])
		}
		if isDue && !isWaived && !known[cell] && asked[cell] == "" {
			rt.Fatalf("%+v of %s is due and absent, but not asked for", cell, e.Unit)
		}
	}
}
