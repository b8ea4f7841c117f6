package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zhibiao/collectors/supplement"
	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
)

// Sources that supply one of the counties' indicators to some counties, and waivers of
// others: what the world test must not see asked for.
const (
	publicSupply = `title: 首席质量官名录
publisher: 测试
verified: "2026-01-01"
impact: {rate: 无, window: 无, volume: 无, contact: 测试}
urls: ['^http://officers\.example\.cn/']
kind: html
supplies:
  - {indicators: [chief_quality_officer_enterprises], regions: ["1407"], series: ["A:end"], from_year: 2022, to_year: 2023, lag_days: 30}
`
	waived = `lag_days: {public: 180, province: 150, county: 180, report: 60}
structural: []
waivers:
  - {indicators: [performance_excellence_enterprises], regions: ["140728"], from: 2020-01-01, kind: on_platform, reason: 已在国家平台填报, decided: 2026-01-01}
  - {indicators: [one_county_one_product_brands], regions: ["140121"], from: 2023-01-01, kind: not_applicable, reason: 没有, decided: 2026-01-01}
`
)

// county is one county and its people.
type county struct {
	region string
	clerk  supplement.Actor
}

func pool(w *worldRun) []county {
	var all []county
	for _, p := range w.app.set.Programmes() {
		for _, m := range p.Members {
			all = append(all, county{m.Region, supplement.Actor{Account: "clerk-" + m.Region, Role: supplement.County, Region: m.Region}})
		}
	}
	return all
}

var provinceOfficer = supplement.Actor{Account: "officer", Role: supplement.Province, Region: "140000"}

// The indicators that the catalogue asks of counties.
var countyIndicators = []string{"chief_quality_officer_enterprises", "one_county_one_product_brands", "performance_excellence_enterprises"}

