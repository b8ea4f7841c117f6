// Package expect works out which numbers are expected of whom and from which day
// on: out of the catalogue, the members of programmes with their dates, what sources
// can supply, and a horizon. It has no clock; the same input gives the same list.
package expect

import (
	"cmp"
	"slices"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/warehouse/regions"
)

// Plan is what expectations follow from.
type Plan struct {
	Indicators []pipeline.Indicator
	Regions    []pipeline.Region
	Sources    []*pipeline.Source
	Programmes []pipeline.Programme
	Gaps       pipeline.Gaps
}

// Expectation is one number that somebody is expected to supply. A cell has one
// expectation for each source that can supply it, all of one supplier.
type Expectation struct {
	Indicator, Region string          // the code in force on the period's last day
	Period            pipeline.Period // one series of those that give the same span
	Supplier          string          // public, province, county or report
	Source            string          // name of the source's file, "" where none is known
	Unit              string          // coordinating unit of a provincial cell
	ExpectedOn        pipeline.Date
	Verified          bool             // a person has seen the source supply it
	Waiver            *pipeline.Waiver // nil where none holds
}

// Span returns what the cell is compared by: stock or flow, first and last day. A
// stock has one day.
func (e Expectation) Span() (kind string, start, end pipeline.Date) {
	if e.Period.Basis == pipeline.End {
		return "stock", e.Period.End, e.Period.End
	}
	return "flow", e.Period.Start, e.Period.End
}

// ranks orders suppliers: who is asked first. A county is asked only for what no
// public channel and no provincial unit can supply (promise 10).
var ranks = map[string]int{string(pipeline.Public): 1, string(pipeline.Province): 2, string(pipeline.County): 3, report: 3}

// report is the supplier of what is taken from progress reports: never asked for.
const report = "report"

// Generate returns the expectations of all periods that end by the horizon, by
// region, indicator, span and source.
func Generate(plan Plan, horizon pipeline.Date) []Expectation {
	g := generator{plan: plan, horizon: horizon, history: regions.NewHistory(plan.Regions), best: map[key]Expectation{}}
	g.abilities()
	for _, p := range plan.Programmes {
		if p.FromYear == 0 {
			continue
		}
		for _, m := range p.Members {
			for _, i := range plan.Indicators {
				if ranks[i.Supplier] > 0 {
					g.cells(p, m, i)
				}
			}
		}
	}
	return g.sorted()
}

type generator struct {
	plan    Plan
	horizon pipeline.Date
	history *regions.History
	able    map[string][]ability // by indicator
	best    map[key]Expectation
}

// ability is what one entry of a source's file says that it supplies.
type ability struct {
	source *pipeline.Source
	supply pipeline.Supply
}

type key struct {
	indicator, region, kind, source string
	start, end                      pipeline.Date
}

func (g *generator) abilities() {
	g.able = map[string][]ability{}
	for _, source := range g.plan.Sources {
		for _, supply := range source.Supplies {
			for _, code := range supply.Indicators {
				g.able[code] = append(g.able[code], ability{source, supply})
			}
		}
	}
}

// cells adds what is expected of one indicator for one member: its years in any
// case, shorter periods where a source supplies them.
func (g *generator) cells(p pipeline.Programme, m pipeline.Member, i pipeline.Indicator) {
	for year := p.FromYear; year <= g.horizon.Year(); year++ {
		region, ok := g.history.CodeIn(m.Region, year)
		if !ok {
			continue
		}
		offers := g.offers(i, region, year)
		if !slices.ContainsFunc(offers, func(e Expectation) bool { return isYear(e) }) {
			offers = append(offers, g.unsupplied(i, region, year)...)
		}
		for _, e := range offers {
			g.add(m, e)
		}
	}
}

func isYear(e Expectation) bool {
	_, start, end := e.Span()
	return end == pipeline.DateOf(end.Year(), 12, 31) && (start == end || start == pipeline.DateOf(end.Year(), 1, 1))
}

// offers returns the periods of a year that sources can supply, of the supplier that
// is asked first. A source of a county never makes a public indicator the county's.
func (g *generator) offers(i pipeline.Indicator, region string, year int) []Expectation {
	var all []Expectation
	for _, a := range g.able[i.Code] {
		supplier := string(a.source.Rules.Supplier)
		if ranks[supplier] > ranks[i.Supplier] || !a.covers(region, year) {
			continue
		}
		for _, series := range a.supply.Series {
			for _, period := range g.periods(series, year) {
				all = append(all, Expectation{Indicator: i.Code, Region: region, Period: period, Supplier: supplier, Source: a.source.Name,
					Unit: i.CoordinatingUnit, ExpectedOn: period.End + pipeline.Date(a.supply.LagDays),
					Verified: a.supply.Verified != pipeline.NeverVerified})
			}
		}
	}
	return firstAsked(all)
}

