package warehouse_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

var modelRules = []pipeline.PrecedenceRule{
	{Name: "old", Indicators: []string{"gdp", "retail"}, From: pipeline.DateOf(1949, 1, 1), To: pipeline.DateOf(2099, 1, 1), Effective: pipeline.DateOf(2020, 1, 1), Sources: []string{"c-yearbook", "a-page"}, Reason: "the old habit"},
	{Name: "new", Indicators: []string{"gdp"}, From: pipeline.DateOf(2024, 1, 1), To: pipeline.DateOf(2024, 12, 31), Effective: pipeline.DateOf(2025, 3, 4), Sources: []string{"b-table"}, Reason: "the authority"},
	{Name: "later", Indicators: []string{"gdp"}, From: pipeline.DateOf(1949, 1, 1), To: pipeline.DateOf(2099, 1, 1), Effective: pipeline.DateOf(2290, 1, 1), Sources: []string{"d-county"}, Reason: "not in effect in our time"},
}

// numberPeriods have spans that meet and spans that do not.
var numberPeriods = []pipeline.Period{
	pipeline.YearPeriod(2024, pipeline.Flow), pipeline.QuarterPeriod(2024, 4, pipeline.YearToDate), pipeline.MonthPeriod(2024, 11, pipeline.YearToDate),
	pipeline.YearPeriod(2024, pipeline.End), pipeline.QuarterPeriod(2024, 4, pipeline.End), pipeline.MonthPeriod(2024, 12, pipeline.End),
	pipeline.YearPeriod(1949, pipeline.Flow), // before 1970
}

// drawRows draws documents of several sources, lineages and nights, and numbers in
// them that often meet.
func drawRows(t *rapid.T, region string) []pipeline.Observation {
	documents := rapid.IntRange(1, 8).Draw(t, "documents")
	var rows []pipeline.Observation
	for d := range documents {
		origin := drawOrigin(t, region, d)
		for n := range rapid.IntRange(1, 4).Draw(t, "numbers") {
			rows = append(rows, drawRow(t, origin, region, n))
		}
	}
	return rows
}

func drawOrigin(t *rapid.T, region string, d int) *pipeline.Origin {
	source := rapid.SampledFrom([]string{"a-page", "b-table", "c-yearbook", "d-county"}).Draw(t, "source")
	// The same body may come again in another lineage or another night.
	body := fmt.Sprint(region, rapid.IntRange(0, 4).Draw(t, "body"))
	night := rapid.IntRange(0, 5).Draw(t, "night")
	origin := warehousetest.Origin(pipeline.LineageID(source, "GET", fmt.Sprint(rapid.IntRange(0, 1).Draw(t, "lineage")), nil), body, night)
	origin.Source = source
	origin.Supplier = map[string]pipeline.Supplier{"a-page": pipeline.Public, "b-table": pipeline.Public, "c-yearbook": pipeline.Province, "d-county": pipeline.County}[source]
	origin.Version = pipeline.VersionID(source, origin.Lineage, origin.Document, fmt.Sprint(d), origin.Derivation)
	if rapid.Bool().Draw(t, "read again") {
		origin.DerivationNo, origin.Derivation = 2, pipeline.ContentID("derivation", "2")
		origin.KnownAt = warehousetest.Night(night + 2)
	}
	if day := rapid.IntRange(0, 4).Draw(t, "published"); day > 0 {
		origin.PublishedAt = pipeline.DayStamp(pipeline.DateOf(2025, 2, 26+2*day))
	}
	return origin
}