func startSupplementWorld(t *testing.T) *worldRun {
	t.Helper()
	w := &worldRun{t: t, dir: t.TempDir(), world: statsite.NewWorld(statsite.Config{Seed: demoSeed}), out: new(bytes.Buffer)}
	site, err := statsite.Serve(t.Context(), w.world)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { site.Close() })
	w.site = site
	w.openWith(func() {
		for name, text := range map[string]string{"gaps.yaml": waived, "sources/officers-list.yaml": publicSupply} {
			if err := os.WriteFile(filepath.Join(w.dir, "configs", name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Cleanup(w.close)
	return w
}

// cellKey is a county's cell by year.
type cellKey struct {
	region, indicator string
	year              int
}

// scatter loads values of the counties' indicators from other sources, at random, and
// returns which cells have one. A blank is no value.
func (w *worldRun) scatter(random *rand.Rand, counties []county) map[cellKey]bool {
	w.t.Helper()
	has := map[cellKey]bool{}
	drawn := map[string]bool{} // a source says one thing of a cell
	var rows []pipeline.Observation
	at := time.Now().UTC().Truncate(time.Millisecond).Add(-time.Hour)
	for i, origin := range []*pipeline.Origin{
		{Source: "county-communique", Supplier: pipeline.Public}, {Source: "provincial-workbook", Supplier: pipeline.Province},
		{Source: "national-platform", Supplier: pipeline.County},
	} {
		origin.Document = pipeline.HashBody([]byte(origin.Source))
		origin.Lineage, origin.Version = pipeline.ContentID("l", origin.Source), pipeline.ContentID("v", origin.Source)
		origin.FetchedAt, origin.KnownAt, origin.Derivation, origin.DerivationNo = at, at, "test", 1
		for n := range 40 {
			key := cellKey{counties[random.IntN(len(counties))].region, countyIndicators[random.IntN(3)], 2020 + random.IntN(6)}
			if said := fmt.Sprint(i, key); drawn[said] {
				continue
			}
			drawn[fmt.Sprint(i, key)] = true
			indicator, _ := w.app.set.Indicator(key.indicator)
			o := pipeline.Observation{Origin: origin, Indicator: key.indicator, Region: key.region, Period: pipeline.YearPeriod(key.year, pipeline.End),
				Op: pipeline.Assert, Value: fmt.Sprint(1 + random.IntN(9)), HalfWidth: "0.5", Unit: indicator.Unit, Status: pipeline.First, Access: pipeline.AccessPublic,
				RawText: "x", Sign: pipeline.Plus, Locator: fmt.Sprintf("table[%d]/tr[%d]", i, n), ByteStart: uint32(10 * n), ByteEnd: uint32(10*n + 1)}
			if random.IntN(4) == 0 {
				o.Value, o.HalfWidth, o.Flags = "", "", []pipeline.Flag{pipeline.FlagNotAvailable}
				if origin.Supplier == pipeline.County {
					continue // of a county a blank is an answer: nothing is asked twice
				}
			} else {
				has[key] = true
			}
			rows = append(rows, o)
		}
	}
	loader, err := w.app.loader(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, supplier := range []pipeline.Supplier{pipeline.Public, pipeline.Province, pipeline.County} {
		batch := slices.DeleteFunc(slices.Clone(rows), func(o pipeline.Observation) bool { return o.Origin.Supplier != supplier })
		if err := loader.Load(w.t.Context(), batch); err != nil {
			w.t.Fatal(err)
		}
	}
	return has
}

// mayBeAsked is promise 10 in plain words: an independent judgement.
func mayBeAsked(key cellKey, has map[cellKey]bool, on pipeline.Date) bool {
	due := pipeline.DateOf(key.year, 12, 31) + 180
	switch {
	case has[key], on < due:
		return false
	case key.indicator == "chief_quality_officer_enterprises" && strings.HasPrefix(key.region, "1407") && (key.year == 2022 || key.year == 2023):
		return false // the public list is due to have it
	case key.indicator == "performance_excellence_enterprises" && key.region == "140728",
		key.indicator == "one_county_one_product_brands" && key.region == "140121" && key.year >= 2023:
		return false // waived
	}
	return true
}

func TestNoCountyIsAskedForWhatAnotherSourceHasAndEveryAcceptedEntryIsStoredOnce(t *testing.T) {
	w := startSupplementWorld(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 7))
	counties := slices.DeleteFunc(pool(w), func(c county) bool { // enough of them, and all that the files above name
		return c.region != "140121" && !strings.HasPrefix(c.region, "1407") && random.IntN(2) == 0
	})
	has := w.scatter(random, counties)
	desk, err := w.app.desk(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{} // accepted values by cell
	for i, c := range counties {
		sheet, err := desk.Sheet(t.Context(), c.clerk, c.region, desk.Today())
		if err != nil {
			t.Fatal(err)
		}
		w.checkAsks(sheet, has, desk.Today())
		if i%2 == 0 {
			w.answer(random, desk, c, sheet)
		}
	}
	w.acceptSome(random, desk, want)
	w.handOverTwice(desk)
	w.checkStored(want)
	w.correct(random, desk, counties[:5], want)
	w.checkLatest(want)
	w.checkBurden(desk)
}

// checkAsks compares what a sheet asks with the judgement.
func (w *worldRun) checkAsks(sheet *supplement.Sheet, has map[cellKey]bool, on pipeline.Date) {
	w.t.Helper()
	asked := map[cellKey]bool{}
	for _, task := range sheet.Tasks {
		for _, ask := range task.Asks {
			if parsed, err := supplement.ParseCell(ask.Cell.String()); err != nil || parsed != ask.Cell {
				w.t.Errorf("the cell %s comes back from an address as %+v, %v; want %+v", ask.Cell, parsed, err, ask.Cell)
			}
			asked[cellKey{ask.Cell.Region, ask.Cell.Indicator, ask.Cell.Period.End.Year()}] = true
		}
	}
	for _, indicator := range countyIndicators {
		for year := 2020; year <= on.Year(); year++ {
			key := cellKey{sheet.Region, indicator, year}
			if asked[key] != mayBeAsked(key, has, on) {
				w.t.Errorf("%v: it is asked: %v, it may be: %v", key, asked[key], mayBeAsked(key, has, on))
			}
			delete(asked, key)
		}
	}
	if len(asked) > 0 {
		w.t.Errorf("%s is asked for %v", sheet.Region, asked)
	}
}

// answer answers a part of what is asked.
func (w *worldRun) answer(random *rand.Rand, desk *supplement.Desk, c county, sheet *supplement.Sheet) {
	w.t.Helper()
	draft, err := desk.Draft(w.t.Context(), c.clerk, c.region)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, task := range sheet.Tasks {
		for _, ask := range task.Asks {
			switch random.IntN(4) {
			case 0: // it is voluntary
			case 1:
				draft.Answers[ask.Cell.String()] = supplement.Answer{Kind: supplement.NotAvailable, Reason: "尚未统计"}
			default:
				draft.Answers[ask.Cell.String()] = supplement.Answer{Typed: fmt.Sprint(1 + random.IntN(19))}
			}
		}
	}
	if draft, err = desk.SaveDraft(w.t.Context(), c.clerk, draft); err != nil {
		w.t.Fatal(err)
	}
	receipt, err := desk.Submit(w.t.Context(), c.clerk, c.region, draft.Revision)
	if err != nil || len(receipt.Findings) > 0 {
		w.t.Fatalf("submitting for %s: %+v, %v", c.region, receipt.Findings, err)
	}
}

// acceptSome accepts most of what waits, in bulk, and notes it.
func (w *worldRun) acceptSome(random *rand.Rand, desk *supplement.Desk, want map[string]string) {
	w.t.Helper()
	waiting, err := desk.Waiting(w.t.Context(), provinceOfficer)
	if err != nil {
		w.t.Fatal(err)
	}
	var decisions []supplement.Decision
	for _, item := range waiting {
		d := supplement.Decision{Region: item.Region, Cell: item.Entry.Cell, Revision: item.Entry.Revision, Act: supplement.ActAccept}
		if random.IntN(5) == 0 {
			d.Act, d.Text = supplement.ActReturn, "请核对"
		} else {
			want[item.Entry.Cell.String()] = item.Entry.Value
		}
		decisions = append(decisions, d)
	}
	results, err := desk.Decide(w.t.Context(), provinceOfficer, decisions)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range results {
		if r.Problem != nil {
			w.t.Fatalf("%s: %v", r.Cell, r.Problem)
		}
	}
}
