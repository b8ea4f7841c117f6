package extract

import (
	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

// settled remembers what the words of one document were found to mean: the cells
// of a table share their labels.
type settled struct {
	regions []*regionsOn
	periods map[periodKey]settledPeriod
	labels  map[labelKey]*label
	series  map[seriesKey]series

	labelled string // what labels are remembered under, beside their text

	fallback *string // the region outside the document's own words
}

type (
	// regionsOn are what names and codes mean on a day, names within a region.
	regionsOn struct {
		within       string
		on           pipeline.Date
		key          string // that it is remembered under, beside the name
		names, codes map[string]settledRegion
		last         string // name, the cells of a row share it
		lastRegion   settledRegion
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

// regionsOn returns what is known of the last day of a period.
func (s *sink) regionsOn(within string, on pipeline.Date) *regionsOn {
	for i, known := range s.settled.regions {
		if known.on == on && known.within == within {
			// The last day that was asked about is mostly the next.
			s.settled.regions[0], s.settled.regions[i] = known, s.settled.regions[0]
			return known
		}
	}
	const most = 64
	if len(s.settled.regions) == most {
		s.settled.regions = s.settled.regions[:0]
	}
	known := &regionsOn{within: within, on: on, key: within + on.String()}
	s.settled.regions = append(s.settled.regions, known)
	return known
}

// regionByName is Recogniser.Region on the last day of a period.
func (s *sink) regionByName(name, within string, period pipeline.Period) (recognise.RegionMatch, pipeline.Reason) {
	on := s.regionsOn(within, period.End)
	if name == on.last && name != "" {
		return on.lastRegion.match, on.lastRegion.reason
	}
	known, ok := on.names[name]
	if !ok {
		known = s.settledRegions.Of(on.key+name, func(string) settledRegion {
			match, reason := s.recognise.Region(name, within, period.End)
			return settledRegion{match, reason}
		})
		remember(&on.names, name, known)
	}
	on.last, on.lastRegion = name, known
	return known.match, known.reason
}

// regionByCode is Recogniser.RegionByCode on the last day of a period.
func (s *sink) regionByCode(code string, period pipeline.Period) (recognise.RegionMatch, pipeline.Reason) {
	on := s.regionsOn("", period.End)
	known, ok := on.codes[code]
	if !ok {
		known.match, known.reason = s.recognise.RegionByCode(code, period.End)
		remember(&on.codes, code, known)
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
