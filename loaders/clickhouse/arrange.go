package clickhouse

import (
	"cmp"
	"maps"
	"slices"

	"zhibiao/pipeline"
)

// arrange sorts observations by the sorting key of their table. A server that finds
// a block in order writes it without sorting it, which is half of its work.
//
// The key has fifteen columns with few different values each, so the first seven
// become the ranks of their values, packed into one number.
func arrange(rows []*observation) {
	const bits = 21
	type series struct {
		freq, basis, dims string
		start, end        pipeline.Date
	}
	seriesOf := func(o *observation) series {
		return series{string(o.Period.Freq), string(o.Period.Basis), o.Dims, o.Period.Start, o.Period.End}
	}
	indicators := ranks(rows, func(o *observation) string { return o.Indicator }, cmp.Compare[string])
	regions := ranks(rows, func(o *observation) string { return o.Region }, cmp.Compare[string])
	periods := ranks(rows, seriesOf, func(a, b series) int {
		return cmp.Or(cmp.Compare(a.freq, b.freq), cmp.Compare(a.basis, b.basis), cmp.Compare(a.dims, b.dims),
			cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end))
	})
	if max(len(indicators), len(regions), len(periods)) >= 1<<bits {
		return // far more than a batch; the server sorts
	}
	type ranked struct {
		rank uint64
		row  *observation
	}
	order := make([]ranked, len(rows))
	for i, o := range rows {
		order[i] = ranked{indicators[o.Indicator]<<(2*bits) | regions[o.Region]<<bits | periods[seriesOf(o)], o}
	}
	slices.SortFunc(order, func(a, b ranked) int {
		if a.rank != b.rank {
			return cmp.Compare(a.rank, b.rank)
		}
		return compareVersions(a.row, b.row)
	})
	for i := range order {
		rows[i] = order[i].row
	}
}

// compareVersions compares what the key has beyond the series and the period.
func compareVersions(a, b *observation) int {
	if c := cmp.Or(cmp.Compare(a.Origin.Source, b.Origin.Source), cmp.Compare(a.Origin.Lineage, b.Origin.Lineage),
		a.Origin.KnownAt.Compare(b.Origin.KnownAt), cmp.Compare(a.Origin.Document, b.Origin.Document)); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.ByteStart, b.ByteStart), cmp.Compare(a.Locator, b.Locator),
		cmp.Compare(a.Origin.Derivation, b.Origin.Derivation), cmp.Compare(a.Op, b.Op))
}

// ranks numbers the different values of the rows in their order.
func ranks[V comparable](rows []*observation, value func(*observation) V, compare func(a, b V) int) map[V]uint64 {
	numbers := map[V]uint64{}
	for _, o := range rows {
		numbers[value(o)] = 0
	}
	for i, v := range slices.SortedFunc(maps.Keys(numbers), compare) {
		numbers[v] = uint64(i)
	}
	return numbers
}
