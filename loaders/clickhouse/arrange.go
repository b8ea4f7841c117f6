package clickhouse

import (
	"cmp"
	"slices"

	"zhibiao/pipeline"
)

// arrange tells the order of observations by the sorting key of their table, as their
// indexes. A server that finds a block in order writes it without sorting it, which is
// half of its work.
//
// The key has sixteen columns with few different values each, so the first eight
// become the ranks of their values, packed into one number.
func arrange(rows []*observation) []uint32 {
	const prefectureBits, indicatorBits, regionBits, seriesBits = 12, 16, 16, 20
	var indicators, regions ranking[string]
	var periods ranking[series]
	type ranked struct {
		rank uint64
		row  uint32
	}
	order := make([]ranked, len(rows))
	for i, o := range rows {
		order[i] = ranked{uint64(indicators.code(o.Indicator))<<(regionBits+seriesBits) | uint64(regions.code(o.Region))<<seriesBits |
			uint64(periods.code(series{o.Period, o.Dims})), uint32(i)}
		if len(indicators.values) > 1<<indicatorBits || len(regions.values) > 1<<regionBits || len(periods.values) > 1<<seriesBits {
			return asTheyAre(len(rows)) // far more than a batch; the server sorts
		}
	}
	byIndicator, byRegion, byPeriod := indicators.ranks(cmp.Compare[string]), regions.ranks(cmp.Compare[string]), periods.ranks(compareSeries)
	byPrefecture := regions.groups(byRegion, prefectureOf)
	if len(byPrefecture) > 0 && slices.Max(byPrefecture) >= 1<<prefectureBits {
		return asTheyAre(len(rows))
	}
	for i := range order {
		codes := order[i].rank
		region := codes >> seriesBits & (1<<regionBits - 1)
		order[i].rank = byPrefecture[region]<<(indicatorBits+regionBits+seriesBits) |
			byIndicator[codes>>(regionBits+seriesBits)]<<(regionBits+seriesBits) |
			byRegion[region]<<seriesBits | byPeriod[codes&(1<<seriesBits-1)]
	}
	slices.SortFunc(order, func(a, b ranked) int {
		if a.rank != b.rank {
			return cmp.Compare(a.rank, b.rank)
		}
		return compareVersions(rows[a.row], rows[b.row])
	})
	sorted := make([]uint32, len(rows))
	for i := range order {
		sorted[i] = order[i].row
	}
	return sorted
}

// prefectureOf is what the table's key begins with.
func prefectureOf(region string) string { return region[:min(len(region), 4)] }

// series is what the key has between the region and the version.
type series struct {
	period pipeline.Period
	dims   string
}

func compareSeries(a, b series) int {
	return cmp.Or(cmp.Compare(a.period.Freq, b.period.Freq), cmp.Compare(a.period.Basis, b.period.Basis), cmp.Compare(a.dims, b.dims),
		cmp.Compare(a.period.Start, b.period.Start), cmp.Compare(a.period.End, b.period.End))
}

// compareVersions compares what the key has beyond the series and the period.
func compareVersions(a, b *observation) int {
	if a.Origin != b.Origin {
		if c := cmp.Or(cmp.Compare(a.Origin.Source, b.Origin.Source), cmp.Compare(a.Origin.Lineage, b.Origin.Lineage),
			a.Origin.KnownAt.Compare(b.Origin.KnownAt), cmp.Compare(a.Origin.Document, b.Origin.Document)); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(a.ByteStart, b.ByteStart), cmp.Compare(a.Locator, b.Locator),
		cmp.Compare(a.Origin.Derivation, b.Origin.Derivation), cmp.Compare(a.Op, b.Op))
}

// ranking numbers different values as they come.
type ranking[V comparable] struct {
	values []V
	codes  map[V]uint32
	last   uint32
}

func (r *ranking[V]) code(value V) uint32 {
	if len(r.values) > 0 && r.values[r.last] == value {
		return r.last
	}
	code, found := r.codes[value]
	if !found {
		if r.codes == nil {
			r.codes = map[V]uint32{}
		}
		code = uint32(len(r.values))
		r.codes[value] = code
		r.values = append(r.values, value)
	}
	r.last = code
	return code
}

// ranks are the places of the values in their order, by code.
func (r *ranking[V]) ranks(compare func(a, b V) int) []uint64 {
	ranks := make([]uint64, len(r.values))
	for rank, code := range inOrder(len(r.values), func(a, b uint32) int { return compare(r.values[a], r.values[b]) }) {
		ranks[code] = uint64(rank)
	}
	return ranks
}

// groups numbers the groups of the values in order, by code; ranks must keep each
// group together.
func (r *ranking[V]) groups(ranks []uint64, group func(V) V) []uint64 {
	groups := make([]uint64, len(r.values))
	number := uint64(0)
	codes := inOrder(len(r.values), func(a, b uint32) int { return cmp.Compare(ranks[a], ranks[b]) })
	for i, code := range codes {
		if i > 0 && group(r.values[code]) != group(r.values[codes[i-1]]) {
			number++
		}
		groups[code] = number
	}
	return groups
}

func inOrder(n int, compare func(a, b uint32) int) []uint32 {
	codes := asTheyAre(n)
	slices.SortFunc(codes, compare)
	return codes
}
