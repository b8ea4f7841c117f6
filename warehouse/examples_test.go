package warehouse_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"zhibiao/configs"
	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/expect"
	"zhibiao/warehouse/warehousetest"
)

// configured is a warehouse with the dimensions of the built-in configuration and the
// expectations of the years to 2025.
func configured(t *testing.T) (*warehouse.Warehouse, *configs.Set) {
	t.Helper()
	w := warehousetest.Open(t)
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.LoadDimensions(t.Context(), set.Indicators(), set.Regions(), set.Sources()); err != nil {
		t.Fatal(err)
	}
	if err := w.LoadExpectations(t.Context(), expected(set), pipeline.DateOf(2025, 12, 31)); err != nil {
		t.Fatal(err)
	}
	return w, set
}

func expected(set *configs.Set) warehouse.Expected {
	return warehouse.Expected{
		Plan: expect.Plan{Indicators: set.Indicators(), Regions: set.Regions(), Sources: set.Sources(),
			Programmes: set.Programmes(), Gaps: set.Gaps()},
		Formulas: set.Formulas(), Identities: set.Identities(), Locals: set.LocalIndicators(),
	}
}

// figure is a printed number, half a unit of its last digit wide.
func figure(set *configs.Set, indicator, region string, period pipeline.Period, value string, change ...func(*pipeline.Observation)) pipeline.Observation {
	o := warehousetest.GDP(warehousetest.Origin(lineage("page"), strings.Join([]string{indicator, region, period.Label(), string(period.Basis)}, " "), 0), region, value)
	known, _ := set.Indicator(indicator)
	o.Indicator, o.Period, o.Unit, o.RawUnit = indicator, period, known.Unit, known.Unit
	_, fraction, _ := strings.Cut(value, ".")
	o.Decimals = uint8(len(fraction))
	o.HalfWidth = decimal.New(5, -int32(len(fraction))-1).String()
	o.Value = canonical(value)
	for _, f := range change {
		f(&o)
	}
	return o
}

// canonical drops the zeros that were printed behind the point.
func canonical(value string) string {
	if value == "" {
		return ""
	}
	return decimal.RequireFromString(value).String()
}

// examples run one after the other on one warehouse, each on no observations but its
// own.
func examples(t *testing.T, list map[string]func(*testing.T, *warehouse.Warehouse, *configs.Set)) {
	t.Helper()
	w, set := configured(t)
	for _, name := range slices.Sorted(maps.Keys(list)) {
		t.Run(name, func(t *testing.T) {
			if err := w.Conn().Exec(t.Context(), "TRUNCATE TABLE observation"); err != nil {
				t.Fatal(err)
			}
			list[name](t, w, set)
		})
	}
}

func year(y int) pipeline.Period    { return pipeline.YearPeriod(y, pipeline.Flow) }
func yearEnd(y int) pipeline.Period { return pipeline.YearPeriod(y, pipeline.End) }

func flagged(flag pipeline.Flag) func(*pipeline.Observation) {
	return func(o *pipeline.Observation) { o.Flags = pipeline.WithFlag(o.Flags, flag) }
}

func ofRound(round string) func(*pipeline.Observation) {
	return func(o *pipeline.Observation) { o.Round = round }
}

func classed(access pipeline.Access) func(*pipeline.Observation) {
	return func(o *pipeline.Observation) { o.Access = access }
}

func broken(dims string) func(*pipeline.Observation) {
	return func(o *pipeline.Observation) { o.Dims = dims }
}

func from(source string) func(*pipeline.Observation) {
	return func(o *pipeline.Observation) { o.Origin.Source = source }
}

// put loads figures and brings the hidden cells up to date, as a collection does.
func put(t *testing.T, w *warehouse.Warehouse, rows ...pipeline.Observation) {
	t.Helper()
	if err := clickhouse.New(w.Conn()).Load(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	if err := w.RefreshSuppression(t.Context()); err != nil {
		t.Fatal(err)
	}
	refresh(t, w)
}

// lines are the rows of a query, cells separated by spaces; NULL is –.
func lines(t *testing.T, w *warehouse.Warehouse, columns, rest string) []string {
	t.Helper()
	var cells []string
	for column := range strings.SplitSeq(columns, ", ") {
		cells = append(cells, fmt.Sprintf("ifNull(toString(%s), '–')", column))
	}
	return texts(t, w, "SELECT arrayStringConcat(["+strings.Join(cells, ", ")+"], ' ') FROM "+rest)
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" && (len(got) > 0 || len(want) > 0) {
		t.Errorf("(- want, + got)\n%s", diff)
	}
}