func drawRow(t *rapid.T, origin *pipeline.Origin, region string, n int) pipeline.Observation {
	o := warehousetest.GDP(origin, region, rapid.SampledFrom([]string{"", "0", "58.12", "58.13", "58.1", "-3", "60"}).Draw(t, "value"))
	o.Indicator = rapid.SampledFrom([]string{"gdp", "gdp", "retail", "other"}).Draw(t, "indicator")
	o.Period = rapid.SampledFrom(numberPeriods).Draw(t, "period")
	o.Status = rapid.SampledFrom([]pipeline.Status{pipeline.First, pipeline.Provisional, pipeline.Final, pipeline.CensusRevised}).Draw(t, "status")
	o.Round = rapid.SampledFrom([]string{"", "", "2023"}).Draw(t, "round")
	o.Access = rapid.SampledFrom([]pipeline.Access{pipeline.AccessPublic, pipeline.AccessPublic, pipeline.AccessRestricted, pipeline.AccessSuppressed}).Draw(t, "access")
	o.HalfWidth = rapid.SampledFrom([]string{"0.005", "0.05", "0.5"}).Draw(t, "half width")
	if o.Value == "" {
		o.HalfWidth, o.Flags = "", []pipeline.Flag{pipeline.FlagNotAvailable}
	}
	if rapid.IntRange(0, 3).Draw(t, "restated") == 0 {
		o.Flags = pipeline.WithFlag(o.Flags, pipeline.FlagRestatedBoundary)
	}
	o.ByteStart = uint32(1000 + 10*n)
	o.ByteEnd = o.ByteStart + uint32(len(o.Value))
	switch rapid.IntRange(0, 7).Draw(t, "op") {
	case 0:
		return warehousetest.Retract(origin, o)
	case 1:
		return warehousetest.Withdraw(origin, o)
	}
	return o
}

// distinct leaves one row of each sorting key, because rows of one key are equal.
func distinct(rows []pipeline.Observation) []pipeline.Observation {
	seen := map[string]bool{}
	return slices.DeleteFunc(rows, func(o pipeline.Observation) bool {
		key := fmt.Sprint(o.Key(), o.Origin.Source, o.Origin.Lineage, o.Origin.KnownAt, o.Origin.Document, o.ByteStart, o.Locator, o.Origin.Derivation, o.Op)
		twice := seen[key]
		seen[key] = true
		return twice
	})
}

const decisionLine = `concat(indicator, ' ', kind, ' ', toString(period_start), ' ', toString(period_end), ' ', boundary, ' ', freq, ' ', basis, ' ', op, ' ',
	ifNull(toString(value), 'NULL'), ' ', status, ' ', revision_round, ' ', arrayStringConcat(flags, ','), ' ', access, ' ', source, ' ', supplier, ' ', id, ' of ', toString(sources),
	' before ', arrayStringConcat(arrayMap(l -> concat(l.source, ':', ifNull(toString(l.value), 'NULL'), ':', l.id), losers), ','),
	' spread ', ifNull(toString(spread), 'NULL'), ' ', toString(disjoint), ' by ', rule)`

func (d *decision) line() string {
	o := d.winner
	sources := map[string]bool{o.Origin.Source: true}
	losers := make([]string, len(d.losers))
	for i, l := range d.losers {
		losers[i] = fmt.Sprintf("%s:%s:%s", l.Origin.Source, orNull(l.Value), l.ID())
		sources[l.Origin.Source] = true
	}
	disjoint := map[bool]string{false: "0", true: "1"}[d.disjoint]
	return strings.Join([]string{o.Indicator, kindOf(o), spanStart(o).String(), o.Period.End.String(), boundaryOf(o), string(o.Period.Freq), string(o.Period.Basis), string(o.Op),
		orNull(o.Value), string(o.Status), o.Round, joined(o.Flags), string(d.access()), o.Origin.Source, string(o.Origin.Supplier), o.ID(), "of", fmt.Sprint(len(sources)),
		"before", strings.Join(losers, ","), "spread", d.spread, disjoint, "by", d.rule}, " ")
}

func orNull(value string) string {
	if value == "" {
		return "NULL"
	}
	return value
}

func joined(flags []pipeline.Flag) string {
	texts := make([]string, len(flags))
	for i, f := range flags {
		texts[i] = string(f)
	}
	return strings.Join(texts, ",")
}

