package check

import (
	"hash/maphash"

	"zhibiao/pipeline"
)

// key is what values must share to conflict: pipeline.Observation.Key, without
// its text, and the vintage.
type key struct {
	indicator, region, dims, round string
	period                         pipeline.Period
	status                         pipeline.Status
}

func keyOf(o *pipeline.Observation) key {
	return key{o.Indicator, o.Region, o.Dims, o.Round, o.Period, o.Status}
}

// sameKey compares the keys of two observations, what mostly tells them apart
// first.
func sameKey(a, b *pipeline.Observation) bool {
	return a.Indicator == b.Indicator && a.Region == b.Region && a.Period == b.Period && a.Dims == b.Dims && a.Round == b.Round && a.Status == b.Status
}

// firsts finds the first observation of each key: a table of their places by the
// hash of the key, or the next free place.
type firsts struct {
	seed         maphash.Seed
	observations []pipeline.Observation
	places       []uint32 // of observations, counted from 1; 0 is free
}

func newFirsts(observations []pipeline.Observation) *firsts {
	size := 16
	for size < 2*len(observations) {
		size *= 2
	}
	return &firsts{maphash.MakeSeed(), observations, make([]uint32, size)}
}

// of returns the place of the first observation of the key of the one at i; i
// itself where it is the first.
func (f *firsts) of(i int) int {
	o, mask := &f.observations[i], uint64(len(f.places)-1)
	for at := f.hash(o) & mask; ; at = (at + 1) & mask {
		first := int(f.places[at]) - 1
		if first < 0 {
			f.places[at] = uint32(i) + 1
			return i
		}
		if sameKey(&f.observations[first], o) {
			return first
		}
	}
}

// hash is of what mostly tells keys apart.
func (f *firsts) hash(o *pipeline.Observation) uint64 {
	const spread = 0x9E3779B97F4A7C15 // of the golden ratio
	h := maphash.String(f.seed, o.Indicator)*spread + maphash.String(f.seed, o.Region)
	if o.Dims != "" {
		h = h*spread + maphash.String(f.seed, o.Dims)
	}
	h = (h ^ uint64(uint32(o.Period.Start))<<32 ^ uint64(uint32(o.Period.End))) * spread
	return h ^ h>>32
}
