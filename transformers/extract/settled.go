package extract

import (
	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

// settled remembers what the words of one document were found to mean: the cells
// of a table share their labels.
type settled struct {
	regions map[regionKey]settledRegion
	periods map[periodKey]settledPeriod
	labels  map[labelKey]label
	series  map[seriesKey]series

	lastKey    regionKey
	lastRegion settledRegion
	labelled   string // what labels are remembered under, beside their text

	fallback *string // the region outside the document's own words
}

type (
	regionKey struct {
		name, code, within string
		on                 pipeline.Date
	}
	settledRegion struct {
		match  recognise.RegionMatch
		reason pipeline.Reason
	}
	periodKey struct {
		text string
		ctx  recognise.PeriodContext
	}
	settledPeriod struct {
		period pipeline.Period
		ok     bool
	}
	labelKey  struct{ text, within string }
	seriesKey struct {
		id         seriesID
		name, unit string
	}
)

// regionByName is Recogniser.Region on the last day of a period.
func (s *sink) regionByName(name, within string, period pipeline.Period) (recognise.RegionMatch, pipeline.Reason) {
	key := regionKey{name: name, within: within, on: period.End}
	if key == s.settled.lastKey { // the cells of a row
		return s.settled.lastRegion.match, s.settled.lastRegion.reason
	}
	known, ok := s.settled.regions[key]
	if !ok {
		known = s.settledRegions.Of(within+period.End.String()+name, func(string) settledRegion {
			match, reason := s.recognise.Region(name, within, period.End)
			return settledRegion{match, reason}
		})
		remember(&s.settled.regions, key, known)
	}
	s.settled.lastKey, s.settled.lastRegion = key, known
	return known.match, known.reason
}

// regionByCode is Recogniser.RegionByCode on the last day of a period.
func (s *sink) regionByCode(code string, period pipeline.Period) (recognise.RegionMatch, pipeline.Reason) {
	key := regionKey{code: code, on: period.End}
	known, ok := s.settled.regions[key]
	if !ok {
		known.match, known.reason = s.recognise.RegionByCode(code, period.End)
		remember(&s.settled.regions, key, known)
	}
	return known.match, known.reason
}

// periodNamed is recognise.Period; a text without letters is none.
func (s *sink) periodNamed(text string, ctx recognise.PeriodContext) (pipeline.Period, bool) {
	if text == "" {
		return pipeline.Period{}, false
	}
	key := periodKey{text, ctx}
	known, ok := s.settled.periods[key]
	if !ok {
		known.period, known.ok = recognise.Period(text, ctx)
		remember(&s.settled.periods, key, known)
	}
	return known.period, known.ok
}

// mostSettled bounds what is remembered of one kind.
const mostSettled = 4096

func remember[K comparable, V any](known *map[K]V, key K, value V) {
	if *known == nil || len(*known) >= mostSettled {
		*known = map[K]V{}
	}
	(*known)[key] = value
}