// firstAsked keeps, of each span, the expectations of the supplier that is asked
// first.
func firstAsked(all []Expectation) []Expectation {
	type span struct {
		kind       string
		start, end pipeline.Date
	}
	least := map[span]int{}
	of := func(e Expectation) span { kind, start, end := e.Span(); return span{kind, start, end} }
	for _, e := range all {
		if r, ok := least[of(e)]; !ok || ranks[e.Supplier] < r {
			least[of(e)] = ranks[e.Supplier]
		}
	}
	return slices.DeleteFunc(all, func(e Expectation) bool { return ranks[e.Supplier] > least[of(e)] })
}

func (a ability) covers(region string, year int) bool {
	if year < a.supply.FromYear || a.supply.ToYear != 0 && year > a.supply.ToYear {
		return false
	}
	isCounty := !strings.HasSuffix(region, "00")
	return slices.ContainsFunc(a.supply.Regions, func(code string) bool {
		return code == region || len(code) < len(region) && isCounty && strings.HasPrefix(region, code)
	})
}

// unsupplied is the year of an indicator that no source is known to supply. What
// derives from others is computed: its inputs are expected.
func (g *generator) unsupplied(i pipeline.Indicator, region string, year int) []Expectation {
	lags := map[string]int{string(pipeline.Public): g.plan.Gaps.PublicLag, string(pipeline.Province): g.plan.Gaps.ProvinceLag,
		string(pipeline.County): g.plan.Gaps.CountyLag, report: g.plan.Gaps.ReportLag}
	if i.Formula != "" {
		return nil
	}
	for _, series := range i.Series {
		if series.Freq != pipeline.Annual {
			continue
		}
		period := pipeline.YearPeriod(year, series.Basis)
		if period.End > g.horizon {
			return nil
		}
		return []Expectation{{Indicator: i.Code, Region: region, Period: period, Supplier: i.Supplier,
			Unit: i.CoordinatingUnit, ExpectedOn: period.End + pipeline.Date(lags[i.Supplier])}}
	}
	return nil
}

// periods lists the periods of a series that end in a year, by the horizon, without
// those that are blank by nature.
func (g *generator) periods(series pipeline.Series, year int) []pipeline.Period {
	var all []pipeline.Period
	switch series.Freq {
	case pipeline.Annual:
		all = []pipeline.Period{pipeline.YearPeriod(year, series.Basis)}
	case pipeline.Quarterly:
		for quarter := 1; quarter <= 4; quarter++ {
			all = append(all, pipeline.QuarterPeriod(year, quarter, series.Basis))
		}
	case pipeline.Monthly:
		for month := 1; month <= 12; month++ {
			if !g.isBlank(series, month) {
				all = append(all, pipeline.MonthPeriod(year, month, series.Basis))
			}
		}
	}
	return slices.DeleteFunc(all, func(p pipeline.Period) bool { return p.End > g.horizon })
}

func (g *generator) isBlank(series pipeline.Series, month int) bool {
	return slices.ContainsFunc(g.plan.Gaps.Structural, func(b pipeline.StructuralBlank) bool {
		return b.Series == series && slices.Contains(b.Months, month)
	})
}

// add dates an expectation by the membership: what was due before a region joined is
// looked for from then on, and nothing is expected of one that has left. Of several
// series that give the same span the one that is expected first counts.
func (g *generator) add(m pipeline.Member, e Expectation) {
	e.ExpectedOn = max(e.ExpectedOn, m.From)
	if !m.On(e.ExpectedOn) {
		return
	}
	e.Waiver = g.waiver(e)
	kind, start, end := e.Span()
	k := key{e.Indicator, e.Region, kind, e.Source, start, end}
	if before, ok := g.best[k]; !ok || preferred(e, before) < 0 {
		g.best[k] = e
	}
}

// preferred orders two expectations of one span and source: seen to work before
// not, then by day, then the lower frequency.
func preferred(a, b Expectation) int {
	unseen := func(e Expectation) int {
		if e.Verified {
			return 0
		}
		return 1
	}
	order := func(e Expectation) int { return strings.Index("AQMD", string(e.Period.Freq)) }
	return cmp.Or(cmp.Compare(unseen(a), unseen(b)), cmp.Compare(a.ExpectedOn, b.ExpectedOn), cmp.Compare(order(a), order(b)),
		cmp.Compare(a.Period.Basis, b.Period.Basis))
}

func (g *generator) waiver(e Expectation) *pipeline.Waiver {
	for n := range g.plan.Gaps.Waivers {
		w := &g.plan.Gaps.Waivers[n]
		if slices.Contains(w.Indicators, e.Indicator) && slices.Contains(w.Regions, e.Region) &&
			e.Period.End >= w.From && (w.To == 0 || e.Period.End <= w.To) {
			return w
		}
	}
	return nil
}

func (g *generator) sorted() []Expectation {
	all := make([]Expectation, 0, len(g.best))
	for _, e := range g.best {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b Expectation) int {
		kindA, startA, endA := a.Span()
		kindB, startB, endB := b.Span()
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Indicator, b.Indicator), cmp.Compare(kindA, kindB),
			cmp.Compare(endA, endB), cmp.Compare(startA, startB), cmp.Compare(a.Source, b.Source))
	})
	return all
}