func decisions(rows []pipeline.Observation, v view, only func(*decision) bool) []string {
	var lines []string
	for _, d := range resolve(rows, modelRules, v) {
		if only(&d) {
			lines = append(lines, d.line())
		}
	}
	slices.Sort(lines)
	return lines
}

func every(*decision) bool { return true }

// deliver loads the rows as an unlucky transport does: shuffled, cut at random and
// some parts twice.
func deliver(t *rapid.T, outer *testing.T, w *warehouse.Warehouse, rows []pipeline.Observation) {
	shuffled := rapid.Permutation(rows).Draw(t, "order")
	for len(shuffled) > 0 {
		n := rapid.IntRange(1, len(shuffled)).Draw(t, "batch")
		for range rapid.IntRange(1, 2).Draw(t, "deliveries") {
			load(outer, w, shuffled[:n]...)
		}
		if rapid.Bool().Draw(t, "refreshed in between") {
			refresh(outer, w)
		}
		shuffled = shuffled[n:]
	}
}

// checks sets how many cases rapid draws, where the command line leaves it open: each
// asks the engine some ten times.
func checks(t *testing.T, n int) {
	drawn := flag.Lookup("rapid.checks")
	if drawn.Value.String() != drawn.DefValue {
		return
	}
	if err := flag.Set("rapid.checks", fmt.Sprint(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = flag.Set("rapid.checks", drawn.DefValue) })
}

func TestTheViewsAnswerAsTheModelForEveryOrderOfInsertion(t *testing.T) {
	w := warehousetest.Open(t)
	if err := w.LoadPrecedence(t.Context(), modelRules); err != nil {
		t.Fatal(err)
	}
	checks(t, 25)
	var regions atomic.Int64
	rapid.Check(t, func(r *rapid.T) {
		region := fmt.Sprint(200000 + regions.Add(1)) // of its own, so that one warehouse does for all
		rows := distinct(drawRows(r, region))
		deliver(r, t, w, rows)
		at := warehousetest.Night(rapid.IntRange(-1, 8).Draw(r, "asked on")).Add(-time.Hour * 3)
		moment := at.Format("2006-01-02 15:04:05.000")
		in := " WHERE region = '" + region + "' ORDER BY 1"
		for _, q := range []struct {
			from string
			want []string
		}{
			{"resolved", decisions(rows, now, every)},
			{"as_known(at = '" + moment + "')", decisions(rows, view{at, endOfTime}, every)},
			{"as_published(at = '" + moment + "')", decisions(rows, view{endOfTime, at}, every)},
		} {
			if got := texts(t, w, "SELECT "+decisionLine+" FROM "+q.from+in); !slices.Equal(got, q.want) {
				r.Fatalf("%s:\n got %s\nwant %s", q.from, strings.Join(got, "\n     "), strings.Join(q.want, "\n     "))
			}
		}
		conflicting := decisions(rows, now, func(d *decision) bool { return d.disjoint })
		got := texts(t, w, "SELECT "+strings.Replace(decisionLine, "toString(disjoint)", "'1'", 1)+" FROM conflicts"+in)
		if !slices.Equal(got, conflicting) {
			r.Fatalf("conflicts:\n got %q\nwant %q", got, conflicting)
		}
		refresh(t, w)
		public := slices.DeleteFunc(slices.Clone(rows), func(o pipeline.Observation) bool { return o.Access != pipeline.AccessPublic })
		if got, want := texts(t, w, "SELECT "+standingLine+" FROM latest"+in), standing(public); !slices.Equal(got, want) {
			r.Fatalf("latest:\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
		var said []string
		for _, o := range saidBySource(rows, now) {
			said = append(said, o.ID())
		}
		slices.Sort(said)
		if got := texts(t, w, "SELECT id FROM latest_by_source"+in); !slices.Equal(got, said) {
			r.Fatalf("latest_by_source:\n got %q\nwant %q", got, said)
		}
	})
}
